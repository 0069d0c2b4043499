//! How long a call may wait.

use crate::error::{Error, Result};
use std::time::{Duration, Instant};

/// The moment a blocking call gives up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Deadline {
    /// It does not wait at all.
    Now,
    /// It waits for so long, from when it begins to wait: a call that finds what it wants asks no clock.
    In(Duration),
    /// It waits until then.
    At(Instant),
    /// It waits for ever.
    Never,
}

impl Deadline {
    /// `milliseconds` to wait; 0 does not wait, -1 waits for ever.
    ///
    /// # Errors
    ///
    /// Other negative numbers.
    pub fn from_millis(milliseconds: i32) -> Result<Self> {
        match u64::try_from(milliseconds) {
            Ok(0) => Ok(Deadline::Now),
            Ok(wait) => Ok(Deadline::In(Duration::from_millis(wait))),
            Err(_) if milliseconds == -1 => Ok(Deadline::Never),
            Err(_) => Err(Error::InvalidArgument(format!("a timeout of {milliseconds} ms: give 0 or more, or WS_FOREVER (-1)"))),
        }
    }

    /// Begins to wait: from here on it is a moment.
    #[must_use]
    pub fn start(self) -> Self {
        match self {
            Deadline::In(wait) => Deadline::At(Instant::now() + wait),
            started => started,
        }
    }

    /// The time left: `None` is for ever. Before [`Deadline::start`] it is all of it.
    #[must_use]
    pub fn left(self, now: Instant) -> Option<Duration> {
        match self {
            Deadline::Now => Some(Duration::ZERO),
            Deadline::In(wait) => Some(wait),
            Deadline::At(at) => Some(at.saturating_duration_since(now)),
            Deadline::Never => None,
        }
    }

    /// Whether it has passed.
    #[must_use]
    pub fn is_over(self, now: Instant) -> bool {
        self.left(now) == Some(Duration::ZERO)
    }
}
