//! The application's pings whose pongs have not come (RFC 6455 section 5.5.3).

use super::limits::PINGS_AWAITED;
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// Pings that were sent and not answered, the oldest first.
#[derive(Debug, Default)]
pub(super) struct Pings(VecDeque<(Vec<u8>, Instant)>);

impl Pings {
    /// One was sent. The oldest is forgotten if there are many.
    pub fn sent(&mut self, payload: &[u8], now: Instant) {
        if self.0.len() == PINGS_AWAITED {
            self.0.pop_front();
        }
        self.0.push_back((payload.to_vec(), now));
    }

    /// A pong came: how long its ping has been under way, if it was one of these. It answers the pings before that one too.
    pub fn answered(&mut self, payload: &[u8], now: Instant) -> Option<Duration> {
        let index = self.0.iter().position(|(sent, _)| sent == payload)?;
        let (_, sent) = self.0.drain(..=index).next_back()?;
        Some(now.saturating_duration_since(sent))
    }
}
