//! Pings and pongs (RFC 6455 sections 5.5.2 and 5.5.3).

use crate::{
    harness::Connection,
    messages::bytes,
    script::Script,
    trace::{Entry, check, closed, sent, text},
    wire,
};
use std::{
    sync::Arc,
    time::{Duration, Instant},
};
use ws::protocol::{
    limits::{Limits, PINGS_AWAITED, PONGS_GATHER},
    segments::Supply,
    writer::Writer,
};

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

/// The payloads of the pongs with 4 bytes each that go out next; they are transmitted.
fn transmitted(writer: &mut Writer, now: Instant) -> Vec<u32> {
    let bytes = writer.poll_transmit().to_vec();
    writer.handle_transmitted(bytes.len(), || now);
    let (frames, rest) = bytes.as_chunks::<10>();
    assert!(rest.is_empty());
    let payload = |frame: &[u8; 10]| {
        assert_eq!(frame[..2], [0x8a, 0x84]);
        u32::from_be_bytes([frame[6] ^ frame[2], frame[7] ^ frame[3], frame[8] ^ frame[4], frame[9] ^ frame[5]])
    };
    frames.iter().map(payload).collect()
}

#[test]
fn answers_to_pings_that_come_together_gather_and_beyond_4_kib_the_latest_is_kept() {
    let now = Instant::now();
    let mut writer = Writer::new(&Limits::default(), Arc::new(Supply::new(|bytes| bytes.fill(7))), now);
    let fit = u32::try_from(PONGS_GATHER.div_ceil(10)).unwrap();
    for number in 0..fit {
        assert_eq!(writer.gather_pong(number.to_be_bytes().to_vec()), number == fit - 1);
    }
    assert!(writer.gather_pong(1000_u32.to_be_bytes().to_vec()));
    assert!(writer.gather_pong(2000_u32.to_be_bytes().to_vec()));
    assert_eq!(transmitted(&mut writer, now), (0..fit).collect::<Vec<_>>());
    assert_eq!(transmitted(&mut writer, now), [2000]);
    assert_eq!(writer.poll_transmit(), b"");
    writer.close(None, now);
    let before = writer.poll_transmit().len();
    assert!(!writer.gather_pong(vec![]));
    assert_eq!(writer.poll_transmit().len(), before, "after our Close frame nothing is answered");
}
