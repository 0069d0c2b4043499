//! Taking events: one thread at a time, with deadlines, interruptible.

use super::support::{
    client::{Client, ERROR, LOST, MODES, OPEN, QUEUES, clean, describe, guard, in_modes, text, within},
    server::{Server, wait},
};
use std::{sync::mpsc, thread, time::Duration};
use ws::{
    client::{
        deadline::Deadline,
        event::{Sink as _, What},
        event_loop::{EventLoop, Ran},
        options::Options,
        sinks::{BatchSink, QueueSink},
        socket::{ReadyState, Socket},
    },
    error::Error,
};

/// Greets, and closes when the test says so.
fn greeting() -> (Server, mpsc::Sender<()>) {
    let (go, may_go) = mpsc::channel();
    let server = Server::open(move |peer| {
        peer.text("hello");
        wait(&may_go);
        peer.close_cleanly(1000, "");
    });
    (server, go)
}

#[test]
fn while_one_thread_takes_another_is_told_that_it_is_busy() {
    in_modes(&QUEUES, |mode| {
        let (server, go) = greeting();
        let mut client = Client::open(mode, &server);
        let socket = &client.socket;
        let shown = socket.next_event(guard(), |_, bytes| {
            assert_eq!(bytes, b"hello\0");
            thread::scope(|scope| {
                scope.spawn(|| {
                    assert!(matches!(socket.next_event(Deadline::Now, |what, _| what), Err(Error::Busy(_))));
                    assert!(matches!(socket.wait_open(Deadline::Now), Err(Error::Busy(_))));
                    assert!(matches!(socket.wait_closed(Deadline::Now, |what, _| what), Err(Error::Busy(_))));
                });
            });
        });
        assert_eq!(shown, Ok(Some(())));
        go.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn a_thread_that_waits_for_events_keeps_others_out_until_it_is_interrupted() {
    in_modes(&QUEUES, |mode| {
        let (server, go) = greeting();
        let mut client = Client::open(mode, &server);
        assert_eq!(client.take(), text("hello"));
        let socket = &client.socket;
        thread::scope(|scope| {
            let taker = scope.spawn(|| {
                loop {
                    match socket.next_event(guard(), |what, _| what) {
                        // The other thread looked at the same moment.
                        Err(Error::Busy(_)) => thread::yield_now(),
                        other => break other,
                    }
                }
            });
            while !matches!(socket.next_event(Deadline::Now, |what, _| what), Err(Error::Busy(_))) {
                thread::yield_now();
            }
            socket.interrupt().unwrap();
            assert_eq!(taker.join().unwrap(), Err(Error::Aborted));
        });
        go.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn an_interrupt_that_meets_nobody_ends_the_next_wait_and_only_that() {
    in_modes(&QUEUES, |mode| {
        let (server, go) = greeting();
        let mut client = Client::open(mode, &server);
        assert_eq!(client.take(), text("hello"));
        client.socket.interrupt().unwrap();
        client.socket.interrupt().unwrap();
        assert_eq!(client.socket.next_event(guard(), |what, _| what), Err(Error::Aborted));
        assert_eq!(client.socket.next_event(Deadline::Now, |what, _| what), Err(Error::Timeout));
        go.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn a_timeout_takes_nothing() {
    in_modes(&QUEUES, |mode| {
        let (go, may_go) = mpsc::channel();
        let server = Server::new(move |peer| {
            wait(&may_go);
            peer.accept();
            wait(&may_go);
            peer.text("one");
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::connect(mode, &server);
        for state in [ReadyState::Connecting, ReadyState::Open] {
            for deadline in [Deadline::Now, within(Duration::from_millis(5))] {
                assert_eq!(client.socket.next_event(deadline, |what, _| what), Err(Error::Timeout));
                if state == ReadyState::Connecting {
                    assert_eq!(client.socket.wait_open(deadline), Err(Error::Timeout));
                }
                assert_eq!(client.socket.wait_closed(deadline, |what, _| what), Err(Error::Timeout));
                assert_eq!(client.state(), state);
            }
            go.send(()).unwrap();
            assert_eq!(client.take(), if state == ReadyState::Open { text("one") } else { OPEN.into() });
        }
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn wait_open_takes_the_open_event_and_nothing_behind_it() {
    in_modes(&QUEUES, |mode| {
        let (server, go) = greeting();
        let mut client = Client::connect(mode, &server);
        client.socket.wait_open(guard()).unwrap();
        assert_eq!(client.state(), ReadyState::Open);
        client.socket.wait_open(Deadline::Now).unwrap();
        assert_eq!(client.take(), text("hello"));
        go.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
        assert!(matches!(client.socket.wait_open(guard()), Err(Error::InvalidState(_))));
    });
}

#[test]
fn wait_open_says_why_there_is_no_connection_and_leaves_the_events() {
    in_modes(&QUEUES, |mode| {
        let server = Server::new(|peer| {
            peer.read_request();
            peer.send(b"HTTP/1.1 418 I'm a teapot\r\nContent-Length: 0\r\n\r\n");
            peer.expect_end();
        });
        let mut client = Client::connect(mode, &server);
        for _ in 0..2 {
            match client.socket.wait_open(guard()) {
                Err(Error::Network(text)) => assert!(text.contains("418") && !text.contains('\0'), "{text}"),
                other => panic!("{other:?}"),
            }
            assert_eq!(client.state(), ReadyState::Connecting);
        }
        assert_eq!(client.rest(), [ERROR, LOST]);
    });
}

#[test]
fn wait_closed_takes_everything_and_shows_the_close_event_once() {
    in_modes(&QUEUES, |mode| {
        let (server, go) = greeting();
        let client = Client::connect(mode, &server);
        go.send(()).unwrap();
        let shown = client.socket.wait_closed(guard(), |what, bytes| describe(&client.socket, what, bytes));
        assert_eq!(shown, Ok(Some(clean(1000, ""))));
        assert_eq!(client.socket.wait_closed(guard(), |what, _| what), Ok(None));
        assert_eq!(client.socket.next_event(guard(), |what, _| what), Ok(None));
    });
}

#[test]
fn only_one_thread_runs_a_loop_and_not_again_inside_itself() {
    let (server, go) = greeting();
    let event_loop = EventLoop::new(false).unwrap();
    let socket = Socket::connect(&server.url(), Options { event_loop: Some(event_loop.clone()), ..Options::default() }).unwrap();
    let run_again = || event_loop.run(&mut QueueSink::new(true), Deadline::Now, QueueSink::has_delivered);
    let mut sink = BatchSink::new(1, |_, what, _| {
        assert_eq!(what, What::Open);
        assert!(matches!(run_again(), Err(Error::Busy(text)) if text.contains("callback")));
        thread::scope(|scope| {
            scope.spawn(|| {
                assert!(matches!(run_again(), Err(Error::Busy(text)) if text.contains("another thread")));
                assert!(matches!(socket.next_event(Deadline::Now, |what, _| what), Err(Error::Busy(_))));
            });
        });
    });
    assert_eq!(event_loop.run(&mut sink, guard(), BatchSink::has_delivered), Ok(Ran::Delivered));
    go.send(()).unwrap();
    assert_eq!(socket.wait_closed(guard(), |what, _| what), Ok(Some(What::Close { code: 1000, clean: true })));
    event_loop.close();
}

#[test]
fn a_loops_wake_ends_the_run_that_waits_or_else_the_next_and_only_that() {
    let (server, go) = greeting();
    let mut client = Client::open(super::support::client::Mode::OwnNextEvent, &server);
    assert_eq!(client.take(), text("hello"));
    let event_loop = client.event_loop.clone().unwrap();
    let run = |deadline| event_loop.run(&mut BatchSink::new(1, |_, what, _| panic!("{what:?}")), deadline, BatchSink::has_delivered);
    event_loop.wake().unwrap();
    assert_eq!(run(guard()), Err(Error::Aborted));
    assert_eq!(run(Deadline::Now), Err(Error::Timeout));
    thread::scope(|scope| {
        let runner = scope.spawn(|| run(guard()));
        // Whether it waits already or not.
        event_loop.wake().unwrap();
        assert_eq!(runner.join().unwrap(), Err(Error::Aborted));
    });
    go.send(()).unwrap();
    assert_eq!(client.rest(), [clean(1000, "")]);
}

#[test]
fn a_pong_is_told_with_its_payload() {
    in_modes(&MODES, |mode| {
        let server = Server::open(|peer| {
            peer.expect(super::support::server::PING, b"tick");
            peer.send(&super::support::server::frame(super::support::server::PONG, b"tick"));
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        client.socket.ping(b"tick").unwrap();
        assert_eq!(client.rest(), ["Open: pong 'tick'", &clean(1000, "")]);
    });
}
