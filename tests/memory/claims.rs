//! Headers of frames that claim more than comes (RUSTSEC-2022-0035, CVE-2016-10542, CVE-2025-32049, CVE-2026-1528).

use super::allocator::measure;
use ws::protocol::{
    limits::Limits,
    pool::Pool,
    reader::{Reader, Violation},
    window::Window,
};

/// The highest that the options allow (`ws_options_set_max_message_size`).
const HIGHEST: u64 = 1 << 40;
/// What a growing message is given before anything of it has come, and its NUL.
const ROOM: usize = (64 << 10) + 1;

fn header(first: u8, length: u64) -> Vec<u8> {
    [&[first, 127][..], &length.to_be_bytes()].concat()
}

/// Has a reader look at `bytes` and then offers it to read directly into the message that they begin.
fn read(reader: &mut Reader, bytes: &[u8]) -> Result<(), Violation> {
    let mut buffer = bytes.to_vec();
    buffer.push(0);
    let found = reader.poll(&mut Window::new(&mut buffer), &mut Pool::default())?;
    assert!(found.is_none(), "nothing is complete: {found:?}");
    reader.poll_direct_read();
    Ok(())
}

#[test]
fn whatever_a_header_claims_no_memory_is_taken_before_bytes_come() {
    let highest = Limits { max_message: HIGHEST, max_frame: HIGHEST, ..Limits::default() };
    for (limits, name) in [(Limits::default(), "default limits"), (highest, "the highest limits")] {
        for length in
            [1 << 26, (1 << 26) + 1, 1 << 31, (1 << 32) - 1, 1 << 32, (1 << 32) + 1, HIGHEST, HIGHEST + 1, i64::MAX as u64, 1 << 63]
        {
            for first in [0x81, 0x82, 0x01] {
                let mut reader = Reader::new(&limits);
                let (result, memory) = measure(|| read(&mut reader, &header(first, length)));
                let expected = match length {
                    0x8000_0000_0000_0000.. => Some(1002),
                    length if length > limits.max_frame => Some(1009),
                    _ => None,
                };
                assert_eq!(result.err().map(|violation| violation.code), expected, "{length} bytes, {name}");
                assert!(memory.largest <= ROOM, "{length} bytes, {name}: {} bytes at once", memory.largest);
                assert!(memory.peak <= 2 * isize::try_from(ROOM).unwrap(), "{length} bytes, {name}: {} bytes", memory.peak);
            }
        }
    }
}

#[test]
fn a_claim_in_a_later_fragment_takes_no_memory_either_and_cannot_overflow_the_sum() {
    let limits = Limits { max_message: HIGHEST, max_frame: HIGHEST, ..Limits::default() };
    for (length, expected) in [(HIGHEST - 3, None), (HIGHEST - 2, Some(1009)), (HIGHEST, Some(1009)), (i64::MAX as u64, Some(1009))] {
        let mut reader = Reader::new(&limits);
        let (result, memory) = measure(|| {
            read(&mut reader, b"\x02\x03abc")?;
            read(&mut reader, &header(0x80, length))
        });
        assert_eq!(result.err().map(|violation| violation.code), expected, "{length} bytes behind 3");
        assert!(memory.largest <= 2 * ROOM, "{length} bytes: {} at once", memory.largest);
    }
}

#[test]
fn the_memory_of_a_long_message_follows_the_bytes_that_have_come() {
    let limits = Limits { max_message: HIGHEST, max_frame: HIGHEST, ..Limits::default() };
    let mut reader = Reader::new(&limits);
    let (arrived, memory) = measure(|| {
        read(&mut reader, &header(0x82, HIGHEST)).unwrap();
        let mut arrived = 0;
        while arrived < 3 << 20 {
            let (buffer, room) = reader.poll_direct_read().expect("most is still missing");
            let count = room.min(10_000);
            buffer.resize(arrived + count, 7);
            arrived += count;
            assert!(matches!(reader.handle_filled(count), Ok(None)));
        }
        arrived
    });
    // Room for as much again as has come, in a vector that grows by doubling.
    assert!(memory.peak <= 4 * isize::try_from(arrived).unwrap() + (128 << 10), "{} bytes for {arrived}", memory.peak);
}
