//! `ws_options`: how to connect, one typed setter per option.

use super::{
    event::{ws_event, ws_event_fn},
    guard::{guard, guard_value},
    handles,
    r#loop::{event_loop, ws_loop},
    pointers,
    socket::ws_socket,
    status::{WS_OK, ws_status},
};
use crate::{
    client::{
        event::{Handler, What},
        options::{Options, switch},
        socket::Socket,
    },
    error::Result,
    spec::subprotocol,
};
use std::{
    ffi::{c_char, c_int, c_void},
    ptr::{null_mut, with_exposed_provenance_mut},
    sync::{Arc, Mutex, MutexGuard, PoisonError},
};

/// The callbacks of a socket.
#[derive(Debug, Clone, Copy, Default)]
pub(super) struct Callbacks {
    open: ws_event_fn,
    message: ws_event_fn,
    error: ws_event_fn,
    close: ws_event_fn,
    pub(super) chunk: ws_event_fn,
    pong: ws_event_fn,
    drain: ws_event_fn,
}

/// How to connect. Made by ws_options_new, ended by ws_options_free; ws_connect copies it. To be used by one thread at a time.
#[derive(Debug, Clone, Default)]
pub struct ws_options {
    pub(super) options: Options,
    pub(super) callbacks: Callbacks,
    /// Both as sockets share them, since the last change.
    shared: Option<Arc<Options>>,
}

/// The options of a new socket; the defaults for NULL.
///
/// # Safety
///
/// As [`handles::borrow`].
pub(super) unsafe fn to_connect(options: *const ws_options) -> Result<Arc<Options>> {
    if options.is_null() {
        return Ok(Arc::default());
    }
    // SAFETY: the caller's promise is passed on.
    let options = unsafe { handles::borrow::<Mutex<ws_options>>(options) }?;
    let mut chosen = lock(&options);
    if let Some(shared) = &chosen.shared {
        return Ok(shared.clone());
    }
    let (mut options, all) = (chosen.options.clone(), chosen.callbacks);
    if [all.open, all.message, all.error, all.close, all.chunk, all.pong, all.drain].iter().any(Option::is_some) {
        options.handler = Some(handler(all));
    }
    Ok(chosen.shared.insert(Arc::new(options)).clone())
}

/// A panic of another thread has changed nothing.
fn lock(options: &Mutex<ws_options>) -> MutexGuard<'_, ws_options> {
    options.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Calls the callback for an event.
fn handler(callbacks: Callbacks) -> Handler {
    Arc::new(move |socket: &Arc<Socket>, what: What, bytes: &[u8]| {
        let callback = match what {
            What::Open => callbacks.open,
            What::Message(_) => callbacks.message,
            What::Chunk(_) => callbacks.chunk,
            What::Error => callbacks.error,
            What::Close { .. } => callbacks.close,
            What::Pong(_) => callbacks.pong,
            What::Drain => callbacks.drain,
            What::Closing | What::Aborted => None,
        };
        if let Some(callback) = callback {
            let event = ws_event::new(socket, what, bytes);
            let handle: *mut ws_socket = event.socket;
            // SAFETY: the caller gave a function of this type; the event lives until it returns.
            unsafe { callback(handle, &raw const event, with_exposed_provenance_mut(socket.user_data())) };
        }
    })
}

/// Changes options.
///
/// # Safety
///
/// As [`handles::borrow`].
pub(super) unsafe fn set(options: *mut ws_options, change: impl FnOnce(&mut ws_options) -> Result<()>) -> ws_status {
    guard(|| {
        // SAFETY: the caller's promise is passed on.
        let options = unsafe { handles::borrow::<Mutex<ws_options>>(options) }?;
        let mut options = lock(&options);
        options.shared = None;
        change(&mut options)?;
        Ok(WS_OK)
    })
}

/// Makes options with the defaults: what a browser would do, on the background loop.
///
/// Returns the options, which ws_options_free must end; NULL only after a bug in libws. Does not block; any thread; a callback may
/// call it.
#[unsafe(no_mangle)]
pub extern "C" fn ws_options_new() -> *mut ws_options {
    guard_value(null_mut(), || handles::make(Arc::<Mutex<ws_options>>::default()))
}

/// Copies options, callbacks and loop included.
///
/// options: what to copy. Returns the copy, which ws_options_free must end; NULL for NULL. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_copy(options: *const ws_options) -> *mut ws_options {
    guard_value(null_mut(), || {
        // SAFETY: the caller gives NULL or options that are not freed meanwhile.
        let options = unsafe { handles::borrow::<Mutex<ws_options>>(options) }?;
        let copy = lock(&options).clone();
        handles::make(Arc::new(Mutex::new(copy)))
    })
}

/// Ends options. Sockets made with them are not touched.
///
/// options: not used afterwards; NULL: nothing happens. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_free(options: *mut ws_options) {
    guard(|| {
        handles::take_back::<Mutex<ws_options>>(options)?;
        Ok(WS_OK)
    });
}

/// Asks for a subprotocol, after those added before: the protocols argument of the constructor.
///
/// options: the options. name: a token of RFC 6455 section 4.1, len bytes or WS_NUL_TERMINATED; copied.
///
/// Returns WS_OK; WS_ERR_SYNTAX: not a token, or there already; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback
/// may call it. A server that confirms none of the subprotocols asked for is refused. WHATWG WebSockets, constructor steps.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_add_protocol(options: *mut ws_options, name: *const c_char, len: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives `len` readable bytes or a NUL-terminated text.
        let name = unsafe { pointers::utf8("the subprotocol", name, len) }?;
        let mut protocols = options.options.protocols.clone();
        protocols.push(name.to_owned());
        subprotocol::check(&protocols)?;
        options.options.protocols = protocols;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets whether small writes are sent at once (TCP_NODELAY).
///
/// options: the options. on: 1: at once, the default; 0: the system may hold them back to fill a packet (Nagle's algorithm).
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_no_delay(options: *mut ws_options, on: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.addresses.dial.no_delay = switch("no_delay", on)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the loop that a socket's I/O runs on.
///
/// options: the options. loop: a loop, which the options keep alive; NULL: the background loop, the default.
///
/// Returns WS_OK; WS_ERR_NULL_POINTER: no options; WS_ERR_FORKED: a loop of the parent process. Does not block; a callback may call
/// it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_loop(options: *mut ws_options, r#loop: *mut ws_loop) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.event_loop = if r#loop.is_null() {
            None
        } else {
            // SAFETY: the caller gives a loop that is not freed meanwhile.
            let event_loop = unsafe { event_loop(r#loop) }?;
            event_loop.check()?;
            Some(Arc::clone(&event_loop))
        };
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the pointer that ws_event.user_data, callbacks and ws_user_data give back.
///
/// options: the options. user_data: any pointer; libws does not look at what it points to. Default: NULL.
///
/// Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_user_data(options: *mut ws_options, user_data: *mut c_void) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.user_data = user_data.expose_provenance();
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the callbacks: onopen, onmessage, onerror, onclose. They run in ws_loop_dispatch, or, for sockets on the background loop, on
/// the library's thread.
///
/// options: the options. on_open, on_message, on_error, on_close: each may be NULL, then its events are dropped; all NULL: events
/// are taken by ws_next_event again. user_data: as ws_options_set_user_data, which it sets.
///
/// Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it. What callbacks may do: see ws_event_fn.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_callbacks(
    options: *mut ws_options,
    on_open: ws_event_fn,
    on_message: ws_event_fn,
    on_error: ws_event_fn,
    on_close: ws_event_fn,
    user_data: *mut c_void,
) -> ws_status {
    let change = |options: &mut ws_options| {
        let four = Callbacks { open: on_open, message: on_message, error: on_error, close: on_close, ..options.callbacks };
        options.callbacks = four;
        options.options.user_data = user_data.expose_provenance();
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the callback for answers to ws_ping. A socket with it has callbacks, as with ws_options_set_callbacks.
///
/// options: the options. on_pong: NULL: none, the default.
///
/// Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_on_pong(options: *mut ws_options, on_pong: ws_event_fn) -> ws_status {
    let change = |options: &mut ws_options| {
        options.callbacks.pong = on_pong;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the callback for WS_EVENT_DRAIN (ws_options_set_low_water). A socket with it has callbacks, as with ws_options_set_callbacks.
///
/// options: the options. on_drain: NULL: none, the default.
///
/// Returns WS_OK; WS_ERR_NULL_POINTER: no options. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_on_drain(options: *mut ws_options, on_drain: ws_event_fn) -> ws_status {
    let change = |options: &mut ws_options| {
        options.callbacks.drain = on_drain;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}
