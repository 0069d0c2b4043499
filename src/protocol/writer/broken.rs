//! A write that failed: nothing more can go out. What the server sent before is still read, but not for ever.

use super::{End, Writer};
use crate::protocol::limits::LINGER;
use std::{io, time::Instant};

/// The first write that failed.
#[derive(Debug)]
pub(super) struct Broken {
    pub error: io::Error,
    /// When the end of the stream is no longer waited for.
    pub deadline: Instant,
    /// When it failed. `None`: the deadline was put off for what came since. That is done once, or a server that never stops would
    /// keep the connection for ever.
    since: Option<Instant>,
}

impl Writer {
    /// A write failed: nothing more can go out. What the server sent before may still be read; the end comes from there, or when its
    /// time is over.
    pub fn handle_write_error(&mut self, error: io::Error, now: Instant) {
        self.broken.get_or_insert_with(|| Box::new(Broken { error, deadline: now + LINGER, since: Some(now) }));
    }

    /// Whether a write has failed.
    #[must_use]
    pub fn is_broken(&self) -> bool {
        self.broken.is_some()
    }

    /// Ends the connection if its time is over. What waits for the application, which does not read now, is not lost for that.
    pub(super) fn give_up(&mut self, now: Instant, last_read: Option<Instant>) {
        if let Some(broken) = &mut self.broken
            && broken.deadline <= now
            && last_read.is_none_or(|read| broken.since.take_if(|since| *since < read).is_some())
        {
            broken.deadline = now + LINGER;
        }
        if self.poll_deadline().is_some_and(|deadline| deadline <= now) {
            self.handle_end(End::Fin);
        }
    }
}
