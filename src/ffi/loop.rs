//! `ws_loop`: where I/O runs, if not on the library's thread.

use super::{
    event::ws_event,
    guard::{guard, guard_value},
    handles, pointers,
    socket_events::room_and_time,
    status::{WS_DONE, WS_OK, ws_status},
};
use crate::{
    client::{
        deadline::Deadline,
        event::Sink,
        event_loop::{EventLoop, Ran},
        sinks::{BatchSink, QueueSink},
    },
    error::Result,
};
use std::{
    ffi::c_int,
    mem::{ManuallyDrop, MaybeUninit},
    ptr::null_mut,
    sync::Arc,
};

/// A loop: the sockets made with it (ws_options_set_loop) do their I/O only while it runs, on the thread that runs it. Made by
/// ws_loop_new, ended by ws_loop_free; every function may be called from every thread, but one thread at a time runs it.
#[derive(Debug)]
pub struct ws_loop(());

/// What a loop's handle refers to.
///
/// # Safety
///
/// As [`handles::borrow`].
pub(super) unsafe fn event_loop(handle: *const ws_loop) -> Result<ManuallyDrop<Arc<EventLoop>>> {
    // SAFETY: the caller's promise is passed on.
    unsafe { handles::borrow(handle) }
}

/// The same for a call in which the handle may end: by a callback, or by another thread, which has the call return. The sockets that
/// hold on to the loop may be gone by then, too.
///
/// # Safety
///
/// As [`handles::borrow`], until this returns.
unsafe fn event_loop_to_run(handle: *const ws_loop) -> Result<Arc<EventLoop>> {
    // SAFETY: the caller's promise is passed on.
    unsafe { event_loop(handle) }.map(|event_loop| Arc::clone(&event_loop))
}

/// Makes a loop.
///
/// loop: receives the loop, which ws_loop_free must end; set to NULL on an error.
///
/// Returns WS_OK; WS_ERR_QUOTA: the system gives no file descriptors; WS_ERR_NULL_POINTER. Does not block; any thread; a callback
/// may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_loop_new(r#loop: *mut *mut ws_loop) -> ws_status {
    guard(|| {
        // SAFETY: the caller gives a place for the handle.
        let handle = unsafe { pointers::out("loop", r#loop) }?;
        *handle = null_mut();
        *handle = handles::make(EventLoop::new(false)?)?;
        Ok(WS_OK)
    })
}

/// Gives a loop up. Connections that are left on it are cut: the close event (1006, not clean) of each can be taken by
/// ws_next_event; closings of freed sockets are not finished (ws_shutdown waits for them).
///
/// loop: the loop, not used afterwards; NULL: nothing happens. Its sockets stay valid until ws_free.
///
/// Does not block. Any thread: a thread that is running it gets WS_ERR_ABORTED. A callback may call it, for its own loop too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_loop_free(r#loop: *mut ws_loop) {
    guard(|| {
        if let Some(event_loop) = handles::take_back::<EventLoop>(r#loop)? {
            event_loop.close();
        }
        Ok(WS_OK)
    });
}

/// Runs a loop and takes events of all its sockets, many at a time: epoll_wait for WebSockets.
///
/// loop: a loop. events: room for capacity events, at least 1; their data is read in place and stays valid until the loop next runs,
/// for one of its sockets too (see ws_event). timeout_ms: how long to wait for the first, in milliseconds; 0: not at all; WS_FOREVER.
/// count: receives how many came.
///
/// Returns WS_OK: at least one. WS_ERR_TIMEOUT: none in time. WS_DONE: no socket lives on the loop, so none can come.
/// WS_ERR_ABORTED: ws_loop_wake, or the loop was freed. WS_ERR_BUSY: another thread runs the loop, or this one further up its stack.
/// WS_ERR_INVALID_ARGUMENT: a capacity of 0 or another negative timeout. WS_ERR_NULL_POINTER; WS_ERR_FORKED.
///
/// Blocks for timeout_ms at most. One thread at a time. A callback may call it for other loops. Sockets with callbacks have their
/// events here too: only ws_loop_dispatch calls callbacks. One call reads so much at the most, and each socket in turn, that a flood
/// on one does not starve the others.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_loop_wait(
    r#loop: *mut ws_loop,
    events: *mut ws_event,
    capacity: usize,
    timeout_ms: i32,
    count: *mut usize,
) -> ws_status {
    guard(|| {
        // SAFETY: the caller gives a place for the number.
        let count = unsafe { pointers::out("count", count) }?;
        *count = 0;
        // SAFETY: the caller gives NULL or a loop.
        let event_loop = unsafe { event_loop_to_run(r#loop) }?;
        let deadline = room_and_time(events, capacity, timeout_ms)?;
        let mut sink = BatchSink::new(capacity, |socket, what, bytes| {
            // SAFETY: the caller gives room for `capacity` events, and the sink shows no more.
            let place = unsafe { &mut *events.add(*count).cast::<MaybeUninit<ws_event>>() };
            place.write(ws_event::of(socket)).tell(what, bytes);
            *count += 1;
        });
        let ran = event_loop.run(&mut sink, deadline, Sink::has_delivered)?;
        Ok(status(ran))
    })
}

/// Runs a loop and calls the callbacks of its sockets (ws_options_set_callbacks). Events of sockets without callbacks wait in their
/// queues for ws_next_event.
///
/// loop: a loop. timeout_ms: how long to wait for the first event, in milliseconds; 0: not at all; WS_FOREVER.
///
/// Returns WS_OK: there were events. WS_ERR_TIMEOUT, WS_DONE, WS_ERR_ABORTED, WS_ERR_BUSY, WS_ERR_INVALID_ARGUMENT,
/// WS_ERR_NULL_POINTER, WS_ERR_FORKED: as ws_loop_wait. Blocks and threads as there; the callbacks run on the caller's thread, one
/// after the other, with no lock held that a call would wait for.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_loop_dispatch(r#loop: *mut ws_loop, timeout_ms: i32) -> ws_status {
    guard(|| {
        // SAFETY: the caller gives NULL or a loop.
        let event_loop = unsafe { event_loop_to_run(r#loop) }?;
        let deadline = Deadline::from_millis(timeout_ms)?;
        Ok(status(event_loop.run(&mut QueueSink::new(true), deadline, Sink::has_delivered)?))
    })
}

fn status(ran: Ran) -> ws_status {
    match ran {
        Ran::Delivered => WS_OK,
        Ran::Done => WS_DONE,
    }
}

/// A file descriptor that is readable when the loop has work: to be watched, level-triggered, by another event loop (poll, epoll,
/// libuv, GLib, asyncio), which then calls ws_loop_wait or ws_loop_dispatch with a timeout of 0.
///
/// loop: a loop. Returns the descriptor, which belongs to the loop and is only to be watched; an error (negative) for NULL or after
/// fork. Does not block; any thread; a callback may call it. From the first call on, work that other threads leave for the loop
/// makes it readable too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_loop_fd(r#loop: *mut ws_loop) -> c_int {
    guard(|| {
        // SAFETY: the caller gives NULL or a loop.
        let event_loop = unsafe { event_loop(r#loop) }?;
        event_loop.check()?;
        Ok(event_loop.fd())
    })
}

/// How long another event loop may wait at the most before it runs this one: until a timer is due.
///
/// loop: a loop. Returns milliseconds, rounded up; 0: there is work now, or the last socket's life has ended and the WS_DONE that
/// says so was not returned yet; -1: no limit, only the descriptor counts. -1 for NULL, after fork and while the loop runs. To be
/// asked anew after each run. Does not block; any thread; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_loop_timeout(r#loop: *mut ws_loop) -> i32 {
    guard_value(-1, || {
        // SAFETY: the caller gives NULL or a loop.
        let event_loop = unsafe { event_loop(r#loop) }?;
        event_loop.check()?;
        Ok(event_loop.timeout().map_or(-1, |left| i32::try_from(left.as_nanos().div_ceil(1_000_000)).unwrap_or(i32::MAX)))
    })
}

/// Wakes the call that runs the loop (ws_loop_wait, ws_loop_dispatch, or one that waits for a socket of it): it returns
/// WS_ERR_ABORTED. If none runs, the next one that would wait does so.
///
/// loop: a loop. Returns WS_OK; WS_ERR_NULL_POINTER; WS_ERR_FORKED. Does not block; any thread; a callback may call it, and a signal
/// handler too.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_loop_wake(r#loop: *mut ws_loop) -> ws_status {
    guard(|| {
        // SAFETY: the caller gives NULL or a loop.
        let event_loop = unsafe { event_loop(r#loop) }?;
        event_loop.wake().map(|()| WS_OK)
    })
}
