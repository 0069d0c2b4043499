//! How much may wait to be sent, and the event that says that little of it is left: at exact bytes, with a network that takes few.

use crate::{
    harness::{Connection, Numbers},
    messages::bytes,
    trace::{Entry, check, closed, sent},
    wire,
};
use std::time::Duration;
use ws::protocol::{Kind, limits::Limits};

const NONE: u64 = u64::MAX;
/// A header in front of 126 bytes to 64 KiB.
const HEADER: usize = 8;

fn open(max_buffered: u64, low_water: u64) -> Connection {
    let mut connection = Connection::open(Limits { max_buffered, low_water, ..Limits::default() });
    connection.room = 0;
    connection
}

/// Sends as the client layer does: the network is offered the message before the application sees how much waits.
fn send(connection: &mut Connection, len: usize) {
    assert!(connection.writer().has_room(len));
    assert!(connection.send(Kind::Binary, &bytes(len)));
    connection.with_writer(|writer, _| writer.watch_level());
}

fn refuse(connection: &mut Connection, len: usize) {
    assert!(!connection.writer().has_room(len), "{len} bytes have room");
    connection.with_writer(|writer, _| writer.refused(len));
}

fn drains(connection: &Connection) -> usize {
    connection.trace.iter().filter(|entry| **entry == Entry::Drain).count()
}

/// Lets out byte by byte until the event comes. How much waits then; `None` if all goes out without one.
fn level_of_drain(connection: &mut Connection) -> Option<u64> {
    let before = drains(connection);
    while !connection.writer().is_flushed() {
        connection.unblock(1);
        if drains(connection) > before {
            return Some(connection.writer().buffered_amount());
        }
    }
    None
}

#[test]
fn the_event_comes_with_the_byte_that_reaches_the_mark_and_once() {
    for mark in 0..300 {
        let mut connection = open(NONE, mark);
        send(&mut connection, 300);
        assert_eq!(level_of_drain(&mut connection), Some(mark));
        assert_eq!(connection.wire.bytes.len(), HEADER + 300 - usize::try_from(mark).unwrap());
        assert_eq!(level_of_drain(&mut connection), None, "mark {mark}");
    }
}

#[test]
fn what_was_never_above_the_mark_makes_no_event() {
    for mark in [300, 301, NONE - 1, NONE] {
        let mut connection = open(NONE, mark);
        send(&mut connection, 300);
        assert_eq!(level_of_drain(&mut connection), None, "mark {mark}");
    }
}

#[test]
fn what_the_network_takes_at_once_makes_no_event() {
    let mut connection = open(NONE, 0);
    connection.room = usize::MAX;
    for _ in 0..10 {
        send(&mut connection, 300);
    }
    assert_eq!(drains(&connection), 0);
    assert!(!connection.with_writer(|writer, _| writer.poll_news()));
}

#[test]
fn the_next_event_comes_only_after_it_was_above_the_mark_again() {
    let mut connection = open(NONE, 400);
    for _ in 0..3 {
        send(&mut connection, 300);
    }
    assert_eq!(level_of_drain(&mut connection), Some(400));
    connection.unblock(200 + HEADER);
    // 200 wait; at the mark is not above it.
    send(&mut connection, 200);
    assert_eq!(level_of_drain(&mut connection), None);
    send(&mut connection, 300);
    send(&mut connection, 300);
    assert_eq!(level_of_drain(&mut connection), Some(400));
    assert_eq!(drains(&connection), 2);
}

#[test]
fn the_loop_is_to_be_told_once_for_each_event() {
    let mut connection = open(NONE, 0);
    send(&mut connection, 300);
    assert!(!connection.with_writer(|writer, _| writer.poll_news()));
    connection.unblock(usize::MAX);
    assert!(connection.with_writer(|writer, _| writer.poll_news()));
    assert!(!connection.with_writer(|writer, _| writer.poll_news()));
}

#[test]
fn a_message_is_refused_beyond_the_limit_but_never_when_nothing_waits() {
    for (most, waiting, len, room) in [
        (1000, 0, 1000, true),
        (1000, 0, 1001, true),
        (1, 0, usize::MAX, true),
        (1000, 300, 700, true),
        (1000, 300, 701, false),
        (1000, 1000, 0, true),
        (1000, 1000, 1, false),
        (1000, 2000, 0, false),
        (1000, 300, usize::MAX, false),
        (1, 1, 0, true),
        (1, 1, 1, false),
        (NONE, 2000, usize::MAX, true),
    ] {
        for mark in [0, NONE] {
            let mut connection = open(most, mark);
            if waiting > 0 {
                send(&mut connection, waiting);
            }
            assert_eq!(connection.writer().has_room(len), room, "{len} bytes while {waiting} of {most} wait, mark {mark}");
            assert_eq!(connection.writer().buffered_amount(), waiting as u64);
        }
    }
}

#[test]
fn after_a_refusal_the_event_comes_when_there_is_room_for_the_message() {
    // Limit, mark, what waits, what is refused, and where the event comes.
    for (most, mark, waiting, len, level) in [
        (1000, 200, 900, 200, 200),
        (1000, 900, 900, 200, 800),
        (1000, 5000, 900, 200, 800),
        (1000, 200, 900, 900, 100),
        (1000, 200, 900, 1000, 0),
        (1000, 200, 900, 5000, 0),
        // It was never above the mark.
        (1000, 500, 400, 700, 300),
        (1000, 0, 900, 200, 0),
    ] {
        let context = format!("{len} bytes while {waiting} of {most} wait, mark {mark}");
        let mut connection = open(most, mark);
        send(&mut connection, waiting);
        refuse(&mut connection, len);
        assert_eq!(level_of_drain(&mut connection), Some(level), "{context}");
        assert!(connection.writer().has_room(len), "{context}");
        assert_eq!(level_of_drain(&mut connection), None, "{context}");
    }
}

#[test]
fn of_several_refused_messages_the_one_that_needs_most_room_is_waited_for() {
    for refused in [[200, 700, 300], [700, 200, 300], [300, 200, 700]] {
        let mut connection = open(1000, 500);
        send(&mut connection, 900);
        for len in refused {
            refuse(&mut connection, len);
        }
        assert_eq!(level_of_drain(&mut connection), Some(300));
        assert_eq!(drains(&connection), 1);
    }
}

#[test]
fn without_a_mark_a_refusal_makes_no_event() {
    let mut connection = open(1000, NONE);
    send(&mut connection, 900);
    refuse(&mut connection, 200);
    assert_eq!(level_of_drain(&mut connection), None);
}

#[test]
fn control_frames_are_neither_refused_nor_counted() {
    let mut connection = open(300, 0);
    send(&mut connection, 300);
    refuse(&mut connection, 1);
    assert!(connection.ping(b"ours"));
    connection.receive(&wire::ping(b"theirs"));
    connection.close(None);
    connection.unblock(usize::MAX);
    let expected = [sent(0x89, b"ours"), sent(0x8a, b"theirs"), sent(0x82, &bytes(300)), sent(0x88, b"")];
    check(&connection.trace, &expected, "all but the refused one");
    // A ping that waits is nothing that waits.
    let mut connection = open(300, 0);
    assert!(connection.ping(b"ours"));
    assert!(connection.writer().has_room(1000));
    connection.with_writer(|writer, _| writer.watch_level());
    connection.unblock(usize::MAX);
    assert_eq!(drains(&connection), 0);
}

#[test]
fn no_event_comes_while_closing_or_after_the_end() {
    for (name, end) in [
        ("we close", (|connection| connection.close(Some((3000, "")))) as fn(&mut Connection)),
        ("the server closes", |connection| connection.receive(&wire::close(Some((3000, ""))))),
        ("the server breaks the protocol", |connection| connection.receive(&[0xff])),
        ("the server cuts", Connection::reset),
    ] {
        let mut connection = open(NONE, 100);
        send(&mut connection, 300);
        connection.unblock(100);
        end(&mut connection);
        connection.unblock(usize::MAX);
        connection.fin();
        connection.run_out();
        assert_eq!(drains(&connection), 0, "{name}: {:?}", connection.trace);
        assert!(connection.trace.iter().any(|entry| matches!(entry, Entry::Close { .. })), "{name}");
    }
}

#[test]
fn the_event_is_in_order_with_the_others() {
    let mut connection = open(NONE, 100);
    connection.ping(b"1");
    connection.ping(b"2");
    send(&mut connection, 300);
    connection.receive(&wire::pong(b"1"));
    connection.unblock(usize::MAX);
    connection.receive(&wire::pong(b"2"));
    connection.receive(&wire::close(None));
    connection.fin();
    let events: Vec<_> = connection.trace.iter().filter(|entry| !matches!(entry, Entry::Sent(..))).cloned().collect();
    let pong = |payload: &[u8]| Entry::Pong(payload.to_vec(), Duration::ZERO);
    check(&events, &[pong(b"1"), Entry::Drain, pong(b"2"), Entry::Closing, closed(1005, "", true), Entry::Finished], "in order");
}

#[test]
fn whatever_is_sent_and_taken_there_is_one_event_for_each_time_that_the_mark_was_left_and_reached() {
    for seed in 0..200 {
        let mut numbers = Numbers(seed);
        let (most, mark) = (1 + numbers.below(3000) as u64, numbers.below(2000) as u64);
        let mut connection = open(most, mark);
        connection.at_once = 1 + numbers.below(400);
        let (mut awaited, mut expected) = (None, 0);
        for _ in 0..200 {
            let waiting = connection.writer().buffered_amount();
            if numbers.below(2) == 0 {
                let len = numbers.below(1000);
                if waiting > 0 && waiting + len as u64 > most {
                    refuse(&mut connection, len);
                    let level = mark.min(most.saturating_sub(len as u64));
                    awaited = Some(awaited.map_or(level, |awaited: u64| awaited.min(level)));
                } else {
                    send(&mut connection, len);
                    if waiting + len as u64 > mark {
                        awaited = awaited.or(Some(mark));
                    }
                }
            } else {
                connection.unblock(numbers.below(800));
                connection.room = 0;
            }
            if awaited.is_some_and(|level| connection.writer().buffered_amount() <= level) {
                expected += 1;
                awaited = None;
            }
            assert_eq!(drains(&connection), expected, "seed {seed}");
        }
    }
}
