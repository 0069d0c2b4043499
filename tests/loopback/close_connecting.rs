//! `close` while CONNECTING, at each point of the way: CLOSING at once, then error and close(1006), and the server sees TCP end.

use super::support::{
    client::{Client, ERROR, LOST, Mode, OPEN, in_every_mode, in_modes, options, text, within},
    ports::FullPort,
    server::{Listener, PING, PONG, Peer, Server, frame, wait},
};
use std::{
    sync::mpsc::{self, Sender},
    time::Duration,
};
use ws::{
    client::{event_loop::EventLoop, options::Options, socket::ReadyState},
    error::Error,
    protocol::{Kind, failure::Phase},
};

/// Closes a CONNECTING socket.
#[track_caller]
fn close_fails_the_attempt(mut client: Client) {
    assert_eq!(client.state(), ReadyState::Connecting);
    assert!(matches!(client.socket.send(Kind::Text, b"early", false), Err(Error::InvalidState(_))));
    client.socket.close(Some(1000), Some(b"changed my mind")).unwrap();
    // On another thread the callbacks may have had the end already.
    assert!(client.state() >= ReadyState::Closing);
    // What is sent now is counted for ever.
    client.socket.send(Kind::Text, b"12345", false).unwrap();
    assert_eq!(client.socket.buffered_amount(), 5);
    assert_eq!(client.rest(), [ERROR, LOST]);
    client.socket.close(Some(4000), None).unwrap();
    client.check_over();
    assert_eq!(client.socket.buffered_amount(), 5);
    assert!(client.socket.failure().unwrap().text.contains("closed the connection before it was open"));
    assert_eq!((client.socket.protocol(), client.socket.extensions()), (c"", c""));
}

#[test]
fn closing_before_the_loop_has_run_makes_no_connection() {
    in_modes(&[Mode::OwnNextEvent, Mode::OwnBatch(1), Mode::OwnBatch(64), Mode::OwnCallbacks], |mode| {
        let port = Listener::new();
        close_fails_the_attempt(Client::connect_to(mode, &port.url(), Options::default()));
        assert!(port.is_empty(), "there was no attempt");
    });
}

#[test]
fn closing_before_tcp_is_connected_fails_the_attempt() {
    in_every_mode(|mode| {
        let port = FullPort::new();
        let mut client = Client::connect_to(mode, &port.url(), Options::default());
        assert_eq!(client.take_by(within(Duration::from_millis(1))), None);
        close_fails_the_attempt(client);
    });
}

#[test]
fn closing_while_the_name_is_looked_up_fails_the_attempt() {
    in_every_mode(|mode| {
        let options = options(|options| options.limits.connect_timeout = Duration::from_secs(30));
        let mut client = Client::connect_to(mode, "ws://nonexistent.invalid/", options);
        let mut seen = vec![];
        client.socket.close(Some(1000), None).unwrap();
        while seen.len() < 2 {
            seen.push(client.take());
        }
        assert_eq!(seen, [ERROR, LOST]);
        client.check_over();
    });
}

#[test]
fn closing_before_tcp_is_accepted_fails_the_attempt() {
    in_every_mode(|mode| {
        let port = Listener::new();
        let mut client = Client::connect_to(mode, &port.url(), Options::default());
        // The kernel has connected; nobody has accepted.
        assert_eq!(client.take_by(within(Duration::from_millis(1))), None);
        close_fails_the_attempt(client);
    });
}

/// The server does `before`; then the socket is closed, and the server sees the end of TCP and nothing else.
fn closing_after(before: impl Fn(&mut Peer) + Copy + Send + Sync + 'static) {
    in_every_mode(|mode| {
        let (ready, is_ready) = mpsc::channel();
        let server = Server::new(move |peer| {
            before(peer);
            ready.send(()).unwrap();
            peer.expect_end();
        });
        let mut client = Client::connect(mode, &server);
        client.work_until(&is_ready);
        close_fails_the_attempt(client);
    });
}

#[test]
fn closing_after_the_request_ends_tcp_and_sends_nothing() {
    closing_after(|peer| drop(peer.read_request()));
}

#[test]
fn closing_half_way_through_the_response_sends_nothing() {
    closing_after(|peer| {
        let head = peer.read_request();
        peer.send(&head.as_bytes()[..60]);
        peer.wait_until_received();
    });
}

#[test]
fn closing_half_way_through_the_body_of_a_refusal_sends_nothing() {
    closing_after(|peer| {
        peer.read_request();
        peer.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nbecause");
        peer.wait_until_received();
    });
}

/// Has the handshake of a socket finished, its open event queued and not taken, and what the server sends behind it too.
fn not_taken(mode: Mode, behind: &'static [u8], test: impl FnOnce(&mut Client)) {
    let ((ready, is_ready), (ran, has_run)) = (mpsc::channel(), mpsc::channel());
    let server = Server::new(move |peer| {
        // The pong shows that the client has got so far.
        peer.accept_with("", &[&frame(PING, b"there?"), behind].concat());
        peer.expect(PONG, b"there?");
        ready.send(()).unwrap();
        wait(&has_run);
        peer.fin();
        peer.drain();
    });
    let event_loop = (mode != Mode::Background).then(|| EventLoop::new(false).unwrap());
    let mut client = Client::on_loop(mode, &server.url(), Options::default(), event_loop.clone());
    if mode == Mode::Background {
        wait(&is_ready);
    } else {
        run_by_another(event_loop, is_ready);
    }
    test(&mut client);
    ran.send(()).unwrap();
}

/// Runs an own loop by taking the events of another socket on it, until the server is ready.
fn run_by_another(event_loop: Option<std::sync::Arc<EventLoop>>, is_ready: mpsc::Receiver<()>) {
    let server = Server::open(move |peer| {
        wait(&is_ready);
        peer.text("ready");
        peer.close_cleanly(1000, "");
    });
    let other = Client::on_loop(Mode::OwnNextEvent, &server.url(), Options::default(), event_loop);
    let take = || other.socket.next_event(super::support::client::guard(), |what, _| what);
    while !matches!(take(), Ok(None)) {}
    // Its loop is the test's: it must not be closed yet.
    std::mem::forget(other);
}

#[test]
fn closing_before_the_open_event_is_taken_keeps_it_back() {
    in_modes(&[Mode::Background, Mode::OwnNextEvent, Mode::OwnBatch(1), Mode::OwnBatch(64)], |mode| {
        not_taken(mode, b"", |client| {
            assert_eq!(client.state(), ReadyState::Connecting);
            client.socket.close(Some(1000), None).unwrap();
            assert_eq!(client.state(), ReadyState::Closing);
            assert_eq!(client.rest(), [ERROR, LOST], "the open event is not shown any more");
        });
    });
}

#[test]
fn closing_before_the_open_event_is_taken_keeps_the_messages_behind_it_back() {
    in_modes(&[Mode::Background, Mode::OwnNextEvent, Mode::OwnBatch(1), Mode::OwnBatch(64)], |mode| {
        not_taken(mode, b"\x81\x02hi\x82\x01!\x88\x02\x03\xe8", |client| {
            client.socket.close(Some(1000), None).unwrap();
            assert_eq!(client.rest(), [ERROR, LOST]);
        });
    });
}

#[test]
fn what_waits_behind_the_open_event_is_delivered_if_it_is_not_closed() {
    in_modes(&[Mode::Background, Mode::OwnNextEvent, Mode::OwnBatch(1), Mode::OwnBatch(64)], |mode| {
        not_taken(mode, b"\x81\x02hi\x82\x01!", |client| {
            assert_eq!([client.take(), client.take(), client.take()], [OPEN, &text("hi"), "Open: binary '!'"]);
        });
    });
}

#[test]
fn closing_in_the_callback_of_another_socket_fails_the_attempt() {
    for mode in [Mode::OwnCallbacks, Mode::BackgroundCallbacks] {
        let (accepted, is_accepted) = mpsc::channel();
        let server = Server::open(|peer| peer.echo_close(1000, ""));
        let silent = Server::new(move |peer| peer.read_request_and_expect_end(&accepted));
        let event_loop = (mode == Mode::OwnCallbacks).then(|| EventLoop::new(false).unwrap());
        let mut victim = Client::on_loop(mode, &silent.url(), Options::default(), event_loop.clone());
        victim.work_until(&is_accepted);
        let (done, is_done): (Sender<()>, _) = mpsc::channel();
        let socket = victim.socket.clone();
        let options = options(|options| {
            options.event_loop = event_loop;
            options.handler = Some(std::sync::Arc::new(move |own, what, _| {
                if what == ws::client::event::What::Open {
                    socket.close(None, None).unwrap();
                    own.close(Some(1000), None).unwrap();
                    done.send(()).unwrap();
                }
            }));
        });
        let closer = ws::client::socket::Socket::connect(&server.url(), options).unwrap();
        assert_eq!([victim.take(), victim.take()], [ERROR, LOST]);
        wait(&is_done);
        assert_eq!(victim.socket.failure().unwrap().phase, Phase::Handshake);
        while mode == Mode::OwnCallbacks && !closer.is_done() {
            victim.dispatch(super::support::client::guard()).unwrap();
        }
    }
}
