//! Close frames that may not be (RFC 6455 sections 5.5.1 and 7.4), as the server's first word and as its answer.

use super::{
    super::support::{
        both::in_every_mode,
        client::{Client, ERROR, LOST, clean, not_clean},
        server::{CLOSE, Server, close_body, frame},
    },
    is_a_protocol_error, is_failed_with,
};
use ws::protocol::failure::Phase;

#[test]
fn a_close_with_a_body_of_one_byte_is_a_protocol_error() {
    let text = "the server's Close frame has a body of one byte (0x03) where a code has two";
    is_a_protocol_error(text, &frame(CLOSE, b"\x03"));
}

/// RFC 6455 section 7.4.1 reserves these: they say in an API that no Close frame came, or none with a code.
#[test]
fn the_codes_1005_1006_and_1015_that_stand_for_no_code_are_a_protocol_error() {
    for code in [1005, 1006, 1015] {
        is_a_protocol_error(&format!("the server's Close frame has the code {code}, which may not be sent"), &close(code));
    }
}

/// Neither registered nor an application's. Chromium passes these on as a clean close; Autobahn's cases 7.9 demand that they fail.
///
/// 1012 to 1014 are not among them: IANA has registered them since RFC 6455 (Service Restart, Try Again Later, Bad Gateway), Autobahn
/// and Chromium take them as good. So do we: see the next test.
#[test]
fn the_codes_that_nobody_may_send_are_a_protocol_error() {
    for code in [0, 1, 999, 1004, 1016, 1100, 2000, 2999, 5000, 65535] {
        is_a_protocol_error(&format!("the server's Close frame has the code {code}, which may not be sent"), &close(code));
    }
}

#[test]
fn every_code_that_may_be_sent_is_passed_on_and_echoed() {
    for code in (1000..=1003).chain(1007..=1014).chain([3000, 3999, 4000, 4999]) {
        in_every_mode(|mode| {
            let server = Server::open(move |peer| peer.close_cleanly(code, "why"));
            let mut client = Client::open(mode, &server);
            assert_eq!(client.rest(), [clean(code, "why")]);
            assert!(client.socket.failure().is_none());
        });
    }
}

/// Chromium: 1002.
#[test]
fn a_reason_that_is_not_utf8_is_1007() {
    for (reason, text) in [
        (&b"\xff"[..], "(code 1000) has a reason that is not UTF-8: the byte 0xff at offset 0"),
        (b"over\xc0\xaf", "the byte 0xc0 at offset 4"),
        (b"\xed\xa0\x80", "the byte 0xed at offset 0"),
        (b"cut \xe6\xb0", "the byte 0xe6 at offset 4"),
    ] {
        is_failed_with(1007, text, &frame(CLOSE, &[b"\x03\xe8", reason].concat()));
    }
}

/// There is no second Close frame, as ours has gone out (RFC 6455 section 5.5.1).
#[test]
fn a_bad_answer_to_our_close_is_an_error_and_no_second_close_frame() {
    for body in [&b"\x03"[..], b"\x03\xed", b"\x03\xee", b"\x03\xf7", b"\x03\xe8\xff"] {
        in_every_mode(|mode| {
            let body = body.to_vec();
            let server = Server::open(move |peer| {
                peer.expect_close(1000, "");
                peer.send(&frame(CLOSE, &body));
                peer.expect_end();
            });
            let mut client = Client::open(mode, &server);
            client.socket.close(Some(1000), None).unwrap();
            assert_eq!(client.rest(), [ERROR, LOST]);
            let failure = client.socket.failure().unwrap();
            assert_eq!(failure.phase, Phase::Closing);
            assert!(failure.text.contains("the server's Close frame"), "{}", failure.text);
        });
    }
}

/// Chromium: the same; a reset after it makes it unclean.
#[test]
fn a_close_and_the_end_of_the_stream_in_one_packet_are_clean() {
    for reset in [false, true] {
        in_every_mode(|mode| {
            let server = Server::open(move |peer| {
                peer.send(&close(4000));
                if reset {
                    peer.expect(CLOSE, &close_body(4000, ""));
                    peer.reset();
                } else {
                    peer.fin();
                    peer.expect(CLOSE, &close_body(4000, ""));
                    peer.expect_end();
                }
            });
            let mut client = Client::open(mode, &server);
            assert_eq!(client.rest(), [if reset { not_clean(4000, "") } else { clean(4000, "") }]);
        });
    }
}

fn close(code: u16) -> Vec<u8> {
    frame(CLOSE, &close_body(code, ""))
}
