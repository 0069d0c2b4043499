//! `ws_options`: how messages are compressed (permessage-deflate, RFC 7692).

use super::{
    options::{set, ws_options},
    status::ws_status,
};
use crate::{client::options, error::Result};
use std::ffi::c_int;

/// A number of an option, between `least` and `most`.
fn number(what: &str, value: c_int, least: u8, most: u8) -> Result<u8> {
    // A negative number is too large.
    let value = u64::try_from(value).unwrap_or(u64::MAX);
    options::limit(what, value, least.into(), most.into()).map(|value| u8::try_from(value).unwrap_or(most))
}

/// Sets whether permessage-deflate is offered, so that messages are compressed in both directions if the server agrees; ws_extensions
/// tells.
///
/// options: the options. on: 1: it is offered, as browsers do, the default; 0: it is not.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. A connection
/// that is idle for two seconds holds little of what compression needs (with the default window some 300 KiB). RFC 7692.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_deflate(options: *mut ws_options, on: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.deflate.on = options::switch("deflate", on)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets how hard messages are compressed.
///
/// options: the options. level: 1, the fastest, to 9, the smallest messages; default 1. memory: how much memory the compressor has
/// beside its window, 1, the least, to 9, each twice as much as the one before; default 8: 128 KiB.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: other numbers; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_deflate_effort(options: *mut ws_options, level: c_int, memory: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        let (level, memory) = (number("level of compression", level, 1, 9)?, number("memory of compression", memory, 1, 9)?);
        (options.options.deflate.effort.level, options.options.deflate.effort.memory) = (level, memory);
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets from which size on messages are compressed; shorter ones are sent as they are.
///
/// options: the options. bytes: the size of the shortest message that is compressed; 0: all are. Default: 64.
///
/// Returns WS_OK; WS_ERR_NULL_POINTER. Does not block; a callback may call it. WS_NO_COMPRESS decides for one message.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_deflate_threshold(options: *mut ws_options, bytes: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.deflate.threshold = bytes;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets whether messages are compressed each by itself (no context takeover): less memory, larger messages.
///
/// options: the options. server: 1: the server is asked to, and refused if it does not agree; client: 1: this side does so. Each
/// 0 by default: a message may refer to those before it.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: other numbers; WS_ERR_NULL_POINTER. Does not block; a callback may call it. RFC 7692
/// section 7.1.1.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_deflate_no_takeover(options: *mut ws_options, server: c_int, client: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        let (server, client) = (options::switch("server_no_takeover", server)?, options::switch("client_no_takeover", client)?);
        let offer = &mut options.options.deflate.offer;
        (offer.server_no_context_takeover, offer.client_no_context_takeover) = (server, client);
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets how far back messages may refer, as a power of two of bytes: the smaller the less memory and the larger messages.
///
/// options: the options. server: 8 to 15; below 15 the server is asked for it, and refused if it does not agree. client: 8 to 15;
/// a server may ask for less. Default: 15 each, 32 KiB.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: other numbers; WS_ERR_NULL_POINTER. Does not block; a callback may call it. RFC 7692
/// section 7.1.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_deflate_window(options: *mut ws_options, server: c_int, client: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        let (server, client) = (number("server's window", server, 8, 15)?, number("client's window", client, 8, 15)?);
        let offer = &mut options.options.deflate.offer;
        (offer.server_max_window_bits, offer.client_max_window_bits) = (server, client);
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets how many times as long as it was sent a compressed message may become; more fails the connection with 1009. The first MiB of
/// each message is free, it is judged in steps of 4 KiB as sent, and the maximum of ws_options_set_max_message_size holds all the same.
///
/// options: the options. ratio: 2 to 1100. Default: 1100, which refuses nothing: deflate reaches 1,032.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_max_ratio(options: *mut ws_options, ratio: u32) -> ws_status {
    let change = |options: &mut ws_options| {
        options::limit("max ratio", ratio.into(), 2, 1100)?;
        options.options.limits.max_ratio = ratio;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}
