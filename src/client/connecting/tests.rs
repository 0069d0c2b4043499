//! How much time each step has, with moments that are made up.

use super::{Connecting, Step};
use crate::{
    client::{driver::Io, event_loop::EventLoop, options::Options, options::Plan, socket::Socket, turns::Place},
    net::reactor::Reactor,
    protocol::pool::Pool,
    spec::url,
};
use std::{
    net::TcpListener,
    time::{Duration, Instant},
};

/// Goes on at the moment `io.now`; until when it waits.
fn advance(connecting: &mut Connecting, socket: &std::sync::Arc<Socket>, io: &mut Io) -> Instant {
    match connecting.advance(socket, 0, io, &mut [], false) {
        Step::Waits(until) => until,
        other => panic!("{other:?}"),
    }
}

#[test]
fn the_time_in_line_does_not_count_for_the_connect_timeout() {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let text = format!("ws://{address}/");
    let event_loop = EventLoop::new(false).unwrap();
    let options = Options { one_connecting: true, event_loop: Some(event_loop.clone()), ..Options::default() };
    let sockets = [(); 2].map(|()| Socket::connect(&text, options.clone()).unwrap());

    let start = Instant::now();
    let ahead = Place::new(&sockets[0], address, Duration::from_secs(50));
    assert_eq!(ahead.wait(start), None, "nobody else is there");
    let mut connecting = Connecting::new(Box::new(Plan { url: url::parse(&text).unwrap(), options, given: None }), start);
    let mut io = Io { reactor: Reactor::new().unwrap().0, used: 0, pool: Pool::default(), held: Vec::new(), now: start, handshakes: 1 };
    assert_eq!(advance(&mut connecting, &sockets[1], &mut io), start + Duration::from_secs(50), "until the turn ahead is over");

    io.now = start + Duration::from_secs(20);
    assert_eq!(advance(&mut connecting, &sockets[1], &mut io), start + Duration::from_secs(50), "called for something else");
    drop(ahead);
    assert_eq!(advance(&mut connecting, &sockets[1], &mut io), io.now + connecting.options().limits.connect_timeout);
    event_loop.close();
}
