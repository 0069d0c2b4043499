//! Text that is not UTF-8 fails the connection with 1007 at the byte that shows it, before its frame ends.

use crate::{
    harness::Connection,
    script::Script,
    trace::{closed, sent},
    wire::{self, frame},
};
use ws::protocol::limits::Limits;

/// Texts that are certainly not UTF-8 with their last byte.
fn bad_texts() -> Vec<(&'static str, Vec<u8>)> {
    vec![
        ("a byte that never occurs", b"\xff".to_vec()),
        ("a lone continuation byte", b"abc\x80".to_vec()),
        ("an overlong slash of two bytes", b"x\xc0".to_vec()),
        ("an overlong NUL of three bytes", b"\xe0\x80".to_vec()),
        ("an overlong form of four bytes", b"\xf0\x8f".to_vec()),
        ("a high surrogate", b"\xed\xa0".to_vec()),
        ("a low surrogate", b"ok\xed\xbf".to_vec()),
        ("beyond the last character", b"\xf4\x90".to_vec()),
        ("a lead byte of five", b"\xf8".to_vec()),
        ("a second byte missing", b"\xc3(".to_vec()),
        ("a third byte missing", b"\xe2\x82x".to_vec()),
        ("a fourth byte missing", b"\xf0\x9d\x84\xc3".to_vec()),
        ("a bad byte behind good characters", ["aß水𝄞".as_bytes(), b"\xfe"].concat()),
        ("a bad byte behind a long good text", [&[b'x'; 200][..], b"\xfe"].concat()),
    ]
}

pub fn scripts() -> Vec<Script> {
    let mut scripts = Vec::new();
    for (name, bad) in bad_texts() {
        let whole = frame(0x81, &[&bad[..], b"behind"].concat());
        let (upto, rest) = whole.split_at(whole.len() - b"behind".len());
        let at = std::str::from_utf8(&bad).unwrap_err().valid_up_to();
        let text = format!("not UTF-8: the byte {:#04x} at offset {at} begins no character", bad[at]);
        scripts.push(Script::new(name).breach(1007, &text, upto).server(rest).server(wire::text("ignored")));

        let (start, last) = bad.split_at(bad.len() - 1);
        scripts.push(
            Script::new(format!("{name}, in the next fragment"))
                .server(frame(0x01, start))
                .server(wire::ping(b"x"))
                .gives(sent(0x8a, b"x"))
                .server([0x00, 9])
                .breach(1007, &text, last)
                .server(b"12345678"),
        );
    }
    for (name, cut) in
        [("a text that ends after one of two bytes", &b"a\xc3"[..]), ("a text that ends after three of four", b"\xf0\x9d\x84")]
    {
        let at = std::str::from_utf8(cut).unwrap_err().valid_up_to();
        let text = format!("not UTF-8: the byte {:#04x} at offset {at} begins no character", cut[at]);
        scripts.push(Script::new(name).breach(1007, &text, frame(0x81, cut)));
        scripts.push(Script::new(format!("{name}, in fragments")).server(frame(0x01, cut)).server(frame(0x00, b"")).breach(
            1007,
            &text,
            frame(0x80, b""),
        ));
    }
    scripts.push(
        Script::new("a bad byte deep in a long text")
            .breach(
                1007,
                "the byte 0xff at offset 60000 begins",
                &frame(0x81, &[vec![b'x'; 60_000], vec![0xff], vec![b'y'; 9_000]].concat())[..10 + 60_001],
            )
            .server([b'y'; 9_000]),
    );
    scripts.push(Script::new("binary messages may hold anything").server(frame(0x82, b"\xff")).gives(crate::trace::binary(b"\xff")));
    scripts
}

#[test]
fn every_text_of_one_or_two_bytes_gets_the_standard_librarys_verdict() {
    for first in 0..=255 {
        for second in 0..=256_usize {
            let text: Vec<u8> = [Some(first), u8::try_from(second).ok()].into_iter().flatten().collect();
            let mut connection = Connection::open(Limits::default());
            connection.receive(&frame(0x81, &text));
            let expected = match std::str::from_utf8(&text) {
                Ok(text) => crate::trace::text(text),
                Err(_) => closed(1006, "", false),
            };
            assert_eq!(connection.trace.last(), Some(&expected), "{text:02x?}");
        }
    }
}
