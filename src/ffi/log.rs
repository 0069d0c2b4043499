//! `ws_set_log`: the story of the connections, for whoever debugs.

use super::{
    constants::{WS_LOG_DEBUG, WS_LOG_ERROR, WS_LOG_INFO, WS_LOG_OFF, WS_LOG_TRACE, WS_LOG_WARN},
    guard::guard,
    status::{WS_OK, ws_status},
};
use crate::{
    client::log::{self, Level},
    error::Error,
};
use std::{
    ffi::{CString, c_char, c_int, c_void},
    ptr::with_exposed_provenance_mut,
    sync::Arc,
};

/// A logger. level: WS_LOG_...; text: one line of UTF-8, len bytes and a NUL, valid until it returns; user_data: what was given with
/// it. It is called on any thread, on several at a time too, and must not call libws.
pub type ws_log_fn = Option<unsafe extern "C" fn(level: c_int, text: *const c_char, len: usize, user_data: *mut c_void)>;

/// Sets the logger of the process, in place of the one before. Without one nothing is logged.
///
/// logger: called with each line; NULL: none. user_data: passed on to it. level: how much it gets, WS_LOG_OFF to WS_LOG_TRACE.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another level. Does not block; any thread; a callback may call it. A line that another
/// thread is logging may still reach the logger before.
///
/// A line about a connection begins with its URL and ": ". At WS_LOG_DEBUG the lines of the request follow with "> " before each, and
/// those of the response with "< ". No line has a message in it, the user name and the password of the URL, or the value of a header
/// whose name has authorization, cookie, token, secret, password, credential, session or api-key in it; the path and the query of the
/// URL and the other headers are shown. What the server sends is escaped, so that a terminal can show it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_set_log(logger: ws_log_fn, user_data: *mut c_void, level: c_int) -> ws_status {
    guard(|| {
        let level = match level {
            WS_LOG_OFF => None,
            WS_LOG_ERROR => Some(Level::Error),
            WS_LOG_WARN => Some(Level::Warn),
            WS_LOG_INFO => Some(Level::Info),
            WS_LOG_DEBUG => Some(Level::Debug),
            WS_LOG_TRACE => Some(Level::Trace),
            other => {
                return Err(Error::InvalidArgument(format!("{other} is no level: give {WS_LOG_OFF} (off) to {WS_LOG_TRACE} (trace)")));
            }
        };
        let user_data = user_data.expose_provenance();
        let call = logger.map(|logger| -> log::Logger {
            Arc::new(move |level, text: &str| {
                let line = CString::new(text.replace('\0', "\u{fffd}")).unwrap_or_default();
                let len = line.as_bytes().len();
                // SAFETY: the caller gave a function of this type, to be called with its pointer from any thread.
                unsafe { logger(level as c_int, line.as_ptr(), len, with_exposed_provenance_mut(user_data)) };
            })
        });
        log::set(call.zip(level));
        Ok(WS_OK)
    })
}
