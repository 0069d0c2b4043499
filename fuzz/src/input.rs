//! An input of the fuzzer, taken apart from its front: numbers, choices and texts.

use std::cell::Cell;

/// What is left of an input. Once it is used up, every number is 0 and every text empty.
#[derive(Debug)]
pub struct Input {
    bytes: Vec<u8>,
    at: Cell<usize>,
}

impl Input {
    /// All of `bytes`.
    #[must_use]
    pub fn new(bytes: &[u8]) -> Self {
        Input { bytes: bytes.to_vec(), at: Cell::new(0) }
    }

    /// Whether nothing is left.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.at.get() == self.bytes.len()
    }

    /// The next `count` bytes, fewer if there are not so many.
    pub fn bytes(&self, count: usize) -> &[u8] {
        let at = self.at.get();
        let end = self.bytes.len().min(at.saturating_add(count));
        self.at.set(end);
        &self.bytes[at..end]
    }

    /// All that is left.
    pub fn rest(&self) -> &[u8] {
        self.bytes(usize::MAX)
    }

    /// One byte.
    pub fn byte(&self) -> u8 {
        self.bytes(1).first().copied().unwrap_or(0)
    }

    /// Two bytes, the high one first.
    pub fn word(&self) -> u16 {
        u16::from_be_bytes([self.byte(), self.byte()])
    }

    /// Whether the next byte is odd.
    pub fn flag(&self) -> bool {
        self.byte() & 1 == 1
    }

    /// One of `choices`, by the next byte.
    ///
    /// # Panics
    ///
    /// If there are none.
    pub fn choose<T: Copy>(&self, choices: &[T]) -> T {
        choices[usize::from(self.byte()) % choices.len()]
    }

    /// A text of up to 255 bytes, after its length.
    pub fn field(&self) -> &[u8] {
        let len = self.byte();
        self.bytes(usize::from(len))
    }
}
