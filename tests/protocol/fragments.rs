//! Fragmented messages (RFC 6455 section 5.4), with control frames between the fragments.

use crate::{
    harness::Connection,
    messages::bytes,
    script::Script,
    trace::{binary, check, sent, text},
    wire::{self, frame},
};
use std::time::Duration;
use ws::protocol::limits::Limits;

pub fn scripts() -> Vec<Script> {
    vec![
        Script::new("a text in three fragments")
            .server(frame(0x01, b"one, "))
            .server(frame(0x00, b"two, "))
            .server(frame(0x80, b"three"))
            .gives(text("one, two, three")),
        Script::new("fragments cut inside characters")
            .server(frame(0x01, b"\xe6"))
            .server(frame(0x00, b"\xb0\xb4\xf0\x9d"))
            .server(frame(0x00, b"\x84"))
            .server(frame(0x80, b"\x9e"))
            .gives(text("水𝄞")),
        Script::new("empty fragments")
            .server(frame(0x02, b""))
            .server(frame(0x00, b""))
            .server(frame(0x00, b"x"))
            .server(frame(0x00, b""))
            .server(frame(0x80, b""))
            .gives(binary(b"x")),
        Script::new("nothing but empty fragments")
            .server(frame(0x01, b""))
            .server(frame(0x00, b"").repeat(20))
            .server(frame(0x80, b""))
            .gives(text(""))
            .server(wire::text("after"))
            .gives(text("after")),
        Script::new("fragments of one byte")
            .server(frame(0x01, b"x"))
            .server(frame(0x00, b"y").repeat(100))
            .server(frame(0x80, b"z"))
            .gives(text(&format!("x{}z", "y".repeat(100)))),
        Script::new("fragments with each form of the length")
            .server(frame(0x02, &bytes(125)))
            .server(frame(0x00, &bytes(126)))
            .server(frame(0x00, &bytes(65_536)))
            .server(frame(0x80, &bytes(65_535)))
            .gives(binary(&[bytes(125), bytes(126), bytes(65_536), bytes(65_535)].concat()))
            .server_close(Some((1000, ""))),
        Script::new("pings inside a fragmented message are answered before it is complete")
            .server(frame(0x01, b"be"))
            .server(wire::ping(b"1"))
            .gives(sent(0x8a, b"1"))
            .server(frame(0x00, b"tw"))
            .server(wire::ping(b""))
            .gives(sent(0x8a, b""))
            .server(wire::ping(b"2"))
            .gives(sent(0x8a, b"2"))
            .server(frame(0x80, b"een"))
            .gives(text("between")),
        Script::new("a pong inside a fragmented message")
            .ping(b"?")
            .server(frame(0x01, b"a"))
            .server(wire::pong(b"?"))
            .gives(crate::trace::Entry::Pong(b"?".to_vec(), Duration::ZERO))
            .server(frame(0x80, b"b"))
            .gives(text("ab")),
        Script::new("a close inside a fragmented message drops it")
            .server(frame(0x01, b"never comp"))
            .server_close(Some((1001, "bye")))
            .server(frame(0x80, b"lete")),
        Script::new("fragmented messages follow each other")
            .server(frame(0x01, b"a"))
            .server(frame(0x80, b"b"))
            .gives(text("ab"))
            .server(frame(0x02, b"c"))
            .server(frame(0x80, b"d"))
            .gives(binary(b"cd")),
        Script::new("two long fragments in the message's own buffer")
            .server(frame(0x02, &bytes(40_000)))
            .server(wire::ping(b"between"))
            .gives(sent(0x8a, b"between"))
            .server(frame(0x80, &bytes(50_000)))
            .gives(binary(&[bytes(40_000), bytes(50_000)].concat()))
            .server(wire::text("after"))
            .gives(text("after"))
            .server_close(None),
    ]
}

#[test]
fn a_text_cut_into_fragments_at_any_two_places_is_whole_again() {
    let whole = "aß水𝄞\u{10ffff}z".as_bytes();
    for first in 0..=whole.len() {
        for second in first..=whole.len() {
            let mut connection = Connection::open(Limits::default());
            connection.receive(&frame(0x01, &whole[..first]));
            connection.receive(&frame(0x00, &whole[first..second]));
            connection.receive(&frame(0x80, &whole[second..]));
            check(&connection.trace, &[text("aß水𝄞\u{10ffff}z")], &format!("cut at {first} and {second}"));
        }
    }
}
