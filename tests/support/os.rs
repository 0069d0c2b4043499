//! What a misbehaving server needs of the operating system and `std` does not offer.

use std::{
    io,
    net::{TcpListener, TcpStream},
    os::fd::{AsRawFd, FromRawFd, OwnedFd},
    sync::mpsc,
    thread,
    time::Duration,
};

/// Waits until a connection can be accepted; `false` if none comes in time.
pub fn wait_for_connection(listener: &TcpListener, timeout: Duration) -> bool {
    let mut fd = libc::pollfd { fd: listener.as_raw_fd(), events: libc::POLLIN, revents: 0 };
    let milliseconds = i32::try_from(timeout.as_millis()).expect("a timeout of seconds");
    // SAFETY: one `pollfd`, writable during the call.
    unsafe { libc::poll(&raw mut fd, 1, milliseconds) > 0 }
}

/// Ends a connection with RST.
pub fn reset(stream: TcpStream) {
    let linger = libc::linger { l_onoff: 1, l_linger: 0 };
    let size = libc::socklen_t::try_from(size_of::<libc::linger>()).expect("a few bytes");
    // SAFETY: `linger` is readable for `size` bytes during the call.
    let result = unsafe { libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_LINGER, (&raw const linger).cast(), size) };
    assert_eq!(result, 0, "SO_LINGER: {}", io::Error::last_os_error());
    drop(stream);
}

/// Has the kernel keep some 64 KiB of what comes and is not read, however well it went before: the rest waits on the other side.
pub fn keep_little(stream: &TcpStream) {
    let bytes: libc::c_int = 64 << 10;
    let size = libc::socklen_t::try_from(size_of::<libc::c_int>()).expect("a few bytes");
    // SAFETY: `bytes` is readable for `size` bytes during the call.
    let result = unsafe { libc::setsockopt(stream.as_raw_fd(), libc::SOL_SOCKET, libc::SO_RCVBUF, (&raw const bytes).cast(), size) };
    assert_eq!(result, 0, "SO_RCVBUF: {}", io::Error::last_os_error());
}

/// Bytes written that the other side's kernel has not acknowledged.
pub fn not_received(stream: &TcpStream) -> usize {
    let mut bytes: libc::c_int = 0;
    // SAFETY: TIOCOUTQ writes one `int`.
    let result = unsafe { libc::ioctl(stream.as_raw_fd(), libc::TIOCOUTQ, &raw mut bytes) };
    assert_eq!(result, 0, "TIOCOUTQ: {}", io::Error::last_os_error());
    usize::try_from(bytes).expect("a size")
}

/// Asks a child process to end, and makes it if it does not within `patience`.
pub fn end_child(child: &mut std::process::Child, patience: Duration) {
    let pid = libc::pid_t::try_from(child.id()).expect("a process id");
    // SAFETY: only numbers are passed; the child is not waited for before, so the number is still its own.
    unsafe { libc::kill(pid, libc::SIGTERM) };
    let (tell, ended) = mpsc::channel();
    thread::scope(|scope| {
        scope.spawn(|| tell.send(child.wait()));
        if ended.recv_timeout(patience).is_err() {
            // SAFETY: only numbers are passed; as long as nothing is told, the number is the child's.
            unsafe { libc::kill(pid, libc::SIGKILL) };
        }
    });
}

/// Has a listener queue one connection only; the kernel drops what comes after it.
pub fn queue_one(listener: &TcpListener) {
    // SAFETY: only numbers are passed.
    let result = unsafe { libc::listen(listener.as_raw_fd(), 0) };
    assert_eq!(result, 0, "listen: {}", io::Error::last_os_error());
}

/// A port of 127.0.0.1 that nobody else gets, and where nobody listens, for as long as the descriptor lives.
pub fn port_without_listener() -> (OwnedFd, u16) {
    bound_port(false)
}

/// The same, but a program that is told its number may listen there (with `SO_REUSEADDR`, as servers do).
pub fn port_to_listen_on() -> (OwnedFd, u16) {
    bound_port(true)
}

fn bound_port(shared: bool) -> (OwnedFd, u16) {
    // SAFETY: only numbers are passed.
    let fd = unsafe { libc::socket(libc::AF_INET, libc::SOCK_STREAM | libc::SOCK_CLOEXEC, 0) };
    assert!(fd >= 0, "socket: {}", io::Error::last_os_error());
    // SAFETY: the descriptor is new and nobody else's.
    let socket = unsafe { OwnedFd::from_raw_fd(fd) };
    let reuse = libc::c_int::from(shared);
    let size = libc::socklen_t::try_from(size_of::<libc::c_int>()).expect("a few bytes");
    // SAFETY: `reuse` is readable for `size` bytes during the call.
    let result = unsafe { libc::setsockopt(fd, libc::SOL_SOCKET, libc::SO_REUSEADDR, (&raw const reuse).cast(), size) };
    assert_eq!(result, 0, "SO_REUSEADDR: {}", io::Error::last_os_error());
    // SAFETY: an address of zeros is a valid one.
    let mut address: libc::sockaddr_in = unsafe { std::mem::zeroed() };
    address.sin_family = libc::sa_family_t::try_from(libc::AF_INET).expect("a small number");
    address.sin_addr.s_addr = u32::from(std::net::Ipv4Addr::LOCALHOST).to_be();
    let mut size = libc::socklen_t::try_from(size_of::<libc::sockaddr_in>()).expect("a few bytes");
    // SAFETY: `address` is readable for `size` bytes in the first call and writable in the second.
    let result =
        unsafe { libc::bind(fd, (&raw const address).cast(), size) | libc::getsockname(fd, (&raw mut address).cast(), &raw mut size) };
    assert_eq!(result, 0, "bind: {}", io::Error::last_os_error());
    (socket, u16::from_be(address.sin_port))
}
