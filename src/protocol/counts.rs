//! What the two halves of a connection count, for people who want to know what it does.

use std::time::Duration;

/// Messages that were compressed, before and after.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Compressed {
    /// Bytes of their payloads as the applications have them.
    pub payload: u64,
    /// Bytes of the same payloads as they are in the frames, without the frames' headers.
    pub wire: u64,
}

impl Compressed {
    /// One more.
    pub fn count(&mut self, payload: usize, wire: usize) {
        self.payload += payload as u64;
        self.wire += wire as u64;
    }

    /// What was counted elsewhere.
    pub fn add(&mut self, other: Compressed) {
        self.payload += other.payload;
        self.wire += other.wire;
    }
}

/// Messages that were sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Traffic {
    /// Messages accepted.
    pub messages: u64,
    /// Bytes of their payloads, before compression.
    pub payload: u64,
    /// Bytes that have gone out, headers and control frames included.
    pub wire: u64,
}

impl Traffic {
    /// A message was accepted.
    #[inline]
    pub fn message(&mut self, payload: usize) {
        self.long_message(payload as u64);
    }

    /// The same with a length that memory need not hold.
    #[inline]
    pub fn long_message(&mut self, payload: u64) {
        self.messages += 1;
        self.payload += payload;
    }
}

/// Pings and their answers.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Answers {
    /// Pings of the application and of the keep-alive.
    pub pings: u64,
    /// Pong frames that came, those that answer nothing included.
    pub pongs: u64,
    /// The last round trip of a ping in µs; 0: none was measured.
    pub last_rtt: u64,
    /// The shortest one in µs; 0: none was measured.
    pub min_rtt: u64,
}

impl Answers {
    /// A ping was answered after so long.
    pub fn round_trip(&mut self, time: Duration) {
        self.last_rtt = micros(time);
        self.min_rtt = if self.min_rtt == 0 { self.last_rtt } else { self.min_rtt.min(self.last_rtt) };
    }
}

/// What a sending half has counted.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Counts {
    /// Messages, and bytes of all frames.
    pub traffic: Traffic,
    /// Those of the messages that were compressed.
    pub compressed: Compressed,
    /// Pings and their answers.
    pub answers: Answers,
}

/// A time that was measured, in µs; never 0, which says that none was.
#[must_use]
pub fn micros(time: Duration) -> u64 {
    u64::try_from(time.as_micros()).unwrap_or(u64::MAX).max(1)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_shortest_round_trip_is_kept_and_one_too_short_to_measure_is_not_none() {
        let mut answers = Answers::default();
        for (time, last, min) in [(700, 700, 700), (900, 900, 700), (0, 1, 1), (5, 5, 1)] {
            answers.round_trip(Duration::from_micros(time));
            assert_eq!((answers.last_rtt, answers.min_rtt), (last, min), "{time} µs");
        }
    }
}
