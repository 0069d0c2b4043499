//! Buffers for ciphertext on its way, kept by the thread that works with them: an idle connection owns none.

use std::cell::RefCell;

/// Bytes in a buffer: what one read or write moves, and what encryption and an unfinished record add.
pub const SIZE: usize = 88 << 10;
/// Buffers that a thread keeps: one for each layer of TLS in TLS.
const KEPT: usize = 2;

thread_local!(static FREE: RefCell<Vec<Vec<u8>>> = const { RefCell::new(Vec::new()) });

/// A buffer of at least [`SIZE`] bytes, whatever they are.
pub fn take() -> Vec<u8> {
    // A thread that is ending keeps none.
    let kept = FREE.try_with(|free| free.borrow_mut().pop()).ok().flatten();
    kept.unwrap_or_else(|| vec![0; SIZE])
}

/// Takes a buffer back.
pub fn give(buffer: Vec<u8>) {
    let _ = FREE.try_with(|free| {
        let mut free = free.borrow_mut();
        // One that had to grow for an odd record is not kept.
        if free.len() < KEPT && buffer.len() == SIZE {
            free.push(buffer);
        }
    });
}
