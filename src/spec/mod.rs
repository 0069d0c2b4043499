//! The standards as pure functions: what is a WebSocket URL, what a request says, which answer is one.
//!
//! Nothing here does I/O, reads a clock or draws a random number: the same arguments give the same result. RFC 6455,
//! the WHATWG standard over it and, where these leave a thing open, Chromium's verdicts are the reference.
#![forbid(unsafe_code)]

pub mod close;
pub mod cookie;
pub mod credentials;
pub mod deflate;
pub mod extension;
pub mod fields;
pub mod handshake;
pub mod header;
pub mod port;
pub mod quote;
pub mod request;
pub mod response;
pub mod shown;
pub mod subprotocol;
pub mod token;
pub mod url;
