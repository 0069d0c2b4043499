//! permessage-deflate (RFC 7692): each legal and illegal answer to the offer, and the server's compressed messages.

use crate::{
    recorder::GOOD,
    scenario::{Scenario, Step, When, close},
    support::server::{PING, TEXT, close_body, frame},
};

const KIND: &str = "deflate";

/// Values of `Sec-WebSocket-Extensions` in the response; a bar parts two headers.
const ANSWERS: &[&str] = &[
    "permessage-deflate",
    "permessage-deflate; server_no_context_takeover",
    "permessage-deflate; client_no_context_takeover",
    "permessage-deflate; client_no_context_takeover; server_no_context_takeover; client_max_window_bits=10; server_max_window_bits=10",
    "permessage-deflate;server_max_window_bits=12",
    " permessage-deflate ;\tserver_max_window_bits = 12 ",
    "permessage-deflate; server_max_window_bits=\"10\"",
    "permessage-deflate; client_max_window_bits=\"10\"",
    "permessage-deflate; server_max_window_bits=\"1\\0\"",
    // ---- lists ----
    "",
    ",",
    ";",
    "permessage-deflate,",
    ",permessage-deflate",
    "permessage-deflate, ,",
    "permessage-deflate;",
    "permessage-deflate; ; server_no_context_takeover",
    "permessage-deflate server_no_context_takeover",
    "permessage-deflate, permessage-deflate",
    "permessage-deflate|permessage-deflate",
    "permessage-deflate|",
    // ---- other extensions ----
    "x-unknown",
    "Permessage-Deflate",
    "PERMESSAGE-DEFLATE",
    "\"permessage-deflate\"",
    "x-webkit-deflate-frame",
    "permessage-deflate, x-unknown",
    "x-unknown, permessage-deflate",
    "permessage-deflate|x-unknown",
    // ---- parameters ----
    "permessage-deflate; unknown",
    "permessage-deflate; unknown=1",
    "permessage-deflate; Server_No_Context_Takeover",
    "permessage-deflate; server_no_context_takeover=1",
    "permessage-deflate; server_no_context_takeover=true",
    "permessage-deflate; server_no_context_takeover=\"\"",
    "permessage-deflate; server_no_context_takeover=",
    "permessage-deflate; client_no_context_takeover=1",
    "permessage-deflate; client_no_context_takeover=true",
    "permessage-deflate; server_no_context_takeover; server_no_context_takeover",
    "permessage-deflate; client_no_context_takeover; client_no_context_takeover",
    "permessage-deflate; server_max_window_bits=10; server_max_window_bits=10",
    "permessage-deflate; client_max_window_bits=10; client_max_window_bits=11",
];

/// Numbers of window bits, as they are written.
const BITS: &[&str] = &[
    "", "=", "=\"\"", "=0", "=7", "=8", "=9", "=10", "=11", "=12", "=13", "=14", "=15", "=16", "=08", "=010", "=+9", "=-9", "=1e1", "=9.0",
    "=a", "=\"10", "=\" 10\"", "=265",
];

fn head(answer: &str) -> String {
    let lines: Vec<String> = answer.split('|').map(|value| format!("\r\nSec-WebSocket-Extensions: {value}")).collect();
    GOOD.replace("\r\n\r\n", &(lines.concat() + "\r\n\r\n"))
}

/// The client closes as soon as it is open.
fn answered(answer: &str) -> Scenario {
    let head = head(answer);
    let scenario = Scenario::new(KIND, format!("the offer is answered by '{}'", answer.escape_debug()));
    scenario.on(When::Open, [close(1000)]).server(move |server| {
        server.answer(head.as_bytes());
        server.finish();
    })
}

/// The server accepts with these parameters, sends these frames, and closes.
fn good(name: &str, parameters: &str, frames: &'static [(u8, &'static [u8])]) -> Scenario {
    let head = head(&format!("permessage-deflate{parameters}"));
    Scenario::new(KIND, name).server(move |server| {
        server.answer(head.as_bytes());
        server.frames(frames);
        server.close(1000, "");
    })
}

/// The server accepts and sends these frames, and the client is expected to end the connection.
fn bad(name: &str, parameters: &str, frames: &'static [(u8, &'static [u8])]) -> Scenario {
    let head = head(&format!("permessage-deflate{parameters}"));
    Scenario::new(KIND, name).server(move |server| {
        server.answer(head.as_bytes());
        server.hide_why();
        server.frames(frames);
        server.until_end();
    })
}

/// The RFC's examples (section 7.2.3): "Hello", and again by reference to the first.
const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
const AGAIN: &[u8] = b"\xf2\x00\x11\x00\x00";
/// The first in two parts.
const START: &[u8] = b"\xf2\x48\xcd";
const END: &[u8] = b"\xc9\xc9\x07\x00";
const ALONE: &str = "; server_no_context_takeover";

fn messages() -> Vec<Scenario> {
    vec![
        good("compressed messages", "", &[(0xc1, HELLO), (0xc2, HELLO), (0xc1, AGAIN)]),
        good("compressed messages and others", "", &[(0xc1, HELLO), (TEXT, b"as it is"), (0xc1, AGAIN)]),
        good("compressed messages each by itself", ALONE, &[(0xc1, HELLO), (0xc1, HELLO)]),
        good("a compressed message in fragments with a ping between", "", &[(0x41, START), (PING, b"p"), (0x80, END)]),
        good("an empty compressed message", "", &[(0xc1, b"\x00"), (0xc2, b"\x00")]),
        good("a compressed message of a stored block", "", &[(0xc1, b"\x00\x05\x00\xfa\xffHello\x00")]),
        good("a compressed message with a final block", "", &[(0xc1, b"\xf3\x48\xcd\xc9\xc9\x07\x00\x00"), (0xc1, HELLO)]),
        good("a compressed message of two blocks", "", &[(0xc1, b"\xf2\x48\x05\x00\x00\x00\xff\xff\xca\xc9\xc9\x07\x00")]),
        bad("a compressed message with a block that does not exist", "", &[(0xc1, b"\x07")]),
        bad("a compressed message that refers to what was not there", "", &[(0xc1, AGAIN)]),
        good("a compressed message that refers to one that it may not refer to", ALONE, &[(0xc1, HELLO), (0xc1, AGAIN)]),
        bad("a compressed text that is not UTF-8", "", &[(0xc1, b"\x00\x02\x00\xfd\xff\xff\xff\x00")]),
        bad("RSV1 on a continuation with compression", "", &[(0x41, START), (0xc0, END)]),
        bad("RSV1 on a ping with compression", "", &[(0xc9, b"")]),
        bad("RSV1 and RSV2 with compression", "", &[(0xe1, HELLO)]),
        Scenario::new(KIND, "a compressed message comes in the packet of the head").on(When::Message(1), [Step::Attributes]).server(
            |server| {
                let head = head("permessage-deflate; server_max_window_bits=12");
                let frames = [frame(0xc1, HELLO), frame(0x88, &close_body(1000, ""))].concat();
                server.answer(&[head.as_bytes(), &frames].concat());
                if server.until_close().is_some() {
                    server.end();
                }
            },
        ),
    ]
}

pub fn all() -> Vec<Scenario> {
    let bits = ["server_max_window_bits", "client_max_window_bits"]
        .into_iter()
        .flat_map(|name| BITS.iter().map(move |value| answered(&format!("permessage-deflate; {name}{value}"))));
    let mut all = messages();
    all.extend(ANSWERS.iter().map(|answer| answered(answer)));
    all.extend(bits);
    all
}
