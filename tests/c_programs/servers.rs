//! The servers that some programs need beside the echo server, from `tests/support`: each runs for one run of one program, which gets
//! its URL as a further argument.

pub use super::secure_servers::{certificates, secure, secure_for_clients};
use super::support::{
    deflate::{COMPRESSED, Deflate, json},
    ports::RefusingPort,
    server::{BINARY, CLOSE, Listener, Peer, Server, TEXT, frame, key, response},
};
use std::{
    any::Any,
    sync::atomic::{AtomicBool, Ordering::Relaxed},
    thread,
    time::Duration,
};
use ws::{
    protocol::{
        compress::{Compressor, Effort},
        inflate::TAIL,
    },
    spec::deflate::{Offer, Parameters},
};

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
/// - `accept with …`: reads the request and opens the connection, with these header lines, each with its CR and LF; `open`;
/// - `answer its close`: its Close frame comes next, and is sent back; then as `end it`;
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
        "answer its close" => {
            let (first, payload) = peer.read_frame();
            assert_eq!(first, CLOSE);
            peer.send(&frame(CLOSE, &payload));
            peer.end();
        }
        "see it end" => peer.expect_end(),
        "let it end" => peer.drain(),
        _ => {
            if let Some(lines) = told.strip_prefix("accept with ") {
                peer.accept_with(lines, b"");
                return "open".to_owned();
            }
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

/// Sends the same on each of six connections: a text in two frames, cut inside a character; 3 MiB of binary bytes; an empty text. All but
/// the last are closed by the program then; that one fails, because the program has no room for the second message.
pub fn streaming() -> Further {
    let server = Server::listening(|listener| {
        let long: Vec<u8> = (0..3 << 20).map(|place: u32| u8::try_from(place % 251).expect("a byte")).collect();
        for connection in 1..=6 {
            let mut peer = listener.next();
            peer.accept();
            peer.send(&frame(0x01, b"a\xe6\xb0"));
            peer.wait_until_received();
            peer.send(&frame(0x80, b"\xb4"));
            if connection == 6 {
                peer.send_what_is_taken(&frame(BINARY, &long));
                peer.drain();
                return;
            }
            peer.send(&frame(BINARY, &long));
            peer.text("");
            peer.echo_close(1000, "");
        }
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

/// Answers a message that says how many MiB with zeros of that size as one compressed message, on each of six connections, and sees it
/// refused with the code 1009.
pub fn bombing() -> Further {
    let server = Server::listening(|listener| {
        for _ in 0..6 {
            let mut peer = listener.next();
            let (mut deflate, _) = Deflate::accept(&mut peer, Offer::default(), "");
            let first = deflate.frame(TEXT, b"this was compressed, too");
            peer.send(&first);
            let (_, size, _) = deflate.read(&mut peer);
            let mib: usize = String::from_utf8(size).expect("UTF-8").parse().expect("a number");
            let bomb = bomb(mib);
            assert!(bomb.len() < mib * 1100, "{} bytes for {mib} MiB", bomb.len());
            // The client does not take all of it.
            thread::scope(|scope| {
                let mut sender = peer.split();
                scope.spawn(move || sender.send_what_is_taken(&frame(BINARY | COMPRESSED, &bomb)));
                let (kind, body) = peer.read_frame();
                assert_eq!((kind, &body[..2]), (CLOSE, &1009_u16.to_be_bytes()[..]), "a Close frame with 1009");
                peer.end();
            });
        }
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

/// So many MiB of zeros, compressed.
fn bomb(mib: usize) -> Vec<u8> {
    let parameters =
        Parameters { server_context_takeover: true, client_context_takeover: true, server_window_bits: 15, client_window_bits: 15 };
    let mut compressor = Compressor::new(&parameters, Effort { level: 9, memory: 9 });
    let zeros = vec![0; 1 << 20];
    let mut piece = || {
        let mut packed = Vec::new();
        compressor.compress(&zeros, &mut packed);
        packed
    };
    // All but the first refer to the zeros before them.
    let (first, next) = (piece(), piece());
    [first, [&TAIL[..], &next].concat().repeat(mib - 1)].concat()
}

/// Sends text messages of all sizes up to 20,000 bytes as fast as they are taken, until the client closes.
pub fn flooding() -> Further {
    let server = Server::open(|peer| flood(peer, |payload| frame(TEXT, payload)));
    Further { url: server.url(), _kept: Box::new(server) }
}

/// The same compressed.
pub fn flooding_compressed() -> Further {
    let server = Server::new(|peer| {
        let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "");
        flood(peer, |payload| deflate.frame(TEXT, payload));
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

fn flood(peer: &mut Peer, framed: impl FnMut(&[u8]) -> Vec<u8>) {
    let text = json(20_000);
    // Sent over and over: what is compressed refers to nothing before the first of them.
    let messages: Vec<u8> = (0..200).map(|number| &text[..=number * 7919 % text.len()]).flat_map(framed).collect();
    let closed = AtomicBool::new(false);
    thread::scope(|scope| {
        let mut reader = peer.split();
        let closed = &closed;
        let body = scope.spawn(move || {
            let body = loop {
                // It says now and then that it still reads.
                match reader.read_frame() {
                    (CLOSE, body) => break body,
                    (first, text) => assert_eq!((first & !COMPRESSED, text.is_empty()), (TEXT, false)),
                }
            };
            closed.store(true, Relaxed);
            body
        });
        while !closed.load(Relaxed) {
            peer.send(&messages);
        }
        peer.send(&frame(CLOSE, &body.join().expect("the client's Close frame")));
    });
    peer.end();
}

/// Reads 4 KiB of messages in a millisecond at the most, and has little more come before, until the client closes.
pub fn reading_slowly() -> Further {
    let server = Server::new(|peer| {
        peer.keep_little();
        peer.accept();
        read_slowly(peer, Peer::read_frame);
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

/// The same with compressed messages: 4 KiB of what is inflated.
pub fn reading_slowly_compressed() -> Further {
    let server = Server::new(|peer| {
        peer.keep_little();
        let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "");
        read_slowly(peer, |peer| {
            let (first, payload, _) = deflate.read(peer);
            (first, payload)
        });
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

fn read_slowly(peer: &mut Peer, mut next: impl FnMut(&mut Peer) -> (u8, Vec<u8>)) {
    loop {
        let (first, payload) = next(peer);
        if first == CLOSE {
            peer.send(&frame(CLOSE, &payload));
            peer.end();
            return;
        }
        assert!(payload.starts_with(b"{"), "a message");
        // It is slow: nobody waits for this.
        thread::sleep(Duration::from_millis(1 + payload.len() as u64 / 4096));
    }
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
