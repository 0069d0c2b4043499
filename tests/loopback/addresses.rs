//! Where a connection is made to: addresses given, raced, bound; a Unix domain socket; a connection that is there already.

use super::support::{
    client::{Client, ERROR, LOST, Mode, OPEN, clean, in_every_mode, options, within},
    os,
    server::{GUARD, Peer, Server, response},
};
use std::{
    fs, io,
    net::{IpAddr, Ipv4Addr, SocketAddr, TcpListener, TcpStream},
    os::{fd::OwnedFd, unix::net::UnixListener},
    path::PathBuf,
    process, thread,
    time::{Duration, Instant},
};
use ws::{
    client::{options::Options, socket::Socket},
    error::Error,
    protocol::failure::{Failure, Phase},
};

/// A port where addresses of the loopback interface drop what is sent to them.
struct Dropping {
    listeners: Vec<(TcpListener, TcpStream)>,
}

impl Dropping {
    /// At the port that a listener has elsewhere.
    fn at(port: u16, hosts: &[u8]) -> Self {
        let full = |host: &u8| {
            let address = SocketAddr::from((Ipv4Addr::new(127, 0, 0, *host), port));
            let listener = TcpListener::bind(address).expect("the port is free on the other addresses");
            os::queue_one(&listener);
            (listener, TcpStream::connect(address).expect("the queue takes one"))
        };
        Dropping { listeners: hosts.iter().map(full).collect() }
    }

    /// Attempts to connect to these addresses that are under way: the kernel's table says so.
    fn attempts(&self) -> usize {
        let table = fs::read_to_string("/proc/net/tcp").expect("the kernel's table of connections");
        let of = |listener: &TcpListener| {
            let SocketAddr::V4(address) = listener.local_addr().expect("its address") else { panic!("IPv4") };
            let ip = u32::from_ne_bytes(address.ip().octets());
            let syn_sent = format!(" {ip:08X}:{:04X} 02 ", address.port());
            table.matches(&syn_sent).count()
        };
        self.listeners.iter().map(|(listener, _)| of(listener)).sum()
    }
}

/// Options with which `server.example` has these addresses at the port.
fn at(port: u16, addresses: &str) -> Options {
    options(|options| options.addresses.add_override("server.example", port.into(), addresses).expect("addresses"))
}

fn example(port: u16) -> String {
    format!("ws://server.example:{port}/")
}

fn failure(client: &mut Client) -> Failure {
    assert_eq!(client.rest(), [ERROR, LOST]);
    client.socket.failure().expect("it failed").clone()
}

/// A server whose request must have this in it.
fn expecting(part: &'static str) -> Server {
    Server::new(move |peer| {
        let request = peer.read_head();
        assert!(request.contains(part), "{request}");
        peer.send(format!("{}\r\n", response(&request)).as_bytes());
        peer.close_cleanly(1000, "");
    })
}

#[test]
fn a_name_with_an_address_of_its_own_is_not_looked_up_and_stays_in_the_request() {
    in_every_mode(|mode| {
        let server = expecting("\r\nHost: server.example:");
        let port = server.address().port();
        let options = options(|options| options.addresses.add_override("SERVER.Example", port.into(), "127.0.0.1").unwrap());
        let mut client = Client::connect_to(mode, &example(port), options);
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
    });
}

#[test]
fn an_address_that_drops_packets_costs_no_more_than_its_start() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| peer.close_cleanly(1000, ""));
        let port = server.address().port();
        let dropping = Dropping::at(port, &[2, 3]);
        let mut options = at(port, "127.0.0.2, 127.0.0.3, 127.0.0.1");
        // Shares of it would be longer than any test takes.
        options.limits.connect_timeout = 10 * GUARD;
        let mut client = Client::connect_to(mode, &example(port), options);
        assert_eq!(client.take(), OPEN);
        assert_eq!(dropping.attempts(), 0, "those that lost are given up");
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn closing_during_the_race_ends_each_attempt() {
    in_every_mode(|mode| {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let dropping = Dropping::at(port, &[4, 5]);
        let mut client = Client::connect_to(mode, &example(port), at(port, "127.0.0.4,127.0.0.5"));
        let end = Instant::now() + GUARD;
        while dropping.attempts() < 2 {
            assert!(Instant::now() < end, "both are tried");
            assert_eq!(client.take_by(within(Duration::from_millis(2))), None);
        }
        client.socket.close(None, None).unwrap();
        assert_eq!(dropping.attempts(), 0, "at once, though the loop may not run");
        assert_eq!(client.rest(), [ERROR, LOST]);
    });
}

#[test]
fn every_address_that_was_tried_is_named_with_its_error() {
    in_every_mode(|mode| {
        let port = TcpListener::bind("127.0.0.1:0").and_then(|listener| listener.local_addr()).expect("a port").port();
        let dropping = Dropping::at(port, &[6]);
        let mut options = at(port, "127.0.0.1,127.0.0.6,192.0.2.1");
        options.limits.connect_timeout = Duration::from_millis(400);
        options.addresses.set_bind_interface(Some("lo")).unwrap();
        let failure = failure(&mut Client::connect_to(mode, &example(port), options));
        assert_eq!(failure.phase, Phase::Tcp);
        let text = failure.text;
        let start = format!("could not connect to server.example:{port} within 400ms (ws_options_set_connect_timeout): 127.0.0.1:{port}: ");
        assert!(text.starts_with(&format!("{start}Connection refused")), "{text}");
        assert!(text.contains(&format!("127.0.0.6:{port}: no answer")), "{text}");
        assert!(text.contains(&format!("192.0.2.1:{port}: ")), "{text}");
        drop(dropping);
    });
}

/// A server on each loopback address, at the same port.
fn on_both(script: fn(&mut Peer)) -> (TcpListener, Server) {
    loop {
        let v4 = TcpListener::bind("127.0.0.1:0").expect("a port");
        // Others have ports of [::1] too.
        if let Ok(v6) = TcpListener::bind(("::1", v4.local_addr().unwrap().port())) {
            return (v4, Server::on(v6, move |listener| script(&mut listener.next())));
        }
    }
}

#[test]
fn of_two_families_ipv6_is_tried_first_unless_only_ipv4_is_allowed() {
    in_every_mode(|mode| {
        let (v4, server) = on_both(|peer| {
            peer.accept();
            peer.close_cleanly(1000, "");
        });
        let url = format!("ws://localhost:{}/", server.address().port());
        let mut client = Client::connect_to(mode, &url, Options::default());
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
        assert!(!os::wait_for_connection(&v4, Duration::ZERO), "nobody asked the other");

        let server = Server::on(v4, |listener| {
            let mut peer = listener.next();
            peer.accept();
            peer.close_cleanly(1000, "");
        });
        let only_v4 = options(|options| options.addresses.set_ip_version(4).unwrap());
        let mut client = Client::connect_to(mode, &url, only_v4);
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
        drop(server);
    });
}

#[test]
fn a_host_without_an_address_of_the_version_that_is_allowed_is_refused_and_the_options_are_named() {
    in_every_mode(|mode| {
        for change in [
            |options: &mut Options| options.addresses.set_ip_version(6).unwrap(),
            |options: &mut Options| {
                options.addresses.set_bind_address(Some("::1")).unwrap();
            },
        ] {
            let failure = failure(&mut Client::connect_to(mode, "ws://127.0.0.1:8080/", options(change)));
            assert_eq!((failure.phase, failure.os_error), (Phase::Tcp, 0));
            assert!(failure.text.contains("ws_options_set_ip_version") && failure.text.contains("127.0.0.1:8080"), "{}", failure.text);
        }
    });
}

#[test]
fn the_server_sees_the_local_address_that_was_asked_for() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            assert_eq!(peer.tcp().peer_addr().unwrap().ip(), IpAddr::from([127, 0, 0, 7]));
            peer.close_cleanly(1000, "");
        });
        let options = options(|options| options.addresses.set_bind_address(Some("127.0.0.7")).unwrap());
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
    });
}

#[test]
fn a_local_address_that_the_machine_does_not_have_is_named() {
    in_every_mode(|mode| {
        let options = options(|options| options.addresses.set_bind_address(Some("192.0.2.7")).unwrap());
        let failure = failure(&mut Client::connect_to(mode, "ws://127.0.0.1:8080/", options));
        assert_eq!((failure.phase, failure.os_error), (Phase::Tcp, libc::EADDRNOTAVAIL));
        assert!(failure.text.contains("could not bind to 192.0.2.7: "), "{}", failure.text);
    });
}

/// A Unix domain socket behind which a server's TCP port is.
struct Bridge {
    path: PathBuf,
    thread: Option<thread::JoinHandle<()>>,
}

impl Bridge {
    fn to(server: &Server, mode: Mode) -> Self {
        let path = std::env::temp_dir().join(format!("libws-{}-{mode:?}.socket", process::id()));
        let _ = fs::remove_file(&path);
        let listener = UnixListener::bind(&path).expect("a path that is free");
        let address = server.address();
        let carry = move || {
            let (client, _) = listener.accept().expect("a connection");
            let server = TcpStream::connect(address).expect("the server");
            thread::scope(|scope| {
                scope.spawn(|| {
                    // The server may end it first.
                    let _ = io::copy(&mut &client, &mut &server);
                    let _ = server.shutdown(std::net::Shutdown::Write);
                });
                let _ = io::copy(&mut &server, &mut &client);
                let _ = client.shutdown(std::net::Shutdown::Write);
            });
        };
        Bridge { path, thread: Some(thread::spawn(carry)) }
    }
}

impl Drop for Bridge {
    fn drop(&mut self) {
        let _ = fs::remove_file(&self.path);
        if let Some(thread) = self.thread.take().filter(|_| !thread::panicking()) {
            thread.join().expect("the bridge");
        }
    }
}

#[test]
fn a_unix_domain_socket_is_connected_to_instead_and_the_host_stays_the_urls() {
    in_every_mode(|mode| {
        let server = expecting("\r\nHost: server.example\r\n");
        let bridge = Bridge::to(&server, mode);
        let path = bridge.path.to_str().unwrap().as_bytes();
        let options = options(|options| options.addresses.set_unix_socket(Some(path)).unwrap());
        let mut client = Client::connect_to(mode, "ws://server.example/", options);
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
    });
}

#[test]
fn a_unix_domain_socket_that_is_not_there_is_named() {
    in_every_mode(|mode| {
        let options = options(|options| options.addresses.set_unix_socket(Some(b"/nonexistent/socket")).unwrap());
        let failure = failure(&mut Client::connect_to(mode, "ws://server.example/", options));
        assert_eq!((failure.phase, failure.os_error), (Phase::Tcp, libc::ENOENT));
        assert!(failure.text.starts_with("could not connect to the Unix domain socket /nonexistent/socket: "), "{}", failure.text);
    });
}

#[test]
fn a_connection_that_is_there_already_is_used_once() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| peer.close_cleanly(1000, ""));
        let made = TcpStream::connect(server.address()).expect("the server");
        let own = made.local_addr().unwrap();
        let given = options(|options| options.addresses.set_socket(OwnedFd::from(made)));
        let mut client = Client::connect_to(mode, "ws://server.example/", given.clone());
        let error = Socket::connect("ws://server.example/", given).unwrap_err();
        assert!(matches!(&error, Error::InvalidState(text) if text.contains("ws_options_set_socket")), "{error}");
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
        drop(client);
        let table = fs::read_to_string("/proc/net/tcp").unwrap();
        let ip = u32::from_ne_bytes([127, 0, 0, 1]);
        assert!(!table.contains(&format!(": {ip:08X}:{:04X} {ip:08X}:{:04X} 01 ", own.port(), server.address().port())), "it is not kept");
    });
}
