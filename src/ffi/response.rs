//! `ws_socket`: what the server's response said.

use super::{
    guard::guard_value,
    pointers,
    socket::{socket, with_socket, ws_socket},
    status::{WS_DONE, WS_OK, ws_status},
};
use crate::{client::socket::Socket, error::Error};
use std::{
    ffi::{CStr, c_char},
    ptr::null,
    sync::Arc,
};

/// A header of the server's response, by its name.
///
/// ws: a socket. name: the header's name in any case, len bytes or WS_NUL_TERMINATED. index: which of those with this name, in the order
/// in which they came; 0 is the first.
///
/// Returns the value, NUL-terminated UTF-8 (bytes that are none are replaced by U+FFFD), without the spaces around it, valid until
/// ws_free; NULL if there is none, before the open event was taken, for NULL and after fork. After a refusal it is a header of the
/// response that refused (WWW-Authenticate, Retry-After, Location), from the error event on; ws_get_failure has the whole head. Does
/// not block; any thread; a callback may call it. (A browser shows no script the response.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_response_header(ws: *const ws_socket, name: *const c_char, len: usize, index: usize) -> *const c_char {
    guard_value(null(), || {
        // SAFETY: the caller gives `len` readable bytes or a NUL-terminated text.
        let name = unsafe { pointers::text("the name", name, len) }?;
        // SAFETY: the caller gives NULL or a socket.
        let socket = unsafe { socket(ws) }?;
        socket.check()?;
        let mut values = socket.response().filter(|(own, _)| own.to_bytes().eq_ignore_ascii_case(name)).map(|(_, value)| value);
        Ok(values.nth(index).map_or(null(), CStr::as_ptr))
    })
}

/// A header of the server's response, by its place: with index from 0 up, all of them.
///
/// ws: a socket. index: which header, in the order in which they came; 0 is the first. name, value: receive the header's name, in the
/// letters in which it came, and its value, as ws_response_header; both "" if there is none.
///
/// Returns WS_OK; WS_DONE: there are no more, or none before the open event or, after a refusal, the error event was taken;
/// WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_response_header_at(
    ws: *const ws_socket,
    index: usize,
    name: *mut *const c_char,
    value: *mut *const c_char,
) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        if name.is_null() || value.is_null() {
            return Err(Error::NullPointer("a place for the name or the value"));
        }
        socket.check()?;
        let header = socket.response().nth(index);
        let (its_name, its_value) = header.unwrap_or((c"", c""));
        // SAFETY: the caller gives two places, which may be one.
        unsafe {
            name.write(its_name.as_ptr());
            value.write(its_value.as_ptr());
        }
        Ok(if header.is_some() { WS_OK } else { WS_DONE })
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}
