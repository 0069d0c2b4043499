//! `ws_options`: timeouts and limits.

use super::{
    options::{set, ws_options},
    status::ws_status,
};
use crate::client::options;

/// Sets how long the name's look-up, the TCP connection, a proxy's answer and, for wss:, the TLS handshake may take together.
///
/// options: the options. ms: milliseconds, at least 1. Default: 30000. The wait of ws_options_set_one_connecting does not count.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: 0 or a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_connect_timeout(options: *mut ws_options, ms: i32) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.connect_timeout = options::timeout("connect timeout", ms)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets how long the server may take to answer the opening handshake.
///
/// options: the options. ms: milliseconds, at least 1. Default: 30000.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: 0 or a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_handshake_timeout(options: *mut ws_options, ms: i32) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.handshake_timeout = options::timeout("handshake timeout", ms)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets how long the server may take to answer our Close frame, counted from the last byte written to it. Then the connection is
/// cut: the close event has 1006, not clean, and no error event comes before it.
///
/// options: the options. ms: milliseconds, at least 1. Default: 10000 (browsers wait for a minute; a program that ends does not).
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: 0 or a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. What
/// the server sends meanwhile does not make it longer. A server that began to close and then takes nothing has as long; the close
/// event then has its code and is not clean. RFC 6455 section 7.1.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_close_timeout(options: *mut ws_options, ms: i32) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.close_timeout = options::timeout("close timeout", ms)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets how often a keep-alive ping is sent, whose pong is no event.
///
/// options: the options. ms: milliseconds, 0: none. Default: 0.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_ping_interval(options: *mut ws_options, ms: i32) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.ping_interval = if ms == 0 { None } else { Some(options::timeout("ping interval", ms)?) };
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets how long after a keep-alive ping something must have come from the server; else the connection counts as lost.
///
/// options: the options. ms: milliseconds, at least 1. Default: 20000.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: 0 or a negative number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_ping_timeout(options: *mut ws_options, ms: i32) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.ping_timeout = options::timeout("ping timeout", ms)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the longest message that is received; a longer one fails the connection (Close code 1009). Messages that come in
/// chunks have a limit of their own: ws_options_set_chunks.
///
/// options: the options. bytes: 1 to 2^40. Default: 64 MiB. There is no "unlimited".
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_max_message_size(options: *mut ws_options, bytes: u64) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.max_message = options::limit("max message size", bytes, 1, 1 << 40)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the longest frame that is received; a longer one fails the connection (Close code 1009). Messages that come in
/// chunks have a limit of their own: ws_options_set_chunks.
///
/// options: the options. bytes: 1 to 2^40. Default: 64 MiB. There is no "unlimited".
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_max_frame_size(options: *mut ws_options, bytes: u64) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.max_frame = options::limit("max frame size", bytes, 1, 1 << 40)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the longest head of a response; a longer one fails the handshake.
///
/// options: the options. bytes: 256 to 2^24. Default: 256 KiB. There is no "unlimited".
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_max_head_size(options: *mut ws_options, bytes: u32) -> ws_status {
    let change = |options: &mut ws_options| {
        options::limit("max head", u64::from(bytes), 256, 1 << 24)?;
        options.options.limits.max_head = bytes;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the most lines that the head of a response may have; more fail the handshake.
///
/// options: the options. lines: 8 to 2^20. Default: 4096. There is no "unlimited".
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_max_head_lines(options: *mut ws_options, lines: u32) -> ws_status {
    let change = |options: &mut ws_options| {
        options::limit("max head lines", u64::from(lines), 8, 1 << 20)?;
        options.options.limits.max_head_lines = lines;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}
