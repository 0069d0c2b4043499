//! A loop on which nothing happens does not turn. Alone in its process, because the background loop is the process's.

mod support;

use std::{
    sync::{
        Arc,
        mpsc::{self, RecvTimeoutError},
    },
    time::Duration,
};
use support::server::{Peer, Server};
use ws::{
    client::{deadline::Deadline, event::What, event_loop::EventLoop, options::Options, socket::Socket},
    error::Error,
};

/// The turns that a loop makes while its only socket, which is gone afterwards, is waited for in vain; and the loop.
fn turns_while_idle(event_loop: Option<Arc<EventLoop>>) -> (u64, Arc<EventLoop>) {
    // Cut by the client in the end.
    let server = Server::open(Peer::drain);
    let mut options = Options { event_loop, ..Options::default() };
    options.limits.close_timeout = Duration::from_millis(1);
    let socket = Socket::connect(&server.url(), options).unwrap();
    let second = Deadline::In(Duration::from_secs(20));
    assert_eq!(socket.next_event(second, |what, _| what), Ok(Some(What::Open)));
    // What the opening left to do is done after one wait.
    assert_eq!(socket.next_event(Deadline::In(Duration::from_millis(20)), |what, _| what), Err(Error::Timeout));
    let before = socket.event_loop().turn();
    assert_eq!(socket.next_event(Deadline::In(Duration::from_millis(100)), |what, _| what), Err(Error::Timeout));
    let turns = socket.event_loop().turn() - before;
    socket.close(None, None).unwrap();
    assert_eq!(socket.wait_closed(second, |what, _| what), Ok(Some(What::Close { code: 1006, clean: false })));
    (turns, socket.event_loop().clone())
}

#[test]
fn a_loop_on_which_nothing_happens_does_not_turn() {
    let (turns, _) = turns_while_idle(Some(EventLoop::new(false).unwrap()));
    assert!(turns <= 3, "{turns} turns of a loop of one's own");
    let (turns, background) = turns_while_idle(None);
    assert!(turns <= 1, "{turns} turns of the background loop");
    let before = background.turn();
    let (_never, end_of_wait) = mpsc::channel::<()>();
    assert_eq!(end_of_wait.recv_timeout(Duration::from_millis(100)), Err(RecvTimeoutError::Timeout));
    let turns = background.turn() - before;
    assert!(turns <= 3, "{turns} turns of the background loop without connections");
}
