//! Sockets, names, timers and randomness: what the operating system gives, without any decision of the protocol.
#![deny(unsafe_code)]

pub mod dial;
pub mod fork;
pub mod os;
pub mod proxy;
pub mod race;
pub mod random;
pub mod reactor;
pub mod resolve;
pub mod stream;
pub mod tls;
