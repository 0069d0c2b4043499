//! A lean WebSocket server for measuring clients: one thread, one epoll, no allocation per message.
//!
//! It listens on a free port of 127.0.0.1, prints the port as one line, and serves until it is killed. With two arguments, the files of a
//! certificate and of its key, it speaks TLS. It trusts its clients: it is a tool, not a server for a network. What a connection does is in the request target:
//!
//! - `/echo` gives every message back.
//! - `/source?size=S&count=N&text=T` waits for one message, then sends N of S bytes each, binary or (T = 1) text.
//! - `/stream?size=S` waits for one message, then sends one binary message of S bytes.
//! - `/sink?count=N` swallows N messages, then answers with the text `done:B`, B being the payload bytes it got.
//! - `&deflate=1` behind `/source` or `/sink` has messages compressed: refused if the client does not offer it; B is as they were sent.
//! - `/hello` sends one text message of 16 bytes at once, then nothing.
//!
//! A Close frame is answered with its code, and the TCP connection is ended at once.

mod connection;
mod deflate;
mod epoll;
mod frames;
mod handshake;
mod stream;

use std::io::{self, Write};
use std::net::TcpListener;
use std::os::fd::{AsRawFd, RawFd};
use std::sync::Arc;

use connection::Connection;
use epoll::Epoll;
use frames::Blocks;
use rustls::ServerConfig;
use stream::Stream;

/// Bytes read at a time: larger than what the kernel gathers while a batch of messages is looked at.
const READ_BUFFER: usize = 1 << 20;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let arguments: Vec<String> = std::env::args().skip(1).collect();
    let tls = match &arguments[..] {
        [] => None,
        [certificate, key] => Some(stream::config(certificate, key)?),
        _ => return Err("arguments: none, or the files of a certificate and of its key".into()),
    };
    let listener = TcpListener::bind(("127.0.0.1", 0))?;
    // The standard library listens with a backlog of 128: too small for clients that open thousands at once.
    epoll::set_backlog(&listener, 4096)?;
    listener.set_nonblocking(true)?;
    println!("{}", listener.local_addr()?.port());
    io::stdout().flush()?;

    let epoll = Epoll::new()?;
    epoll.add(listener.as_raw_fd())?;
    let mut connections: Vec<Option<Box<Connection>>> = Vec::new(); // by file descriptor
    let mut blocks = Blocks::default();
    let mut buffer = vec![0; READ_BUFFER];
    let mut ready = Vec::new();
    loop {
        epoll.wait(&mut ready)?;
        for &fd in &ready {
            if fd == listener.as_raw_fd() {
                accept(&listener, &epoll, &mut connections, tls.as_ref())?;
            } else if let Some(connection) = &mut connections[slot(fd)] {
                let wanted_to_write = connection.wants_to_write();
                if connection.turn(&mut buffer, &mut blocks).is_err() {
                    connections[slot(fd)] = None; // closes the socket, which leaves the epoll by that
                } else if connection.wants_to_write() != wanted_to_write {
                    epoll.watch_writable(fd, !wanted_to_write)?;
                }
            }
        }
    }
}

fn slot(fd: RawFd) -> usize {
    usize::try_from(fd).expect("a file descriptor is not negative")
}

fn accept(
    listener: &TcpListener,
    epoll: &Epoll,
    connections: &mut Vec<Option<Box<Connection>>>,
    tls: Option<&Arc<ServerConfig>>,
) -> io::Result<()> {
    loop {
        let stream = match listener.accept() {
            Ok((stream, _)) => stream,
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(()),
            Err(error) => return Err(error),
        };
        stream.set_nonblocking(true)?;
        stream.set_nodelay(true)?;
        let fd = stream.as_raw_fd();
        if connections.len() <= slot(fd) {
            connections.resize_with(slot(fd) + 1, || None);
        }
        connections[slot(fd)] = Some(Box::new(Connection::new(Stream::new(stream, tls)?)));
        epoll.add(fd)?;
    }
}
