//! Making streams: a TCP connection to an address, a Unix domain socket, or what the application has connected itself.

use super::stream::Stream;
use socket2::{Domain, Protocol, SockAddr, Socket, TcpKeepalive, Type};
use std::{
    fmt, io,
    net::{IpAddr, SocketAddr},
    os::fd::OwnedFd,
    time::Duration,
};

/// TCP's own keep-alive (RFC 9293 section 3.8.4): probes that the peer's kernel answers.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct KeepAlive {
    /// How long nothing must have come before the first probe.
    pub idle: Duration,
    /// Between probes.
    pub interval: Duration,
    /// Probes without an answer after which the connection is lost.
    pub count: u32,
}

/// How TCP connections are made.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Dial {
    /// Small writes are sent at once (`TCP_NODELAY`).
    pub no_delay: bool,
    /// The local address.
    pub bind_address: Option<IpAddr>,
    /// The network interface (`SO_BINDTODEVICE`).
    pub bind_interface: Option<String>,
    /// `None`: off.
    pub keep_alive: Option<KeepAlive>,
    /// The kernel's buffer for what is sent, in bytes; `None`: as it likes.
    pub send_buffer: Option<usize>,
    /// The kernel's buffer for what is received, in bytes.
    pub receive_buffer: Option<usize>,
}

impl Default for Dial {
    fn default() -> Self {
        Dial { no_delay: true, bind_address: None, bind_interface: None, keep_alive: None, send_buffer: None, receive_buffer: None }
    }
}

/// What the operating system refused.
#[derive(Debug)]
pub struct Refusal {
    /// What was tried, if it was not the connection itself.
    doing: Option<String>,
    /// Its error.
    pub error: io::Error,
}

impl fmt::Display for Refusal {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &self.doing {
            Some(doing) => write!(formatter, "{doing}: {}", self.error),
            None => self.error.fmt(formatter),
        }
    }
}

impl From<io::Error> for Refusal {
    fn from(error: io::Error) -> Self {
        Refusal { doing: None, error }
    }
}

fn while_doing(what: impl FnOnce() -> String) -> impl FnOnce(io::Error) -> Refusal {
    move |error| Refusal { doing: Some(what()), error }
}

impl Dial {
    /// Starts to connect to an address. The reactor says when there is a result for [`Stream::connected`].
    ///
    /// # Errors
    ///
    /// What the operating system refuses at once.
    pub fn connect(&self, address: SocketAddr) -> Result<Stream, Refusal> {
        let socket = Socket::new(Domain::for_address(address), Type::STREAM.nonblocking(), Some(Protocol::TCP))?;
        self.prepare(&socket)?;
        match socket.connect(&address.into()) {
            Err(error) if error.raw_os_error() != Some(libc::EINPROGRESS) => Err(error.into()),
            _ => Ok(Stream::new(socket)),
        }
    }

    fn prepare(&self, socket: &Socket) -> Result<(), Refusal> {
        socket.set_tcp_nodelay(self.no_delay).map_err(while_doing(|| "TCP_NODELAY could not be set".into()))?;
        if let Some(KeepAlive { idle, interval, count }) = self.keep_alive {
            let keep_alive = TcpKeepalive::new().with_time(idle).with_interval(interval).with_retries(count);
            socket.set_tcp_keepalive(&keep_alive).map_err(while_doing(|| "TCP's keep-alive could not be set".into()))?;
        }
        if let Some(size) = self.send_buffer {
            socket.set_send_buffer_size(size).map_err(while_doing(|| format!("the send buffer could not be set to {size} bytes")))?;
        }
        if let Some(size) = self.receive_buffer {
            socket.set_recv_buffer_size(size).map_err(while_doing(|| format!("the receive buffer could not be set to {size} bytes")))?;
        }
        if let Some(interface) = &self.bind_interface {
            bind_interface(socket, interface).map_err(while_doing(|| format!("could not bind to the interface {interface}")))?;
        }
        if let Some(ip) = self.bind_address {
            let any_port = SocketAddr::new(ip, 0);
            socket.bind(&any_port.into()).map_err(while_doing(|| format!("could not bind to {ip}")))?;
        }
        Ok(())
    }
}

#[cfg(any(target_os = "linux", target_os = "android"))]
fn bind_interface(socket: &Socket, interface: &str) -> io::Result<()> {
    socket.bind_device(Some(interface.as_bytes()))
}

#[cfg(not(any(target_os = "linux", target_os = "android")))]
fn bind_interface(_: &Socket, _: &str) -> io::Result<()> {
    Err(io::Error::from(io::ErrorKind::Unsupported))
}

/// The address of a Unix domain socket; a name that begins with a NUL is in Linux's abstract namespace.
///
/// # Errors
///
/// A path that is too long.
pub fn unix_address(path: &[u8]) -> io::Result<SockAddr> {
    use std::{ffi::OsStr, os::unix::ffi::OsStrExt};
    SockAddr::unix(OsStr::from_bytes(path))
}

/// Connects to a Unix domain socket, which succeeds or fails at once.
///
/// # Errors
///
/// The operating system's; `WouldBlock` if too many others wait for the server to accept them.
pub fn connect_unix(address: &SockAddr) -> io::Result<Stream> {
    let socket = Socket::new(Domain::UNIX, Type::STREAM.nonblocking(), None)?;
    socket.connect(address)?;
    Ok(Stream::new(socket))
}

/// A stream over a socket that is connected already.
///
/// # Errors
///
/// The operating system's.
pub fn take_over(socket: OwnedFd) -> io::Result<Stream> {
    let socket = Socket::from(socket);
    socket.set_nonblocking(true)?;
    socket.set_cloexec(true)?;
    Ok(Stream::new(socket))
}

#[cfg(test)]
mod tests {
    use super::*;
    use socket2::SockRef;
    use std::net::{Ipv4Addr, TcpListener};

    fn connected(dial: &Dial) -> Stream {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        dial.connect(listener.local_addr().unwrap()).unwrap()
    }

    #[test]
    fn each_option_is_set_on_the_socket() {
        let keep_alive = KeepAlive { idle: Duration::from_secs(7), interval: Duration::from_secs(3), count: 5 };
        let stream = connected(&Dial {
            no_delay: false,
            bind_address: Some(Ipv4Addr::new(127, 0, 0, 9).into()),
            bind_interface: Some("lo".into()),
            keep_alive: Some(keep_alive),
            send_buffer: Some(20_000),
            receive_buffer: Some(30_000),
        });
        let socket = SockRef::from(&stream);
        assert!(!socket.tcp_nodelay().unwrap());
        assert!(socket.keepalive().unwrap());
        assert_eq!(socket.tcp_keepalive_time().unwrap(), keep_alive.idle);
        assert_eq!(socket.tcp_keepalive_interval().unwrap(), keep_alive.interval);
        assert_eq!(socket.tcp_keepalive_retries().unwrap(), keep_alive.count);
        // The kernel doubles the figures, for its own needs.
        assert_eq!((socket.send_buffer_size().unwrap(), socket.recv_buffer_size().unwrap()), (40_000, 60_000));
        assert_eq!(socket.device().unwrap(), Some(b"lo".to_vec()));
        let local = socket.local_addr().unwrap().as_socket().unwrap();
        assert_eq!(local.ip(), Ipv4Addr::new(127, 0, 0, 9));
    }

    #[test]
    fn by_default_small_writes_are_sent_at_once_and_nothing_else_is_set() {
        let stream = connected(&Dial::default());
        let socket = SockRef::from(&stream);
        assert!(socket.tcp_nodelay().unwrap());
        assert!(!socket.keepalive().unwrap());
        assert_eq!(socket.device().unwrap(), None);
    }

    #[test]
    fn what_cannot_be_done_is_said_with_its_value() {
        let address = "127.0.0.1:9".parse().unwrap();
        let refusal = |dial: Dial| dial.connect(address).unwrap_err();
        let no_address = refusal(Dial { bind_address: Some(Ipv4Addr::new(192, 0, 2, 1).into()), ..Dial::default() });
        assert!(no_address.to_string().starts_with("could not bind to 192.0.2.1: "), "{no_address}");
        assert_eq!(no_address.error.raw_os_error(), Some(libc::EADDRNOTAVAIL));
        let no_interface = refusal(Dial { bind_interface: Some("nonexistent0".into()), ..Dial::default() });
        assert!(no_interface.to_string().starts_with("could not bind to the interface nonexistent0: "), "{no_interface}");
        assert_eq!(no_interface.error.raw_os_error(), Some(libc::ENODEV));
    }
}
