//! Waiting for sockets and for moments: `mio`'s poll, its waker and the timers.

use super::stream::Stream;
use mio::{Events, Poll, Token, Waker};
use std::{
    collections::BTreeSet,
    io,
    os::fd::{AsRawFd, RawFd},
    sync::Arc,
    time::{Duration, Instant},
};

/// The waker's token; sockets have smaller ones.
const WAKER: Token = Token(usize::MAX);
/// Events taken from the kernel at a time.
const EVENTS: usize = 256;

/// What became possible on a socket.
#[derive(Debug, Clone, Copy)]
pub struct Readiness {
    /// The number given to [`Reactor::watch`].
    pub id: usize,
    /// Bytes or the end can be read.
    pub readable: bool,
    /// Bytes can be written.
    pub writable: bool,
    /// The server has ended its direction: read until the end shows, no further notice will come.
    pub ended: bool,
}

/// Waits for sockets and moments.
#[derive(Debug)]
pub struct Reactor {
    poll: Poll,
    events: Events,
    timers: BTreeSet<(Instant, usize)>,
}

impl Reactor {
    /// A reactor and what wakes it from other threads.
    ///
    /// # Errors
    ///
    /// The operating system's, if it has no more file descriptors.
    pub fn new() -> io::Result<(Self, Arc<Waker>)> {
        let poll = Poll::new()?;
        let waker = Arc::new(Waker::new(poll.registry(), WAKER)?);
        Ok((Reactor { poll, events: Events::with_capacity(EVENTS), timers: BTreeSet::new() }, waker))
    }

    /// The descriptor that is readable when there is something to do.
    #[must_use]
    pub fn fd(&self) -> RawFd {
        self.poll.as_raw_fd()
    }

    /// Watches a stream, edge-triggered, in both directions.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn watch(&self, stream: &Stream, id: usize) -> io::Result<()> {
        stream.watch(self.poll.registry(), Token(id))
    }

    /// Stops watching it.
    pub fn forget(&self, stream: &Stream) {
        stream.forget(self.poll.registry());
    }

    /// Moves a timer; `None` is no timer.
    pub fn set_timer(&mut self, id: usize, from: Option<Instant>, to: Option<Instant>) {
        if from != to {
            if let Some(from) = from {
                self.timers.remove(&(from, id));
            }
            if let Some(to) = to {
                self.timers.insert((to, id));
            }
        }
    }

    /// The next moment something is due.
    #[must_use]
    pub fn next_timer(&self) -> Option<Instant> {
        self.timers.first().map(|(at, _)| *at)
    }

    /// Takes a timer that is due.
    pub fn take_due(&mut self, now: Instant) -> Option<usize> {
        let &(at, id) = self.timers.first()?;
        if at > now {
            return None;
        }
        self.timers.pop_first();
        Some(id)
    }

    /// Waits until something is possible on a socket, the waker is used, or `timeout` is over (`None`: for ever).
    ///
    /// # Errors
    ///
    /// The operating system's. An interrupted wait is not an error: nothing is ready then.
    pub fn wait(&mut self, timeout: Option<Duration>) -> io::Result<()> {
        match self.poll.poll(&mut self.events, timeout) {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {
                self.events.clear();
                Ok(())
            }
            result => result,
        }
    }

    /// What the last [`Reactor::wait`] found.
    pub fn ready(&self) -> impl Iterator<Item = Readiness> + '_ {
        self.events.iter().filter(|event| event.token() != WAKER).map(|event| Readiness {
            id: event.token().0,
            readable: event.is_readable() || event.is_error() || event.is_read_closed(),
            writable: event.is_writable() || event.is_error(),
            ended: event.is_read_closed() || event.is_error(),
        })
    }
}
