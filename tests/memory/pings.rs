//! A million pings from a server that never reads (CVE-2026-11586).

use super::{
    allocator::measure,
    support::{
        client::{guard, options},
        server::{PING, Server, frame},
    },
};
use std::{sync::Arc, time::Instant};
use ws::{
    client::{
        event::{Sink as _, What},
        event_loop::{EventLoop, Ran},
        sinks::BatchSink,
        socket::Socket,
    },
    protocol::{Kind, limits::Limits, reader::Control, segments::Supply, writer::Writer},
};

const PINGS: usize = 1_000_000;
const MOST: isize = 512 << 10;

#[test]
fn of_a_million_pings_that_cannot_be_answered_only_the_latest_is_kept() {
    let now = Instant::now();
    let mut writer = Writer::new(&Limits::default(), Arc::new(Supply::new(|bytes| bytes.fill(7))), now);
    // The first pong is under way: it takes the loop's buffer, which is there for all its sockets.
    writer.handle_control(Control::Ping(vec![1; 125]), now);
    writer.handle_transmitted(1, || now);
    let ((), memory) = measure(|| {
        for number in 0..PINGS {
            let payload = [&number.to_be_bytes()[..], &[2; 117]].concat();
            writer.handle_control(Control::Ping(payload), now);
        }
    });
    assert!(memory.peak < 1024, "{} bytes", memory.peak);
    let mut waiting = 0;
    while !writer.poll_transmit().is_empty() {
        let count = writer.poll_transmit().len();
        waiting += count;
        writer.handle_transmitted(count, || now);
    }
    assert_eq!(waiting, 130 + 131, "the rest of the first pong, and one more");
}

#[test]
fn a_million_pings_over_tcp_from_a_server_that_reads_nothing_take_less_than_512_kib() {
    let server = Server::open(|peer| {
        let many = frame(PING, &[b'?'; 125]).repeat(1000);
        for _ in 0..PINGS / 1000 {
            peer.send(&many);
        }
        peer.text("that was all");
        // The client cuts it; its pongs were never read.
        peer.wait_until_received();
    });
    let event_loop = EventLoop::new(false).unwrap();
    let options = options(|options| {
        options.event_loop = Some(event_loop.clone());
        options.limits.close_timeout = std::time::Duration::from_millis(1);
    });
    let socket = Socket::connect(&server.url(), options).unwrap();
    let mut seen = Vec::with_capacity(16);
    let mut run_until = |wanted: What| {
        // The end, which is a reset, may come with the message.
        while !seen.contains(&wanted) {
            let mut sink = BatchSink::new(16, |_, what, _| seen.push(what));
            let ran = event_loop.run(&mut sink, guard(), BatchSink::has_delivered).unwrap();
            assert_eq!(ran, Ran::Delivered, "{seen:?}, {:?}", socket.failure());
        }
    };
    run_until(What::Open);
    // Takes the loop's buffer for what is sent, which is there for all its sockets.
    socket.send(Kind::Text, b"hello", false).unwrap();
    let ((), memory) = measure(|| run_until(What::Message(Kind::Text)));
    assert!(memory.peak < MOST, "{} bytes", memory.peak);
    assert_eq!(socket.buffered_amount(), 0);
    socket.free();
    event_loop.close();
}
