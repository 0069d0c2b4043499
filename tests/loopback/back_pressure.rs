//! A server that sends without end: it is stopped while nothing is taken, goes on when it is, and starves nobody.

use super::support::{
    both::in_modes,
    client::{Client, MODES, QUEUES, clean, guard, options, text, within},
    server::{BINARY, Peer, Server, TEXT, frame, wait},
};
use std::{
    fs,
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc,
    },
    time::Duration,
};
use ws::{
    client::{
        event::{Sink as _, What},
        event_loop::EventLoop,
        options::Options,
        sinks::BatchSink,
        socket::Socket,
    },
    protocol::Kind,
};

const MESSAGE: usize = 1024;
const MESSAGES: usize = 24_000;
const QUEUE: usize = 1 << 20;

/// What the kernel's buffers on both sides may hold at most.
fn socket_buffers() -> usize {
    let most = |name| {
        let text: String = fs::read_to_string(format!("/proc/sys/net/ipv4/{name}")).expect("Linux says");
        text.split_whitespace().last().expect("three numbers").parse::<usize>().expect("a number")
    };
    most("tcp_wmem") + most("tcp_rmem")
}

fn message(number: usize) -> Vec<u8> {
    let mut message = number.to_be_bytes().to_vec();
    message.resize(MESSAGE, 0);
    message
}

/// Sends until the client has taken nothing for a while, says how much it was, and sends the rest.
fn flood(peer: &mut Peer, stopped: &mpsc::Sender<usize>) {
    let all: Vec<u8> = (0..MESSAGES).flat_map(|number| frame(BINARY, &message(number))).collect();
    let all = peer.wire().seal(all);
    let mut stream = peer.tcp();
    stream.set_write_timeout(Some(Duration::from_millis(200))).unwrap();
    let mut sent = 0;
    let count = loop {
        match stream.write(&all[sent..]) {
            Ok(count) => sent += count,
            Err(_) => break sent,
        }
        assert!(sent < all.len(), "all {sent} bytes were taken although nothing was taken out of the queue");
    };
    stopped.send(count).unwrap();
    stream.set_write_timeout(Some(super::support::server::GUARD)).unwrap();
    stream.write_all(&all[sent..]).expect("the client takes the rest");
}

#[test]
fn a_server_that_sends_without_end_is_stopped_and_goes_on_when_events_are_taken() {
    in_modes(&QUEUES, |mode| {
        let (stopped, is_stopped) = mpsc::channel();
        let server = Server::open(move |peer| {
            flood(peer, &stopped);
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        let socket = client.socket.clone();
        let mut number = 0;
        let mut take = || {
            let shown = socket.next_event(guard(), |what, bytes| {
                assert_eq!(what, What::Message(Kind::Binary));
                assert!(bytes[..MESSAGE] == message(number), "message {number}");
            });
            assert_eq!(shown, Ok(Some(())));
            number += 1;
        };
        // Has the own loop read something too.
        take();
        let sent = wait(&is_stopped);
        let most = socket_buffers() + QUEUE + (1 << 20);
        assert!(sent <= most, "{sent} bytes were sent, at most {most} have a place");
        (1..MESSAGES).for_each(|_| take());
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn a_paused_socket_is_not_read_until_it_is_resumed() {
    in_modes(&MODES, |mode| {
        let ((paused, is_paused), (stopped, is_stopped)) = (mpsc::channel(), mpsc::channel());
        let server = Server::open(move |peer| {
            wait(&is_paused);
            flood(peer, &stopped);
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        client.socket.set_paused(true).unwrap();
        paused.send(()).unwrap();
        // Not even a message that came at the moment of the pause.
        let sent = client.work_until(&is_stopped);
        assert!(sent <= socket_buffers(), "{sent} bytes were sent");
        client.socket.set_paused(false).unwrap();
        for _ in 0..MESSAGES {
            client.take();
        }
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn a_paused_socket_can_be_closed() {
    in_modes(&MODES, |mode| {
        let (paused, is_paused) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&is_paused);
            peer.send(&frame(TEXT, b"unread").repeat(1000));
            peer.echo_close(1000, "");
        });
        let mut client = Client::open(mode, &server);
        client.socket.set_paused(true).unwrap();
        paused.send(()).unwrap();
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn a_queue_of_few_bytes_still_delivers_everything() {
    in_modes(&MODES, |mode| {
        let server = Server::open(|peer| {
            let all: Vec<u8> = (0..2000).flat_map(|number| frame(TEXT, format!("message {number}").as_bytes())).collect();
            peer.send(&all);
            peer.close_cleanly(1000, "");
        });
        let options = options(|options| options.limits.receive_queue = 1024);
        let mut client = Client::connect_to(mode, &server.url(), options);
        client.take();
        for number in 0..2000 {
            assert_eq!(client.take(), text(&format!("message {number}")));
        }
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn a_flood_on_one_socket_does_not_starve_another_on_the_same_loop() {
    const CAPACITY: usize = 16;
    // Two whole reads of the loop's 128 KiB, and some.
    const MOST_RUNS: usize = 3 * (128 << 10) / 18 / CAPACITY;
    let stop = Arc::new(AtomicBool::new(false));
    let stopped = stop.clone();
    let flooding = Server::open(move |peer| {
        let many = frame(BINARY, &[1; 16]).repeat(5000);
        // Until the client cuts it, at the latest.
        while !stopped.load(SeqCst) && peer.wire().write_all(&many).is_ok() {}
        peer.drain();
    });
    let ((go, may_go), (sent, is_sent)) = (mpsc::channel(), mpsc::channel());
    let quiet = Server::open(move |peer| {
        wait(&may_go);
        peer.text("me too");
        peer.wait_until_received();
        sent.send(()).unwrap();
        peer.drain();
    });
    let event_loop = EventLoop::new(false).unwrap();
    let connect =
        |server: &Server| Socket::connect(&server.url(), Options { event_loop: Some(event_loop.clone()), ..Options::default() }).unwrap();
    let sockets = [connect(&flooding), connect(&quiet)];
    let (mut open, mut flooded, mut heard) = (0, 0, false);
    let mut run = || {
        let mut sink = BatchSink::new(CAPACITY, |socket, what, bytes| match what {
            What::Open => open += 1,
            What::Message(Kind::Binary) if Arc::ptr_eq(socket, &sockets[0]) => flooded += 1,
            What::Message(Kind::Text) if Arc::ptr_eq(socket, &sockets[1]) => heard = bytes == b"me too\0",
            other => panic!("{other:?}"),
        });
        event_loop.run(&mut sink, within(Duration::from_secs(20)), BatchSink::has_delivered).unwrap();
        (open, flooded, heard)
    };
    while !matches!(run(), (2, 1000.., _)) {}
    go.send(()).unwrap();
    // Meanwhile the flood has filled the kernel's buffers.
    wait(&is_sent);
    assert!((0..MOST_RUNS).any(|_| run().2), "it is not heard in {MOST_RUNS} runs");
    stop.store(true, SeqCst);
    // Frees the flooding server, which may be in the middle of a write.
    sockets.iter().for_each(Socket::free);
    event_loop.close();
}
