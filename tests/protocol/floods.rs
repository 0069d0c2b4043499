//! A server that sends again and again what counts once: Close frames, and data and pings behind them.

use crate::{
    harness::Connection,
    trace::{Entry, check, closed, sent, text},
    wire,
};
use std::time::Duration;
use ws::protocol::{Kind, limits::Limits};

/// A hundred thousand frames of the kinds that may not matter any more.
fn flood() -> Vec<u8> {
    let some = [
        wire::close(Some((1000, "again"))),
        wire::close(None),
        wire::close(Some((4000, "and again"))),
        wire::text("data"),
        wire::ping(b"?"),
        wire::pong(b"!"),
        wire::frame(0x02, b"fragment"),
        // Not even what would be a breach.
        wire::frame(0x88, b"\x03\xed"),
        vec![0xff; 10],
        wire::binary(b"data"),
    ];
    some.concat().repeat(10_000)
}

/// What is seen of a connection on which the flood follows `first`, in chunks of `size`, after the application has `closed` or not.
fn flooded(ours: bool, size: usize) -> Vec<Entry> {
    let mut connection = Connection::open(Limits::default());
    if ours {
        connection.close(Some((3000, "ours")));
    }
    connection.receive(&wire::text("before"));
    connection.receive(&wire::close(Some((4001, "theirs"))));
    for chunk in flood().chunks(size) {
        connection.receive(chunk);
    }
    connection.run_until(Duration::from_secs(1));
    connection.receive(&flood());
    connection.fin();
    connection.run_out();
    assert!(connection.is_over());
    connection.trace
}

#[test]
fn a_flood_behind_the_servers_close_frame_is_one_close_event_and_one_answer() {
    for size in [1, 1460, usize::MAX] {
        let end = [closed(4001, "theirs", true), Entry::Finished];
        let answered = [&[text("before"), sent(0x88, b"\x0f\xa1theirs"), Entry::Closing][..], &end].concat();
        check(&flooded(false, size), &answered, "the server closed first");
        let ours = [&[sent(0x88, b"\x0b\xb8ours")][..], &end].concat();
        check(&flooded(true, size), &ours, "both closed");
    }
}

#[test]
fn a_flood_behind_the_servers_close_frame_does_not_put_the_end_off() {
    let mut connection = Connection::open(Limits::default());
    connection.receive(&wire::close(Some((1000, ""))));
    for tenth in 1..20 {
        connection.run_until(Duration::from_millis(tenth * 100));
        connection.receive(&flood()[..1000]);
    }
    connection.run_out();
    assert_eq!(connection.closed_at, Some(Duration::from_secs(2)));
}

#[test]
fn a_flood_behind_a_breach_is_not_looked_at() {
    let mut connection = Connection::open(Limits::default());
    connection.receive(&wire::frame(0x83, b""));
    let events = connection.trace.len();
    connection.receive(&flood());
    connection.fin();
    connection.run_out();
    check(&connection.trace[events..], &[Entry::Finished], "behind the breach");
    assert!(!connection.send(Kind::Text, b"x"));
}
