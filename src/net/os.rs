//! The system calls that the standard library does not offer safely: the one file outside `ffi` with `unsafe` in it.
#![allow(unsafe_code, reason = "a few system calls that std has no safe form of")]

use std::{
    ffi::{CStr, CString},
    io, mem,
    net::{SocketAddr, SocketAddrV4, SocketAddrV6},
    os::fd::{AsRawFd, BorrowedFd, RawFd},
    ptr,
    thread::{Builder, JoinHandle},
};

/// What a thread of the library may be interrupted by: what it does wrong itself, and profilers.
const NOT_BLOCKED: [libc::c_int; 7] = [libc::SIGSEGV, libc::SIGBUS, libc::SIGFPE, libc::SIGILL, libc::SIGTRAP, libc::SIGSYS, libc::SIGPROF];

/// Starts a thread. A signal to the process is for the program's own threads: each may be blocked in them all, for `sigwait` or
/// `signalfd`, and would end the program through one that has it unblocked. So they are blocked here, before the thread is there.
///
/// # Errors
///
/// The operating system's, if it gives no thread.
pub fn spawn<T: Send + 'static>(name: &str, work: impl FnOnce() -> T + Send + 'static) -> io::Result<JoinHandle<T>> {
    // SAFETY: all-zero bytes are a valid set of signals, and each call gets sets that are there while it runs.
    let before = unsafe {
        let (mut blocked, mut before): (libc::sigset_t, libc::sigset_t) = (mem::zeroed(), mem::zeroed());
        libc::sigfillset(&raw mut blocked);
        for signal in NOT_BLOCKED {
            libc::sigdelset(&raw mut blocked, signal);
        }
        libc::pthread_sigmask(libc::SIG_BLOCK, &raw const blocked, &raw mut before);
        before
    };
    let thread = Builder::new().name(name.to_owned()).spawn(work);
    // SAFETY: it is the set that this thread had.
    unsafe { libc::pthread_sigmask(libc::SIG_SETMASK, &raw const before, ptr::null_mut()) };
    thread
}

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

/// The addresses that a name has in one family, with a port, as the system's resolver finds them, the preferred ones first. Those of a
/// link have its scope (RFC 4007 section 6): without it nothing can be connected to them. Blocks.
///
/// # Errors
///
/// What the resolver says: the name has none, no name server answers.
pub fn addresses(name: &str, port: u16, v6: bool) -> io::Result<Vec<SocketAddr>> {
    let name = CString::new(name)?;
    // SAFETY: all-zero bytes are a valid `addrinfo`: numbers and null pointers.
    let mut hints: libc::addrinfo = unsafe { mem::zeroed() };
    hints.ai_family = if v6 { libc::AF_INET6 } else { libc::AF_INET };
    hints.ai_socktype = libc::SOCK_STREAM;
    let mut first = ptr::null_mut();
    // SAFETY: the name ends with a NUL, the hints are valid and `first` is a place for a pointer.
    let error = unsafe { libc::getaddrinfo(name.as_ptr(), ptr::null(), &raw const hints, &raw mut first) };
    match error {
        0 => {}
        libc::EAI_SYSTEM => return Err(io::Error::last_os_error()),
        other => {
            // SAFETY: the result is a text that stays as it is, and ends with a NUL.
            let why = unsafe { CStr::from_ptr(libc::gai_strerror(other)) };
            return Err(io::Error::other(why.to_string_lossy()));
        }
    }
    let mut found = Vec::new();
    let mut next = first;
    // SAFETY: the list is the resolver's until it is freed, and each entry is valid.
    while let Some(entry) = unsafe { next.as_ref() } {
        let address = if entry.ai_family == libc::AF_INET6 {
            // SAFETY: an address of this family has this form; it need not be aligned for it.
            let address = unsafe { entry.ai_addr.cast::<libc::sockaddr_in6>().read_unaligned() };
            SocketAddrV6::new(address.sin6_addr.s6_addr.into(), port, 0, address.sin6_scope_id).into()
        } else {
            // SAFETY: as above.
            let address = unsafe { entry.ai_addr.cast::<libc::sockaddr_in>().read_unaligned() };
            SocketAddrV4::new(u32::from_be(address.sin_addr.s_addr).into(), port).into()
        };
        if !found.contains(&address) {
            found.push(address);
        }
        next = entry.ai_next;
    }
    // SAFETY: it is the list that was given, and nothing refers to it any more.
    unsafe { libc::freeaddrinfo(first) };
    Ok(found)
}

/// Whether this number is a stream socket that is connected.
///
/// # Errors
///
/// Why it is none; any number may be asked about.
pub fn check_connected(fd: RawFd) -> io::Result<()> {
    let mut kind: libc::c_int = 0;
    let mut size = length_of(&kind);
    // SAFETY: `kind` is writable for `size` bytes during the call.
    if unsafe { libc::getsockopt(fd, libc::SOL_SOCKET, libc::SO_TYPE, (&raw mut kind).cast(), &raw mut size) } != 0 {
        return Err(io::Error::last_os_error());
    }
    if kind != libc::SOCK_STREAM {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is a socket of another type"));
    }
    // SAFETY: an address of zeros is a valid one.
    let mut address: libc::sockaddr_storage = unsafe { mem::zeroed() };
    let mut size = length_of(&address);
    // SAFETY: `address` is writable for `size` bytes during the call.
    if unsafe { libc::getpeername(fd, (&raw mut address).cast(), &raw mut size) } != 0 {
        return Err(io::Error::last_os_error());
    }
    Ok(())
}

/// A size as the system calls for sockets take it.
fn length_of<T>(_: &T) -> libc::socklen_t {
    libc::socklen_t::try_from(size_of::<T>()).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Which of the first 31 signals are blocked in this thread.
    fn blocked() -> Vec<libc::c_int> {
        // SAFETY: all-zero bytes are a valid set of signals, and the call writes to one.
        let set = unsafe {
            let mut set: libc::sigset_t = mem::zeroed();
            libc::pthread_sigmask(libc::SIG_BLOCK, ptr::null(), &raw mut set);
            set
        };
        // SAFETY: the set is valid.
        (1..32).filter(|signal| unsafe { libc::sigismember(&raw const set, *signal) } == 1).collect()
    }

    #[test]
    fn an_address_of_a_link_keeps_its_scope() {
        let found = |name: &str, v6| addresses(name, 80, v6).unwrap().iter().map(ToString::to_string).collect::<Vec<_>>();
        assert_eq!(found("fe80::1%1", true), ["[fe80::1%1]:80"]);
        assert_eq!(found("2001:db8::1", true), ["[2001:db8::1]:80"]);
        assert_eq!(found("192.0.2.1", false), ["192.0.2.1:80"]);
    }

    #[test]
    fn a_thread_takes_the_signals_of_its_own_faults_and_of_profilers_and_no_others() {
        let before = blocked();
        let its_own = spawn("test", blocked).unwrap().join().unwrap();
        let never = [libc::SIGKILL, libc::SIGSTOP];
        let expected = (1..32).filter(|signal| !NOT_BLOCKED.contains(signal) && !never.contains(signal));
        assert_eq!(its_own, expected.collect::<Vec<_>>());
        assert_eq!(blocked(), before, "and nothing changes where it is started");
    }
}
