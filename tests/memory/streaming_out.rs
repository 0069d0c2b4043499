//! Messages in parts and out of buffers that are handed over, to a slow server: what waits takes its own size, or the buffer's.

use super::{
    allocator::measure,
    support::{
        client::{guard, options},
        server::{BINARY, Peer, Server, wait},
    },
};
use std::sync::mpsc;
use ws::{
    client::{
        event::{Sink as _, What},
        event_loop::EventLoop,
        link::How,
        sinks::BatchSink,
        socket::{Sent, Socket},
    },
    error::Error,
    protocol::{Kind, segments::SEGMENT},
};

const AT_ONCE: How = How { more: false, compress: true };
const PART: usize = 64 << 10;

/// Reads a message of `len` bytes, in which each part is filled with its number.
fn read_numbered_parts(peer: &mut Peer, len: usize) {
    let mut at = 0;
    loop {
        let (first, payload) = peer.read_frame();
        assert_eq!(first & 0x7f, if at == 0 { BINARY & 0x7f } else { 0 });
        for (i, byte) in payload.iter().enumerate().step_by(1021) {
            assert_eq!(*byte, ((at + i) / PART).to_le_bytes()[0], "at {}", at + i);
        }
        at += payload.len();
        if first & 0x80 != 0 {
            assert_eq!(at, len);
            return;
        }
    }
}

#[test]
fn a_message_of_1_gib_in_parts_goes_to_a_slow_server_through_the_memory_of_the_limit_and_a_mebibyte() {
    const LIMIT: usize = 1_000_000;
    const LEN: usize = 1 << 30;
    let (refused, is_refused) = mpsc::channel();
    let server = Server::open(move |peer| {
        // The sender is refused once at least.
        wait(&is_refused);
        read_numbered_parts(peer, LEN);
        peer.close_cleanly(1000, "");
    });
    let event_loop = EventLoop::new(false).unwrap();
    let options = options(|options| {
        options.event_loop = Some(event_loop.clone());
        options.limits.max_buffered = LIMIT as u64;
        options.limits.low_water = LIMIT as u64 / 4;
    });
    let socket = Socket::connect(&server.url(), options).unwrap();
    socket.wait_open(guard()).unwrap();
    let mut part = vec![0; PART];
    let (waits, memory) = measure(|| {
        let mut waits = 0;
        assert_eq!(socket.begin_message(Kind::Binary, AT_ONCE), Ok(Sent::Accepted));
        for number in 0..LEN / PART {
            part.fill(number.to_le_bytes()[0]);
            while let Err(error) = socket.append(&part) {
                assert!(matches!(error, Error::Quota(_)), "{error}");
                assert!(socket.buffered_amount() <= LIMIT as u64);
                waits += 1;
                if waits == 1 {
                    refused.send(()).unwrap();
                }
                let mut drained = false;
                while !drained {
                    let mut sink = BatchSink::new(16, |_, what, _| drained = what == What::Drain);
                    event_loop.run(&mut sink, guard(), BatchSink::has_delivered).unwrap();
                }
            }
        }
        assert_eq!(socket.end_message(), Ok(Sent::Accepted));
        waits
    });
    assert!(waits > 0);
    let most = isize::try_from(LIMIT + (1 << 20)).unwrap();
    assert!(memory.peak <= most, "{} bytes, {most} at most; {waits} waits", memory.peak);
    assert!(socket.wait_closed(guard(), |_, _| ()).unwrap().is_some());
    assert_eq!(socket.stats().unwrap().sent.traffic.payload, LEN as u64);
    socket.free();
    event_loop.close();
}

#[test]
fn a_buffer_that_is_handed_over_waits_where_it_is() {
    const LEN: usize = 64 << 20;
    let (sent, is_sent) = mpsc::channel();
    let server = Server::open(move |peer| {
        peer.keep_little();
        wait(&is_sent);
        read_numbered_parts(peer, LEN);
        peer.close_cleanly(1000, "");
    });
    let event_loop = EventLoop::new(false).unwrap();
    let options = options(|options| options.event_loop = Some(event_loop.clone()));
    let socket = Socket::connect(&server.url(), options).unwrap();
    socket.wait_open(guard()).unwrap();
    let mut buffer = Vec::with_capacity(LEN);
    for number in 0..LEN / PART {
        buffer.resize((number + 1) * PART, number.to_le_bytes()[0]);
    }
    let buffer = Box::new(buffer);
    let ((), memory) = measure(|| {
        assert_eq!(socket.send_owned(Kind::Binary, buffer, How { more: false, compress: false }), Ok(Sent::Accepted));
        assert!(socket.buffered_amount() > LEN as u64 / 2, "no kernel takes half of it");
        sent.send(()).unwrap();
        assert!(socket.wait_closed(guard(), |_, _| ()).unwrap().is_some());
    });
    // What the kernel was offered before it took no more goes by way of buffers of the loop's.
    let most = isize::try_from(3 * SEGMENT).unwrap();
    assert!(memory.peak <= most, "{} bytes, {most} at most", memory.peak);
    socket.free();
    event_loop.close();
}
