//! The application's pings whose pongs have not come (RFC 6455 section 5.5.3).

use super::{counts::Answers, limits::PINGS_AWAITED};
use std::{
    collections::VecDeque,
    time::{Duration, Instant},
};

/// The pings of a connection that has had any.
#[derive(Debug, Default)]
pub(super) struct Pings {
    /// Those that were sent and not answered, the oldest first.
    awaited: VecDeque<(Vec<u8>, Instant)>,
    /// Those of the keep-alive count, too.
    pub answers: Answers,
}

impl Pings {
    /// One was sent. The oldest is forgotten if there are many.
    pub fn sent(&mut self, payload: &[u8], now: Instant) {
        if self.awaited.len() == PINGS_AWAITED {
            self.awaited.pop_front();
        }
        self.awaited.push_back((payload.to_vec(), now));
        self.answers.pings += 1;
    }

    /// A pong came: how long its ping has been under way, if it was one of these. It answers the pings before that one too.
    pub fn answered(&mut self, payload: &[u8], now: Instant) -> Option<Duration> {
        let index = self.awaited.iter().position(|(sent, _)| sent == payload)?;
        let (_, sent) = self.awaited.drain(..=index).next_back()?;
        Some(now.saturating_duration_since(sent))
    }
}
