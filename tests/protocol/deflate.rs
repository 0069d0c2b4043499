//! Compressed messages of the server (RFC 7692 section 6.2): whole, in fragments, with and without those before them.

use crate::{
    compressed::{EFFORT, HELLO, HELLO_AGAIN, compressed, head, json, parameters, stored, written},
    harness::{Connection, Numbers},
    messages::bytes,
    script::{Script, random_sizes},
    trace::{Entry, binary, check, sent, text},
    wire::{self, frame},
};
use proptest::prelude::*;
use ws::protocol::{
    Kind,
    compress::{Compressor, Effort},
    limits::Limits,
};

fn deflating(name: &str) -> Script {
    Script::deflating("", name)
}

/// The example of the RFC in two fragments, cut everywhere.
fn cut_in_two() -> impl Iterator<Item = Script> {
    (0..=HELLO.len()).map(|at| {
        let (one, two) = HELLO.split_at(at);
        deflating(&format!("a compressed text in two fragments, the first of {at} bytes"))
            .server(frame(0x41, one))
            .server(frame(0x80, two))
            .gives(text("Hello"))
            .server(frame(0xc1, HELLO_AGAIN))
            .gives(text("Hello"))
    })
}

/// Messages compressed with windows of each size.
fn windows() -> impl Iterator<Item = Script> {
    (8..=15).map(|bits| {
        let mut compressor = Compressor::new(&parameters(bits, true), EFFORT);
        let mut script = Script::deflating(&written(bits, true), format!("messages that refer back by a window of {bits} bits"));
        for _ in 0..3 {
            let (message, mut packed) = (json(4000), Vec::new());
            compressor.compress(&message, &mut packed);
            script = script.server(frame(0xc2, &packed)).gives(binary(&message));
        }
        script
    })
}

pub fn scripts() -> Vec<Script> {
    let mut scripts = vec![
        deflating("a compressed text").server(frame(0xc1, HELLO)).gives(text("Hello")),
        deflating("a compressed binary").server(frame(0xc2, HELLO)).gives(binary(b"Hello")).server_close(Some((1000, "bye"))),
        deflating("a text compressed in two blocks")
            .server(frame(0xc1, b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00"))
            .gives(text("Hello")),
        deflating("a text in a block that is not compressed").server(frame(0xc1, &stored(b"Hello"))).gives(text("Hello")),
        deflating("messages that end with a final block")
            .server(frame(0xc1, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"))
            .gives(text("Hello"))
            .server(frame(0xc1, HELLO_AGAIN))
            .gives(text("Hello"))
            .server(frame(0xc1, b"\xf3\x48\xcd\xc9\xc9\x07\x00"))
            .gives(text("Hello")),
        deflating("a message that goes on behind a final block")
            .server(frame(0xc1, &[b"\xf3\x48\xcd\xc9\xc9\x07\x00", HELLO].concat()))
            .gives(text("HelloHello")),
        deflating("compressed messages of nothing")
            .server(frame(0xc1, b"\x00"))
            .gives(text(""))
            .server(frame(0xc2, b""))
            .gives(binary(b""))
            .server(frame(0x41, b""))
            .server(frame(0x80, b""))
            .gives(text(""))
            .server(frame(0xc1, HELLO))
            .gives(text("Hello")),
        deflating("messages that refer to those before them, with some between that are not compressed")
            .server(frame(0xc1, HELLO))
            .gives(text("Hello"))
            .server(wire::text("as it is"))
            .gives(text("as it is"))
            .server([frame(0x01, b"as "), frame(0x80, b"it is")].concat())
            .gives(text("as it is"))
            .server(frame(0xc2, HELLO_AGAIN))
            .gives(binary(b"Hello"))
            .server(frame(0xc1, HELLO_AGAIN))
            .gives(text("Hello")),
        Script::deflating(&written(15, false), "messages that do not refer to those before them")
            .server(frame(0xc1, HELLO).repeat(3))
            .gives_all(vec![text("Hello"); 3]),
        deflating("pings inside a compressed message")
            .server(frame(0x41, &HELLO[..2]))
            .server(wire::ping(b"1"))
            .gives(sent(0x8a, b"1"))
            .server(frame(0x00, &HELLO[2..6]))
            .server(wire::ping(b"2"))
            .gives(sent(0x8a, b"2"))
            .server(frame(0x80, &HELLO[6..]))
            .gives(text("Hello")),
        deflating("a compressed message in fragments of a byte")
            .server(frame(0x41, b""))
            .server(HELLO.iter().flat_map(|byte| frame(0x00, &[*byte])).collect::<Vec<u8>>())
            .server(frame(0x80, b""))
            .gives(text("Hello")),
        deflating("a compressed text in fragments cut inside characters")
            .server(frame(0x41, &stored("水𝄞".as_bytes())[..6]))
            .server(frame(0x00, &stored("水𝄞".as_bytes())[6..10]))
            .server(frame(0x80, &stored("水𝄞".as_bytes())[10..]))
            .gives(text("水𝄞")),
        deflating("a long compressed text of three-byte characters")
            .server(frame(0xc1, &compressed("水火".repeat(20_000).as_bytes())))
            .gives(text(&"水火".repeat(20_000))),
        deflating("a long message that compression makes no shorter, and one that is not compressed")
            .server(frame(0xc2, &stored(&bytes(60_000))))
            .gives(binary(&bytes(60_000)))
            .server(wire::binary(&bytes(60_000)))
            .gives(binary(&bytes(60_000)))
            .server_close(None),
        deflating("a close inside a compressed message drops it")
            .server(frame(0x41, &HELLO[..4]))
            .server_close(Some((1001, "bye")))
            .server(frame(0x80, b"\x07")),
        // What is no deflate stream shows that nobody inflates it.
        deflating("after our close compressed messages are dropped as they are")
            .close(Some((1000, "")))
            .server(frame(0xc1, b"\x07\x07\x07"))
            .server(frame(0x42, b"\x07"))
            .server(frame(0x80, b"\x07"))
            .server_close(Some((1000, ""))),
        deflating("after our close the rest of a compressed message is dropped as it is")
            .server(frame(0x41, &HELLO[..3]))
            .close(Some((1000, "")))
            .server(frame(0x00, b"\x07\x07\x07"))
            .server(frame(0x80, b"\x07"))
            .server_close(Some((1000, ""))),
        deflating("short messages of ours go out as they are").send(Kind::Text, b"short").send(Kind::Binary, b"").server_close(None),
    ];
    scripts.extend(cut_in_two());
    scripts.extend(windows());
    scripts
}

/// A message of the server.
#[derive(Debug, Clone)]
struct Message {
    len: usize,
    text: bool,
    compressed: bool,
    /// Where it is cut into fragments, in thousandths of its length; a ping comes before each of those that are even.
    cuts: Vec<usize>,
}

fn message() -> impl Strategy<Value = Message> {
    let len = prop_oneof![4 => 0..300_usize, 2 => 0..20_000_usize, 1 => 0..120_000_usize];
    (len, any::<bool>(), prop::bool::weighted(0.8), prop::collection::vec(0..=1000_usize, 0..4)).prop_map(
        |(len, text, compressed, mut cuts)| {
            cuts.sort_unstable();
            Message { len, text, compressed, cuts }
        },
    )
}

/// The frames of a message whose payload, compressed or not, is `payload`, and the answers that its pings get.
fn frames(message: &Message, payload: &[u8], trace: &mut Vec<Entry>) -> Vec<u8> {
    let mut first = if message.text { 0x01 } else { 0x02 } | if message.compressed { 0x40 } else { 0 };
    let (mut all, mut start) = (Vec::new(), 0);
    for cut in &message.cuts {
        let end = payload.len() * cut / 1000;
        all.extend(frame(first, &payload[start..end]));
        if cut % 2 == 0 {
            all.extend(wire::ping(b"?"));
            trace.push(sent(0x8a, b"?"));
        }
        (first, start) = (0x00, end);
    }
    all.extend(frame(first | 0x80, &payload[start..]));
    all
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_the_server_compresses_is_received_in_any_fragments_and_any_chunking(
        bits in 8_u8..=15,
        takeover: bool,
        level in 1_u8..=9,
        memory in 1_u8..=9,
        messages in prop::collection::vec(message(), 1..6),
        seed: u64,
    ) {
        let mut compressor = Compressor::new(&parameters(bits, takeover), Effort { level, memory });
        let (mut bytes, mut expected) = (Vec::new(), Vec::new());
        for message in &messages {
            let payload = json(message.len);
            let mut packed = Vec::new();
            if message.compressed {
                compressor.compress(&payload, &mut packed);
            } else {
                packed.clone_from(&payload);
            }
            bytes.extend(frames(message, &packed, &mut expected));
            expected.push(Entry::Message(if message.text { Kind::Text } else { Kind::Binary }, payload));
        }
        for how in ["whole", "byte by byte", "in chunks"] {
            let mut numbers = Numbers(seed);
            let mut connection = Connection::opened_by(&head(&written(bits, takeover)), Limits::default());
            connection.direct = seed % 2 == 0;
            let mut rest = &bytes[..];
            while !rest.is_empty() {
                let size = match how {
                    "whole" => usize::MAX,
                    "byte by byte" => 1,
                    _ => random_sizes(&mut numbers),
                };
                let (part, after) = rest.split_at(size.min(rest.len()));
                connection.receive(part);
                rest = after;
            }
            check(&connection.trace, &expected, how);
        }
    }
}
