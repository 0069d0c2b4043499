//! The browser's WebSocket object for every program that can call C.
//!
//! Five layers, each of which uses only those below it (`tests/layers.rs` checks that):
//!
//! | layer | what it is |
//! |---|---|
//! | `ffi` | the C skin: translates, never decides; the only `unsafe` |
//! | [`client`] | the WebSocket object: socket, loop, event queue, background thread |
//! | [`net`] | sockets, names, timers; no protocol decision |
//! | [`protocol`] | one connection as a state machine: bytes and commands in, bytes, events and deadlines out |
//! | [`spec`] | the standards as pure functions |
//!
//! The product is the C library and `include/ws.h`; the Rust modules are public for its tests and make no promise.

pub mod client;
pub mod error;
pub mod ffi;
pub mod net;
pub mod protocol;
pub mod spec;
