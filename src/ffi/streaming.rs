//! `ws_socket`: sending a message in parts.

use super::{
    pointers,
    socket::{kind_and_how, sent, with_socket, ws_socket},
    status::ws_status,
};
use crate::client::socket::Socket;
use std::{
    ffi::{c_int, c_void},
    sync::Arc,
};

/// Begins a message that is sent in parts, of a length that need not be known: ws_message_append sends the parts, ws_message_end ends it.
/// The server gets one message, in fragments.
///
/// ws: a socket. type: as in ws_send; with WS_MORE or-ed in its parts gather until 128 KiB wait or the loop's next turn; with
/// WS_NO_COMPRESS it is not compressed.
///
/// Returns WS_OK. WS_DISCARDED: the socket is CLOSING or CLOSED, or will be when the events that wait are taken, because the server has
/// closed or the connection is lost. WS_ERR_INVALID_STATE: CONNECTING (the open event was not taken), or another message was begun and
/// not ended; WS_ERR_INVALID_ARGUMENT: another type or flag; WS_ERR_NULL_POINTER; WS_ERR_FORKED.
///
/// One message at a time can be sent in parts. Until it ends, messages of ws_send and ws_send_owned are accepted as ever, from any
/// thread, and go out behind it, in the order in which they were accepted; they are counted in ws_buffered_amount, and ws_flush does not
/// wait for them. Pings and pongs pass between the fragments. When the connection is closed before ws_message_end, by ws_close, ws_free,
/// ws_shutdown or the server, what was appended goes out, then the Close frame: the server sees that the message is not finished. The
/// messages behind it, which cannot go out, are discarded then and stay counted in ws_buffered_amount: so end it first.
///
/// Never blocks. Any thread; a callback may call it. RFC 6455 section 5.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_message_begin(ws: *mut ws_socket, r#type: c_int) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        let (kind, how) = kind_and_how(r#type)?;
        socket.begin_message(kind, how).map(sent)
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Sends the next part of the message that ws_message_begin has begun. All of it or nothing.
///
/// ws: a socket. data: the part, len bytes; copied; may be NULL if len is 0. Of a WS_TEXT message all parts together are UTF-8: a
/// character may begin in one and end in the next.
///
/// Returns WS_OK: accepted. WS_DISCARDED: as ws_message_begin; the part is counted in ws_buffered_amount and not sent.
/// WS_ERR_INVALID_STATE: CONNECTING, or no message was begun; WS_ERR_INVALID_UTF8: with this part it would not be UTF-8; WS_ERR_QUOTA:
/// too much waits (ws_options_set_max_buffered; the messages behind this one do not count here, nor for WS_EVENT_DRAIN);
/// WS_ERR_INVALID_ARGUMENT: a length above SSIZE_MAX; WS_ERR_NULL_POINTER; WS_ERR_FORKED. After an error the message can be gone on
/// with, with another part.
///
/// Never blocks. It is written when a message of ws_send would be: at once after a quiet moment, else together with what follows it
/// closely; small parts do not become small frames. A message takes no more memory than what of it waits for the network: with
/// ws_options_set_max_buffered and ws_options_set_low_water it can be of any length. With permessage-deflate it is compressed as it goes.
/// Any thread, in the order of the calls; a callback may call it. RFC 6455 section 5.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_message_append(ws: *mut ws_socket, data: *const c_void, len: usize) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        // SAFETY: the caller gives `len` readable bytes.
        let part = unsafe { pointers::bytes("the part", data, len) }?;
        socket.append(part).map(sent)
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Ends the message that ws_message_begin has begun; the messages that waited behind it go out.
///
/// ws: a socket. Returns WS_OK: the server will get it whole. WS_DISCARDED: as ws_message_begin; the server does not get it whole.
/// WS_ERR_INVALID_STATE: CONNECTING, or no message was begun; WS_ERR_INVALID_UTF8: a WS_TEXT message would end inside a character:
/// it can be gone on with; WS_ERR_NULL_POINTER; WS_ERR_FORKED.
///
/// Never blocks. Any thread; a callback may call it. RFC 6455 section 5.4.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_message_end(ws: *mut ws_socket) -> ws_status {
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, |socket| socket.end_message().map(sent)) }
}
