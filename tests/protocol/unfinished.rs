//! Chunks of a message, put together and checked.

use crate::trace::Entry;
use ws::protocol::{
    Chunk, Kind,
    pool::Pool,
    reader::{PIECE, Payload},
};

/// The chunks of a message so far.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Unfinished {
    pub bytes: Vec<u8>,
    begun: bool,
    pub chunks: usize,
}

impl Unfinished {
    /// Puts the next chunk to those before; the message if it was the last.
    pub fn take(&mut self, chunk: Chunk, payload: Payload<'_>, pool: &mut Pool) -> Option<Entry> {
        let bytes = payload.bytes();
        assert_eq!(payload.with_nul().len(), bytes.len() + 1);
        assert_eq!(payload.with_nul().last(), Some(&0), "no NUL past the end");
        assert_eq!(chunk.first, !self.begun, "the first chunk of a message, and no other, says so");
        assert!(chunk.last || !bytes.is_empty(), "an empty chunk that is not the last");
        assert!(chunk.kind == Kind::Binary || std::str::from_utf8(bytes).is_ok(), "a chunk of text that is none: {bytes:x?}");
        self.begun = true;
        self.chunks += 1;
        self.bytes.extend_from_slice(bytes);
        if let Payload::Owned(buffer) = payload {
            assert!(buffer.len() <= PIECE + 1, "a piece of {} bytes", buffer.len());
            pool.give(buffer);
        }
        chunk.last.then(|| Entry::Message(chunk.kind, std::mem::take(self).bytes))
    }
}
