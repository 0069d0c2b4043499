//! Slowloris: a server that sends a byte now and then, of the head, of a frame, of its answer to our Close frame.

use crate::{
    harness::{Connection, HEAD},
    trace::{Entry, check, closed, sent},
    wire,
};
use std::time::Duration;
use ws::protocol::{failure::Phase, limits::Limits};

const SECOND: Duration = Duration::from_secs(1);

/// Gives `connection` a byte of `bytes` every `interval`, until it is over or all are given. Returns how many were.
fn trickle(connection: &mut Connection, bytes: &[u8], interval: Duration) -> usize {
    for (given, byte) in bytes.iter().enumerate() {
        connection.receive(&[*byte]);
        let next = connection.elapsed() + interval;
        connection.run_until(next);
        if connection.is_over() {
            return given + 1;
        }
    }
    bytes.len()
}

#[test]
fn a_head_in_single_bytes_does_not_put_the_handshakes_end_off() {
    let head = [HEAD[..HEAD.len() - 2].to_vec(), b"X: ".to_vec(), vec![b'x'; 10_000]].concat();
    for (interval, timeout) in [(SECOND, 30), (SECOND * 7, 30), (SECOND / 100, 5), (SECOND * 60, 30)] {
        let limits = Limits { handshake_timeout: SECOND * timeout, ..Limits::default() };
        let mut connection = Connection::connecting(limits);
        trickle(&mut connection, &head, interval);
        assert_eq!(connection.closed_at, Some(SECOND * timeout), "a byte every {interval:?}");
        check(&connection.trace, &[Entry::Error(Phase::Handshake, "within".into()), closed(1006, "", false), Entry::Finished], "the end");
    }
}

#[test]
fn a_body_in_single_bytes_does_not_put_the_refusals_end_off() {
    let mut connection = Connection::connecting(Limits::default());
    connection.receive(b"HTTP/1.1 503 Busy\r\nContent-Length: 4000\r\n\r\n");
    trickle(&mut connection, &[b'x'; 4000], SECOND / 10);
    assert_eq!(connection.closed_at, Some(SECOND));
    assert_eq!(connection.failure.unwrap().http_status, 503);
}

#[test]
fn a_frame_in_single_bytes_does_not_put_the_end_of_our_close_off() {
    for frame in [wire::binary(&[7; 5000]), wire::close(Some((1000, &"r".repeat(123)))), wire::ping(b"?").repeat(1000)] {
        let mut connection = Connection::open(Limits::default());
        trickle(&mut connection, &frame[..3], SECOND * 60);
        assert!(!connection.is_over(), "the standard sets an open connection no limit");
        let start = connection.elapsed();
        connection.close(None);
        trickle(&mut connection, &frame[3..], SECOND);
        assert_eq!(connection.closed_at, Some(start + SECOND * 10));
        let ours = connection.trace.iter().rposition(|entry| *entry == sent(0x88, b"")).expect("our Close frame");
        check(&connection.trace[ours + 1..], &[closed(1006, "", false), Entry::Finished], "the end");
    }
}

#[test]
fn a_server_that_begins_a_frame_and_falls_silent_is_noticed_by_the_keep_alive() {
    let limits = Limits { ping_interval: Some(SECOND * 10), ping_timeout: SECOND * 5, ..Limits::default() };
    let mut connection = Connection::open(limits);
    connection.receive(&wire::text("unfinished")[..5]);
    connection.run_out();
    assert_eq!(connection.closed_at, Some(SECOND * 15));
    assert_eq!(connection.trace[1..], [closed(1006, "", false), Entry::Finished]);
}
