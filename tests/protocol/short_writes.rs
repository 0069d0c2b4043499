//! The writer when the network takes few bytes at a time, or none for a while.

use crate::{
    harness::{Connection, Numbers},
    messages::bytes,
    trace::{Entry, check, closed, sent},
    wire,
};
use ws::protocol::{
    Kind,
    limits::Limits,
    reader::Control,
    segments::{GATHER, SEGMENT},
};

const CLOSE: Option<(u16, &str)> = Some((3000, "done"));

/// Messages of every form of the length.
fn messages() -> Vec<(Kind, Vec<u8>)> {
    [0, 1, 125, 126, 300, 65_535, 65_536, 0, 7]
        .into_iter()
        .enumerate()
        .map(|(index, len)| if index % 2 == 0 { (Kind::Binary, bytes(len)) } else { (Kind::Text, vec![b't'; len]) })
        .collect()
}

/// The frames that those messages and the Close frame make.
fn frames() -> Vec<Entry> {
    let mut frames: Vec<Entry> =
        messages().iter().map(|(kind, payload)| sent(if *kind == Kind::Text { 0x81 } else { 0x82 }, payload)).collect();
    frames.push(sent(0x88, &wire::close_body(CLOSE)));
    frames
}

/// Checks that what waits and what is on the wire are together what was accepted.
fn check_amount(connection: &Connection, accepted: u64) {
    assert_eq!(connection.writer().buffered_amount() + connection.wire.payload(), accepted);
}

/// Sends all messages with the network blocked, closes, and lets out pieces of the sizes that `sizes` gives.
fn send_all(mut sizes: impl FnMut() -> usize) -> Connection {
    let mut connection = Connection::open(Limits::default());
    connection.room = 0;
    let mut accepted = 0;
    for (kind, payload) in messages() {
        assert!(connection.send(kind, &payload));
        accepted += payload.len() as u64;
        check_amount(&connection, accepted);
    }
    connection.close(CLOSE);
    assert!(!connection.send(Kind::Text, b"refused"));
    while !connection.writer().is_flushed() {
        connection.unblock(sizes());
        check_amount(&connection, accepted);
    }
    connection
}

#[test]
fn messages_queued_before_the_close_go_out_before_it_in_pieces_of_any_size() {
    let whole = send_all(|| usize::MAX);
    check(&whole.trace, &frames(), "in one go");
    for size in [1, 2, 3, 7, 1000, 65_536] {
        let pieces = send_all(|| size);
        check(&pieces.trace, &frames(), &format!("in pieces of {size}"));
        assert_eq!(pieces.wire.bytes.len(), whole.wire.bytes.len());
        assert_eq!(pieces.writer().waiting(), 0);
    }
    for seed in 0..20 {
        let mut numbers = Numbers(seed);
        let pieces = send_all(|| 1 + numbers.below(5000));
        check(&pieces.trace, &frames(), &format!("in pieces of seed {seed}"));
    }
}

#[test]
fn messages_gather_until_a_write_is_worth_its_cost() {
    let mut connection = Connection::open(Limits::default());
    assert!(connection.writer().can_gather(GATHER - 1));
    assert!(!connection.writer().can_gather(GATHER), "a message as long is not worth waiting with");
    connection.room = 0;
    // Each has a header of 8 bytes.
    let message = bytes(1024 - 8);
    for number in 0..GATHER / 1024 {
        assert!(connection.writer().can_gather(1023), "{number} KiB wait");
        connection.send(Kind::Binary, &message);
    }
    assert_eq!(connection.writer().waiting(), GATHER);
    assert!(!connection.writer().can_gather(0));
    connection.unblock(usize::MAX);
    assert!(connection.writer().can_gather(GATHER - 1));
}

#[test]
fn pongs_go_out_between_two_frames_wherever_the_network_blocked() {
    let frame_sizes = [6 + 5, 8 + 200];
    for blocked_at in 0..=frame_sizes.iter().sum() {
        let mut connection = Connection::open(Limits::default());
        connection.room = blocked_at;
        connection.send(Kind::Text, b"first");
        connection.send(Kind::Binary, &bytes(200));
        connection.receive(&wire::ping(b"?"));
        connection.unblock(usize::MAX);
        let mut expected = vec![sent(0x81, b"first"), sent(0x82, &bytes(200))];
        let place = match blocked_at {
            0 => 0,
            1..=11 => 1,
            _ => 2,
        };
        expected.insert(place, sent(0x8a, b"?"));
        check(&connection.trace, &expected, &format!("blocked after {blocked_at} bytes"));
        assert_eq!(connection.writer().buffered_amount(), 0);
    }
}

#[test]
fn a_message_longer_than_a_buffer_is_one_frame_that_no_pong_interrupts() {
    let long = bytes(2 * SEGMENT + 1000);
    // Before, at and behind the places where one buffer ends and the next begins.
    for blocked_at in [1, SEGMENT - 1, SEGMENT, SEGMENT + 15, SEGMENT + 16, SEGMENT + 17, 2 * SEGMENT + 32, 2 * SEGMENT + 999] {
        let mut connection = Connection::open(Limits::default());
        connection.room = blocked_at;
        connection.send(Kind::Binary, &long);
        connection.send(Kind::Text, b"behind");
        let accepted = (long.len() + b"behind".len()) as u64;
        check_amount(&connection, accepted);
        connection.receive(&wire::ping(b"?"));
        connection.unblock(1);
        check_amount(&connection, accepted);
        connection.unblock(usize::MAX);
        let expected = [sent(0x82, &long), sent(0x8a, b"?"), sent(0x81, b"behind")];
        check(&connection.trace, &expected, &format!("blocked after {blocked_at} bytes"));
        assert_eq!((connection.writer().buffered_amount(), connection.writer().waiting()), (0, 0));
    }
}

#[test]
fn of_a_million_pings_while_blocked_only_the_latest_is_answered() {
    for message in [Some(b"message"), None] {
        // The network blocks inside the message or, if there is none, inside the first pong, which must be finished then.
        let mut connection = Connection::open(Limits::default());
        connection.room = 3;
        let mut expected = Vec::new();
        if let Some(message) = message {
            connection.send(Kind::Binary, message);
            expected.push(sent(0x82, message));
        }
        for number in 0..1_000_000_u32 {
            connection.control(Control::Ping(number.to_be_bytes().to_vec()));
        }
        assert_eq!(connection.wire.bytes.len(), 3);
        connection.unblock(usize::MAX);
        if message.is_none() {
            expected.push(sent(0x8a, &0_u32.to_be_bytes()));
        }
        expected.push(sent(0x8a, &999_999_u32.to_be_bytes()));
        check(&connection.trace, &expected, "the latest pong");
    }
}

#[test]
fn a_pong_that_waits_goes_out_before_our_close() {
    let mut connection = Connection::open(Limits::default());
    connection.room = 3;
    connection.send(Kind::Text, b"message");
    for ping in [b"1", b"2", b"3"] {
        connection.receive(&wire::ping(ping));
    }
    connection.close(None);
    connection.receive(&wire::ping(b"4"));
    connection.unblock(usize::MAX);
    check(&connection.trace, &[sent(0x81, b"message"), sent(0x8a, b"3"), sent(0x88, b"")], "then the close");
}

#[test]
fn pings_of_the_application_all_go_out_in_order() {
    let mut connection = Connection::open(Limits::default());
    connection.room = 3;
    connection.send(Kind::Text, b"message");
    for ping in [&b"a"[..], b"bb", b"ccc"] {
        assert!(connection.ping(ping));
    }
    while !connection.writer().is_flushed() {
        connection.unblock(1);
    }
    check(&connection.trace, &[sent(0x81, b"message"), sent(0x89, b"a"), sent(0x89, b"bb"), sent(0x89, b"ccc")], "pings");
}

#[test]
fn a_message_framed_part_by_part_while_it_goes_out_is_one_frame_and_counted_as_a_whole() {
    const PART: usize = 4096;
    for seed in 0..20 {
        let mut numbers = Numbers(seed);
        let mut connection = Connection::open(Limits::default());
        let payload = bytes(100_001);
        connection.room = 0;
        connection.send(Kind::Text, b"before");
        let accepted = (b"before".len() + payload.len()) as u64;
        connection.with_writer(|writer, _| writer.begin(Kind::Binary, payload.len()));
        check_amount(&connection, accepted);
        for part in payload.chunks(PART) {
            let mut rest = part;
            while !rest.is_empty() {
                rest = &rest[connection.with_writer(|writer, _| writer.append(rest))..];
            }
            check_amount(&connection, accepted);
            connection.unblock(numbers.below(2 * PART));
            check_amount(&connection, accepted);
            if numbers.below(4) == 0 {
                connection.receive(&wire::ping(b"?"));
            }
        }
        connection.send(Kind::Text, b"behind");
        connection.unblock(usize::MAX);
        let data: Vec<_> = connection.sent().into_iter().filter(|(first, _)| first & 8 == 0).collect();
        assert_eq!(data, [(0x81, &b"before"[..]), (0x82, &payload), (0x81, b"behind")], "seed {seed}");
    }
}

/// One run in which application, server and network do this and that, and what must have gone out.
fn random_run(seed: u64) {
    let mut numbers = Numbers(seed);
    let mut connection = Connection::open(Limits::default());
    connection.room = 0;
    connection.at_once = 1 + numbers.below(400);
    let (mut data, mut ours, mut asked) = (Vec::new(), Vec::new(), Vec::new());
    let mut accepted = 0;
    for number in 0..60_u64 {
        let payload = number.to_be_bytes();
        match numbers.below(8) {
            0..=2 => {
                let message = bytes(if numbers.below(20) == 0 { 70_000 } else { numbers.below(300) });
                accepted += message.len() as u64;
                assert!(connection.send(Kind::Binary, &message));
                data.push(message);
            }
            3 => {
                assert!(connection.ping(&payload));
                ours.push(payload.to_vec());
            }
            4 => {
                connection.receive(&wire::ping(&payload));
                asked.push(payload.to_vec());
            }
            _ => connection.unblock(numbers.below(800)),
        }
        check_amount(&connection, accepted);
    }
    connection.close(CLOSE);
    while !connection.writer().is_flushed() {
        connection.unblock(1 + numbers.below(5000));
        check_amount(&connection, accepted);
    }
    let frames = |opcode: u8| -> Vec<Vec<u8>> {
        connection.sent().iter().filter(|(first, _)| *first == 0x80 | opcode).map(|(_, payload)| payload.to_vec()).collect()
    };
    assert_eq!(frames(2), data, "seed {seed}");
    assert_eq!(frames(9), ours, "seed {seed}");
    let pongs = frames(10);
    assert_eq!(pongs.last(), asked.last(), "seed {seed}: the latest ping is answered");
    let mut unanswered = asked.iter();
    assert!(pongs.iter().all(|pong| unanswered.any(|ping| ping == pong)), "seed {seed}: pongs in the order of the pings, each once");
    assert_eq!(connection.sent().last(), Some(&(0x88, &wire::close_body(CLOSE)[..])), "seed {seed}");
    connection.receive(&wire::close(CLOSE));
    connection.fin();
    check(&connection.trace[connection.trace.len() - 2..], &[closed(3000, "done", true), Entry::Finished], &format!("seed {seed}"));
}

#[test]
fn whatever_happens_in_whatever_order_each_frame_is_whole_and_nothing_is_lost() {
    for seed in 0..300 {
        random_run(seed);
    }
}

#[test]
fn a_transport_that_says_it_took_more_than_it_was_given_is_not_believed() {
    use std::panic::{AssertUnwindSafe, catch_unwind};
    for (name, message, ping) in [("nothing", false, false), ("a message", true, false), ("a ping", false, true), ("both", true, true)] {
        for excess in [1, 7, usize::MAX / 2] {
            let mut connection = Connection::open(Limits::default());
            connection.room = 0;
            assert!(!message || connection.send(Kind::Text, b"message"));
            assert!(!ping || connection.ping(b"ping"));
            let result = connection.with_writer(|writer, now| {
                let offered = writer.poll_transmit().len();
                catch_unwind(AssertUnwindSafe(|| writer.handle_transmitted(offered + excess, || now)))
            });
            // The guards of loop and boundary fail the connection then.
            let panic = result.expect_err(name);
            assert_eq!(panic.downcast_ref::<&str>(), Some(&"the transport took more bytes than it was given"), "{name}");
            // Nothing was taken off: what would go out next is whole.
            connection.unblock(usize::MAX);
            assert!(connection.wire.is_whole() && connection.writer().is_flushed(), "{name}");
        }
    }
}
