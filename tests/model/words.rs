//! What the model and the real thing speak about: messages, events, what a server does.

use std::{
    fmt::{self, Debug, Formatter},
    hash::{DefaultHasher, Hash, Hasher},
};

/// A payload, small enough to be in many states: its length and a digest.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub struct Payload {
    pub text: bool,
    pub len: usize,
    digest: u64,
}

impl Payload {
    pub fn new(text: bool, bytes: &[u8]) -> Self {
        let mut hasher = DefaultHasher::new();
        bytes.hash(&mut hasher);
        Payload { text, len: bytes.len(), digest: hasher.finish() }
    }
}

impl Debug for Payload {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        let kind = if self.text { "text" } else { "binary" };
        write!(formatter, "{kind} of {} #{:04x}", self.len, self.digest & 0xffff)
    }
}

/// A Close frame's body; `None`: it has none.
pub type Body = Option<(u16, String)>;

/// An event as the application sees it.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Event {
    Open,
    Message(Payload),
    Pong(Payload),
    Error,
    Close { code: u16, reason: String, clean: bool },
}

impl Event {
    /// The close event of a connection without a closing handshake.
    pub fn lost() -> Self {
        Event::Close { code: 1006, reason: String::new(), clean: false }
    }
}

impl Debug for Event {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Event::Open => write!(formatter, "open"),
            Event::Message(payload) => write!(formatter, "message ({payload:?})"),
            Event::Pong(payload) => write!(formatter, "pong ({payload:?})"),
            Event::Error => write!(formatter, "error"),
            Event::Close { code, reason, clean } => write!(formatter, "close {code} {reason:?} clean={clean}"),
        }
    }
}

/// What a server does.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Act {
    /// The handshake's right answer.
    Accept,
    /// No such answer: no listener, another status, garbage.
    Refuse,
    /// The end of a message.
    Message(Payload),
    /// The answer to one of our pings.
    Pong(Payload),
    /// Something that is no event: a ping, a pong that nobody asked for, the start of a message.
    Nothing,
    Close(Body),
    /// A Close frame whose body may not be.
    BadClose,
    /// A text message that is not UTF-8.
    BadText,
    /// A frame whose header may not be.
    Breach,
    /// The end of its direction of TCP.
    Fin,
    Reset,
}

/// What became of a call that takes events.
#[derive(Clone, PartialEq, Eq)]
pub enum Took {
    Event(Event),
    Status(i32),
}

impl Debug for Took {
    fn fmt(&self, formatter: &mut Formatter<'_>) -> fmt::Result {
        match self {
            Took::Event(event) => write!(formatter, "{event:?}"),
            Took::Status(status) => write!(formatter, "{}", super::c::status_name(*status)),
        }
    }
}

/// The arguments of `close()`.
pub type CloseArguments<'a> = (i32, Option<&'a [u8]>);

/// The arguments of `send()`.
#[derive(Debug, Clone, Copy)]
pub enum Sent {
    Good,
    BadType,
    BadText,
}
