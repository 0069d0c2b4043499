//! What the server sends after a Close frame, its own or ours.

use super::super::support::{
    both::in_every_mode,
    client::{Client, ERROR, LOST, OPEN, clean, text},
    server::{CLOSE, PING, Server, TEXT, close_body, frame},
};
use ws::protocol::failure::Phase;

/// RFC 6455 section 1.4: what follows the Close frame is discarded. Chromium fails the connection there: error, close(1006).
#[test]
fn what_follows_the_servers_close_is_discarded() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            let close = frame(CLOSE, &close_body(1000, "end"));
            // Even what breaks the protocol.
            peer.send(&[frame(TEXT, b"before"), close, frame(TEXT, b"behind"), frame(0xff, b"\xff")].concat());
            peer.expect_close(1000, "end");
            peer.send_what_is_taken(&frame(TEXT, b"later"));
            peer.end();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [OPEN, &text("before"), &clean(1000, "end")]);
    });
}

/// The same difference to Chromium.
#[test]
fn a_ping_after_the_servers_close_is_not_answered() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.send(&[frame(CLOSE, &close_body(3000, "")), frame(PING, b"still there?")].concat());
            peer.expect_close(3000, "");
            peer.send_what_is_taken(&frame(PING, b"and now?"));
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [clean(3000, "")]);
    });
}

#[test]
fn of_a_flood_of_close_frames_the_first_one_counts_and_is_answered_once() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.send(&frame(CLOSE, &close_body(3000, "first")));
            peer.send_what_is_taken(&frame(CLOSE, &close_body(3001, "again")).repeat(10_000));
            peer.expect_close(3000, "first");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [clean(3000, "first")]);
    });
}

/// Headers are still looked at: Chromium, too, has error and close(1006).
#[test]
fn a_bad_header_after_our_close_is_an_error_and_no_second_close_frame() {
    for bad in [&[TEXT | 0x40][..], &[0x83], &[TEXT, 0x80], &[PING, 126], &[TEXT, 126, 0, 1], &[TEXT, 127, 0x80]] {
        in_every_mode(|mode| {
            let bad = bad.to_vec();
            let server = Server::open(move |peer| {
                peer.expect_close(1000, "");
                peer.send(&bad);
                peer.expect_end();
            });
            let mut client = Client::open(mode, &server);
            client.socket.close(Some(1000), None).unwrap();
            assert_eq!(client.rest(), [ERROR, LOST]);
            let failure = client.socket.failure().unwrap();
            assert_eq!((failure.phase, failure.os_error), (Phase::Closing, 0));
            assert!(failure.text.contains("the server "), "{}", failure.text);
        });
    }
}

/// As in Chromium: what is dropped is not validated.
#[test]
fn bad_utf8_after_our_close_is_dropped_with_its_message() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.expect_close(1000, "");
            peer.send(&[frame(TEXT, b"\xff"), frame(0x01, b"\xed\xa0"), frame(0x80, b"\x80")].concat());
            peer.close(1000, "");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}
