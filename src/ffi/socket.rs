//! `ws_socket`: connecting, sending, closing.

use super::{
    constants::{WS_BINARY, WS_MORE, WS_NO_CODE, WS_NO_COMPRESS, WS_NUL_TERMINATED, WS_TEXT},
    guard::{fail, guard, guard_or, guard_value},
    handles,
    options::{self, ws_options},
    pointers,
    status::{WS_DISCARDED, WS_OK, ws_status},
};
use crate::{
    client::{
        link::How,
        socket::{Sent, Socket},
    },
    error::{Error, Result},
    protocol::Kind,
};
use std::{
    ffi::{c_char, c_int, c_void},
    mem::ManuallyDrop,
    ptr::{null_mut, with_exposed_provenance_mut, without_provenance_mut},
    sync::Arc,
};

/// A WebSocket. Made by ws_connect, ended by ws_free; every function may be called from every thread.
#[derive(Debug)]
pub struct ws_socket(());

/// What a socket's handle refers to, in the process that made it.
///
/// # Safety
///
/// As [`handles::borrow`].
pub(super) unsafe fn socket(ws: *const ws_socket) -> Result<ManuallyDrop<Arc<Socket>>> {
    // SAFETY: the caller's promise is passed on.
    unsafe { handles::borrow(ws) }
}

/// A socket's handle.
#[inline]
pub(super) fn handle(socket: &Socket) -> *mut ws_socket {
    without_provenance_mut(socket.handle())
}

/// Runs the body of a function about a socket, which fails if the body panics.
///
/// # Safety
///
/// As [`handles::borrow`].
pub(super) unsafe fn with_socket(ws: *const ws_socket, body: impl FnOnce(&Arc<Socket>) -> Result<ws_status>) -> ws_status {
    // SAFETY: the caller's promise is passed on.
    match unsafe { socket(ws) } {
        Ok(socket) => guard_or(|| body(&socket), || socket.cut()),
        Err(error) => fail(&error),
    }
}

pub(super) fn sent(sent: Sent) -> ws_status {
    match sent {
        Sent::Accepted => WS_OK,
        Sent::Discarded => WS_DISCARDED,
    }
}

/// Makes a WebSocket and starts to connect: new WebSocket(url, protocols).
///
/// url: UTF-8, NUL-terminated; ws:, wss:, http: (as ws:) or https: (as wss:), without a fragment; only read during the call.
/// options: how to connect, copied; NULL: the defaults, on the background loop.
/// ws: receives the socket, which ws_free must end; set to NULL on an error.
///
/// Returns WS_OK with the socket CONNECTING; WS_ERR_SYNTAX: the URL, a subprotocol or a proxy of the environment may not be;
/// WS_ERR_INVALID_UTF8: the URL is not UTF-8; WS_ERR_INVALID_STATE: the loop of the options was freed, or their connection was used
/// (ws_options_set_socket); WS_ERR_QUOTA: the system gives no thread or no file descriptors; WS_ERR_NULL_POINTER. Whether the
/// connection is made is said by events, never here: a port that browsers block is such a refusal, too
/// (ws_options_set_block_ports).
///
/// Redirects are never followed, as in a browser, and no option changes that: a response with a status of 3xx refuses the
/// connection, and ws_get_failure has its head with the Location.
///
/// Does not block. Any thread. A callback may call it. WHATWG WebSockets, "The WebSocket(url, protocols) constructor steps".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_connect(url: *const c_char, options: *const ws_options, ws: *mut *mut ws_socket) -> ws_status {
    guard(|| {
        // SAFETY: the caller gives a place for the handle.
        let ws = unsafe { pointers::out("ws", ws) }?;
        *ws = null_mut();
        // SAFETY: the caller gives a NUL-terminated text.
        let url = unsafe { pointers::utf8("the URL", url, WS_NUL_TERMINATED) }?;
        // SAFETY: the caller gives NULL or options that are not freed meanwhile.
        let options = unsafe { options::to_connect(options) }?;
        // Its first event may come before this thread goes on: the handle must be known by then.
        let socket = Socket::connect_as(url, options, |socket| Ok(handles::make(socket.clone())?.addr()))?;
        *ws = handle(&socket);
        Ok(WS_OK)
    })
}

/// Gives a socket up. An open one is closed in the background: what was sent goes out first, then a Close frame without a code;
/// one that is CONNECTING is failed.
///
/// ws: the socket, not used afterwards; NULL: nothing happens.
///
/// Does not block, but for a callback of this socket that runs on another thread: it waits until that one returns, which may use the
/// socket as before (so do not hold a lock that the callback takes, and let no two callbacks on two threads free each other's
/// sockets). No callback of the socket runs after it returned, but for the one that it was called from. Any thread; not while another
/// call with this socket is running; a second time nothing happens. A callback may call it, for its own socket too. On a loop of one's
/// own the closing goes on while that loop runs. WHATWG WebSockets, "Garbage collection".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_free(ws: *mut ws_socket) {
    guard(|| {
        if ws.is_null() {
            return Ok(WS_OK);
        }
        // A callback that runs on another thread may use the handle until it returns.
        // SAFETY: the caller lets no other thread free the socket meanwhile; a callback that tries comes second.
        let first = unsafe { socket(ws) }?.silence();
        if first && let Some(socket) = handles::take_back::<Socket>(ws)? {
            socket.let_go();
        }
        Ok(WS_OK)
    });
}

/// The standard's readyState.
///
/// ws: a socket. Returns WS_CONNECTING, WS_OPEN, WS_CLOSING or WS_CLOSED; an error (negative) for NULL or after fork. It moves when
/// an event is taken (in a callback: before the callback) or when ws_close is called, never by itself. Does not block; any thread;
/// a callback may call it. WHATWG WebSockets, "readyState".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_ready_state(ws: *const ws_socket) -> c_int {
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, |socket| socket.check().map(|()| socket.ready_state() as c_int)) }
}

/// The standard's bufferedAmount: bytes of messages that were accepted and are not yet given to the operating system.
///
/// ws: a socket. Returns bytes of payload, without frame headers; those of messages sent while CLOSING or CLOSED are counted too and
/// stay for ever. 0 for NULL and after fork. Does not block; any thread; a callback may call it. WHATWG WebSockets,
/// "bufferedAmount".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_buffered_amount(ws: *const ws_socket) -> u64 {
    // SAFETY: the caller gives NULL or a socket.
    guard_value(0, || unsafe { checked(ws) }.map(|socket| socket.buffered_amount()))
}

/// The URL as the standard serialises it.
///
/// ws: a socket. Returns a text that is valid until ws_free; "" for NULL and after fork; never NULL. Does not block; any thread; a
/// callback may call it. WHATWG WebSockets, "url".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_url(ws: *const ws_socket) -> *const c_char {
    // SAFETY: the caller gives NULL or a socket.
    guard_value(c"".as_ptr(), || unsafe { checked(ws) }.map(|socket| socket.url().as_ptr()))
}

/// The subprotocol that the server chose among those of ws_options_add_protocol.
///
/// ws: a socket. Returns a text that is valid until ws_free; "" if none was chosen, before the open event was taken, for NULL and
/// after fork; never NULL. Does not block; any thread; a callback may call it. WHATWG WebSockets, "protocol".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_protocol(ws: *const ws_socket) -> *const c_char {
    // SAFETY: the caller gives NULL or a socket.
    guard_value(c"".as_ptr(), || unsafe { checked(ws) }.map(|socket| socket.protocol().as_ptr()))
}

/// The extensions that were agreed on.
///
/// ws: a socket. Returns a text that is valid until ws_free, such as "permessage-deflate; server_max_window_bits=12"; "" if there are
/// none, before the open event was taken, for NULL and after fork; never NULL. Does not block; any thread; a callback may call it.
/// WHATWG WebSockets, "extensions".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_extensions(ws: *const ws_socket) -> *const c_char {
    // SAFETY: the caller gives NULL or a socket.
    guard_value(c"".as_ptr(), || unsafe { checked(ws) }.map(|socket| socket.extensions().as_ptr()))
}

/// What ws_options_set_user_data or ws_options_set_callbacks was given for this socket.
///
/// ws: a socket. Returns the pointer; NULL for NULL. Does not block; any thread; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_user_data(ws: *const ws_socket) -> *mut c_void {
    // SAFETY: the caller gives NULL or a socket.
    guard_value(null_mut(), || unsafe { socket(ws) }.map(|socket| with_exposed_provenance_mut(socket.user_data())))
}

/// # Safety
///
/// As [`socket`].
unsafe fn checked(ws: *const ws_socket) -> Result<ManuallyDrop<Arc<Socket>>> {
    // SAFETY: the caller's promise is passed on.
    let socket = unsafe { socket(ws) }?;
    socket.check()?;
    Ok(socket)
}

/// What a message holds and how it is sent, from a type with flags or-ed in.
#[inline]
pub(super) fn kind_and_how(type_and_flags: c_int) -> Result<(Kind, How)> {
    let how = How { more: type_and_flags & WS_MORE != 0, compress: type_and_flags & WS_NO_COMPRESS == 0 };
    match type_and_flags & !(WS_MORE | WS_NO_COMPRESS) {
        WS_TEXT => Ok((Kind::Text, how)),
        WS_BINARY => Ok((Kind::Binary, how)),
        other => Err(Error::InvalidArgument(format!("{other} is no type of message: give WS_TEXT (1) or WS_BINARY (2)"))),
    }
}

/// Sends a message: send(). All of it or nothing.
///
/// ws: a socket. type: WS_TEXT or WS_BINARY, with WS_MORE or-ed in if more follows at once, and WS_NO_COMPRESS if it is not to be
/// compressed. data: the payload, len bytes; UTF-8 for WS_TEXT; copied; may be NULL if len is 0.
///
/// Returns WS_OK: accepted; it goes out before any later Close frame. WS_DISCARDED: the socket is CLOSING or CLOSED, or will be
/// when the events that wait are taken, because the server has closed or the connection is lost; the message is counted in
/// ws_buffered_amount and not sent. WS_ERR_INVALID_STATE: CONNECTING (the open event was not taken);
/// WS_ERR_INVALID_UTF8: text that is none; WS_ERR_QUOTA: too much waits (ws_options_set_max_buffered); WS_ERR_INVALID_ARGUMENT:
/// another type or flag, a length above SSIZE_MAX; WS_ERR_NULL_POINTER; WS_ERR_FORKED.
///
/// Never blocks: what the system does not take is kept and counted in ws_buffered_amount, however much it is unless
/// ws_options_set_max_buffered sets a limit. The first message after a quiet moment is written at once; those that follow it closely
/// go out together: at the next turn of a loop of one's own, within a millisecond on the background loop, or when 128 KiB wait.
/// ws_flush makes sure. While another message is sent in parts (ws_message_begin), it goes out after that one's end, in the order in
/// which such messages were accepted. Any thread; a callback may call it. WHATWG WebSockets, "send(data)".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_send(ws: *mut ws_socket, r#type: c_int, data: *const c_void, len: usize) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        let (kind, how) = kind_and_how(r#type)?;
        // SAFETY: the caller gives `len` readable bytes.
        let payload = unsafe { pointers::bytes("the message", data, len) }?;
        socket.send_so(kind, payload, how).map(sent)
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Sends a text message that ends at its NUL: ws_send with WS_TEXT.
///
/// ws: a socket. text: UTF-8, NUL-terminated; copied. Returns, blocks and may be called as ws_send.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_send_text(ws: *mut ws_socket, text: *const c_char) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        // SAFETY: the caller gives a NUL-terminated text.
        let payload = unsafe { pointers::text("the text", text, WS_NUL_TERMINATED) }?;
        socket.send(Kind::Text, payload, false).map(sent)
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Closes the connection: close(code, reason).
///
/// ws: a socket. code: 1000 or 3000 to 4999; WS_NO_CODE: the argument is absent. reason: UTF-8, at most 123 bytes, reason_len bytes
/// or WS_NUL_TERMINATED; NULL: the argument is absent; copied. Both absent: a Close frame without a body.
///
/// Returns WS_OK, also if the socket is CLOSING or CLOSED already (then nothing happens). In every state, before anything else and
/// in this order: WS_ERR_INVALID_ACCESS: another code, or a reason without a code; WS_ERR_SYNTAX: a longer reason;
/// WS_ERR_INVALID_UTF8: a reason that is not UTF-8. WS_ERR_NULL_POINTER; WS_ERR_FORKED. An error changes nothing.
///
/// CONNECTING: the attempt is failed at once; an error event and a close event (1006, not clean) follow. OPEN: the state is CLOSING
/// at once; messages accepted before go out first, however many, then the Close frame; messages not taken yet are not delivered any
/// more. A message that was begun with ws_message_begin and not ended stays unfinished (see there). The close event comes when the
/// server has answered and the TCP connection has ended, with the server's code and reason; if no answer comes within the close timeout,
/// with 1006, not clean. It comes exactly once and is the last event.
///
/// Never blocks. Any thread; a callback may call it. WHATWG WebSockets, "close(code, reason)".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_close(ws: *mut ws_socket, code: i32, reason: *const c_char, reason_len: usize) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        // SAFETY: the caller gives `reason_len` readable bytes or a NUL-terminated text.
        let reason = unsafe { pointers::optional_text("the reason", reason, reason_len) }?;
        socket.close((code != WS_NO_CODE).then_some(code), reason)?;
        Ok(WS_OK)
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Sends a ping; a WS_EVENT_PONG with the round-trip time follows when the server answers.
///
/// ws: a socket. payload: len bytes, 125 at most, which come back with the pong; copied; may be NULL if len is 0.
///
/// Returns WS_OK; WS_DISCARDED: CLOSING or CLOSED, not sent; WS_ERR_INVALID_STATE: CONNECTING; WS_ERR_SYNTAX: more than 125 bytes;
/// WS_ERR_QUOTA: some 64 wait to be sent because the server takes nothing; WS_ERR_NULL_POINTER; WS_ERR_FORKED.
///
/// It goes out before messages that wait. Pongs of the last 64 pings are recognised. Never blocks; any thread; a callback may call
/// it. RFC 6455 section 5.5.2.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_ping(ws: *mut ws_socket, payload: *const c_void, len: usize) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        // SAFETY: the caller gives `len` readable bytes.
        let payload = unsafe { pointers::bytes("the payload", payload, len) }?;
        socket.ping(payload).map(sent)
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Stops reading from the network, so that the server is slowed down in the end. Messages that were read already are still
/// delivered. While it lasts, pings are not answered and the end of the connection is not seen, unless the socket is CLOSING.
///
/// ws: a socket. Returns WS_OK; WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_pause(ws: *mut ws_socket) -> ws_status {
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, |socket| socket.set_paused(true).map(|()| WS_OK)) }
}

/// Starts reading from the network again after ws_pause.
///
/// ws: a socket. Returns WS_OK; WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_resume(ws: *mut ws_socket) -> ws_status {
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, |socket| socket.set_paused(false).map(|()| WS_OK)) }
}
