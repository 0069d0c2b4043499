//! How much memory the queue of a socket holds.

use super::{Batch, Front, Queue, Record};
use crate::client::event::What;

impl Batch {
    fn memory(&self) -> usize {
        let others: usize = self.others.iter().map(|(_, bytes)| bytes.capacity()).sum();
        let lists = self.records.capacity() * size_of::<Record>() + self.others.capacity() * size_of::<(What, Vec<u8>)>();
        lists + self.shared.capacity() + others
    }
}

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
