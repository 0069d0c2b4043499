//! The servers that some programs need beside the echo server, from `tests/support`: each runs for one run of one program, which gets
//! its URL as a further argument.

pub use super::secure_servers::{certificates, secure, secure_for_clients};
use super::support::{
    deflate::{COMPRESSED, Deflate},
    ports::RefusingPort,
    server::{CLOSE, Listener, Peer, Server, TEXT, frame, key, response},
};
use std::{any::Any, thread};
use ws::spec::deflate::Offer;

/// A server, for as long as it is kept.
pub struct Further {
    pub url: String,
    pub(super) _kept: Box<dyn Any>,
}

/// Refuses connections: nobody listens.
pub fn refusing() -> Further {
    let port = RefusingPort::new();
    Further { url: port.url(), _kept: Box::new(port) }
}

/// Never answers: the kernel makes the connections and nobody accepts them.
pub fn silent() -> Further {
    let port = Listener::new();
    Further { url: port.url(), _kept: Box::new(port) }
}

/// Accepts permessage-deflate on two connections, first as browsers offer it, then with all that can be asked for. Each message is
/// answered by a text that says how it came, and by itself, compressed.
pub fn deflating() -> Further {
    let all =
        Offer { server_no_context_takeover: true, client_no_context_takeover: true, server_max_window_bits: 9, client_max_window_bits: 10 };
    let asked = "; server_no_context_takeover; client_no_context_takeover; server_max_window_bits=9; client_max_window_bits=10";
    let server = Server::listening(move |listener| {
        for (offer, parameters) in [(Offer::default(), ""), (all, asked)] {
            let mut peer = listener.next();
            let (mut deflate, request) = Deflate::accept(&mut peer, offer, parameters);
            assert!(request.contains(&format!("Sec-WebSocket-Extensions: {}\r\n", offer.header())), "{request}");
            loop {
                let (first, payload, _) = deflate.read(&mut peer);
                if first == CLOSE {
                    peer.send(&frame(CLOSE, &payload));
                    peer.end();
                    break;
                }
                peer.text(if first & COMPRESSED == 0 { "as it is" } else { "compressed" });
                let echo = deflate.frame(first & !COMPRESSED, &payload);
                peer.send(&echo);
            }
        }
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

/// Does what the program tells it on its first connection, message by message, with the connections that come after that one, and
/// answers each message (`tests/c/directed.h` is the program's side):
///
/// - `has one come`: whether a connection waits to be taken, now; `yes` or `no`;
/// - `wait for one`: until a connection waits to be taken; `one has come`;
/// - `take the next`: waits for a connection and takes it: what follows is done with this one; `taken`;
/// - `read the request`: up to its blank line; that text;
/// - `answer with …`: sends what stands there; `done`;
/// - `wait until it is received`: by the client's kernel; `received`;
/// - `end it`: ends our direction, then as the next;
/// - `see it end`: nothing may come before; `gone`;
/// - `let it end`: whatever comes before; `gone`.
pub fn directed() -> Further {
    let server = Server::listening(|listener| {
        let mut program = listener.next();
        program.accept();
        let mut taken = None;
        while let Some(told) = next_message(&mut program) {
            let answer = obey(&told, listener, &mut taken);
            program.text(&answer);
        }
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

/// Does what a message says and returns the answer to it.
fn obey(told: &str, listener: &Listener, taken: &mut Option<Peer>) -> String {
    match told {
        "has one come" => return if listener.is_empty() { "no" } else { "yes" }.to_owned(),
        "wait for one" => {
            listener.wait_for_one();
            return "one has come".to_owned();
        }
        "take the next" => {
            *taken = Some(listener.next());
            return "taken".to_owned();
        }
        _ => {}
    }
    let peer = taken.as_mut().unwrap_or_else(|| panic!("told to {told:?} before a connection was taken"));
    match told {
        "read the request" => return peer.read_head(),
        "wait until it is received" => {
            peer.wait_until_received();
            return "received".to_owned();
        }
        "end it" => peer.end(),
        "see it end" => peer.expect_end(),
        "let it end" => peer.drain(),
        _ => {
            let answer = told.strip_prefix("answer with ").unwrap_or_else(|| panic!("told to {told:?}"));
            peer.send(answer.as_bytes());
            return "done".to_owned();
        }
    }
    "gone".to_owned()
}

/// Tells each of four connections what only a server sees of it: a message is answered with the request's key, the mask of the
/// message's frame in hexadecimal, and the message.
pub fn telling() -> Further {
    let server = Server::listening(|listener| {
        thread::scope(|scope| {
            for _ in 0..4 {
                let peer = listener.next();
                scope.spawn(move || tell(peer));
            }
        });
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

/// Does what the program tells it on its first connection:
///
/// - `accept`: the next connection, which it does not read;
/// - `read`: all that comes on that one up to the Close frame, which it answers.
pub fn slow() -> Further {
    let server = Server::listening(|listener| {
        let mut program = listener.next();
        program.accept();
        let mut accepted = None;
        while let Some(told) = next_message(&mut program) {
            match (told.as_str(), accepted.take()) {
                ("accept", None) => {
                    let mut peer = listener.next();
                    peer.keep_little();
                    peer.accept();
                    accepted = Some(peer);
                }
                ("read", Some(mut peer)) => {
                    let body = loop {
                        if let (CLOSE, body) = peer.read_frame() {
                            break body;
                        }
                    };
                    peer.send(&frame(CLOSE, &body));
                    peer.end();
                }
                (told, _) => panic!("told to {told:?}"),
            }
        }
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

fn tell(mut program: Peer) {
    let request = program.read_head();
    program.send(format!("{}\r\n", response(&request)).as_bytes());
    while let Some((mask, text)) = next_masked_message(&mut program) {
        program.text(&format!("{} {:08x} {text}", key(&request), u32::from_be_bytes(mask)));
    }
}

/// The next text message; `None` when the program has closed, which is answered.
fn next_message(program: &mut Peer) -> Option<String> {
    next_masked_message(program).map(|(_, text)| text)
}

/// The same with the key that its frame was masked with.
fn next_masked_message(program: &mut Peer) -> Option<([u8; 4], String)> {
    let (first, mask, payload) = program.read_masked_frame();
    match first {
        TEXT => Some((mask, String::from_utf8(payload).expect("UTF-8"))),
        CLOSE => {
            program.send(&frame(CLOSE, &payload));
            program.end();
            None
        }
        other => panic!("the program sends a frame that begins with {other:#x}"),
    }
}
