//! The attributes, from the constructor to the end: `url`, `protocol`, `extensions`, `bufferedAmount`.

use super::support::{
    client::{Client, ERROR, LOST, Mode, OPEN, clean, in_every_mode, in_modes, options},
    server::{PING, PONG, Peer, Server, frame, wait},
};
use std::sync::mpsc;
use ws::{
    client::{
        options::Options,
        socket::{ReadyState, Sent},
    },
    error::Error,
    protocol::Kind,
};

#[test]
fn the_url_is_the_serialised_one_from_the_constructor_to_the_end() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| peer.close_cleanly(1000, ""));
        let given = server.url().replace("ws://127.0.0.1", "HTTP://user:pass word@127.1") + "a/../b?q\u{fc}";
        let serialised = server.url().replace("ws://", "ws://user:pass%20word@") + "b?q%C3%BC";
        let mut client = Client::connect_to(mode, &given, Options::default());
        assert_eq!(client.socket.url().to_str(), Ok(serialised.as_str()));
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
        assert_eq!(client.socket.url().to_str(), Ok(serialised.as_str()));
    });
}

/// A socket whose handshake has agreed on the subprotocol `b`, and whose open event is not taken.
fn with_the_open_event_not_taken(then: impl FnOnce(&mut Peer) + Send + 'static) -> (Server, Client) {
    let (ready, is_ready) = mpsc::channel();
    let server = Server::new(move |peer| {
        // The pong shows that the client has got so far.
        peer.accept_with("Sec-WebSocket-Protocol: b\r\n", &frame(PING, b"there?"));
        peer.expect(PONG, b"there?");
        ready.send(()).unwrap();
        then(peer);
    });
    let options = options(|options| options.protocols = vec!["a".into(), "b".into()]);
    let client = Client::connect_to(Mode::Background, &server.url(), options);
    wait(&is_ready);
    (server, client)
}

#[test]
fn the_subprotocol_is_told_when_the_open_event_is_taken_and_not_before() {
    let (_server, mut client) = with_the_open_event_not_taken(|peer| peer.close_cleanly(1000, ""));
    assert_eq!((client.socket.protocol(), client.socket.extensions()), (c"", c""));
    assert_eq!(client.take(), "Open: open 'b'");
    assert_eq!((client.socket.protocol(), client.socket.extensions()), (c"b", c""));
    assert_eq!(client.rest(), [clean(1000, "")]);
    assert_eq!(client.socket.protocol(), c"b");
}

#[test]
fn the_subprotocol_of_a_socket_that_was_closed_before_its_open_event_is_never_told() {
    let (_server, mut client) = with_the_open_event_not_taken(Peer::drain);
    client.socket.close(Some(1000), None).unwrap();
    assert_eq!(client.socket.protocol(), c"");
    assert_eq!(client.rest(), [ERROR, LOST]);
    assert_eq!(client.socket.protocol(), c"");
}

#[test]
fn what_send_refuses_is_not_counted_in_buffered_amount() {
    in_every_mode(|mode| {
        let (go, may_go) = mpsc::channel();
        let server = Server::new(move |peer| {
            wait(&may_go);
            peer.accept();
            peer.echo_close(1000, "");
        });
        let mut client = Client::connect(mode, &server);
        assert!(matches!(client.socket.send(Kind::Text, b"early", false), Err(Error::InvalidState(_))));
        assert!(matches!(client.socket.send(Kind::Binary, b"early", false), Err(Error::InvalidState(_))));
        assert_eq!(client.socket.buffered_amount(), 0);
        go.send(()).unwrap();
        assert_eq!(client.take(), OPEN);
        let surrogate = client.socket.send(Kind::Text, b"ok\xed\xa0\x80", false);
        assert_eq!(surrogate, Err(Error::InvalidUtf8 { what: "the text message", offset: 2 }));
        assert_eq!(client.socket.buffered_amount(), 0);
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
        // Bytes of UTF-8, not characters, and nothing for a frame's head.
        assert_eq!(client.socket.send(Kind::Text, "ü€😀".as_bytes(), false), Ok(Sent::Discarded));
        assert_eq!(client.socket.buffered_amount(), 9);
    });
}

#[test]
fn what_a_lost_connection_did_not_transmit_is_counted_for_ever() {
    const LARGE: u64 = 32 << 20;
    in_modes(&[Mode::Background, Mode::OwnNextEvent], |mode| {
        let (go, may_go) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&may_go);
            peer.reset();
        });
        let mut client = Client::open(mode, &server);
        let large = vec![7; usize::try_from(LARGE).unwrap()];
        assert_eq!(client.socket.send(Kind::Binary, &large, false), Ok(Sent::Accepted));
        assert!(client.socket.buffered_amount() > 0, "no kernel takes 32 MiB that nobody reads");
        go.send(()).unwrap();
        assert_eq!(client.rest(), [LOST]);
        let left = client.socket.buffered_amount();
        assert!(left > 0 && left < LARGE, "{left} bytes are left of {LARGE}");
        assert_eq!(client.socket.send(Kind::Text, b"more", false), Ok(Sent::Discarded));
        assert_eq!(client.socket.buffered_amount(), left + 4);
    });
}

#[test]
fn messages_that_wait_when_close_is_called_are_not_delivered() {
    in_modes(&[Mode::Background, Mode::OwnNextEvent], |mode| {
        let server = Server::open(|peer| {
            peer.send(&[frame(0x81, b"one"), frame(0x81, b"two"), frame(0x82, b"three")].concat());
            peer.echo_close(1000, "enough");
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.take(), "Open: text 'one'");
        client.socket.close(Some(1000), Some(b"enough")).unwrap();
        assert_eq!(client.state(), ReadyState::Closing);
        assert_eq!(client.rest(), [clean(1000, "enough")]);
    });
}
