//! Every way a call can fail, in the standard's words where it has them.
//!
//! A network that misbehaves is not here: that is an event of the socket (see `protocol`), never an error of a call.

use thiserror::Error;

/// Why a call was refused. Nothing has changed when one is returned.
#[derive(Debug, Clone, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum Error {
    /// The standard's `InvalidStateError`: the socket is not in a state for this call.
    #[error("{0}")]
    InvalidState(String),
    /// The standard's `SyntaxError`: a URL, subprotocol or close reason that may not be.
    #[error("{0}")]
    Syntax(String),
    /// The standard's `InvalidAccessError`: a close code that an application may not send.
    #[error("{0}")]
    InvalidAccess(String),
    /// The connection could not be made or was lost while the call waited for it.
    #[error("{0}")]
    Network(String),
    /// Another thread interrupted the call.
    #[error("the call was interrupted")]
    Aborted,
    /// A limit that the caller set, or the operating system, is reached.
    #[error("{0}")]
    Quota(String),
    /// The time given to the call is over.
    #[error("the call's time is over")]
    Timeout,
    /// A pointer that must not be NULL is.
    #[error("{0} must not be NULL")]
    NullPointer(&'static str),
    /// A handle that was freed or never was one.
    #[error("{what} {value:#x} is no handle of {maker}, or was freed")]
    BadHandle {
        /// Which argument.
        what: &'static str,
        /// Its value.
        value: usize,
        /// The function that would have made it.
        maker: &'static str,
    },
    /// A number or combination that has no meaning.
    #[error("{0}")]
    InvalidArgument(String),
    /// Text that is not UTF-8.
    #[error("{what} is not UTF-8: the byte at offset {offset} does not belong there")]
    InvalidUtf8 {
        /// Which argument.
        what: &'static str,
        /// Offset of the first bad byte.
        offset: usize,
    },
    /// A text that would end inside a character.
    #[error("the text message would end inside a character: append the rest of it first")]
    CutCharacter,
    /// Another thread, or a callback further up this one's stack, takes events there now.
    #[error("{0}")]
    Busy(&'static str),
    /// The handle was made before `fork` by the parent process.
    #[error("this handle belongs to the parent process: connect anew after fork")]
    Forked,
    /// This build or this system cannot do it.
    #[error("{0}")]
    Unsupported(String),
    /// A bug in libws: a panic was caught.
    #[error("internal error (a bug in libws): {0}")]
    Internal(String),
}

/// What every call returns.
pub type Result<T> = std::result::Result<T, Error>;
