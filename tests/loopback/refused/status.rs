//! Answers with another status than 101: refused with status, head and body, never followed, never tried again. As in Chromium.

use super::{
    super::support::{
        client::{Client, ERROR, LOST, in_every_mode},
        server::{Listener, Server},
    },
    is_refused,
};
use ws::{client::options::Options, protocol::failure::Phase};

/// A status line with more header lines and a body, the rest of the head being what would be right, is refused.
#[track_caller]
fn is_no_opening(status: u16, reason: &'static str, lines: &'static str, body: &'static str) {
    let text = format!("the server answered with the HTTP status {status} {reason:?}; 101 was expected");
    is_refused(&[], status, &text, move |right| {
        let line = format!("HTTP/1.1 {status} {reason}");
        let head = right.replace("HTTP/1.1 101 Switching Protocols", &line);
        format!("{head}{lines}Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
    });
}

#[test]
fn a_200_is_refused_though_everything_else_is_right() {
    is_no_opening(200, "OK", "Content-Type: text/html\r\n", "<p>not a WebSocket server</p>");
}

#[test]
fn a_400_is_refused() {
    is_no_opening(400, "Bad Request", "", "what?");
}

#[test]
fn a_401_is_refused() {
    is_no_opening(401, "Unauthorized", "WWW-Authenticate: Basic realm=\"x\"\r\n", "who?");
}

#[test]
fn a_403_is_refused() {
    is_no_opening(403, "Forbidden", "", "not you");
}

#[test]
fn a_404_is_shown_with_head_and_body() {
    is_no_opening(404, "Not Found", "", "not here\n");
}

#[test]
fn a_407_is_refused() {
    is_no_opening(407, "Proxy Authentication Required", "Proxy-Authenticate: Basic realm=\"x\"\r\n", "");
}

#[test]
fn a_426_is_refused_and_no_other_version_is_tried() {
    is_no_opening(426, "Upgrade Required", "Sec-WebSocket-Version: 8, 7\r\n", "13 is too new");
}

#[test]
fn a_500_is_refused() {
    is_no_opening(500, "Internal Server Error", "", "oops");
}

#[test]
fn a_503_is_refused_and_not_tried_again() {
    is_no_opening(503, "Service Unavailable", "Retry-After: 0\r\n", "");
}

#[test]
fn a_status_without_a_reason_is_shown_without_one() {
    is_refused(&[], 418, "the HTTP status 418 \"\"; 101 was expected", |_| b"HTTP/1.1 418\r\nContent-Length: 0\r\n\r\n".to_vec());
}

/// A redirect to another port, where nobody may knock: so whatever the request held, credentials too, reaches nobody else
/// (CVE-2024-28849, CVE-2025-14524, GHSA-3787-6prv-h9w3).
#[track_caller]
fn is_not_followed(status: u16, reason: &'static str) {
    for scheme in ["ws", "http"] {
        let elsewhere = Listener::new();
        let location = format!("{scheme}://{}/", elsewhere.address());
        let text = format!("(redirects are not followed; this one leads to {location:?})");
        is_refused(&[], status, &text, move |_| {
            format!("HTTP/1.1 {status} {reason}\r\nLocation: {location}\r\nContent-Length: 5\r\n\r\nmoved").into_bytes()
        });
        assert!(elsewhere.is_empty(), "{status}");
    }
}

#[test]
fn a_300_is_not_followed() {
    is_not_followed(300, "Multiple Choices");
}

#[test]
fn a_301_is_not_followed() {
    is_not_followed(301, "Moved Permanently");
}

#[test]
fn a_302_is_not_followed() {
    is_not_followed(302, "Found");
}

#[test]
fn a_303_is_not_followed() {
    is_not_followed(303, "See Other");
}

#[test]
fn a_307_is_not_followed() {
    is_not_followed(307, "Temporary Redirect");
}

#[test]
fn a_308_is_not_followed() {
    is_not_followed(308, "Permanent Redirect");
}

#[test]
fn a_redirect_to_another_path_of_the_same_server_is_not_followed() {
    is_refused(&[], 302, "this one leads to \"/elsewhere\"", |_| {
        b"HTTP/1.1 302 Found\r\nLocation: /elsewhere\r\nContent-Length: 0\r\n\r\n".to_vec()
    });
}

/// Chromium answers a 401 once with the URL's name and password; they never leave us.
#[test]
fn a_401_is_not_answered_with_the_urls_password() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            let request = peer.read_head();
            assert!(!request.contains("Authorization") && !request.contains("password"), "{request}");
            peer.send(b"HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"x\"\r\nContent-Length: 0\r\n\r\n");
            peer.expect_end();
        });
        let url = server.url().replace("ws://", "ws://name:password@");
        let mut client = Client::connect_to(mode, &url, Options::default());
        assert_eq!(client.rest(), [ERROR, LOST]);
        assert_eq!(client.socket.failure().unwrap().http_status, 401);
        assert!(!server.is_asked_again());
    });
}

/// RFC 9110 section 15.2 has a client read them and go on to the final response; a browser does not, so we do not. No WebSocket server
/// has a reason to send them.
#[test]
fn an_interim_100_before_the_101_is_refused() {
    is_refused(&[], 100, "the HTTP status 100 \"Continue\"; 101 was expected", |right| {
        format!("HTTP/1.1 100 Continue\r\n\r\n{right}\r\n").into_bytes()
    });
}

#[test]
fn early_hints_before_the_101_are_refused() {
    is_refused(&[], 103, "the HTTP status 103 \"Early Hints\"; 101 was expected", |right| {
        format!("HTTP/1.1 103 Early Hints\r\nLink: </style.css>\r\n\r\n{right}\r\n").into_bytes()
    });
}

#[test]
fn of_a_long_body_the_first_4096_bytes_are_shown() {
    is_refused(&[], 500, "500", |_| [&b"HTTP/1.1 500 Oops\r\nContent-Length: 10000\r\n\r\n"[..], &[b'x'; 10_000]].concat());
}

#[test]
fn a_body_that_does_not_come_whole_is_waited_for_in_vain_and_shown_as_far_as_it_came() {
    is_refused(&[], 403, "403", |_| b"HTTP/1.1 403 Forbidden\r\nContent-Length: 100\r\n\r\nbecause".to_vec());
}

#[test]
fn a_body_whose_length_is_not_said_ends_with_the_stream() {
    for end_with_reset in [false, true] {
        in_every_mode(|mode| {
            let server = Server::new(move |peer| {
                peer.read_request();
                peer.send(b"HTTP/1.0 404 Not Found\r\n\r\nuntil here");
                if end_with_reset {
                    peer.wait_until_received();
                    peer.reset();
                } else {
                    peer.end();
                }
            });
            let mut client = Client::connect(mode, &server);
            assert_eq!(client.rest(), [ERROR, LOST]);
            let failure = client.socket.failure().unwrap();
            assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Handshake, 404, 0));
            assert_eq!(
                (failure.head.as_slice(), failure.body.as_slice()),
                (&b"HTTP/1.0 404 Not Found\r\n\r\n\0"[..], &b"until here\0"[..])
            );
        });
    }
}
