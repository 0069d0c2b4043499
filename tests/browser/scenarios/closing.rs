//! The closing handshake, and connections that end without one.

use crate::{
    scenario::{Scenario, Step, When, close, close_with},
    support::server::{BINARY, CLOSE, PING, TEXT, close_body, frame},
};

const KIND: &str = "closing";

/// The server closes with this body.
fn server_closes(name: String, body: Vec<u8>) -> Scenario {
    Scenario::new(KIND, name).accepted(move |server| {
        server.frames(&[(CLOSE, &body)]);
        if server.until_close().is_some() {
            server.end();
        }
    })
}

/// The client closes; the server answers with this body.
fn client_closes(name: &str, steps: Vec<Step>, answer: Vec<u8>) -> Scenario {
    Scenario::new(KIND, name).on(When::Open, steps).accepted(move |server| {
        server.until_close();
        server.frames(&[(CLOSE, &answer)]);
        server.end();
    })
}

pub fn all() -> Vec<Scenario> {
    let codes = [0, 999, 1000, 1001, 1002, 1003, 1004, 1005, 1006, 1007, 1008, 1009, 1010, 1011, 1012, 1013, 1014, 1015, 1016, 2999];
    let mut all: Vec<Scenario> = codes
        .into_iter()
        .chain([3000, 4999, 5000, 65535])
        .map(|code| server_closes(format!("the server closes with {code}"), close_body(code, "why")))
        .collect();
    all.extend([
        server_closes("the server closes without a code".into(), vec![]),
        server_closes("the server closes with a body of one byte".into(), vec![3]),
        server_closes("the server closes with a reason that is not UTF-8".into(), b"\x03\xe8\xff".to_vec()),
        server_closes("the server closes with a reason cut inside a character".into(), b"\x03\xe8ab\xe2\x82".to_vec()),
        server_closes("the server closes with a reason of 123 bytes".into(), close_body(1000, &"é".repeat(61).replace("éé", "éxx"))),
        server_closes("the server closes with a NUL in the reason".into(), close_body(1000, "a\0b")),
        server_closes("the server closes with a byte order mark in the reason".into(), close_body(1000, "\u{feff}bom")),
        client_closes("close() without arguments, answered without a code", vec![Step::Close(None, None)], vec![]),
        client_closes("close() without arguments, answered with a code", vec![Step::Close(None, None)], close_body(3001, "b")),
        client_closes("close(1000), answered without a code", vec![close(1000)], vec![]),
        client_closes("the event has the server's code and reason", vec![close_with(4001, "ours")], close_body(3002, "theirs")),
        client_closes("the server answers with a code that is reserved", vec![close(1000)], close_body(1005, "")),
        client_closes("the server answers with a code below 1000", vec![close(1000)], close_body(999, "why")),
        client_closes("the server answers with a body of one byte", vec![close(1000)], vec![3]),
        client_closes("the server answers with a reason that is not UTF-8", vec![close(1000)], b"\x03\xe8\xff".to_vec()),
        client_closes("a second close() changes nothing", vec![close_with(4001, "one"), close_with(4002, "two")], close_body(4001, "")),
        client_closes("a reason of 123 bytes", vec![close_with(1000, &"x".repeat(123))], close_body(1000, "")),
        client_closes("a reason with a NUL and a byte order mark", vec![close_with(1000, "\0\u{feff}é")], close_body(1000, "")),
    ]);
    all.extend(in_both_directions());
    all.extend(late());
    all.extend(lost());
    all
}

fn in_both_directions() -> Vec<Scenario> {
    vec![
        Scenario::new(KIND, "both sides close at once").on(When::Open, [Step::Text("now"), close_with(4001, "client")]).accepted(
            |server| {
                server.frame();
                server.close(3001, "server");
            },
        ),
        Scenario::new(KIND, "both sides close at once, the server without a code")
            .on(When::Open, [Step::Text("now"), close_with(4001, "client")])
            .accepted(|server| {
                server.frame();
                server.frames(&[(CLOSE, b"")]);
                server.until_close();
                server.end();
            }),
        Scenario::new(KIND, "the messages before the server's Close are delivered").accepted(|server| {
            server.send(&[frame(TEXT, b"one"), frame(BINARY, b"two"), frame(CLOSE, &close_body(1000, "end"))].concat());
            server.until_close();
            server.end();
        }),
        Scenario::new(KIND, "the state is CLOSING between the server's Close and the end")
            .on(When::Closing, [Step::Attributes, Step::Text("uncounted"), close(4000), Step::Go])
            .accepted(|server| {
                server.frames(&[(CLOSE, &close_body(1000, "end"))]);
                server.until_close();
                server.wait_for_go();
                server.end();
            }),
        Scenario::new(KIND, "close() in a message event").on(When::Message(1), [close_with(3000, "heard")]).accepted(|server| {
            server.frames(&[(TEXT, b"message")]);
            server.finish();
        }),
        Scenario::new(KIND, "the server does not end TCP behind its Close").accepted(|server| {
            server.frames(&[(CLOSE, &close_body(1001, "away"))]);
            server.until_end();
        }),
        Scenario::new(KIND, "the server does not end TCP behind its answer to our Close").on(When::Open, [close(1000)]).accepted(
            |server| {
                server.until_close();
                server.frames(&[(CLOSE, &close_body(1000, "answer"))]);
                server.until_end();
            },
        ),
        Scenario::new(KIND, "the server's FIN comes in the same packet as its Close").accepted(|server| {
            server.frames(&[(CLOSE, &close_body(1000, "end"))]);
            server.end();
        }),
        Scenario::new(KIND, "the server's FIN comes before its answer to our Close").on(When::Open, [close(1000)]).accepted(|server| {
            server.until_close();
            server.end();
        }),
        Scenario::new(KIND, "the server resets behind both Close frames, its own first").accepted(|server| {
            server.frames(&[(CLOSE, &close_body(3005, "bye"))]);
            server.until_close();
            server.peer.reset();
        }),
        Scenario::new(KIND, "the server resets instead of an answer to our Close").on(When::Open, [close(1000)]).accepted(|server| {
            server.until_close();
            server.peer.reset();
        }),
    ]
}

fn late() -> Vec<Scenario> {
    let inside = |name, late: Vec<u8>| {
        Scenario::new(KIND, name).on(When::Message(1), [close(1000)]).accepted(move |server| {
            server.frames(&[(TEXT, b"whole"), (0x01, b"half")]);
            server.until_close();
            server.send(&[late.clone(), frame(CLOSE, &close_body(1000, "answer"))].concat());
            server.end();
        })
    };
    let after_ours = |name, late: Vec<u8>| {
        Scenario::new(KIND, name).on(When::Open, [close(1000)]).accepted(move |server| {
            server.until_close();
            server.send(&[late.clone(), frame(CLOSE, &close_body(1000, "answer"))].concat());
            server.end();
        })
    };
    vec![
        after_ours("messages that come behind our Close are dropped", [frame(TEXT, b"late"), frame(BINARY, &[7; 300_000])].concat()),
        after_ours("pings that come behind our Close are not answered", frame(PING, b"late")),
        after_ours("bad text behind our Close is ignored", frame(TEXT, b"\xff")),
        after_ours("an unfinished message behind our Close is dropped", frame(0x01, b"late")),
        after_ours("a continuation without a beginning behind our Close", frame(0x80, b"late")),
        after_ours("a message inside a fragmented one behind our Close", [frame(0x01, b"late"), frame(TEXT, b"later")].concat()),
        after_ours("a fragmented ping behind our Close", frame(0x09, b"late")),
        after_ours("a fragmented message behind our Close", [frame(0x01, b"la"), frame(PING, b""), frame(0x80, b"te")].concat()),
        after_ours("a length that is not minimal behind our Close", vec![0x82, 126, 0, 1, 0]),
        after_ours("a reserved opcode behind our Close", frame(0x83, b"late")),
        after_ours("a masked frame behind our Close", vec![0x81, 0x80, 0, 0, 0, 0]),
        after_ours("a ping of 126 bytes behind our Close", frame(PING, &[0; 126])),
        inside("a fragmented message is finished behind our Close", frame(0x80, b"way")),
        inside("a fragmented message is finished behind our Close with bad text", frame(0x80, b"\xff")),
        inside("another message follows an unfinished one behind our Close", frame(BINARY, b"other")),
        inside("an unfinished message stays so behind our Close", vec![]),
        Scenario::new(KIND, "a text behind the server's Close").accepted(|server| {
            server.send(&[frame(CLOSE, &close_body(1000, "end")), frame(TEXT, b"late")].concat());
            server.until_close();
            server.end();
        }),
        Scenario::new(KIND, "a ping behind the server's Close").accepted(|server| {
            server.send(&[frame(CLOSE, &close_body(1000, "end")), frame(PING, b"late")].concat());
            server.until_close();
            server.end();
        }),
        Scenario::new(KIND, "a second Close behind the server's Close").accepted(|server| {
            server.send(&[frame(CLOSE, &close_body(1000, "one")), frame(CLOSE, &close_body(1001, "two"))].concat());
            server.until_close();
            server.end();
        }),
    ]
}

fn lost() -> Vec<Scenario> {
    let lost = |name, bytes: Vec<u8>, reset: bool| {
        let when = if bytes.is_empty() { When::Open } else { When::Message(1) };
        Scenario::new(KIND, name).on(when, [Step::Go]).accepted(move |server| {
            server.send(&bytes);
            // A reset can overtake what was sent before it; so the client says that it has it.
            server.wait_for_go();
            if reset {
                server.peer.reset();
            } else {
                server.end();
            }
        })
    };
    vec![
        lost("FIN without a Close", vec![], false),
        lost("RST without a Close", vec![], true),
        lost("FIN behind a message", frame(TEXT, b"message"), false),
        lost("RST behind a message", frame(TEXT, b"message"), true),
        lost("FIN inside a header", [frame(TEXT, b"message"), vec![0x82]].concat(), false),
        lost("FIN inside a payload", [frame(TEXT, b"message"), vec![0x82, 5, 1]].concat(), false),
        lost("RST inside a payload", [frame(TEXT, b"message"), vec![0x82, 5, 1]].concat(), true),
        lost("FIN inside a fragmented message", [frame(TEXT, b"message"), frame(0x02, b"a")].concat(), false),
        lost("FIN inside a Close frame", [frame(TEXT, b"message"), vec![0x88, 5, 3]].concat(), false),
    ]
}
