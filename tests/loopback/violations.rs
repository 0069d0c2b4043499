//! Violations of the protocol by the server: a Close frame with the right code and nothing after it, an error event, close(1006).
//!
//! Chromium fails the connection for each of them at the same byte: Close 1002, error, close(1006, not clean). We send the code of RFC
//! 6455 section 7.4.1 where it has a better one, 1007 and 1009; tests of those say "Chromium: 1002". Other differences have their
//! comment.

mod after_close;
mod close_frames;
mod frames;
mod lengths;
mod utf8;

use super::support::{
    both::in_every_mode,
    client::{Client, ERROR, LOST, OPEN},
    server::Server,
};
use ws::protocol::failure::Phase;

/// The server sends `bytes`, of which the last makes the violation certain, and waits: with the same verdict as Chromium's.
#[track_caller]
fn is_a_protocol_error(text: &str, bytes: &[u8]) {
    is_failed_with(1002, text, bytes);
}

/// The same, answered with `code`; `text` is in the failure's text.
#[track_caller]
fn is_failed_with(code: u16, text: &str, bytes: &[u8]) {
    in_every_mode(|mode| {
        let bytes = bytes.to_vec();
        let server = Server::open(move |peer| {
            peer.send(&bytes);
            peer.expect_close(code, "");
            peer.expect_end();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [OPEN, ERROR, LOST], "{text}");
        let failure = client.socket.failure().expect("it was failed");
        assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Open, 0, 0), "{}", failure.text);
        assert!(failure.text.contains(text), "{text:?} in {:?}", failure.text);
    });
}
