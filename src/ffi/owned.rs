//! `ws_socket`: sending out of a buffer that the caller hands over.

use super::{
    guard::fail,
    pointers,
    socket::{kind_and_how, sent, with_socket, ws_socket},
    status::ws_status,
};
use crate::{client::socket::Socket, error::Error, protocol::lent::Buffer};
use std::{
    ffi::{c_int, c_void},
    sync::Arc,
};

/// Frees a buffer that was given to ws_send_owned. data, len: the buffer; arg: what was given with it.
///
/// It is called on any thread: in a call about the socket, or where its loop runs. No lock that a call would wait for is held then: it
/// may call everything but ws_free and ws_loop_free; what would wait for a loop that its thread runs returns WS_ERR_BUSY. It must
/// return: no longjmp and no C++ exception may leave it.
pub type ws_free_fn = Option<unsafe extern "C" fn(data: *mut c_void, len: usize, arg: *mut c_void)>;

/// A buffer of the caller's, until it is dropped.
#[derive(Debug)]
struct Owned {
    data: *mut c_void,
    len: usize,
    free: unsafe extern "C" fn(data: *mut c_void, len: usize, arg: *mut c_void),
    arg: *mut c_void,
}

// SAFETY: the caller has handed the buffer over for use and `free` on any thread.
unsafe impl Send for Owned {}

impl Buffer for Owned {
    fn bytes(&self) -> &[u8] {
        if self.len == 0 {
            return &[];
        }
        // SAFETY: `ws_send_owned` has checked it against NULL and its length; the caller has handed these bytes over.
        unsafe { std::slice::from_raw_parts(self.data.cast(), self.len) }
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        if self.len == 0 {
            return &mut [];
        }
        // SAFETY: as above, to be written to as well.
        unsafe { std::slice::from_raw_parts_mut(self.data.cast(), self.len) }
    }
}

impl Drop for Owned {
    fn drop(&mut self) {
        // SAFETY: the caller gave the function for this, with these arguments.
        unsafe { (self.free)(self.data, self.len, self.arg) }
    }
}

/// Sends a message as ws_send does, out of a buffer that is handed over, so that it need not be copied to wait.
///
/// ws: a socket. type: as in ws_send. data: the payload, len bytes; the library's from now on, which also writes to it (masking); may be
/// NULL if len is 0. free_fn: called exactly once when the buffer is no longer needed, whatever this call returns, an error too: at the
/// earliest before this call returns, at the latest when the connection is gone, also after ws_free; NULL is an error, and only then
/// is the buffer still the caller's. arg: given to free_fn.
///
/// Returns what ws_send does; WS_ERR_NULL_POINTER: also without free_fn.
///
/// Never blocks, and goes out in its turn among the messages of ws_send. A buffer of 64 KiB or more of which the system does not take all
/// at once is kept, and counted in ws_buffered_amount, until it has: what waits does so in the buffer. A smaller one, and one that is
/// compressed, is freed at once. Any thread; a callback may call it. In a child after fork, free_fn is called at most once for a buffer
/// of the parent's. WHATWG WebSockets, "send(data)".
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_send_owned(
    ws: *mut ws_socket,
    r#type: c_int,
    data: *mut c_void,
    len: usize,
    free_fn: ws_free_fn,
    arg: *mut c_void,
) -> ws_status {
    let Some(free) = free_fn else { return fail(&Error::NullPointer("free_fn")) };
    let owned = Owned { data, len, free, arg };
    let body = move |socket: &Arc<Socket>| {
        let (kind, how) = kind_and_how(r#type)?;
        // SAFETY: the caller gives `len` readable bytes.
        unsafe { pointers::bytes("the message", data, len) }?;
        socket.send_owned(kind, Box::new(owned), how).map(sent)
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}

#[cfg(test)]
mod tests {
    use super::super::{
        guard::guard,
        status::{WS_ERR_INTERNAL, WS_OK},
    };
    use super::*;
    use std::{panic::resume_unwind, ptr::without_provenance_mut};

    unsafe extern "C" fn count(_: *mut c_void, len: usize, arg: *mut c_void) {
        // SAFETY: the tests give a counter.
        unsafe { *arg.cast::<usize>() += len }
    }

    #[test]
    fn a_panic_frees_the_buffer_once() {
        let mut freed = 0_usize;
        let owned = Owned { data: without_provenance_mut(1), len: 5, free: count, arg: (&raw mut freed).cast() };
        let status = guard(move || {
            let _owned = owned;
            resume_unwind(Box::new("a bug"));
            #[allow(unreachable_code, reason = "it is a panic without a message on the terminal")]
            Ok(WS_OK)
        });
        assert_eq!((status, freed), (WS_ERR_INTERNAL, 5));
    }

    #[test]
    fn a_buffer_of_no_bytes_may_be_null_and_its_bytes_can_be_changed_otherwise() {
        let (mut freed, mut bytes) = (0_usize, *b"abc");
        let mut owned = Owned { data: std::ptr::null_mut(), len: 0, free: count, arg: (&raw mut freed).cast() };
        assert_eq!(owned.bytes(), b"");
        assert_eq!(owned.bytes_mut(), b"");
        drop(owned);
        let mut owned = Owned { data: bytes.as_mut_ptr().cast(), len: 3, free: count, arg: (&raw mut freed).cast() };
        owned.bytes_mut()[1] = b'x';
        assert_eq!(owned.bytes(), b"axc");
        drop(owned);
        assert_eq!(freed, 3);
    }
}
