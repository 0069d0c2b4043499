//! How much memory a server can make the library take: by bytes that it has sent, never by what it claims or repeats. Counted by the
//! allocator of this process, thread by thread, so the tests may run side by side.

mod allocator;
mod claims;
mod deflate;
mod fragments;
mod heads;
mod idle;
mod pings;
mod sending;
mod streaming_out;
mod streams;
#[path = "../support/mod.rs"]
mod support;
