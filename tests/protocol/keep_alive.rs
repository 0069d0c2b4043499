//! Keep-alive pings: when they are sent, what counts as life, and when the connection is lost.

use crate::{
    harness::Connection,
    messages::bytes,
    trace::{Entry, check, closed, sent},
    wire::{self, frame},
};
use std::time::Duration;
use ws::protocol::{Kind, failure::Phase, limits::Limits, reader::Control};

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A connection with an interval of 30 s and a timeout of 20 s.
fn connection() -> Connection {
    every(30)
}

fn every(interval: u64) -> Connection {
    Connection::open(Limits { ping_interval: Some(seconds(interval)), ping_timeout: seconds(20), ..Limits::default() })
}

/// The payload of the keep-alive ping with this number.
fn live(number: u32) -> Vec<u8> {
    [&b"live"[..], &number.to_be_bytes()].concat()
}

fn live_ping(number: u32) -> Entry {
    sent(0x89, &live(number))
}

#[test]
fn without_an_interval_nothing_is_sent_and_silence_is_no_end() {
    let connection = Connection::open(Limits::default());
    assert_eq!(connection.deadline(), None);
}

#[test]
fn answered_pings_go_on_for_ever_and_are_no_events() {
    let mut connection = connection();
    let mut expected = Vec::new();
    for number in 1..=100 {
        connection.run_until(Duration::from_millis(30_000 * u64::from(number) - 1));
        check(&connection.trace, &expected, "too early");
        connection.run_until(seconds(30) * number);
        expected.push(live_ping(number));
        connection.receive(&wire::pong(&live(number)));
        check(&connection.trace, &expected, "each has its number");
    }
    assert_eq!(connection.failure, None);
}

#[test]
fn a_ping_that_nothing_answers_is_the_end_after_the_timeout() {
    let mut connection = connection();
    connection.run_out();
    check(&connection.trace, &[live_ping(1), closed(1006, "", false), Entry::Finished], "lost, not failed");
    assert_eq!(connection.closed_at, Some(seconds(50)));
    let failure = connection.failure.unwrap();
    assert_eq!(failure.phase, Phase::Open);
    assert!(failure.text.contains("after a keep-alive ping within 20s (ws_options_set_ping_timeout)"), "{}", failure.text);
}

#[test]
fn further_pings_do_not_put_the_end_off() {
    let mut connection = every(6);
    connection.run_out();
    let expected = [live_ping(1), live_ping(2), live_ping(3), live_ping(4), closed(1006, "", false), Entry::Finished];
    check(&connection.trace, &expected, "pings at 6, 12, 18 and 24 s");
    assert_eq!(connection.closed_at, Some(seconds(26)), "20 s after the first");
}

#[test]
fn whatever_comes_after_the_ping_shows_that_the_server_lives() {
    for life in [wire::text("x"), wire::ping(b"x"), wire::pong(b"else"), frame(0x01, b"x"), vec![0x82]] {
        let mut connection = connection();
        connection.run_until(seconds(45));
        connection.receive(&life);
        connection.run_out();
        assert_eq!(connection.closed_at, Some(seconds(65)), "20 s after {life:02x?}");
    }
}

#[test]
fn what_came_before_the_ping_does_not_count() {
    let mut connection = connection();
    connection.run_until(seconds(29));
    connection.receive(&wire::text("x"));
    connection.run_out();
    assert_eq!(connection.closed_at, Some(seconds(50)));
}

#[test]
fn a_pong_ends_the_wait_until_the_next_ping() {
    let mut connection = connection();
    connection.run_until(seconds(49));
    connection.receive(&wire::pong(&live(1)));
    connection.run_out();
    assert_eq!(connection.closed_at, Some(seconds(80)), "the second ping is sent at 60 s");
}

#[test]
fn a_long_message_that_still_comes_keeps_the_connection_though_the_pong_is_behind_it() {
    let mut connection = connection();
    let message = wire::binary(&bytes(70_000));
    for (minute, part) in message.chunks(1000).enumerate() {
        connection.run_until(seconds(19) * u32::try_from(minute).unwrap());
        connection.receive(part);
    }
    assert_eq!(connection.closed_at, None);
    assert_eq!(connection.trace.last(), Some(&crate::trace::binary(&bytes(70_000))));
}

#[test]
fn closing_ends_the_keep_alive() {
    let mut connection = connection();
    connection.run_until(seconds(35));
    connection.close(None);
    connection.receive(&wire::pong(&live(1)));
    connection.run_out();
    check(&connection.trace, &[live_ping(1), sent(0x88, b""), closed(1006, "", false), Entry::Finished], "no ping after the close");
    assert_eq!(connection.closed_at, Some(seconds(45)), "the close timeout alone counts");
}

#[test]
fn pings_that_cannot_go_out_do_not_pile_up() {
    let mut connection = every(1);
    connection.room = 3;
    connection.send(Kind::Binary, b"blocked");
    for second in 1..=100 {
        // The server lives, but reads nothing.
        connection.receive(&wire::text("x"));
        connection.run_until(seconds(second));
    }
    connection.trace.clear();
    connection.unblock(usize::MAX);
    check(&connection.trace, &[sent(0x82, b"blocked"), live_ping(1)], "one ping");
}

#[test]
fn pongs_that_nothing_asked_for_do_not_make_pings_pile_up() {
    let mut connection = every(1);
    connection.room = 3;
    connection.send(Kind::Binary, b"blocked");
    for second in 1..=100 {
        // The server reads nothing, but answers the pings that it cannot have seen.
        connection.run_until(seconds(second));
        connection.receive(&wire::pong(b"live"));
    }
    connection.trace.clear();
    connection.unblock(usize::MAX);
    check(&connection.trace, &[sent(0x82, b"blocked"), live_ping(1)], "one ping");
    connection.run_until(seconds(101));
    check(&connection.trace[2..], &[live_ping(101)], "and the next when it is due");
}

#[test]
fn a_pong_of_ours_that_waits_does_not_hold_the_keep_alive_back() {
    let mut connection = connection();
    connection.room = 3;
    connection.send(Kind::Binary, b"blocked");
    connection.run_until(seconds(29));
    connection.control(Control::Ping(b"?".to_vec()));
    connection.run_until(seconds(30));
    connection.unblock(usize::MAX);
    check(&connection.trace, &[sent(0x82, b"blocked"), sent(0x8a, b"?"), live_ping(1)], "else nothing would ask for life");
}

#[test]
fn a_ping_behind_a_message_that_still_goes_out_is_waited_for_from_the_last_progress() {
    let mut connection = connection();
    connection.room = 100;
    connection.send(Kind::Binary, &bytes(1000));
    for second in [35, 50, 65, 80] {
        connection.run_until(seconds(second));
        assert_eq!(connection.closed_at, None, "the server reads, if slowly");
        connection.unblock(100);
    }
    connection.run_out();
    assert_eq!(connection.closed_at, Some(seconds(100)), "20 s after the last progress");
}

#[test]
fn a_ping_that_has_gone_out_is_not_put_off_by_what_goes_out_after_it() {
    let mut connection = connection();
    connection.run_until(seconds(40));
    connection.send(Kind::Text, b"into the void");
    connection.run_out();
    assert_eq!(connection.closed_at, Some(seconds(50)));
}
