//! Compressed messages: what a small one that becomes a huge one takes (CVE-2026-1526), and what an idle connection holds.

use super::{
    allocator::{held, measure},
    support::{
        client::{guard, within},
        deflate::{COMPRESSED, Deflate, json},
        server::{BINARY, GUARD, Server, TEXT, frame},
    },
};
use std::time::{Duration, Instant};
use ws::{
    client::{event::What, event_loop::EventLoop, options::Options, socket::Socket},
    error::Error,
    protocol::{
        Kind,
        compress::{Compressor, Effort},
        limits::Limits,
        pool::Pool,
        reader::Reader,
        window::Window,
    },
    spec::deflate::{Offer, Parameters},
};

const MIB: isize = 1 << 20;

fn parameters() -> Parameters {
    Offer::default().accepted(["permessage-deflate"]).unwrap().unwrap().0
}

/// A frame of zeros that are compressed, with the spare byte of a window.
fn zeros(size: usize) -> Vec<u8> {
    let mut packed = Vec::new();
    Compressor::new(&parameters(), Effort { level: 9, memory: 9 }).compress(&vec![0; size], &mut packed);
    [frame(BINARY | COMPRESSED, &packed), vec![0]].concat()
}

#[test]
fn a_bomb_takes_less_than_the_largest_message_and_a_mib() {
    let mut bomb = zeros(10 << 20);
    assert!(bomb.len() < 11_000, "{} bytes", bomb.len());
    for limit in [1000, 100_000, 1_000_000, 3 * MIB, 7 * MIB] {
        let mut reader = Reader::new(&Limits { max_message: u64::try_from(limit).unwrap(), ..Limits::default() });
        reader.set_deflate(&parameters());
        let mut bytes = bomb.clone();
        let (code, memory) = measure(|| reader.poll(&mut Window::new(&mut bytes), &mut Pool::default()).unwrap_err().code);
        assert_eq!(code, 1009);
        assert!(memory.peak < limit + MIB, "{} bytes at a limit of {limit}", memory.peak);
    }
    // And what is allowed takes no more than its size, either.
    let mut reader = Reader::new(&Limits { max_message: 10 << 20, ..Limits::default() });
    reader.set_deflate(&parameters());
    let (message, memory) = measure(|| reader.poll(&mut Window::new(&mut bomb), &mut Pool::default()).is_ok_and(|found| found.is_some()));
    assert!(message);
    assert!(memory.peak < 11 * MIB, "{} bytes", memory.peak);
}

#[test]
fn a_message_that_becomes_too_many_times_as_long_takes_the_free_mib_and_another() {
    let mut reader = Reader::new(&Limits { max_ratio: 20, ..Limits::default() });
    reader.set_deflate(&parameters());
    let mut bomb = zeros(10 << 20);
    let (code, memory) = measure(|| reader.poll(&mut Window::new(&mut bomb), &mut Pool::default()).unwrap_err().code);
    assert_eq!(code, 1009);
    assert!(memory.peak < 2 * MIB, "{} bytes", memory.peak);
}

/// What a connection on a loop of this thread's holds after messages of JSON have gone both ways, once it holds less than `enough` or
/// has been idle for as long as memory may be kept: in use, and at rest.
fn idle(deflate: bool, enough: isize) -> (isize, isize) {
    const MESSAGES: usize = 20;
    let server = Server::new(move |peer| {
        let mut both = deflate.then(|| Deflate::accept(peer, Offer::default(), "").0);
        if !deflate {
            peer.accept();
        }
        for _ in 0..MESSAGES {
            let (_, payload) = match &mut both {
                Some(deflate) => {
                    let (first, payload, _) = deflate.read(peer);
                    (first, payload)
                }
                None => peer.read_frame(),
            };
            let answer = both.as_mut().map_or_else(|| frame(TEXT, &payload), |deflate| deflate.frame(TEXT, &payload));
            peer.send(&answer);
        }
        peer.echo_close(1000, "");
    });
    let event_loop = EventLoop::new(false).unwrap();
    let (held, _) = measure(|| {
        let mut options = Options { event_loop: Some(event_loop.clone()), ..Options::default() };
        options.deflate.on = deflate;
        let socket = Socket::connect(&server.url(), options).unwrap();
        assert_eq!(socket.next_event(guard(), |what, _| what), Ok(Some(What::Open)));
        assert_eq!(socket.extensions().is_empty(), !deflate);
        for number in 0..MESSAGES {
            let message = json(1024 + number);
            socket.send(Kind::Text, &message, false).unwrap();
            let seen = socket.next_event(guard(), |what, bytes| (what, bytes.len()));
            assert_eq!(seen, Ok(Some((What::Message(Kind::Text), message.len() + 1))));
        }
        let in_use = held();
        let end = Instant::now() + GUARD;
        let mut rest = in_use;
        while rest > enough && Instant::now() < end {
            assert_eq!(socket.next_event(within(Duration::from_millis(50)), |what, _| what), Err(Error::Timeout));
            rest = held();
        }
        socket.close(Some(1000), None).unwrap();
        assert!(matches!(socket.wait_closed(guard(), |what, _| what), Ok(Some(What::Close { code: 1000, .. }))));
        socket.free();
        (in_use, rest)
    });
    event_loop.close();
    held
}

#[test]
fn an_idle_compressed_connection_holds_less_than_8_kib_more_than_another() {
    let (_, plain) = idle(false, isize::MAX);
    let (in_use, at_rest) = idle(true, plain + 8192);
    assert!(in_use > plain + 200_000, "in use it holds {in_use} bytes, another {plain}");
    assert!(at_rest < plain + 8192, "at rest it holds {at_rest} bytes, another {plain}");
}
