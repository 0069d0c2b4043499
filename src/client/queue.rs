//! The events that wait to be taken from a socket: two batches that change places, so that the two sides share no lock per
//! message and nobody allocates for one.
//!
//! The driver appends to the back batch; the taker works through the front batch without a lock and, when it is used up, exchanges
//! it for the back one.

mod memory;

use super::{
    deadline::Deadline,
    event::{Data, What},
    sync::lock,
};
use crate::protocol::Kind;
use std::{
    sync::{Condvar, Mutex, MutexGuard, PoisonError},
    time::{Duration, Instant},
};

/// An empty batch keeps buffers up to this size; an idle socket should own next to nothing.
const KEPT: usize = 512;
/// Memory of which less than one part in so many was used is given back.
const SPARSE: usize = 16;
/// A socket without events for so long is idle and gives its memory back.
const IDLE: Duration = Duration::from_secs(1);
/// Messages above this size keep the buffer that they have, or get one of their own.
const COPIED: usize = 64 << 10;
/// A batch with more bytes than this in common takes no more there.
const SHARED: usize = 1 << 30;

/// Where a message lies in the batch's bytes, or where anything else lies in its list. Small, because there is one for each message.
#[derive(Debug)]
struct Record {
    start: u32,
    len: u32,
    kind: Stored,
}

#[derive(Debug, Clone, Copy)]
enum Stored {
    Text,
    Binary,
    /// `start` is the place in the list of others.
    Other,
}

#[derive(Debug, Default)]
struct Batch {
    records: Vec<Record>,
    shared: Vec<u8>,
    others: Vec<(What, Vec<u8>)>,
}

impl Batch {
    #[inline]
    fn push(&mut self, what: What, data: Data<'_>) -> Option<Vec<u8>> {
        let bytes = data.with_nul();
        let kind = match what {
            What::Message(Kind::Text) => Stored::Text,
            What::Message(Kind::Binary) => Stored::Binary,
            _ => Stored::Other,
        };
        // The shared bytes stay below 4 GiB: what does not fit has a buffer of its own.
        if matches!(kind, Stored::Other) || bytes.len() > COPIED || self.shared.len() > SHARED {
            self.push_other(what, data);
            return None;
        }
        let (Ok(start), Ok(len)) = (u32::try_from(self.shared.len()), u32::try_from(bytes.len())) else { return None };
        self.shared.extend_from_slice(bytes);
        self.records.push(Record { start, len, kind });
        if let Data::Owned(bytes) = data { Some(bytes) } else { None }
    }

    #[cold]
    fn push_other(&mut self, what: What, data: Data<'_>) {
        let start = u32::try_from(self.others.len()).unwrap_or(u32::MAX);
        let bytes = match data {
            Data::Owned(bytes) => bytes,
            Data::Borrowed(bytes) => bytes.to_vec(),
        };
        if self.others.is_empty() {
            // Often it stays the only one, and a socket should own little.
            self.others.reserve_exact(1);
        }
        self.others.push((what, bytes));
        self.records.push(Record { start, len: 0, kind: Stored::Other });
    }

    /// The memory that its content takes.
    fn size(&self) -> usize {
        let others: usize = self.others.iter().map(|(_, bytes)| bytes.len()).sum();
        self.records.len() * size_of::<Record>() + self.shared.len() + others
    }

    #[inline]
    fn get(&self, index: usize) -> Option<(What, &[u8])> {
        let record = self.records.get(index)?;
        let start = record.start as usize;
        let kind = match record.kind {
            Stored::Text => Kind::Text,
            Stored::Binary => Kind::Binary,
            Stored::Other => return self.others.get(start).map(|(what, bytes)| (*what, bytes.as_slice())),
        };
        Some((What::Message(kind), &self.shared[start..start + record.len as usize]))
    }

    fn clear(&mut self) {
        self.records.clear();
        self.shared.clear();
        self.others.clear();
    }

    /// Whether it has more memory than an idle socket should own.
    fn is_large(&self) -> bool {
        self.shared.capacity() > KEPT || self.records.capacity() * size_of::<Record>() > KEPT || self.others.capacity() > 4
    }

    /// Gives memory back.
    fn shrink(&mut self) {
        if self.is_large() {
            *self = Batch::default();
        }
    }
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
    #[inline]
    pub fn push(&mut self, what: What, data: Data<'_>) -> Option<Vec<u8>> {
        self.busy = true;
        self.batch.push(what, data)
    }

    /// Whether the taker has not taken all yet. If so, the driver is called when it has.
    pub fn is_busy_then_call(&mut self) -> bool {
        self.call_when_taken = self.busy;
        self.busy
    }

    /// Whether a taker waits.
    #[must_use]
    pub fn waiting(&self) -> bool {
        self.waiting
    }

    /// Notes whether more than `limit` bytes wait: the driver stops reading then.
    pub fn note_full(&mut self, limit: u64) -> bool {
        self.full = self.batch.size() as u64 >= limit;
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
        let waiting = back.waiting;
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
mod tests {
    use super::*;

    const TEXT: What = What::Message(Kind::Text);

    fn push(queue: &Queue, text: &[u8]) {
        queue.push(TEXT, Data::Borrowed(text));
    }

    #[test]
    fn events_come_in_order_through_both_batches() {
        let (queue, mut front) = (Queue::default(), Front::default());
        push(&queue, b"a\0");
        queue.push(What::Close { code: 1000, clean: true }, Data::Owned(b"b\0".to_vec()));
        assert!(queue.refill(&mut front, || unreachable!()));
        push(&queue, b"c\0");
        assert_eq!(front.peek(), Some((TEXT, &b"a\0"[..])));
        assert_eq!(front.take(), Some((TEXT, &b"a\0"[..])));
        assert_eq!(front.take(), Some((What::Close { code: 1000, clean: true }, &b"b\0"[..])));
        assert_eq!(front.take(), None);
        assert_eq!(queue.refill_by(&mut front, Deadline::Never, || unreachable!()), Refill::Filled);
        assert_eq!(front.take(), Some((TEXT, &b"c\0"[..])));
        assert_eq!(queue.refill_by(&mut front, Deadline::Now, || unreachable!()), Refill::Empty);
    }

    #[test]
    fn a_large_message_keeps_its_own_buffer_and_a_small_one_gives_it_back() {
        let (queue, mut front) = (Queue::default(), Front::default());
        let large = vec![b'x'; COPIED + 1];
        let address = large.as_ptr();
        assert_eq!(queue.push(TEXT, Data::Owned(large)), None);
        assert_eq!(queue.push(TEXT, Data::Owned(b"y\0".to_vec())), Some(b"y\0".to_vec()));
        queue.refill(&mut front, || ());
        assert_eq!(front.take().map(|(_, bytes)| bytes.as_ptr()), Some(address));
        assert_eq!(front.take(), Some((TEXT, &b"y\0"[..])));
    }

    #[test]
    fn the_driver_is_called_when_the_queue_is_not_locked() {
        let (queue, mut front) = (Queue::default(), Front::default());
        let calls = std::cell::Cell::new(0);
        // The driver may push: a loop that is freed meanwhile tells of the end.
        let call = || {
            calls.set(calls.get() + 1);
            assert!(queue.back.try_lock().is_ok(), "the queue is locked");
        };
        for waits in [false, true] {
            let refill = |front: &mut Front| {
                if waits { queue.refill_by(front, Deadline::Now, call) == Refill::Filled } else { queue.refill(front, call) }
            };
            calls.set(0);
            push(&queue, b"a\0");
            assert!(queue.back().note_full(1));
            assert_eq!((refill(&mut front), calls.get()), (true, 1));
            assert!(queue.back().is_busy_then_call());
            assert_eq!((refill(&mut front), calls.get()), (false, 2));
            assert_eq!((refill(&mut front), calls.get()), (false, 2));
        }
    }

    #[test]
    fn an_interrupt_ends_one_wait_and_events_come_first() {
        let (queue, mut front) = (Queue::default(), Front::default());
        queue.interrupt();
        push(&queue, b"a\0");
        assert_eq!(queue.refill_by(&mut front, Deadline::Never, || ()), Refill::Filled);
        assert_eq!(queue.refill_by(&mut front, Deadline::Never, || ()), Refill::Interrupted);
        assert_eq!(queue.refill_by(&mut front, Deadline::Now, || ()), Refill::Empty);
    }

    #[test]
    fn the_loop_leaves_an_interrupt_to_the_taker() {
        let (queue, mut front) = (Queue::default(), Front::default());
        queue.interrupt();
        assert!(!queue.refill(&mut front, || ()));
        assert_eq!(queue.refill_by(&mut front, Deadline::Now, || ()), Refill::Interrupted);
    }

    #[test]
    fn a_burst_gives_its_memory_back() {
        let (queue, mut front) = (Queue::default(), Front::default());
        for _ in 0..10_000 {
            push(&queue, b"message\0");
        }
        queue.refill(&mut front, || ());
        while front.take().is_some() {}
        push(&queue, b"one\0");
        queue.refill(&mut front, || ());
        while front.take().is_some() {}
        queue.refill(&mut front, || ());
        assert!(!front.batch.is_large() && !queue.back().batch.is_large());
    }
}
