//! How much time each step has, with moments that are made up.

use super::{
    At, Came, Connecting, Step,
    finding::{Found, Sought},
    racing::{Hop, Racing},
};
use crate::{
    client::{driver::Io, event_loop::EventLoop, options::Options, options::Plan, socket::Socket, turns::Place},
    net::{proxy::address::Proxy, race::Family, reactor::Reactor},
    protocol::{failure::Phase, pool::Pool},
    spec::url::{self, Host},
};
use std::{
    io::Write,
    net::TcpListener,
    time::{Duration, Instant},
};

fn io(now: Instant) -> Io {
    let (reactor, pool) = (Reactor::new().unwrap().0, Pool::default());
    Io { reactor, used: 0, pool, held: Vec::new(), held_bytes: 0, now, handshakes: 1 }
}

/// Goes on at the moment `io.now`; until when it waits.
fn advance(connecting: &mut Connecting, socket: &std::sync::Arc<Socket>, io: &mut Io) -> Instant {
    match connecting.advance(socket, 0, io, &mut [], false) {
        Step::Waits(until) => until,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_time_in_line_does_not_count_for_the_connect_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let text = format!("ws://{address}/");
    let event_loop = EventLoop::new(false).unwrap();
    let options = Options { one_connecting: true, event_loop: Some(event_loop.clone()), ..Options::default() };
    let sockets = [(); 2].map(|()| Socket::connect(&text, options.clone()).unwrap());

    let start = Instant::now();
    let ahead = Place::new(&sockets[0], address, Duration::from_secs(50));
    assert_eq!(ahead.wait(start), None, "nobody else is there");
    let mut connecting = Connecting::new(Box::new(Plan::new(url::parse(&text).unwrap(), options.into()).unwrap()), start);
    let mut io = io(start);
    assert_eq!(advance(&mut connecting, &sockets[1], &mut io), start + Duration::from_secs(50), "until the turn ahead is over");

    io.now = start + Duration::from_secs(20);
    assert_eq!(advance(&mut connecting, &sockets[1], &mut io), start + Duration::from_secs(50), "called for something else");
    drop(ahead);
    assert_eq!(advance(&mut connecting, &sockets[1], &mut io), io.now + connecting.options().limits.connect_timeout);
    event_loop.close();
}

#[test]
fn the_scope_of_an_address_that_was_found_is_there_when_it_is_connected_to() {
    let event_loop = EventLoop::new(false).unwrap();
    let options = Options { event_loop: Some(event_loop.clone()), ..Options::default() };
    let text = "ws://a.example/";
    let socket = Socket::connect(text, options.clone()).unwrap();
    let plan = Plan::new(url::parse(text).unwrap(), options.into()).unwrap();
    let now = Instant::now();
    let mut io = io(now);
    let mut at = At { plan: &plan, socket: &socket, id: 0, io: &mut io, arena: &mut [], readable: false, early: &mut Vec::new() };
    let hop = Hop { host: Host::Name("a.example".into()), port: 80, authority: "a.example:80".into(), alone: false };
    let mut racing = Racing::new(hop, now, now + Duration::from_secs(30));
    // No machine has so many links: the system refuses at once.
    let address = "[fe80::1%2147483647]:80";
    racing.resolved(Found { sought: Sought::Hop, family: Family::V6, result: Ok(vec![address.parse().unwrap()]) });
    match racing.advance(&mut at) {
        Came::Refused(failure) => {
            assert_eq!(failure.address, address);
            assert!(failure.text.starts_with(&format!("could not connect to a.example:80: {address}: ")), "{}", failure.text);
        }
        _ => panic!("it was not refused"),
    }
    event_loop.close();
}

/// A connecting socket whose proxy has the kernel's half of TCP and has been asked; the moment of it.
fn asked(proxy: &str) -> (Connecting, std::sync::Arc<Socket>, Io, TcpListener, Instant) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let event_loop = EventLoop::new(false).unwrap();
    let mut options = Options { event_loop: Some(event_loop), ..Options::default() };
    options.proxies.proxy = Some(Proxy::parse(&format!("{proxy}{}", listener.local_addr().unwrap())).unwrap());
    let text = "ws://target.invalid/";
    let socket = Socket::connect(text, options.clone()).unwrap();
    let start = Instant::now();
    let mut connecting = Connecting::new(Box::new(Plan::new(url::parse(text).unwrap(), options.into()).unwrap()), start);
    let mut io = io(start);
    advance(&mut connecting, &socket, &mut io);
    while connecting.stage.phase() != Phase::Proxy {
        io.reactor.wait(Some(Duration::from_secs(1))).unwrap();
        assert_eq!(advance(&mut connecting, &socket, &mut io), start + connecting.options().limits.connect_timeout);
    }
    (connecting, socket, io, listener, start)
}

#[test]
fn the_connect_timeout_holds_for_tcp_and_the_proxys_answer_together() {
    for (proxy, part) in [("http://", &b""[..]), ("http://", b"HTTP/1.1 2"), ("socks5h://", b""), ("socks5h://", b"\x05\x00\x05")] {
        let (mut connecting, socket, mut io, listener, start) = asked(proxy);
        let (mut peer, _) = listener.accept().unwrap();
        peer.write_all(part).unwrap();
        let mut arena = [0; 1000];
        io.now = start + Duration::from_millis(29_999);
        let until = start + Duration::from_secs(30);
        assert!(matches!(connecting.advance(&socket, 0, &mut io, &mut arena, true), Step::Waits(at) if at == until));
        io.now = until;
        match connecting.advance(&socket, 0, &mut io, &mut arena, true) {
            Step::Refused(failure) => {
                assert_eq!(failure.phase, Phase::Proxy);
                assert!(
                    failure.text.ends_with("the connection to it included, within 30s (ws_options_set_connect_timeout)"),
                    "{}",
                    failure.text
                );
            }
            other => panic!("{other:?}"),
        }
        socket.event_loop().close();
    }
}

#[test]
fn the_handshake_has_its_whole_time_when_the_way_is_open() {
    let (mut connecting, socket, mut io, listener, start) = asked("http://");
    let (mut peer, _) = listener.accept().unwrap();
    peer.write_all(b"HTTP/1.1 200 OK\r\n\r\n").unwrap();
    let mut arena = [0; 1000];
    io.now = start + Duration::from_secs(29);
    while connecting.stage.phase() == Phase::Proxy {
        assert!(matches!(connecting.advance(&socket, 0, &mut io, &mut arena, true), Step::Waits(_)));
    }
    assert_eq!(advance(&mut connecting, &socket, &mut io), io.now + connecting.options().limits.handshake_timeout);
    socket.event_loop().close();
}
