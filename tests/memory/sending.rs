//! Messages to a server that never reads (RUSTSEC-2020-0043), or slowly: they are counted as the standard says, and take their own
//! size; with a limit, no more than that.

use super::{
    allocator::measure,
    support::{
        client::{guard, options},
        server::{BINARY, Server, wait},
    },
};
use std::{
    sync::{Arc, mpsc},
    time::Instant,
};
use ws::{
    client::{
        event::{Sink as _, What},
        event_loop::EventLoop,
        sinks::BatchSink,
        socket::Socket,
    },
    error::Error,
    protocol::{
        Kind,
        limits::Limits,
        segments::{SEGMENT, Supply},
        writer::Writer,
    },
};

#[test]
fn what_waits_to_be_sent_is_counted_exactly_and_takes_no_more_memory_than_its_bytes() {
    const MESSAGES: usize = 100_000;
    const SIZE: usize = 300;
    let mut writer = Writer::new(&Limits::default(), Arc::new(Supply::new(|bytes| bytes.fill(7))), Instant::now());
    let ((), memory) = measure(|| {
        for sent in 1..=MESSAGES {
            assert!(writer.send(Kind::Binary, &[5; SIZE]));
            assert_eq!(writer.buffered_amount(), (sent * SIZE) as u64);
        }
    });
    // With a header each; the last buffer may be empty, the list of buffers is short.
    let most = isize::try_from(MESSAGES * (SIZE + 8) + 2 * SEGMENT).unwrap();
    assert!(memory.peak <= most, "{} bytes, {most} at most", memory.peak);
}

#[test]
fn with_a_limit_256_mib_go_to_a_slow_server_through_the_memory_of_that_and_a_mebibyte() {
    const MESSAGE: usize = 64 << 10;
    const MESSAGES: usize = (256 << 20) / MESSAGE;
    // Lies in three buffers of 512 KiB at the most.
    const LIMIT: usize = 1_000_000;
    let (refused, is_refused) = mpsc::channel();
    let server = Server::open(move |peer| {
        // Slow enough for the sender to be refused, and once at least.
        peer.keep_little();
        wait(&is_refused);
        for number in 0..MESSAGES {
            let (first, payload) = peer.read_frame();
            assert!(first == BINARY && payload.len() == MESSAGE && payload[..8] == number.to_be_bytes(), "message {number}");
        }
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
    let mut message = vec![0; MESSAGE];
    let (waits, memory) = measure(|| {
        let mut waits = 0;
        for number in 0..MESSAGES {
            message[..8].copy_from_slice(&number.to_be_bytes());
            while let Err(error) = socket.send(Kind::Binary, &message, false) {
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
        waits
    });
    assert!(waits > 0);
    let most = isize::try_from(LIMIT + (1 << 20)).unwrap();
    assert!(memory.peak <= most, "{} bytes, {most} at most; {waits} waits", memory.peak);
    assert!(socket.wait_closed(guard(), |_, _| ()).unwrap().is_some());
    socket.free();
    event_loop.close();
}
