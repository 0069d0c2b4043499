//! Text that is not UTF-8: found at the byte that shows it, before the frame ends. Our Close code is 1007; Chromium: 1002.

use super::{
    super::support::{
        both::in_every_mode,
        client::{Client, OPEN, binary, clean, text},
        server::{BINARY, Server, TEXT, frame},
    },
    is_failed_with,
};

const WORDS: &str = "the server sent a text message that is not UTF-8";

/// Certainly not UTF-8 with the last byte of `bad`: in a whole message; in a frame of 1,000 bytes of which no more comes; in a
/// fragment, the last byte in the next.
#[track_caller]
fn is_not_utf8(bad: &[u8]) {
    is_failed_with(1007, WORDS, &frame(TEXT, bad));
    let unfinished = [&[TEXT, 126, 3, 232][..], bad].concat();
    is_failed_with(1007, WORDS, &unfinished);
    let (start, last) = bad.split_at(bad.len() - 1);
    is_failed_with(1007, WORDS, &[&frame(0x01, start)[..], &[0x80, 100], last].concat());
}

#[test]
fn a_byte_that_never_occurs_is_1007() {
    for byte in [0xc0, 0xc1, 0xf5, 0xf8, 0xfc, 0xfe, 0xff] {
        is_not_utf8(&[byte]);
    }
    is_not_utf8(b"\xce\xba\xff");
}

#[test]
fn a_continuation_byte_without_a_character_is_1007() {
    is_not_utf8(b"\x80");
    is_not_utf8(b"good\xbf");
}

#[test]
fn an_overlong_form_is_1007() {
    // Each of a slash or of NUL, found at the byte that makes it overlong.
    for bad in [&b"\xc0"[..], b"\xe0\x80", b"\xe0\x9f", b"\xf0\x80", b"\xf0\x8f"] {
        is_not_utf8(bad);
    }
}

#[test]
fn a_surrogate_is_1007() {
    // U+D800, U+DBFF, U+DC00, U+DFFF: known by their second byte.
    for bad in [&b"\xed\xa0"[..], b"\xed\xaf", b"\xed\xb0", b"x\xed\xbf"] {
        is_not_utf8(bad);
    }
    is_failed_with(1007, WORDS, &frame(TEXT, b"\xed\xa0\x81\xed\xb0\x80"));
}

#[test]
fn a_character_beyond_u_10ffff_is_1007() {
    is_not_utf8(b"\xf4\x90");
    is_failed_with(1007, WORDS, &frame(TEXT, b"\xf4\x90\x80\x80"));
}

#[test]
fn a_character_that_lacks_a_byte_is_1007_at_the_next_one() {
    for bad in [&b"\xc3("[..], b"\xe2\x82x", b"\xf0\x9d\x84\xc3"] {
        is_not_utf8(bad);
    }
}

#[test]
fn a_character_cut_by_the_end_of_the_message_is_1007() {
    for cut in [&b"a\xc3"[..], b"\xe2", b"\xe2\x82", b"\xf0", b"\xf0\x9d", b"\xf0\x9d\x84"] {
        is_failed_with(1007, WORDS, &frame(TEXT, cut));
        is_failed_with(1007, WORDS, &[frame(0x01, cut), frame(0x00, b""), vec![0x80, 0]].concat());
    }
}

#[test]
fn a_bad_byte_deep_in_a_long_frame_is_1007_before_the_rest_has_come() {
    let head = [&[TEXT, 127][..], &1_000_000_u64.to_be_bytes()].concat();
    is_failed_with(1007, WORDS, &[head, vec![b'x'; 200_000], vec![0xff]].concat());
}

#[test]
fn a_bad_byte_in_a_later_packet_of_its_frame_is_1007() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.send_byte_by_byte(&[&[TEXT, 100][..], "é".as_bytes(), b"\xe2\x28"].concat());
            peer.expect_close(1007, "");
            peer.expect_end();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [OPEN, super::ERROR, super::LOST]);
    });
}

#[test]
fn characters_split_across_fragments_and_packets_are_delivered_whole() {
    let whole = "aß水𝄞\u{10ffff}";
    in_every_mode(|mode| {
        let server = Server::open(move |peer| {
            let bytes = whole.as_bytes();
            for place in 1..bytes.len() {
                let (start, rest) = bytes.split_at(place);
                peer.send(&[frame(0x01, start), frame(0x80, rest)].concat());
                peer.send_byte_by_byte(&[frame(0x01, start), frame(0x00, b""), frame(0x80, rest)].concat());
            }
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        let shown = text(&whole.as_bytes().escape_ascii().to_string());
        let mut expected = vec![shown; 2 * (whole.len() - 1)];
        expected.push(clean(1000, ""));
        assert_eq!(client.rest(), expected);
    });
}

#[test]
fn nul_the_byte_order_mark_and_non_characters_are_utf8_and_binary_may_hold_anything() {
    let odd = "\0\u{feff}\u{fdd0}\u{fffe}\u{1ffff}";
    in_every_mode(|mode| {
        let server = Server::open(move |peer| {
            peer.send(&[frame(TEXT, odd.as_bytes()), frame(BINARY, b"\xff\xed\xa0\x80")].concat());
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        let shown = text(&odd.as_bytes().escape_ascii().to_string());
        assert_eq!(client.rest(), [shown, binary(b"\xff\xed\xa0\x80"), clean(1000, "")]);
    });
}
