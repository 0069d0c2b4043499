//! What we send compressed: one frame each, with RSV1, which an inflater of the server's makes whole again; and how it is counted.

use crate::{
    compressed::{THRESHOLD, head, inflated, json, parameters, written},
    harness::{Connection, Numbers},
    messages::bytes,
};
use proptest::prelude::*;
use ws::protocol::{Kind, inflate::Inflater, limits::Limits};

fn open(bits: u8, takeover: bool) -> Connection {
    Connection::opened_by(&head(&written(bits, takeover)), Limits::default())
}

#[test]
fn a_message_as_long_as_the_threshold_is_compressed_and_a_shorter_one_is_not() {
    let mut connection = open(15, true);
    for len in [0, 1, THRESHOLD - 1, THRESHOLD, THRESHOLD + 1] {
        assert!(connection.send(Kind::Text, &json(len)));
        assert!(connection.send(Kind::Binary, &json(len)));
    }
    let firsts: Vec<u8> = connection.sent().iter().map(|(first, _)| *first).collect();
    assert_eq!(firsts, [0x81, 0x82, 0x81, 0x82, 0x81, 0x82, 0xc1, 0xc2, 0xc1, 0xc2]);
}

#[test]
fn a_message_can_be_sent_as_it_is_between_compressed_ones() {
    let (mut connection, mut inflater) = (open(15, true), Inflater::new(&parameters(15, true)));
    let message = json(1000);
    for _ in 0..2 {
        assert!(connection.send(Kind::Text, &message));
        assert!(connection.with_writer(|writer, _| writer.send_as_it_is(Kind::Text, &message)));
    }
    let sent = connection.sent();
    let [(0xc1, one), (0x81, as_it_is), (0xc1, two), (0x81, _)] = sent[..] else { panic!("{sent:?}") };
    assert_eq!(as_it_is, message);
    assert!(inflated(&mut inflater, one) == message && inflated(&mut inflater, two) == message);
    assert!(one.len() < 300 && two.len() < 30, "{} and {} bytes of 1000", one.len(), two.len());
}

#[test]
fn nothing_is_compressed_unless_the_server_has_agreed() {
    let mut connection = Connection::open(Limits::default());
    assert!(connection.send(Kind::Text, &json(1000)));
    assert_eq!(connection.sent(), [(0x81, &json(1000)[..])]);
}

#[test]
fn control_frames_and_the_close_frame_are_not_compressed() {
    let mut connection = open(15, true);
    assert!(connection.ping(&[b'x'; 125]));
    connection.close(Some((1000, &"y".repeat(123))));
    let firsts: Vec<u8> = connection.sent().iter().map(|(first, _)| *first).collect();
    assert_eq!(firsts, [0x89, 0x88]);
    assert!(!connection.send(Kind::Text, &json(1000)), "it is closing");
}

#[test]
fn the_buffered_amount_counts_messages_as_they_were_given_until_their_last_byte_has_gone_out() {
    let mut connection = open(15, false);
    connection.room = 0;
    let (one, two) = (json(5000), bytes(100));
    assert!(connection.send(Kind::Text, &one) && connection.with_writer(|writer, _| writer.send_as_it_is(Kind::Binary, &two)));
    assert_eq!(connection.writer().buffered_amount(), 5100);
    assert!(connection.send(Kind::Text, &one));
    assert_eq!(connection.writer().buffered_amount(), 10_100);
    // The head of the first frame has 8 bytes.
    let waiting = connection.writer().waiting();
    let frame = (waiting - 106) / 2;
    assert!((200..2000).contains(&frame), "{frame} bytes");
    for (count, left) in [(1, 10_100), (frame - 2, 10_100), (1, 5100), (6, 5100), (40, 5060), (60, 5000), (frame - 1, 5000), (1, 0)] {
        connection.unblock(count);
        assert_eq!(connection.writer().buffered_amount(), left, "{count} bytes more");
    }
    assert!(connection.writer().is_flushed());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(96))]

    #[test]
    fn whatever_we_compress_is_what_the_server_inflates(
        bits in 8_u8..=15,
        takeover: bool,
        messages in prop::collection::vec((prop_oneof![4 => 0..300_usize, 2 => 0..20_000_usize, 1 => 0..400_000_usize], 0..4_u8), 1..8),
        seed: u64,
    ) {
        let mut connection = open(bits, takeover);
        connection.room = 0;
        let mut numbers = Numbers(seed);
        let mut inflater = Inflater::new(&parameters(bits, takeover));
        let mut waiting = 0;
        for (len, how) in &messages {
            let payload = if how % 2 == 0 { json(*len) } else { bytes(*len) };
            let kind = if *how < 2 { Kind::Text } else { Kind::Binary };
            prop_assert!(connection.send(kind, &payload));
            waiting += len;
            if *how == 0 {
                connection.with_writer(|writer, _| while !writer.rest() {});
            }
        }
        prop_assert_eq!(connection.writer().buffered_amount(), waiting as u64);
        let mut before = waiting as u64;
        while !connection.writer().is_flushed() {
            connection.unblock(1 + numbers.below(30_000));
            let now = connection.writer().buffered_amount();
            prop_assert!(now <= before);
            before = now;
        }
        prop_assert_eq!(before, 0);
        let sent = connection.sent();
        prop_assert_eq!(sent.len(), messages.len());
        for ((first, payload), (len, how)) in sent.into_iter().zip(&messages) {
            let opcode = if *how < 2 { 1 } else { 2 };
            let compressed = *len >= THRESHOLD;
            prop_assert_eq!(first, opcode | if compressed { 0xc0 } else { 0x80 });
            let expected = if how % 2 == 0 { json(*len) } else { bytes(*len) };
            let found = if compressed { inflated(&mut inflater, payload) } else { payload.to_vec() };
            prop_assert!(found == expected, "a message of {} bytes", len);
        }
    }
}
