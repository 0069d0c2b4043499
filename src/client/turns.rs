//! Whose turn it is to connect: of the sockets that asked for it, one at a time to each address and port (RFC 6455 section 4.1 step 2).
//! Where a proxy looks the name up each name counts as a server of its own, as that step says.
//!
//! Each address has a line. The first in it has its turn: from before its TCP connection to the end of its opening handshake, however
//! that ends. When it leaves, the next is called through its own loop; nothing polls. An attempt is bounded by its timeouts, but only
//! while its loop runs. So a turn ends after those at the latest, whether the socket knows or not: a loop that nobody runs does not
//! hold up the others.

use super::{background::Process, socket::Socket, sync::lock};
use crate::net::proxy::address::Endpoint;
use std::{
    collections::{BTreeMap, VecDeque},
    net::SocketAddr,
    sync::{Arc, Mutex, atomic::Ordering::SeqCst},
    time::{Duration, Instant},
};

/// A server as far as it can be told from others.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Remote {
    /// An address and port.
    Address(SocketAddr),
    /// A host whose addresses a proxy looks up, and its port.
    Named(Endpoint),
}

impl From<SocketAddr> for Remote {
    fn from(address: SocketAddr) -> Self {
        Remote::Address(address)
    }
}

/// A socket in a line.
#[derive(Debug)]
struct Waiting {
    socket: Arc<Socket>,
    /// The longest that its turn lasts.
    longest: Duration,
    /// When its turn ends at the latest; meaningful for the first in line.
    until: Instant,
}

impl Waiting {
    /// Its turn begins: it is the socket to be told.
    fn begin(&mut self, now: Instant) -> Arc<Socket> {
        self.until = now + self.longest;
        self.socket.clone()
    }
}

type Line = VecDeque<Waiting>;

/// The lines of a process.
#[derive(Debug)]
pub(super) struct Turns {
    lines: Mutex<BTreeMap<Remote, Line>>,
}

impl Turns {
    pub(super) const fn new() -> Self {
        Turns { lines: Mutex::new(BTreeMap::new()) }
    }
}

/// A socket's place in the line for an address; dropped, it is given up.
#[derive(Debug)]
pub(super) struct Place {
    socket: Arc<Socket>,
    remote: Remote,
    longest: Duration,
}

impl Place {
    /// `longest` is how long a turn lasts at the most. The place in line is taken by [`Place::wait`].
    pub fn new(socket: &Arc<Socket>, remote: impl Into<Remote>, longest: Duration) -> Self {
        Place { socket: socket.clone(), remote: remote.into(), longest }
    }

    /// Whether it is this socket's turn: `None`. Else it waits in line, is called when its turn comes, and has to ask again at this
    /// moment at the latest.
    pub fn wait(&self, now: Instant) -> Option<Instant> {
        let mut lines = lock(&Process::current().turns.lines);
        let line = lines.entry(self.remote.clone()).or_default();
        let is_own = |waiting: &Waiting| Arc::ptr_eq(&waiting.socket, &self.socket);
        let is_overdue = line.front().is_some_and(|first| !is_own(first) && first.until <= now);
        let overdue = if is_overdue { line.pop_front() } else { None };
        let called = if is_overdue { line.front_mut().map(|next| next.begin(now)) } else { None };
        if !line.iter().any(is_own) {
            line.push_back(Waiting { socket: self.socket.clone(), longest: self.longest, until: now + self.longest });
            self.socket.in_line.store(true, SeqCst);
        }
        let until = match line.front_mut() {
            Some(first) if is_own(first) => {
                first.until = now + self.longest;
                None
            }
            first => first.map(|first| first.until),
        };
        drop(lines);
        // Only now, because the last reference to a socket may go with it.
        drop(overdue);
        if let Some(called) = called.filter(|called| !Arc::ptr_eq(called, &self.socket)) {
            called.event_loop().attend(&called);
        }
        if self.socket.is_aborted() || self.socket.is_freed() {
            // By another thread, which may have looked before there was a place to give up.
            leave(&self.socket);
        }
        until
    }
}

impl Drop for Place {
    fn drop(&mut self) {
        leave(&self.socket);
    }
}

/// Has a socket leave the line it is in, if it is in one, and calls the next if it was this one's turn. Any thread may do so.
pub(super) fn leave(socket: &Arc<Socket>) {
    if !socket.in_line.swap(false, SeqCst) {
        return;
    }
    let mut lines = lock(&Process::current().turns.lines);
    let mut left = None;
    let mut called = None;
    lines.retain(|_, line| {
        if let Some(index) = line.iter().position(|waiting| Arc::ptr_eq(&waiting.socket, socket)) {
            left = line.remove(index);
            if index == 0 {
                called = line.front_mut().map(|next| next.begin(Instant::now()));
            }
        }
        !line.is_empty()
    });
    drop(lines);
    drop(left);
    if let Some(called) = called {
        called.event_loop().attend(&called);
    }
}
