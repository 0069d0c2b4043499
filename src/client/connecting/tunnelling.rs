//! A stage that a proxy adds: over the connection to it, it is asked for a way to the server.

use super::At;
use crate::{
    client::log,
    net::{
        proxy::tunnel::{Progress, Tunnel},
        stream::{Moved, Stream},
    },
    protocol::{failure::Failure, writer::End},
};
use std::{io, net::Shutdown, sync::Arc, time::Instant};

/// A dialog with a proxy and the connection that it is held over.
#[derive(Debug)]
pub(super) struct Tunnelling {
    pub tunnel: Tunnel,
    pub stream: Arc<Stream>,
}

/// What became of it.
#[derive(Debug)]
pub(super) enum Asked {
    /// It goes on when something happens, at this moment at the latest.
    Waits(Instant),
    /// It goes on in the next turn: there may be more to read.
    Again(Instant),
    /// The way is open.
    Through,
    /// The proxy does not reach this address: another may do.
    Unreachable(Box<Failure>),
    /// There will be no way.
    Refused(Box<Failure>),
}

impl Tunnelling {
    /// Asks, and reads the answer, as far as the kernel lets it. What comes behind the answer is the server's: the next stage's.
    pub fn advance(&mut self, at: &mut At<'_>) -> Asked {
        self.transmit(at.io.now);
        let start = at.io.used;
        let room = at.arena.len().saturating_sub(1);
        while at.readable {
            let count = match self.stream.read(&mut at.arena[start..room]) {
                Moved::Bytes(0) => return Asked::Refused(self.tunnel.handle_end(End::Fin)),
                Moved::Bytes(count) => count,
                Moved::Nothing => return Asked::Again(self.tunnel.poll_deadline()),
                Moved::Blocked => break,
                Moved::Cut => return Asked::Refused(self.tunnel.handle_end(End::Cut)),
                Moved::Broken(error) => return Asked::Refused(self.tunnel.handle_end(End::Reset(error))),
            };
            match self.tunnel.handle_bytes(&at.arena[start..start + count], at.io.now) {
                Progress::More => self.transmit(at.io.now),
                Progress::Through(used) => {
                    log::step(&at.plan.url.href, || "the proxy has opened the way".into());
                    at.early.extend_from_slice(&at.arena[start + used..start + count]);
                    return Asked::Through;
                }
                Progress::Unreachable(failure) => return Asked::Unreachable(failure),
                Progress::Refused(failure) => return Asked::Refused(failure),
            }
        }
        match self.tunnel.handle_timeout(at.io.now) {
            Some(failure) => Asked::Refused(failure),
            None => Asked::Waits(self.tunnel.poll_deadline()),
        }
    }

    fn transmit(&mut self, now: Instant) {
        while !self.tunnel.poll_transmit().is_empty() {
            match self.stream.write(self.tunnel.poll_transmit()) {
                Moved::Bytes(count) => self.tunnel.handle_transmitted(count),
                Moved::Blocked | Moved::Nothing | Moved::Cut => break,
                Moved::Broken(error) => self.broken(error, now),
            }
        }
        if self.stream.has_pending()
            && let Moved::Broken(error) = self.stream.flush()
        {
            self.broken(error, now);
        }
    }

    /// A write failed: the proxy learns that it need not wait for more, and what it has sent is still read.
    fn broken(&mut self, error: io::Error, now: Instant) {
        self.tunnel.handle_write_error(error, now);
        self.stream.shutdown(Shutdown::Write);
    }
}
