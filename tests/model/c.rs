//! The C functions, called as a C program calls them: the only `unsafe` of this test.

use super::words::{Event, Payload, Took};
use std::{
    ffi::{CStr, CString, c_void},
    mem::zeroed,
    panic::{AssertUnwindSafe, catch_unwind},
    ptr::{null, null_mut},
    slice,
    time::Instant,
};
use ws::ffi::{
    constants::{
        WS_EVENT_CLOSE, WS_EVENT_ERROR, WS_EVENT_MESSAGE, WS_EVENT_NONE, WS_EVENT_OPEN, WS_EVENT_PONG, WS_NUL_TERMINATED, WS_PHASE_NONE,
        WS_TEXT,
    },
    event::{ws_event, ws_event_fn},
    failure::{ws_failure, ws_get_failure},
    r#loop::{ws_loop, ws_loop_dispatch, ws_loop_fd, ws_loop_free, ws_loop_new, ws_loop_wait},
    options::{
        ws_options_add_protocol, ws_options_free, ws_options_new, ws_options_set_callbacks, ws_options_set_loop, ws_options_set_on_pong,
    },
    options_limits::ws_options_set_close_timeout,
    shutdown::ws_shutdown,
    socket::{ws_buffered_amount, ws_close, ws_connect, ws_free, ws_pause, ws_ping, ws_ready_state, ws_resume, ws_send, ws_socket},
    socket_events::{ws_flush, ws_interrupt, ws_next_event, ws_next_events, ws_wait_closed, ws_wait_open},
    status::{WS_OK, ws_status_name},
};

/// What callbacks are given.
pub trait Called: Send + Sync {
    fn called(&self, event: Event);
    /// Something is wrong with an event. (A panic could not leave the callback.)
    fn failed(&self, why: String);
}

/// A loop's handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Loop(*mut ws_loop);

// SAFETY: "Every function may be called from every thread".
unsafe impl Send for Loop {}

/// A socket's handle.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Ws(*mut ws_socket);

// SAFETY: "Every function may be called from every thread".
unsafe impl Send for Ws {}

/// How to connect.
pub struct Plan<'a, C> {
    pub url: &'a CStr,
    pub own_loop: Option<Loop>,
    /// It must live until the socket is freed and no callback runs.
    pub callbacks: Option<&'a C>,
    pub close_timeout_ms: i32,
}

unsafe extern "C" fn on_event<C: Called>(ws: *mut ws_socket, event: *const ws_event, user_data: *mut c_void) {
    // SAFETY: the event is the library's until the callback returns; the user data is what `connect` was given, which still lives.
    let (event, context) = unsafe { (&*event, &*user_data.cast::<C>()) };
    let call = || {
        assert!(event.socket == ws && event.user_data == user_data, "the event says whose it is");
        context.called(seen(event));
    };
    if let Err(panic) = catch_unwind(AssertUnwindSafe(call)) {
        context.failed(panic.downcast_ref::<String>().cloned().unwrap_or_else(|| "a panic in a callback".into()));
    }
}

/// What an event says.
fn seen(event: &ws_event) -> Event {
    // SAFETY: the library gives `len` bytes and a NUL.
    let bytes = unsafe { slice::from_raw_parts(event.data.cast::<u8>(), event.len + 1) };
    let (nul, bytes) = bytes.split_last().expect("there is a NUL");
    assert_eq!(*nul, 0, "a NUL follows the bytes");
    match event.r#type {
        WS_EVENT_OPEN => Event::Open,
        WS_EVENT_MESSAGE => Event::Message(Payload::new(event.kind == WS_TEXT, bytes)),
        WS_EVENT_PONG => Event::Pong(Payload::new(false, bytes)),
        WS_EVENT_ERROR => {
            let (phase, text) = Ws(event.socket).failure();
            assert_ne!(phase, WS_PHASE_NONE, "it says how far the connection had come");
            assert!(!bytes.is_empty() && bytes == text.as_bytes(), "the event's text is the failure's");
            Event::Error
        }
        WS_EVENT_CLOSE => Event::Close {
            code: u16::try_from(event.code).expect("a close code"),
            reason: String::from_utf8(bytes.to_vec()).expect("a reason in UTF-8"),
            clean: event.was_clean == 1,
        },
        other => panic!("an event of type {other}"),
    }
}

pub fn status_name(status: i32) -> String {
    // SAFETY: a text that is valid for ever.
    let name = unsafe { CStr::from_ptr(ws_status_name(status)) };
    format!("{} ({status})", name.to_str().expect("ASCII"))
}

pub fn shutdown(timeout_ms: i32) -> i32 {
    ws_shutdown(timeout_ms)
}

impl Loop {
    pub fn new() -> Self {
        let mut handle = null_mut();
        // SAFETY: a place for the handle.
        assert_eq!(unsafe { ws_loop_new(&raw mut handle) }, WS_OK);
        Loop(handle)
    }

    /// As for another event loop that watches it.
    pub fn watch(self) {
        // SAFETY: a valid handle.
        assert!(unsafe { ws_loop_fd(self.0) } >= 0);
    }

    pub fn wait(self, capacity: usize, timeout_ms: i32) -> (i32, Vec<Event>) {
        let mut events = vec![ws_event::none(); capacity];
        let mut count = usize::MAX;
        // SAFETY: a valid handle, and places for so many events and their number.
        let status = unsafe { ws_loop_wait(self.0, events.as_mut_ptr(), capacity, timeout_ms, &raw mut count) };
        (status, events[..count].iter().map(seen).collect())
    }

    pub fn dispatch(self, timeout_ms: i32) -> i32 {
        // SAFETY: a valid handle.
        unsafe { ws_loop_dispatch(self.0, timeout_ms) }
    }

    pub fn free(self) {
        // SAFETY: the handle is not used afterwards.
        unsafe { ws_loop_free(self.0) }
    }
}

impl Ws {
    pub fn connect<C: Called>(plan: &Plan<'_, C>) -> Self {
        let mut handle = null_mut();
        // SAFETY: valid handles, texts and places; the plan's context outlives the socket.
        let status = unsafe {
            let options = ws_options_new();
            assert_eq!(ws_options_set_loop(options, plan.own_loop.map_or(null_mut(), |own| own.0)), WS_OK);
            assert_eq!(ws_options_set_close_timeout(options, plan.close_timeout_ms), WS_OK);
            if let Some(context) = plan.callbacks {
                let (call, user_data): (ws_event_fn, _) = (Some(on_event::<C>), (&raw const *context).cast_mut().cast());
                assert_eq!(ws_options_set_callbacks(options, call, call, call, call, user_data), WS_OK);
                assert_eq!(ws_options_set_on_pong(options, call), WS_OK);
            }
            let status = ws_connect(plan.url.as_ptr(), options, &raw mut handle);
            ws_options_free(options);
            status
        };
        assert_eq!(status, WS_OK, "{:?}", plan.url);
        Ws(handle)
    }

    /// A constructor that fails.
    pub fn refuse(url: Option<&[u8]>) -> i32 {
        let url = url.map(|url| CString::new(url).expect("no NUL"));
        let mut handle = null_mut::<ws_socket>().wrapping_byte_add(1);
        // SAFETY: NULL or a text that ends with a NUL, and a place for the handle.
        let status = unsafe { ws_connect(url.as_ref().map_or(null(), |url| url.as_ptr()), null(), &raw mut handle) };
        assert!(handle.is_null(), "no handle after {}", status_name(status));
        status
    }

    /// A subprotocol that may not be, or that is there already.
    pub fn refuse_protocol(names: &[&CStr]) -> i32 {
        // SAFETY: valid options until they are freed, and texts that end with a NUL.
        unsafe {
            let options = ws_options_new();
            let add = |_, name: &&CStr| ws_options_add_protocol(options, name.as_ptr(), WS_NUL_TERMINATED);
            let status = names.iter().fold(WS_OK, add);
            ws_options_free(options);
            status
        }
    }

    /// How far the connection had come, and why it failed.
    pub fn failure(self) -> (i32, String) {
        // SAFETY: a valid handle, and a place for the result, whose texts live as long as the handle.
        unsafe {
            let mut failure = ws_failure { size: size_of::<ws_failure>() as u64, ..zeroed() };
            assert_eq!(ws_get_failure(self.0, &raw mut failure), WS_OK);
            let text = slice::from_raw_parts(failure.text.cast::<u8>(), failure.text_len);
            (failure.phase, String::from_utf8(text.to_vec()).expect("UTF-8"))
        }
    }

    pub fn ready_state(self) -> i32 {
        // SAFETY: a valid handle.
        unsafe { ws_ready_state(self.0) }
    }

    pub fn buffered_amount(self) -> u64 {
        // SAFETY: a valid handle.
        unsafe { ws_buffered_amount(self.0) }
    }

    pub fn send(self, kind: i32, payload: &[u8]) -> i32 {
        let data = if payload.is_empty() { null() } else { payload.as_ptr() };
        // SAFETY: a valid handle, and so many bytes.
        unsafe { ws_send(self.0, kind, data.cast(), payload.len()) }
    }

    pub fn close(self, code: i32, reason: Option<&[u8]>) -> i32 {
        let (text, len) = reason.map_or((null(), 0), |reason| (reason.as_ptr(), reason.len()));
        // SAFETY: a valid handle, and NULL or so many bytes.
        unsafe { ws_close(self.0, code, text.cast(), len) }
    }

    pub fn ping(self, payload: &[u8]) -> i32 {
        // SAFETY: a valid handle, and so many bytes.
        unsafe { ws_ping(self.0, payload.as_ptr().cast(), payload.len()) }
    }

    pub fn pause(self, pauses: bool) -> i32 {
        // SAFETY: a valid handle.
        unsafe { if pauses { ws_pause(self.0) } else { ws_resume(self.0) } }
    }

    pub fn interrupt(self) -> i32 {
        // SAFETY: a valid handle.
        unsafe { ws_interrupt(self.0) }
    }

    pub fn flush(self, timeout_ms: i32) -> i32 {
        // SAFETY: a valid handle.
        unsafe { ws_flush(self.0, timeout_ms) }
    }

    pub fn next_event(self, timeout_ms: i32) -> Took {
        let mut event = ws_event::none();
        // SAFETY: a valid handle, and a place for the event.
        let status = unsafe { ws_next_event(self.0, &raw mut event, timeout_ms) };
        took(status, &event)
    }

    pub fn next_events(self, capacity: usize, timeout_ms: i32) -> (i32, Vec<Event>) {
        let mut events = vec![ws_event::none(); capacity];
        let mut count = usize::MAX;
        // SAFETY: a valid handle, and places for so many events and their number.
        let status = unsafe { ws_next_events(self.0, events.as_mut_ptr(), capacity, timeout_ms, &raw mut count) };
        assert_eq!(status == WS_OK, count > 0, "{count} events with {}", status_name(status));
        (status, events[..count].iter().map(seen).collect())
    }

    pub fn wait_open(self, timeout_ms: i32) -> i32 {
        // SAFETY: a valid handle.
        unsafe { ws_wait_open(self.0, timeout_ms) }
    }

    pub fn wait_closed(self, timeout_ms: i32) -> Took {
        let mut event = ws_event::none();
        // SAFETY: a valid handle, and a place for the event.
        let status = unsafe { ws_wait_closed(self.0, &raw mut event, timeout_ms) };
        took(status, &event)
    }

    /// Gives it up; returns when that began.
    pub fn free(self) -> Instant {
        let before = Instant::now();
        // SAFETY: the handle is not used afterwards.
        unsafe { ws_free(self.0) };
        before
    }
}

fn took(status: i32, event: &ws_event) -> Took {
    if status == WS_OK {
        return Took::Event(seen(event));
    }
    assert_eq!(event.r#type, WS_EVENT_NONE, "no event with {}", status_name(status));
    Took::Status(status)
}
