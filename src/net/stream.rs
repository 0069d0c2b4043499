//! A non-blocking stream that several threads may use: reads and writes that end in one of three ways.

use super::os;
use mio::{Interest, Registry, Token, event::Source, unix::SourceFd};
use socket2::Socket;
use std::{
    io::{self, Read},
    net::{Shutdown, SocketAddr},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
};

/// On systems without this flag the crate sets the socket so.
#[cfg(target_vendor = "apple")]
const NO_SIGNAL: i32 = 0;
#[cfg(not(target_vendor = "apple"))]
const NO_SIGNAL: i32 = libc::MSG_NOSIGNAL;

/// What a read or write came to.
#[derive(Debug)]
pub enum Moved {
    /// So many bytes; a read of 0 bytes is the end of the stream.
    Bytes(usize),
    /// Nothing can be moved now: the reactor will tell.
    Blocked,
    /// The stream is broken.
    Broken(io::Error),
}

impl Moved {
    #[inline]
    fn from(result: io::Result<usize>) -> Self {
        match result {
            Ok(count) => Moved::Bytes(count),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Moved::Blocked,
            Err(error) => Moved::Broken(error),
        }
    }
}

/// A stream. Close-on-exec, and a write to a dead one is an error rather than a signal.
#[derive(Debug)]
pub struct Stream {
    socket: Socket,
}

impl Stream {
    /// A stream over a socket, which is non-blocking.
    #[must_use]
    pub(super) fn new(socket: Socket) -> Self {
        Stream { socket }
    }

    /// Whether the connection is there. `Ok(false)`: not yet.
    ///
    /// # Errors
    ///
    /// Why it could not be made.
    pub fn connected(&self) -> io::Result<bool> {
        if let Some(error) = self.socket.take_error()? {
            return Err(error);
        }
        match self.socket.peer_addr() {
            Ok(_) => Ok(true),
            Err(error) if error.kind() == io::ErrorKind::NotConnected => Ok(false),
            Err(error) => Err(error),
        }
    }

    /// Our side's address; `None` if it has none that is a number.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.socket.local_addr().ok()?.as_socket()
    }

    /// The other side's address; `None` if it has none that is a number, or is gone.
    #[must_use]
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.socket.peer_addr().ok()?.as_socket()
    }

    /// Reads into `buffer`.
    #[inline]
    pub fn read(&self, buffer: &mut [u8]) -> Moved {
        Moved::from(retry(|| (&self.socket).read(buffer)))
    }

    /// Reads up to `room` bytes to the end of `buffer`, within its capacity.
    pub fn read_append(&self, buffer: &mut Vec<u8>, room: usize) -> Moved {
        Moved::from(os::read_append(self.as_fd(), buffer, room))
    }

    /// Writes from `bytes`.
    #[inline]
    #[must_use]
    pub fn write(&self, bytes: &[u8]) -> Moved {
        Moved::from(retry(|| self.socket.send_with_flags(bytes, NO_SIGNAL)))
    }

    /// Ends one or both directions. A stream that is gone already is fine.
    pub fn shutdown(&self, how: Shutdown) {
        let _ = self.socket.shutdown(how);
    }

    /// Has a registry watch it, edge-triggered, in both directions. Its descriptor is registered, which needs no exclusive access.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn watch(&self, registry: &Registry, token: Token) -> io::Result<()> {
        SourceFd(&self.socket.as_raw_fd()).register(registry, token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Ends that. A stream that is not watched is fine.
    pub fn forget(&self, registry: &Registry) {
        let _ = SourceFd(&self.socket.as_raw_fd()).deregister(registry);
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.socket.as_fd()
    }
}

#[inline]
fn retry(mut call: impl FnMut() -> io::Result<usize>) -> io::Result<usize> {
    loop {
        match call() {
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            result => return result,
        }
    }
}
