//! Whether this is still the process that made a handle: after `fork` a child must not touch its parent's connections.

use super::os;
use std::sync::{
    Once,
    atomic::{AtomicU32, Ordering::Relaxed},
};

static GENERATION: AtomicU32 = AtomicU32::new(Generation::FIRST.0);

extern "C" fn child() {
    GENERATION.fetch_add(1, Relaxed);
}

/// A process, told apart from those it was forked from.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Generation(u32);

impl Generation {
    /// The process that loaded the library.
    pub const FIRST: Generation = Generation(1);

    /// That of a child of it.
    #[must_use]
    pub fn next(self) -> Self {
        Generation(self.0 + 1)
    }

    /// This process.
    #[inline]
    #[must_use]
    pub fn current() -> Self {
        Generation(GENERATION.load(Relaxed))
    }

    /// This process, from now on told apart from its children.
    #[must_use]
    pub fn register() -> Self {
        static ONCE: Once = Once::new();
        ONCE.call_once(|| os::at_fork_in_child(child));
        Self::current()
    }
}
