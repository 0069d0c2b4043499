//! Linux's epoll, level-triggered, and the one socket option that the standard library has not: all the `unsafe` there is.

use std::io;
use std::net::TcpListener;
use std::os::fd::{AsRawFd, FromRawFd, OwnedFd, RawFd};

/// How many are told at a time.
const EVENTS: i32 = 1024;

/// A set of file descriptors, each watched for being readable and, when asked, writable.
pub struct Epoll(OwnedFd);

impl Epoll {
    /// An empty set.
    pub fn new() -> io::Result<Self> {
        // SAFETY: no pointer is passed.
        let fd = check(unsafe { libc::epoll_create1(libc::EPOLL_CLOEXEC) })?;
        // SAFETY: the descriptor is new and nobody else's.
        Ok(Self(unsafe { OwnedFd::from_raw_fd(fd) }))
    }

    /// Watches `fd` for being readable. It leaves the set when it is closed.
    pub fn add(&self, fd: RawFd) -> io::Result<()> {
        self.control(libc::EPOLL_CTL_ADD, fd, libc::EPOLLIN)
    }

    /// Watches `fd` for being writable too, or no longer.
    pub fn watch_writable(&self, fd: RawFd, on: bool) -> io::Result<()> {
        let events = libc::EPOLLIN | if on { libc::EPOLLOUT } else { 0 };
        self.control(libc::EPOLL_CTL_MOD, fd, events)
    }

    fn control(&self, operation: i32, fd: RawFd, events: i32) -> io::Result<()> {
        let mut event = libc::epoll_event { events: events.cast_unsigned(), u64: u64::from(fd.cast_unsigned()) };
        // SAFETY: `event` lives through the call; the kernel copies it.
        check(unsafe { libc::epoll_ctl(self.0.as_raw_fd(), operation, fd, &raw mut event) })?;
        Ok(())
    }

    /// Waits and puts the descriptors with something to do into `ready`.
    pub fn wait(&self, ready: &mut Vec<RawFd>) -> io::Result<()> {
        let mut events = [libc::epoll_event { events: 0, u64: 0 }; EVENTS as usize];
        // SAFETY: `events` has room for EVENTS.
        let count = check(unsafe { libc::epoll_wait(self.0.as_raw_fd(), events.as_mut_ptr(), EVENTS, -1) });
        ready.clear();
        match count {
            Ok(count) => {
                let found = events.iter().take(usize::try_from(count).unwrap_or(0));
                ready.extend(found.map(|event| RawFd::try_from(event.u64).expect("put in by control")));
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) => Err(error),
        }
    }
}

/// Lets up to `length` connections wait for being accepted.
pub fn set_backlog(listener: &TcpListener, length: i32) -> io::Result<()> {
    // SAFETY: no pointer is passed. Listening again on a listening socket changes its backlog.
    check(unsafe { libc::listen(listener.as_raw_fd(), length) }).map(|_| ())
}

fn check(result: i32) -> io::Result<i32> {
    if result < 0 { Err(io::Error::last_os_error()) } else { Ok(result) }
}
