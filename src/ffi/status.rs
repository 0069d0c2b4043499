//! What calls return: the standard's exceptions under their DOMException numbers, negated, and what only C can do wrong.

use super::guard::last_error;
use crate::error::Error;
use std::ffi::{c_char, c_int};

/// What a call returns: 0 is success, a positive number a remark on it, a negative number an error. Nothing has changed after an
/// error. Numbers are never given a second meaning.
pub type ws_status = c_int;

/// Success.
pub const WS_OK: ws_status = 0;
/// A remark: nothing more will come (the close event was taken; no socket lives on the loop).
pub const WS_DONE: ws_status = 1;
/// A remark: the message is counted in ws_buffered_amount and not sent, because the socket is CLOSING or CLOSED.
pub const WS_DISCARDED: ws_status = 2;
/// The standard's InvalidStateError: not in this state.
pub const WS_ERR_INVALID_STATE: ws_status = -11;
/// The standard's SyntaxError: a URL, a subprotocol or a close reason that may not be.
pub const WS_ERR_SYNTAX: ws_status = -12;
/// The standard's InvalidAccessError: a close code that an application may not send.
pub const WS_ERR_INVALID_ACCESS: ws_status = -15;
/// The connection could not be made, or was lost while the call waited.
pub const WS_ERR_NETWORK: ws_status = -19;
/// Another thread interrupted the call (ws_interrupt, ws_loop_wake), or the loop was freed meanwhile.
pub const WS_ERR_ABORTED: ws_status = -20;
/// A limit of the system or of the options is reached.
pub const WS_ERR_QUOTA: ws_status = -22;
/// The time given to the call is over.
pub const WS_ERR_TIMEOUT: ws_status = -23;
/// A pointer that must not be NULL is.
pub const WS_ERR_NULL_POINTER: ws_status = -101;
/// A number or a combination that has no meaning.
pub const WS_ERR_INVALID_ARGUMENT: ws_status = -102;
/// Text that is not UTF-8.
pub const WS_ERR_INVALID_UTF8: ws_status = -103;
/// Another thread takes events there now, or this one does, further up its stack (a callback).
pub const WS_ERR_BUSY: ws_status = -104;
/// The handle was made before fork by the parent process.
pub const WS_ERR_FORKED: ws_status = -105;
/// This build or this system cannot do it.
pub const WS_ERR_UNSUPPORTED: ws_status = -106;
/// A bug in libws. The socket concerned fails; everything else goes on.
pub const WS_ERR_INTERNAL: ws_status = -107;

/// A handle that was freed, stands for an object of another type, or never was one. (Not promised for a handle that another thread
/// is freeing at this moment.)
pub const WS_ERR_BAD_HANDLE: ws_status = -108;

/// The status of an error.
pub(super) fn of(error: &Error) -> ws_status {
    match error {
        Error::InvalidState(_) => WS_ERR_INVALID_STATE,
        Error::Syntax(_) => WS_ERR_SYNTAX,
        Error::InvalidAccess(_) => WS_ERR_INVALID_ACCESS,
        Error::Network(_) => WS_ERR_NETWORK,
        Error::Aborted => WS_ERR_ABORTED,
        Error::Quota(_) => WS_ERR_QUOTA,
        Error::Timeout => WS_ERR_TIMEOUT,
        Error::NullPointer(_) => WS_ERR_NULL_POINTER,
        Error::BadHandle { .. } => WS_ERR_BAD_HANDLE,
        Error::InvalidArgument(_) => WS_ERR_INVALID_ARGUMENT,
        Error::InvalidUtf8 { .. } | Error::CutCharacter => WS_ERR_INVALID_UTF8,
        Error::Busy(_) => WS_ERR_BUSY,
        Error::Forked => WS_ERR_FORKED,
        Error::Unsupported(_) => WS_ERR_UNSUPPORTED,
        Error::Internal(_) => WS_ERR_INTERNAL,
    }
}

/// Each status, its name and what it means.
const TEXTS: [(ws_status, &std::ffi::CStr, &std::ffi::CStr); 18] = [
    (WS_OK, c"WS_OK", c"success"),
    (WS_DONE, c"WS_DONE", c"nothing more will come"),
    (WS_DISCARDED, c"WS_DISCARDED", c"the socket is closing: the message is counted and not sent"),
    (WS_ERR_INVALID_STATE, c"InvalidStateError", c"the socket is not in a state for this call"),
    (WS_ERR_SYNTAX, c"SyntaxError", c"a URL, a subprotocol or a close reason that may not be"),
    (WS_ERR_INVALID_ACCESS, c"InvalidAccessError", c"a close code must be 1000 or 3000 to 4999, and a reason needs one"),
    (WS_ERR_NETWORK, c"NetworkError", c"the connection could not be made or was lost"),
    (WS_ERR_ABORTED, c"AbortError", c"the call was interrupted"),
    (WS_ERR_QUOTA, c"QuotaExceededError", c"a limit is reached"),
    (WS_ERR_TIMEOUT, c"TimeoutError", c"the time given to the call is over"),
    (WS_ERR_NULL_POINTER, c"WS_ERR_NULL_POINTER", c"a pointer that must not be NULL is"),
    (WS_ERR_INVALID_ARGUMENT, c"WS_ERR_INVALID_ARGUMENT", c"a number or a combination that has no meaning"),
    (WS_ERR_INVALID_UTF8, c"WS_ERR_INVALID_UTF8", c"text that is not UTF-8"),
    (WS_ERR_BUSY, c"WS_ERR_BUSY", c"events are being taken there already"),
    (WS_ERR_FORKED, c"WS_ERR_FORKED", c"the handle belongs to the parent process"),
    (WS_ERR_UNSUPPORTED, c"WS_ERR_UNSUPPORTED", c"this build or this system cannot do it"),
    (WS_ERR_INTERNAL, c"WS_ERR_INTERNAL", c"a bug in libws"),
    (WS_ERR_BAD_HANDLE, c"WS_ERR_BAD_HANDLE", c"the handle was freed, or never was one of this type"),
];

/// The name of a status: the standard's exception where it is one ("InvalidAccessError"), else the constant's.
///
/// status: any number. Returns a text that is valid for ever, "unknown" for other numbers; never NULL. Does not block; any thread; a
/// callback may call it.
#[unsafe(no_mangle)]
pub extern "C" fn ws_status_name(status: ws_status) -> *const c_char {
    TEXTS.iter().find(|(number, _, _)| *number == status).map_or(c"unknown", |(_, name, _)| name).as_ptr()
}

/// What a status means, in a few words. ws_last_error says more about the case at hand.
///
/// status: any number. Returns a text that is valid for ever, "unknown status" for other numbers; never NULL. Does not block; any
/// thread; a callback may call it.
#[unsafe(no_mangle)]
pub extern "C" fn ws_status_text(status: ws_status) -> *const c_char {
    TEXTS.iter().find(|(number, _, _)| *number == status).map_or(c"unknown status", |(_, _, text)| text).as_ptr()
}

/// Why the last call on this thread that returned an error did so: with the value it refused and what to do.
///
/// Returns a text that is valid until the next call on this thread that returns an error; "" if there was none; never NULL. Does not
/// block; each thread of the system has its own (a language with threads of another kind asks on the one that made the call); a
/// callback may call it.
#[unsafe(no_mangle)]
pub extern "C" fn ws_last_error() -> *const c_char {
    last_error()
}
