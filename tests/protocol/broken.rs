//! Writes that fail while the stream can still be read: the connection ends with the error, soon, and what the server sent is delivered.

use crate::{
    harness::Connection,
    trace::{Entry, check, closed, text},
    wire,
};
use std::{io, time::Duration};
use ws::protocol::{
    Kind,
    failure::Phase,
    limits::{LINGER, Limits},
};

const STEP: Duration = Duration::from_millis(100);

/// An open connection whose next write fails.
fn broken() -> Connection {
    broken_with(Limits::default())
}

fn broken_with(limits: Limits) -> Connection {
    let mut connection = Connection::open(limits);
    breaks(&mut connection);
    connection
}

fn breaks(connection: &mut Connection) {
    connection.with_writer(|writer, now| writer.handle_write_error(io::Error::from_raw_os_error(libc::ENOBUFS), now));
}

/// Checks that it was lost by the error and no timeout, and when.
#[track_caller]
fn check_lost(connection: &Connection, phase: Phase, at: Duration) {
    assert_eq!(connection.trace[connection.trace.len() - 2..], [closed(1006, "", false), Entry::Finished]);
    assert_eq!(connection.closed_at, Some(at));
    let failure = connection.failure.as_ref().expect("it was lost");
    assert_eq!((failure.phase, failure.os_error, failure.timeout), (phase, libc::ENOBUFS, None), "{}", failure.text);
    assert!(failure.text.starts_with("the connection ended without the server's Close frame: No buffer space"), "{}", failure.text);
}

#[test]
fn our_direction_is_ended_at_once_and_the_connection_after_two_seconds_of_silence() {
    let mut connection = broken();
    connection.run_until(LINGER / 2);
    check(&connection.trace, &[Entry::Shutdown], "the server is waited for");
    connection.run_out();
    check_lost(&connection, Phase::Open, LINGER);
}

#[test]
fn the_first_error_counts_and_later_ones_do_not_put_the_end_off() {
    let mut connection = broken();
    connection.run_until(LINGER / 2);
    connection.break_writing();
    connection.run_out();
    check_lost(&connection, Phase::Open, LINGER);
}

#[test]
fn a_server_that_ends_the_stream_ends_the_connection_with_the_error_of_the_write() {
    let ends: [fn(&mut Connection); 2] = [Connection::fin, Connection::reset];
    for end in ends {
        let mut connection = broken();
        connection.receive(&wire::text("before"));
        end(&mut connection);
        assert_eq!(connection.trace[1], text("before"));
        check_lost(&connection, Phase::Open, Duration::ZERO);
    }
}

#[test]
fn no_keep_alive_ping_is_made_and_none_is_awaited() {
    let second = Duration::from_secs(1);
    let mut connection = Connection::open(Limits { ping_interval: Some(second), ping_timeout: second, ..Limits::default() });
    connection.run_until(second);
    connection.trace.clear();
    breaks(&mut connection);
    connection.run_out();
    check(&connection.trace, &[Entry::Shutdown, closed(1006, "", false), Entry::Finished], "no ping");
    check_lost(&connection, Phase::Open, second + LINGER);
}

#[test]
fn what_comes_meanwhile_is_delivered_and_puts_the_end_off_once() {
    let mut connection = broken();
    let mut came = 0;
    while !connection.is_over() {
        assert!(connection.elapsed() < 3 * LINGER, "a server that does not stop keeps the connection");
        connection.run_until(connection.elapsed() + STEP);
        if !connection.is_over() {
            connection.receive(&wire::text("on and on"));
            came += 1;
        }
    }
    check_lost(&connection, Phase::Open, 2 * LINGER);
    let delivered = connection.trace.iter().filter(|entry| **entry == text("on and on")).count();
    assert_eq!((delivered, came), (39, 39));
}

#[test]
fn what_came_before_the_write_failed_puts_nothing_off() {
    let mut connection = Connection::open(Limits::default());
    connection.run_until(STEP);
    connection.receive(&wire::text("before"));
    breaks(&mut connection);
    connection.run_out();
    check_lost(&connection, Phase::Open, STEP + LINGER);
}

#[test]
fn while_the_application_does_not_read_the_connection_is_not_ended() {
    let mut connection = broken();
    for round in 1..=10 {
        connection.now += LINGER;
        connection.with_writer(|writer, now| writer.handle_timeout(now, None));
        assert_eq!(connection.deadline(), Some(connection.now + LINGER), "{round}");
    }
    connection.receive(&wire::close(Some((1001, "restart"))));
    connection.run_out();
    check(
        &connection.trace,
        &[Entry::Shutdown, Entry::Closing, closed(1001, "restart", false), Entry::Finished],
        "what the server had sent is delivered when it is read",
    );
}

#[test]
fn a_close_of_the_server_that_cannot_be_answered_is_not_clean() {
    let mut connection = broken();
    connection.receive(&wire::close(Some((4000, "bye"))));
    connection.run_out();
    check(&connection.trace, &[Entry::Shutdown, Entry::Closing, closed(4000, "bye", false), Entry::Finished], "its code all the same");
    // Its frame may have been the first of more.
    assert_eq!(connection.closed_at, Some(LINGER));
    assert_eq!(connection.failure, None);
}

#[test]
fn a_close_of_ours_that_cannot_go_out_ends_with_the_error() {
    let mut connection = Connection::open(Limits::default());
    connection.room = 0;
    connection.close(Some((1000, "done")));
    breaks(&mut connection);
    connection.run_out();
    check_lost(&connection, Phase::Closing, LINGER);
}

#[test]
fn a_close_timeout_that_is_over_sooner_ends_with_the_error_too() {
    let mut connection = broken_with(Limits { close_timeout: STEP, ..Limits::default() });
    connection.close(None);
    connection.run_out();
    check_lost(&connection, Phase::Closing, STEP);
}

#[test]
fn a_failed_connection_whose_close_cannot_go_out_is_over_after_two_seconds_too() {
    let mut connection = Connection::open(Limits::default());
    connection.room = 0;
    connection.receive(&[0xff]);
    breaks(&mut connection);
    connection.run_out();
    let error = Entry::Error(Phase::Open, "reserved bits".into());
    check(&connection.trace, &[error, closed(1006, "", false), Entry::Shutdown, Entry::Finished], "told once");
    assert_eq!(connection.elapsed(), LINGER);
}

#[test]
fn messages_are_still_accepted_and_stay_counted() {
    let mut connection = broken();
    assert!(connection.send(Kind::Text, b"lost"));
    connection.run_out();
    check_lost(&connection, Phase::Open, LINGER);
    assert_eq!(connection.writer().buffered_amount(), 4);
    assert_eq!(connection.wire.bytes, b"");
}
