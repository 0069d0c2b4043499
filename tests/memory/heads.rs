//! Heads of responses that are long, endless or in single bytes (CVE-2023-43669, CVE-2021-32640, CVE-2023-38039).

use super::allocator::measure;
use std::time::Instant;
use ws::protocol::{
    limits::Limits,
    opening::{Asked, Opening, Progress},
};

/// RFC 6455's example (section 1.3).
const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
const HEAD: &str = "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n";
const MEBIBYTE: usize = 1 << 20;

fn opening(limits: &Limits) -> Opening {
    Opening::new(b"GET / HTTP/1.1\r\n\r\n".to_vec(), Asked { key: KEY.into(), ..Asked::default() }, limits, Instant::now())
}

/// Heads that do not end: a name, `start`, and then `line` again and again.
const ENDLESS: [(&str, &str, &str); 6] = [
    ("one endless status line", "HTTP/1.1 404 ", "x"),
    ("one endless name", "HTTP/1.1 101 x\r\n", "x"),
    ("one endless value", "HTTP/1.1 101 x\r\nX: ", "x"),
    ("a value folded again and again", "HTTP/1.1 101 x\r\nX: ", "y\r\n "),
    ("long lines", "HTTP/1.1 101 x\r\n", "X-Some-Header: 0123456789012345678901234567890123456789012345678901234567890123456789\r\n"),
    ("short lines", "HTTP/1.1 101 x\r\n", "a:\n"),
];

/// The bytes that are taken of a head, given `size` at a time, until it is refused, and why.
fn take_in(opening: &mut Opening, bytes: &[u8], size: usize) -> (usize, String) {
    for (index, chunk) in bytes.chunks(size).enumerate() {
        match opening.handle_bytes(chunk, Instant::now()) {
            Progress::More => {}
            Progress::Refused(failure) => return ((index + 1) * size, failure.text),
            Progress::Open(..) => panic!("it opened the connection"),
        }
    }
    panic!("all of it was taken");
}

#[test]
fn a_head_of_a_mebibyte_is_refused_at_the_limit_and_takes_no_more_memory_than_that() {
    let limits = Limits::default();
    let most = limits.max_head as usize;
    for (name, start, line) in ENDLESS {
        let bytes = [start, &line.repeat(MEBIBYTE / line.len())].concat();
        for size in [1, 1460, 65_536] {
            let mut opening = opening(&limits);
            let ((taken, why), memory) = measure(|| take_in(&mut opening, bytes.as_bytes(), size));
            assert!(taken <= most + size, "{name}, {size} bytes at a time: {taken} bytes were taken");
            assert!(why.contains("longer than 262144 bytes") || why.contains("more than 4096 lines"), "{name}: {why}");
            // A vector that grows by doubling asks for no more than four times its size in all; one copy is shown to people.
            assert!(memory.total <= 5 * most, "{name}, {size} bytes at a time: {} bytes were asked for in all", memory.total);
            assert!(memory.largest <= 2 * most, "{name}, {size} bytes at a time: {} bytes at once", memory.largest);
        }
    }
}

#[test]
fn a_legal_head_of_8_kib_in_single_bytes_opens_the_connection() {
    let mut head = HEAD.to_owned();
    while head.len() < 8 << 10 {
        head += "Set-Cookie: some=thing; path=/; secure\r\n";
    }
    head += "\r\n";
    let mut opening = opening(&Limits::default());
    let (opened, memory) = measure(|| {
        let (last, rest) = head.as_bytes().split_last().unwrap();
        for byte in rest {
            assert!(matches!(opening.handle_bytes(&[*byte], Instant::now()), Progress::More));
        }
        matches!(opening.handle_bytes(&[*last], Instant::now()), Progress::Open(_, 1))
    });
    assert!(opened);
    // Collected once, then taken apart once: names and values.
    assert!(memory.total <= 16 * head.len(), "{} bytes were asked for", memory.total);
}
