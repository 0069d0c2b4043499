//! The states of a socket, and what becomes of a message.

/// The standard's `readyState`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum ReadyState {
    /// The connection is being made.
    Connecting = 0,
    /// Messages can be sent.
    Open = 1,
    /// The closing handshake has begun.
    Closing = 2,
    /// It is over.
    Closed = 3,
}

/// What became of a message.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Sent {
    /// It was accepted.
    Accepted,
    /// It is counted in [`Socket::buffered_amount`] and not sent.
    Discarded,
}
