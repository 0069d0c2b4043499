//! `ws_failure`: why a connection was refused, failed or lost.

use super::{
    constants::{
        WS_PHASE_CLOSING, WS_PHASE_DNS, WS_PHASE_HANDSHAKE, WS_PHASE_NONE, WS_PHASE_OPEN, WS_PHASE_PROXY, WS_PHASE_TCP, WS_PHASE_TLS,
        WS_PHASE_URL, WS_TIMEOUT_CLOSE, WS_TIMEOUT_CONNECT, WS_TIMEOUT_HANDSHAKE, WS_TIMEOUT_NONE, WS_TIMEOUT_PING,
    },
    pointers,
    socket::{with_socket, ws_socket},
    status::{WS_OK, ws_status},
};
use crate::{
    client::socket::Socket,
    protocol::failure::{Failure, Phase, Timeout},
};
use std::{
    ffi::{c_char, c_void},
    sync::Arc,
};

/// What is known about the end of a connection. Its texts are valid until ws_free; a NUL follows each; none is NULL. Later versions of
/// the library add fields at the end; `size` says how many the program knows: a program may declare the first of them only.
#[derive(Debug, Clone, Copy)]
#[repr(C)]
pub struct ws_failure {
    /// To be set to sizeof(ws_failure) before the call.
    pub size: u64,
    /// WS_PHASE_...: how far the connection had come; WS_PHASE_NONE: nothing failed.
    pub phase: i32,
    /// The operating system's error number (errno); 0: none.
    pub os_error: i32,
    /// The status of the server's response, or of an HTTP proxy's refusal; 0: none.
    pub http_status: i32,
    /// The TLS alert (RFC 8446 section 6) that the server sent, or that we refused its certificate with; -1: none.
    pub tls_alert: i32,
    /// WS_TIMEOUT_...: the time that was over, if that is why; the text says how long it was.
    pub timeout: i32,
    /// For later; 0.
    pub reserved: i32,
    /// What happened, for people: UTF-8.
    pub text: *const c_char,
    /// Its bytes, without the NUL.
    pub text_len: usize,
    /// The head of that response as it came, as far as it came.
    pub head: *const c_char,
    /// Its bytes, without the NUL.
    pub head_len: usize,
    /// The first bytes of the response's body as they came, 4096 at most.
    pub body: *const c_void,
    /// How many.
    pub body_len: usize,
    /// The address of the connection, or the one that was tried last, such as "192.0.2.1:443" or "[2001:db8::1]:443"; "" if none was.
    /// The text has all of them, each with its error.
    pub address: *const c_char,
    /// Its bytes, without the NUL.
    pub address_len: usize,
}

fn timeout(timeout: Option<Timeout>) -> i32 {
    match timeout {
        None => WS_TIMEOUT_NONE,
        Some(Timeout::Connect) => WS_TIMEOUT_CONNECT,
        Some(Timeout::Handshake) => WS_TIMEOUT_HANDSHAKE,
        Some(Timeout::Close) => WS_TIMEOUT_CLOSE,
        Some(Timeout::Ping) => WS_TIMEOUT_PING,
    }
}

fn phase(phase: Phase) -> i32 {
    match phase {
        Phase::None => WS_PHASE_NONE,
        Phase::Url => WS_PHASE_URL,
        Phase::Dns => WS_PHASE_DNS,
        Phase::Tcp => WS_PHASE_TCP,
        Phase::Proxy => WS_PHASE_PROXY,
        Phase::Tls => WS_PHASE_TLS,
        Phase::Handshake => WS_PHASE_HANDSHAKE,
        Phase::Open => WS_PHASE_OPEN,
        Phase::Closing => WS_PHASE_CLOSING,
    }
}

impl ws_failure {
    fn none(size: u64) -> Self {
        let nothing = c"".as_ptr();
        ws_failure {
            size,
            phase: WS_PHASE_NONE,
            os_error: 0,
            http_status: 0,
            tls_alert: -1,
            timeout: WS_TIMEOUT_NONE,
            reserved: 0,
            text: nothing,
            text_len: 0,
            head: nothing,
            head_len: 0,
            body: nothing.cast(),
            body_len: 0,
            address: nothing,
            address_len: 0,
        }
    }

    /// The texts of a socket's failure end with a NUL each.
    fn new(size: u64, failure: &Failure) -> Self {
        ws_failure {
            size,
            phase: phase(failure.phase),
            os_error: failure.os_error,
            http_status: i32::from(failure.http_status),
            tls_alert: failure.tls_alert.map_or(-1, i32::from),
            timeout: timeout(failure.timeout),
            reserved: 0,
            text: failure.text.as_ptr().cast(),
            text_len: failure.text.len() - 1,
            head: failure.head.as_ptr().cast(),
            head_len: failure.head.len() - 1,
            body: failure.body.as_ptr().cast(),
            body_len: failure.body.len() - 1,
            address: failure.address.as_ptr().cast(),
            address_len: failure.address.len() - 1,
        }
    }
}

/// Why the connection was refused, failed or lost: what a browser shows in its console and hides from scripts.
///
/// ws: a socket. failure: its field size is set to sizeof(ws_failure) by the caller; the other fields receive what is known, as far as
/// they lie within that size; its texts are valid until ws_free. Fields of a later version that the running library does not know
/// become 0.
///
/// Returns WS_OK, also if nothing failed (phase WS_PHASE_NONE, empty texts); WS_ERR_INVALID_ARGUMENT: failure->size is 0 or no size
/// that a ws_failure has; WS_ERR_NULL_POINTER; WS_ERR_FORKED. An error writes nothing. It is complete when the error event, or without
/// one the close event, is taken. Does not block; any thread; a callback may call it. WHATWG WebSockets, "feedback from the
/// protocol": the standard forbids to tell scripts.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_get_failure(ws: *const ws_socket, failure: *mut ws_failure) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        let fill = |size| {
            socket.check()?;
            Ok(socket.failure().map_or_else(|| ws_failure::none(size), |failure| ws_failure::new(size, failure)))
        };
        // SAFETY: the caller gives NULL or a place that begins with its size.
        unsafe { pointers::fill("the failure", "ws_failure", failure, fill) }?;
        Ok(WS_OK)
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}
