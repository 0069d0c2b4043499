//! Messages in chunks: put together, they are the messages that come whole, with the same verdict at the same byte in any chunking.

use crate::{
    compressed::{HELLO, compressed, head, json, stored},
    harness::{Connection, Numbers},
    script::{self, random_sizes},
    trace::{Entry, binary, check, closed, sent, text},
    unfinished::Unfinished,
    wire::{self, frame},
};
use ws::protocol::{
    Chunk, Kind,
    inflate::TAIL,
    limits::Limits,
    pool::Pool,
    reader::{PIECE, Payload, Reader, Received},
    window::Window,
};

/// The limits of messages in chunks.
fn limits(max_message: u64) -> Limits {
    Limits { max_chunked: Some(max_message), max_message: 1, max_frame: 1, ..Limits::default() }
}

/// What is seen of bytes that come in reads of `sizes`: the trace, and the chunks of the message that was not finished.
fn chunks(head: &[u8], limits: Limits, bytes: &[u8], leave_off: bool, mut sizes: impl FnMut() -> usize) -> (Vec<Entry>, Unfinished) {
    let mut connection = Connection::opened_by(head, limits);
    connection.leave_off = leave_off;
    let mut rest = bytes;
    while !rest.is_empty() {
        let (part, after) = rest.split_at(sizes().min(rest.len()));
        connection.receive(part);
        rest = after;
    }
    (connection.trace, connection.unfinished)
}

/// The same in any chunking, in which it must be the same; how many chunks there are of what is unfinished is not.
fn in_any_chunking(limits: Limits, bytes: &[u8], context: &str) -> (Vec<Entry>, Vec<u8>) {
    let (trace, unfinished) = chunks(&head(""), limits, bytes, false, || usize::MAX);
    for size in [1, 2, 3, 7, 4096] {
        let other = chunks(&head(""), limits, bytes, size % 2 == 0, || size);
        assert!((&other.0, &other.1.bytes) == (&trace, &unfinished.bytes), "{context}, in reads of {size}");
    }
    for seed in 0..8 {
        let mut numbers = Numbers(seed);
        let other = chunks(&head(""), limits, bytes, seed % 2 == 0, || random_sizes(&mut numbers));
        assert!((&other.0, &other.1.bytes) == (&trace, &unfinished.bytes), "{context}, in reads of seed {seed}");
    }
    (trace, unfinished.bytes)
}

fn failed(code: u16, words: &str) -> [Entry; 4] {
    use ws::protocol::failure::Phase;
    [sent(0x88, &code.to_be_bytes()), Entry::Shutdown, Entry::Error(Phase::Open, words.into()), closed(1006, "", false)]
}

#[test]
fn every_script_gives_the_same_in_chunks() {
    let mut played = 0;
    for script in script::all() {
        // Frames have no limit of their own in chunks.
        let by_frame = |entry: &Entry| matches!(entry, Entry::Error(_, words) if words.starts_with("a frame of"));
        if script.limits.max_frame < script.limits.max_message || script.expected.iter().any(by_frame) {
            continue;
        }
        played += 1;
        let mut before_a_fault = None;
        for seed in 0..20 {
            let mut numbers = Numbers(seed);
            let mut connection = Connection::connecting(Limits { max_chunked: Some(script.limits.max_message), ..script.limits });
            (connection.direct, connection.leave_off) = (seed % 2 == 1, seed % 4 > 1);
            let mut sizes = || match seed {
                0 => usize::MAX,
                1 => 1,
                _ => random_sizes(&mut numbers),
            };
            script.play(&mut connection, script.len(), &mut sizes, |_, _| ());
            let context = format!("\"{}\" in chunks of seed {seed}", script.name);
            check(&connection.trace, &script.expected, &context);
            assert_eq!(connection.direct_reads, 0, "{context}");
            let unfinished = before_a_fault.get_or_insert_with(|| connection.unfinished.bytes.clone());
            assert_eq!(*unfinished, connection.unfinished.bytes, "{context}");
        }
    }
    assert!(played > 140, "only {played} scripts");
}

#[test]
fn a_text_cut_into_reads_and_fragments_at_any_places_is_text_in_each_chunk() {
    let whole = "aß水𝄞\u{10ffff}z".as_bytes();
    for first in 0..=whole.len() {
        for second in first..=whole.len() {
            let parts = [&whole[..first], &whole[first..second], &whole[second..]];
            let context = format!("cut at {first} and {second}");
            let fragments = [frame(0x01, parts[0]), frame(0x00, parts[1]), wire::ping(b"x"), frame(0x80, parts[2])].concat();
            let (trace, _) = in_any_chunking(limits(100), &fragments, &context);
            check(&trace, &[sent(0x8a, b"x"), text("aß水𝄞\u{10ffff}z")], &context);

            let packed = stored(whole);
            let (early, late) = packed.split_at(5 + second);
            let (begin, middle) = early.split_at(5 + first);
            let fragments = [frame(0x41, begin), frame(0x00, middle), frame(0x80, late)].concat();
            let (trace, _) = in_any_chunking(limits(100), &fragments, &context);
            check(&trace, &[text("aß水𝄞\u{10ffff}z")], &format!("compressed, {context}"));
        }
    }
}

#[test]
fn a_message_that_came_at_once_is_one_chunk_in_place() {
    for (frame, kind) in [(wire::text("水"), Kind::Text), (wire::binary(b"\xff\0"), Kind::Binary), (wire::text(""), Kind::Text)] {
        let mut reader = Reader::new(&limits(100));
        let mut bytes = [&frame[..], &frame, &[0xee]].concat();
        let start = bytes.as_ptr().addr();
        let mut window = Window::new(&mut bytes);
        for place in [2, frame.len() + 2] {
            match reader.poll(&mut window, &mut Pool::default()) {
                Ok(Some(Received::Chunk(chunk, Payload::InPlace(payload)))) => {
                    assert_eq!(chunk, Chunk { kind, first: true, last: true });
                    assert_eq!((payload.as_ptr().addr() - start, &payload[..payload.len() - 1]), (place, &frame[2..]));
                }
                other => panic!("{other:?}"),
            }
        }
        assert!(window.is_empty());
        assert_eq!(reader.memory(), 0);
    }
}

#[test]
fn what_comes_before_a_fault_is_handed_out() {
    let bad = [&b"good \xe6\xb0\xb4 then "[..], b"\xe6\xffx"].concat();
    for frames in [frame(0x81, &bad), frame(0xc1, &stored(&bad)), [frame(0x01, &bad[..7]), frame(0x80, &bad[7..])].concat()] {
        let (trace, before) = in_any_chunking(limits(100), &frames, "bad text");
        check(&trace, &failed(1007, "not UTF-8"), "bad text");
        assert_eq!(before, "good 水 then ".as_bytes());
    }
    let cut = "cut 水".as_bytes();
    for frames in [frame(0x81, &cut[..6]), frame(0xc1, &stored(&cut[..6])), [frame(0x01, &cut[..6]), frame(0x80, b"")].concat()] {
        let (trace, before) = in_any_chunking(limits(100), &frames, "text that ends inside a character");
        check(&trace, &failed(1007, "not UTF-8"), "text that ends inside a character");
        assert_eq!(before, b"cut ");
    }
    let corrupt = frame(0xc2, &[&stored(b"before")[..], &TAIL, b"\x07"].concat());
    let (trace, before) = in_any_chunking(limits(100), &corrupt, "a bad block");
    check(&trace, &failed(1002, "no deflate stream"), "a bad block");
    assert_eq!(before, b"before");
}

#[test]
fn only_the_limit_of_messages_in_chunks_counts_and_frames_have_none() {
    let long: Vec<u8> = (0..200_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let two = [frame(0x02, &long[..100_000]), frame(0x80, &long[100_000..])].concat();
    for bytes in [frame(0x82, &long), two, frame(0xc2, &compressed(&long))] {
        let (trace, _) = in_any_chunking(limits(200_000), &bytes, "as long as allowed");
        check(&trace, &[binary(&long)], "as long as allowed");
        let (trace, before) = in_any_chunking(limits(199_999), &bytes, "too long");
        check(&trace, &failed(1009, "if it may, raise that with ws_options_set_chunks"), "too long");
        // A header says it before the bytes come; compressed ones say it when they are inflated.
        let known = if bytes[0] == 0x82 {
            0
        } else if bytes[0] == 0x02 {
            100_000
        } else {
            199_999
        };
        assert!(before == long[..known], "{} bytes came before", before.len());
    }
    // The largest length there is, in a message without a limit that could be smaller.
    let mut connection = Connection::open(limits(u64::MAX));
    connection.receive(&[&[0x02, 127][..], &(u64::MAX >> 1).to_be_bytes(), b"first"].concat());
    assert_eq!((&connection.trace[..], &connection.unfinished.bytes[..]), (&[][..], &b"first"[..]));
}

#[test]
fn the_ratio_is_judged_in_chunks_as_in_whole_messages() {
    let bomb = frame(0xc2, &compressed(&vec![0; 3 << 20]));
    for ratio in [2, 100, 500, 800, 1100] {
        let whole = Limits { max_ratio: ratio, ..Limits::default() };
        let mut connection = Connection::opened_by(&head(""), whole);
        connection.receive(&bomb);
        let (trace, _) = in_any_chunking(Limits { max_ratio: ratio, ..limits(u64::MAX) }, &bomb, &format!("a ratio of {ratio}"));
        assert!(trace == connection.trace, "a ratio of {ratio}");
    }
}

#[test]
fn random_bytes_as_compressed_texts_end_in_chunks_as_they_do_whole() {
    let mut violations = 0;
    for seed in 0..300 {
        let mut numbers = Numbers(seed);
        let len = 1 + numbers.below(60);
        let payload: Vec<u8> = (0..len).map(|_| u8::try_from(numbers.below(256)).unwrap()).collect();
        let bytes = [frame(0xc1, &payload), frame(0xc1, HELLO)].concat();
        let mut whole = Connection::opened_by(&head(""), Limits { max_message: 40, ..Limits::default() });
        whole.receive(&bytes);
        let (trace, _) = in_any_chunking(limits(40), &bytes, &format!("seed {seed}"));
        assert_eq!(trace, whole.trace, "seed {seed}");
        violations += usize::from(trace.iter().any(|entry| matches!(entry, Entry::Error(..))));
    }
    assert!(violations > 200, "only {violations} of 300 are faults");
}

#[test]
fn a_piece_at_a_time_is_inflated_and_the_rest_waits_without_loss() {
    let message = json(1 << 20);
    let packed = compressed(&message);
    let mut bytes = [&frame(0xc1, &packed)[..], &wire::text("after"), &[0xee]].concat();
    let mut reader = Reader::new(&limits(u64::MAX));
    reader.set_deflate(&crate::compressed::parameters(15, true));
    let (mut pool, mut seen) = (Pool::default(), Unfinished::default());
    let (mut rest, mut first) = (bytes.len(), None);
    let message_entry = loop {
        // As a driver does that has room for one piece each time.
        let start = bytes.len() - rest;
        let mut window = Window::resume(&mut bytes[start..], first);
        let before = window.len();
        let Ok(Some(Received::Chunk(chunk, payload))) = reader.poll(&mut window, &mut pool) else { panic!("a chunk") };
        let size = payload.bytes().len();
        assert!(before - window.len() <= 2 * PIECE, "what cannot be inflated is not taken");
        if let Some(entry) = seen.take(chunk, payload, &mut pool) {
            assert!(!reader.is_pending());
            break entry;
        }
        assert!(size > PIECE - 4 && (reader.is_pending() || !window.is_empty()), "{size} bytes while more waits");
        (rest, first) = window.left_off();
    };
    assert!(message_entry == Entry::Message(Kind::Text, message));
    assert_eq!(reader.compressed().payload, 1 << 20);
    assert_eq!(reader.compressed().wire, packed.len() as u64);
}
