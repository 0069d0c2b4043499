//! The buffers that frames are written into, kept by a loop for all its sockets: an idle connection owns none.

use super::mask::{Masks, Random};
use std::sync::{Mutex, PoisonError};

/// Bytes of payload in a buffer, beside a header: how much of a long message is framed before it is written. The fewer writes a
/// message needs the less the kernel makes of them (measured with 1 MiB: 0.73 ms in writes of 64 KiB, 0.46 of 256, 0.30 of 512), but
/// framing and writing should both find the bytes in the processor's cache. Memory is only taken as far as it is used.
pub const SEGMENT: usize = 512 << 10;

/// How much of small messages is gathered before it is written: a write of its own costs a hundred times what framing a small
/// message costs, and at this size the cost of the write is spread thin.
pub const GATHER: usize = 128 << 10;

/// Room for one more header: a message whose size is a multiple of [`SEGMENT`] goes out without a small remainder.
const HEADER: usize = 16;

/// Buffers kept for the next sender.
const KEPT: usize = 4;

/// A buffer and the keys for the frames that begin in it.
#[derive(Debug)]
pub struct Segment {
    bytes: Box<[u8]>,
    start: usize,
    end: usize,
    masks: Masks,
}

impl Segment {
    /// What is in it.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.bytes[self.start..self.end]
    }

    /// Bytes of memory held.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.bytes.len()
    }

    /// Where more can be written.
    #[inline]
    pub fn room(&mut self) -> &mut [u8] {
        &mut self.bytes[self.end..]
    }

    /// How much more can be written.
    #[inline]
    #[must_use]
    pub fn room_left(&self) -> usize {
        self.bytes.len() - self.end
    }

    /// `count` bytes were written.
    #[inline]
    pub fn filled(&mut self, count: usize) {
        self.end += count;
    }

    /// The first `count` bytes are no longer needed.
    pub fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// A key for the next frame.
    #[inline]
    pub fn next_key(&mut self) -> [u8; 4] {
        self.masks.next_key()
    }
}

/// The buffers of a loop.
#[derive(Debug)]
pub struct Supply {
    free: Mutex<Vec<Segment>>,
    random: Random,
}

impl Supply {
    /// Without buffers yet. Masking keys are made of what `random` gives.
    #[must_use]
    pub fn new(random: Random) -> Self {
        Supply { free: Mutex::default(), random }
    }

    /// An empty buffer.
    #[must_use]
    pub fn take(&self) -> Segment {
        let kept = self.free.lock().unwrap_or_else(PoisonError::into_inner).pop();
        kept.unwrap_or_else(|| Segment {
            bytes: vec![0; SEGMENT + HEADER].into_boxed_slice(),
            start: 0,
            end: 0,
            masks: Masks::new(self.random),
        })
    }

    /// Takes a buffer back.
    pub fn give(&self, mut segment: Segment) {
        let mut free = self.free.lock().unwrap_or_else(PoisonError::into_inner);
        if free.len() < KEPT {
            (segment.start, segment.end) = (0, 0);
            free.push(segment);
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_buffer_that_was_given_back_is_empty_and_has_all_its_room_again() {
        let supply = Supply::new(|seed| seed.fill(1));
        let mut segment = supply.take();
        segment.room()[..3].copy_from_slice(b"abc");
        segment.filled(3);
        segment.consume(1);
        assert_eq!((segment.bytes(), segment.room_left()), (&b"bc"[..], SEGMENT + HEADER - 3));
        supply.give(segment);
        let segment = supply.take();
        assert_eq!((segment.bytes(), segment.room_left()), (&b""[..], SEGMENT + HEADER));
    }

    #[test]
    fn a_buffer_that_was_given_back_goes_on_with_its_keys_and_repeats_none() {
        let supply = Supply::new(|seed| seed.fill(1));
        let mut segment = supply.take();
        let before = segment.next_key();
        supply.give(segment);
        assert_ne!(supply.take().next_key(), before);
    }

    #[test]
    fn after_a_burst_no_more_buffers_are_kept_than_the_next_sender_needs() {
        let supply = Supply::new(|seed| seed.fill(1));
        let burst: Vec<Segment> = (0..10).map(|_| supply.take()).collect();
        for segment in burst {
            supply.give(segment);
        }
        assert_eq!(supply.free.lock().unwrap().len(), KEPT);
    }
}
