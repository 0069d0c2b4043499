//! The opening handshake (RFC 6455 section 4.1) from the bytes of the response to the first frames, and every way to be refused.

use crate::{
    harness::{Connection, HEAD, REQUEST, asked},
    trace::{Entry, check, closed, opened, sent, text},
    wire,
};
use std::{
    io,
    time::{Duration, Instant},
};
use ws::protocol::{
    failure::{Failure, Phase, TlsError},
    limits::{BODY_BYTES, BODY_WAIT, LINGER, Limits},
    opening::{Opening, Progress},
    writer::End,
};

fn connecting() -> Connection {
    Connection::connecting(Limits::default())
}

/// Checks that the connection was refused, and returns why.
fn refused(connection: Connection, words: &str) -> Failure {
    check(
        &connection.trace,
        &[Entry::Error(Phase::Handshake, words.into()), closed(1006, "", false), Entry::Finished],
        "a refused handshake",
    );
    *connection.failure.unwrap()
}

/// A response's head without its blank line.
fn response(status: &str, headers: &[&str]) -> String {
    headers.iter().fold(format!("HTTP/1.1 {status}\r\n"), |head, header| head + header + "\r\n")
}

#[test]
fn the_request_goes_out_in_pieces() {
    let mut opening = Opening::new(REQUEST.to_vec(), asked(), &Limits::default(), Instant::now());
    let mut out = Vec::new();
    while let [first, ..] = opening.poll_transmit() {
        out.push(*first);
        opening.handle_transmitted(1);
    }
    assert_eq!(out, REQUEST);
}

#[test]
fn a_response_is_read_though_the_request_could_not_go_out_whole() {
    let now = Instant::now();
    let mut opening = Opening::new(REQUEST.to_vec(), asked(), &Limits::default(), now);
    opening.handle_transmitted(5);
    opening.handle_write_error(io::ErrorKind::BrokenPipe.into(), now);
    assert_eq!(opening.poll_transmit(), b"");
    let refusal = b"HTTP/1.1 431 Too Large\r\nContent-Length: 0\r\n\r\n";
    assert!(matches!(opening.handle_bytes(refusal, now), Progress::Refused(failure) if failure.http_status == 431));
}

#[test]
fn a_request_that_cannot_go_out_and_is_not_answered_fails_with_the_error_two_seconds_later_or_when_the_stream_ends() {
    let now = Instant::now();
    let broken = || {
        let mut opening = Opening::new(REQUEST.to_vec(), asked(), &Limits::default(), now);
        opening.handle_write_error(io::Error::from_raw_os_error(libc::ENOBUFS), now);
        opening.handle_write_error(io::ErrorKind::BrokenPipe.into(), now + LINGER / 2);
        assert_eq!(opening.poll_deadline(), now + LINGER);
        opening
    };
    let mut opening = broken();
    assert_eq!(opening.handle_timeout(now + LINGER / 2), None);
    let late = opening.handle_timeout(now + LINGER).expect("it is over");
    assert_eq!((late.phase, late.os_error, late.timeout), (Phase::Handshake, libc::ENOBUFS, None), "{}", late.text);
    assert!(late.text.starts_with("the connection ended after 0 bytes of the response's head: No buffer space"), "{}", late.text);
    assert_eq!(broken().handle_end(End::Fin), late);
    let alert = TlsError { text: "it refused our certificate".into(), alert: Some(42) };
    assert_eq!(broken().handle_end(End::Reset(io::Error::other(alert))).tls_alert, Some(42), "what the server said counts more");
}

#[test]
fn a_failed_write_does_not_give_the_handshake_more_time_than_it_had() {
    let now = Instant::now();
    let limits = Limits { handshake_timeout: LINGER / 2, ..Limits::default() };
    let mut opening = Opening::new(REQUEST.to_vec(), asked(), &limits, now);
    opening.handle_write_error(io::ErrorKind::BrokenPipe.into(), now);
    assert_eq!(opening.poll_deadline(), now + LINGER / 2);
}

#[test]
fn a_response_in_bytes_with_frames_in_the_same_packets_opens_the_connection() {
    let bytes = [HEAD, &wire::text("first"), &wire::ping(b"?")].concat();
    let expected = [opened(), text("first"), sent(0x8a, b"?")];
    for size in (1..200).chain([usize::MAX]) {
        let mut connection = connecting();
        for chunk in bytes.chunks(size.min(bytes.len())) {
            connection.receive(chunk);
        }
        check(&connection.trace, &expected, &format!("in chunks of {size}"));
    }
}

#[test]
fn every_cut_of_the_head_into_two_reads_opens_the_connection() {
    let bytes = [HEAD, &wire::text("first")].concat();
    for cut in 0..=bytes.len() {
        let mut connection = connecting();
        connection.receive(&bytes[..cut]);
        connection.receive(&bytes[cut..]);
        check(&connection.trace, &[opened(), text("first")], &format!("cut at {cut}"));
    }
}

#[test]
fn a_close_and_a_breach_in_the_packet_of_the_head_are_found() {
    let mut connection = connecting();
    connection.receive(&[HEAD, &wire::close(Some((1013, "later")))].concat());
    connection.fin();
    let close = wire::close_body(Some((1013, "later")));
    check(&connection.trace, &[opened(), sent(0x88, &close), Entry::Closing, closed(1013, "later", true), Entry::Finished], "a close");

    let mut connection = connecting();
    connection.receive(&[HEAD, b"HTTP"].concat());
    let expected =
        [opened(), sent(0x88, b"\x03\xea"), Entry::Shutdown, Entry::Error(Phase::Open, "reserved".into()), closed(1006, "", false)];
    check(&connection.trace, &expected, "a breach");
}

#[test]
fn the_subprotocol_agreed_on_is_in_the_open_event() {
    let head = [&HEAD[..HEAD.len() - 2], b"Sec-WebSocket-Protocol: two\r\n\r\n"].concat();
    let mut connection = Connection::asking_for(&["one", "two"], Limits::default());
    connection.receive(&head);
    check(&connection.trace, &[Entry::Open("two".into())], "the server chose");

    let mut connection = Connection::asking_for(&["one", "two"], Limits::default());
    connection.receive(HEAD);
    refused(connection, "no Sec-WebSocket-Protocol header");

    let mut connection = connecting();
    connection.receive(&head);
    refused(connection, "no subprotocol was offered");
}

#[test]
fn a_101_that_is_not_what_was_asked_for_is_refused_at_once_in_any_chunking() {
    let good = std::str::from_utf8(HEAD).unwrap();
    for (from, to, words) in [
        ("Upgrade: websocket\r\n", "", "no Upgrade header"),
        ("Connection: Upgrade", "Connection: close", "Connection"),
        ("s3pP", "S3pP", "Sec-WebSocket-Accept"),
        ("\r\n\r\n", "\r\nSec-WebSocket-Extensions: x-unknown\r\n\r\n", "Sec-WebSocket-Extensions"),
    ] {
        let head = good.replace(from, to);
        for size in [1, 10, head.len()] {
            let mut connection = connecting();
            for chunk in head.as_bytes().chunks(size) {
                assert!(!connection.is_over(), "too early");
                connection.receive(chunk);
            }
            let failure = refused(connection, words);
            assert_eq!((failure.http_status, failure.head.as_slice()), (101, head.as_bytes()));
        }
    }
}

#[test]
fn the_body_of_a_refusal_is_as_long_as_the_head_says() {
    let head = response("403 Forbidden", &["Content-Length: 10", ""]);
    let bytes = format!("{head}0123456789ignored");
    for size in [1, 3, bytes.len()] {
        let mut connection = connecting();
        for chunk in bytes.as_bytes().chunks(size) {
            if connection.is_over() {
                break;
            }
            connection.receive(chunk);
        }
        let failure = refused(connection, "HTTP status 403");
        assert_eq!((failure.http_status, failure.head, failure.body), (403, head.clone().into_bytes(), b"0123456789".to_vec()));
    }
}

#[test]
fn a_refusal_without_a_body_does_not_wait_for_one() {
    for (status, header) in [
        ("401 Unauthorized", "Content-Length: 0"),
        ("204 No Content", "X: y"),
        ("304 Not Modified", "Content-Length: 9"),
        ("100 Continue", "X: y"),
    ] {
        let mut connection = connecting();
        connection.receive(response(status, &[header, ""]).as_bytes());
        let failure = refused(connection, &status[..3]);
        assert_eq!((failure.http_status.to_string(), failure.body), (status[..3].to_owned(), Vec::new()));
    }
}

#[test]
fn a_body_without_a_length_ends_with_the_stream_or_after_a_second() {
    for headers in
        [&[""][..], &["Transfer-Encoding: chunked", "Content-Length: 3", ""], &["Content-Length: many", ""], &["Content-Length: 1000", ""]]
    {
        let begin = || {
            let mut connection = connecting();
            connection.run_until(Duration::from_secs(3));
            connection.receive(response("500 Oops", headers).as_bytes());
            connection.receive(b"some");
            connection.run_until(Duration::from_millis(3900));
            connection.receive(b" words");
            assert!(!connection.is_over(), "{headers:?}");
            connection
        };
        for end in [Connection::fin, Connection::reset, Connection::run_out] {
            let mut connection = begin();
            end(&mut connection);
            assert_eq!(connection.deadline(), None);
            let closed_at = connection.closed_at.unwrap();
            assert!(closed_at == Duration::from_millis(3900) || closed_at == Duration::from_secs(3) + BODY_WAIT, "{closed_at:?}");
            let failure = refused(connection, "HTTP status 500");
            assert_eq!((failure.http_status, failure.body.as_slice()), (500, &b"some words"[..]), "{headers:?}");
        }
    }
}

#[test]
fn a_body_is_waited_for_no_longer_than_the_handshake_may_take() {
    let mut connection = connecting();
    connection.run_until(Duration::from_millis(29_900));
    connection.receive(response("500 Oops", &[""]).as_bytes());
    connection.run_out();
    assert_eq!(connection.closed_at, Some(Duration::from_secs(30)));
    refused(connection, "HTTP status 500");
}

#[test]
fn of_a_long_body_the_beginning_is_kept() {
    let body: Vec<u8> = (0..=255).cycle().take(BODY_BYTES + 1000).collect();
    for (headers, size) in [(&[""][..], 100), (&["Content-Length: 1000000", ""], 100), (&[""], usize::MAX)] {
        let mut connection = connecting();
        connection.receive(response("502 Bad", headers).as_bytes());
        for chunk in body.chunks(size.min(body.len())) {
            if !connection.is_over() {
                connection.receive(chunk);
            }
        }
        assert_eq!(refused(connection, "502").body, body[..BODY_BYTES]);
    }
}

#[test]
fn silence_ends_the_handshake_after_its_timeout_and_shows_what_came() {
    for (sent, timeout) in [(0, 30), (1, 30), (40, 5), (HEAD.len() - 1, 1)] {
        let mut connection = Connection::connecting(Limits { handshake_timeout: Duration::from_secs(timeout), ..Limits::default() });
        connection.run_until(Duration::from_millis(500));
        connection.receive(&HEAD[..sent]);
        connection.run_out();
        assert_eq!(connection.closed_at, Some(Duration::from_secs(timeout)), "bytes do not put it off");
        let failure = refused(connection, &format!("within {timeout}s"));
        assert_eq!((failure.head.as_slice(), failure.http_status), (&HEAD[..sent], 0));
    }
}

#[test]
fn a_timer_that_fires_early_changes_nothing() {
    let now = Instant::now();
    let mut opening = Opening::new(REQUEST.to_vec(), asked(), &Limits::default(), now);
    assert_eq!(opening.handle_timeout(now + Duration::from_millis(29_999)), None);
    assert!(matches!(opening.handle_bytes(HEAD, now), Progress::Open(_, size) if size == HEAD.len()));
}

#[test]
fn an_end_inside_the_head_says_how_much_came_and_how_it_ended() {
    let mut connection = connecting();
    connection.receive(&HEAD[..20]);
    connection.fin();
    let failure = refused(connection, "after 20 bytes of the response's head: the server ended");
    assert_eq!(failure.head, HEAD[..20]);

    let mut connection = connecting();
    connection.reset();
    refused(connection, "after 0 bytes of the response's head: connection reset");
}

#[test]
fn an_answer_that_is_not_http_is_refused_at_its_first_byte_that_shows_it() {
    for (answer, at) in [(&b"\x81\x05hello"[..], 0), (b"HTTQ", 3), (b"<html>", 0)] {
        let mut connection = connecting();
        connection.receive(&answer[..at]);
        assert!(!connection.is_over());
        connection.receive(&answer[at..=at]);
        refused(connection, "does not speak HTTP");
    }
}

#[test]
fn a_head_may_be_as_long_as_its_limit_and_no_longer() {
    let head = |len: usize| {
        let start = &HEAD[..HEAD.len() - 2];
        let filler = len - HEAD.len() - "X: \r\n".len();
        [start, b"X: ", "x".repeat(filler).as_bytes(), b"\r\n\r\n"].concat()
    };
    let limits = Limits { max_head: 1000, ..Limits::default() };
    for size in [1, 1001] {
        let mut connection = Connection::connecting(limits);
        head(1000).chunks(size).for_each(|chunk| connection.receive(chunk));
        check(&connection.trace, &[opened()], "1,000 bytes");

        let mut connection = Connection::connecting(limits);
        for chunk in head(1001).chunks(size) {
            assert!(!connection.is_over(), "too early");
            connection.receive(chunk);
        }
        let failure = refused(connection, "longer than 1000 bytes");
        assert_eq!(failure.head, head(1001)[..1000]);
    }
}

#[test]
fn a_head_may_have_as_many_lines_as_its_limit_and_no_more() {
    let head = |lines: usize| [&HEAD[..HEAD.len() - 2], "X: y\r\n".repeat(lines - 4).as_bytes(), b"\r\n"].concat();
    let limits = Limits { max_head_lines: 10, ..Limits::default() };
    let mut connection = Connection::connecting(limits);
    connection.receive(&head(10));
    check(&connection.trace, &[opened()], "ten lines");

    let mut connection = Connection::connecting(limits);
    connection.receive(&head(11));
    refused(connection, "more than 10 lines");
}

#[test]
fn a_head_without_an_end_is_refused_at_the_limit_and_not_kept_growing() {
    let mut connection = connecting();
    connection.receive(b"HTTP/1.1 101 Switching Protocols\r\nX: ");
    let mut bytes = 0;
    while !connection.is_over() {
        connection.receive(&[b'x'; 4096]);
        bytes += 4096;
        assert!(bytes <= (256 << 10) + 4096, "{bytes} bytes were taken");
    }
    refused(connection, "longer than 262144 bytes");
}
