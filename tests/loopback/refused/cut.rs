//! Responses that break off: at every byte of the head, with FIN and with RST.

use super::super::support::{
    client::{Client, ERROR, LOST, OPEN, in_every_mode},
    server::{HEAD_SIZE, Peer, Server},
};
use ws::protocol::failure::Phase;

/// Ends the connection after each number of bytes of the head: refused with what had come; behind the last byte, open and then lost.
fn is_cut_everywhere_by(end: fn(&mut Peer), os_error: i32, text: &str) {
    in_every_mode(|mode| {
        for place in 0..=HEAD_SIZE {
            let server = Server::new(move |peer| {
                let head = peer.read_request() + "\r\n";
                assert_eq!(head.len(), HEAD_SIZE);
                peer.send(&head.as_bytes()[..place]);
                end(peer);
            });
            let mut client = Client::connect(mode, &server);
            let expected = if place < HEAD_SIZE { [ERROR, LOST] } else { [OPEN, LOST] };
            assert_eq!(client.rest(), expected, "after {place} bytes");
            let failure = client.socket.failure().unwrap();
            let phase = if place < HEAD_SIZE { Phase::Handshake } else { Phase::Open };
            assert_eq!((failure.phase, failure.http_status, failure.os_error), (phase, 0, os_error), "{place}: {}", failure.text);
            if place < HEAD_SIZE {
                let text = format!("the connection ended after {place} bytes of the response's head: {text}");
                assert!(failure.text.starts_with(&text), "{text:?} in {:?}", failure.text);
                assert_eq!(failure.head.len(), place + 1, "what came, and a NUL");
            }
        }
    });
}

#[test]
fn the_end_after_any_byte_of_the_head_is_refused_with_what_had_come() {
    is_cut_everywhere_by(Peer::end, 0, "the server ended the TCP connection");
}

#[test]
fn a_reset_after_any_byte_of_the_head_is_refused_with_what_had_come_and_the_systems_number() {
    let reset = |peer: &mut Peer| {
        peer.wait_until_received();
        peer.reset();
    };
    is_cut_everywhere_by(reset, libc::ECONNRESET, "Connection reset");
}

#[test]
fn the_end_before_the_request_was_read_is_refused() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.fin();
            peer.drain();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Handshake, 0, 0));
        let text = "the connection ended after 0 bytes of the response's head: the server ended the TCP connection\0";
        assert_eq!((failure.text.as_str(), failure.head.as_slice()), (text, &b"\0"[..]));
    });
}
