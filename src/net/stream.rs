//! A non-blocking stream that several threads may use, TCP or TLS on another stream: reads and writes that end in one of a few ways.

use super::{
    os,
    tls::{
        layer::{Handshake, Layer},
        session::Session,
    },
};
use mio::{Interest, Registry, Token, event::Source, unix::SourceFd};
use socket2::Socket;
use std::{
    io::{self, Read},
    net::{Shutdown, SocketAddr},
    os::fd::{AsFd, AsRawFd, BorrowedFd},
    sync::Arc,
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
    /// Bytes came, but none that are the reader's: there may be more of them.
    Nothing,
    /// Nothing can be moved now: the reactor will tell.
    Blocked,
    /// The stream below TLS ended and TLS did not (no `close_notify`): a read only.
    Cut,
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
pub enum Stream {
    /// TCP, or what the application has put in its place.
    Tcp(Socket),
    /// TLS on a stream.
    Tls(Box<Layer>),
}

impl Stream {
    /// A stream over a socket, which is non-blocking.
    #[must_use]
    pub(super) fn new(socket: Socket) -> Self {
        Stream::Tcp(socket)
    }

    /// TLS on `below`, which is connected; [`Stream::shake_hands`] comes next.
    #[must_use]
    pub fn secure(below: Arc<Stream>, session: Session) -> Self {
        Stream::Tls(Box::new(Layer::new(below, session)))
    }

    fn tcp(&self) -> &Socket {
        match self {
            Stream::Tcp(tcp) => tcp,
            Stream::Tls(layer) => layer.below().tcp(),
        }
    }

    /// Whether the connection is there. `Ok(false)`: not yet.
    ///
    /// # Errors
    ///
    /// Why it could not be made.
    pub fn connected(&self) -> io::Result<bool> {
        let tcp = self.tcp();
        match tcp.peer_addr() {
            Ok(_) => Ok(true),
            // It was not made, or not yet.
            Err(error) => match (tcp.take_error()?, error.kind()) {
                (Some(why), _) => Err(why),
                (None, io::ErrorKind::NotConnected) => Ok(false),
                (None, _) => Err(error),
            },
        }
    }

    /// Our side's address; `None` if it has none that is a number.
    #[must_use]
    pub fn local_address(&self) -> Option<SocketAddr> {
        self.tcp().local_addr().ok()?.as_socket()
    }

    /// The other side's address; `None` if it has none that is a number, or is gone.
    #[must_use]
    pub fn remote_address(&self) -> Option<SocketAddr> {
        self.tcp().peer_addr().ok()?.as_socket()
    }

    /// Goes on with the TLS handshake; with `readable` it reads, at most once.
    #[must_use]
    pub fn shake_hands(&self, readable: bool) -> Handshake {
        match self {
            Stream::Tcp(_) => Handshake::Done,
            Stream::Tls(layer) => layer.shake_hands(readable),
        }
    }

    /// Reads into `buffer`.
    #[inline]
    pub fn read(&self, buffer: &mut [u8]) -> Moved {
        match self {
            Stream::Tcp(tcp) => Moved::from(retry(|| (&*tcp).read(buffer))),
            Stream::Tls(layer) => layer.read(buffer),
        }
    }

    /// Reads up to `room` bytes to the end of `buffer`, within its capacity. Only for streams that [read directly](Stream::reads_directly).
    pub fn read_append(&self, buffer: &mut Vec<u8>, room: usize) -> Moved {
        Moved::from(os::read_append(self.as_fd(), buffer, room))
    }

    /// Whether [`Stream::read_append`] is for this stream: what comes is what the kernel has.
    #[inline]
    #[must_use]
    pub fn reads_directly(&self) -> bool {
        matches!(self, Stream::Tcp(_))
    }

    /// Whether a read of `count` bytes where `room` were wanted may have left something that no notice will come for.
    #[inline]
    #[must_use]
    pub fn may_have_more(&self, count: usize, room: usize) -> bool {
        match self {
            // A short read has emptied the kernel's buffer.
            Stream::Tcp(_) => count == room,
            Stream::Tls(layer) => layer.may_have_more(),
        }
    }

    /// Writes from `bytes`.
    #[inline]
    #[must_use]
    pub fn write(&self, bytes: &[u8]) -> Moved {
        match self {
            Stream::Tcp(tcp) => Moved::from(retry(|| tcp.send_with_flags(bytes, NO_SIGNAL))),
            Stream::Tls(layer) => layer.write(bytes),
        }
    }

    /// Goes on with written bytes that the kernel has not taken; `Bytes(0)`: none are left.
    #[inline]
    #[must_use]
    pub fn flush(&self) -> Moved {
        match self {
            Stream::Tcp(_) => Moved::Bytes(0),
            Stream::Tls(layer) => layer.flush(),
        }
    }

    /// Whether written bytes wait for the kernel to take them: [`Stream::flush`] goes on with them.
    #[inline]
    #[must_use]
    pub fn has_pending(&self) -> bool {
        match self {
            Stream::Tcp(_) => false,
            Stream::Tls(layer) => layer.has_pending(),
        }
    }

    /// Ends one or both directions. A stream that is gone already is fine. TLS says goodbye first where only ours ends.
    pub fn shutdown(&self, how: Shutdown) {
        match (self, how) {
            (Stream::Tls(layer), Shutdown::Write) => layer.end(),
            _ => drop(self.tcp().shutdown(how)),
        }
    }

    /// The TLS that was agreed on, in words; nothing for TCP.
    #[must_use]
    pub fn tls(&self) -> String {
        match self {
            Stream::Tcp(_) => String::new(),
            Stream::Tls(layer) => layer.agreed(),
        }
    }

    /// Bytes of memory held for what is under way.
    #[must_use]
    pub fn memory(&self) -> usize {
        match self {
            Stream::Tcp(_) => 0,
            Stream::Tls(layer) => layer.memory() + layer.below().memory(),
        }
    }

    /// Has a registry watch it, edge-triggered, in both directions. Its descriptor is registered, which needs no exclusive access.
    ///
    /// # Errors
    ///
    /// The operating system's.
    pub fn watch(&self, registry: &Registry, token: Token) -> io::Result<()> {
        SourceFd(&self.tcp().as_raw_fd()).register(registry, token, Interest::READABLE | Interest::WRITABLE)
    }

    /// Ends that. A stream that is not watched is fine.
    pub fn forget(&self, registry: &Registry) {
        let _ = SourceFd(&self.tcp().as_raw_fd()).deregister(registry);
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.tcp().as_fd()
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
