//! TLS (RFC 8446 and 5246) below `wss://`, on rustls with ring: 1.6 MB of the stripped library, and a C compiler is all it needs to
//! build. With aws-lc-rs, measured in a program that does nothing else, it is 2.1 MB more and takes a third longer to build; records of
//! 16 KiB cost a fifth less, handshakes the same.
//!
//! A [`Session`](session::Session) is a TLS connection without I/O: ciphertext in, plaintext out and the other way round. A
//! [`Layer`](layer::Layer) puts one on a [`Stream`](super::stream::Stream), which may have a layer itself: TLS inside TLS, behind an
//! `https` proxy. [`Configs`](config::Configs) makes what sessions share of what an application chose.

mod buffers;
pub mod config;
pub mod key_log;
pub mod layer;
pub mod options;
pub mod pem;
pub mod session;
mod verify;
pub mod words;
