//! Frames of the server after the opening handshake: good ones, and each way to break RFC 6455 section 5.

use crate::{
    scenario::{Scenario, When, close},
    support::server::{BINARY, CLOSE, PING, PONG, TEXT, close_body, frame},
};

const KIND: &str = "frames";

/// The server sends these bytes; then the client is expected to end the connection.
fn bad(name: &str, bytes: impl Into<Vec<u8>>) -> Scenario {
    let bytes = bytes.into();
    Scenario::new(KIND, name).accepted(move |server| {
        server.send(&bytes);
        server.until_end();
    })
}

/// The server sends these bytes and closes.
fn good(name: &str, bytes: impl Into<Vec<u8>>) -> Scenario {
    let bytes = bytes.into();
    Scenario::new(KIND, name).accepted(move |server| {
        server.send(&bytes);
        server.close(1000, "");
    })
}

fn frames(frames: &[(u8, &[u8])]) -> Vec<u8> {
    frames.iter().flat_map(|(first, payload)| frame(*first, payload)).collect()
}

pub fn all() -> Vec<Scenario> {
    let mut all = vec![
        good("text and binary messages, empty ones too", frames(&[(TEXT, b"one"), (BINARY, b"\0\xff"), (TEXT, b""), (BINARY, b"")])),
        good("text of every length of a character", frames(&[(TEXT, "a é € 😀 \0 \u{feff}".as_bytes())])),
        good("a byte order mark begins a text", frames(&[(TEXT, "\u{feff}bom".as_bytes())])),
        good("non-characters and the last code point are text", frames(&[(TEXT, "\u{fffe}\u{ffff}\u{10ffff}".as_bytes())])),
        good("messages of 125, 126 and 127 bytes", frames(&[(BINARY, &[1; 125]), (BINARY, &[2; 126]), (BINARY, &[3; 127])])),
        good("messages of 65535 and 65536 bytes", frames(&[(BINARY, &[1; 65535]), (TEXT, &[b'x'; 65536])])),
        good("a message of 3 MiB", frame(BINARY, &(0..=255).cycle().take(3 << 20).collect::<Vec<u8>>())),
        good("a fragmented message", frames(&[(0x01, b"one "), (0x00, b"two "), (0x80, b"three")])),
        good("a fragmented message of empty frames", frames(&[(0x01, b""), (0x00, b""), (0x80, b"")])),
        good("a character cut by a fragment's end", frames(&[(0x01, b"\xe2\x82"), (0x80, b"\xac")])),
        good("control frames between fragments", frames(&[(0x02, b"a"), (PING, b"p"), (0x00, b"b"), (PONG, b""), (0x80, b"c")])),
        good("a ping is answered", frames(&[(PING, b"payload")])),
        good("an empty ping is answered", frames(&[(PING, b"")])),
        good("a ping of 125 bytes is answered", frames(&[(PING, &[b'p'; 125])])),
        good("a pong that nobody asked for is ignored", frames(&[(PONG, b"payload"), (TEXT, b"text")])),
        good("an unfinished message before the server's Close is dropped", frames(&[(0x01, b"never finished")])),
        Scenario::new(KIND, "a frame comes byte by byte").accepted(|server| {
            for byte in frame(TEXT, b"slowly") {
                server.send(&[byte]);
            }
            server.close(1000, "");
        }),
        bad("a masked frame", [0x81, 0x81, 1, 2, 3, 4, b'x' ^ 1]),
        bad("a masked ping", [0x89, 0x80, 1, 2, 3, 4]),
        bad("RSV2", frames(&[(0xa1, b"x")])),
        bad("RSV3", frames(&[(0x91, b"x")])),
        bad("RSV1 on a ping", frames(&[(0xc9, b"x")])),
        bad("RSV1 on a Close", frames(&[(0xc8, &close_body(1000, ""))])),
        bad("a fragmented ping", frames(&[(0x09, b"x")])),
        bad("a fragmented Close", frames(&[(0x08, &close_body(1000, ""))])),
        bad("a ping of 126 bytes", frames(&[(PING, &[b'p'; 126])])),
        bad("a Close of 126 bytes", frames(&[(CLOSE, &close_body(1000, &"r".repeat(124)))])),
        bad("the header of a ping of 126 bytes alone", [0x89, 126, 0, 126]),
        bad("a continuation without a beginning", frames(&[(0x80, b"x")])),
        bad("a continuation behind a whole message", frames(&[(TEXT, b"whole"), (0x80, b"x")])),
        bad("a text inside a fragmented message", frames(&[(0x01, b"a"), (TEXT, b"b")])),
        bad("a binary inside a fragmented message", frames(&[(0x01, b"a"), (BINARY, b"b")])),
        bad("a length of 125 in two bytes", [&[0x82, 126, 0, 125][..], &[0; 125]].concat()),
        bad("a length of 65535 in eight bytes", [0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff]),
        bad("a length with the top bit set", [0x82, 127, 0x80, 0, 0, 0, 0, 0, 0, 1]),
        bad("the message before a violation is delivered", frames(&[(TEXT, b"good"), (0x83, b"bad")])),
        bad("a length of 2^32", [0x82, 127, 0, 0, 0, 1, 0, 0, 0, 0]),
        Scenario::new(KIND, "behind a violation nothing counts").accepted(|server| {
            server.frames(&[(0x83, b""), (TEXT, b"text"), (CLOSE, &close_body(1000, ""))]);
            server.until_end();
        }),
        Scenario::new(KIND, "many pings are all answered").on(When::Message(1), [close(1000)]).accepted(|server| {
            for number in 0..20 {
                server.frames(&[(PING, format!("{number}").as_bytes())]);
                server.frame();
            }
            server.frames(&[(TEXT, b"enough")]);
            server.finish();
        }),
    ];
    all.extend([0x03, 0x07, 0x0b, 0x0f].map(|opcode| bad(&format!("the reserved opcode {opcode}"), frames(&[(0x80 | opcode, b"")]))));
    all
}
