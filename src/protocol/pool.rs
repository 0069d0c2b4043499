//! Buffers that one connection no longer needs and the next can use: an idle connection owns none.

/// Buffers kept at most.
const KEPT: usize = 2;
/// The smallest buffer worth keeping, in bytes.
const SMALLEST: usize = 4 << 10;
/// The largest buffer kept, in bytes.
const LARGEST: usize = 4 << 20;

/// Buffers of messages.
#[derive(Debug, Default)]
pub struct Pool {
    free: Vec<Vec<u8>>,
}

impl Pool {
    /// An empty buffer.
    pub fn take(&mut self) -> Vec<u8> {
        self.free.pop().unwrap_or_default()
    }

    /// Gives a buffer back. Its content is forgotten.
    pub fn give(&mut self, mut buffer: Vec<u8>) {
        if self.free.len() < KEPT && (SMALLEST..=LARGEST).contains(&buffer.capacity()) {
            buffer.clear();
            self.free.push(buffer);
        }
    }
}
