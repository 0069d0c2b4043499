//! Keep-alive: pings at an interval, and the verdict when nothing comes back (RFC 6455 section 5.5.2).

use std::time::{Duration, Instant};

/// The payload that keep-alive pings begin with; a number follows.
const PREFIX: &[u8; 4] = b"live";

/// What is due.
#[derive(Debug, PartialEq, Eq)]
pub enum Due {
    /// Nothing yet.
    Nothing,
    /// A ping.
    Ping {
        /// Its payload.
        payload: Vec<u8>,
        /// Whether its answer is waited for: then it must be sent, though others have not gone out yet.
        awaited: bool,
    },
    /// The end: the connection is lost, because nothing came for so long.
    Lost(Duration),
}

/// The clockwork of one connection.
#[derive(Debug)]
pub struct KeepAlive {
    interval: Duration,
    timeout: Duration,
    next: Instant,
    /// When the oldest unanswered ping was sent and when the connection counts as lost.
    awaited: Option<(Instant, Instant)>,
    /// Whether a ping is still behind what has not gone out.
    waits: bool,
    count: u32,
    /// When the last ping was made, until it is answered.
    last: Option<Instant>,
}

impl KeepAlive {
    /// The first ping is due an `interval` after `now`.
    #[must_use]
    pub fn new(interval: Duration, timeout: Duration, now: Instant) -> Self {
        KeepAlive { interval, timeout, next: now + interval, awaited: None, waits: false, count: 0, last: None }
    }

    /// A pong has come: how long its ping has been under way, if it was the last of these.
    pub fn handle_pong(&mut self, payload: &[u8], now: Instant) -> Option<Duration> {
        if payload.starts_with(PREFIX) {
            self.awaited = None;
        }
        let own = self.payload();
        let sent = self.last.take_if(|_| payload == own)?;
        Some(now.saturating_duration_since(sent))
    }

    fn payload(&self) -> [u8; 8] {
        let mut payload = [0; 8];
        payload[..4].copy_from_slice(PREFIX);
        payload[4..].copy_from_slice(&self.count.to_be_bytes());
        payload
    }

    /// Whether a ping has not gone out, so that [`KeepAlive::handle_progress`] must be called.
    #[must_use]
    pub fn waits(&self) -> bool {
        self.waits
    }

    /// Something has gone out while the ping waits: the server reads, but cannot have answered. `gone`: the ping was part of it.
    pub fn handle_progress(&mut self, gone: bool, now: Instant) {
        if let Some((_, deadline)) = &mut self.awaited {
            *deadline = now + self.timeout;
        }
        self.waits = !gone;
    }

    /// The time is `now`; bytes last came from the server at `last_read`.
    pub fn handle_timeout(&mut self, now: Instant, last_read: Instant) -> Due {
        if let Some((sent, deadline)) = self.awaited {
            // Anything that came shows that the server lives: its pong may be behind a long message.
            let deadline = if last_read > sent { last_read + self.timeout } else { deadline };
            if deadline <= now {
                return Due::Lost(self.timeout);
            }
            self.awaited = Some((sent, deadline));
        }
        if self.next > now {
            return Due::Nothing;
        }
        self.next = now + self.interval;
        // A pong may have come for a ping that has not gone out, from a server that makes answers up: one ping that waits is enough.
        let first = self.awaited.is_none() && !self.waits;
        self.awaited.get_or_insert((now, now + self.timeout));
        self.waits |= first;
        self.count = self.count.wrapping_add(1);
        self.last = Some(now);
        Due::Ping { payload: self.payload().to_vec(), awaited: first }
    }

    /// When [`KeepAlive::handle_timeout`] must be called at the latest.
    #[must_use]
    pub fn poll_deadline(&self) -> Instant {
        self.awaited.map_or(self.next, |(_, deadline)| deadline.min(self.next))
    }
}
