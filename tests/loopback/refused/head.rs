//! Answers that are no response head, or one that is too long.

use super::{super::support::server::Server, is_refused};
use crate::support::client::{Client, ERROR, LOST, in_every_mode};
use ws::protocol::failure::Phase;

/// What the server sends instead of a head, and words of the failure's text.
type Row = (&'static [u8], &'static str);

/// All tables of this file.
pub const ALL: [&[Row]; 3] = [GARBAGE, STATUS_LINES, BYTES];

/// Chromium refuses what does not begin with `HTTP`.
const GARBAGE: &[Row] = &[
    (b"\x15\x03\x03\0\x02\x02\x28", "the server does not speak HTTP: its answer begins with \"\\u{15}\\u{3}"),
    (b"\0\0\x12\x04\0\0\0\0\0", "does not speak HTTP"),
    (b"\x81\x05hello", "does not speak HTTP"),
    (b"SSH-2.0-OpenSSH_9.2\r\n", "its answer begins with \"SSH-2.0-OpenSSH_9.2\\r\\n\" instead of \"HTTP\""),
    (b"220 mail.example ESMTP\r\n", "its answer begins with \"220 mail.example ESMTP\\r\\n\" instead of \"HTTP\""),
    (b"<html>no</html>", "its answer begins with \"<html>no</html>\" instead of \"HTTP\""),
    (b"ICY 200 OK\r\n\r\n", "does not speak HTTP"),
    (b"HTTQ/1.1 101 Switching Protocols\r\n\r\n", "does not speak HTTP: its answer begins with \"HTTQ/1.1 101"),
    (b"http/1.1 101 Switching Protocols\r\n\r\n", "does not speak HTTP: its answer begins with \"http/1.1 101"),
    (b"\r\nHTTP/1.1 101 Switching Protocols\r\n\r\n", "does not speak HTTP"),
    (b" HTTP/1.1 101 Switching Protocols\r\n\r\n", "does not speak HTTP"),
];

#[test]
fn garbage_is_refused_at_its_first_byte_that_cannot_begin_a_response() {
    all_are_refused(GARBAGE);
}

const STATUS_LINES: &[Row] = &[
    (b"HTTP\r\n", "the server's answer begins with \"HTTP\", which is not a status line"),
    (b"HTTP/1.1\r\n", "begins with \"HTTP/1.1\", which is not a status line"),
    (b"HTTP/1.1 \r\n", "which is not a status line: \"HTTP/1.1 101 Switching Protocols\" was expected"),
    (b"HTTP/1.1 10\r\n", "which is not a status line"),
    (b"HTTP/1.1 1O1 Switching Protocols\r\n", "begins with \"HTTP/1.1 1O1 Switching Protocols\", which is not a status line"),
    (b"HTTP/1.1 1010 Switching Protocols\r\n", "which is not a status line"),
    (b"HTTP/1.1 -101 Switching Protocols\r\n", "which is not a status line"),
    (b"HTTP/11 101 Switching Protocols\r\n", "which is not a status line"),
    (b"HTTP/x.y 101 Switching Protocols\r\n", "which is not a status line"),
    (b"HTTPS/1.1 101 Switching Protocols\r\n", "which is not a status line"),
    (b"HTTP/1.1/101\r\n", "which is not a status line"),
];

#[test]
fn a_first_line_that_is_no_status_line_is_refused_at_its_end() {
    all_are_refused(STATUS_LINES);
}

/// Chromium refuses a NUL, too. The lone CR is ours: RFC 9112 section 2.2 lets a recipient refuse it.
const BYTES: &[Row] = &[
    (b"HTTP/1.1 101 Switching\0", "the response head has a NUL at offset 22"),
    (b"HTTP/1.1 101 Switching Protocols\r\nX: a\0", "the response head has a NUL at offset 38"),
    (b"HTTP/1.1 101 Switching Protocols\r\nX\0", "the response head has a NUL at offset 35"),
    (b"HTTP/1.1 101 Switching Protocols\r\nX: a\rY", "the response head has a CR at offset 38 that no LF follows"),
    (b"HTTP/1.1 101 Switching\r\r", "the response head has a CR at offset 22 that no LF follows"),
];

#[test]
fn a_nul_or_a_lone_cr_in_the_head_is_refused_where_it_stands() {
    all_are_refused(BYTES);
}

#[track_caller]
fn all_are_refused(rows: &[Row]) {
    for &(bytes, text) in rows {
        is_refused(&[], 0, text, move |_| bytes.to_vec());
    }
}

#[test]
fn an_empty_head_without_a_status_line_is_refused() {
    is_refused(&[], 0, "does not speak HTTP", |_| b"\r\n\r\n".to_vec());
}

/// Bytes of a head at the most, unless the options say otherwise: Chromium's figure.
const MOST: usize = 256 << 10;

#[test]
fn a_head_of_300_kib_is_refused_and_256_of_them_are_kept() {
    is_refused(&[], 0, "the response head is longer than 262144 bytes", |right| {
        [right.as_bytes(), b"X: ", &vec![b'x'; 300 << 10], b"\r\n\r\n"].concat()
    });
}

#[test]
fn a_head_of_5000_lines_is_refused() {
    is_refused(&[], 0, "the response head has more than 4096 lines", |right| [right, &"X: y\r\n".repeat(5000), "\r\n"].concat().into());
}

#[test]
fn an_endless_head_is_refused_at_the_limit() {
    for endless in ["X: y\r\n", "x"] {
        in_every_mode(|mode| {
            let server = Server::new(move |peer| {
                let head = peer.read_request();
                peer.send(head.as_bytes());
                while peer.send_what_is_taken(endless.repeat(1000).as_bytes()) {}
                peer.drain();
            });
            let mut client = Client::connect(mode, &server);
            assert_eq!(client.rest(), [ERROR, LOST]);
            let failure = client.socket.failure().unwrap();
            assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Handshake, 0, 0));
            let lines = endless.len() > 1;
            let text = if lines { "the response head has more than 4096 lines" } else { "the response head is longer than 262144 bytes" };
            assert!(failure.text.contains(text), "{}", failure.text);
            assert!(failure.head.starts_with(b"HTTP/1.1 101 ") && failure.head.len() <= MOST + 1, "{} bytes", failure.head.len());
        });
    }
}
