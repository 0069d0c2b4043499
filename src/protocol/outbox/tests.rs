//! Frames go out whole and in order in whatever pieces, and the payload that is left is exact.

use super::*;
use crate::protocol::frame::opcode::{BINARY, PING, TEXT};
use proptest::prelude::*;
use std::sync::atomic::{AtomicUsize, Ordering::Relaxed};

fn outbox() -> Outbox {
    Outbox::new(Arc::new(Supply::new(|bytes| {
        for (i, byte) in bytes.iter_mut().enumerate() {
            *byte = u8::try_from(i % 253).unwrap_or(0);
        }
    })))
}

/// Takes up to `count` bytes out, as a kernel would: buffer by buffer.
fn transmit(outbox: &mut Outbox, count: usize, out: &mut Vec<u8>) {
    let mut left = count.min(outbox.len());
    while left > 0 {
        let part = left.min(outbox.bytes().len());
        out.extend_from_slice(&outbox.bytes()[..part]);
        outbox.consume(part);
        left -= part;
    }
}

/// The frames in `bytes`: opcodes and unmasked payloads.
fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
    let mut frames = Vec::new();
    while !bytes.is_empty() {
        let (header, payload) = frame::client_sizes(bytes);
        let key = &bytes[header - 4..header];
        let unmasked = bytes[header..header + payload].iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]).collect();
        frames.push((bytes[0], unmasked));
        bytes = &bytes[header + payload..];
    }
    frames
}

#[test]
fn a_frame_behind_a_long_one_that_has_partly_gone_out_is_whole() {
    let mut outbox = outbox();
    let long = vec![7; 300_001];
    outbox.begin(BINARY, long.len());
    let (mut rest, mut out) = (&long[..], Vec::new());
    while !rest.is_empty() {
        rest = &rest[outbox.append(rest)..];
        let half = outbox.len() / 2;
        transmit(&mut outbox, half, &mut out);
    }
    outbox.push(TEXT, b"behind");
    transmit(&mut outbox, usize::MAX, &mut out);
    assert_eq!(frames(&out), [(0x82, long), (0x81, b"behind".to_vec())]);
}

/// An outbox whose first buffer has exactly `room` bytes left, and the frame in it.
fn nearly_full(room: usize) -> (Outbox, (u8, Vec<u8>)) {
    let mut outbox = outbox();
    let empty = outbox.tail(1).room_left();
    let payload = vec![b'.'; empty - frame::MAX_CLIENT_HEADER - room];
    outbox.push(BINARY, &payload);
    assert_eq!(outbox.tail(0).room_left(), room);
    (outbox, (0x82, payload))
}

#[test]
fn a_message_that_does_not_fit_into_the_rest_of_a_buffer_is_one_frame_all_the_same() {
    // A small frame has a header of 6 bytes, and the longest header has 14.
    for room in [0, 5, 6, 13, 14, 39, 40] {
        for size in [0, 8, 34, 125, 126] {
            let (mut outbox, first) = nearly_full(room);
            let payload = vec![b'x'; size];
            outbox.push(TEXT, &payload);
            let mut out = Vec::new();
            let most = outbox.len() - 300;
            transmit(&mut outbox, most, &mut out);
            while !outbox.is_empty() {
                transmit(&mut outbox, 1, &mut out);
            }
            assert!(frames(&out) == [first, (0x81, payload)], "{size} bytes into {room}");
            assert_eq!(outbox.payload(), 0);
        }
    }
}

#[test]
fn what_lies_in_several_buffers_may_go_out_at_once() {
    let fill = || {
        let mut outbox = nearly_full(10).0;
        for size in [300_000, 299_999, 1] {
            outbox.push(BINARY, &vec![b'x'; size]);
        }
        outbox
    };
    let mut all = Vec::new();
    transmit(&mut fill(), usize::MAX, &mut all);
    let last = all.len() - 1;
    for gone in [1, 524_293, 524_294, 524_295, 600_000, 900_000, last] {
        let mut outbox = fill();
        outbox.consume(gone);
        assert_eq!((outbox.len(), outbox.bytes().first()), (all.len() - gone, Some(&all[gone])), "{gone}");
        let mut rest = Vec::new();
        transmit(&mut outbox, usize::MAX, &mut rest);
        assert!(rest == all[gone..], "{gone}");
    }
    let mut outbox = fill();
    outbox.consume(last);
    assert_eq!(outbox.payload(), 1, "all but the last message's only byte");
}

#[test]
fn a_payload_is_no_longer_than_its_header_says() {
    for announced in [0, 5] {
        let mut outbox = outbox();
        outbox.begin(TEXT, announced);
        let mut rest = &b"first and more"[..];
        while !rest.is_empty() {
            rest = &rest[outbox.append(rest)..];
        }
        outbox.push(TEXT, b"second");
        let mut out = Vec::new();
        transmit(&mut outbox, usize::MAX, &mut out);
        assert_eq!(frames(&out), [(0x81, b"first"[..announced].to_vec()), (0x81, b"second".to_vec())]);
    }
}

#[test]
fn a_frame_apart_is_masked_with_a_key_of_its_own() {
    let mut apart = Vec::new();
    outbox().frame_apart(PING, b"apart", &mut apart);
    assert_eq!(frames(&apart), [(0x89, b"apart".to_vec())]);
}

#[test]
fn an_empty_one_owns_no_buffer() {
    let mut outbox = outbox();
    outbox.push(TEXT, &vec![b'x'; 600_000]);
    assert_eq!((outbox.full.len(), outbox.last.is_some()), (1, true));
    transmit(&mut outbox, usize::MAX, &mut Vec::new());
    assert_eq!((outbox.full.len(), outbox.last.is_some(), outbox.bytes()), (0, false, &[][..]));
}

/// A buffer that says when it goes back.
#[derive(Debug)]
struct Given(Vec<u8>, Arc<AtomicUsize>);

impl Buffer for Given {
    fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        self.1.fetch_add(1, Relaxed);
    }
}

#[test]
fn a_lent_buffer_is_masked_piece_by_piece_and_goes_back_when_its_last_byte_has_gone_out() {
    let back = Arc::new(AtomicUsize::new(0));
    let payload: Vec<u8> = (0..=250).cycle().take(2 * SEGMENT + 3).collect();
    for from in [0, 1, 6, SEGMENT + 2, payload.len() - 1] {
        back.store(0, Relaxed);
        let mut outbox = outbox();
        outbox.push(TEXT, b"before");
        outbox.begin(BINARY, payload.len());
        outbox.append_all(&payload[..from]);
        outbox.lend(Box::new(Given(payload.clone(), back.clone())), from);
        outbox.push(TEXT, b"behind");
        assert!(outbox.memory() < payload.len() + 2 * SEGMENT + 1000 + from);
        let mut out = Vec::new();
        let all = outbox.len();
        transmit(&mut outbox, all - 12 - 1, &mut out);
        assert!(outbox.take_spent().into_iter().all(|buffer| buffer.bytes().len() != payload.len()));
        assert_eq!((outbox.payload(), back.load(Relaxed)), (7, 0), "one byte of it is left");
        transmit(&mut outbox, 1, &mut out);
        drop(outbox.take_spent());
        assert_eq!(back.load(Relaxed), 1);
        transmit(&mut outbox, usize::MAX, &mut out);
        let expected = [(0x81, b"before".to_vec()), (0x82, payload.clone()), (0x81, b"behind".to_vec())];
        assert!(frames(&out) == expected, "from {from}");
    }
}

#[test]
fn lent_buffers_go_back_when_the_row_is_cleared() {
    let back = Arc::new(AtomicUsize::new(0));
    let mut outbox = outbox();
    for _ in 0..3 {
        outbox.begin(BINARY, 5);
        outbox.lend(Box::new(Given(b"12345".to_vec(), back.clone())), 0);
    }
    // More than the header announced, and nothing at all.
    outbox.lend(Box::new(Given(b"12345".to_vec(), back.clone())), 5);
    outbox.clear();
    assert_eq!(back.load(Relaxed), 0, "where nothing is locked");
    drop(outbox.take_spent());
    assert_eq!(back.load(Relaxed), 4);
    outbox.begin(BINARY, 5);
    outbox.lend(Box::new(Given(b"12345".to_vec(), back.clone())), 0);
    drop(outbox);
    assert_eq!(back.load(Relaxed), 5);
}

#[test]
fn lent_buffers_with_little_between_them_hold_little_more_than_themselves() {
    let mut outbox = outbox();
    for _ in 0..100 {
        outbox.push(TEXT, b"a little");
        outbox.begin(BINARY, 70_000);
        outbox.lend(Box::new(vec![7; 70_000]), 0);
    }
    assert!(outbox.memory() <= outbox.len(), "{} bytes for {}", outbox.memory(), outbox.len());
}

proptest! {
    #[test]
    fn whatever_goes_out_in_whatever_pieces_the_payload_left_is_exact(
        messages in proptest::collection::vec((0..3_u8, 0..70_000_usize), 1..12),
        writes in proptest::collection::vec(1..100_000_usize, 1..40),
    ) {
        let mut outbox = outbox();
        let mut expected = Vec::new();
        for (kind, size) in &messages {
            let opcode = [TEXT, BINARY, PING, BINARY][usize::from(*kind)];
            let payload = vec![*kind; if opcode == PING { size % 126 } else { *size }];
            if *kind == 3 {
                let copied = size / 3;
                outbox.begin(opcode, payload.len());
                outbox.append_all(&payload[..copied]);
                outbox.lend(Box::new(payload.clone()), copied);
            } else {
                outbox.push(opcode, &payload);
            }
            expected.push((FIN | opcode, payload));
        }
        let all: u64 = expected.iter().filter(|(first, _)| first & 8 == 0).map(|(_, payload)| payload.len() as u64).sum();
        prop_assert_eq!(outbox.payload(), all);
        let mut out = Vec::new();
        for size in writes {
            transmit(&mut outbox, size, &mut out);
            let (mut at, mut gone) = (0, 0);
            for (first, payload) in &expected {
                let header = frame::client_header(*first, payload.len(), [0; 4]).1;
                if first & 8 == 0 {
                    gone += out.len().saturating_sub(at + header).min(payload.len()) as u64;
                }
                at += header + payload.len();
            }
            prop_assert_eq!(outbox.payload(), all - gone);
        }
        transmit(&mut outbox, usize::MAX, &mut out);
        prop_assert_eq!(frames(&out), expected);
    }
}
