//! Limits on what is received: over one, the connection is failed with 1009 as soon as a header says so.

use crate::{
    harness::Connection,
    messages::bytes,
    script::Script,
    trace::{binary, sent},
    wire::{self, frame},
};
use ws::protocol::{limits::Limits, pool::Pool, reader::Reader, window::Window};

/// A frame's header alone.
fn header(first: u8, len: u64) -> Vec<u8> {
    match u8::try_from(len) {
        Ok(len @ 0..126) => vec![first, len],
        _ => [&[first, 127][..], &len.to_be_bytes()].concat(),
    }
}

pub fn scripts() -> Vec<Script> {
    let message = |limits: &mut Limits| limits.max_message = 10;
    let frames = |limits: &mut Limits| limits.max_frame = 10;
    vec![
        Script::new("a message as large as allowed").limits(message).server(wire::binary(&bytes(10))).gives(binary(&bytes(10))),
        Script::new("a message one byte too large")
            .limits(message)
            .server(wire::binary(&bytes(10)))
            .gives(binary(&bytes(10)))
            .breach(1009, "at least 11 bytes, more than the maximum of 10", header(0x82, 11))
            .server(bytes(11)),
        Script::new("a frame as large as allowed").limits(frames).server(wire::binary(&bytes(10))).gives(binary(&bytes(10))),
        Script::new("a frame one byte too large")
            .limits(frames)
            .breach(1009, "a frame of 11 bytes, more than the maximum of 10", header(0x81, 11))
            .server(bytes(11)),
        Script::new("fragments as large as allowed together")
            .limits(message)
            .server(frame(0x02, &bytes(4)))
            .server(frame(0x00, &bytes(6)))
            .server(frame(0x80, b""))
            .gives(binary(&[bytes(4), bytes(6)].concat())),
        Script::new("fragments one byte too large together")
            .limits(message)
            .server(frame(0x02, &bytes(4)))
            .server(frame(0x00, &bytes(6)))
            .server(wire::ping(b"x"))
            .gives(sent(0x8a, b"x"))
            .breach(1009, "at least 11 bytes", header(0x80, 1))
            .server(b"x"),
        Script::new("a fragment one byte too large").limits(frames).server(frame(0x02, &bytes(10))).breach(
            1009,
            "a frame of 11 bytes",
            header(0x00, 11),
        ),
        Script::new("fragments may be more together than one frame")
            .limits(frames)
            .server(frame(0x02, &bytes(10)))
            .server(frame(0x80, &bytes(10)))
            .gives(binary(&[bytes(10), bytes(10)].concat())),
        Script::new("control frames are not measured")
            .limits(frames)
            .server(wire::ping(&bytes(125)))
            .gives(sent(0x8a, &bytes(125)))
            .server_close(Some((1000, &"r".repeat(123)))),
        Script::new("a frame beyond the default limit").breach(1009, "a frame of 67108865 bytes", header(0x82, (64 << 20) + 1)),
        Script::new("the largest length that a header can claim").breach(1009, "9223372036854775807", header(0x81, i64::MAX as u64)),
        Script::new("a frame too large after our close").limits(frames).close(None).breach(1009, "a frame of 11", header(0x82, 11)),
    ]
}

#[test]
fn memory_follows_the_bytes_that_arrive_and_not_the_header() {
    let mut reader = Reader::new(&Limits::default());
    let mut pool = Pool::default();
    let mut claim = header(0x82, 64 << 20);
    claim.push(0);
    assert!(matches!(reader.poll(&mut Window::new(&mut claim), &mut pool), Ok(None)));
    let mut arrived = 0;
    while arrived < 1 << 20 {
        let (buffer, room) = reader.poll_direct_read().expect("most is still missing");
        assert_eq!(buffer.len(), arrived);
        assert!(buffer.capacity() <= 4 * arrived + (128 << 10), "{} bytes for {arrived}", buffer.capacity());
        let count = room.min(10_000);
        buffer.resize(arrived + count, 7);
        arrived += count;
        assert!(matches!(reader.handle_filled(count), Ok(None)));
    }
}

#[test]
fn with_the_largest_limits_a_huge_claim_waits_for_its_bytes() {
    let limits = Limits { max_message: u64::MAX, max_frame: u64::MAX, ..Limits::default() };
    let mut connection = Connection::open(limits);
    connection.direct = true;
    connection.receive(&header(0x82, i64::MAX as u64));
    connection.receive(&bytes(100_000));
    assert_eq!(connection.trace, []);
    assert!(connection.direct_reads > 0);
}
