//! Ports that Fetch blocks: no exception, but an error and a close event. (That no connection is tried cannot be seen here: the
//! test has no such port to listen on.)

use crate::scenario::{Scenario, Step, When};

const KIND: &str = "ports";

/// Some of Fetch's list: the first, the last, and what lies between.
const BLOCKED: [u16; 11] = [0, 1, 9, 22, 25, 143, 2049, 5060, 6000, 6667, 10080];

pub fn all() -> Vec<Scenario> {
    Vec::from(BLOCKED.map(|port| {
        Scenario::new(KIND, format!("port {port}"))
            .url(&format!("ws://127.0.0.1:{port}/"))
            .on(When::Made, [Step::Attributes, Step::Text("early")])
            .on(When::Close, [Step::Text("late"), Step::Buffered])
    }))
}
