//! Lengths that RFC 6455 section 5.2 forbids, and those over our limits.

use super::{
    super::support::{
        both::in_every_mode,
        client::{Client, ERROR, LOST, OPEN, options},
        server::{Server, TEXT, frame},
    },
    is_a_protocol_error, is_failed_with,
};
use ws::protocol::failure::Phase;

/// The header of a binary frame with a length of 64 bits.
fn claim(len: u64) -> Vec<u8> {
    [&[0x82, 127][..], &len.to_be_bytes()].concat()
}

#[test]
fn a_length_below_126_in_16_bits_is_a_protocol_error() {
    for len in [0, 1, 125_u8] {
        let text = format!("the server sent the frame length {len} in 2 bytes, which is not the shortest form");
        is_a_protocol_error(&text, &[TEXT, 126, 0, len]);
    }
}

#[test]
fn a_length_below_65536_in_64_bits_is_a_protocol_error() {
    for len in [0, 125, 126, 0xffff] {
        is_a_protocol_error(&format!("the server sent the frame length {len} in 8 bytes, which is not the shortest form"), &claim(len));
    }
}

#[test]
fn a_length_with_the_top_bit_set_is_a_protocol_error_at_that_bit() {
    is_a_protocol_error("the server sent a frame length with the top bit set", &[0x82, 127, 0x80]);
    is_a_protocol_error("the server sent a frame length with the top bit set", &claim(1 << 63));
    is_a_protocol_error("the server sent a frame length with the top bit set", &claim(u64::MAX));
}

/// Chromium has no such limit: it drops the connection at a claim of 2^32 bytes, close(1006) alone.
#[test]
fn a_claim_over_the_limit_is_1009_at_the_header() {
    for len in [(64 << 20) + 1, 1 << 31, 1 << 32, 1 << 62, i64::MAX as u64] {
        let text =
            format!("a frame of {len} bytes, more than the maximum of 67108864: if it may, raise that with ws_options_set_max_frame_size");
        is_failed_with(1009, &text, &claim(len));
    }
}

#[test]
fn a_claim_within_the_limit_takes_no_memory_before_its_bytes_come() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            // An allocation of that size would end the process.
            peer.send(&[claim(1 << 62), vec![7; 100_000]].concat());
            peer.end();
        });
        let options = options(|options| {
            options.limits.max_message = u64::MAX;
            options.limits.max_frame = u64::MAX;
        });
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.rest(), [OPEN, LOST]);
    });
}

/// The server's bytes are too much for a limit of 1,000 bytes on messages.
#[track_caller]
fn is_too_big(text: &str, bytes: &[u8]) {
    in_every_mode(|mode| {
        let bytes = bytes.to_vec();
        let server = Server::open(move |peer| {
            peer.send(&bytes);
            peer.expect_close(1009, "");
            peer.expect_end();
        });
        let options = options(|options| options.limits.max_message = 1000);
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.rest(), [OPEN, ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Open);
        assert!(failure.text.contains(text), "{}", failure.text);
    });
}

#[test]
fn a_message_over_the_limit_is_1009_as_soon_as_it_is_announced() {
    let text =
        "a message of at least 1001 bytes, more than the maximum of 1000: if it may, raise that with ws_options_set_max_message_size";
    is_too_big(text, &frame(TEXT, &[b'x'; 1001])[..4]);
    is_too_big(text, &[frame(0x01, &[b'x'; 999]), vec![0x80, 2]].concat());
}
