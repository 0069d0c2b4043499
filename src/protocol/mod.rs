//! One connection as a state machine: bytes and commands in, bytes, events and deadlines out.
//!
//! Nothing here does I/O, reads a clock, draws random numbers by itself or starts a thread; time comes in as a value, so the same
//! inputs always give the same outputs, and the same bytes in any chunking give the same events.
//!
//! A connection is first an [`Opening`](opening::Opening) and then two halves that share nothing, so that a sender never waits for
//! the receiver: a [`Reader`](reader::Reader), which turns bytes into messages, and a [`Writer`](writer::Writer), which turns
//! commands into bytes and decides how the connection ends. Methods come in four kinds: getters; `handle_*`, input from the network
//! or the clock; commands (`send`, `close`, `ping`), input from the application; `poll_*`, output that the caller must act on.
//!
//! A driver does, in this order: give what was read to [`Reader::poll`](reader::Reader::poll) until it returns `None`; pass each
//! control frame and each violation on to the writer; transmit [`Writer::poll_transmit`](writer::Writer::poll_transmit) and say how
//! much went out, and when it is empty [`Writer::frame_pending`](writer::Writer::frame_pending) to see whether there is more; take [`Writer::poll_event`](writer::Writer::poll_event) until `None`; set the timer to
//! [`Writer::poll_deadline`](writer::Writer::poll_deadline); drop the stream once [`Writer::is_finished`](writer::Writer::is_finished).
#![forbid(unsafe_code)]

pub mod compress;
pub mod counts;
pub mod event;
pub mod failure;
pub mod frame;
pub mod inflate;
pub mod keep_alive;
pub mod lent;
pub mod limits;
pub mod mask;
mod message;
pub mod opening;
pub mod outbox;
mod pings;
pub mod pool;
pub mod reader;
pub mod refusal;
pub mod segments;
pub mod utf8;
pub mod window;
pub mod writer;

/// What a message holds (RFC 6455 section 5.6).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kind {
    /// UTF-8 text, checked on both ways.
    Text,
    /// Any bytes.
    Binary,
}

/// A part of a message that is handed out as it arrives.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Chunk {
    /// What the message holds. Each chunk of a text is text by itself.
    pub kind: Kind,
    /// Whether the message begins with it.
    pub first: bool,
    /// Whether the message ends with it.
    pub last: bool,
}
