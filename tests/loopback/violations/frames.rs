//! Frames that RFC 6455 sections 5.1 to 5.5 forbid, each seen at the first byte that shows it: no payload is waited for.

use super::{
    super::support::{
        both::in_every_mode,
        client::{Client, ERROR, LOST, OPEN, text},
        server::{BINARY, CLOSE, PING, PONG, Server, TEXT, frame},
    },
    is_a_protocol_error,
};

/// A first fragment that lacks its end.
const BEGUN: [u8; 3] = [0x01, 1, b'x'];

#[test]
fn a_masked_frame_is_a_protocol_error() {
    for first in [TEXT, BINARY, PING, CLOSE] {
        // With payload to come, and without any.
        is_a_protocol_error("the server sent a masked frame", &[first, 0x85]);
        is_a_protocol_error("the server sent a masked frame", &[first, 0x80]);
    }
    is_a_protocol_error("the server sent a masked frame", &[&BEGUN[..], &[0x80, 0x81]].concat());
}

/// No extension was agreed on, so no reserved bit has a meaning.
#[track_caller]
fn reserved_bit(bit: u8) {
    for first in [TEXT, BINARY, 0x01, PING, PONG, CLOSE] {
        let text = format!("the server set reserved bits (first byte 0x{:02x}) that no extension was agreed for", first | bit);
        is_a_protocol_error(&text, &[first | bit]);
    }
    is_a_protocol_error("reserved bits", &[&BEGUN[..], &[0x80 | bit]].concat());
}

#[test]
fn rsv1_is_a_protocol_error() {
    reserved_bit(0x40);
}

#[test]
fn rsv2_is_a_protocol_error() {
    reserved_bit(0x20);
}

#[test]
fn rsv3_is_a_protocol_error() {
    reserved_bit(0x10);
}

#[test]
fn the_reserved_data_opcodes_3_to_7_are_a_protocol_error() {
    for opcode in 3..=7_u8 {
        let text = format!("the server sent a frame with the reserved opcode {opcode}");
        is_a_protocol_error(&text, &[0x80 | opcode]);
        is_a_protocol_error(&text, &[opcode]);
    }
}

#[test]
fn the_reserved_control_opcodes_11_to_15_are_a_protocol_error() {
    for opcode in 11..=15_u8 {
        let text = format!("the server sent a frame with the reserved opcode {opcode}");
        is_a_protocol_error(&text, &[0x80 | opcode]);
        is_a_protocol_error(&text, &[opcode]);
    }
}

#[test]
fn a_fragmented_control_frame_is_a_protocol_error_at_its_first_byte() {
    for opcode in [8, 9, 10_u8] {
        is_a_protocol_error(&format!("the server sent a fragmented control frame (opcode {opcode})"), &[opcode]);
    }
}

#[test]
fn a_control_frame_of_more_than_125_bytes_is_a_protocol_error_before_its_length_has_come() {
    for opcode in [8, 9, 10_u8] {
        let text = format!("the server sent a control frame (opcode {opcode}) of more than 125 bytes");
        is_a_protocol_error(&text, &[0x80 | opcode, 126]);
        is_a_protocol_error(&text, &[0x80 | opcode, 127]);
    }
}

#[test]
fn a_continuation_of_nothing_is_a_protocol_error() {
    let text = "the server sent a continuation frame, but no message was begun";
    for first in [0x00, 0x80] {
        is_a_protocol_error(text, &[first, 0]);
        is_a_protocol_error(text, &[first, 5]);
    }
}

#[test]
fn a_continuation_of_a_message_that_is_complete_is_a_protocol_error() {
    for message in [frame(TEXT, b"whole"), [frame(0x01, b"wh"), frame(0x80, b"ole")].concat()] {
        in_every_mode(|mode| {
            let message = message.clone();
            let server = Server::open(move |peer| {
                peer.send(&[&message[..], &[0x80, 5]].concat());
                peer.expect_close(1002, "");
                peer.expect_end();
            });
            let mut client = Client::connect(mode, &server);
            assert_eq!(client.rest(), [OPEN, &text("whole"), ERROR, LOST]);
        });
    }
}

#[test]
fn a_new_message_inside_a_fragmented_one_is_a_protocol_error() {
    for begun in [0x01, 0x02] {
        for first in [TEXT, BINARY, 0x01, 0x02] {
            let bytes = [frame(begun, b"part"), vec![first, 5]].concat();
            is_a_protocol_error("the server began a message before the fragmented one before it was complete", &bytes);
        }
    }
}

#[test]
fn http_where_frames_should_be_is_a_protocol_error() {
    is_a_protocol_error("reserved bits (first byte 0x48)", b"HTTP/1.1 400 Bad Request\r\n\r\n");
}

#[test]
fn messages_before_a_violation_are_delivered_and_what_follows_it_is_not_looked_at() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            let close = frame(CLOSE, b"\x03\xe8behind");
            peer.send(&[frame(TEXT, b"good"), frame(0x83, b"bad"), frame(TEXT, b"behind"), frame(PING, b"behind"), close].concat());
            peer.expect_close(1002, "");
            peer.expect_end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [&text("good"), ERROR, LOST]);
    });
}

#[test]
fn a_ping_before_a_violation_in_the_same_packet_is_answered() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.send(&[frame(PING, b"there?"), frame(0x83, b"")].concat());
            peer.expect(PONG, b"there?");
            peer.expect_close(1002, "");
            peer.expect_end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [ERROR, LOST]);
    });
}
