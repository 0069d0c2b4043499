//! Servers that stop before the response is whole: given up after the handshake timeout.

use super::super::support::{
    client::{Client, ERROR, LOST, Mode, in_every_mode, options},
    server::{Listener, Server},
};
use std::time::Duration;
use ws::protocol::failure::{Phase, Timeout};

/// The attempt is given up after 50 ms; the failure shows what had come of a head by then.
fn is_given_up(mode: Mode, url: &str, head: &[u8]) {
    let options = options(|options| options.limits.handshake_timeout = Duration::from_millis(50));
    let mut client = Client::connect_to(mode, url, options);
    assert_eq!(client.rest(), [ERROR, LOST]);
    let failure = client.socket.failure().unwrap();
    assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Handshake, 0, 0));
    let (nul, shown) = failure.head.split_last().expect("a NUL");
    let what = match shown.len() {
        0 => "the server did not answer the opening handshake".to_owned(),
        len => format!("the server sent {len} bytes of its response's head and not the rest"),
    };
    assert_eq!(failure.text, what + " within 50ms (ws_options_set_handshake_timeout)\0");
    assert_eq!(failure.timeout, Some(Timeout::Handshake));
    assert!(*nul == 0 && head.starts_with(shown), "{}", shown.escape_ascii());
    assert_eq!(failure.body, b"\0");
}

#[test]
fn a_server_that_accepts_and_says_nothing_is_given_up_after_the_handshake_timeout() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.read_request();
            peer.expect_end();
        });
        is_given_up(mode, &server.url(), b"");
    });
}

#[test]
fn a_server_whose_kernel_alone_accepts_is_given_up_after_the_handshake_timeout() {
    in_every_mode(|mode| is_given_up(mode, &Listener::new().url(), b""));
}

#[test]
fn a_server_that_stops_within_the_head_is_given_up_and_what_came_is_shown() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            let head = peer.read_request();
            peer.send_what_is_taken(&head.as_bytes()[..20]);
            peer.expect_end();
        });
        is_given_up(mode, &server.url(), b"HTTP/1.1 101 Switchi");
    });
}
