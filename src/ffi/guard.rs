//! The boundary: no panic crosses it, and every error becomes a status and a text.

use super::status::{self, ws_status};
use crate::error::{Error, Result};
use std::{
    cell::RefCell,
    ffi::CString,
    panic::{AssertUnwindSafe, catch_unwind},
};

thread_local!(static LAST: RefCell<CString> = RefCell::new(CString::default()));

/// Runs the body of an exported function.
#[inline]
pub fn guard(body: impl FnOnce() -> Result<ws_status>) -> ws_status {
    guard_or(body, || ())
}

/// The same; `on_panic` fails the object that the function is about.
#[inline]
pub fn guard_or(body: impl FnOnce() -> Result<ws_status>, on_panic: impl FnOnce()) -> ws_status {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(status)) => status,
        Ok(Err(error)) => fail(&error),
        Err(panic) => {
            let error = caught(panic);
            // If this panics too there is nothing left to try.
            if let Err(panic) = catch_unwind(AssertUnwindSafe(on_panic)) {
                std::mem::forget(panic);
            }
            fail(&error)
        }
    }
}

/// Runs the body of an exported function that returns something else than a status; `other` in place of a panic or an error.
#[inline]
pub fn guard_value<T>(other: T, body: impl FnOnce() -> Result<T>) -> T {
    match catch_unwind(AssertUnwindSafe(body)) {
        Ok(Ok(value)) => value,
        Ok(Err(error)) => {
            fail(&error);
            other
        }
        Err(panic) => {
            fail(&caught(panic));
            other
        }
    }
}

fn caught(panic: Box<dyn std::any::Any + Send>) -> Error {
    let text = panic
        .downcast_ref::<&str>()
        .map(|text| (*text).to_owned())
        .or_else(|| panic.downcast_ref::<String>().cloned())
        .unwrap_or_else(|| "a panic without a text".into());
    // The payload's destructor might panic, which would abort.
    std::mem::forget(panic);
    Error::Internal(text)
}

/// The status of an error, whose text [`last_error`] returns from now on.
#[cold]
pub fn fail(error: &Error) -> ws_status {
    let text = CString::new(error.to_string().replace('\0', "\u{fffd}")).unwrap_or_default();
    // A thread that is ending has no storage left: then there is no text.
    let _ = LAST.try_with(|last| *last.borrow_mut() = text);
    status::of(error)
}

/// The text of the last error on this thread, which stays valid until the next one.
pub fn last_error() -> *const std::ffi::c_char {
    LAST.try_with(|last| last.borrow().as_ptr()).unwrap_or(c"".as_ptr())
}
