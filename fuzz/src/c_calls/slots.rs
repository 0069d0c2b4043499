//! Places for sockets and options, and what is known about what is there.

use super::parts::Parts;
use std::{
    cell::{Cell, RefCell},
    ffi::c_int,
};
use ws::ffi::{constants::*, event::ws_event, options::ws_options, socket::ws_socket};

/// A place for a socket, and what is known about it.
#[derive(Default)]
pub struct Slot {
    pub handle: Cell<*mut ws_socket>,
    pub state: Cell<c_int>,
    pub error: Cell<bool>,
    pub closed: Cell<bool>,
    /// Its callbacks run on the library's thread, so nothing is known about it.
    pub elsewhere: Cell<bool>,
    /// What its options said.
    pub said: Cell<Said>,
    /// The message that is sent in parts.
    pub parts: RefCell<Option<Parts>>,
    /// The type of the message whose chunks come, and how many bytes they had so far.
    pub chunks: Cell<Option<(c_int, u64)>>,
}

/// A place for options, and what they say.
#[derive(Default)]
pub struct OptionsSlot {
    pub handle: Cell<*mut ws_options>,
    pub said: Cell<Said>,
}

/// What options say that has to be known later.
#[derive(Clone, Copy, Default)]
pub struct Said {
    pub has_loop: bool,
    pub has_callbacks: bool,
    /// There are callbacks, but none for chunks.
    pub drops_chunks: bool,
    /// As `ws_options_set_chunks`.
    pub chunks: u64,
    /// As `ws_options_set_max_buffered`.
    pub max_buffered: u64,
}

impl Slot {
    /// Messages come whole or in chunks, as the options say; chunks of one message follow each other from its first to its last.
    pub fn note_chunk(&self, event: &ws_event) {
        let said = self.said.get();
        if event.r#type == WS_EVENT_MESSAGE {
            assert!(said.chunks == 0, "a message of {} bytes, where chunks were wanted", event.len);
        }
        if event.r#type != WS_EVENT_CHUNK {
            return;
        }
        let first = event.flags & WS_FIRST != 0;
        let before = self.chunks.get();
        // Chunks that no callback wants are missing here.
        assert!(said.drops_chunks || first == before.is_none(), "flags of {} after {before:?}", event.flags);
        let (kind, size) = before.filter(|_| !first).unwrap_or((event.kind, 0));
        let size = size + event.len as u64;
        assert!(kind == event.kind && size <= said.chunks, "{size} bytes, where {} are the most", said.chunks);
        self.chunks.set((event.flags & WS_FINAL == 0).then_some((kind, size)));
    }
}

impl OptionsSlot {
    pub fn say(&self, change: impl FnOnce(&mut Said)) {
        let mut said = self.said.get();
        change(&mut said);
        self.said.set(said);
    }
}
