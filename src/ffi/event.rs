//! `ws_event`: what the library tells a program.

use super::{
    constants::{
        WS_BINARY, WS_EVENT_CHUNK, WS_EVENT_CLOSE, WS_EVENT_DRAIN, WS_EVENT_ERROR, WS_EVENT_MESSAGE, WS_EVENT_NONE, WS_EVENT_OPEN,
        WS_EVENT_PONG, WS_FINAL, WS_FIRST, WS_TEXT,
    },
    socket::{self, ws_socket},
};
use crate::{
    client::{event::What, socket::Socket},
    protocol::Kind,
};
use std::{
    ffi::c_void,
    ptr::{null_mut, with_exposed_provenance_mut},
    sync::Arc,
};

/// An event. The library fills it; data stays valid until the same socket is next asked for events (ws_next_event, ws_next_events,
/// ws_wait_open, ws_wait_closed), though there may be none; if the socket has a loop of one's own, until that loop next runs: in one of
/// these for any of its sockets, in ws_loop_wait, ws_loop_dispatch, ws_flush or ws_shutdown; and until ws_free of the socket or
/// ws_loop_free of the loop at the longest. In a callback, until the callback returns, whatever it calls. Its size never changes (64
/// bytes where pointers have 64 bits): programs have arrays of it.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct ws_event {
    /// WS_EVENT_..., which says what the other fields mean.
    pub r#type: i32,
    /// MESSAGE, CHUNK: WS_TEXT or WS_BINARY, else 0.
    pub kind: i32,
    /// The socket that it happened to.
    pub socket: *mut ws_socket,
    /// What ws_options_set_user_data or ws_options_set_callbacks was given.
    pub user_data: *mut c_void,
    /// The event's bytes; never NULL. A NUL follows them, so that text can be used as a C string.
    pub data: *const c_void,
    /// How many, without that NUL.
    pub len: usize,
    /// CLOSE: the server's code; 1005 if its Close frame had none; 1006 if none came.
    pub code: i32,
    /// CLOSE: 1 if the closing handshake was completed, else 0.
    pub was_clean: i32,
    /// PONG: from the ping to the pong, in microseconds.
    pub rtt_us: u64,
    /// CHUNK: WS_FIRST if the message begins with it, WS_FINAL if it ends with it, both or-ed, or neither. Else 0.
    pub flags: u32,
    /// For later; 0.
    pub reserved: u32,
}

const _: () = assert!(size_of::<usize>() != 8 || size_of::<ws_event>() == 64, "programs have arrays of it");

impl ws_event {
    /// No event.
    #[must_use]
    pub fn none() -> Self {
        ws_event {
            r#type: WS_EVENT_NONE,
            kind: 0,
            socket: null_mut(),
            user_data: null_mut(),
            data: c"".as_ptr().cast(),
            len: 0,
            code: 0,
            was_clean: 0,
            rtt_us: 0,
            flags: 0,
            reserved: 0,
        }
    }

    /// An event of `socket`; `bytes` end with a NUL.
    #[inline]
    #[must_use]
    pub fn new(socket: &Arc<Socket>, what: What, bytes: &[u8]) -> Self {
        let mut event = ws_event::of(socket);
        event.tell(what, bytes);
        event
    }

    /// What all events of `socket` have in common.
    #[inline]
    #[must_use]
    pub fn of(socket: &Arc<Socket>) -> Self {
        ws_event {
            r#type: WS_EVENT_MESSAGE,
            socket: socket::handle(socket),
            user_data: with_exposed_provenance_mut(socket.user_data()),
            ..ws_event::none()
        }
    }

    /// Makes what all events of a socket have in common this event; `bytes` end with a NUL. To be called where the event stays: one
    /// that is copied behind its last store waits for that store, as long as the rest of a small message takes.
    #[inline]
    pub fn tell(&mut self, what: What, bytes: &[u8]) {
        self.data = bytes.as_ptr().cast();
        self.len = bytes.len() - 1;
        // Messages are many, and all the rest is kept apart from them.
        if let What::Message(kind) = what {
            self.kind = kind_number(kind);
        } else {
            self.become_other(what);
        }
    }

    /// Fills what messages do not have.
    #[cold]
    fn become_other(&mut self, what: What) {
        self.r#type = match what {
            What::Chunk(chunk) => {
                self.kind = kind_number(chunk.kind);
                self.flags = if chunk.first { WS_FIRST } else { 0 } | if chunk.last { WS_FINAL } else { 0 };
                WS_EVENT_CHUNK
            }
            What::Open => WS_EVENT_OPEN,
            What::Pong(round_trip) => {
                self.rtt_us = u64::try_from(round_trip.as_micros()).unwrap_or(u64::MAX);
                WS_EVENT_PONG
            }
            What::Drain => WS_EVENT_DRAIN,
            What::Error => WS_EVENT_ERROR,
            What::Close { code, clean } => {
                self.code = i32::from(code);
                self.was_clean = i32::from(clean);
                WS_EVENT_CLOSE
            }
            // The first is not for this; the others move the state and are never shown.
            What::Message(_) | What::Closing | What::Aborted => WS_EVENT_NONE,
        };
    }
}

fn kind_number(kind: Kind) -> i32 {
    if kind == Kind::Text { WS_TEXT } else { WS_BINARY }
}

/// A callback. ws: the socket; event: what happened, valid until the callback returns; user_data: what was given with it.
///
/// It runs in ws_loop_dispatch on the caller's thread, or, for sockets on the background loop, on the library's thread. It may call
/// every function, ws_free of its own socket included; those that would wait for its own loop return WS_ERR_BUSY. It must return: no
/// longjmp and no C++ exception may leave it. A binding that has callbacks run on another thread and waits for them there must call
/// ws_free on neither of the two: it would wait for itself.
pub type ws_event_fn = Option<unsafe extern "C" fn(ws: *mut ws_socket, event: *const ws_event, user_data: *mut c_void)>;
