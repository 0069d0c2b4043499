//! `ws_options`: proxies.

use super::{
    options::{set, ws_options},
    pointers,
    status::ws_status,
};
use crate::{
    client::options,
    net::proxy::{address::Proxy, exceptions::Exceptions},
};
use std::ffi::{c_char, c_int};

/// Sets the proxy that connections go through.
///
/// options: the options. url: [scheme://][user[:password]@]host[:port][/], UTF-8, len bytes or WS_NUL_TERMINATED, copied; NULL: no
/// proxy, the default. The scheme says how the proxy is spoken to: http, the one that is meant without a scheme: by CONNECT, for ws:
/// URLs too; https: the same inside TLS, with the options about TLS but for pins, server name and client certificate, which are the
/// server's; socks5: by SOCKS5, names are looked up here and the proxy is asked for one address after the other; socks5h: by SOCKS5, the
/// proxy looks names up. Without a port it is 80, 443 or, for both kinds of SOCKS5, 1080 (curl takes 1080 for http, too). User name
/// and password are percent-encoded; ws_options_set_proxy_credentials takes them as they are.
///
/// Returns WS_OK; WS_ERR_SYNTAX: another scheme, no host, a path, a control character in user name or password, more than 255 bytes of
/// either with SOCKS5, a colon in the user name with HTTP; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may
/// call it.
///
/// ws_options_add_resolve and the other options about addresses hold for the proxy's host; with socks5 the first and
/// ws_options_set_ip_version for the server's, too. Over a Unix domain socket, or a socket that was handed over, no proxy is asked.
///
/// The connect timeout holds for the connection to the proxy and its answer together. The proxy is told the User-Agent header, but none
/// that was added. User name and password go to the proxy alone (HTTP: Basic, the only authentication that there is): they are in
/// no request to the server, no log, no text of an error or failure. What the proxy refuses is a failure of the phase WS_PHASE_PROXY
/// with its words; of an HTTP proxy ws_get_failure has status, head and body. RFC 6455 section 4.1, step 3; RFC 9110 section 9.3.6;
/// RFC 1928; RFC 1929.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_proxy(options: *mut ws_options, url: *const c_char, len: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives `len` readable bytes or a NUL-terminated text.
        let url = unsafe { pointers::optional_utf8("the proxy's URL", url, len) }?;
        options.options.proxies.proxy = url.map(Proxy::parse).transpose()?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets user name and password for the proxy of ws_options_set_proxy, which has to be called before, in place of those in its URL.
///
/// options: the options. user: user_len bytes or WS_NUL_TERMINATED; NULL: neither is given to the proxy. password: password_len bytes or
/// WS_NUL_TERMINATED; NULL: an empty one. Both copied, as they are, not percent-encoded; UTF-8 or not.
///
/// Returns WS_OK; WS_ERR_INVALID_STATE: there is no proxy; WS_ERR_SYNTAX: as ws_options_set_proxy; WS_ERR_NULL_POINTER. Does not block;
/// a callback may call it. They are not used for a proxy of the environment.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_proxy_credentials(
    options: *mut ws_options,
    user: *const c_char,
    user_len: usize,
    password: *const c_char,
    password_len: usize,
) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives readable bytes or NUL-terminated texts.
        let (user, password) = unsafe {
            (pointers::optional_text("the user name", user, user_len)?, pointers::optional_text("the password", password, password_len)?)
        };
        options.options.proxies.set_credentials(user.map(|user| (user, password.unwrap_or_default())))
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets what is reached without a proxy.
///
/// options: the options. list: UTF-8, len bytes or WS_NUL_TERMINATED, copied; "": nothing; NULL, the default: with
/// ws_options_set_proxy_from_environment what the environment's no_proxy says, else nothing.
///
/// Returns WS_OK; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may call it. It holds for the proxy of
/// ws_options_set_proxy and for one of the environment.
///
/// The list's elements are separated by commas, spaces or both. An element is
///  - a name, such as example.com: this host and all below it, www.example.com, not myexample.com. Letters' case, and dots at its
///    beginning and end, do not matter (with Go .example.com is not example.com itself; with curl it is); *.example.com is the same;
///  - an address, 192.0.2.1 or 2001:db8::1, in brackets or not: hosts that are written as an address. Names are not looked up for it;
///  - a block of addresses, 192.0.2.0/24 or 2001:db8::/32;
///  - each of these with a port, example.com:8080, [2001:db8::1]:8080: this port alone (as Go; curl has no ports). A ws: URL without one
///    has 80, a wss: URL 443;
///  - *: everything (as Go: beside other elements, too).
///
/// What is none of these matches nothing and is no error, as the list of the environment is made for many programs.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_no_proxy(options: *mut ws_options, list: *const c_char, len: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives `len` readable bytes or a NUL-terminated text.
        let list = unsafe { pointers::optional_utf8("the list", list, len) }?;
        options.options.proxies.exceptions = list.map(Exceptions::parse);
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets whether the environment may name a proxy.
///
/// options: the options. on: 1: ws_connect reads it, with getenv's rule that no other thread changes it meanwhile; 0: it is not read,
/// the default.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. ws_connect
/// returns WS_ERR_SYNTAX for a proxy of the environment that may not be (ws_options_set_proxy says which), with the variable's name.
///
/// For wss: URLs the first of https_proxy, HTTPS_PROXY, all_proxy and ALL_PROXY that is there and not empty counts; for ws: URLs the
/// first of http_proxy, all_proxy and ALL_PROXY: not HTTP_PROXY, which in a CGI program is a header of the request (CVE-2016-5385). Then
/// no_proxy, else NO_PROXY, says what is reached without it (ws_options_set_no_proxy has the rules); curl reads the same variables in
/// this order. A proxy of ws_options_set_proxy goes before them, and no_proxy holds for it, too. Without being named there, localhost,
/// all names below .localhost, 127.0.0.0/8 and ::1 are never reached through the environment's proxy, as with browsers and Go; through
/// that of ws_options_set_proxy they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_proxy_from_environment(options: *mut ws_options, on: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.proxies.from_environment = options::switch("proxy_from_environment", on)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}
