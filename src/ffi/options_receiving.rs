//! `ws_options`: how messages come, and how much of them may wait.

use super::{
    event::ws_event_fn,
    options::{set, ws_options},
    status::ws_status,
};
use crate::client::options;

/// Sets whether messages come in chunks, as they arrive: WS_EVENT_CHUNK instead of WS_EVENT_MESSAGE. A message of any length takes as
/// much memory as one chunk; those that wait are bounded as messages are (ws_options_set_receive_queue).
///
/// options: the options. max_message: 0: messages come whole, the default, as in a browser. Another number: they come in chunks; a
/// message of more bytes fails the connection (Close code 1009), and ws_options_set_max_message_size and ws_options_set_max_frame_size
/// are not looked at. There is no "unlimited".
///
/// Returns WS_OK; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
///
/// Every message comes so, short ones too: as one chunk with WS_FIRST and WS_FINAL, if it arrived at once. A chunk is what one read
/// brought, 128 KiB at most, or up to 64 KiB of what comes out of compressed bytes; its borders have nothing to do with the server's
/// frames. Only the last chunk can be empty. Chunks of two messages never mix. A chunk of text is UTF-8 by itself: a character that was cut
/// comes with the rest of it. A message that the server does not finish, because the connection ends or is failed (by text that is not
/// UTF-8, 1007), never has its WS_FINAL; what came before the fault was delivered. After ws_close no chunk comes, either.
///
/// Compressed messages are inflated as far as there is room for what comes out. (A browser has no such thing.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_chunks(options: *mut ws_options, max_message: u64) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.max_chunked = (max_message > 0).then_some(max_message);
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the callback for WS_EVENT_CHUNK (ws_options_set_chunks). A socket with it has callbacks, as with ws_options_set_callbacks.
///
/// options: the options. on_chunk: NULL: none, the default.
///
/// Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_on_chunk(options: *mut ws_options, on_chunk: ws_event_fn) -> ws_status {
    let change = |options: &mut ws_options| {
        options.callbacks.chunk = on_chunk;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets how much may wait to be taken (ws_next_event) before the socket is no longer read; the last read, of 128 KiB at most, may go
/// beyond it.
///
/// options: the options. bytes: 1024 to 2^40. Default: 1 MiB. There is no "unlimited".
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
///
/// Half of it may wait behind the events that the program works through, which are no more than the other half. When those are taken,
/// the socket is read again. While it is not, what the server sends waits in the system's buffers, and then at the server; pings in what
/// was read already are answered, the others wait. CLOSING, a socket is read in any case: messages are not wanted any more.
///
/// ws_loop_wait has no queue: it hands out what it reads, and what it has not read waits in the system's buffers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_receive_queue(options: *mut ws_options, bytes: u64) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.receive_queue = options::limit("receive queue", bytes, 1024, 1 << 40)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets how many events may wait to be taken before the socket is no longer read: messages, or chunks of them, beside the bytes of
/// ws_options_set_receive_queue, which says more; the last read may go beyond it.
///
/// options: the options. count: 2 to 2^30. Default: 65536. There is no "unlimited".
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_receive_queue_count(options: *mut ws_options, count: u32) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.receive_events = options::limit("receive queue count", u64::from(count), 2, 1 << 30)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}
