//! A message sent in parts: which frames it becomes, what passes between them, what waits for its end, and what becomes of it when the
//! connection closes before.

use crate::{
    compressed::{THRESHOLD, head, inflated, json, parameters, written},
    harness::{Connection, Numbers},
    messages::bytes,
    trace::{Entry, check, closed, sent},
    wire,
};
use proptest::prelude::*;
use ws::protocol::{
    Kind,
    inflate::Inflater,
    limits::Limits,
    segments::{GATHER, SEGMENT},
    writer::{Behind, Writer},
};

fn open() -> Connection {
    streaming(Connection::open(Limits::default()))
}

fn compressing(bits: u8, takeover: bool) -> Connection {
    streaming(Connection::opened_by(&head(&written(bits, takeover)), Limits::default()))
}

fn streaming(mut connection: Connection) -> Connection {
    connection.wire.fragments = true;
    connection
}

fn begin(connection: &mut Connection, kind: Kind) {
    connection.with_writer(|writer, _| writer.begin_streamed(kind, true));
}

fn append_to(writer: &mut Writer, part: &[u8]) {
    let utf8 = writer.check_part(part).expect("UTF-8");
    writer.accept_part(part, utf8);
    let mut rest = part;
    while !rest.is_empty() {
        rest = &rest[writer.append_part(rest)..];
    }
}

fn append(connection: &mut Connection, part: &[u8]) {
    connection.with_writer(|writer, _| append_to(writer, part));
}

/// A message that waits for the end of the one that is being streamed.
fn send_behind(connection: &mut Connection, kind: Kind, payload: &[u8]) {
    connection.with_writer(|writer, _| writer.send_behind(Behind { kind, compress: true, payload: Box::new(payload.to_vec()) }));
}

/// Ends the message and sends those that waited, as the client layer does.
fn end(connection: &mut Connection) {
    connection.with_writer(|writer, _| {
        for Behind { kind, payload, .. } in writer.end_streamed().expect("it may end here") {
            assert!(writer.send(kind, payload.bytes()));
        }
        assert!(!writer.is_streaming());
    });
}

fn firsts(connection: &Connection) -> Vec<u8> {
    connection.sent().iter().map(|(first, _)| *first).collect()
}

/// The payloads of the message that begins with the first frame, which must be whole.
fn message(connection: &Connection) -> Vec<u8> {
    connection.sent().iter().filter(|(first, _)| first & 8 == 0).flat_map(|(_, payload)| payload.to_vec()).collect()
}

#[test]
fn each_part_goes_out_at_once_when_the_network_takes_it() {
    let mut connection = open();
    begin(&mut connection, Kind::Text);
    assert_eq!(connection.trace, []);
    append(&mut connection, b"one");
    append(&mut connection, b"");
    append(&mut connection, b"two");
    end(&mut connection);
    check(&connection.trace, &[sent(0x01, b"one"), sent(0x00, b"two"), sent(0x80, b"")], "fragments");
    assert!(connection.writer().is_flushed());
}

#[test]
fn a_message_that_ends_before_its_parts_are_framed_is_one_frame() {
    for parts in [&[][..], &[&b""[..]], &[b"o", b"ne"]] {
        let mut connection = open();
        connection.with_writer(|writer, _| {
            writer.begin_streamed(Kind::Binary, true);
            for part in parts {
                append_to(writer, part);
            }
            assert!(writer.end_streamed().unwrap().is_empty());
        });
        assert_eq!(connection.sent(), [(0x82, &parts.concat()[..])]);
    }
}

#[test]
fn small_parts_gather_while_the_network_takes_nothing() {
    let mut connection = open();
    connection.room = 0;
    begin(&mut connection, Kind::Binary);
    let all = bytes(3 * GATHER + 10);
    for byte in &all {
        append(&mut connection, std::slice::from_ref(byte));
    }
    assert_eq!(connection.writer().buffered_amount(), all.len() as u64);
    connection.unblock(usize::MAX);
    end(&mut connection);
    let sizes: Vec<usize> = connection.sent().iter().map(|(_, payload)| payload.len()).collect();
    assert_eq!(sizes, [1, GATHER, GATHER, GATHER, 9, 0]);
    assert!(message(&connection) == all);
}

#[test]
fn a_large_part_is_cut_so_that_control_frames_pass() {
    let mut connection = open();
    connection.room = 0;
    begin(&mut connection, Kind::Binary);
    let part = bytes(3 * SEGMENT + 5);
    append(&mut connection, &part);
    connection.ping(b"before all");
    connection.unblock(1000);
    connection.ping(b"between");
    connection.receive(&wire::ping(b"theirs"));
    connection.unblock(usize::MAX);
    end(&mut connection);
    let expected: Vec<(u8, usize)> =
        vec![(0x89, 10), (0x02, SEGMENT), (0x89, 7), (0x8a, 6), (0x00, SEGMENT), (0x00, SEGMENT), (0x00, 5), (0x80, 0)];
    let found: Vec<(u8, usize)> = connection.sent().iter().map(|(first, payload)| (*first, payload.len())).collect();
    assert_eq!(found, expected);
    assert!(message(&connection) == part);
}

#[test]
fn messages_that_come_meanwhile_go_out_behind_it_in_their_order() {
    let mut connection = open();
    begin(&mut connection, Kind::Text);
    append(&mut connection, b"a");
    send_behind(&mut connection, Kind::Text, b"second");
    send_behind(&mut connection, Kind::Binary, b"third");
    assert_eq!((connection.writer().buffered_amount(), connection.writer().is_flushed()), (11, true), "they cannot go out");
    append(&mut connection, b"b");
    connection.ping(b"");
    end(&mut connection);
    assert_eq!(connection.sent(), [(0x01, &b"a"[..]), (0x00, b"b"), (0x89, b""), (0x80, b""), (0x81, b"second"), (0x82, b"third")]);
    assert_eq!(connection.writer().buffered_amount(), 0);
    // And the next one can be begun.
    begin(&mut connection, Kind::Binary);
    end(&mut connection);
    assert_eq!(connection.sent().last(), Some(&(0x82, &b""[..])));
}

#[test]
fn messages_are_counted_when_they_are_accepted_and_one_in_parts_at_its_end() {
    let mut connection = open();
    begin(&mut connection, Kind::Text);
    append(&mut connection, b"12345");
    let count = |connection: &Connection| {
        let counts = connection.writer().counts().traffic;
        (counts.messages, counts.payload)
    };
    assert_eq!(count(&connection), (0, 0));
    send_behind(&mut connection, Kind::Text, b"678");
    assert_eq!(count(&connection), (1, 3));
    end(&mut connection);
    assert_eq!(count(&connection), (2, 8));
}

/// A way to close a connection, and the body of our Close frame then.
type Closing = (&'static str, fn(&mut Connection), &'static [u8]);

const CLOSINGS: [Closing; 3] = [
    ("we close", |connection| connection.close(Some((3000, "x"))), b"\x0b\xb8x"),
    ("the server closes", |connection| connection.receive(&wire::close(Some((3001, "")))), b"\x0b\xb9"),
    ("the server breaks the protocol", |connection| connection.receive(&[0xff]), b"\x03\xea"),
];

#[test]
fn closing_before_its_end_lets_out_what_was_appended_and_drops_what_waits_behind() {
    for (name, close, body) in CLOSINGS {
        for room in [0, 3, usize::MAX] {
            let mut connection = open();
            connection.room = room;
            begin(&mut connection, Kind::Text);
            append(&mut connection, b"first");
            append(&mut connection, b"second");
            send_behind(&mut connection, Kind::Text, b"behind");
            close(&mut connection);
            assert!(!connection.writer().is_streaming(), "{name}");
            assert_eq!(connection.writer().dropped(), 6, "{name}");
            assert_eq!(connection.writer().counts().traffic.messages, 1, "{name}: it was accepted");
            connection.unblock(usize::MAX);
            assert_eq!(connection.sent(), [(0x01, &b"first"[..]), (0x00, b"second"), (0x88, body)], "{name}");
            assert_eq!(connection.writer().buffered_amount(), 0, "{name}");
        }
    }
}

#[test]
fn a_connection_that_is_lost_before_its_end_keeps_count_of_all_that_did_not_go_out() {
    let mut connection = open();
    connection.room = 0;
    begin(&mut connection, Kind::Text);
    append(&mut connection, b"first");
    append(&mut connection, b"second");
    send_behind(&mut connection, Kind::Text, b"behind");
    connection.reset();
    assert_eq!((connection.writer().buffered_amount(), connection.writer().dropped()), (17, 0));
    assert!(!connection.writer().is_open());
    assert_eq!(connection.trace.last(), Some(&Entry::Finished));
    assert!(connection.trace.contains(&closed(1006, "", false)));
}

#[test]
fn a_character_may_lie_in_several_parts() {
    let text = "aé€😀z".as_bytes();
    for cut in 0..=text.len() {
        for other in cut..=text.len() {
            let mut connection = open();
            begin(&mut connection, Kind::Text);
            for part in [&text[..cut], &text[cut..other], &text[other..]] {
                append(&mut connection, part);
            }
            end(&mut connection);
            assert_eq!(message(&connection), text);
        }
    }
}

#[test]
fn a_part_that_is_no_utf_8_is_told_where_and_changes_nothing() {
    let mut connection = open();
    begin(&mut connection, Kind::Text);
    append(&mut connection, b"ab\xe2\x82");
    for (part, offset) in [(&b"x"[..], 0), (b"\xac\xff", 1), (b"\xac12345\xc0", 6), (b"\xe2", 0)] {
        assert_eq!(connection.writer().check_part(part).err(), Some(offset), "{part:x?}");
    }
    assert!(connection.with_writer(|writer, _| writer.end_streamed()).is_none(), "inside a character");
    assert!(connection.writer().is_streaming());
    append(&mut connection, b"\xac!");
    end(&mut connection);
    assert_eq!(message(&connection), "ab€!".as_bytes());
    // What is binary need not be UTF-8.
    begin(&mut connection, Kind::Binary);
    append(&mut connection, b"\xe2\xff");
    end(&mut connection);
    assert_eq!(connection.sent().last(), Some(&(0x80, &b""[..])));
}

#[test]
fn what_waits_behind_counts_against_senders_but_neither_against_parts_nor_for_the_mark() {
    let mut connection = streaming(Connection::open(Limits { max_buffered: 1000, low_water: 100, ..Limits::default() }));
    connection.room = 0;
    begin(&mut connection, Kind::Binary);
    send_behind(&mut connection, Kind::Binary, &bytes(900));
    append(&mut connection, &bytes(400));
    connection.with_writer(|writer, _| writer.watch_level());
    assert!(!connection.writer().has_room(1), "400 and 900 wait");
    assert!(connection.writer().has_room_for_part(600) && !connection.writer().has_room_for_part(601));
    connection.unblock(8 + 299);
    assert_eq!(connection.trace, []);
    connection.unblock(1);
    assert_eq!(connection.trace, [Entry::Drain]);
    assert_eq!(connection.writer().buffered_amount(), 1000);
    connection.unblock(usize::MAX);
    assert!(connection.writer().has_room_for_part(usize::MAX), "nothing is on its way");
    end(&mut connection);
    assert_eq!(firsts(&connection), [0x02, 0x80, 0x82]);
}

#[test]
fn a_compressed_message_has_the_bit_on_its_first_frame_and_each_part_can_be_read_when_it_comes() {
    for (bits, takeover) in [(15, true), (15, false), (9, true)] {
        let mut connection = compressing(bits, takeover);
        let mut inflater = Inflater::new(&parameters(bits, takeover));
        for round in 0..2 {
            connection.trace.clear();
            begin(&mut connection, Kind::Text);
            let all = json(5000);
            for part in all.chunks(1000) {
                append(&mut connection, part);
                let (_, last) = *connection.sent().last().unwrap();
                assert!(last.ends_with(b"\0\0\xff\xff"), "flushed");
            }
            if round == 1 {
                // Memory may be given up in the middle: what follows refers to nothing before.
                connection.with_writer(|writer, _| while !writer.rest() {});
            }
            append(&mut connection, b"the end");
            send_behind(&mut connection, Kind::Text, &all);
            end(&mut connection);
            assert_eq!(firsts(&connection), [0x41, 0, 0, 0, 0, 0, 0x80, 0xc1]);
            let sent = connection.sent();
            let streamed: Vec<u8> = sent[..7].iter().flat_map(|(_, payload)| payload.to_vec()).collect();
            assert!(inflated(&mut inflater, &streamed) == [&all[..], b"the end"].concat());
            assert!(inflated(&mut inflater, sent[7].1) == all);
        }
        let counts = connection.writer().counts();
        assert_eq!(counts.compressed.payload, 2 * (5007 + 5000));
        assert_eq!(counts.traffic.payload, 2 * (5007 + 5000));
        assert!(counts.compressed.wire < counts.compressed.payload / 3);
    }
}

#[test]
fn a_message_in_parts_that_is_below_the_threshold_when_it_ends_is_not_compressed() {
    for (len, first) in [(0, 0x82), (THRESHOLD - 1, 0x82), (THRESHOLD, 0xc2)] {
        let mut connection = compressing(15, true);
        connection.with_writer(|writer, _| {
            writer.begin_streamed(Kind::Binary, true);
            append_to(writer, &json(len));
            writer.end_streamed().unwrap();
        });
        assert_eq!(firsts(&connection), [first], "{len} bytes");
    }
    // Once a part of it has gone out, the length is not known.
    let mut connection = compressing(15, true);
    begin(&mut connection, Kind::Binary);
    append(&mut connection, b"x");
    end(&mut connection);
    assert_eq!(firsts(&connection), [0x42, 0x80]);
    // And it can be forbidden.
    connection.with_writer(|writer, _| writer.begin_streamed(Kind::Binary, false));
    append(&mut connection, &json(1000));
    end(&mut connection);
    assert_eq!(firsts(&connection)[2..], [0x02, 0x80]);
}

#[test]
fn fragments_that_are_not_compressed_count_byte_by_byte_beside_those_that_are() {
    let mut connection = compressing(15, true);
    connection.room = 0;
    connection.with_writer(|writer, _| writer.begin_streamed(Kind::Binary, false));
    append(&mut connection, &bytes(10));
    append(&mut connection, &bytes(20));
    end(&mut connection);
    assert!(connection.send(Kind::Text, &json(1000)));
    // Two frames with heads of 6 bytes: the second ends the message.
    for (count, left) in [(6, 1030), (3, 1027), (7 + 6, 1020), (5, 1015), (15, 1000), (50, 1000)] {
        connection.unblock(count);
        assert_eq!(connection.writer().buffered_amount(), left, "{count} bytes more");
    }
    connection.unblock(usize::MAX);
    assert_eq!((connection.writer().buffered_amount(), firsts(&connection)), (0, vec![0x02, 0x80, 0xc1]));
}

#[test]
fn closing_in_the_middle_of_a_compressed_message_does_not_disturb_the_count() {
    let mut connection = compressing(15, true);
    connection.room = 0;
    begin(&mut connection, Kind::Text);
    append(&mut connection, &json(1000));
    append(&mut connection, &json(1000));
    assert_eq!(connection.writer().buffered_amount(), 2000);
    connection.close(None);
    assert_eq!(connection.writer().buffered_amount(), 2000);
    connection.unblock(usize::MAX);
    assert_eq!(firsts(&connection), [0x41, 0x00, 0x88]);
    assert_eq!(connection.writer().buffered_amount(), 0);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(128))]

    #[test]
    fn whatever_parts_pings_and_messages_come_and_however_little_the_network_takes_the_server_gets_each_message_whole(
        seed: u64,
        compress: bool,
        takeover: bool,
    ) {
        let mut numbers = Numbers(seed);
        let mut connection = if compress { compressing(15, takeover) } else { open() };
        connection.room = 0;
        connection.at_once = 1 + numbers.below(100_000);
        let (mut expected, mut waiting, mut current) = (Vec::new(), Vec::new(), None::<Vec<u8>>);
        for _ in 0..60 {
            match (numbers.below(6), &mut current) {
                (0, None) => {
                    begin(&mut connection, Kind::Binary);
                    current = Some(Vec::new());
                }
                (0, _) => {
                    end(&mut connection);
                    expected.extend(current.take());
                    expected.append(&mut waiting);
                }
                (1 | 2, Some(all)) => {
                    let most = if numbers.below(8) == 0 { 900_000 } else { 3000 };
                    let part = json(numbers.below(most));
                    append(&mut connection, &part);
                    all.extend(part);
                }
                (3, Some(_)) => {
                    let payload = bytes(numbers.below(3000));
                    send_behind(&mut connection, Kind::Binary, &payload);
                    waiting.push(payload);
                }
                (3, None) => {
                    let payload = json(numbers.below(3000));
                    prop_assert!(connection.send(Kind::Binary, &payload));
                    expected.push(payload);
                }
                (4, _) => {
                    connection.ping(b"ping");
                }
                _ => connection.unblock(numbers.below(60_000)),
            }
            let accepted: usize = expected.iter().chain(&waiting).chain(&current).map(Vec::len).sum();
            prop_assert!(connection.writer().buffered_amount() <= accepted as u64);
            if !compress {
                let left = accepted as u64 - connection.wire.payload();
                prop_assert_eq!(connection.writer().buffered_amount(), left);
            }
        }
        if let Some(all) = current {
            end(&mut connection);
            expected.push(all);
            expected.append(&mut waiting);
        }
        connection.unblock(usize::MAX);
        prop_assert_eq!(connection.writer().buffered_amount(), 0);
        let mut inflater = Inflater::new(&parameters(15, takeover));
        let (mut found, mut whole, mut compressed) = (Vec::new(), Vec::new(), false);
        for (first, payload) in connection.sent().into_iter().filter(|(first, _)| first & 8 == 0) {
            if first & 0x0f != 0 {
                compressed = first & 0x40 != 0;
            }
            whole.extend_from_slice(payload);
            if first & 0x80 != 0 {
                let payload = std::mem::take(&mut whole);
                found.push(if compressed { inflated(&mut inflater, &payload) } else { payload });
            }
        }
        prop_assert!(found == expected);
    }
}
