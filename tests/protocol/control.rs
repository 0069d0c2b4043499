//! Pings and pongs (RFC 6455 sections 5.5.2 and 5.5.3).

use crate::{
    harness::Connection,
    messages::bytes,
    script::Script,
    trace::{Entry, check, closed, sent, text},
    wire,
};
use std::time::Duration;
use ws::protocol::limits::{Limits, PINGS_AWAITED};

fn pong(payload: &[u8], milliseconds: u64) -> Entry {
    Entry::Pong(payload.to_vec(), Duration::from_millis(milliseconds))
}

pub fn scripts() -> Vec<Script> {
    vec![
        Script::new("an empty ping").server(wire::ping(b"")).gives(sent(0x8a, b"")),
        Script::new("a ping of 125 bytes").server(wire::ping(&bytes(125))).gives(sent(0x8a, &bytes(125))),
        Script::new("pings are answered one by one")
            .server(wire::ping(b"1"))
            .gives(sent(0x8a, b"1"))
            .server(wire::ping(b"2"))
            .gives(sent(0x8a, b"2"))
            .server(wire::text("x"))
            .gives(text("x"))
            .server(wire::ping(b"3"))
            .gives(sent(0x8a, b"3")),
        Script::new("pongs that nobody asked for are ignored")
            .server(wire::pong(b""))
            .server(wire::pong(&bytes(125)))
            .server(wire::pong(b"live\0\0\0\x01"))
            .server(wire::text("x"))
            .gives(text("x")),
        Script::new("our ping is answered once").ping(b"x").server(wire::pong(b"x")).gives(pong(b"x", 0)).server(wire::pong(b"x")),
        Script::new("a pong with another payload is no answer")
            .ping(b"x")
            .server(wire::pong(b"y"))
            .server(wire::pong(b""))
            .server(wire::pong(b"x"))
            .gives(pong(b"x", 0)),
        Script::new("a pong answers the pings before it too")
            .ping(b"1")
            .ping(b"2")
            .ping(b"3")
            .server(wire::pong(b"2"))
            .gives(pong(b"2", 0))
            .server(wire::pong(b"1"))
            .server(wire::pong(b"3"))
            .gives(pong(b"3", 0)),
        Script::new("pings after our close are not answered")
            .close(Some((1000, "")))
            .server(wire::ping(b"too late"))
            .server_close(Some((1000, ""))),
        Script::new("a pong after our close is no event").ping(b"x").close(None).server(wire::pong(b"x")).server_close(None),
        Script::new("a ping just before the server's close is answered")
            .server(wire::ping(b"last"))
            .gives(sent(0x8a, b"last"))
            .server_close(Some((1000, "")))
            .server(wire::ping(b"after")),
    ]
}

#[test]
fn the_round_trip_is_counted_from_the_ping_that_the_pong_answers() {
    let mut connection = Connection::open(Limits::default());
    connection.ping(b"early");
    connection.run_until(Duration::from_millis(300));
    connection.ping(b"late");
    connection.run_until(Duration::from_millis(420));
    connection.receive(&wire::pong(b"late"));
    connection.receive(&wire::pong(b"early"));
    check(&connection.trace, &[sent(0x89, b"early"), sent(0x89, b"late"), pong(b"late", 120)], "an earlier ping is answered too");
}

#[test]
fn of_two_pings_with_one_payload_the_first_pong_answers_the_first() {
    let mut connection = Connection::open(Limits::default());
    connection.ping(b"x");
    connection.run_until(Duration::from_millis(10));
    connection.ping(b"x");
    connection.run_until(Duration::from_millis(30));
    connection.receive(&wire::pong(b"x"));
    connection.receive(&wire::pong(b"x"));
    check(&connection.trace[2..], &[pong(b"x", 30), pong(b"x", 20)], "two pongs");
}

#[test]
fn a_flood_of_pings_without_answers_forgets_the_oldest() {
    let mut connection = Connection::open(Limits::default());
    let payload = |number: usize| number.to_be_bytes();
    for number in 0..=PINGS_AWAITED {
        assert!(connection.ping(&payload(number)));
    }
    assert_eq!(connection.sent().len(), PINGS_AWAITED + 1);
    connection.trace.clear();
    connection.receive(&wire::pong(&payload(0)));
    check(&connection.trace, &[], "the oldest is forgotten");
    connection.receive(&wire::pong(&payload(1)));
    check(&connection.trace, &[pong(&payload(1), 0)], "the others are not");
}

#[test]
fn as_many_pings_as_are_awaited_may_wait_to_go_out_and_no_more() {
    let mut connection = Connection::open(Limits::default());
    connection.room = 3;
    for number in 0..PINGS_AWAITED {
        assert!(connection.writer().can_ping(), "{number} wait");
        connection.ping(&bytes(125));
    }
    assert!(!connection.writer().can_ping(), "the network takes nothing");
    connection.unblock(usize::MAX);
    assert!(connection.writer().can_ping());
    assert_eq!(connection.sent(), vec![(0x89, &bytes(125)[..]); PINGS_AWAITED]);
}

#[test]
fn a_ping_while_closing_is_refused() {
    let mut connection = Connection::open(Limits::default());
    connection.close(None);
    assert!(!connection.ping(b"x"));
    connection.receive(&wire::close(None));
    assert!(!connection.ping(b"x"));
    connection.fin();
    assert!(!connection.ping(b"x"));
    check(&connection.trace, &[sent(0x88, b""), closed(1005, "", true), Entry::Finished], "no ping went out");
}
