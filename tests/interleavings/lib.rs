//! Every interleaving of threads that use the library's lock-free table of handles, run by loom.
#![cfg(test)]

/// The library's table, compiled with loom's atomics in place of the standard ones.
#[path = "../../src/ffi/handles/table.rs"]
mod table;

/// What `table.rs` takes from the module above it.
mod atomics {
    pub use loom::sync::atomic::{AtomicPtr, AtomicU64, AtomicUsize, Ordering};
}

mod tests;
