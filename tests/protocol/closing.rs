//! The closing handshake (RFC 6455 section 7): who begins it, what ends it, and how long each side is waited for.

use crate::{
    harness::Connection,
    messages::bytes,
    script::Script,
    trace::{Entry, check, closed, sent, text},
    wire::{self, frame},
};
use std::time::Duration;
use ws::{
    protocol::{
        Kind,
        failure::Phase,
        limits::{LINGER, Limits},
        pool::Pool,
        reader::{Control, Reader, Received, Violation},
        window::Window,
    },
    spec::close::MAX_REASON,
};

pub fn scripts() -> Vec<Script> {
    let mut scripts = vec![
        Script::new("the server closes without a code").server(wire::text("last")).gives(text("last")).server_close(None),
        Script::new("the server closes with a reason").server_close(Some((1001, "going away — 再见"))),
        Script::new("the server closes with the longest reason").server_close(Some((4000, &"r".repeat(MAX_REASON)))),
        Script::new("we close without a code and the server answers with one").close(None).server_close(Some((1000, "well"))),
        Script::new("we close with a code and the server answers without").close(Some((3000, "enough"))).server_close(None),
        Script::new("we close with the longest reason")
            .close(Some((4999, &"r".repeat(MAX_REASON))))
            .server_close(Some((4999, &"r".repeat(MAX_REASON)))),
        Script::new("both close at once and the server's code counts").close(Some((4001, "ours"))).server_close(Some((4002, "theirs"))),
        Script::new("we close twice").close(Some((4001, "first"))).close(Some((4002, "second"))).server_close(Some((1000, ""))),
        Script::new("we close after the server did").server_close(Some((1000, ""))).close(Some((4002, "too late"))),
        Script::new("data after the server's close is discarded")
            .server_close(Some((1000, "")))
            .server(wire::text("late"))
            .server(wire::ping(b"late"))
            .server(wire::close(Some((4000, "again")))),
        Script::new("garbage after the server's close is discarded").server_close(Some((1000, ""))).server([0xff; 40]),
        Script::new("messages after our close are dropped")
            .server(wire::text("before"))
            .gives(text("before"))
            .close(Some((1000, "")))
            .server(wire::text("after"))
            .server(wire::binary(&bytes(300)))
            .server_close(Some((1000, ""))),
        Script::new("a fragmented message across our close is dropped")
            .server(frame(0x01, b"be"))
            .close(None)
            .server(frame(0x00, b"for"))
            .server(wire::pong(b""))
            .server(frame(0x80, b"e"))
            .server_close(None),
        Script::new("the order of frames after our close does not matter")
            .close(Some((1000, "")))
            .server(frame(0x80, b"a continuation of nothing"))
            .server(frame(0x00, b""))
            .server(frame(0x01, b"a beginning"))
            .server(wire::text("inside it"))
            .server(frame(0x02, b"another beginning"))
            .server_close(Some((1000, ""))),
        Script::new("another message instead of the rest of one across our close is dropped")
            .server(frame(0x01, b"be"))
            .close(None)
            .server(wire::binary(&bytes(300)))
            .server(frame(0x80, b"fore"))
            .server_close(None),
        Script::new("a frame across our close is dropped")
            .server(&wire::text("before")[..5])
            .close(None)
            .server(&wire::text("before")[5..])
            .server_close(None),
        Script::new("a long frame across our close is dropped")
            .server(&wire::binary(&bytes(80_000))[..30_000])
            .close(None)
            .server(&wire::binary(&bytes(80_000))[30_000..])
            .server_close(None),
        Script::new("a character across our close is dropped")
            .server(&wire::text("x水𝄞")[..5])
            .close(None)
            .server(&wire::text("x水𝄞")[5..])
            .server_close(None),
        Script::new("bad UTF-8 after our close is ignored").close(None).server(frame(0x81, b"\xff")).server_close(None),
        Script::new("messages while closing are refused").close(None).send_refused(b"x").server_close(Some((1000, ""))).send_refused(b"y"),
        Script::new("messages after the server's close are refused").server_close(Some((1000, ""))).send_refused(b"x"),
        Script::new("messages before our close go out before it")
            .send(Kind::Text, b"1")
            .send(Kind::Binary, &bytes(70_000))
            .send(Kind::Text, b"3")
            .close(Some((1000, "done")))
            .server_close(Some((1000, "done"))),
        Script::new("the server goes without a word").server(wire::text("x")).gives(text("x")),
        Script::new("the server goes after our close").close(Some((1000, ""))).server(wire::text("x")),
    ];
    for code in [1000, 1001, 1002, 1003, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 3000, 3999, 4000, 4999] {
        scripts.push(Script::new(format!("the server closes with {code}")).server_close(Some((code, ""))));
    }
    scripts
}

#[test]
fn the_reader_finds_nothing_behind_a_close_though_messages_are_still_wanted() {
    let mut reader = Reader::new(&Limits::default());
    let mut bytes = [wire::close(None), wire::text("late"), vec![0xff], vec![0]].concat();
    let mut window = Window::new(&mut bytes);
    assert!(matches!(reader.poll(&mut window, &mut Pool::default()), Ok(Some(Received::Control(Control::Close(None))))));
    assert!(matches!(reader.poll(&mut window, &mut Pool::default()), Ok(None)));
    assert!(window.is_empty());
    let mut bytes = [wire::text("later"), vec![0]].concat();
    assert!(matches!(reader.poll(&mut Window::new(&mut bytes), &mut Pool::default()), Ok(None)));
}

#[test]
fn no_code_of_the_server_makes_us_send_one_that_may_not_be_on_the_wire() {
    for code in 0..=u16::MAX {
        let mut connection = Connection::open(Limits::default());
        connection.receive(&wire::close(Some((code, ""))));
        let legal = matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999);
        let answer: u16 = if legal { code } else { 1002 };
        assert_eq!(connection.sent(), [(0x88, &answer.to_be_bytes()[..])], "{code}");
    }
}

/// A way to come into a state.
type Way = fn(&mut Connection);

/// A connection in each state of the closing handshake, with its name.
fn in_every_state() -> Vec<(&'static str, Connection)> {
    let ways: [(&str, Way); 6] = [
        ("open", |_| ()),
        ("our close is out", |connection| connection.close(BODY)),
        ("the server's close is here, our answer is not out", |connection| {
            connection.room = 0;
            connection.receive(&wire::close(Some((1001, "first"))));
        }),
        ("both are through", |connection| connection.receive(&wire::close(Some((1001, "first"))))),
        ("failed", |connection| connection.receive(&[0xff])),
        ("over", Connection::fin),
    ];
    let into = |(name, way): (&'static str, Way)| {
        let mut connection = Connection::open(Limits::default());
        way(&mut connection);
        (name, connection)
    };
    ways.into_iter().map(into).collect()
}

#[test]
fn a_timer_that_fires_early_changes_nothing_in_any_state() {
    for (name, mut connection) in in_every_state() {
        let (trace, deadline) = (connection.trace.clone(), connection.deadline());
        connection.run_until(Duration::from_millis(1999));
        connection.with_writer(|writer, now| writer.handle_timeout(now, Some(now)));
        check(&connection.trace, &trace, name);
        assert_eq!(connection.deadline(), deadline, "{name}");
    }
}

#[test]
fn a_write_that_takes_nothing_puts_no_deadline_off() {
    let limits = Limits { ping_interval: Some(seconds(30)), ..Limits::default() };
    let states: [(&str, Way); 3] = [
        ("open, a ping waits", |connection| connection.run_until(seconds(30))),
        ("our close waits", |connection| connection.close(BODY)),
        ("our answer waits", |connection| connection.receive(&wire::close(BODY))),
    ];
    for (name, way) in states {
        let mut connection = Connection::open(limits);
        connection.room = 0;
        way(&mut connection);
        let deadline = connection.deadline();
        assert!(deadline.is_some(), "{name}");
        connection.run_until(connection.elapsed() + seconds(1));
        connection.with_writer(|writer, now| writer.handle_transmitted(0, || now));
        assert_eq!(connection.deadline(), deadline, "{name}");
    }
}

#[test]
fn whatever_is_said_again_after_the_servers_close_or_the_end_changes_nothing() {
    let inputs: [Way; 7] = [
        |connection| connection.control(Control::Close(Some((4000, "again".into())))),
        |connection| connection.control(Control::Close(None)),
        |connection| connection.control(Control::Ping(b"?".to_vec())),
        |connection| connection.control(Control::Pong(b"?".to_vec())),
        |connection| connection.close(BODY),
        |connection| assert!(!connection.send(Kind::Text, b"too late")),
        |connection| assert!(!connection.ping(b"too late")),
    ];
    for (name, mut connection) in in_every_state().into_iter().skip(2) {
        let trace = connection.trace.clone();
        for input in inputs {
            input(&mut connection);
        }
        check(&connection.trace, &trace, name);
        connection.unblock(usize::MAX);
        connection.fin();
        let closes: Vec<&Entry> = connection.trace.iter().filter(|entry| matches!(entry, Entry::Close { .. })).collect();
        let servers = closed(1001, "first", true);
        let expected = if matches!(name, "failed" | "over") { closed(1006, "", false) } else { servers };
        assert_eq!(closes, [&expected], "{name}");
        assert_eq!(connection.trace.last(), Some(&Entry::Finished), "{name}");
    }
}

#[test]
fn a_breach_that_is_found_after_the_end_was_told_is_no_second_end() {
    for (name, mut connection) in in_every_state().into_iter().skip(4) {
        let trace = connection.trace.clone();
        connection.with_writer(|writer, now| writer.handle_violation(Violation { code: 1002, text: "a second one".into() }, now));
        check(&connection.trace, &trace, name);
        assert_ne!(connection.failure.map(|failure| failure.text), Some("a second one".into()), "{name}");
    }
}

const BODY: Option<(u16, &str)> = Some((1000, "done"));

fn seconds(seconds: u64) -> Duration {
    Duration::from_secs(seconds)
}

/// A connection with a message of 1,000 bytes of which 100 bytes have gone out.
fn blocked() -> Connection {
    let mut connection = Connection::open(Limits::default());
    connection.room = 100;
    connection.send(Kind::Binary, &bytes(1000));
    connection
}

#[test]
fn our_close_is_waited_for_ten_seconds_and_data_does_not_extend_that() {
    let mut connection = Connection::open(Limits::default());
    connection.run_until(seconds(3));
    connection.close(BODY);
    connection.run_until(seconds(12));
    connection.receive(&[wire::text("x"), wire::ping(b""), wire::pong(b"")].concat());
    connection.run_out();
    check(&connection.trace, &[sent(0x88, b"\x03\xe8done"), closed(1006, "", false), Entry::Finished], "no answer");
    assert_eq!(connection.closed_at, Some(seconds(13)));
    let failure = connection.failure.unwrap();
    assert_eq!(failure.phase, Phase::Closing);
    assert!(failure.text.contains("10s"), "{}", failure.text);
}

#[test]
fn the_close_timeout_is_an_option() {
    let mut connection = Connection::open(Limits { close_timeout: seconds(60), ..Limits::default() });
    connection.close(BODY);
    connection.run_out();
    assert_eq!(connection.closed_at, Some(seconds(60)));
}

#[test]
fn the_close_timeout_counts_from_the_last_progress() {
    let mut connection = blocked();
    connection.close(BODY);
    for second in 1..=5 {
        connection.run_until(seconds(9 * second));
        assert_eq!(connection.closed_at, None, "the server reads, if slowly");
        connection.unblock(50);
    }
    connection.run_out();
    check(&connection.trace, &[closed(1006, "", false), Entry::Finished], "the server stopped reading");
    assert_eq!(connection.closed_at, Some(seconds(55)));
    assert!(connection.writer().buffered_amount() > 0, "what was not sent stays counted");
}

#[test]
fn the_close_timeout_counts_from_the_last_byte_when_all_goes_out() {
    let mut connection = blocked();
    connection.close(BODY);
    connection.run_until(seconds(8));
    connection.unblock(usize::MAX);
    connection.run_out();
    check(
        &connection.trace,
        &[sent(0x82, &bytes(1000)), sent(0x88, b"\x03\xe8done"), closed(1006, "", false), Entry::Finished],
        "no answer",
    );
    assert_eq!(connection.closed_at, Some(seconds(18)));
}

#[test]
fn after_both_closes_the_server_has_two_seconds_to_end_the_stream() {
    for ours_first in [true, false] {
        let mut connection = Connection::open(Limits::default());
        if ours_first {
            connection.close(None);
            connection.run_until(seconds(5));
        }
        connection.receive(&wire::close(Some((1000, "bye"))));
        let both = connection.elapsed();
        connection.run_until(both + Duration::from_millis(1999));
        connection.receive(&wire::text("ignored"));
        assert_eq!(connection.closed_at, None);
        connection.run_out();
        assert_eq!(connection.trace[connection.trace.len() - 2..], [closed(1000, "bye", true), Entry::Finished]);
        assert_eq!(connection.closed_at, Some(both + LINGER));
        assert_eq!(connection.failure, None);
    }
}

#[test]
fn a_server_that_closes_gets_the_messages_queued_before_and_then_our_answer() {
    let mut connection = blocked();
    connection.receive(&wire::close(BODY));
    check(&connection.trace, &[Entry::Closing], "the answer is queued");
    assert!(!connection.send(Kind::Text, b"too late"));
    connection.run_until(seconds(9));
    connection.unblock(usize::MAX);
    connection.run_until(seconds(10));
    connection.fin();
    check(
        &connection.trace[1..],
        &[sent(0x82, &bytes(1000)), sent(0x88, b"\x03\xe8done"), closed(1000, "done", true), Entry::Finished],
        "all went out",
    );
}

#[test]
fn a_server_that_closes_and_reads_no_more_ends_with_its_code_and_not_cleanly() {
    let mut connection = blocked();
    connection.receive(&wire::close(BODY));
    connection.run_until(seconds(9));
    connection.unblock(1);
    connection.run_out();
    check(&connection.trace, &[Entry::Closing, closed(1000, "done", false), Entry::Finished], "our answer did not go out");
    assert_eq!(connection.closed_at, Some(seconds(19)), "counted from the last progress");
    assert_eq!(connection.failure.map(|failure| failure.phase), Some(Phase::Closing));
}

#[test]
fn a_stream_that_ends_before_our_answer_went_out_is_not_clean() {
    let ends: [fn(&mut Connection); 2] = [Connection::fin, Connection::reset];
    for end in ends {
        let mut connection = blocked();
        connection.receive(&wire::close(BODY));
        end(&mut connection);
        check(&connection.trace, &[Entry::Closing, closed(1000, "done", false), Entry::Finished], "cut");
    }
}

#[test]
fn what_the_server_sent_before_a_write_failed_is_still_read() {
    let mut connection = Connection::open(Limits::default());
    connection.break_writing();
    assert!(connection.send(Kind::Text, b"lost"));
    connection.receive(&wire::text("still there"));
    connection.receive(&wire::close(Some((1001, "restart"))));
    assert_eq!(connection.closed_at, None, "the end comes from the reading side");
    connection.fin();
    check(
        &connection.trace,
        &[Entry::Shutdown, text("still there"), Entry::Closing, closed(1001, "restart", false), Entry::Finished],
        "the server's code, but our answer could not go out",
    );
    assert_eq!(connection.wire.bytes, b"");
    assert_eq!(connection.writer().buffered_amount(), 4);
}

#[test]
fn a_failed_write_tells_the_cause_when_the_stream_ends_without_a_close() {
    let mut connection = Connection::open(Limits::default());
    connection.break_writing();
    connection.fin();
    check(&connection.trace, &[Entry::Shutdown, closed(1006, "", false), Entry::Finished], "lost, not failed");
    let failure = connection.failure.unwrap();
    assert_eq!(failure.phase, Phase::Open);
    assert!(failure.text.contains("broken pipe"), "{}", failure.text);
}

#[test]
fn a_failed_connection_waits_two_seconds_for_the_server_to_read_our_close() {
    let mut connection = Connection::open(Limits::default());
    connection.receive(&[0xff]);
    assert_eq!(connection.closed_at, Some(Duration::ZERO));
    assert!(!connection.is_over());
    connection.run_until(seconds(1));
    connection.receive(&wire::text("ignored").repeat(10));
    connection.run_out();
    assert!(connection.is_over());
    assert_eq!(connection.elapsed(), LINGER);
}

#[test]
fn a_failed_connection_sends_what_was_queued_before_its_close_and_then_ends_its_direction() {
    let mut connection = blocked();
    connection.receive(&[0xff]);
    check(
        &connection.trace,
        &[Entry::Error(Phase::Open, "reserved bits".into()), closed(1006, "", false)],
        "the application is told at once",
    );
    connection.unblock(usize::MAX);
    check(&connection.trace[2..], &[sent(0x82, &bytes(1000)), sent(0x88, b"\x03\xea"), Entry::Shutdown], "then the rest");
    connection.fin();
    check(&connection.trace[5..], &[Entry::Finished], "then the end");
}
