//! Breaches of the protocol: a Close frame with the right code, an error event, close(1006).

use super::support::{
    client::{Client, ERROR, LOST, OPEN, in_every_mode, options, text},
    server::{CLOSE, PING, Server, TEXT, close_body, frame},
};
use ws::protocol::failure::Phase;

/// What the server sends in one packet, behind a good message, is answered with `code`.
#[track_caller]
fn is_failed_with(code: u16, bytes: &[u8]) {
    in_every_mode(|mode| {
        let bytes = [frame(TEXT, b"good"), bytes.to_vec(), frame(TEXT, b"behind")].concat();
        let server = Server::open(move |peer| {
            peer.send(&bytes);
            peer.expect_close(code, "");
            peer.expect_end();
        });
        let options = options(|options| options.limits.max_message = 1000);
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.rest(), [OPEN, &text("good"), ERROR, LOST]);
        assert_eq!(client.socket.failure().unwrap().phase, Phase::Open);
    });
}

#[test]
fn a_masked_frame_is_a_protocol_error() {
    is_failed_with(1002, b"\x81\x81\0\0\0\0x");
}

#[test]
fn reserved_bits_are_a_protocol_error() {
    for bit in [0x40, 0x20, 0x10] {
        is_failed_with(1002, &frame(TEXT | bit, b"x"));
    }
}

#[test]
fn reserved_opcodes_are_a_protocol_error() {
    is_failed_with(1002, &frame(0x83, b"x"));
    is_failed_with(1002, &frame(0x8b, b"x"));
}

#[test]
fn a_continuation_of_nothing_is_a_protocol_error() {
    is_failed_with(1002, &frame(0x80, b"x"));
}

#[test]
fn a_long_or_fragmented_ping_is_a_protocol_error() {
    is_failed_with(1002, &frame(PING, &[0; 126]));
    is_failed_with(1002, &frame(PING & 0x7f, b""));
}

#[test]
fn text_that_is_not_utf_8_is_1007() {
    is_failed_with(1007, &frame(TEXT, b"\xce\xba\xff"));
    // Before the frame has ended.
    is_failed_with(1007, &frame(TEXT, b"\xff and more")[..3]);
}

#[test]
fn a_message_over_the_limit_is_1009_as_soon_as_it_is_announced() {
    is_failed_with(1009, &frame(TEXT, &[b'x'; 1001])[..4]);
    is_failed_with(1009, &[frame(0x01, &[b'x'; 999]), frame(0x80, b"xx")].concat());
}

#[test]
fn a_close_frame_that_may_not_be_is_an_error() {
    is_failed_with(1002, &frame(CLOSE, b"\x03"));
    for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
        is_failed_with(1002, &frame(CLOSE, &close_body(code, "")));
    }
    is_failed_with(1007, &frame(CLOSE, b"\x03\xe8\xff"));
}

#[test]
fn a_bad_header_after_our_close_is_an_error_and_no_second_close_frame() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.expect_close(1000, "");
            peer.send(&frame(TEXT | 0x40, b"x"));
            peer.expect_end();
        });
        let mut client = Client::open(mode, &server);
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [ERROR, LOST]);
        assert_eq!(client.socket.failure().unwrap().phase, Phase::Closing);
    });
}
