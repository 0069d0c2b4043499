//! Text that is not UTF-8 (RFC 6455 8.1).

use crate::{
    scenario::Scenario,
    support::server::{TEXT, frame},
};

const KIND: &str = "text";

/// Frames: first byte and payload.
type Frames = &'static [(u8, &'static [u8])];

/// What is wrong, and the frames that have it.
const TEXTS: [(&str, Frames); 15] = [
    ("a byte that never occurs in UTF-8", &[(TEXT, b"a\xffb")]),
    ("an overlong slash of two bytes", &[(TEXT, b"\xc0\xaf")]),
    ("an overlong slash of three bytes", &[(TEXT, b"\xe0\x80\xaf")]),
    ("an overlong NUL", &[(TEXT, b"\xc0\x80")]),
    ("a surrogate", &[(TEXT, b"\xed\xa0\x80")]),
    ("a pair of surrogates", &[(TEXT, b"\xed\xa0\xbd\xed\xb8\x80")]),
    ("a code point past the last", &[(TEXT, b"\xf4\x90\x80\x80")]),
    ("a sequence of five bytes", &[(TEXT, b"\xf8\x88\x80\x80\x80")]),
    ("a continuation byte alone", &[(TEXT, b"\x80")]),
    ("a character cut by the message's end", &[(TEXT, b"abc\xe2\x82")]),
    ("a character cut by the end of a fragmented message", &[(0x01, b"abc\xe2"), (0x80, b"\x82")]),
    ("a character cut by the end, which is an empty frame", &[(0x01, b"\xc3"), (0x80, b"")]),
    ("a character broken across fragments", &[(0x01, b"\xe2\x82"), (0x80, b"x")]),
    ("a bad byte in the second of three fragments, before the third", &[(0x01, b"good"), (0x00, b"b\xffd")]),
    ("a good text before a bad one", &[(TEXT, b"good"), (TEXT, b"\xfe")]),
];

pub fn all() -> Vec<Scenario> {
    let whole = TEXTS.map(|(name, frames)| {
        Scenario::new(KIND, name).accepted(move |server| {
            server.frames(frames);
            server.until_end();
        })
    });
    let mut all = Vec::from(whole);
    all.push(Scenario::new(KIND, "a bad byte fails the connection before the frame ends").accepted(|server| {
        let mut bytes = frame(TEXT, &[b'x'; 1000]);
        bytes[100] = 0xff;
        server.send(&bytes[..200]);
        server.until_end();
    }));
    all.push(Scenario::new(KIND, "the same bytes are fine in a binary message").accepted(|server| {
        server.frames(&[(0x82, b"a\xffb\xc0\xaf")]);
        server.close(1000, "");
    }));
    all
}
