//! Proxies: which one a connection goes through, and the dialog that has it open a way to the server. No I/O: bytes in, bytes out.

pub mod address;
pub mod choice;
pub mod environment;
pub mod exceptions;
mod http;
mod socks;
pub mod tunnel;
