//! Own loops that end before their sockets do.

use super::support::{
    client::{Client, LOST, Mode, guard, in_modes},
    server::{Peer, Server, wait},
};
use std::{sync::mpsc, thread};
use ws::{
    client::{
        deadline::Deadline,
        event::Sink as _,
        event_loop::{EventLoop, Ran},
        options::Options,
        sinks::{BatchSink, QueueSink},
        socket::{ReadyState, Socket},
    },
    error::Error,
    protocol::Kind,
};

#[test]
fn sockets_of_a_loop_that_is_freed_are_cut_and_their_close_events_can_be_taken() {
    in_modes(&[Mode::OwnNextEvent], |mode| {
        let server = Server::open(|peer| peer.expect_end());
        let mut client = Client::open(mode, &server);
        let event_loop = client.event_loop.clone().unwrap();
        let connecting = Socket::connect(&server.url(), Options { event_loop: Some(event_loop.clone()), ..Options::default() }).unwrap();
        event_loop.close();
        assert_eq!(client.rest(), [LOST]);
        assert!(client.socket.failure().unwrap().text.contains("loop"));
        assert_eq!(connecting.wait_closed(guard(), |what, _| what).map(|what| what.is_some()), Ok(true));
        assert_eq!(connecting.ready_state(), ReadyState::Closed);
        assert_eq!(client.socket.send(Kind::Text, b"late", false).map(drop), Ok(()));
        assert_eq!(client.socket.buffered_amount(), 4);
        client.socket.close(Some(1000), None).unwrap();
        // Again is harmless.
        event_loop.close();
    });
}

#[test]
fn a_freed_loop_can_neither_run_nor_connect() {
    let event_loop = EventLoop::new(false).unwrap();
    assert_eq!(event_loop.run(&mut QueueSink::new(true), guard(), QueueSink::has_delivered), Ok(Ran::Done));
    event_loop.close();
    let options = Options { event_loop: Some(event_loop.clone()), ..Options::default() };
    assert!(matches!(Socket::connect("ws://127.0.0.1:1/", options), Err(Error::InvalidState(_))));
    let ran = event_loop.run(&mut BatchSink::new(1, |_, what, _| panic!("{what:?}")), Deadline::Now, BatchSink::has_delivered);
    assert!(matches!(ran, Err(Error::InvalidState(_))));
    assert!(matches!(event_loop.wake(), Err(Error::InvalidState(_))));
}

#[test]
fn a_run_that_waits_is_ended_when_its_loop_is_freed() {
    let server = Server::open(|peer| peer.expect_end());
    let client = Client::open(Mode::OwnNextEvent, &server);
    let event_loop = client.event_loop.clone().unwrap();
    let (started, has_started) = mpsc::channel();
    thread::scope(|scope| {
        let runner = scope.spawn(|| {
            started.send(()).unwrap();
            client.socket.next_event(guard(), |what, _| what)
        });
        wait(&has_started);
        event_loop.close();
        match runner.join().unwrap() {
            // Aborted; or it began after the loop had been freed: then it takes the close event.
            Err(Error::Aborted | Error::InvalidState(_)) | Ok(Some(_)) => {}
            other => panic!("{other:?}"),
        }
    });
    assert_eq!(client.socket.wait_closed(guard(), |_, _| ()).map(drop), Ok(()));
    assert_eq!(client.state(), ReadyState::Closed);
}

#[test]
fn two_loops_do_not_know_of_each_other() {
    let servers = [Server::open(Peer::drain), Server::open(|peer| peer.close_cleanly(1000, ""))];
    let mut clients = servers.each_ref().map(|server| Client::open(Mode::OwnBatch(1), server));
    clients[0].event_loop.as_ref().unwrap().close();
    assert_eq!(clients[1].rest(), [super::support::client::clean(1000, "")]);
}
