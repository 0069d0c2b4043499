//! What an application is told, and the ways it gets there.

use super::socket::Socket;
use crate::protocol::{Chunk, Kind};
use std::{sync::Arc, time::Duration};

/// An event's type and figures; its bytes come beside it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum What {
    /// The connection is open; the bytes are the subprotocol.
    Open,
    /// A message; the bytes are its payload.
    Message(Kind),
    /// A part of a message, if they come in chunks.
    Chunk(Chunk),
    /// A ping of the application was answered; the bytes are its payload.
    Pong(Duration),
    /// Little is left of what waited to be sent; no bytes.
    Drain,
    /// The server's Close has come: moves the state, is not shown.
    Closing,
    /// `close` was called while CONNECTING: what was queued before does not count. Not shown.
    Aborted,
    /// The connection was failed; the bytes say why.
    Error,
    /// The end; the bytes are the reason.
    Close {
        /// The server's code, 1005 or 1006.
        code: u16,
        /// Whether the closing handshake was completed.
        clean: bool,
    },
}

/// An event's bytes. A NUL follows them, which is the slice's last byte.
#[derive(Debug)]
pub enum Data<'a> {
    /// In a buffer that stays as it is until the loop's next turn.
    Borrowed(&'a [u8]),
    /// In a buffer of their own.
    Owned(Vec<u8>),
}

impl Data<'_> {
    /// The bytes with the NUL.
    #[inline]
    #[must_use]
    pub fn with_nul(&self) -> &[u8] {
        match self {
            Data::Borrowed(bytes) => bytes,
            Data::Owned(bytes) => bytes,
        }
    }
}

/// What a socket's application is called with: event and bytes, the latter with a NUL as the last one.
pub type Handler = Arc<dyn Fn(&Arc<Socket>, What, &[u8]) + Send + Sync>;

/// Where a driver puts the events of its turns.
pub trait Sink {
    /// The events of one socket.
    type Session<'s>: Session
    where
        Self: 's;

    /// Begins to deliver events of `socket`.
    fn session<'s>(&'s mut self, socket: &'s Arc<Socket>) -> Self::Session<'s>;

    /// Whether bytes of delivered events must stay where they are until the next turn.
    fn keeps_bytes(&self) -> bool;

    /// Whether the socket's queued events go here too.
    fn takes_queued(&self, socket: &Socket) -> bool;

    /// Whether there is room for another event.
    fn has_room(&self) -> bool;

    /// Events delivered since the sink was made.
    fn delivered(&self) -> usize;

    /// Whether connections of which the application has been told the end are waited for too.
    fn is_patient(&self) -> bool {
        false
    }

    /// Whether the program is told when no socket lives on the loop any more.
    fn tells_end(&self) -> bool;

    /// Whether there were any.
    fn has_delivered(&self) -> bool {
        self.delivered() > 0
    }

    /// Whether a taker that waits for the socket that was served has got events. Once per socket and turn, when all else is done with
    /// that socket: the taker would wait for its locks.
    fn take_wake(&mut self) -> bool {
        false
    }

    /// Sockets of an own loop whose queues have got events.
    fn take_touched(&mut self) -> Vec<Arc<Socket>> {
        Vec::new()
    }
}

/// Delivers the events of one socket.
pub trait Session {
    /// Whether there is room for another event.
    fn has_room(&self) -> bool;

    /// Whether the application has enough for now, if it has just been given so many bytes in buffers of their own: what is left of
    /// compressed bytes is not inflated for it then. A sink that hands out a batch has no room any more.
    fn has_enough(&mut self, bytes: usize) -> bool;

    /// Delivers an event; bytes of their own that are not needed any more after the turn come back.
    fn deliver(&mut self, what: What, data: Data<'_>) -> Option<Vec<u8>>;
}
