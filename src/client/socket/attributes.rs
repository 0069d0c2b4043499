//! The attributes of the standard's object: `readyState`, `bufferedAmount`, `url`, `protocol`, `extensions`.

use super::{Known, ReadyState, Socket};
use crate::client::sync::lock;
use std::{ffi::CStr, sync::atomic::Ordering::Acquire};

impl Socket {
    /// The state as the taker of events sees it: it moves when an event is taken or `close` is called.
    #[inline]
    #[must_use]
    pub fn ready_state(&self) -> ReadyState {
        match self.state.load(Acquire) {
            0 => ReadyState::Connecting,
            1 => ReadyState::Open,
            2 => ReadyState::Closing,
            _ => ReadyState::Closed,
        }
    }

    /// Payload bytes accepted and not yet given to the kernel.
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        lock(&self.link).buffered_amount()
    }

    /// The URL as the standard serialises it.
    #[must_use]
    pub fn url(&self) -> &CStr {
        &self.url
    }

    /// The subprotocol agreed on; empty before the open event was taken, and for ever if it never is.
    #[must_use]
    pub fn protocol(&self) -> &CStr {
        self.known().map_or(c"", Known::protocol)
    }

    /// The extensions agreed on; empty before the open event was taken, and for ever if it never is.
    #[must_use]
    pub fn extensions(&self) -> &CStr {
        self.known().map_or(c"", Known::extensions)
    }

    /// What is known of the connection; nothing before the open event was taken, and for ever if it never is.
    pub(super) fn known(&self) -> Option<&Known> {
        // `close` moves the state and notes the abort under this lock: without it, it could be seen half done.
        let _link = lock(&self.link);
        if self.ready_state() == ReadyState::Connecting || self.is_aborted() { None } else { self.known.get() }
    }
}
