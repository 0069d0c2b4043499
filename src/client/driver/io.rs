//! What the connections of a loop share in a turn: the reactor, the arena that is read into, buffers that were handed out.

use crate::{net::reactor::Reactor, protocol::pool::Pool};
use std::time::Instant;

/// The buffer that is read into: large enough to spread the cost of a read thin, small enough to stay in the processor's cache.
pub(super) const ARENA: usize = 128 << 10;
/// Less room than this is not worth a read: the batch ends.
const READ_AT_LEAST: usize = 8 << 10;

/// The part of an arena that was read and not parsed because the sink was full.
#[derive(Debug)]
pub(in crate::client) struct LeftOff {
    pub id: usize,
    /// Where it ends in the arena, its spare byte included, and its length.
    pub end: usize,
    pub len: usize,
    /// The byte that a NUL replaced.
    pub first: Option<u8>,
}

/// What connections share.
#[derive(Debug)]
pub(in crate::client) struct Io {
    pub reactor: Reactor,
    /// How much of the arena holds bytes that were handed out in this run.
    pub used: usize,
    pub pool: Pool,
    /// Buffers handed out in this run, and their bytes.
    pub held: Vec<Vec<u8>>,
    pub held_bytes: usize,
    /// The time of this turn.
    pub now: Instant,
    /// Steps of TLS handshakes that this turn may still take.
    pub handshakes: usize,
}

impl Io {
    /// Whether another read fits into the arena.
    pub fn has_room(&self) -> bool {
        // A read that filled the arena has used its spare byte, too.
        self.used + READ_AT_LEAST <= ARENA
    }

    /// Keeps a buffer that was handed out until the next run.
    pub fn hold(&mut self, buffer: Option<Vec<u8>>) {
        if let Some(buffer) = buffer {
            self.held_bytes += buffer.len();
            self.held.push(buffer);
        }
    }
}
