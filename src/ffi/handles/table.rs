//! A table of objects by number, in which a number that was taken out is never found again.
//!
//! It has no lock: a child of `fork` can use it whatever another thread of its parent was doing, and so can a signal handler.

use super::atomics::{
    AtomicPtr, AtomicU64, AtomicUsize,
    Ordering::{AcqRel, Acquire, Relaxed, Release},
};
use std::{
    iter,
    ptr::{null_mut, without_provenance_mut},
};

/// What a number stands for; 0 is a place without an object.
pub type Kind = usize;

/// The lowest bits of a number are 0, as in the address of an object, and so are those above [`MARK`].
const ALIGNMENT: u32 = 3;

/// How many bits hold the place: some four million objects at a time, or 65,536 with addresses of 32 bits.
const PLACE: u32 = if usize::BITS == 64 { 22 } else { 16 };

/// How many bits say how often the place was used.
const USES: u32 = if usize::BITS == 64 { 21 } else { 13 };

/// Looks like an address in a program's memory, which some languages insist on: not too small, not more than 47 bits.
const MARK: usize = if usize::BITS == 64 { 1 << (ALIGNMENT + PLACE + USES) } else { 0 };

/// How often a place can be used: then it is given up, because its numbers would come again.
pub(super) const LIFE: usize = (1 << USES) - 1;

/// The places of the first chunk; each further one has twice as many as the one before.
const FIRST: usize = 64;
const CHUNKS: usize = (PLACE - FIRST.ilog2()) as usize;

/// The bits of a tag that hold the kind; above them is how often the place was used.
const KIND: u32 = 2;

/// No place.
const NONE: usize = (1 << PLACE) - 1;

struct Slot {
    /// How often it was used, and the kind of the object that is there now.
    tag: AtomicUsize,
    /// The object, or the next place that is free.
    content: AtomicPtr<()>,
}

/// The table.
pub struct Table {
    chunks: [AtomicPtr<Slot>; CHUNKS],
    /// Places from here on were never used.
    unused: AtomicUsize,
    /// The first of the free places, and a count of changes: a place that was taken and given back meanwhile is not the same.
    free: AtomicU64,
    /// How often a place is used.
    life: usize,
}

/// The chunk that a place is in, and where.
#[inline]
fn chunk_of(place: usize) -> (usize, usize) {
    let chunk = ((place + FIRST).ilog2() - FIRST.ilog2()) as usize;
    (chunk, place + FIRST - (FIRST << chunk))
}

/// The number for the `uses`th use of a place.
fn number(place: usize, uses: usize) -> usize {
    MARK | uses << (PLACE + ALIGNMENT) | place << ALIGNMENT
}

impl Table {
    /// An empty table whose places are used `life` times at the most, which is [`LIFE`] but in tests.
    #[cfg(not(loom))]
    pub const fn new(life: usize) -> Self {
        Table {
            chunks: [const { AtomicPtr::new(null_mut()) }; CHUNKS],
            unused: AtomicUsize::new(0),
            free: AtomicU64::new(NONE as u64),
            life,
        }
    }

    /// The same of atomics that cannot be made at compile time.
    #[cfg(loom)]
    pub fn new(life: usize) -> Self {
        Table {
            chunks: std::array::from_fn(|_| AtomicPtr::new(null_mut())),
            unused: AtomicUsize::new(0),
            free: AtomicU64::new(NONE as u64),
            life,
        }
    }

    /// The slot of a place that was used before.
    #[inline]
    fn slot(&self, place: usize) -> Option<&Slot> {
        let (chunk, at) = chunk_of(place);
        let slots = self.chunks.get(chunk)?.load(Acquire);
        // SAFETY: a chunk is never moved or freed while the table lives, and has `FIRST << chunk` slots, of which `at` is one.
        unsafe { slots.as_ref().map(|_| &*slots.add(at)) }
    }

    /// Puts an object into the table; `None` if it is full.
    pub fn insert(&self, kind: Kind, object: *mut ()) -> Option<usize> {
        let place = self.take_free().or_else(|| self.take_unused())?;
        let slot = self.slot(place)?;
        let uses = slot.tag.load(Acquire) >> KIND;
        slot.content.store(object, Relaxed);
        slot.tag.store(uses << KIND | kind, Release);
        Some(number(place, uses))
    }

    /// The slot that a number stands for, and the tag it has while that is so.
    #[inline]
    fn find(&self, kind: Kind, number: usize) -> Option<(&Slot, usize)> {
        let uses = number >> (PLACE + ALIGNMENT) & LIFE;
        let place = number >> ALIGNMENT & ((1 << PLACE) - 1);
        let slot = self.slot(place)?;
        (number == self::number(place, uses)).then_some((slot, uses << KIND | kind))
    }

    /// The object that a number stands for. Whoever uses it sees to it that it is not removed meanwhile.
    #[inline]
    pub fn get(&self, kind: Kind, number: usize) -> Option<*mut ()> {
        let (slot, tag) = self.find(kind, number)?;
        (slot.tag.load(Acquire) == tag).then(|| slot.content.load(Relaxed))
    }

    /// Takes an object out: of several callers one gets it, and its number is never found again.
    pub fn remove(&self, kind: Kind, number: usize) -> Option<*mut ()> {
        let (slot, tag) = self.find(kind, number)?;
        let uses = (tag >> KIND) + 1;
        slot.tag.compare_exchange(tag, uses << KIND, AcqRel, Relaxed).ok()?;
        let object = slot.content.load(Relaxed);
        if uses < self.life {
            self.give_back(number >> ALIGNMENT & ((1 << PLACE) - 1), slot);
        }
        Some(object)
    }

    fn take_free(&self) -> Option<usize> {
        let mut head = self.free.load(Acquire);
        loop {
            // There is no slot for `NONE`. What is read of a slot that another thread has just taken is no place, perhaps, but then
            // the head has changed too.
            let next = self.slot(first(head))?.content.load(Relaxed).addr();
            match self.free.compare_exchange_weak(head, changed(head, next), AcqRel, Acquire) {
                Ok(_) => return Some(first(head)),
                Err(other) => head = other,
            }
        }
    }

    fn give_back(&self, place: usize, slot: &Slot) {
        let mut head = self.free.load(Acquire);
        loop {
            slot.content.store(without_provenance_mut(first(head)), Relaxed);
            match self.free.compare_exchange_weak(head, changed(head, place), AcqRel, Acquire) {
                Ok(_) => return,
                Err(other) => head = other,
            }
        }
    }

    /// A place that was never used, in a new chunk if need be.
    fn take_unused(&self) -> Option<usize> {
        let next = |unused| (unused < NONE).then_some(unused + 1);
        let place = self.unused.fetch_update(Relaxed, Relaxed, next).ok()?;
        let (chunk, _) = chunk_of(place);
        let chunk_at = self.chunks.get(chunk)?;
        if chunk_at.load(Acquire).is_null() {
            let fresh = || Slot { tag: AtomicUsize::new(1 << KIND), content: AtomicPtr::new(null_mut()) };
            let slots: Box<[Slot]> = iter::repeat_with(fresh).take(FIRST << chunk).collect();
            let slots = Box::into_raw(slots);
            if chunk_at.compare_exchange(null_mut(), slots.cast(), AcqRel, Relaxed).is_err() {
                // SAFETY: another thread was faster: nobody has seen this one.
                drop(unsafe { Box::from_raw(slots) });
            }
        }
        Some(place)
    }
}

/// The place in a head of the free places.
fn first(head: u64) -> usize {
    usize::try_from(head & NONE as u64).unwrap_or(NONE)
}

/// The head that follows another one, with this place.
fn changed(head: u64, place: usize) -> u64 {
    ((head >> PLACE) + 1) << PLACE | (place & NONE) as u64
}
