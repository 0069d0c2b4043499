//! Breaches of the framing (RFC 6455 section 5) and of the Close frame (5.5.1, 7.4): each fails the connection at its first certain byte.

use crate::{
    harness::Connection,
    script::Script,
    trace::{Entry, check, closed, sent},
    wire::{self, close, frame},
};
use ws::protocol::{failure::Phase, limits::Limits};

/// A breach: its name, our Close code, words of the error's text, bytes before it, and the bytes with whose last it is certain.
type Breach = (&'static str, u16, &'static str, Vec<u8>, Vec<u8>);

fn breaches() -> Vec<Breach> {
    let none = Vec::new;
    vec![
        ("RSV1", 1002, "reserved bits (first byte 0xc1)", none(), vec![0xc1]),
        ("RSV2", 1002, "reserved bits", none(), vec![0xa2]),
        ("RSV3 on a control frame", 1002, "reserved bits", none(), vec![0x99]),
        ("a fragmented ping", 1002, "fragmented control frame (opcode 9)", none(), vec![0x09]),
        ("a fragmented pong", 1002, "fragmented control frame (opcode 10)", none(), vec![0x0a]),
        ("a fragmented close", 1002, "fragmented control frame (opcode 8)", none(), vec![0x08]),
        ("a ping of 126 bytes", 1002, "opcode 9) of more than 125", none(), vec![0x89, 126]),
        ("a pong of 64 KiB", 1002, "opcode 10) of more than 125", none(), vec![0x8a, 127]),
        ("a close of 126 bytes", 1002, "opcode 8) of more than 125", none(), vec![0x88, 126]),
        ("a masked text", 1002, "masked", none(), vec![0x81, 0x80]),
        ("a masked ping", 1002, "masked", none(), vec![0x89, 0x85]),
        ("a 16-bit length of 125", 1002, "length 125 in 2 bytes", none(), vec![0x82, 126, 0, 125]),
        ("a 16-bit length of 0", 1002, "length 0 in 2 bytes", none(), vec![0x81, 126, 0, 0]),
        ("a 64-bit length of 65535", 1002, "length 65535 in 8 bytes", none(), vec![0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        ("a 64-bit length of 5", 1002, "length 5 in 8 bytes", none(), vec![0x82, 127, 0, 0, 0, 0, 0, 0, 0, 5]),
        ("a length with the top bit", 1002, "top bit", none(), vec![0x82, 127, 0x80]),
        ("a continuation of nothing", 1002, "no message was begun", none(), vec![0x80, 3]),
        ("a continuation of nothing that goes on", 1002, "no message was begun", none(), vec![0x00, 0]),
        ("a continuation of a whole message", 1002, "no message was begun", Vec::new(), vec![0x80, 0]),
        ("a text inside a fragmented text", 1002, "before the fragmented one", frame(0x01, b"a"), vec![0x81, 1]),
        ("a binary inside a fragmented text", 1002, "before the fragmented one", frame(0x01, b"a"), vec![0x82, 0]),
        ("a fragmented text inside another", 1002, "before the fragmented one", frame(0x01, b""), vec![0x01, 1]),
        ("a reserved opcode inside a fragmented text", 1002, "reserved opcode 3", frame(0x01, b"a"), vec![0x83]),
        ("a masked continuation", 1002, "masked", frame(0x02, b"a"), vec![0x80, 0x81]),
        ("a close with one byte", 1002, "one byte", none(), frame(0x88, b"\x03")),
        ("a reason that is not UTF-8", 1007, "0xff at offset 1", none(), frame(0x88, b"\x03\xe8x\xff")),
        ("a reason cut inside a character", 1007, "not UTF-8", none(), frame(0x88, b"\x03\xe8\xe6\xb0")),
        ("a reason with a surrogate", 1007, "not UTF-8", none(), frame(0x88, b"\x03\xe8\xed\xa0\x80")),
    ]
}

pub fn scripts() -> Vec<Script> {
    let mut breaches: Vec<_> =
        breaches().into_iter().map(|(name, code, words, before, bytes)| (name.to_owned(), code, words.to_owned(), before, bytes)).collect();
    for opcode in [3, 4, 5, 6, 7, 11, 12, 13, 14, 15] {
        for fin in [0, 0x80] {
            let first = fin | opcode;
            let words = if fin == 0 && opcode > 10 { "opcode" } else { "reserved opcode" };
            breaches.push((format!("the first byte {first:#04x}"), 1002, format!("{words} {opcode}"), Vec::new(), vec![first]));
        }
    }
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 1100, 2000, 2999, 5000, 65535] {
        let words = format!("code {code}, which may not be sent");
        breaches.push((format!("the close code {code}"), 1002, words, Vec::new(), close(Some((code, "")))));
    }
    let mut scripts = Vec::new();
    for (name, code, words, before, bytes) in breaches {
        scripts.push(
            Script::new(name.clone())
                .server(wire::text("before"))
                .gives(crate::trace::text("before"))
                .server(&before)
                .breach(code, &words, &bytes)
                .server(wire::text("ignored"))
                .server(close(Some((1000, "ignored"))))
                .server([0xff; 3]),
        );
        // Headers are checked after our Close frame, too; the server's Close frame as well; the order of messages is not.
        if before.is_empty() && words != "no message was begun" {
            scripts.push(
                Script::new(name + " after our close").close(Some((1000, ""))).breach(code, &words, bytes).server(wire::text("ignored")),
            );
        }
    }
    scripts
}

#[test]
fn every_first_byte_is_accepted_or_fails_the_connection_at_once() {
    for first in 0..=255_u8 {
        let mut connection = Connection::open(Limits::default());
        connection.receive(&[first]);
        let good = matches!(first, 0x00..=0x02 | 0x80..=0x82 | 0x88..=0x8a);
        assert_eq!(connection.trace.is_empty(), good, "{first:#04x}: {:?}", connection.trace);
    }
}

#[test]
fn messages_before_a_breach_in_the_same_read_are_delivered() {
    let mut connection = Connection::open(Limits::default());
    connection.receive(&[wire::text("good"), vec![0x83, 0], wire::text("ignored")].concat());
    check(
        &connection.trace,
        &[
            crate::trace::text("good"),
            sent(0x88, b"\x03\xea"),
            Entry::Shutdown,
            Entry::Error(Phase::Open, "reserved opcode 3".into()),
            closed(1006, "", false),
        ],
        "a breach behind a message",
    );
}
