//! How much memory the queue of a socket holds.

use super::{Front, Queue};

impl Front {
    /// Bytes of memory held.
    pub(super) fn memory(&self) -> usize {
        self.batch.memory()
    }
}

impl Queue {
    /// Bytes of memory held, by the events that the taker works through too: as it was when it began with them.
    #[must_use]
    pub fn memory(&self) -> usize {
        let back = self.back();
        back.batch.memory() + back.front_memory
    }
}
