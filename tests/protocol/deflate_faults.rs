//! Compressed messages that are too large or no deflate streams, and bits of compression where they may not be: the connection is
//! failed, with the same code in any chunking.

use crate::{
    compressed::{HELLO, HELLO_AGAIN, block, compressed, head, stored, written},
    harness::{Connection, Numbers},
    script::{Script, random_sizes},
    trace::{Entry, binary, check, closed, sent, text},
    wire::{self, frame},
};
use ws::protocol::{failure::Phase, inflate::TAIL, limits::Limits, pool::Pool, reader::Reader, window::Window};

/// The bytes of a frame but the last `left` ones, and those.
fn without(left: usize, frame: &[u8]) -> (&[u8], &[u8]) {
    frame.split_at(frame.len() - left)
}

/// A fault that is certain while `left` bytes of the frame are still missing.
fn fault(name: &str, code: u16, words: &str, frame: &[u8], left: usize) -> Script {
    let (bytes, rest) = without(left, frame);
    let script = Script::deflating("", name).server(wire::frame(0xc1, HELLO)).gives(text("Hello"));
    script.breach(code, words, bytes).server(rest)
}

pub fn scripts() -> Vec<Script> {
    const CORRUPT: &str = "a compressed message that is no deflate stream";
    const UTF8: &str = "not UTF-8";
    const BITS: &str = "that begins no message";
    let ten = |limits: &mut Limits| limits.max_message = 10;
    let frames = |limits: &mut Limits| limits.max_frame = 7;
    vec![
        // ---- what is inflated is no text ----
        fault("a bad byte in a compressed text is found where it stands", 1007, UTF8, &frame(0xc1, &stored(b"ab\xffcd")), 3),
        fault("a compressed text that ends inside a character", 1007, UTF8, &frame(0xc1, &stored(b"ab\xe6\xb0")), 0),
        fault("a bad byte before a bad block", 1007, UTF8, &frame(0xc1, b"\x00\x02\x00\xfd\xffa\xff\x07\x07"), 2),
        fault("a bad block before a bad byte", 1002, CORRUPT, &frame(0xc1, b"\x00\x01\x00\xfe\xffa\x07\xff\xff"), 2),
        Script::deflating("", "a compressed binary need not be UTF-8").server(frame(0xc2, &stored(b"ab\xff"))).gives(binary(b"ab\xff")),
        // ---- no deflate streams ----
        fault("a block of a kind that does not exist", 1002, CORRUPT, &frame(0xc2, b"\x07\x00\x00"), 2),
        fault("a length that its complement contradicts", 1002, CORRUPT, &frame(0xc2, b"\x00\x05\x00\xfa\x00Hello\x00"), 6),
        fault("a compressed message that ends within a block", 1002, CORRUPT, &frame(0xc1, &stored(b"Hello")[..8]), 0),
        fault(
            "a compressed message that ends within a block behind a final one",
            1002,
            CORRUPT,
            &frame(0xc1, b"\x03\x00\x00\x05\x00\xfa\xffHi"),
            0,
        ),
        fault(
            "a bad block in the middle of a fragmented message",
            1002,
            CORRUPT,
            &[frame(0x41, &block(b"Hi")), frame(0x00, b"\x07")].concat(),
            0,
        ),
        Script::deflating(&written(15, false), "a reference to a message that may not be referred to")
            .server(frame(0xc1, HELLO))
            .gives(text("Hello"))
            .breach(1002, CORRUPT, without(2, &frame(0xc1, HELLO_AGAIN)).0)
            .server(b"\0\0"),
        // ---- too large ----
        Script::deflating("", "a compressed message as large as allowed")
            .limits(ten)
            .server(frame(0xc2, &stored(b"0123456789")))
            .gives(binary(b"0123456789")),
        Script::deflating("", "a compressed message that is longer than what comes of it")
            .limits(ten)
            .server(frame(0xc2, &[block(b"").repeat(100), stored(b"x")].concat()))
            .gives(binary(b"x")),
        Script::deflating("", "a compressed message one byte too large")
            .limits(ten)
            .breach(
                1009,
                "a compressed message that is larger than the maximum of 10 bytes",
                without(1, &frame(0xc2, &stored(b"0123456789a"))).0,
            )
            .server(b"\0"),
        Script::deflating("", "a compressed message too large, with a bad block behind that")
            .limits(ten)
            .breach(1009, "larger than the maximum of 10 bytes", without(1, &frame(0xc2, &stored(b"0123456789a"))).0)
            .server(b"\x07"),
        Script::deflating("", "a compressed frame too large").limits(frames).breach(1009, "a frame of 8 bytes", b"\xc1\x08"),
        Script::deflating("", "a compressed frame as large as allowed").limits(frames).server(frame(0xc1, HELLO)).gives(text("Hello")),
        // ---- RSV1 ----
        Script::deflating("", "RSV1 on a continuation").server(frame(0x41, HELLO)).breach(1002, BITS, b"\xc0").server(b"\x00"),
        Script::deflating("", "RSV1 on the continuation of a message that is not compressed")
            .server(frame(0x01, b"as"))
            .breach(1002, BITS, b"\x40")
            .server(b"\x00"),
        Script::deflating("", "RSV1 on a ping with compression").breach(1002, BITS, b"\xc9").server(b"\x00"),
        Script::deflating("", "RSV1 on a pong with compression").breach(1002, BITS, b"\xca").server(b"\x00"),
        Script::deflating("", "RSV1 on a Close with compression").breach(1002, BITS, b"\xc8").server(b"\x00"),
        Script::deflating("", "RSV1 and RSV2").breach(1002, "reserved bits (first byte 0xe1)", b"\xe1").server(b"\x00"),
        Script::deflating("", "RSV1 and RSV3").breach(1002, "reserved bits (first byte 0xd2)", b"\xd2").server(b"\x00"),
        Script::deflating("", "RSV2 with compression").breach(1002, "reserved bits (first byte 0xa1)", b"\xa1").server(b"\x00"),
        Script::deflating("", "a compressed message inside a fragmented one")
            .server(frame(0x41, HELLO))
            .breach(1002, "before the fragmented one", &frame(0xc1, HELLO)[..2])
            .server(HELLO),
        Script::deflating("", "RSV1 on a continuation after our close")
            .close(Some((1000, "")))
            .server(frame(0x41, HELLO))
            .breach(1002, BITS, b"\xc0")
            .server(b"\x00"),
    ]
}

/// The trace of messages that come in reads of `sizes`.
fn trace(limits: Limits, bytes: &[u8], mut sizes: impl FnMut() -> usize) -> Vec<Entry> {
    let mut connection = Connection::opened_by(&head(""), limits);
    let mut rest = bytes;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(sizes().min(rest.len()));
        connection.receive(part);
        rest = after;
    }
    connection.trace
}

/// What is seen of a message, which must be the same in any chunking.
fn in_any_chunking(limits: Limits, bytes: &[u8], context: &str) -> Vec<Entry> {
    let whole = trace(limits, bytes, || usize::MAX);
    assert!(trace(limits, bytes, || 1) == whole, "{context}: byte by byte");
    for seed in 0..20 {
        let mut numbers = Numbers(seed);
        assert!(trace(limits, bytes, || random_sizes(&mut numbers)) == whole, "{context}: chunks of seed {seed}");
    }
    whole
}

fn failed(code: u16, words: &str) -> [Entry; 4] {
    [sent(0x88, &code.to_be_bytes()), Entry::Shutdown, Entry::Error(Phase::Open, words.into()), closed(1006, "", false)]
}

#[test]
fn a_bomb_is_stopped_at_the_largest_message_in_any_chunking() {
    let bomb = frame(0xc2, &compressed(&vec![0; 10 << 20]));
    assert!(bomb.len() < 11_000, "{} bytes", bomb.len());
    let limits = Limits { max_message: 1 << 20, ..Limits::default() };
    check(&in_any_chunking(limits, &bomb, "a bomb"), &failed(1009, "larger than the maximum of 1048576 bytes"), "a bomb");
    let limits = Limits { max_message: 10 << 20, ..Limits::default() };
    check(&trace(limits, &bomb, || usize::MAX), &[binary(&vec![0; 10 << 20])], "a message");
}

#[test]
fn a_message_that_becomes_too_many_times_as_long_is_stopped_in_any_chunking() {
    let bomb = frame(0xc2, &compressed(&vec![0; 3 << 20]));
    for (ratio, fails) in [(2, true), (100, true), (500, true), (800, false), (1100, false)] {
        let limits = Limits { max_ratio: ratio, ..Limits::default() };
        let seen = in_any_chunking(limits, &bomb, &format!("a ratio of {ratio}"));
        if fails {
            check(&seen, &failed(1009, &format!("more than {ratio} times as large as it was sent")), "a bomb");
        } else {
            check(&seen, &[binary(&vec![0; 3 << 20])], "a message");
        }
    }
}

#[test]
fn the_ratio_is_that_of_what_has_come_and_the_first_mib_is_free() {
    let limits = Limits { max_ratio: 2, ..Limits::default() };
    let zeros = vec![0; 1 << 20];
    check(&in_any_chunking(limits, &frame(0xc2, &compressed(&zeros)), "a MiB"), &[binary(&zeros)], "a MiB of zeros");
    // The bytes that would make up for it come too late, though they may come at once.
    let dense: Vec<u8> = (0..50).flat_map(|_| block(&vec![7; 60_000])).collect();
    let late = frame(0xc2, &[&compressed(&vec![0; 2 << 20])[..], &TAIL, &dense].concat());
    check(&in_any_chunking(limits, &late, "late"), &failed(1009, "more than 2 times"), "zeros first");
    let early = frame(0xc2, &[dense, compressed(&vec![0; 2 << 20])].concat());
    let message = [vec![7; 50 * 60_000], vec![0; 2 << 20]].concat();
    check(&trace(limits, &early, || usize::MAX), &[binary(&message)], "zeros last");
}

#[test]
fn random_bytes_as_compressed_texts_end_the_same_in_any_chunking() {
    let mut violations = 0;
    for seed in 0..300 {
        let mut numbers = Numbers(seed);
        let len = 1 + numbers.below(60);
        let payload: Vec<u8> = (0..len).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect();
        let limits = Limits { max_message: 40, ..Limits::default() };
        let seen = in_any_chunking(limits, &[frame(0xc1, &payload), frame(0xc1, HELLO)].concat(), &format!("seed {seed}"));
        violations += usize::from(seen.iter().any(|entry| matches!(entry, Entry::Error(..))));
    }
    assert!(violations > 200, "only {violations} of 300 are faults");
}

/// 512 KiB of stack are enough: RUSTSEC-2024-0401 was an overflow of the stack in the inflater.
#[test]
fn bad_blocks_are_refused_on_a_small_stack_before_the_limit_and_behind_it() {
    let thread = std::thread::Builder::new().stack_size(512 << 10).spawn(|| {
        for (max_message, code) in [(1 << 20, 1002), (1000, 1009)] {
            let limits = Limits { max_message, ..Limits::default() };
            let mut reader = Reader::new(&limits);
            reader.set_deflate(&crate::compressed::parameters(15, true));
            let mut bytes = frame(0xc2, &[&compressed(&vec![0; 100_000])[..], &TAIL, &[7]].concat());
            bytes.push(0);
            let violation = reader.poll(&mut Window::new(&mut bytes), &mut Pool::default()).unwrap_err();
            assert_eq!(violation.code, code, "{}", violation.text);
        }
    });
    thread.unwrap().join().unwrap();
}
