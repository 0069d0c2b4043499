//! The servers' side: a listener and its connections, none of which ever blocks.

use crate::{input::Input, os, wire};
use std::{
    cell::RefCell,
    ffi::CString,
    io::{ErrorKind, Read, Write},
    net::{Ipv4Addr, Shutdown, TcpListener, TcpStream},
    os::fd::{AsRawFd, RawFd},
};
use tungstenite::handshake::derive_accept_key;

/// The end of a request's head.
const BLANK: &[u8] = b"\r\n\r\n";

/// Connections at the most; more wait to be accepted.
const CONNECTIONS: usize = 8;

#[derive(Debug)]
struct Connection {
    stream: TcpStream,
    /// Of the request, what has come.
    request: Vec<u8>,
    answered: bool,
    /// What came after the request: it is what a client may send, or this panics.
    wire: wire::Wire,
}

/// A server.
#[derive(Debug)]
pub struct Peer {
    listener: RefCell<Option<TcpListener>>,
    port: u16,
    connections: RefCell<Vec<Connection>>,
}

impl Peer {
    pub fn new() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).expect("a port");
        listener.set_nonblocking(true).expect("a listener that does not block");
        let port = listener.local_addr().expect("its address").port();
        Peer { listener: RefCell::new(Some(listener)), port, connections: RefCell::default() }
    }

    /// Where it listens, on 127.0.0.1.
    pub fn port(&self) -> u16 {
        self.port
    }

    /// The listener's descriptor.
    pub fn descriptor(&self) -> Option<RawFd> {
        self.listener.borrow().as_ref().map(AsRawFd::as_raw_fd)
    }

    /// The URL of `path` here, which must not contain a NUL.
    pub fn url(&self, path: &str) -> CString {
        CString::new(format!("ws://127.0.0.1:{}{path}", self.port)).expect("no NUL")
    }

    /// A URL: some lead here, some nowhere, some are none. Only numbers are hosts, so that nothing is looked up.
    pub fn some_url(&self, input: &Input) -> CString {
        let port = self.port;
        let path: Vec<u8> = input.field().iter().copied().filter(|byte| *byte != 0).collect();
        let text = match input.byte() % 16 {
            0..=4 => format!("ws://127.0.0.1:{port}/").into_bytes(),
            5 => [format!("ws://127.0.0.1:{port}/").as_bytes(), &path].concat(),
            6 => format!("http://user:secret@127.1:{port}?").into(),
            7 => b"ws://127.0.0.1:1/".into(),
            8 => format!("ws://[::1]:{port}/").into(),
            9 => format!("wss://127.0.0.1:{port}/").into(),
            10 => b"ws://127.0.0.1/#".into(),
            11 => b"ws://127.0.0.1:65536/".into(),
            12 => b"ftp://127.0.0.1/".into(),
            13 => b"ws://\xff/".into(),
            14 => b"ws://".into(),
            _ => Vec::new(),
        };
        CString::new(text).expect("no NUL")
    }

    /// Takes what has come: connections and bytes.
    fn receive(&self) {
        let mut connections = self.connections.borrow_mut();
        while connections.len() < CONNECTIONS
            && let Some(Ok((stream, _))) = self.listener.borrow().as_ref().map(TcpListener::accept)
        {
            stream.set_nonblocking(true).expect("a stream that does not block");
            connections.push(Connection { stream, request: Vec::new(), answered: false, wire: wire::Wire::default() });
        }
        for connection in connections.iter_mut() {
            connection.receive();
        }
    }

    /// Answers every request as it should be.
    pub fn welcome_all(&self) {
        self.receive();
        for connection in self.connections.borrow_mut().iter_mut() {
            connection.welcome("", b"");
        }
    }

    /// Does what a server could do.
    pub fn act(&self, input: &Input) {
        self.receive();
        let mut connections = self.connections.borrow_mut();
        let count = connections.len().max(1);
        let at = usize::from(input.byte()) % count;
        let act = input.byte() % 16;
        if act == 15 && at < connections.len() {
            os::reset(connections.swap_remove(at).stream);
            return;
        }
        let Some(connection) = connections.get_mut(at) else { return };
        match act {
            0 => connection.welcome("", b""),
            1 => connection.welcome("Sec-WebSocket-Protocol: chat\r\n", b""),
            2 => connection.welcome("Sec-WebSocket-Extensions: permessage-deflate\r\n", b""),
            3 => connection.welcome("", input.field()),
            4 => connection.write(input.choose(&[
                &b"HTTP/1.1 404 Not Found\r\nContent-Length: 4\r\n\r\ngone"[..],
                b"HTTP/1.1 301 Moved\r\nLocation: ws://127.0.0.1:1/\r\n\r\n",
                b"HTTP/1.1 101 Switching Protocols\r\n\r\n",
                b"HTTP/1.1 101 Switching",
                b"\0",
                b"SSH-2.0-none\r\n",
            ])),
            5 => connection.write(input.field()),
            6 => {
                let code: u16 = input.choose(&[1000, 1001, 1011, 3000, 1005, 0]);
                connection.write(&wire::close(Some((code, input.choose(&["", "bye", "κόσμε"])))));
            }
            7 => connection.write(&wire::close(None)),
            8 => connection.write(&wire::ping(input.field().get(..125).unwrap_or(b"short"))),
            9 => connection.write(&wire::pong(input.choose(&[&b""[..], b"ping", b"live"]))),
            10 => connection.write(&wire::text(&String::from_utf8_lossy(input.field()))),
            11 => connection.write(&wire::binary(&input.field().repeat(usize::from(input.word()) / 16))),
            12 => connection.write(&wire::frame(input.choose(&[0x01, 0x02, 0x00, 0x80]), input.field())),
            13 => drop(connection.stream.shutdown(Shutdown::Write)),
            // What the client sends was taken already.
            _ => {}
        }
    }

    /// Cuts all connections: none waits for its end afterwards.
    pub fn leave(&self) {
        self.receive();
        self.listener.take();
        for connection in self.connections.take() {
            os::reset(connection.stream);
        }
    }
}

impl Connection {
    fn receive(&mut self) {
        let mut buffer = [0; 4096];
        loop {
            match self.stream.read(&mut buffer) {
                Ok(0) => break,
                Ok(count) => self.came(&buffer[..count]),
                Err(error) if error.kind() == ErrorKind::Interrupted => {}
                Err(_) => break,
            }
        }
        while self.wire.next().is_some() {}
    }

    fn came(&mut self, mut bytes: &[u8]) {
        if self.speaks_socks() {
            // A request over SOCKS5 is one write.
            let begin = bytes.windows(4).position(|window| window == b"GET ").unwrap_or(bytes.len());
            self.request.extend_from_slice(&bytes[..begin]);
            bytes = &bytes[begin..];
        }
        while let [first, rest @ ..] = bytes {
            if self.speaks_socks() || self.is_connect() {
                // The proxy has done its part; this is for the server.
                self.request.clear();
                self.answered = false;
            } else if self.request.ends_with(BLANK) {
                break;
            }
            self.request.push(*first);
            bytes = rest;
        }
        self.wire.bytes.extend_from_slice(bytes);
    }

    /// Whether the client speaks to a proxy by SOCKS5.
    fn speaks_socks(&self) -> bool {
        self.request.first() == Some(&5)
    }

    /// Whether the request is a whole one to a proxy by HTTP.
    fn is_connect(&self) -> bool {
        self.request.starts_with(b"CONNECT ") && self.request.ends_with(BLANK)
    }

    /// Answers the request, if it is there and was not answered, with these headers more and what follows the head.
    fn welcome(&mut self, headers: &str, follows: &[u8]) {
        if self.speaks_socks() {
            // Its method, then an address that nobody needs.
            let whole = self.request.get(1).is_some_and(|count| self.request.len() == 2 + usize::from(*count));
            self.write(if whole { &[5, 0] } else { &[5, 0, 0, 1, 0, 0, 0, 0, 0, 0] });
            return;
        }
        if self.answered || !self.request.ends_with(BLANK) {
            return;
        }
        if self.is_connect() {
            self.write(b"HTTP/1.1 200 OK\r\n\r\n");
            return;
        }
        let text = std::str::from_utf8(&self.request).expect("a request is UTF-8");
        let key = text.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("a key");
        let accept = derive_accept_key(key.as_bytes());
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n{headers}\r\n"
        );
        self.write(&[head.as_bytes(), follows].concat());
    }

    /// Writes as much as goes.
    fn write(&mut self, bytes: &[u8]) {
        self.answered = true;
        // The other side may be gone, or may not read: that is part of the game.
        let _ = self.stream.write(bytes);
    }
}
