//! Opening handshakes that do not succeed: error, close(1006), and the failure says why.

use super::support::{
    client::{Client, ERROR, LOST, in_every_mode, options},
    server::{Server, wait},
};
use std::{sync::mpsc, time::Duration};
use ws::{client::options::Options, protocol::failure::Phase};

/// The response that `respond` makes of the right one's head is refused; the failure's text has `word` in it.
#[track_caller]
fn is_refused(word: &str, protocols: &[&str], status: u16, respond: fn(String) -> String) {
    in_every_mode(|mode| {
        let (sent, response) = mpsc::channel();
        let server = Server::new(move |peer| {
            let bytes = respond(peer.read_request());
            sent.send(bytes.clone()).unwrap();
            peer.send(bytes.as_bytes());
            peer.expect_end();
        });
        let options = options(|options| options.protocols = protocols.iter().map(|&name| name.into()).collect());
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Handshake, status, 0), "{}", failure.text);
        assert!(failure.text.contains(word), "{word:?} in {:?}", failure.text);
        let response = wait(&response);
        let end = response.find("\r\n\r\n").unwrap() + 4;
        assert_eq!(failure.head, format!("{}\0", &response[..end]).into_bytes());
        assert_eq!(failure.body, format!("{}\0", &response[end..]).into_bytes());
        assert_eq!(client.socket.protocol(), c"");
    });
}

#[test]
fn a_404_is_shown_with_head_and_body() {
    is_refused("404", &[], 404, |_| "HTTP/1.1 404 Not Found\r\nContent-Length: 9\r\n\r\nnot here\n".into());
}

#[test]
fn a_redirect_is_not_followed() {
    is_refused("302", &[], 302, |_| "HTTP/1.1 302 Found\r\nLocation: ws://127.0.0.1:1/\r\nContent-Length: 0\r\n\r\n".into());
}

#[test]
fn a_wrong_accept_key_is_refused() {
    is_refused("Sec-WebSocket-Accept", &[], 101, |right| right.replace("Accept: ", "Accept: A") + "\r\n");
}

#[test]
fn a_missing_upgrade_is_refused() {
    is_refused("Upgrade", &[], 101, |right| right.replace("Upgrade: websocket\r\n", "") + "\r\n");
}

#[test]
fn a_missing_connection_is_refused() {
    is_refused("Connection", &[], 101, |right| right.replace("Connection: Upgrade\r\n", "") + "\r\n");
}

#[test]
fn an_extension_nobody_offered_is_refused() {
    is_refused("xtension", &[], 101, |right| right + "Sec-WebSocket-Extensions: permessage-deflate\r\n\r\n");
}

#[test]
fn a_subprotocol_that_is_not_confirmed_is_refused() {
    is_refused("Sec-WebSocket-Protocol", &["chat"], 101, |right| right + "\r\n");
}

#[test]
fn a_subprotocol_nobody_asked_for_is_refused() {
    is_refused("subprotocol", &[], 101, |right| right + "Sec-WebSocket-Protocol: chat\r\n\r\n");
    is_refused("Sec-WebSocket-Protocol", &["chat"], 101, |right| right + "Sec-WebSocket-Protocol: Chat\r\n\r\n");
}

#[test]
fn the_end_within_the_response_is_refused_with_what_had_come() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            let head = peer.read_request();
            peer.send(&head.as_bytes()[..20]);
            peer.end();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.os_error), (Phase::Handshake, 0));
        assert_eq!(failure.head, b"HTTP/1.1 101 Switchi\0");
    });
}

#[test]
fn a_reset_within_the_response_is_refused_with_the_systems_number() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.read_request();
            peer.reset();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.os_error), (Phase::Handshake, libc::ECONNRESET));
    });
}

#[test]
fn a_server_that_says_nothing_is_given_up_after_the_handshake_timeout() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.read_request();
            peer.expect_end();
        });
        let limits = ws::protocol::limits::Limits { handshake_timeout: Duration::from_millis(50), ..Default::default() };
        let mut client = Client::connect_to(mode, &server.url(), Options { limits, ..Options::default() });
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Handshake);
        assert!(failure.text.contains("50ms"), "{}", failure.text);
    });
}
