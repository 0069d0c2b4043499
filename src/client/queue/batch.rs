//! One of the two batches of a queue: events in order, small ones in bytes that they share.

use crate::{
    client::event::{Data, What},
    protocol::{Chunk, Kind},
};

/// An empty batch keeps buffers up to this size; an idle socket should own next to nothing.
const KEPT: usize = 512;
/// Messages above this size keep the buffer that they have, or get one of their own.
pub(super) const COPIED: usize = 64 << 10;
/// A batch with more bytes than this in common takes no more there.
const SHARED: usize = 1 << 30;

/// Where a message lies in the batch's bytes, or where anything else lies in its list. Small, because there is one for each message.
#[derive(Debug)]
pub(super) struct Record {
    start: u32,
    len: u32,
    kind: Stored,
}

#[derive(Debug, Clone, Copy)]
enum Stored {
    Text,
    Binary,
    Chunk(Chunk),
    /// `start` is the place in the list of others.
    Other,
}

#[derive(Debug, Default)]
pub(super) struct Batch {
    pub records: Vec<Record>,
    shared: Vec<u8>,
    pub others: Vec<(What, Vec<u8>)>,
    /// Bytes of the others.
    other_bytes: usize,
}

impl Batch {
    /// Appends an event. Bytes that were copied come back.
    pub fn push(&mut self, what: What, data: Data<'_>) -> Option<Vec<u8>> {
        let shared = match what {
            What::Message(kind) => self.push_message(kind, data.with_nul()),
            What::Chunk(chunk) => self.share(data.with_nul(), Stored::Chunk(chunk)),
            _ => false,
        };
        if !shared {
            self.push_other(what, data);
            return None;
        }
        if let Data::Owned(bytes) = data { Some(bytes) } else { None }
    }

    /// Appends a message, unless it is one for a buffer of its own.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "this is called for each message, and to call it costs as much as it does")]
    pub fn push_message(&mut self, kind: Kind, bytes: &[u8]) -> bool {
        self.share(bytes, if kind == Kind::Text { Stored::Text } else { Stored::Binary })
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "as above")]
    fn share(&mut self, bytes: &[u8], kind: Stored) -> bool {
        // The shared bytes stay below 4 GiB: what does not fit has a buffer of its own.
        if bytes.len() > COPIED || self.shared.len() > SHARED {
            return false;
        }
        let (Ok(start), Ok(len)) = (u32::try_from(self.shared.len()), u32::try_from(bytes.len())) else { return false };
        // The NUL was written this moment: to copy it with the others would wait for it.
        self.shared.reserve(bytes.len());
        self.shared.extend_from_slice(&bytes[..bytes.len() - 1]);
        self.shared.push(0);
        self.records.push(Record { start, len, kind });
        true
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
        self.other_bytes += bytes.len();
        self.others.push((what, bytes));
        self.records.push(Record { start, len: 0, kind: Stored::Other });
    }

    /// The memory that its content takes.
    #[inline]
    pub fn size(&self) -> usize {
        self.records.len() * size_of::<Record>() + self.shared.len() + self.other_bytes
    }

    /// The memory that it holds.
    pub fn memory(&self) -> usize {
        let others: usize = self.others.iter().map(|(_, bytes)| bytes.capacity()).sum();
        let lists = self.records.capacity() * size_of::<Record>() + self.others.capacity() * size_of::<(What, Vec<u8>)>();
        lists + self.shared.capacity() + others
    }

    #[inline]
    pub fn get(&self, index: usize) -> Option<(What, &[u8])> {
        match self.message(index) {
            Some((kind, bytes)) => Some((What::Message(kind), bytes)),
            None => self.get_rare(self.records.get(index)?),
        }
    }

    /// The message that stands there, if it is one that has no buffer of its own.
    #[inline]
    pub fn message(&self, index: usize) -> Option<(Kind, &[u8])> {
        let record = self.records.get(index)?;
        let kind = match record.kind {
            Stored::Text => Kind::Text,
            Stored::Binary => Kind::Binary,
            Stored::Chunk(_) | Stored::Other => return None,
        };
        Some((kind, self.bytes(record)))
    }

    #[cold]
    fn get_rare(&self, record: &Record) -> Option<(What, &[u8])> {
        if let Stored::Chunk(chunk) = record.kind {
            return Some((What::Chunk(chunk), self.bytes(record)));
        }
        self.others.get(record.start as usize).map(|(what, bytes)| (*what, bytes.as_slice()))
    }

    #[inline]
    fn bytes(&self, record: &Record) -> &[u8] {
        let start = record.start as usize;
        &self.shared[start..start + record.len as usize]
    }

    pub fn clear(&mut self) {
        self.records.clear();
        self.shared.clear();
        self.others.clear();
        self.other_bytes = 0;
    }

    /// Whether it has more memory than an idle socket should own.
    pub fn is_large(&self) -> bool {
        self.shared.capacity() > KEPT || self.records.capacity() * size_of::<Record>() > KEPT || self.others.capacity() > 4
    }

    /// Gives memory back.
    pub fn shrink(&mut self) {
        if self.is_large() {
            *self = Batch::default();
        }
    }
}
