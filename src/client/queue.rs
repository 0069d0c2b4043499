//! The events that wait to be taken from a socket: two batches that change places, so that the two sides share no lock per
//! message and nobody allocates for one.
//!
//! The driver appends to the back batch; the taker works through the front batch without a lock and, when it is used up, exchanges
//! it for the back one.

mod batch;
mod memory;

use super::{
    deadline::Deadline,
    event::{Data, What},
    sync::lock,
};
use crate::protocol::Kind;
use batch::Batch;
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// Memory of which less than one part in so many was used is given back.
const SPARSE: usize = 16;
/// A socket without events for so long is idle and gives its memory back.
const IDLE: Duration = Duration::from_secs(1);

/// How much may wait in a socket's queue before the socket is no longer read.
#[derive(Debug, Clone, Copy)]
pub struct Room {
    /// Bytes of memory.
    pub bytes: u64,
    /// Events, that is, messages or chunks.
    pub events: u64,
}

/// What the driver appends to.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
pub struct Back {
    batch: Batch,
    interrupted: bool,
    waiting: bool,
    /// The driver wants to be called when the taker has taken all, or has exchanged the batches, respectively.
    call_when_taken: bool,
    full: bool,
    /// The taker has work left: something was appended and it has not come back for more.
    busy: bool,
    /// Bytes of memory that the front held when it was filled or found used up.
    front_memory: usize,
}

impl Back {
    /// Appends an event. Bytes that were copied come back.
    pub fn push(&mut self, what: What, data: Data<'_>) -> Option<Vec<u8>> {
        self.busy = true;
        self.batch.push(what, data)
    }

    /// Appends a message that is borrowed, unless it needs a buffer of its own.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "this is called for each message, and to call it costs as much as it does")]
    pub fn push_message(&mut self, kind: Kind, bytes: &[u8]) -> bool {
        self.busy = true;
        self.batch.push_message(kind, bytes)
    }

    /// Whether the taker has not taken all yet. If so, the driver is called when it has.
    pub fn is_busy_then_call(&mut self) -> bool {
        self.call_when_taken = self.busy;
        self.busy
    }

    /// Whether a taker waits that nobody has woken yet: the caller does.
    #[must_use]
    pub fn take_waiting(&mut self) -> bool {
        std::mem::take(&mut self.waiting)
    }

    /// Whether the socket is not to be read: each batch may have half of `room`. So the driver stops when all of it is used, at the
    /// latest, and goes on when the taker has used up its batch and comes for this one: then half of it is used.
    #[inline]
    #[must_use]
    pub fn is_full(&self, room: Room) -> bool {
        self.batch.size() as u64 >= room.bytes / 2 || self.batch.records.len() as u64 >= room.events / 2
    }

    /// The same, and the driver is called when it can go on.
    pub fn note_full(&mut self, room: Room) -> bool {
        self.full = self.is_full(room);
        self.full
    }

    /// Drops everything that waits.
    pub fn clear(&mut self) {
        self.batch.clear();
    }
}

/// What the taker works through.
#[derive(Debug, Default)]
pub struct Front {
    batch: Batch,
    next: usize,
    /// Events taken from the last batch that had any.
    last_taken: usize,
}

impl Front {
    /// Takes the next event; its bytes stay as they are until [`Queue::refill`].
    #[inline]
    pub fn take(&mut self) -> Option<(What, &[u8])> {
        let event = self.batch.get(self.next)?;
        self.next += 1;
        Some(event)
    }

    /// The same, if it is a message of few bytes.
    #[inline]
    pub fn take_message(&mut self) -> Option<(Kind, &[u8])> {
        let message = self.batch.message(self.next)?;
        self.next += 1;
        Some(message)
    }

    /// Takes the next event, unless it is one that `leaves` says is to be left.
    #[inline]
    pub fn take_unless(&mut self, leaves: impl FnOnce(What) -> bool) -> Option<(What, &[u8])> {
        let event = self.batch.get(self.next).filter(|(what, _)| !leaves(*what))?;
        self.next += 1;
        Some(event)
    }

    /// The next event, not taken.
    #[inline]
    #[must_use]
    pub fn peek(&self) -> Option<(What, &[u8])> {
        self.batch.get(self.next)
    }

    /// Drops everything not taken yet.
    pub fn clear(&mut self) {
        if self.next > 0 {
            self.last_taken = self.next;
        }
        self.batch.clear();
        self.next = 0;
    }
}

/// What a taker found.
#[derive(Debug, PartialEq, Eq)]
pub enum Refill {
    /// There are events in front now.
    Filled,
    /// Nothing waits.
    Empty,
    /// The taker was interrupted.
    Interrupted,
}

/// The events of one socket that wait to be taken.
#[derive(Debug, Default)]
pub struct Queue {
    back: Mutex<Back>,
    arrived: Condvar,
}

impl Queue {
    /// The back batch, to append to; [`Queue::notify`] must follow.
    #[inline]
    pub fn back(&self) -> MutexGuard<'_, Back> {
        lock(&self.back)
    }

    /// Wakes the taker.
    pub fn notify(&self) {
        self.arrived.notify_all();
    }

    /// Appends one event and wakes the taker.
    pub fn push(&self, what: What, data: Data<'_>) -> Option<Vec<u8>> {
        let mut back = self.back();
        let bytes = back.push(what, data);
        let waiting = back.take_waiting();
        drop(back);
        if waiting {
            self.notify();
        }
        bytes
    }

    /// Interrupts the taker that waits now, else the next one that would wait.
    pub fn interrupt(&self) {
        self.back().interrupted = true;
        self.notify();
    }

    /// Exchanges the used-up front for the back, on behalf of the loop: an interrupt is for the socket's own taker. `false`: nothing
    /// waits. `call_driver` is called if the driver waits for that.
    pub fn refill(&self, front: &mut Front, call_driver: impl Fn()) -> bool {
        front.clear();
        let (filled, call) = Self::exchange(&mut self.back(), front);
        if call {
            call_driver();
        }
        filled
    }

    /// Exchanges the batches, if something waits. The second value: the driver is to be called, once the queue is not locked any more.
    fn exchange(back: &mut Back, front: &mut Front) -> (bool, bool) {
        if !back.batch.records.is_empty() {
            std::mem::swap(&mut back.batch, &mut front.batch);
            back.front_memory = front.memory();
            return (true, std::mem::take(&mut back.full));
        }
        back.busy = false;
        let call = std::mem::take(&mut back.call_when_taken);
        front.batch.others = Vec::new();
        back.batch.others = Vec::new();
        // A stream that the taker keeps up with needs its memory again at once; what a burst took is given back.
        if front.last_taken * SPARSE < front.batch.records.capacity().max(back.batch.records.capacity()) {
            back.batch.shrink();
            front.batch.shrink();
        }
        back.front_memory = front.memory();
        (false, call)
    }

    /// Exchanges the used-up front for the back, and waits until there is something or `deadline`.
    pub fn refill_by(&self, front: &mut Front, deadline: Deadline, call_driver: impl Fn()) -> Refill {
        front.clear();
        let deadline = deadline.start();
        let mut back = self.back();
        loop {
            let (filled, call) = Self::exchange(&mut back, front);
            if call {
                drop(back);
                call_driver();
                back = self.back();
            }
            if filled {
                return Refill::Filled;
            }
            if std::mem::take(&mut back.interrupted) {
                return Refill::Interrupted;
            }
            if call && !back.batch.records.is_empty() {
                continue;
            }
            let left = deadline.left(Instant::now());
            if left.is_some_and(|left| left.is_zero()) {
                return Refill::Empty;
            }
            let idle = (back.batch.is_large() || front.batch.is_large()).then_some(IDLE);
            back.waiting = true;
            match left.into_iter().chain(idle).min() {
                None => back = self.arrived.wait(back).unwrap_or_else(PoisonError::into_inner),
                Some(wait) => {
                    let (guard, result) = self.arrived.wait_timeout(back, wait).unwrap_or_else(PoisonError::into_inner);
                    back = guard;
                    if result.timed_out() && back.batch.records.is_empty() {
                        back.batch.shrink();
                        front.batch.shrink();
                        back.front_memory = front.memory();
                    }
                }
            }
            back.waiting = false;
        }
    }

    /// Whether a taker would find something: events, or that it was interrupted.
    #[must_use]
    pub fn has_news(&self) -> bool {
        let back = self.back();
        back.interrupted || !back.batch.records.is_empty()
    }

    /// Whether the next taker that would wait is to return instead.
    #[must_use]
    pub fn is_interrupted(&self) -> bool {
        self.back().interrupted
    }

    /// The same, and it is done with.
    pub fn take_interrupt(&self) -> bool {
        std::mem::take(&mut self.back().interrupted)
    }

    /// Whether events wait in the back.
    #[must_use]
    pub fn has_back(&self) -> bool {
        !self.back().batch.records.is_empty()
    }
}

#[cfg(test)]
mod tests;
