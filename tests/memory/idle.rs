//! What a connection on which nothing happens holds: the socket, its response's headers, what the loop knows of it.

use super::{
    allocator::{held, measure},
    support::{client::guard, server::Server},
};
use ws::client::{
    event::{Sink, What},
    event_loop::EventLoop,
    options::Options,
    sinks::BatchSink,
    socket::{ReadyState, Socket},
};

const LINES: &str = "Date: Sun, 22 Nov 2026 12:00:00 GMT\r\nServer: a common one\r\n";

/// What a loop with so many idle connections holds.
fn held_by(count: usize) -> isize {
    let server = Server::listening(move |listener| {
        let mut peers: Vec<_> = (0..count).map(|_| listener.next()).collect();
        for peer in &mut peers {
            peer.accept_with(LINES, b"");
        }
        for peer in &mut peers {
            peer.expect_end();
        }
    });
    let event_loop = EventLoop::new(false).unwrap();
    let (held, _) = measure(|| {
        let options = Options { event_loop: Some(event_loop.clone()), ..Options::default() };
        let sockets: Vec<_> = (0..count).map(|_| Socket::connect(&server.url(), options.clone()).unwrap()).collect();
        for opened in 0..count {
            let mut sink = BatchSink::new(1, |socket, what, _| assert_eq!((what, socket.response().count()), (What::Open, 5)));
            event_loop.run(&mut sink, guard(), |sink| sink.delivered() > 0).unwrap();
            assert_eq!(sink.delivered(), 1, "the open event of socket {opened}");
        }
        assert!(sockets.iter().all(|socket| socket.ready_state() == ReadyState::Open));
        let held = held();
        event_loop.close();
        held
    });
    held
}

#[test]
fn an_idle_connection_holds_less_than_1_5_kib_with_the_headers_of_its_response() {
    let each = (held_by(64) - held_by(32)) / 32;
    assert!(each < 1536, "{each} bytes");
}
