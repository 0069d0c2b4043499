//! Why a connection was refused, failed or lost: for people and logs; the standard hides it from scripts.

use crate::spec::fields::Fields;
use std::{fmt, time::Duration};

/// How far the connection had come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Phase {
    /// Nothing failed.
    None,
    /// The URL was refused.
    Url,
    /// Its host was looked up.
    Dns,
    /// The TCP connection was made.
    Tcp,
    /// A proxy was asked.
    Proxy,
    /// The TLS handshake.
    Tls,
    /// The opening handshake (RFC 6455 section 4).
    Handshake,
    /// The connection was open.
    Open,
    /// The closing handshake had begun.
    Closing,
}

/// A time that was over before what it is for had happened.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Timeout {
    /// For the look-up of the name and the TCP connection.
    Connect,
    /// For the response to the opening handshake.
    Handshake,
    /// For the server's part of the closing handshake.
    Close,
    /// For anything that comes after a keep-alive ping.
    Ping,
}

impl Timeout {
    /// The function of the C interface that sets it.
    #[must_use]
    pub fn setter(self) -> &'static str {
        match self {
            Timeout::Connect => "ws_options_set_connect_timeout",
            Timeout::Handshake => "ws_options_set_handshake_timeout",
            Timeout::Close => "ws_options_set_close_timeout",
            Timeout::Ping => "ws_options_set_ping_timeout",
        }
    }

    /// How long it was, and who sets it: for the end of a text.
    #[must_use]
    pub fn within(self, time: Duration) -> impl fmt::Display {
        format!("within {time:?} ({})", self.setter())
    }
}

/// What is known about the end of a connection.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Failure {
    /// How far it had come.
    pub phase: Phase,
    /// The operating system's error number, 0 if there is none.
    pub os_error: i32,
    /// The status of the server's response, 0 if there is none.
    pub http_status: u16,
    /// The time that was over, if that is why.
    pub timeout: Option<Timeout>,
    /// The TLS alert that the server sent, or that its certificate was refused with.
    pub tls_alert: Option<u8>,
    /// What happened, with the values that matter.
    pub text: String,
    /// The address of the connection, or the one that was tried last; empty if none was.
    pub address: String,
    /// The response's head as it came.
    pub head: Vec<u8>,
    /// The fields of a whole head.
    pub fields: Fields,
    /// The first [`BODY_BYTES`](super::limits::BODY_BYTES) of the response's body.
    pub body: Vec<u8>,
}

impl Failure {
    /// A failure of which only the phase and a text are known.
    #[must_use]
    pub fn new(phase: Phase, text: impl Into<String>) -> Self {
        Failure {
            phase,
            os_error: 0,
            http_status: 0,
            timeout: None,
            tls_alert: None,
            text: text.into(),
            address: String::new(),
            head: Vec::new(),
            fields: Fields::default(),
            body: Vec::new(),
        }
    }

    /// A failure because something, which `text` names, had not happened when its time was over.
    #[must_use]
    pub fn late(phase: Phase, text: &str, timeout: Timeout, time: Duration) -> Self {
        Failure { timeout: Some(timeout), ..Failure::new(phase, format!("{text} {}", timeout.within(time))) }
    }

    /// A failure that the operating system or TLS reported; its error is appended to the text.
    #[must_use]
    pub fn os(phase: Phase, text: &str, error: &std::io::Error) -> Self {
        let tls = error.get_ref().and_then(|error| error.downcast_ref::<TlsError>());
        Failure {
            os_error: error.raw_os_error().unwrap_or(0),
            tls_alert: tls.and_then(|error| error.alert),
            ..Failure::new(phase, format!("{text}: {error}"))
        }
    }
}

/// What went wrong with TLS. In an [`io::Error`](std::io::Error) it goes where the operating system's errors go.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct TlsError {
    /// In words.
    pub text: String,
    /// The alert that the server sent, or that its certificate was refused with.
    pub alert: Option<u8>,
}

impl TlsError {
    /// An error without an alert.
    #[must_use]
    pub fn new(text: impl Into<String>) -> Self {
        TlsError { text: text.into(), alert: None }
    }
}
