//! `ws_socket`: taking events, and the helpers that wait.

use super::{
    event::ws_event,
    pointers,
    socket::{with_socket, ws_socket},
    status::{WS_DONE, WS_OK, ws_status},
};
use crate::{
    client::{deadline::Deadline, event::What, socket::Socket},
    error::{Error, Result},
};
use std::{mem::MaybeUninit, sync::Arc};

/// Takes the next event of a socket.
///
/// ws: a socket without callbacks, or on a loop of one's own. event: receives the event; its data stays valid until the socket is
/// next asked for one, though there may be none (see ws_event); WS_EVENT_NONE if none was taken. timeout_ms: how long to wait, in
/// milliseconds; 0: not at all; WS_FOREVER.
///
/// Returns WS_OK: an event was taken. WS_DONE: the close event was taken before, nothing more will come. WS_ERR_TIMEOUT: none came
/// in time, and none was taken. WS_ERR_ABORTED: ws_interrupt, or ws_loop_wake on its loop. WS_ERR_BUSY: another thread takes this
/// socket's events, or runs its loop; or the library's thread does, because the socket has callbacks. WS_ERR_INVALID_ARGUMENT:
/// another negative timeout. WS_ERR_NULL_POINTER; WS_ERR_FORKED.
///
/// Blocks for timeout_ms at most; on a loop of one's own it runs the loop meanwhile, for all its sockets, whose events wait in
/// queues. One thread at a time. A callback may call it for sockets of other loops.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_next_event(ws: *mut ws_socket, event: *mut ws_event, timeout_ms: i32) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        // SAFETY: the caller gives a place for the event.
        let event = unsafe { pointers::out("the event", event) }?;
        *event = ws_event::none();
        let deadline = Deadline::from_millis(timeout_ms)?;
        let taken = socket.next_event(deadline, |what, bytes| *event = ws_event::new(socket, what, bytes))?;
        Ok(if taken.is_some() { WS_OK } else { WS_DONE })
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Takes the events of a socket that are at hand, many at a time: ws_next_event for a program in a hurry.
///
/// ws: as for ws_next_event. events: room for capacity events, at least 1; their data stays valid until the socket is next asked for
/// events, though there may be none (see ws_event). timeout_ms: how long to wait for the first, in milliseconds; 0: not at all;
/// WS_FOREVER. count: receives how many came; 0 with every status but WS_OK.
///
/// Returns WS_OK: at least one. WS_DONE: the close event was taken before, nothing more will come. WS_ERR_TIMEOUT: none came in time,
/// and none was taken. WS_ERR_INVALID_ARGUMENT: a capacity of 0 or another negative timeout. WS_ERR_ABORTED, WS_ERR_BUSY,
/// WS_ERR_NULL_POINTER, WS_ERR_FORKED: as ws_next_event.
///
/// They come in order, and the close event is the last. Fewer than capacity does not say that there are no more: those that have come
/// since wait for the next call. All of them are taken when it returns: ws_ready_state is what the last one made it, and room in the
/// receive queue (ws_options_set_receive_queue) is given back, as by ws_next_event, when the next call has no more at hand.
///
/// Blocks, threads and callbacks as ws_next_event.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_next_events(
    ws: *mut ws_socket,
    events: *mut ws_event,
    capacity: usize,
    timeout_ms: i32,
    count: *mut usize,
) -> ws_status {
    // SAFETY: the caller gives NULL or a place for the number.
    if let Some(count) = unsafe { count.as_mut() } {
        *count = 0;
    }
    let body = |socket: &Arc<Socket>| {
        // SAFETY: the caller gives a place for the number.
        let count = unsafe { pointers::out("count", count) }?;
        let deadline = room_and_time(events, capacity, timeout_ms)?;
        let of_socket = ws_event::of(socket);
        let mut place = events.cast::<MaybeUninit<ws_event>>();
        *count = socket.next_events(capacity, deadline, |what, bytes| {
            // SAFETY: the caller gives room for `capacity` events, and no more are shown.
            unsafe {
                (*place).write(of_socket).tell(what, bytes);
                place = place.add(1);
            }
        })?;
        Ok(if *count > 0 { WS_OK } else { WS_DONE })
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Checks the arguments of a call that takes several events.
pub(super) fn room_and_time(events: *const ws_event, capacity: usize, timeout_ms: i32) -> Result<Deadline> {
    if events.is_null() {
        return Err(Error::NullPointer("events"));
    }
    if capacity == 0 {
        return Err(Error::InvalidArgument("a capacity of 0: there must be room for at least 1 event".into()));
    }
    Deadline::from_millis(timeout_ms)
}

/// Waits until the connection is open, and takes the open event.
///
/// ws: as for ws_next_event. timeout_ms: how long to wait, in milliseconds; 0: not at all; WS_FOREVER.
///
/// Returns WS_OK: OPEN. WS_ERR_NETWORK: it was not made; the error and close events can be taken, ws_get_failure says more.
/// WS_ERR_INVALID_STATE: CLOSING or CLOSED already. WS_ERR_TIMEOUT, WS_ERR_ABORTED, WS_ERR_BUSY, WS_ERR_INVALID_ARGUMENT,
/// WS_ERR_NULL_POINTER, WS_ERR_FORKED: as ws_next_event. Blocks, threads and callbacks as there.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_wait_open(ws: *mut ws_socket, timeout_ms: i32) -> ws_status {
    let body = |socket: &Arc<Socket>| socket.wait_open(Deadline::from_millis(timeout_ms)?).map(|()| WS_OK);
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Waits until the connection is closed: takes all events up to the close event, and drops those before it.
///
/// ws: as for ws_next_event. close_event: receives the close event; NULL if it is not of interest. timeout_ms: how long to wait, in
/// milliseconds; 0: not at all; WS_FOREVER.
///
/// Returns WS_OK: the close event was taken. WS_DONE: it was taken before. WS_ERR_TIMEOUT, WS_ERR_ABORTED, WS_ERR_BUSY,
/// WS_ERR_INVALID_ARGUMENT, WS_ERR_NULL_POINTER, WS_ERR_FORKED: as ws_next_event. Blocks, threads and callbacks as there. It does
/// not close: without ws_close it waits for the server to do so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_wait_closed(ws: *mut ws_socket, close_event: *mut ws_event, timeout_ms: i32) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        // SAFETY: the caller gives NULL or a place for the event.
        let mut event = unsafe { close_event.as_mut() };
        if let Some(event) = event.as_deref_mut() {
            *event = ws_event::none();
        }
        let show = |what: What, bytes: &[u8]| {
            if let Some(event) = event.as_deref_mut() {
                *event = ws_event::new(socket, what, bytes);
            }
        };
        let taken = socket.wait_closed(Deadline::from_millis(timeout_ms)?, show)?;
        Ok(if taken.is_some() { WS_OK } else { WS_DONE })
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Writes what waits, and waits until all messages accepted before are with the operating system: of one in parts (ws_message_begin)
/// what was appended, but not those behind it.
///
/// ws: a socket. timeout_ms: how long to wait, in milliseconds; 0: not at all; WS_FOREVER.
///
/// Returns WS_OK; WS_ERR_TIMEOUT: some are not there yet; WS_ERR_NETWORK: the connection was lost before; WS_ERR_INVALID_STATE:
/// CONNECTING; WS_ERR_ABORTED: ws_interrupt, or ws_loop_wake on its loop; WS_ERR_BUSY: it would have to wait, but is called in a
/// callback of the same loop, or another thread runs a loop of one's own; WS_ERR_INVALID_ARGUMENT: another negative timeout;
/// WS_ERR_NULL_POINTER; WS_ERR_FORKED.
///
/// Blocks for timeout_ms at most; on a loop of one's own it runs the loop meanwhile. Any thread. A callback may call it with a
/// timeout of 0 to write what gathers.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_flush(ws: *mut ws_socket, timeout_ms: i32) -> ws_status {
    let body = |socket: &Arc<Socket>| socket.flush(Deadline::from_millis(timeout_ms)?).map(|()| WS_OK);
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

/// Wakes the call that waits for this socket (ws_next_event, ws_next_events, ws_wait_open, ws_wait_closed, ws_flush): it returns
/// WS_ERR_ABORTED. If none waits, the next one that would does so.
///
/// ws: a socket. Returns WS_OK; WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_interrupt(ws: *mut ws_socket) -> ws_status {
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, |socket| socket.interrupt().map(|()| WS_OK)) }
}
