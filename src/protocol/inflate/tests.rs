//! Tests of both halves of permessage-deflate: the examples of RFC 7692, and whatever is compressed is inflated again.

use super::*;
use crate::protocol::compress::{Compressor, Effort, PIECE};
use proptest::prelude::*;

const EFFORT: Effort = Effort { level: 6, memory: 8 };

fn parameters(bits: u8, takeover: bool) -> Parameters {
    Parameters { server_context_takeover: takeover, client_context_takeover: takeover, server_window_bits: bits, client_window_bits: bits }
}

/// Inflates a message whose parts come with so much room each.
fn message(inflater: &mut Inflater, parts: &[&[u8]], room: usize) -> Result<Vec<u8>, Corrupt> {
    let mut out = Vec::new();
    for part in parts {
        let mut input = *part;
        while !inflater.inflate(&mut input, &mut out, room)? {}
        assert!(input.is_empty());
    }
    inflater.finish()?;
    Ok(out)
}

fn whole(inflater: &mut Inflater, input: &[u8]) -> Result<Vec<u8>, Corrupt> {
    message(inflater, &[input], 1 << 20)
}

fn new(takeover: bool) -> Inflater {
    Inflater::new(&parameters(15, takeover))
}

/// Random bytes, some of which come again.
fn bytes_with_repetitions(seed: u64, len: usize) -> Vec<u8> {
    let mut word = seed;
    let mut bytes: Vec<u8> = Vec::with_capacity(len);
    while bytes.len() < len {
        word = word.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        let [kind, size, back @ ..] = (word >> 16).to_le_bytes();
        let back = usize::from(u16::from_le_bytes([back[0], back[1]])) + 1;
        for _ in 0..=size {
            let copied = (kind & 1 == 1).then(|| bytes.len().checked_sub(back)).flatten().map(|at| bytes[at]);
            word = word.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            bytes.push(copied.unwrap_or(word.to_le_bytes()[5]));
        }
    }
    bytes.truncate(len);
    bytes
}

#[test]
fn the_examples_of_the_rfc_say_hello() {
    for input in [
        &b"\xf2\x48\xcd\xc9\xc9\x07\x00"[..],
        b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00",
        b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00",
        b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00",
    ] {
        for room in [1, 2, 5, 100] {
            assert_eq!(message(&mut new(true), &[input], room).as_deref(), Ok(&b"Hello"[..]), "{input:x?}");
            let bytes: Vec<&[u8]> = input.chunks(1).collect();
            assert_eq!(message(&mut new(true), &bytes, room).as_deref(), Ok(&b"Hello"[..]), "{input:x?} byte by byte");
        }
    }
}

#[test]
fn a_message_refers_to_those_before_it_if_that_was_agreed_on() {
    let mut inflater = new(true);
    assert_eq!(whole(&mut inflater, b"\xf2\x48\xcd\xc9\xc9\x07\x00").unwrap(), b"Hello");
    assert_eq!(whole(&mut inflater, b"\xf2\x00\x11\x00\x00").unwrap(), b"Hello");
    let mut inflater = new(false);
    assert_eq!(whole(&mut inflater, b"\xf2\x48\xcd\xc9\xc9\x07\x00").unwrap(), b"Hello");
    assert_eq!(whole(&mut inflater, b"\xf2\x00\x11\x00\x00"), Err(Corrupt));
}

#[test]
fn a_message_after_one_with_a_final_block_refers_to_it_too() {
    for rests in [false, true] {
        let mut inflater = new(true);
        assert_eq!(whole(&mut inflater, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00").unwrap(), b"Hello");
        if rests {
            while !inflater.rest() {}
        }
        assert_eq!(whole(&mut inflater, b"\xf2\x00\x11\x00\x00").unwrap(), b"Hello");
    }
}

#[test]
fn an_empty_message_is_one_byte_or_none() {
    let mut inflater = new(true);
    assert_eq!(whole(&mut inflater, b"\x00").unwrap(), b"");
    assert_eq!(whole(&mut inflater, b"").unwrap(), b"");
    assert_eq!(whole(&mut inflater, b"\xf2\x48\xcd\xc9\xc9\x07\x00").unwrap(), b"Hello");
}

#[test]
fn what_is_no_deflate_stream_is_refused() {
    for input in [&b"\xff\xff\xff"[..], b"\x07", b"\x00\x05\x00\xfa\x00Hello\x00", b"\xf2\x00\x11\x00\x00"] {
        assert_eq!(whole(&mut new(true), input), Err(Corrupt), "{input:x?}");
    }
}

#[test]
fn a_message_that_ends_within_a_block_is_refused() {
    let stored = b"\x00\x05\x00\xfa\xff\x48\x65\x6c\x6c\x6f\x00";
    for len in 6..10 {
        assert_eq!(whole(&mut new(true), &stored[..len]), Err(Corrupt), "{len} bytes");
    }
}

#[test]
fn a_message_that_ends_within_the_header_of_a_block_is_refused() {
    // The codes' lengths of a dynamic block could go on in what a message leaves out, and then in the next message.
    for input in [&b"\x04"[..], b"\x04\x80", b"\x04\x80\x00\x00", b"\x05\x80", b"\xf2\x48\xcd\xc9\xc9\x07\x10\x80"] {
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        assert_eq!(whole(&mut new(true), input), Err(Corrupt), "{input:x?}");
        assert_eq!(message(&mut new(true), &bytes, 10), Err(Corrupt), "{input:x?} byte by byte");
    }
}

/// Messages that end within the header of a dynamic block, which goes on in what they leave out and ends there, as the block does; so
/// many bits of that are left.
const ENDED_BY_THE_TAIL: [(usize, &[u8]); 3] = [
    (0, b"\x04\xa3\x81\x08\x00\x00\x00\x80\x70\xfe\xa2"),
    (1, b"\x04\xe0\x81\x1c\x46\x41\x0c\x02\x70\xfc\x7f\xfe\xa6"),
    (2, b"\x04\xa3\x81\x08\x00\x00\x00\x80\xf0\xfe\xa4"),
];

#[test]
fn a_message_whose_last_block_leaves_bits_to_the_next_is_refused() {
    for (left, input) in ENDED_BY_THE_TAIL {
        let result = whole(&mut new(true), input);
        assert_eq!(result, if left == 0 { Ok(Vec::new()) } else { Err(Corrupt) }, "{left} bits are left");
    }
}

#[test]
fn an_empty_final_block_at_the_end_of_a_message_ends_the_stream() {
    for rests in [false, true] {
        let mut inflater = new(true);
        assert_eq!(whole(&mut inflater, b"\xf2\x48\xcd\xc9\xc9\x07\x04").as_deref(), Ok(&b"Hello"[..]));
        if rests {
            while !inflater.rest() {}
        }
        assert_eq!(whole(&mut inflater, b"\xf2\x00\x11\x00\x00").unwrap(), b"Hello");
    }
}

#[test]
fn a_message_that_ends_within_a_block_behind_a_final_one_is_refused() {
    for input in [&b"\x03\x00\x00\x05\x00\xfa\xffHel"[..], b"\x03\x00\x00\x05\x00"] {
        let bytes: Vec<&[u8]> = input.chunks(1).collect();
        assert_eq!(whole(&mut new(true), input), Err(Corrupt), "{input:x?}");
        assert_eq!(message(&mut new(true), &bytes, 10), Err(Corrupt), "{input:x?} byte by byte");
    }
}

#[test]
fn a_message_as_long_as_there_is_room_for_takes_no_more_memory_than_that_and_a_nul() {
    const ROOM: usize = 1_000_000;
    let mut packed = Vec::new();
    Compressor::new(&parameters(15, true), EFFORT).compress(&vec![b'x'; ROOM - 1], &mut packed);
    let mut out = Vec::new();
    assert_eq!(new(true).inflate(&mut packed.as_slice(), &mut out, ROOM), Ok(true));
    assert_eq!(out.len(), ROOM - 1);
    let capacity = out.capacity();
    assert!(capacity <= ROOM + 1, "{capacity}");
    out.push(0);
    assert_eq!(out.capacity(), capacity);
}

#[test]
fn while_a_message_is_under_way_there_is_nothing_to_give_up() {
    let mut inflater = new(true);
    let mut out = Vec::new();
    assert_eq!(inflater.inflate(&mut &b"\xf2\x48\xcd"[..], &mut out, 10), Ok(true));
    assert!(inflater.is_at_rest() && !inflater.rest() && !inflater.rest());
    assert_eq!(inflater.inflate(&mut &b"\xc9\xc9\x07\x00"[..], &mut out, 10), Ok(true));
    assert_eq!((inflater.finish(), out.as_slice()), (Ok(()), &b"Hello"[..]));
    assert!(!inflater.is_at_rest());
}

#[test]
fn no_more_comes_out_than_there_is_room_for() {
    let mut packed = Vec::new();
    Compressor::new(&parameters(15, true), EFFORT).compress(&vec![b'x'; 10 << 20], &mut packed);
    assert!(packed.len() < 12_000, "{} bytes", packed.len());
    let mut inflater = new(true);
    let (mut input, mut out) = (packed.as_slice(), Vec::new());
    assert_eq!(inflater.inflate(&mut input, &mut out, 100_000), Ok(false));
    assert_eq!(out.len(), 100_000);
    assert!(out.capacity() < 300_000, "{}", out.capacity());
}

#[test]
fn at_rest_little_is_held_and_nothing_forgotten() {
    let lines = (0..2000).map(|n| format!("{{\"id\":{n},\"name\":\"user {n}\",\"online\":{}}}\n", n % 3 == 0));
    let text: Vec<u8> = lines.flat_map(String::into_bytes).collect();
    let (first, second) = text.split_at(60_000);
    let (mut one, mut two) = (Vec::new(), Vec::new());
    let mut compressor = Compressor::new(&parameters(15, true), EFFORT);
    compressor.compress(first, &mut one);
    compressor.compress(second, &mut two);
    let mut inflater = new(true);
    assert_eq!(whole(&mut inflater, &one).unwrap(), first);
    assert!(inflater.memory() > 40_000);
    assert!(!inflater.rest(), "it was used just now");
    assert!(!inflater.is_at_rest());
    assert!(inflater.rest() && inflater.rest() && inflater.is_at_rest());
    assert!(inflater.memory() < 8192, "{} bytes", inflater.memory());
    assert_eq!(whole(&mut inflater, &two).unwrap(), second);
}

#[test]
fn a_message_longer_than_the_compressor_is_given_at_once_is_compressed_to_its_end() {
    const LEN: usize = 2 * PIECE + 1;
    let mut payload = vec![0; LEN];
    payload[LEN - 1] = 7;
    let mut packed = Vec::new();
    let mut compressor = Compressor::new(&parameters(15, true), Effort { level: 1, memory: 8 });
    compressor.compress(&payload, &mut packed);
    let mut inflater = new(true);
    assert!(message(&mut inflater, &[&packed], 1 << 20).unwrap() == payload);
    for len in [PIECE - 1, PIECE, PIECE + 1] {
        packed.clear();
        compressor.compress(&payload[..len], &mut packed);
        assert!(message(&mut inflater, &[&packed], 1 << 20).unwrap() == payload[..len], "{len} bytes");
    }
}

#[test]
fn a_small_window_is_not_said_to_take_less_than_it_does() {
    let mut inflater = Inflater::new(&parameters(8, true));
    assert_eq!(whole(&mut inflater, b"\0").unwrap(), b"");
    assert!(inflater.memory() > 40_000, "{} bytes", inflater.memory());
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]

    #[test]
    fn whatever_is_compressed_is_inflated_again(
        bits in 8_u8..=15,
        takeover: bool,
        level in 1_u8..=9,
        memory in 1_u8..=9,
        messages in proptest::collection::vec((any::<u64>(), prop_oneof![0..300_usize, 0..100_000_usize], any::<(bool, bool)>()), 1..8),
        cut in 1..5000_usize,
        room in 1..100_000_usize,
    ) {
        let parameters = parameters(bits, takeover);
        let (mut compressor, mut inflater) = (Compressor::new(&parameters, Effort { level, memory }), Inflater::new(&parameters));
        for (seed, len, (compressor_rests, inflater_rests)) in messages {
            let payload = bytes_with_repetitions(seed, len);
            let mut packed = b"before".to_vec();
            compressor.compress(&payload, &mut packed);
            prop_assert!(packed.len() > 6, "not even an empty message is nothing");
            let parts: Vec<&[u8]> = packed[6..].chunks(cut).collect();
            prop_assert!(message(&mut inflater, &parts, room).as_deref() == Ok(&payload[..]), "message of {} bytes", len);
            if compressor_rests {
                while !compressor.rest() {}
            }
            if inflater_rests {
                while !inflater.rest() {}
            }
        }
    }

    #[test]
    fn random_bytes_are_inflated_the_same_in_any_pieces(input: Vec<u8>, cut in 1..9_usize, room in 1..50_usize) {
        let parts: Vec<&[u8]> = input.chunks(cut).collect();
        prop_assert_eq!(message(&mut new(true), &parts, room), whole(&mut new(true), &input));
    }
}
