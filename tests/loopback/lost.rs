//! Connections that end without a closing handshake: close(1006, not clean) alone, no error event (as in browsers).

use super::support::{
    both::in_every_mode,
    client::{Client, LOST, guard, text},
    server::{Server, TEXT, frame, wait},
};
use std::sync::mpsc;
use ws::{client::socket::ReadyState, protocol::failure::Phase};

/// Checks what the failure of a lost connection says: the phase, and how the stream ended.
#[track_caller]
fn check_failure(client: &Client, phase: Phase, os_error: i32) {
    let failure = client.socket.failure().expect("it was lost");
    assert_eq!((failure.phase, failure.os_error, failure.http_status), (phase, os_error, 0), "{}", failure.text);
    let end = if os_error == 0 { "the server ended the TCP connection\0" } else { "Connection reset by peer" };
    let text = format!("the connection ended without the server's Close frame: {end}");
    assert!(failure.text.starts_with(&text), "{}", failure.text);
    assert_eq!((failure.head.as_slice(), failure.body.as_slice()), (&b"\0"[..], &b"\0"[..]));
}

#[test]
fn the_end_of_tcp_without_a_close_frame_is_1006_alone() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| peer.end());
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [LOST]);
        check_failure(&client, Phase::Open, 0);
    });
}

#[test]
fn a_reset_is_1006_alone_and_the_failure_has_its_number() {
    in_every_mode(|mode| {
        let (opened, is_open) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&is_open);
            peer.reset();
        });
        let mut client = Client::open(mode, &server);
        opened.send(()).unwrap();
        assert_eq!(client.rest(), [LOST]);
        check_failure(&client, Phase::Open, libc::ECONNRESET);
    });
}

#[test]
fn messages_before_a_reset_are_delivered() {
    in_every_mode(|mode| {
        let (opened, is_open) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&is_open);
            peer.send(&[frame(TEXT, b"one"), frame(TEXT, b"two")].concat());
            peer.wait_until_received();
            peer.reset();
        });
        let mut client = Client::open(mode, &server);
        opened.send(()).unwrap();
        assert_eq!(client.rest(), [&text("one"), &text("two"), LOST]);
        check_failure(&client, Phase::Open, libc::ECONNRESET);
    });
}

#[test]
fn the_end_or_a_reset_in_the_middle_of_a_frame_or_a_message_is_1006_alone() {
    let message = frame(TEXT, b"cut short");
    let long = frame(TEXT, &vec![b'x'; 300_000]);
    let fragment = frame(0x01, b"never finished");
    for part in [&message[..1], &message[..2], &message[..5], &long[..3], &long[..150_000], &fragment] {
        for reset in [false, true] {
            in_every_mode(|mode| {
                let part = part.to_vec();
                let server = Server::open(move |peer| {
                    peer.text("whole");
                    peer.send(&part);
                    if reset {
                        peer.wait_until_received();
                        peer.reset();
                    } else {
                        peer.end();
                    }
                });
                let mut client = Client::open(mode, &server);
                assert_eq!(client.rest(), [&text("whole"), LOST]);
                check_failure(&client, Phase::Open, if reset { libc::ECONNRESET } else { 0 });
            });
        }
    }
}

#[test]
fn the_end_or_a_reset_after_our_close_frame_is_1006_alone() {
    for reset in [false, true] {
        in_every_mode(|mode| {
            let server = Server::open(move |peer| {
                peer.expect_close(1000, "bye");
                if reset { peer.reset() } else { peer.end() }
            });
            let mut client = Client::open(mode, &server);
            client.socket.close(Some(1000), Some(b"bye")).unwrap();
            assert!(client.state() >= ReadyState::Closing);
            assert_eq!(client.rest(), [LOST]);
            check_failure(&client, Phase::Closing, if reset { libc::ECONNRESET } else { 0 });
        });
    }
}

#[test]
fn a_lost_connection_counts_what_is_sent_and_takes_a_close_as_the_closed_one_it_is() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| peer.end());
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [LOST]);
        client.socket.send(ws::protocol::Kind::Text, b"12345", false).unwrap();
        assert_eq!(client.socket.buffered_amount(), 5);
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.socket.flush(guard()), Ok(()), "what was discarded was never accepted");
        client.check_over();
    });
}
