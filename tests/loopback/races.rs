//! Threads that meet in one place: the queue between driver and taker, and one socket that several threads use until it is freed.
//! Nothing is lost, doubled or out of order, and nothing is kept.

use super::support::{
    client::{guard, options},
    server::{Peer, Server, TEXT, frame},
};
use std::{
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    thread,
    time::{Duration, Instant},
};
use ws::{
    client::{
        deadline::Deadline,
        event::{Data, What},
        queue::{Front, Queue},
        socket::Socket,
    },
    error::Error,
    protocol::Kind,
};

const EVENTS: usize = 200_000;

/// The event with this number: mostly a short message, now and then a long one or one of another kind. Its bytes begin with it.
fn event(number: usize) -> (What, Vec<u8>) {
    let mut bytes = number.to_be_bytes().to_vec();
    let what = match number % 1000 {
        0 => What::Pong(Duration::ZERO),
        1 => {
            bytes.resize(100_000, 1);
            What::Message(Kind::Binary)
        }
        _ => What::Message(Kind::Text),
    };
    bytes.push(0);
    (what, bytes)
}

#[test]
fn of_what_one_thread_puts_into_a_queue_another_takes_each_once_and_in_order() {
    let queue = Arc::new(Queue::default());
    let stop = Arc::new(AtomicBool::new(false));
    let (pushing, interrupting, stopped) = (queue.clone(), queue.clone(), stop.clone());
    let pusher = thread::spawn(move || {
        for number in 0..EVENTS {
            let (what, bytes) = event(number);
            let data = if number % 2 == 0 { Data::Owned(bytes) } else { Data::Borrowed(&bytes) };
            pushing.push(what, data);
        }
        pushing.push(What::Close { code: 1000, clean: true }, Data::Borrowed(b"\0"));
    });
    let interrupter = thread::spawn(move || {
        while !stopped.load(SeqCst) {
            interrupting.interrupt();
            thread::yield_now();
        }
    });
    let (mut front, mut number) = (Front::default(), 0);
    let end = guard().start();
    'all: loop {
        while let Some((what, bytes)) = front.take() {
            if let What::Close { .. } = what {
                break 'all;
            }
            let expected = event(number);
            assert_eq!((what, bytes.len()), (expected.0, expected.1.len()), "event {number}");
            assert!(bytes == expected.1, "the bytes of event {number}");
            number += 1;
        }
        assert!(!end.is_over(Instant::now()), "all events come; {number} have");
        queue.refill_by(&mut front, end, || panic!("no driver waits"));
    }
    stop.store(true, SeqCst);
    pusher.join().unwrap();
    interrupter.join().unwrap();
    assert_eq!(number, EVENTS);
    assert!(!queue.refill(&mut front, || ()), "nothing follows the last event");
}

/// Sends now and then, until the client cuts the connection or closes it.
fn chatty(peer: &mut Peer) {
    peer.send(&frame(TEXT, b"something").repeat(50));
    peer.drain();
}

#[test]
fn a_socket_that_four_threads_use_until_it_is_freed_is_dropped_once_and_whole() {
    for round in 0..40_u64 {
        let server = Server::open(chatty);
        let options = options(|options| options.limits.close_timeout = Duration::from_millis(1));
        let socket = Socket::connect(&server.url(), options).unwrap();
        assert_eq!(socket.wait_open(guard()), Ok(()));
        let gone = Arc::downgrade(&socket);
        thread::scope(|scope| {
            let socket = &socket;
            scope.spawn(move || {
                for number in 0..200 {
                    // Open, or closed by another thread.
                    socket.send(Kind::Binary, &[7; 100], number % 3 == 0).unwrap();
                }
            });
            scope.spawn(move || {
                while let Ok(Some(_)) | Err(Error::Aborted) = socket.next_event(Deadline::In(Duration::from_millis(5)), |what, _| what) {}
            });
            scope.spawn(move || {
                for number in 0..50 {
                    socket.set_paused(number % 2 == 0).unwrap();
                    socket.interrupt().unwrap();
                    match socket.ping(b"?") {
                        Ok(_) | Err(Error::Quota(_)) => {}
                        Err(error) => panic!("{error}"),
                    }
                    thread::yield_now();
                }
            });
            scope.spawn(move || {
                for _ in 0..round % 8 {
                    thread::yield_now();
                }
                match round % 4 {
                    0 => socket.free(),
                    1 => socket.close(Some(1000), None).unwrap(),
                    2 => socket.cut(),
                    _ => {}
                }
            });
        });
        socket.free();
        drop(socket);
        // The server's script ends when the connection does.
        drop(server);
        let end = guard().start();
        while gone.strong_count() > 0 {
            assert!(!end.is_over(Instant::now()), "round {round}: somebody still holds the socket");
            thread::yield_now();
        }
    }
}
