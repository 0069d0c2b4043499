//! Connections that end without a closing handshake: close(1006, not clean) alone, no error event (as in browsers).

use super::support::{
    client::{Client, LOST, in_every_mode, text},
    server::{Server, TEXT, frame, wait},
};
use std::sync::mpsc;
use ws::{client::socket::ReadyState, protocol::failure::Phase};

#[test]
fn the_end_of_tcp_without_a_close_frame_is_1006_alone() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| peer.end());
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.os_error), (Phase::Open, 0));
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
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.os_error), (Phase::Open, libc::ECONNRESET));
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
    });
}

#[test]
fn the_end_in_the_middle_of_a_frame_is_1006_alone() {
    let message = frame(TEXT, b"cut short");
    let long = frame(TEXT, &vec![b'x'; 300_000]);
    for part in [&message[..1], &message[..2], &message[..5], &long[..3], &long[..150_000]] {
        in_every_mode(|mode| {
            let part = part.to_vec();
            let server = Server::open(move |peer| {
                peer.text("whole");
                peer.send(&part);
                peer.end();
            });
            let mut client = Client::open(mode, &server);
            assert_eq!(client.rest(), [&text("whole"), LOST]);
        });
    }
}

#[test]
fn the_end_after_our_close_frame_is_1006_alone() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.expect_close(1000, "bye");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        client.socket.close(Some(1000), Some(b"bye")).unwrap();
        assert!(client.state() >= ReadyState::Closing);
        assert_eq!(client.rest(), [LOST]);
        assert_eq!(client.socket.failure().unwrap().phase, Phase::Closing);
    });
}
