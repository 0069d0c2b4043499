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

#[cfg(test)]
mod tests {
    use super::super::status::{WS_DONE, WS_ERR_INTERNAL, WS_ERR_TIMEOUT, WS_OK};
    use super::*;
    use std::{
        cell::Cell,
        ffi::CStr,
        panic::{panic_any, resume_unwind},
    };

    fn last() -> String {
        // SAFETY: the text is valid until the next error on this thread.
        unsafe { CStr::from_ptr(last_error()) }.to_str().unwrap().to_owned()
    }

    /// A payload that panics once more when it is dropped.
    struct Bomb;

    impl Drop for Bomb {
        fn drop(&mut self) {
            panic!("the payload's destructor");
        }
    }

    #[test]
    fn what_the_body_returns_is_the_status() {
        assert_eq!(guard(|| Ok(WS_OK)), WS_OK);
        assert_eq!(guard(|| Ok(WS_DONE)), WS_DONE);
        assert_eq!(guard(|| Err(Error::Timeout)), WS_ERR_TIMEOUT);
        assert_eq!(last(), "the call's time is over");
        assert_eq!(guard_value(7, || Ok(3)), 3);
        assert_eq!(guard_value(7, || Err(Error::Aborted)), 7);
        assert_eq!(last(), "the call was interrupted");
    }

    #[test]
    fn a_panic_becomes_an_internal_error_whose_text_is_the_panics() {
        // Without a message on the terminal.
        let payloads: [(fn(), &str); 4] = [
            (|| resume_unwind(Box::new("a text")), "a text"),
            (|| resume_unwind(Box::new("a string".to_owned())), "a string"),
            (|| resume_unwind(Box::new(5_u8)), "a panic without a text"),
            (|| resume_unwind(Box::new("with\0NUL")), "with\u{fffd}NUL"),
        ];
        for (panic, text) in payloads {
            let expected = format!("internal error (a bug in libws): {text}");
            let status = guard(|| {
                panic();
                Ok(WS_OK)
            });
            assert_eq!((status, last()), (WS_ERR_INTERNAL, expected.clone()));
            let value = guard_value(7, || {
                panic();
                Ok(3)
            });
            assert_eq!((value, last()), (7, expected));
        }
    }

    #[test]
    fn a_payload_that_panics_when_it_is_dropped_is_never_dropped() {
        assert_eq!(guard(|| resume_unwind(Box::new(Bomb))), WS_ERR_INTERNAL);
        assert_eq!(guard(|| panic_any(Bomb)), WS_ERR_INTERNAL);
        assert_eq!(guard_value(7, || resume_unwind(Box::new(Bomb))), 7);
        assert_eq!(guard_or(|| resume_unwind(Box::new(Bomb)), || resume_unwind(Box::new(Bomb))), WS_ERR_INTERNAL);
    }

    #[test]
    fn what_is_to_be_done_on_a_panic_is_done_then_and_only_then() {
        let done = Cell::new(0);
        let on_panic = || done.set(done.get() + 1);
        assert_eq!(guard_or(|| Ok(WS_OK), on_panic), WS_OK);
        assert_eq!(guard_or(|| Err(Error::Timeout), on_panic), WS_ERR_TIMEOUT);
        assert_eq!(done.get(), 0);
        assert_eq!(guard_or(|| resume_unwind(Box::new("a bug")), on_panic), WS_ERR_INTERNAL);
        assert_eq!(done.get(), 1);
        assert_eq!(guard_or(|| resume_unwind(Box::new("first")), || resume_unwind(Box::new("second"))), WS_ERR_INTERNAL);
        assert!(last().ends_with("first"), "the first panic is the one to tell: {}", last());
    }

    #[test]
    fn each_thread_has_its_own_last_error() {
        guard(|| Err(Error::Timeout));
        std::thread::scope(|scope| {
            scope.spawn(|| {
                assert_eq!(last(), "");
                guard(|| Err(Error::Aborted));
            });
        });
        assert_eq!(last(), "the call's time is over");
    }
}
