//! `free` in each state: what was accepted still goes out, an attempt is failed, and nothing is shown any more.

use super::support::{
    client::{Client, Mode, clean, guard, in_every_mode, within},
    server::{BINARY, CLOSE, GUARD, Server, TEXT, close_body, wait},
};
use std::{
    sync::{Arc, mpsc},
    thread,
    time::{Duration, Instant},
};
use ws::{
    client::{
        event_loop::EventLoop,
        options::Options,
        sinks::{BatchSink, QueueSink},
        socket::Socket,
    },
    error::Error,
    protocol::Kind,
};

/// Lets an own loop work until the connection of a freed socket is gone; nothing may be shown.
fn work_until_gone(client: &mut Client, is_gone: &mpsc::Receiver<()>) {
    if let Some(event_loop) = client.event_loop.clone() {
        while is_gone.try_recv().is_err() {
            let mut sink = BatchSink::new(1, |_, what, _| panic!("{what:?} of a freed socket"));
            let ran = event_loop.run(&mut sink, within(Duration::from_millis(2)), |_| false);
            assert!(matches!(ran, Ok(_) | Err(Error::Timeout)), "{ran:?}");
        }
    } else {
        wait(is_gone);
    }
}

#[test]
fn an_open_socket_sends_its_messages_and_a_close_frame_without_a_body() {
    in_every_mode(|mode| {
        let (gone, is_gone) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.text("not taken any more");
            for number in 0..100 {
                peer.expect(TEXT, format!("message {number}").as_bytes());
            }
            let (first, payload) = peer.read_frame();
            assert_eq!((first, payload.len()), (BINARY, 8 << 20));
            peer.expect(CLOSE, b"");
            peer.close(1000, "");
            peer.end();
            gone.send(()).unwrap();
        });
        let mut client = Client::open(mode, &server);
        for number in 0..100 {
            client.socket.send(Kind::Text, format!("message {number}").as_bytes(), false).unwrap();
        }
        client.socket.send(Kind::Binary, &vec![9; 8 << 20], false).unwrap();
        client.socket.free();
        work_until_gone(&mut client, &is_gone);
    });
}

#[test]
fn a_connecting_socket_ends_its_attempt() {
    in_every_mode(|mode| {
        let ((ready, is_ready), (gone, is_gone)) = (mpsc::channel(), mpsc::channel());
        let server = Server::new(move |peer| {
            peer.read_request_and_expect_end(&ready);
            gone.send(()).unwrap();
        });
        let mut client = Client::connect(mode, &server);
        client.work_until(&is_ready);
        client.socket.free();
        work_until_gone(&mut client, &is_gone);
    });
}

#[test]
fn a_closing_socket_finishes_with_the_close_frame_it_has_sent() {
    in_every_mode(|mode| {
        let (gone, is_gone) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.expect(CLOSE, &close_body(4000, "mine"));
            peer.close(1000, "");
            peer.end();
            gone.send(()).unwrap();
        });
        let mut client = Client::open(mode, &server);
        client.socket.close(Some(4000), Some(b"mine")).unwrap();
        client.socket.free();
        work_until_gone(&mut client, &is_gone);
    });
}

#[test]
fn a_closed_socket_is_gone_at_once() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| peer.close_cleanly(1000, ""));
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [clean(1000, "")]);
        client.socket.free();
        client.socket.free();
    });
}

#[test]
fn a_freed_socket_is_dropped_when_its_connection_is_gone() {
    in_every_mode(|mode| {
        let (gone, is_gone) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.expect(CLOSE, b"");
            peer.close(1000, "");
            peer.end();
            gone.send(()).unwrap();
        });
        let mut client = Client::open(mode, &server);
        let weak = Arc::downgrade(&client.socket);
        let unused = Options { event_loop: Some(EventLoop::new(false).unwrap()), ..Options::default() };
        let unused = Socket::connect(&server.url(), unused).unwrap();
        std::mem::replace(&mut client.socket, unused).free();
        work_until_gone(&mut client, &is_gone);
        // The server has seen the end of TCP; the loop forgets the socket in the same turn.
        let end = Instant::now() + GUARD;
        while weak.strong_count() > 0 && Instant::now() < end {
            if let Some(event_loop) = &client.event_loop {
                let ran = event_loop.run(&mut QueueSink::new(true), within(Duration::from_millis(2)), |_| false);
                assert!(matches!(ran, Ok(_) | Err(Error::Timeout)), "{ran:?}");
            }
            thread::yield_now();
        }
        assert_eq!(weak.strong_count(), 0, "nobody holds the freed socket");
    });
}

#[test]
fn a_freed_socket_does_not_stop_another_on_its_loop() {
    for own in [false, true] {
        let event_loop = own.then(|| EventLoop::new(false).unwrap());
        let options = Options { event_loop: event_loop.clone(), ..Options::default() };
        let server = Server::open(|peer| {
            peer.expect(TEXT, b"go");
            peer.text("on");
            peer.close_cleanly(1000, "");
        });
        let (gone, is_gone) = mpsc::channel();
        let freed_server = Server::open(move |peer| {
            peer.expect(CLOSE, b"");
            peer.close(1000, "");
            peer.end();
            gone.send(()).unwrap();
        });
        let freed = Socket::connect(&freed_server.url(), options).unwrap();
        let mode = if own { Mode::OwnNextEvent } else { Mode::Background };
        let mut client = Client::on_loop(mode, &server.url(), Options::default(), event_loop);
        client.take();
        freed.wait_open(guard()).unwrap();
        freed.free();
        drop(freed);
        client.socket.send(Kind::Text, b"go", false).unwrap();
        assert_eq!(client.rest(), [super::support::client::text("on"), clean(1000, "")]);
        // The loop is given up behind this: what it cuts before has not ended.
        work_until_gone(&mut client, &is_gone);
    }
}
