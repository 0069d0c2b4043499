//! Taking a socket's events, and the calls that wait for them.

use super::{ReadyState, Socket};
use crate::{
    client::{
        deadline::Deadline,
        event::What,
        queue::{Front, Refill},
        sinks::QueueSink,
        sync::{lock, try_lock},
    },
    error::{Error, Result},
};
use std::{
    sync::{
        Arc, MutexGuard, PoisonError,
        atomic::Ordering::{AcqRel, Acquire, Release},
    },
    time::Instant,
};

impl Socket {
    /// Takes the next event and shows it to `show`; its bytes end with a NUL and stay valid until events are taken again. `None`
    /// after the close event.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`], [`Error::Aborted`], [`Error::Busy`].
    #[inline]
    pub fn next_event<R>(self: &Arc<Self>, deadline: Deadline, show: impl FnOnce(What, &[u8]) -> R) -> Result<Option<R>> {
        let (mut show, mut shown) = (Some(show), None);
        self.next_events(1, deadline, |what, bytes| shown = show.take().map(|show| show(what, bytes)))?;
        Ok(shown)
    }

    /// Takes the events that are at hand, `room` at the most, and shows each to `show`; waits only for the first. Their bytes end
    /// with a NUL and stay valid until events are taken again. How many there were: none after the close event.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::next_event`].
    #[inline]
    pub fn next_events(self: &Arc<Self>, room: usize, mut deadline: Deadline, mut show: impl FnMut(What, &[u8])) -> Result<usize> {
        let mut front = self.take_front()?;
        loop {
            let mut taken = 0;
            while taken < room {
                // Messages are many, and all the rest is kept apart from them: what is known to be one is shown out of registers.
                if let Some((kind, bytes)) = front.take_message() {
                    if self.admit(What::Message(kind)) {
                        show(What::Message(kind), bytes);
                        taken += 1;
                    }
                    continue;
                }
                let Some((what, bytes)) = front.take_unless(|what| taken > 0 && what == What::Closing) else { break };
                if self.admit(what) {
                    show(what, bytes);
                    taken += 1;
                }
            }
            if taken > 0 || self.is_done() {
                return Ok(taken);
            }
            deadline = deadline.start();
            self.wait_for_events(&mut front, deadline)?;
        }
    }

    /// Waits for the open event and takes it.
    ///
    /// # Errors
    ///
    /// [`Error::Network`] if the connection was not made (the error and close events are left); [`Error::InvalidState`] when
    /// CLOSING or CLOSED; those of [`Socket::next_event`].
    pub fn wait_open(self: &Arc<Self>, deadline: Deadline) -> Result<()> {
        let mut front = self.take_front()?;
        let deadline = deadline.start();
        loop {
            match self.ready_state() {
                ReadyState::Connecting => {}
                ReadyState::Open => return Ok(()),
                state => return Err(Error::InvalidState(format!("waiting for a socket to open that is {state:?} already"))),
            }
            match front.peek() {
                None => self.wait_for_events(&mut front, deadline)?,
                Some((What::Error | What::Close { .. }, _)) => {
                    let text = self.failure().map_or("the connection was closed", |failure| failure.text.trim_end_matches('\0'));
                    return Err(Error::Network(text.into()));
                }
                Some((what, _)) => {
                    self.admit(what);
                    front.take();
                }
            }
        }
    }

    /// Takes everything up to the close event, which is shown to `show`.
    ///
    /// # Errors
    ///
    /// Those of [`Socket::next_event`].
    pub fn wait_closed<R>(self: &Arc<Self>, deadline: Deadline, mut show: impl FnMut(What, &[u8]) -> R) -> Result<Option<R>> {
        let deadline = deadline.start();
        loop {
            let shown = self.next_event(deadline, |what, bytes| matches!(what, What::Close { .. }).then(|| show(what, bytes)))?;
            match shown {
                Some(None) => {}
                Some(shown) => return Ok(shown),
                None => return Ok(None),
            }
        }
    }

    /// Waits until all that was accepted is with the kernel.
    ///
    /// # Errors
    ///
    /// [`Error::Network`] if the connection is lost before; [`Error::InvalidState`] while CONNECTING; [`Error::Busy`] in a
    /// callback, if waiting would be necessary; [`Error::Timeout`], [`Error::Aborted`].
    pub fn flush(self: &Arc<Self>, deadline: Deadline) -> Result<()> {
        self.check()?;
        if self.ready_state() == ReadyState::Connecting {
            return Err(Error::InvalidState("ws_flush before the open event was taken: the socket is still CONNECTING".into()));
        }
        let deadline = deadline.start();
        let mut link = lock(&self.link);
        loop {
            link = self.write_here(link);
            if link.is_over() && link.accepted_and_waiting() > 0 {
                return Err(Error::Network("the connection was lost before all messages were sent".into()));
            }
            if link.is_flushed() {
                return Ok(());
            }
            if self.event_loop.runs_here() {
                return Err(Error::Busy("a callback cannot wait for its own loop: call ws_flush outside, or look at ws_buffered_amount"));
            }
            if self.queue.take_interrupt() {
                return Err(Error::Aborted);
            }
            let left = deadline.left(Instant::now());
            if left.is_some_and(|left| left.is_zero()) {
                return Err(Error::Timeout);
            }
            if self.event_loop.is_background() {
                link.flushers += 1;
                link = match left {
                    None => self.flushed.wait(link).unwrap_or_else(PoisonError::into_inner),
                    Some(left) => self.flushed.wait_timeout(link, left).unwrap_or_else(PoisonError::into_inner).0,
                };
                link.flushers -= 1;
            } else {
                drop(link);
                let until = |_: &QueueSink| self.queue.is_interrupted() || lock(&self.link).is_flushed();
                self.event_loop.run(&mut QueueSink::new(false), deadline, until)?;
                link = lock(&self.link);
            }
        }
    }

    fn take_front(&self) -> Result<MutexGuard<'_, Front>> {
        self.check()?;
        if self.handler.is_some() && self.event_loop.is_background() {
            return Err(Error::Busy("the background loop takes this socket's events and gives them to its callbacks"));
        }
        try_lock(&self.taker).ok_or(Error::Busy("another thread takes this socket's events"))
    }

    /// Fills the front, which is used up.
    fn wait_for_events(self: &Arc<Self>, front: &mut Front, deadline: Deadline) -> Result<()> {
        let call_driver = || self.event_loop.attend(self);
        let found = if self.event_loop.is_background() {
            self.queue.refill_by(front, deadline, call_driver)
        } else {
            match self.queue.refill_by(front, Deadline::Now, call_driver) {
                Refill::Empty => {
                    self.event_loop.run(&mut QueueSink::new(false), deadline, |_| self.queue.has_news())?;
                    self.queue.refill_by(front, Deadline::Now, call_driver)
                }
                found => found,
            }
        };
        match found {
            Refill::Filled => Ok(()),
            Refill::Interrupted => Err(Error::Aborted),
            Refill::Empty => Err(Error::Timeout),
        }
    }

    /// Moves the state for an event that is being taken, and says whether the application is to see it.
    #[inline]
    pub(in crate::client) fn admit(self: &Arc<Self>, what: What) -> bool {
        if self.aborted.load(Acquire) && !self.abort_taken.load(Acquire) {
            if what == What::Aborted {
                self.abort_taken.store(true, Release);
            }
            return false;
        }
        match what {
            What::Message(_) | What::Chunk(_) | What::Pong(_) | What::Drain => self.ready_state() == ReadyState::Open,
            What::Open => self.moves(ReadyState::Connecting, ReadyState::Open),
            What::Aborted => false,
            What::Closing => {
                if self.moves(ReadyState::Open, ReadyState::Closing) && self.is_paused() {
                    // A CLOSING socket is read again: its end may have come already.
                    self.event_loop.attend(self);
                }
                false
            }
            What::Error => {
                self.state.store(ReadyState::Closed as u8, Release);
                true
            }
            What::Close { .. } => {
                self.state.store(ReadyState::Closed as u8, Release);
                !self.done.swap(true, AcqRel)
            }
        }
    }
}
