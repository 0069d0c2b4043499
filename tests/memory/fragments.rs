//! Messages in ten million fragments of no or one byte (CVE-2026-48779, CVE-2026-62389).

use super::allocator::measure;
use ws::protocol::{
    Kind,
    limits::Limits,
    pool::Pool,
    reader::{Payload, Reader, Received},
    window::Window,
};

const FRAGMENTS: usize = 10_000_000;
/// As many as are given to the reader at once.
const AT_ONCE: usize = 50_000;

/// Reads a message of [`FRAGMENTS`] times `fragment`, which follow `start`. Returns its size and the most memory it took.
fn read(start: &[u8], fragment: &[u8]) -> (usize, isize) {
    let mut reader = Reader::new(&Limits::default());
    let mut pool = Pool::default();
    let mut many = [&fragment.repeat(AT_ONCE)[..], &[0]].concat();
    let mut last = [start, &[0]].concat();
    let (size, memory) = measure(|| {
        assert!(matches!(reader.poll(&mut Window::new(&mut last), &mut pool), Ok(None)));
        for _ in 0..FRAGMENTS / AT_ONCE {
            assert!(matches!(reader.poll(&mut Window::new(&mut many), &mut pool), Ok(None)));
        }
        let mut end = [0x80, 0, 0];
        match reader.poll(&mut Window::new(&mut end), &mut pool) {
            Ok(Some(Received::Message(Kind::Text, Payload::Owned(bytes)))) => bytes.len() - 1,
            other => panic!("{other:?}"),
        }
    });
    (size, memory.peak)
}

#[test]
fn ten_million_empty_fragments_take_no_memory() {
    let (size, peak) = read(b"\x01\x00", b"\x00\x00");
    assert_eq!(size, 0);
    assert!(peak <= 1024, "{peak} bytes");
}

#[test]
fn ten_million_fragments_of_a_byte_take_the_memory_of_their_bytes() {
    let (size, peak) = read(b"\x01\x00", b"\x00\x01x");
    assert_eq!(size, FRAGMENTS);
    // A vector that grows by doubling.
    assert!(peak <= 2 * isize::try_from(FRAGMENTS).unwrap() + 1024, "{peak} bytes");
}
