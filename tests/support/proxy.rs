//! A proxy: what the scripted server says before it is the server, and the options that lead through it.

use super::{
    client::options,
    server::{Listener, Peer, Server},
};
use std::{
    io::{self, Read},
    net::{Shutdown, SocketAddr, TcpStream},
    thread,
};
use ws::{client::options::Options, net::proxy::address::Proxy};

/// What a client says and what a proxy that opens the way answers to it.
pub struct Exchange {
    pub said: Vec<u8>,
    pub answer: Vec<u8>,
}

fn exchange(said: &[u8], answer: &[u8]) -> Exchange {
    Exchange { said: said.to_vec(), answer: answer.to_vec() }
}

/// A proxy that opens the way to any host: `scheme` and userinfo of its URL, and the exchanges.
pub struct Way {
    pub name: &'static str,
    pub prefix: &'static str,
    pub exchanges: fn(host: &str, port: u16) -> Vec<Exchange>,
}

/// The CONNECT request to `host:port`, with some lines before the last.
pub fn connect_request(target: &str, lines: &str) -> String {
    let agent = concat!("libws/", env!("CARGO_PKG_VERSION"));
    format!("CONNECT {target} HTTP/1.1\r\nHost: {target}\r\n{lines}User-Agent: {agent}\r\n\r\n")
}

pub const ESTABLISHED: &str = "HTTP/1.1 200 Connection established\r\n\r\n";

/// The request of SOCKS5 for a name.
fn socks_request(host: &str, port: u16) -> Vec<u8> {
    let length = u8::try_from(host.len()).expect("a short name");
    [&[5, 1, 0, 3, length], host.as_bytes(), &port.to_be_bytes()].concat()
}

/// A reply of SOCKS5 with an IPv4 address.
pub fn socks_reply(code: u8) -> [u8; 10] {
    [5, code, 0, 1, 127, 0, 0, 1, 0x12, 0x34]
}

/// The proxies that names are told to, without and with user name and password (alice, secret).
pub const WAYS: [Way; 4] = [
    Way {
        name: "CONNECT",
        prefix: "http://",
        exchanges: |host, port| vec![exchange(connect_request(&format!("{host}:{port}"), "").as_bytes(), ESTABLISHED.as_bytes())],
    },
    Way {
        name: "CONNECT as alice",
        prefix: "http://alice:secret@",
        exchanges: |host, port| {
            let request = connect_request(&format!("{host}:{port}"), "Proxy-Authorization: Basic YWxpY2U6c2VjcmV0\r\n");
            vec![exchange(request.as_bytes(), b"HTTP/1.0 200 OK\r\nVia: x\r\n\r\n")]
        },
    },
    Way {
        name: "SOCKS5",
        prefix: "socks5h://",
        exchanges: |host, port| vec![exchange(b"\x05\x01\x00", b"\x05\x00"), exchange(&socks_request(host, port), &socks_reply(0))],
    },
    Way {
        name: "SOCKS5 as alice",
        prefix: "socks5h://alice:secret@",
        exchanges: |host, port| {
            vec![
                exchange(b"\x05\x02\x00\x02", b"\x05\x02"),
                exchange(b"\x01\x05alice\x06secret", b"\x01\x00"),
                exchange(&socks_request(host, port), &socks_reply(0)),
            ]
        },
    },
];

impl Way {
    /// Bytes of its answers.
    pub fn size(&self) -> usize {
        (self.exchanges)("h", 80).iter().map(|exchange| exchange.answer.len()).sum()
    }
}

/// Options that lead through the proxy with this URL.
pub fn through(proxy: &str) -> Options {
    options(|options| options.proxies.proxy = Some(Proxy::parse(proxy).expect("a proxy's URL")))
}

/// The same for a server that plays the proxy; `prefix` is what its URL begins with.
pub fn through_server(prefix: &str, server: &Server) -> Options {
    through(&format!("{prefix}{}", server.address()))
}

/// The same for a port.
pub fn through_port(prefix: &str, port: &Listener) -> Options {
    through(&format!("{prefix}{}", port.address()))
}

impl Peer {
    /// Reads these bytes, and no other.
    #[track_caller]
    pub fn expect_bytes(&mut self, bytes: &[u8]) {
        let mut found = vec![0; bytes.len()];
        self.reader().read_exact(&mut found).expect("as many bytes");
        assert_eq!(found.escape_ascii().to_string(), bytes.escape_ascii().to_string(), "what the client says");
    }

    /// Opens the way: it is the server from now on.
    #[track_caller]
    pub fn open_way(&mut self, way: &Way, host: &str, port: u16) {
        self.open_way_up_to(way, host, port, usize::MAX);
    }

    /// Is a way from now on: what comes goes to this address, and what comes from there to the client, until both have ended.
    pub fn forward_to(&mut self, address: SocketAddr) {
        let target = TcpStream::connect(address).expect("the target listens");
        let (mut from, to) = (self.split(), &target);
        thread::scope(|scope| {
            // Whoever resets or goes away without a word has ended, too.
            scope.spawn(move || {
                let _ = io::copy(from.reader(), &mut &*to);
                let _ = to.shutdown(Shutdown::Write);
            });
            let _ = io::copy(&mut &*to, self.wire());
            self.fin();
        });
    }

    /// The same, but ends after so many bytes of the answers.
    #[track_caller]
    pub fn open_way_up_to(&mut self, way: &Way, host: &str, port: u16, mut size: usize) {
        for Exchange { said, answer } in (way.exchanges)(host, port) {
            self.expect_bytes(&said);
            self.send(&answer[..answer.len().min(size)]);
            if answer.len() > size {
                break;
            }
            size -= answer.len();
        }
    }
}
