//! `close` in each phase of connecting: error and close(1006) at once, the server sees the end, and the failure has the phase that was
//! under way.

use super::support::{
    client::{Client, ERROR, LOST, MODES, Mode, OPEN, in_every_mode, in_modes, options},
    ports::FullPort,
    proxy::{ESTABLISHED, through, through_server},
    server::{Listener, PING, PONG, Peer, Server, frame, wait},
    wire::over_tls,
};
use std::{
    io::{self, Read},
    sync::mpsc,
};
use ws::{
    client::{deadline::Deadline, options::Options, socket::ReadyState},
    protocol::failure::Phase,
};

/// The modes in which nothing happens but in the test's own calls.
const OWN: [Mode; 4] = [MODES[1], MODES[2], MODES[3], MODES[4]];

/// Closes a socket that is CONNECTING and in this phase.
#[track_caller]
fn closes_in(phase: Phase, mut client: Client) {
    assert_eq!(client.state(), ReadyState::Connecting);
    client.socket.close(Some(1000), Some(b"enough")).unwrap();
    assert!(client.state() >= ReadyState::Closing);
    assert_eq!(client.rest(), [ERROR, LOST]);
    let failure = client.socket.failure().unwrap();
    assert_eq!((failure.phase, failure.text.as_str()), (phase, "the application closed the connection before it was open\0"));
    assert_eq!((failure.os_error, failure.timeout, failure.tls_alert), (0, None, None));
}

/// The server does `before`; then the socket is closed, and the server sees the end.
fn closing_after(
    phase: Phase,
    url: fn(&Server) -> String,
    options: impl Fn(&Server) -> Options + Sync,
    before: impl Fn(&mut Peer) + Copy + Send + Sync + 'static,
) {
    in_every_mode(|mode| {
        let (ready, is_ready) = mpsc::channel();
        let server = Server::new(move |peer| {
            before(peer);
            ready.send(()).unwrap();
            // An alert or what was on its way may come before it.
            let _ = io::copy(&mut peer.tcp(), &mut io::sink());
        });
        let mut client = Client::connect_to(mode, &url(&server), options(&server));
        client.work_until(&is_ready);
        closes_in(phase, client);
    });
}

/// Reads some of what the client says, which is not looked at.
fn read_some(peer: &mut Peer) {
    peer.tcp().read_exact(&mut [0; 16]).unwrap();
}

fn usual(_: &Server) -> Options {
    Options::default()
}

#[test]
fn before_the_loop_has_run_it_is_the_urls() {
    in_modes(&OWN, |mode| {
        let port = Listener::new();
        closes_in(Phase::Url, Client::connect_to(mode, &port.url(), Options::default()));
    });
}

#[test]
fn while_the_name_is_looked_up_it_is_dns() {
    in_modes(&OWN, |mode| {
        let mut client = Client::connect_to(mode, "ws://nonexistent.invalid/", Options::default());
        // One turn begins the look-up. What is found is for the next, which may come as soon.
        match client.take_by(Deadline::Now) {
            None => closes_in(Phase::Dns, client),
            Some(seen) => assert_eq!((seen.as_str(), client.socket.failure().unwrap().phase), (ERROR, Phase::Dns)),
        }
    });
}

/// Has the loop of a socket turn once at least.
fn begun(client: &mut Client) {
    if client.event_loop.is_some() {
        assert_eq!(client.take_by(Deadline::Now), None);
    } else {
        // The loop takes up sockets in their order.
        let server = Server::open(|peer| peer.echo_close(1000, ""));
        let mut other = Client::open(Mode::Background, &server);
        other.socket.close(Some(1000), None).unwrap();
        other.rest();
    }
}

#[test]
fn while_tcp_is_connected_it_is_tcp() {
    in_every_mode(|mode| {
        let port = FullPort::new();
        let mut client = Client::connect_to(mode, &port.url(), Options::default());
        begun(&mut client);
        closes_in(Phase::Tcp, client);
    });
}

#[test]
fn while_tcp_to_the_proxy_is_connected_it_is_tcp() {
    in_every_mode(|mode| {
        let port = FullPort::new();
        let mut client = Client::connect_to(mode, "wss://target.invalid/", through(&format!("https://{}", port.address())));
        begun(&mut client);
        closes_in(Phase::Tcp, client);
    });
}

#[test]
fn while_a_proxy_is_asked_it_is_the_proxy() {
    closing_after(
        Phase::Proxy,
        |_| "wss://target.invalid/".into(),
        |server| through_server("http://", server),
        |peer| drop(peer.read_head()),
    );
}

#[test]
fn during_tls_with_the_proxy_it_is_the_proxy() {
    closing_after(Phase::Proxy, |_| "wss://target.invalid/".into(), |server| through_server("https://", server), read_some);
}

#[test]
fn while_a_proxy_is_asked_in_tls_it_is_the_proxy() {
    over_tls(|| {
        let options = |server: &Server| through_server("https://", server);
        closing_after(Phase::Proxy, |_| "wss://target.invalid/".into(), options, |peer| drop(peer.read_head()));
    });
}

#[test]
fn during_tls_it_is_tls() {
    closing_after(Phase::Tls, |server| server.url().replace("ws:", "wss:"), usual, read_some);
}

#[test]
fn during_tls_behind_a_proxy_it_is_tls() {
    let behind = |peer: &mut Peer| {
        peer.read_head();
        peer.send(ESTABLISHED.as_bytes());
        peer.expect_bytes(&[22, 3, 1]);
    };
    closing_after(Phase::Tls, |_| "wss://target.invalid/".into(), |server| through_server("http://", server), behind);
    over_tls(|| closing_after(Phase::Tls, |_| "wss://target.invalid/".into(), |server| through_server("https://", server), behind));
}

#[test]
fn while_the_response_is_waited_for_it_is_the_handshake() {
    for switched in [false, true] {
        let test = || {
            closing_after(Phase::Handshake, Server::url, usual, |peer| drop(peer.read_request()));
            closing_after(Phase::Handshake, Server::url, usual, |peer| {
                let head = peer.read_request();
                peer.send(&head.as_bytes()[..60]);
                peer.wait_until_received();
            });
        };
        if switched { over_tls(test) } else { test() }
    }
}

#[test]
fn while_the_open_event_waits_to_be_taken_it_is_the_handshake() {
    over_tls(|| {
        let (ready, is_ready) = mpsc::channel();
        let server = Server::new(move |peer| {
            // The pong shows that the client has got so far.
            peer.accept_with("", &frame(PING, b"there?"));
            peer.expect(PONG, b"there?");
            ready.send(()).unwrap();
            peer.drain();
        });
        let client = Client::connect(Mode::Background, &server);
        wait(&is_ready);
        closes_in(Phase::Handshake, client);
    });
}

/// A handshake with TLS is many steps: freeing in any of them ends it, too.
#[test]
fn freeing_in_the_middle_of_tls_ends_tcp() {
    in_every_mode(|mode| {
        let (ready, is_ready) = mpsc::channel();
        let server = Server::new(move |peer| {
            read_some(peer);
            ready.send(()).unwrap();
            let _ = io::copy(&mut peer.tcp(), &mut io::sink());
        });
        let mut client = Client::connect_to(mode, &server.url().replace("ws:", "wss:"), options(|_| ()));
        client.work_until(&is_ready);
        drop(client);
    });
}

#[test]
fn a_connection_that_is_open_has_no_failure() {
    over_tls(|| {
        let server = Server::open(|peer| peer.echo_close(1000, ""));
        let mut client = Client::connect(Mode::Background, &server);
        assert_eq!(client.take(), OPEN);
        assert!(client.socket.failure().is_none());
        client.socket.close(Some(1000), None).unwrap();
        client.rest();
        assert!(client.socket.failure().is_none());
    });
}
