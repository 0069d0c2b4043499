//! `ws_options`: what the request says beside what the handshake writes itself.

use super::{
    options::{set, ws_options},
    pointers,
    status::ws_status,
};
use crate::{client::options::switch, spec::credentials};
use std::ffi::{c_char, c_int};

/// Adds a header to the request, after those added before.
///
/// options: the options. name: a token, name_len bytes or WS_NUL_TERMINATED. value: UTF-8 without control characters, value_len
/// bytes or WS_NUL_TERMINATED. Both copied; letters and order are kept.
///
/// Returns WS_OK; WS_ERR_SYNTAX: a name or value that may not be in a header; WS_ERR_INVALID_ARGUMENT: a header that the handshake
/// sets itself (Host, too: it is that of the URL), Proxy-Authorization, or a second Authorization; WS_ERR_INVALID_UTF8;
/// WS_ERR_NULL_POINTER. Does not block; a callback may call it. A second Cookie goes on with the first, behind "; ". Logs show no
/// value of a header whose name has authorization, cookie, token, secret, password, credential, session or api-key in it. (A
/// browser lets no script do this.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_add_header(
    options: *mut ws_options,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives readable bytes or NUL-terminated texts.
        let (name, value) = unsafe { (pointers::text("the name", name, name_len)?, pointers::text("the value", value, value_len)?) };
        options.options.add_header(name, value)
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the Origin header of the request.
///
/// options: the options. value: UTF-8 without control characters, len bytes or WS_NUL_TERMINATED, copied; NULL: no such header.
/// Default: none. Browsers send the origin of the page; some servers check it.
///
/// Returns WS_OK; WS_ERR_SYNTAX: a control character in it; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may
/// call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_origin(options: *mut ws_options, value: *const c_char, len: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives `len` readable bytes or a NUL-terminated text.
        let value = unsafe { pointers::optional_text("the value", value, len) }?;
        options.options.set_origin(value)
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the User-Agent header of the request.
///
/// options: the options. value: UTF-8 without control characters, len bytes or WS_NUL_TERMINATED, copied; NULL: no such header.
/// Default: "libws/" and the version.
///
/// Returns WS_OK; WS_ERR_SYNTAX: a control character in it; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may
/// call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_user_agent(options: *mut ws_options, value: *const c_char, len: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives `len` readable bytes or a NUL-terminated text.
        let value = unsafe { pointers::optional_text("the value", value, len) }?;
        options.options.set_user_agent(value)
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Adds a cookie to the request, after those added before: all of them make one Cookie header.
///
/// options: the options. name: UTF-8 without =, name_len bytes or WS_NUL_TERMINATED. value: UTF-8, value_len bytes or
/// WS_NUL_TERMINATED. Neither may have a ; or a control character in it, or a space at an end. Both copied.
///
/// Returns WS_OK; WS_ERR_SYNTAX: a name or value that may not be in a cookie; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not
/// block; a callback may call it. Nothing is looked up or kept: there is no cookie store. RFC 6265 section 4.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_add_cookie(
    options: *mut ws_options,
    name: *const c_char,
    name_len: usize,
    value: *const c_char,
    value_len: usize,
) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives readable bytes or NUL-terminated texts.
        let (name, value) = unsafe { (pointers::text("the name", name, name_len)?, pointers::text("the value", value, value_len)?) };
        options.options.add_cookie(name, value)
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Has the request carry a bearer token: "Authorization: Bearer ...", in place of any Authorization header before.
///
/// options: the options. token: visible ASCII without spaces, len bytes or WS_NUL_TERMINATED, copied; NULL: no Authorization header.
///
/// Returns WS_OK; WS_ERR_SYNTAX: an empty token, or another character in it; WS_ERR_NULL_POINTER. Does not block; a callback may
/// call it. On a ws: connection everybody on the way can read it. RFC 6750 section 2.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_bearer(options: *mut ws_options, token: *const c_char, len: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives `len` readable bytes or a NUL-terminated text.
        let token = unsafe { pointers::optional_text("the token", token, len) }?;
        options.options.set_authorization(token.map(credentials::bearer).transpose()?);
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Has the request carry a user name and a password: "Authorization: Basic ...", in place of any Authorization header before.
///
/// options: the options. user: UTF-8 without a colon, user_len bytes or WS_NUL_TERMINATED; NULL: no Authorization header, whatever
/// the password. password: UTF-8, password_len bytes or WS_NUL_TERMINATED; NULL: an empty one. Neither may have a control character
/// in it. Both copied.
///
/// Returns WS_OK; WS_ERR_SYNTAX: a colon in the user name, or a control character; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not
/// block; a callback may call it. On a ws: connection everybody on the way can read them. RFC 7617.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_basic_auth(
    options: *mut ws_options,
    user: *const c_char,
    user_len: usize,
    password: *const c_char,
    password_len: usize,
) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives readable bytes, NUL-terminated texts or NULL.
        let (user, password) = unsafe {
            let user = pointers::optional_text("the user name", user, user_len)?;
            (user, pointers::optional_text("the password", password, password_len)?)
        };
        options.options.set_authorization(user.map(|user| credentials::basic(user, password.unwrap_or_default())).transpose()?);
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets whether the user name and the password of the URL are sent with the request, as Basic authentication.
///
/// options: the options. on: 1: they are, percent-decoded, unless an Authorization header is set; 0: they are only kept in ws_url, the
/// default.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. With 1,
/// ws_connect returns WS_ERR_SYNTAX for a user name with a colon (%3A) in it, or control characters. (A browser sends them only after
/// a 401, on a second connection.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_url_credentials(options: *mut ws_options, on: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.url_credentials = switch("url_credentials", on)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}
