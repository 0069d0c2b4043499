//! The opening handshake: requests, and good and bad responses.

use crate::{
    recorder::GOOD,
    scenario::{Scenario, Step, When, close},
    support::server::{CLOSE, TEXT, close_body, frame},
};

const KIND: &str = "handshake";

/// What follows the status line of a good response.
const REST: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n";

/// Whole responses.
const RESPONSES: [(&str, &str); 33] = [
    ("a status line without a reason phrase", "HTTP/1.1 101\r\nREST"),
    ("a status line with a blank and no reason phrase", "HTTP/1.1 101 \r\nREST"),
    ("another reason phrase", "HTTP/1.1 101 Why not\r\nREST"),
    ("HTTP/1.0 in the status line", "HTTP/1.0 101 Switching Protocols\r\nREST"),
    ("HTTP/2.0 in the status line", "HTTP/2.0 101 Switching Protocols\r\nREST"),
    ("lower case http in the status line", "http/1.1 101 Switching Protocols\r\nREST"),
    ("HTTP without a version", "HTTP 101 Switching Protocols\r\nREST"),
    ("a status of four digits", "HTTP/1.1 1010 Switching Protocols\r\nREST"),
    ("a status of two digits", "HTTP/1.1 10 Switching Protocols\r\nREST"),
    ("a status that is no number", "HTTP/1.1 abc Switching Protocols\r\nREST"),
    ("two blanks before the status", "HTTP/1.1  101 Switching Protocols\r\nREST"),
    ("a tab before the status", "HTTP/1.1\t101 Switching Protocols\r\nREST"),
    ("a blank before the status line", " HTTP/1.1 101 Switching Protocols\r\nREST"),
    ("a byte of garbage before the status line", "xHTTP/1.1 101 Switching Protocols\r\nREST"),
    ("a version of two digits", "HTTP/1.11 101 Switching Protocols\r\nREST"),
    ("a version without a point", "HTTP/11 101 Switching Protocols\r\nREST"),
    ("a status with letters behind it", "HTTP/1.1 101x Switching Protocols\r\nREST"),
    ("a fold behind the status line", "HTTP/1.1 101 Switching\r\n Protocols\r\nREST"),
    ("a blank line of a blank", "HTTP/1.1 101 Switching Protocols\r\nX: y\r\n \r\nREST"),
    ("lines that end with LF or CR LF", "HTTP/1.1 101 Switching Protocols\nX: y\r\nREST"),
    ("status 100 alone", "HTTP/1.1 100 Continue\r\n\r\n"),
    ("status 100 before the 101", "HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nREST"),
    ("status 103 before the 101", "HTTP/1.1 103 Early Hints\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nREST"),
    ("status 200 with the headers of a 101", "HTTP/1.1 200 OK\r\nREST"),
    ("status 204", "HTTP/1.1 204 No Content\r\n\r\n"),
    ("status 403 with a body", "HTTP/1.1 403 Forbidden\r\nContent-Length: 2\r\n\r\nno"),
    ("status 404", "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n"),
    ("status 407 of no proxy", "HTTP/1.1 407 Proxy Authentication Required\r\nContent-Length: 0\r\n\r\n"),
    ("status 426", "HTTP/1.1 426 Upgrade Required\r\nSec-WebSocket-Version: 8\r\nContent-Length: 0\r\n\r\n"),
    ("status 503", "HTTP/1.1 503 Service Unavailable\r\nRetry-After: 1\r\nContent-Length: 0\r\n\r\n"),
    ("something that is not HTTP", "SSH-2.0-OpenSSH_9.2\r\n"),
    ("blank lines before the status line", "\r\n\r\nHTTP/1.1 101 Switching Protocols\r\nREST"),
    (
        "lines that end with LF alone",
        "HTTP/1.1 101 Switching Protocols\nUpgrade: websocket\nConnection: Upgrade\nSec-WebSocket-Accept: {accept}\n\n",
    ),
];

/// Header lines behind the status line 101.
const HEADERS: [(&str, &str); 43] = [
    ("no Upgrade", "Connection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("another Upgrade", "Upgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("an empty Upgrade", "Upgrade:\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("Upgrade in capitals", "UPGRADE: WEBSOCKET\r\nCONNECTION: UPGRADE\r\nSEC-WEBSOCKET-ACCEPT: {accept}"),
    ("Upgrade with a list", "Upgrade: websocket, h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("Upgrade with a version", "Upgrade: websocket/13\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("Upgrade given twice", "Upgrade: websocket\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("Upgrade with an empty element", "Upgrade: websocket,\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("Upgrade in quotes", "Upgrade: \"websocket\"\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("Connection with a parameter", "Upgrade: websocket\r\nConnection: Upgrade;q=1\r\nSec-WebSocket-Accept: {accept}"),
    ("Connection with words apart by blanks", "Upgrade: websocket\r\nConnection: keep-alive Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("a form feed around a value", "Upgrade: websocket\u{c}\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("Sec-WebSocket-Accept with a comma behind it", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept},"),
    ("a folded Sec-WebSocket-Accept", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept:\r\n {accept}"),
    ("two CRs at a line's end", "X: y\r\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("no Connection", "Upgrade: websocket\r\nSec-WebSocket-Accept: {accept}"),
    ("Connection: close", "Upgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Accept: {accept}"),
    ("Connection: keep-alive, Upgrade", "Upgrade: websocket\r\nConnection: keep-alive, Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("Connection: Upgrade, close", "Upgrade: websocket\r\nConnection: Upgrade, close\r\nSec-WebSocket-Accept: {accept}"),
    ("Connection in two lines", "Upgrade: websocket\r\nConnection: keep-alive\r\nConnection: upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("Connection with a longer word", "Upgrade: websocket\r\nConnection: Upgraded\r\nSec-WebSocket-Accept: {accept}"),
    ("Connection with empty elements", "Upgrade: websocket\r\nConnection: , ,Upgrade,\r\nSec-WebSocket-Accept: {accept}"),
    ("Connection with Upgrade quoted", "Upgrade: websocket\r\nConnection: \"Upgrade\"\r\nSec-WebSocket-Accept: {accept}"),
    ("no Sec-WebSocket-Accept", "Upgrade: websocket\r\nConnection: Upgrade"),
    ("a wrong Sec-WebSocket-Accept", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo="),
    ("an empty Sec-WebSocket-Accept", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept:"),
    ("Sec-WebSocket-Accept in quotes", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: \"{accept}\""),
    ("Sec-WebSocket-Accept with more behind it", "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}; a=b"),
    (
        "Sec-WebSocket-Accept given twice",
        "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nSec-WebSocket-Accept: {accept}",
    ),
    ("blanks and tabs around values", "Upgrade: \t websocket \t\r\nConnection:Upgrade\r\nSec-WebSocket-Accept:    {accept}   "),
    ("a blank before the colon", "Upgrade : websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("a folded line", "Upgrade:\r\n websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("a fold inside a list", "Upgrade: websocket\r\nConnection: keep-alive,\r\n\tUpgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("a line without a colon", "Upgrade: websocket\r\nthis is no header\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("a header without a name", "Upgrade: websocket\r\n: value\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("a header name with a blank inside", "Upgrade: websocket\r\nX Y: z\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("a NUL in a header", "Upgrade: websocket\r\nX: a\0b\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    ("a CR inside a value", "Upgrade: websocket\r\nX: a\rb\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
    (
        "Content-Length beside the upgrade",
        "Content-Length: 5\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}",
    ),
    (
        "Transfer-Encoding beside the upgrade",
        "Transfer-Encoding: chunked\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}",
    ),
    (
        "two different Content-Lengths",
        "Content-Length: 5\r\nContent-Length: 6\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}",
    ),
    (
        "Sec-WebSocket-Version in the response",
        "Sec-WebSocket-Version: 8\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}",
    ),
    ("a Set-Cookie header", "Set-Cookie: a=b\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}"),
];

/// Subprotocols asked for, and header lines of the response.
const PROTOCOLS: [(&str, &[&str], &str); 13] = [
    ("the only subprotocol is confirmed", &["chat"], "Sec-WebSocket-Protocol: chat"),
    ("the second of two subprotocols is confirmed", &["chat", "superchat"], "Sec-WebSocket-Protocol: superchat"),
    ("a confirmed subprotocol has blanks around it", &["chat"], "Sec-WebSocket-Protocol:  chat  "),
    ("two subprotocols that differ in case are different", &["chat", "Chat"], "Sec-WebSocket-Protocol: Chat"),
    ("a subprotocol that was asked for is not confirmed", &["chat"], "X: y"),
    ("an empty subprotocol is confirmed", &["chat"], "Sec-WebSocket-Protocol:"),
    ("another subprotocol is confirmed", &["chat"], "Sec-WebSocket-Protocol: superchat"),
    ("the subprotocol is confirmed in another case", &["chat"], "Sec-WebSocket-Protocol: Chat"),
    ("a list of subprotocols is confirmed", &["a", "b"], "Sec-WebSocket-Protocol: a, b"),
    ("the subprotocol is confirmed twice", &["a"], "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: a"),
    ("two subprotocols are confirmed", &["a", "b"], "Sec-WebSocket-Protocol: a\r\nSec-WebSocket-Protocol: b"),
    ("a subprotocol is confirmed that nobody asked for", &[], "Sec-WebSocket-Protocol: chat"),
    ("an empty subprotocol is confirmed that nobody asked for", &[], "Sec-WebSocket-Protocol:"),
];

/// The client closes as soon as it is open; the server answers this.
fn answered(name: impl Into<String>, response: impl Into<Vec<u8>>) -> Scenario {
    let response = response.into();
    Scenario::new(KIND, name).on(When::Open, [close(1000)]).server(move |server| {
        server.answer(&response);
        server.finish();
    })
}

/// A response after which a client might come again; if it does it is accepted.
fn at_most_twice(name: &str, response: String) -> Scenario {
    Scenario::new(KIND, name).on(When::Open, [close(1000)]).on(When::Close, [Step::Go]).server(move |server| {
        server.answer(response.as_bytes());
        server.fin();
        if server.comes_again() {
            server.accept();
            server.finish();
        }
    })
}

pub fn all() -> Vec<Scenario> {
    let mut all = vec![
        Scenario::new(KIND, "the request has these headers in this order").protocols(&["chat", "superchat"]).server(|server| {
            server.answer_and_note_all(GOOD.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: chat\r\n\r\n").as_bytes());
            server.close(1000, "");
        }),
        Scenario::new(KIND, "the head comes byte by byte").on(When::Open, [close(1000)]).server(|server| {
            server.answer(b"");
            let head = GOOD.replace("{accept}", &server.accept_key());
            for byte in head.bytes() {
                server.send(&[byte]);
            }
            server.finish();
        }),
        Scenario::new(KIND, "frames come in the same packet as the head").server(|server| {
            let frames = [frame(TEXT, b"first"), frame(CLOSE, &close_body(3000, "bye"))].concat();
            server.answer(&[GOOD.as_bytes(), &frames].concat());
            if server.until_close().is_some() {
                server.end();
            }
        }),
        Scenario::new(KIND, "a violation comes in the same packet as the head").server(|server| {
            server.answer(&[GOOD.as_bytes(), &frame(0x83, b"")].concat());
            server.until_end();
        }),
        Scenario::new(KIND, "the server's Close and its FIN come with the head").server(|server| {
            server.answer(&[GOOD.as_bytes(), &frame(CLOSE, &close_body(1001, ""))].concat());
            server.end();
        }),
        Scenario::new(KIND, "the server's FIN comes with the head").server(|server| {
            server.answer(GOOD.as_bytes());
            server.end();
        }),
        Scenario::new(KIND, "the server ends the connection without an answer").server(|server| {
            server.answer(b"");
            server.end();
        }),
        Scenario::new(KIND, "the server resets the connection without an answer").server(|server| {
            server.answer(b"");
            server.peer.reset();
        }),
        Scenario::new(KIND, "the server ends the connection inside the head").server(|server| {
            server.answer(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConn");
            server.end();
        }),
        Scenario::new(KIND, "the server resets the connection inside the head").server(|server| {
            server.answer(b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConn");
            server.peer.reset();
        }),
        Scenario::new(KIND, "the server ends the connection behind a bad status's head").server(|server| {
            server.answer(b"HTTP/1.1 500 Internal Server Error\r\n\r\n");
            server.end();
        }),
        answered("2000 headers", GOOD.replace("\r\n\r\n", &("\r\n".to_owned() + &"X-Header: 1\r\n".repeat(2000) + "\r\n"))),
        answered("a header of 100 KiB", GOOD.replace("\r\n\r\n", &format!("\r\nX: {}\r\n\r\n", "y".repeat(100 << 10)))),
        Scenario::new(KIND, "a head of 300 KiB").server(|server| {
            server.answer(GOOD.replace("\r\n\r\n", &format!("\r\nX: {}\r\n\r\n", "y".repeat(300 << 10))).as_bytes());
            // What the client has not read when it ends makes a reset of its FIN.
            server.drain();
        }),
        answered("bytes over 127 in a header", [&GOOD.as_bytes()[..GOOD.len() - 2], b"X: \xff\xfe\xe4\r\n\r\n"].concat()),
        Scenario::new(KIND, "protocol and extensions are empty until the server has answered")
            .protocols(&["a", "b"])
            .on(When::Made, [Step::Attributes, Step::Go])
            .on(When::Open, [Step::Attributes])
            .on(When::Close, [Step::Attributes])
            .server(|server| {
                server.answer(b"");
                server.wait_for_go();
                let head = GOOD.replace("{accept}", &server.accept_key());
                server.send(head.replace("\r\n\r\n", "\r\nSec-WebSocket-Protocol: b\r\n\r\n").as_bytes());
                server.close(1000, "");
            }),
    ];
    all.extend([300, 301, 302, 303, 307, 308].map(|status| {
        let response = format!("HTTP/1.1 {status} Elsewhere\r\nLocation: /other\r\nContent-Length: 0\r\nConnection: close\r\n\r\n");
        at_most_twice(&format!("status {status} to another place"), response)
    }));
    let unauthorized = "HTTP/1.1 401 Unauthorized\r\nWWW-Authenticate: Basic realm=\"r\"\r\nContent-Length: 0\r\nConnection: close\r\n\r\n";
    all.push(at_most_twice("status 401", unauthorized.into()));
    all.push(
        at_most_twice("status 401, with a user name and a password in the URL", unauthorized.into())
            .url("ws://user:pass@127.0.0.1:{port}/"),
    );
    all.extend(RESPONSES.map(|(name, response)| answered(format!("the response has {name}"), response.replace("REST", REST))));
    all.extend(
        HEADERS.map(|(name, lines)| {
            answered(format!("the response has {name}"), format!("HTTP/1.1 101 Switching Protocols\r\n{lines}\r\n\r\n"))
        }),
    );
    all.extend(
        PROTOCOLS
            .map(|(name, protocols, lines)| answered(name, GOOD.replace("\r\n\r\n", &format!("\r\n{lines}\r\n\r\n"))).protocols(protocols)),
    );
    all
}
