//! Payloads in buffers of the application's: masked where they lie, piece by piece, just before they go out, so that nothing is copied.

use super::{mask, segments::SEGMENT};
use std::fmt::Debug;

/// A buffer that the application has handed over, to be written to as well. It goes back when it is dropped.
pub trait Buffer: Debug + Send {
    /// What is in it.
    fn bytes(&self) -> &[u8];
    /// The same, to be changed.
    fn bytes_mut(&mut self) -> &mut [u8];
}

impl Buffer for Vec<u8> {
    fn bytes(&self) -> &[u8] {
        self
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        self
    }
}

/// The end of a payload on its way out.
#[derive(Debug)]
pub struct Lent {
    buffer: Box<dyn Buffer>,
    /// Before it all has gone out.
    start: usize,
    /// Before it all is as it goes out.
    ready: usize,
    end: usize,
    /// Turned so that its first byte is for the byte at `ready`.
    key: [u8; 4],
}

impl Lent {
    /// The `len` bytes of `buffer` from `start` on, to be masked with `key`, which is turned for the first of them.
    #[must_use]
    pub fn new(buffer: Box<dyn Buffer>, start: usize, len: usize, key: [u8; 4]) -> Self {
        Lent { buffer, start, ready: start, end: start + len, key }
    }

    /// Bytes that go out as they are.
    #[must_use]
    pub fn as_they_are(bytes: Vec<u8>) -> Self {
        let end = bytes.len();
        Lent { buffer: Box::new(bytes), start: 0, ready: end, end, key: [0; 4] }
    }

    /// What can go out next: after [`Lent::prepare`] something, unless all has gone out.
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        &self.buffer.bytes()[self.start..self.ready]
    }

    /// All that has not gone out, masked or not.
    #[must_use]
    pub fn rest(&self) -> &[u8] {
        &self.buffer.bytes()[self.start..self.end]
    }

    /// Masks as much as is written at once, if nothing is ready: writing finds it in the processor's cache then.
    pub fn prepare(&mut self) {
        if self.start < self.ready {
            return;
        }
        let start = self.start;
        self.ready = self.end.min(start + SEGMENT);
        mask::apply_in_place(&mut self.buffer.bytes_mut()[start..self.ready], self.key);
        self.key.rotate_left((self.ready - start) & 3);
    }

    /// `count` bytes have gone out.
    pub fn consume(&mut self, count: usize) {
        self.start += count;
    }

    /// The buffer, which is no longer needed.
    #[must_use]
    pub fn into_buffer(self) -> Box<dyn Buffer> {
        self.buffer
    }

    /// Bytes of memory held.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.buffer.bytes().len()
    }
}
