//! Buffers that are handed over: each is freed once, whatever becomes of it.

use super::{WORLD, World, arguments, arguments::Bytes, parts::Amounts};
use std::{
    collections::BTreeMap,
    ffi::c_void,
    ptr::null_mut,
    sync::{Mutex, MutexGuard, PoisonError},
};
use ws::ffi::{constants::*, owned::*, socket::*, socket_events::ws_interrupt, status::*};

/// The buffers that libws has, by their numbers, each with the pointer and the length that it was handed over with.
struct Handed {
    next: usize,
    buffers: BTreeMap<usize, (Vec<u8>, usize, usize)>,
}

static HANDED: Mutex<Handed> = Mutex::new(Handed { next: 1, buffers: BTreeMap::new() });

fn handed() -> MutexGuard<'static, Handed> {
    HANDED.lock().unwrap_or_else(PoisonError::into_inner)
}

/// Sends a message in a buffer that is handed over.
pub fn send(world: &World) {
    let (handle, kind) = (world.a_socket(), arguments::kind(&world.input));
    let message = Bytes::new(&world.input);
    let with_free = world.input.byte() % 16 != 15;
    let (pointer, len) = (message.pointer.cast_mut().cast::<c_void>(), message.len);
    let refused = message.refused();
    let number = {
        let mut handed = handed();
        handed.next += 1;
        let number = handed.next;
        // It stays where it is in memory.
        handed.buffers.insert(number, (message.buffer, pointer as usize, len));
        number
    };
    let before = Amounts::of(handle);
    let free: ws_free_fn = if with_free { Some(free) } else { None };
    // SAFETY: NULL, a socket or a handle that is none; the buffer lives until it is freed, or its length is refused.
    let status = unsafe { ws_send_owned(handle, kind, pointer, len, free, number as *mut c_void) };
    let statuses = [WS_DISCARDED, WS_ERR_INVALID_STATE, WS_ERR_INVALID_UTF8, WS_ERR_QUOTA, WS_ERR_INVALID_ARGUMENT];
    world.expect(status, &statuses);
    if !with_free {
        assert_eq!(status, WS_ERR_NULL_POINTER);
        assert!(handed().buffers.remove(&number).is_some(), "a buffer that stayed ours");
        return;
    }
    if status != WS_OK {
        assert!(!handed().buffers.contains_key(&number), "status {status}, and the buffer was not freed");
    }
    let Some(slot) = world.slot_of(handle) else { return };
    let plain = kind & !(WS_MORE | WS_NO_COMPRESS);
    if plain != WS_TEXT && plain != WS_BINARY {
        assert_eq!(status, WS_ERR_INVALID_ARGUMENT);
    } else if let Some(refused) = refused {
        assert_eq!(status, refused);
    }
    before.check_message(slot, status, len);
}

/// Takes a buffer back, on whatever thread; asks a few things that change nothing.
unsafe extern "C" fn free(data: *mut c_void, len: usize, arg: *mut c_void) {
    let buffer = handed().buffers.remove(&(arg as usize));
    let (_, pointer, size) = buffer.expect("a buffer is freed once");
    assert!(data as usize == pointer && len == size, "another buffer is freed");
    let Some(world) = WORLD.with_borrow(Clone::clone) else { return };
    for slot in &world.sockets {
        // SAFETY: NULL or a socket that is not being freed: its slot is empty then.
        unsafe {
            let handle = slot.handle.get();
            ws_buffered_amount(handle);
            world.check(ws_ready_state(handle).min(WS_OK));
            world.check(ws_ping(handle, null_mut(), 0));
            if len == 0 {
                world.check(ws_interrupt(handle));
            }
        }
    }
}

/// When all connections are gone, so are all buffers.
pub fn check_all_freed() {
    let handed = handed();
    assert!(handed.buffers.is_empty(), "the buffers {:?} were never freed", handed.buffers.keys());
}
