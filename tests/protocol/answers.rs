//! Answers to the opening handshake that are not the right one: each is refused, whole and byte by byte; and those that only look odd
//! open the connection. The verdicts are Chromium's, and of a head that nobody may send, the RFC's.

use crate::{
    harness::{Connection, HEAD},
    trace::{Entry, check, closed, opened},
};
use std::collections::HashSet;
use ws::protocol::{failure::Phase, limits::Limits};

const ACCEPT: &str = "s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";
const STATUS: &str = "HTTP/1.1 101 Switching Protocols";
const UPGRADE: &str = "Upgrade: websocket";
const CONNECTION: &str = "Connection: Upgrade";

/// The right answer, in which something is replaced by something else.
fn answer(right: &str, other: &str) -> Vec<u8> {
    let head = String::from_utf8(HEAD.to_vec()).unwrap();
    assert!(head.contains(right), "{right}");
    head.replacen(right, other, 1).into_bytes()
}

/// The right answer with one header line more.
fn with(line: &str) -> Vec<u8> {
    answer(CONNECTION, &format!("{CONNECTION}\r\n{line}"))
}

/// Answers with another status line, and words of the failure's text.
fn bad_status_lines() -> Vec<(Vec<u8>, &'static str)> {
    let mut lines = Vec::new();
    for status in [
        "100 Continue",
        "102 Processing",
        "103 Early Hints",
        "200 OK",
        "201 Created",
        "204 No Content",
        "300 x",
        "301 x",
        "302 x",
        "303 x",
        "304 x",
        "305 x",
        "307 x",
        "308 x",
        "400 x",
        "401 x",
        "402 x",
        "403 x",
        "404 x",
        "405 x",
        "407 x",
        "418 x",
        "426 x",
        "429 x",
        "500 x",
        "501 x",
        "502 x",
        "503 x",
        "505 x",
        "999 x",
    ] {
        lines.push((answer("101 Switching Protocols", status), "101 was expected"));
    }
    for line in
        ["HTTP/1.1 1011 x", "HTTP/1.1 10 x", "HTTP/1.1 x101", "HTTP/1.1", "HTTP/1.1 -101", "HTTP/11 101 x", "HTTP 101 x", "HTTP/1.1x101"]
    {
        lines.push((answer(STATUS, line), "not a status line"));
    }
    for line in ["http/1.1 101 x", "HTPP/1.1 101 x", "ICY 101 x", " HTTP/1.1 101 x", "\r\nHTTP/1.1 101 x", "GET / HTTP/1.1", "SSH-2.0-x"] {
        lines.push((answer(STATUS, line), "does not speak HTTP"));
    }
    lines
}

/// Answers with other headers, and words of the failure's text.
fn bad_headers() -> Vec<(Vec<u8>, &'static str)> {
    let mut heads = Vec::new();
    for upgrade in [
        "X: y",
        "Upgrade:",
        "Upgrade: h2c",
        "Upgrade: websocket, h2c",
        "Upgrade: websocket/13",
        "Upgrade: \"websocket\"",
        "Upgrade: web socket",
    ] {
        heads.push((answer(UPGRADE, upgrade), "Upgrade"));
    }
    heads.push((with(UPGRADE), "more than one Upgrade"));
    for connection in [
        "Connection:",
        "Connection: close",
        "Connection: keep-alive",
        "Connection: Upgrades",
        "Connection: keep-alive Upgrade",
        "X: Upgrade",
    ] {
        heads.push((answer(CONNECTION, connection), "Connection"));
    }
    let accept = format!("Sec-WebSocket-Accept: {ACCEPT}");
    for wrong in [
        "X: y",
        "Sec-WebSocket-Accept:",
        "Sec-WebSocket-Accept: dGhlIHNhbXBsZSBub25jZQ==",
        "Sec-WebSocket-Accept: \"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\"",
        "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo==",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK-xOo=",
        "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=, s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    ] {
        heads.push((answer(&accept, wrong), "Sec-WebSocket-Accept"));
    }
    heads.push((with(&accept), "more than one Sec-WebSocket-Accept"));
    for extension in ["", "permessage-deflate; x", "permessage-deflate; client_max_window_bits=16", "x-unknown", ",", "x, y"] {
        heads.push((with(&format!("Sec-WebSocket-Extensions: {extension}")), "Sec-WebSocket-Extensions"));
    }
    for protocol in ["", "chat", "chat, superchat"] {
        heads.push((with(&format!("Sec-WebSocket-Protocol: {protocol}")), "Sec-WebSocket-Protocol"));
    }
    heads.push((with("X: \0"), "NUL"));
    heads.push((with("X: a\rb"), "CR"));
    heads.push((with(&format!("X: {}", "x".repeat(300 << 10))), "longer than"));
    heads.push((with("X: y\r\n".repeat(5000).trim_end()), "more than 4096 lines"));
    // A blank line among the headers ends the head.
    heads.push((answer(UPGRADE, &format!("\r\n{UPGRADE}")), "no Upgrade header"));
    heads
}

/// What is seen when `bytes` come in chunks of `size` and the stream ends behind them.
fn answered(bytes: &[u8], size: usize) -> Connection {
    let mut connection = Connection::connecting(Limits::default());
    for chunk in bytes.chunks(size) {
        if !connection.is_over() {
            connection.receive(chunk);
        }
    }
    connection.fin();
    connection.run_out();
    connection
}

#[test]
fn each_wrong_answer_is_refused_in_any_chunking() {
    let answers: Vec<_> = bad_status_lines().into_iter().chain(bad_headers()).collect();
    let different: HashSet<&[u8]> = answers.iter().map(|(bytes, _)| bytes.as_slice()).collect();
    assert!(answers.len() >= 60 && different.len() == answers.len(), "{} of {} differ", different.len(), answers.len());
    for (bytes, words) in &answers {
        for size in [usize::MAX, 1] {
            let connection = answered(bytes, size);
            let refused = [Entry::Error(Phase::Handshake, (*words).into()), closed(1006, "", false), Entry::Finished];
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]);
            check(&connection.trace, &refused, &format!("{shown:?} in chunks of {size}"));
            assert_eq!(connection.wire.bytes, b"", "nothing is said to a server that refused");
        }
    }
}

#[test]
fn an_answer_that_only_looks_odd_opens_the_connection_in_any_chunking() {
    let lower = String::from_utf8(HEAD.to_vec()).unwrap().replace("Upgrade", "uPGRADE").replace("Connection", "cONNECTION");
    let good = [
        HEAD.to_vec(),
        answer(CONNECTION, "Connection: keep-alive, Upgrade"),
        answer(CONNECTION, "connection: UPGRADE"),
        answer(CONNECTION, "Connection: keep-alive\r\nConnection: Upgrade"),
        answer(CONNECTION, "Connection:Upgrade"),
        answer(CONNECTION, "Connection: \t Upgrade\t "),
        answer(UPGRADE, "UPGRADE: WebSocket"),
        answer(UPGRADE, "Upgrade:\r\n websocket"),
        answer(STATUS, "HTTP/1.1 101"),
        answer(STATUS, "HTTP/1.0 101 OK"),
        answer(STATUS, "HTTP/2.0 101 Gr\u{fc}ezi"),
        lower.into_bytes(),
        HEAD.iter().copied().filter(|byte| *byte != b'\r').collect(),
        with("Content-Length: 17"),
        with("Transfer-Encoding: chunked"),
        with("no colon here"),
        with("Set-Cookie: a=b\r\nSet-Cookie: c=d"),
        with(&format!("X: {}", "x".repeat(100 << 10))),
        with("X: y\r\n".repeat(2000).trim_end()),
    ];
    for bytes in good {
        for size in [usize::MAX, 1] {
            let connection = answered(&bytes, size);
            let shown = String::from_utf8_lossy(&bytes[..bytes.len().min(300)]);
            check(&connection.trace[..1], &[opened()], &format!("{shown:?} in chunks of {size}"));
        }
    }
}
