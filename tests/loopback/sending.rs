//! What the server gets: everything that was accepted before `close`, whole and in order, from any number of threads.

use super::support::{
    client::{Client, Mode, QUEUES, clean, in_modes},
    server::{BINARY, CLOSE, Server, TEXT, wait},
};
use std::{sync::mpsc, thread};
use ws::{
    client::socket::{ReadyState, Sent},
    protocol::Kind,
};

const SMALL: usize = 10_000;
const LARGE: usize = 64 << 20;

/// The byte at an offset of the large message.
fn byte(at: usize) -> u8 {
    at.wrapping_mul(0x9e37_79b1).to_be_bytes()[5]
}

#[test]
fn ten_thousand_small_messages_and_one_of_64_mib_all_arrive_before_the_close_frame() {
    // One after the other: each takes 128 MiB.
    for mode in QUEUES {
        let (closed, is_closed) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&is_closed);
            for number in 0..SMALL {
                peer.expect(TEXT, format!("message {number}").as_bytes());
            }
            let (first, payload) = peer.read_frame();
            assert_eq!((first, payload.len()), (BINARY, LARGE));
            assert!(payload.iter().enumerate().all(|(at, &found)| found == byte(at)), "the payload is as it was sent");
            peer.echo_close(1000, "all of it");
        });
        let mut client = Client::open(mode, &server);
        for number in 0..SMALL {
            let sent = client.socket.send(Kind::Text, format!("message {number}").as_bytes(), false);
            assert_eq!(sent, Ok(Sent::Accepted));
        }
        let large: Vec<u8> = (0..LARGE).map(byte).collect();
        assert_eq!(client.socket.send(Kind::Binary, &large, false), Ok(Sent::Accepted));
        client.socket.close(Some(1000), Some(b"all of it")).unwrap();
        assert_eq!(client.state(), ReadyState::Closing);
        let buffered = client.socket.buffered_amount();
        assert!(buffered > 0, "no kernel takes 64 MiB that nobody reads");
        assert_eq!(client.socket.send(Kind::Binary, b"1234567", false), Ok(Sent::Discarded));
        closed.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1000, "all of it")]);
        assert_eq!(client.socket.buffered_amount(), 7, "what was discarded stays counted");
    }
}

#[test]
fn several_threads_send_at_once_and_each_ones_order_is_kept() {
    const THREADS: usize = 4;
    const EACH: usize = 500;
    in_modes(&[Mode::Background, Mode::OwnNextEvent], |mode| {
        let server = Server::open(|peer| {
            let mut next = [0; THREADS];
            for _ in 0..THREADS * EACH {
                let (first, payload) = peer.read_frame();
                assert_eq!(first, BINARY);
                let thread = usize::from(payload[0]);
                let number = next[thread];
                next[thread] += 1;
                assert_eq!(payload, message(thread, number), "message {number} of thread {thread}");
            }
            assert_eq!(next, [EACH; THREADS]);
            peer.echo_close(1000, "");
        });
        let mut client = Client::open(mode, &server);
        let socket = client.socket.clone();
        thread::scope(|scope| {
            let senders: Vec<_> = (0..THREADS)
                .map(|thread| {
                    let socket = &socket;
                    scope.spawn(move || {
                        for number in 0..EACH {
                            let sent = socket.send(Kind::Binary, &message(thread, number), number % 7 == 0);
                            assert_eq!(sent, Ok(Sent::Accepted));
                        }
                    })
                })
                .collect();
            // On an own loop this thread writes what gathers meanwhile.
            let taker = scope.spawn(move || client.rest());
            for sender in senders {
                sender.join().unwrap();
            }
            socket.close(Some(1000), None).unwrap();
            assert_eq!(taker.join().unwrap(), [clean(1000, "")]);
        });
    });
}

/// Small ones, and now and then one that is larger than what gathers.
fn message(thread: usize, number: usize) -> Vec<u8> {
    let size = if number % 50 == 49 { 100_000 } else { 20 + number };
    let mut message = vec![u8::try_from(number % 251).unwrap(); size];
    message[0] = u8::try_from(thread).unwrap();
    message
}

#[test]
fn a_close_without_arguments_comes_behind_the_messages_too() {
    in_modes(&super::support::client::MODES, |mode| {
        let server = Server::open(|peer| {
            peer.expect(TEXT, b"one");
            peer.expect(TEXT, b"two");
            peer.expect(CLOSE, b"");
            peer.close(1000, "");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        client.socket.send(Kind::Text, b"one", true).unwrap();
        client.socket.send(Kind::Text, b"two", true).unwrap();
        client.socket.close(None, None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}
