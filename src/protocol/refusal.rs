//! A response that refuses, and its body, which is kept for people: as much of it as is worth showing.

use super::{failure::Failure, limits::BODY_BYTES};
use crate::spec::response::Head;

/// A refusal whose body is still coming.
#[derive(Debug)]
pub struct Refusal {
    failure: Box<Failure>,
    /// What the head says is still missing of the body.
    missing: Option<u64>,
}

impl Refusal {
    /// The refusal by a response with this head; `failure` says which phase refused and why.
    #[must_use]
    pub fn new(head: Head, failure: Failure) -> Self {
        let missing = body_size(&head);
        let Head { status, fields, raw, .. } = head;
        Refusal { failure: Box::new(Failure { http_status: status, fields, head: raw, ..failure }), missing }
    }

    /// Keeps what has come of the body; whether that is all of it, or as much as is kept.
    pub fn push(&mut self, bytes: &[u8]) -> bool {
        let body = &mut self.failure.body;
        let room = BODY_BYTES - body.len();
        let wanted = self.missing.map_or(usize::MAX, |missing| usize::try_from(missing).unwrap_or(usize::MAX));
        let part = bytes.len().min(room).min(wanted);
        body.extend_from_slice(&bytes[..part]);
        if let Some(missing) = &mut self.missing {
            *missing -= part as u64;
        }
        body.len() == BODY_BYTES || self.missing == Some(0)
    }

    /// What there is of it, for people.
    #[must_use]
    pub fn into_failure(self) -> Box<Failure> {
        self.failure
    }
}

/// How long the body is, if the head says so.
fn body_size(head: &Head) -> Option<u64> {
    if head.status < 200 || head.status == 204 || head.status == 304 {
        return Some(0);
    }
    let size = head.get_all("content-length").next()?.parse().ok()?;
    if head.get_all("transfer-encoding").next().is_some() { None } else { Some(size) }
}
