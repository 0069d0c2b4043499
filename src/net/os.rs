//! The system calls that the standard library does not offer safely: the one file outside `ffi` with `unsafe` in it.
#![allow(unsafe_code, reason = "two system calls that std has no safe form of")]

use std::{
    io,
    os::fd::{AsRawFd, BorrowedFd},
};

/// Reads up to `room` bytes to the end of `buffer`, whose capacity is not initialised first. Interrupted calls are repeated.
///
/// # Errors
///
/// The operating system's; `WouldBlock` if nothing has come.
pub fn read_append(fd: BorrowedFd<'_>, buffer: &mut Vec<u8>, room: usize) -> io::Result<usize> {
    let spare = buffer.spare_capacity_mut();
    let room = room.min(spare.len());
    loop {
        // SAFETY: `spare` is writable for `room` bytes, and the kernel writes at most that many.
        let count = unsafe { libc::recv(fd.as_raw_fd(), spare.as_mut_ptr().cast(), room, 0) };
        if let Ok(count) = usize::try_from(count) {
            let length = buffer.len() + count;
            // SAFETY: the kernel has initialised `count` bytes past the old length, within the capacity.
            unsafe { buffer.set_len(length) };
            return Ok(count);
        }
        let error = io::Error::last_os_error();
        if error.kind() != io::ErrorKind::Interrupted {
            return Err(error);
        }
    }
}

/// Has `child` called in every child process, before `fork` returns there.
pub fn at_fork_in_child(child: extern "C" fn()) {
    // SAFETY: the handler is a plain function that stays loaded as long as this library (glibc drops handlers on unload).
    unsafe { libc::pthread_atfork(None, None, Some(child)) };
}
