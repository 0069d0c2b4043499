//! What is said with each server: all kinds of messages both ways, both ways to close, and being refused.

use super::{
    servers::Server,
    support::client::{Client, ERROR, LOST, Mode, QUEUES, clean, guard, in_modes, text},
};
use ws::{
    client::{event::What, link::How, options::Options},
    protocol::{Kind, failure::Phase},
};

const SIZES: [usize; 4] = [0, 1 << 10, 64 << 10, 1 << 20];
/// Bytes of a part of a message: characters are cut, and frames are no multiple of anything.
const PART: usize = 10_007;

/// A message of so many bytes: text has characters of each length.
fn message(kind: Kind, size: usize) -> Vec<u8> {
    match kind {
        Kind::Binary => (0..size).map(|at| u8::try_from(at * 7 % 251).expect("a byte")).collect(),
        Kind::Text => {
            let unit = "a\u{f1}\u{20ac}\u{1f600} and so on; ";
            let mut text = unit.repeat(size / unit.len());
            text.extend((text.len()..size).map(|_| 'x'));
            text.into_bytes()
        }
    }
}

/// Takes a message and compares it with what it has to be.
fn must_come_back(client: &Client, kind: Kind, sent: &[u8]) {
    let taken = client.socket.next_event(guard(), |what, bytes| (what, bytes[..bytes.len() - 1].to_vec()));
    let (what, bytes) = taken.expect("an event").expect("it is open");
    assert_eq!(what, What::Message(kind), "after {} bytes: {:?}", sent.len(), client.socket.failure());
    assert_eq!(bytes.len(), sent.len());
    assert!(bytes == sent, "{} bytes came back and are others", bytes.len());
}

/// Opens a connection and asks for a subprotocol.
fn open(mode: Mode, server: &Server, target: &str) -> Client {
    let options = Options { protocols: vec!["chat.v2".into(), "chat.v1".into()], ..Options::default() };
    let mut client = Client::connect_to(mode, &server.url(target), options);
    assert_eq!(client.take(), "Open: open 'chat.v2'", "{:?}", client.socket.failure());
    assert_eq!(client.socket.protocol(), c"chat.v2");
    let extensions = client.socket.extensions().to_str().expect("ASCII");
    assert_eq!(extensions.starts_with("permessage-deflate"), server.compresses, "{extensions}");
    client
}

/// Text and binary messages of all sizes, whole and in parts, come back as they were, also in fragments.
pub fn messages(server: &Server) {
    in_modes(&QUEUES, |mode| {
        for target in ["/", "/fragments"] {
            let mut client = open(mode, server, target);
            for kind in [Kind::Text, Kind::Binary] {
                for size in SIZES {
                    let bytes = message(kind, size);
                    client.socket.send(kind, &bytes, false).expect("it is open");
                    must_come_back(&client, kind, &bytes);
                    client.socket.begin_message(kind, How { more: false, compress: true }).expect("no other was begun");
                    for part in bytes.chunks(PART) {
                        client.socket.append(part).expect("it was begun");
                    }
                    client.socket.end_message().expect("it was begun");
                    must_come_back(&client, kind, &bytes);
                }
            }
            client.socket.close(Some(1000), None).expect("a good code");
            assert_eq!(client.rest(), [clean(1000, "")]);
        }
    });
}

/// Our code and reason are answered.
pub fn closing(server: &Server) {
    in_modes(&QUEUES, |mode| {
        for (code, reason) in [(1000, ""), (3456, "enough, gen\u{fc}gend"), (4999, "r".repeat(123).as_str())] {
            let mut client = open(mode, server, "/");
            client.socket.send(Kind::Text, b"last", false).expect("it is open");
            assert_eq!(client.take(), text("last"));
            client.socket.close(Some(code), Some(reason.as_bytes())).expect("a good code");
            let code = u16::try_from(code).expect("a code");
            assert_eq!(client.rest(), [clean(code, &reason.as_bytes().escape_ascii().to_string())]);
        }
    });
}

/// The server's code and reason come after the messages before them.
pub fn closed(server: &Server) {
    in_modes(&QUEUES, |mode| {
        let mut client = open(mode, server, "/close?code=4001&reason=bye");
        client.socket.send(Kind::Text, b"last", false).expect("it is open");
        assert_eq!(client.rest(), [text("last"), clean(4001, "bye")], "{:?}", client.socket.failure());
    });
}

/// A refusal is told with its status and body.
pub fn refused(server: &Server, target: &str, status: u16, body: &str) {
    in_modes(&QUEUES, |mode| {
        let mut client = Client::connect_to(mode, &server.url(target), Options::default());
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().expect("it failed");
        assert_eq!((failure.phase, failure.http_status), (Phase::Handshake, status), "{}", failure.text);
        let seen = String::from_utf8_lossy(&failure.body);
        assert!(seen.contains(body), "{seen:?} should have {body:?} in it");
        assert!(
            failure.head.starts_with(b"HTTP/1.") && failure.head[8..].starts_with(format!(" {status} ").as_bytes()),
            "{}",
            failure.head.escape_ascii()
        );
    });
}
