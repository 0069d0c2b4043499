//! The server's side of a scenario: it does what the script says and writes down what the client does.

use super::{
    scenario::show,
    support::server::{CLOSE, GUARD, Peer, accept_key, frame},
};
use std::{
    io::ErrorKind,
    sync::mpsc::{Receiver, Sender},
    time::{Duration, Instant},
};

/// The response that opens the WebSocket; `{accept}` stands for the key's answer.
pub const GOOD: &str =
    "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\r\n";

/// One connection and what came on it.
pub struct Recorder<'a> {
    /// The connection.
    pub peer: &'a mut Peer,
    /// What came.
    pub lines: Vec<String>,
    go: Receiver<()>,
    heard: Sender<()>,
    accept: String,
    hides_why: bool,
}

impl<'a> Recorder<'a> {
    pub fn new(peer: &'a mut Peer, go: Receiver<()>, heard: Sender<()>) -> Self {
        Recorder { peer, lines: Vec::new(), go, heard, accept: String::new(), hides_why: false }
    }

    // ---- the opening handshake ----

    /// Reads the request and answers it; notes where it goes, to which host, and with which subprotocols.
    pub fn answer(&mut self, response: &[u8]) {
        let request = self.peer.read_head();
        let wanted = ["GET ", "Host: ", "Authorization: ", "Sec-WebSocket-Protocol: "];
        let of_interest = request.lines().filter(|line| wanted.iter().any(|start| line.starts_with(start)));
        self.lines.extend(of_interest.map(|line| format!("server: {line}")));
        self.respond(&request, response);
    }

    /// The same, with every header noted.
    pub fn answer_and_note_all(&mut self, response: &[u8]) {
        let request = self.peer.read_head();
        for line in request.lines().filter(|line| !line.is_empty()) {
            let line = match line.split_once(": ") {
                Some(("Sec-WebSocket-Key", key)) => format!("Sec-WebSocket-Key: {} characters", key.len()),
                Some((name @ ("User-Agent" | "Accept-Language" | "Origin"), _)) => format!("{name}: …"),
                _ => line.to_owned(),
            };
            self.lines.push(format!("server: {line}"));
        }
        self.respond(&request, response);
    }

    fn respond(&mut self, request: &str, response: &[u8]) {
        const PLACE: &[u8] = b"{accept}";
        self.accept = accept_key(request);
        let accept = self.accept.clone();
        let mut rest = response;
        let mut bytes = Vec::new();
        while let Some(at) = rest.windows(PLACE.len()).position(|bytes| bytes == PLACE) {
            bytes.extend([&rest[..at], accept.as_bytes()].concat());
            rest = &rest[at + PLACE.len()..];
        }
        bytes.extend(rest);
        self.send(&bytes);
    }

    /// What `{accept}` stands for, once the request was read.
    pub fn accept_key(&self) -> String {
        self.accept.clone()
    }

    /// Opens the WebSocket.
    pub fn accept(&mut self) {
        self.answer(GOOD.as_bytes());
    }

    /// Whether the client comes a second time, before it says Go. What it did on this connection is noted first.
    pub fn comes_again(&mut self) -> bool {
        self.until_end();
        let end = Instant::now() + GUARD;
        while Instant::now() < end {
            if self.peer.next_connection(Duration::from_millis(2)) {
                self.lines.push("server: a second connection".into());
                return true;
            }
            if self.go.try_recv().is_ok() {
                self.lines.push("server: no second connection".into());
                return false;
            }
        }
        panic!("the client neither comes again nor says Go");
    }

    // ---- sending ----

    /// Sends bytes; it is no matter if the client has ended the connection meanwhile.
    pub fn send(&mut self, bytes: &[u8]) {
        use std::io::Write as _;
        match self.peer.tcp().write_all(bytes) {
            Err(error) if !matches!(error.kind(), ErrorKind::ConnectionReset | ErrorKind::BrokenPipe) => panic!("sending: {error}"),
            _ => {}
        }
    }

    /// Sends frames, each as its first byte and its payload, in one packet.
    pub fn frames(&mut self, frames: &[(u8, &[u8])]) {
        let bytes: Vec<u8> = frames.iter().flat_map(|(first, payload)| frame(*first, payload)).collect();
        self.send(&bytes);
    }

    /// Waits for the client's word.
    pub fn wait_for_go(&mut self) {
        self.go.recv_timeout(GUARD).expect("the client says Go");
    }

    /// Tells the client that the script has come this far.
    pub fn say_heard(&self) {
        self.heard.send(()).expect("the session waits");
    }

    /// From now on a Close that fails the connection is noted without its code and reason: that these differ is seen elsewhere. Nor
    /// is it noted how the connection ends: what a client has not read by then makes a reset of its FIN.
    pub fn hide_why(&mut self) {
        self.hides_why = true;
    }

    // ---- receiving ----

    /// Notes the next frame, or the end.
    pub fn frame(&mut self) -> Option<(u8, Vec<u8>)> {
        match self.peer.next_frame() {
            Ok(Some((first @ (1 | 2), _, payload))) => self.fragments(first, payload),
            Ok(Some((first, _, payload))) => {
                let shown = match (first, &payload[..]) {
                    (CLOSE, [3, 0xea | 0xef, ..]) if self.hides_why => "because of a violation".into(),
                    (CLOSE, &[high, low, ref reason @ ..]) => format!("{} {}", u16::from_be_bytes([high, low]), show(reason)),
                    (_, payload) => show(payload),
                };
                self.lines.push(format!("server: {} {shown}", name(first)));
                Some((first, payload))
            }
            end => self.ended(&end),
        }
    }

    /// Notes a message whose first fragment was read as one line: where it is cut is the client's choice.
    fn fragments(&mut self, first: u8, mut message: Vec<u8>) -> Option<(u8, Vec<u8>)> {
        loop {
            match self.peer.next_frame() {
                Ok(Some((last @ (0 | 0x80), _, payload))) => {
                    message.extend(payload);
                    if last == 0x80 {
                        self.lines.push(format!("server: {} in fragments, {}", name(0x80 | first), show(&message)));
                        return Some((0x80 | first, message));
                    }
                }
                Ok(Some((other, _, payload))) => self.lines.push(format!("server: {} {}", name(other), show(&payload))),
                end => return self.ended(&end),
            }
        }
    }

    fn ended<T>(&mut self, end: &std::io::Result<T>) -> Option<(u8, Vec<u8>)> {
        let how = match end.as_ref().map_err(std::io::Error::kind) {
            Ok(_) | Err(ErrorKind::ConnectionReset) if self.hides_why => "FIN or RST",
            Ok(_) => "FIN",
            Err(ErrorKind::ConnectionReset) => "RST",
            Err(ErrorKind::UnexpectedEof) => "FIN inside a frame",
            Err(other) => panic!("instead of a frame or the end, with {:#?}: {other:?}", self.lines),
        };
        self.lines.push(format!("server: {how}"));
        None
    }

    /// Notes all up to the client's Close frame, whose body it returns, or to the end.
    pub fn until_close(&mut self) -> Option<Vec<u8>> {
        loop {
            let (first, payload) = self.frame()?;
            if first == CLOSE {
                return Some(payload);
            }
        }
    }

    /// Notes all up to the end.
    pub fn until_end(&mut self) {
        while self.frame().is_some() {}
    }

    /// Reads until the end and notes nothing: how far the client came depends on the kernel.
    pub fn drain(&mut self) {
        self.peer.drain();
    }

    // ---- closing ----

    /// Ends our direction, and notes all up to the client's end.
    pub fn end(&mut self) {
        self.fin();
        self.until_end();
    }

    /// Ends our direction, if the client has left one.
    pub fn fin(&mut self) {
        // Not connected any more is as good.
        let _ = self.peer.tcp().shutdown(std::net::Shutdown::Write);
    }

    /// Waits for the client's Close, answers with its body, and ends TCP.
    pub fn finish(&mut self) {
        if let Some(body) = self.until_close() {
            self.frames(&[(CLOSE, &body)]);
            self.end();
        }
    }

    /// Starts the closing handshake, and ends TCP when the client has answered.
    pub fn close(&mut self, code: u16, reason: &str) {
        self.frames(&[(CLOSE, &[&code.to_be_bytes(), reason.as_bytes()].concat())]);
        if self.until_close().is_some() {
            self.end();
        }
    }
}

/// A frame's first byte in words.
fn name(first: u8) -> String {
    let kind = match first & 0x0f {
        0 => "continuation",
        1 => "text",
        2 => "binary",
        8 => "Close",
        9 => "ping",
        10 => "pong",
        _ => "unknown frame",
    };
    match first & 0xf0 {
        0x80 => kind.to_owned(),
        0 => format!("{kind} (not final)"),
        bits => format!("{kind} (bits {bits:#04x})"),
    }
}
