//! Long messages in chunks, and servers that send faster than the program takes: memory is that of a queue and a chunk, not of what is
//! sent.

use super::{
    allocator::{Taken, measure},
    support::{
        client::guard,
        deflate::{Deflate, json},
        server::{BINARY, Peer, Server, TEXT, frame},
    },
};
use std::cell::Cell;
use ws::{
    client::{
        event::{Sink as _, What},
        event_loop::EventLoop,
        options::Options,
        sinks::BatchSink,
        socket::Socket,
    },
    protocol::{
        inflate::TAIL,
        limits::Limits,
        pool::Pool,
        reader::{Reader, Received},
        window::Window,
    },
    spec::deflate::{Offer, Parameters},
};

const KIB: isize = 1 << 10;
const MIB: isize = 1 << 20;
const GIB: u64 = 1 << 30;

/// Bytes that have come out of a reader in chunks.
#[derive(Default)]
struct Seen {
    bytes: u64,
    ended: bool,
}

impl Seen {
    /// Has the reader look at `bytes`, which end with a spare one.
    fn read(&mut self, reader: &mut Reader, pool: &mut Pool, bytes: &mut [u8]) {
        let mut window = Window::new(bytes);
        while let Some(found) = reader.poll(&mut window, pool).unwrap() {
            let Received::Chunk(chunk, payload) = found else { panic!("{found:?}") };
            self.bytes += payload.bytes().len() as u64;
            self.ended = chunk.last;
            if let ws::protocol::reader::Payload::Owned(buffer) = payload {
                pool.give(buffer);
            }
        }
    }
}

fn chunks_of(max_message: u64) -> Limits {
    Limits { max_chunked: Some(max_message), ..Limits::default() }
}

#[test]
fn a_text_of_a_gib_in_one_frame_takes_no_memory_but_that_of_a_character() {
    const READ: usize = 120_000;
    let mut reader = Reader::new(&chunks_of(GIB));
    let (mut pool, mut seen) = (Pool::default(), Seen::default());
    // A number of bytes that cuts characters at each place.
    let text = "水".repeat(READ);
    let mut header = [&[0x81, 127][..], &GIB.to_be_bytes(), &[0]].concat();
    let mut buffer = vec![0; READ + 1];
    let ((), memory) = measure(|| {
        seen.read(&mut reader, &mut pool, &mut header);
        while seen.bytes < GIB - 1 {
            assert_eq!(seen.bytes % 3, 0, "only whole characters are handed out");
            let size = READ.min(usize::try_from(GIB - 1 - seen.bytes).unwrap());
            // One byte or two of a character at the end, and the rest of it in the next read.
            for part in [&text.as_bytes()[..size - size % 3 - 2], &text.as_bytes()[size - size % 3 - 2..][..2]] {
                buffer[..part.len()].copy_from_slice(part);
                seen.read(&mut reader, &mut pool, &mut buffer[..=part.len()]);
            }
        }
        buffer[0] = b'.';
        seen.read(&mut reader, &mut pool, &mut buffer[..2]);
    });
    assert_eq!((seen.bytes, seen.ended), (GIB, true));
    assert!(memory.peak < KIB, "{} bytes", memory.peak);
}

fn parameters() -> Parameters {
    Offer::default().accepted(["permessage-deflate"]).unwrap().unwrap().0
}

/// A message (of less than a GiB: a decompressor that is built for tests is slow) that comes in fragments of `part`, compressed each by itself, `count` times. Returns its size and what it took.
fn inflate(part: &[u8], count: u64) -> (u64, Taken) {
    let mut deflate = Deflate::new(Offer { server_no_context_takeover: true, ..Offer::default() }, "; server_no_context_takeover");
    let whole = deflate.frame(BINARY, part);
    // Without its header.
    let packed = &whole[match whole[1] {
        126 => 4,
        127 => 10,
        _ => 2,
    }..];
    let fragment = |first: u8| [&frame(first, &[packed, &TAIL].concat())[..], &[0]].concat();
    let (mut begin, mut middle) = (fragment(0x41), fragment(0x00));
    let mut end = [&frame(0x80, packed)[..], &[0]].concat();
    let mut reader = Reader::new(&chunks_of(1 << 40));
    reader.set_deflate(&parameters());
    let (mut pool, mut seen) = (Pool::default(), Seen::default());
    let ((), memory) = measure(|| {
        seen.read(&mut reader, &mut pool, &mut begin);
        for _ in 2..count {
            seen.read(&mut reader, &mut pool, &mut middle);
        }
        assert!(!seen.ended);
        seen.read(&mut reader, &mut pool, &mut end);
    });
    assert!(seen.ended);
    (seen.bytes, memory)
}

#[test]
fn a_compressed_text_of_128_mib_takes_the_memory_of_the_decompressor_and_a_piece() {
    let (size, memory) = inflate(&json(1 << 20), 128);
    assert_eq!(size, GIB / 8);
    assert!(memory.peak < 300 * KIB, "{} bytes", memory.peak);
}

#[test]
fn a_bomb_of_512_mib_takes_no_more() {
    let (size, memory) = inflate(&vec![0; 16 << 20], 32);
    assert_eq!(size, GIB / 2);
    assert!(memory.peak < 300 * KIB, "{} bytes", memory.peak);
}

/// Sends `frames` again and again at full speed, so many bytes of payload in all, and closes.
fn full_speed(peer: &mut Peer, frames: &[u8], payload: u64, total: u64) {
    for _ in 0..total / payload {
        peer.send(frames);
    }
    peer.close_cleanly(1000, "");
}

/// How the program takes events.
#[derive(Debug, Clone, Copy)]
enum Taking {
    /// One by one, from a queue that the background thread fills. What that thread takes is known by what the socket says it holds.
    Background,
    /// One by one, from a queue on an own loop.
    OneByOne,
    /// So many at a time, in place.
    Batches(usize),
}

/// The bytes that a program takes of what a server sends at full speed, large and small messages by turns, and the most that it held
/// meanwhile.
fn slow_reader(taking: Taking, chunks: bool, compressed: bool, total: u64) -> (u64, isize) {
    const PAYLOAD: u64 = 2 << 20;
    let server = Server::new(move |peer| {
        let (small, large) = (json(1 << 10), json(1 << 20));
        let mut deflate = compressed.then(|| Deflate::accept(peer, Offer::default(), "; server_no_context_takeover").0);
        if !compressed {
            peer.accept();
        }
        let mut message = |first, payload: &[u8]| match &mut deflate {
            Some(deflate) => deflate.frame(first, payload),
            None => frame(first, payload),
        };
        let frames = [message(TEXT, &large), message(BINARY, &small).repeat(1 << 10)].concat();
        full_speed(peer, &frames, PAYLOAD, total);
    });
    let event_loop = (!matches!(taking, Taking::Background)).then(|| EventLoop::new(false).unwrap());
    let mut options = Options { event_loop: event_loop.clone(), ..Options::default() };
    options.deflate.on = compressed;
    options.limits.max_chunked = chunks.then_some(1 << 30);
    let socket = Socket::connect(&server.url(), options).unwrap();
    socket.wait_open(guard()).unwrap();
    let (mut bytes, mut sum, mut most, over) = (0, 0_u8, 0, Cell::new(false));
    let mut see = |what: What, data: &[u8]| match what {
        What::Message(_) | What::Chunk(_) => {
            bytes += data.len() as u64 - 1;
            // Slower than the server, who sends the same again and again.
            sum = data.iter().step_by(8).fold(sum, |sum, byte| sum.wrapping_mul(31) ^ byte);
        }
        What::Close { code: 1000, clean: true } => over.set(true),
        other => panic!("{other:?}"),
    };
    let ((), memory) = measure(|| {
        while !over.get() {
            match (taking, &event_loop) {
                (Taking::Batches(capacity), Some(event_loop)) => {
                    let mut sink = BatchSink::new(capacity, |_, what, data| see(what, data));
                    event_loop.run(&mut sink, guard(), BatchSink::has_delivered).unwrap();
                }
                _ => drop(socket.next_event(guard(), |what, data| see(what, data)).unwrap()),
            }
            most = most.max(isize::try_from(socket.stats().unwrap().memory).unwrap());
        }
    });
    socket.free();
    if let Some(event_loop) = event_loop {
        event_loop.close();
    }
    (bytes, memory.peak.max(most))
}

/// With 128 MiB, or 42 MiB that come compressed, because a decompressor that is built for tests is slow.
fn stays_flat(taking: Taking, chunks: bool, most: isize) {
    for (compressed, total) in [(false, 128 << 20), (true, 42 << 20)] {
        let (bytes, peak) = slow_reader(taking, chunks, compressed, total);
        assert_eq!(bytes, total);
        assert!(peak < most, "{taking:?}, chunks {chunks}, compressed {compressed}: {peak} bytes");
    }
}

/// What one buffer for sending takes, which the answer to the server's Close frame needs.
const SENDING: isize = 520 * KIB;

#[test]
fn a_slow_reader_that_takes_chunks_one_by_one_holds_a_queue_of_them() {
    // The limit of 1 MiB is for what waits; buffers have room for up to twice as much, and each of the queue's two may have been full
    // when the other was taken.
    stays_flat(Taking::OneByOne, true, SENDING + 2 * MIB + 256 * KIB);
    stays_flat(Taking::Background, true, SENDING + 4 * MIB + 256 * KIB);
}

#[test]
fn a_slow_reader_that_takes_chunks_in_batches_holds_some_pieces() {
    stays_flat(Taking::Batches(1), true, SENDING + 256 * KIB);
    stays_flat(Taking::Batches(1000), true, SENDING + 512 * KIB);
}

#[test]
fn a_slow_reader_that_takes_messages_one_by_one_holds_a_queue_and_a_message() {
    stays_flat(Taking::OneByOne, false, SENDING + 6 * MIB);
    stays_flat(Taking::Background, false, SENDING + 6 * MIB);
}

#[test]
fn a_slow_reader_that_takes_messages_in_batches_holds_what_a_read_brings() {
    // A buffer for each message that came compressed.
    stays_flat(Taking::Batches(1), false, SENDING + 6 * MIB);
    stays_flat(Taking::Batches(1000), false, SENDING + 10 * MIB);
}

/// 200 messages of 1 MiB in some 1,100 bytes each, so that a read brings a hundred of them.
#[test]
fn messages_that_a_few_bytes_become_wait_as_the_bytes_that_they_came_as() {
    const COUNT: u64 = 200;
    for event_loop in [None, Some(EventLoop::new(false).unwrap())] {
        let server = Server::new(|peer| {
            let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "; server_no_context_takeover");
            full_speed(peer, &deflate.frame(BINARY, &vec![0; 1 << 20]), 1, COUNT);
        });
        let options = Options { event_loop: event_loop.clone(), ..Options::default() };
        let socket = Socket::connect(&server.url(), options).unwrap();
        socket.wait_open(guard()).unwrap();
        let (mut bytes, mut most) = (0, 0);
        while let Some(len) = socket.next_event(guard(), |_, data| data.len() as u64 - 1).unwrap() {
            bytes += len;
            most = most.max(socket.stats().unwrap().memory);
        }
        assert_eq!(bytes, COUNT << 20);
        assert!(most < 6 << 20, "{most} bytes");
        socket.free();
        if let Some(event_loop) = event_loop {
            event_loop.close();
        }
    }
}
