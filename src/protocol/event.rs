//! How the network tells that a stream has ended, and what the application is told.

use std::time::Duration;

/// The end of the stream, as the network reports it.
#[derive(Debug)]
pub enum End {
    /// The server ended its direction (FIN).
    Fin,
    /// The same below TLS, without TLS's own end (`close_notify`): somebody else may have cut it.
    Cut,
    /// The connection was cut.
    Reset(std::io::Error),
}

/// What the application is told.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Event {
    /// The answer to one of the application's pings.
    Pong {
        /// The ping's payload.
        payload: Vec<u8>,
        /// From the ping to its answer.
        round_trip: Duration,
    },
    /// What waits to be sent has become as little as the application waited for ([`Limits::low_water`](super::limits::Limits)).
    Drain,
    /// The server's Close frame has come: the state is CLOSING from here on (WHATWG "when the closing handshake is started").
    Closing,
    /// The connection was failed; [`Writer::poll_failure`] says why.
    Error,
    /// The end; always last.
    Close {
        /// The server's code, 1005 or 1006.
        code: u16,
        /// The server's reason.
        reason: String,
        /// Whether the closing handshake was completed.
        clean: bool,
    },
}
