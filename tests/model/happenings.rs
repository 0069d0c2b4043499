//! What happens in the network: the server's acts, each one that may come next as often as the numbers say.

use super::{
    network::close_frame,
    operations::{self, refuse},
    run::Running,
    support::server::{self, frame},
    words::{Act, Body, Payload},
};

/// What the server has done that rules other acts out.
#[derive(Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
pub struct Server {
    pub connected: bool,
    pub half: Option<(bool, Vec<u8>)>,
    pub closed: bool,
    pub failed: bool,
    pub ended: bool,
    pub armed: bool,
    pub sent: usize,
}

/// More might not fit into the client's kernel while the client does not read.
const SENT: usize = 60_000;

impl Server {
    /// Something happens in the network.
    pub fn happen(&mut self, running: &mut Running) {
        if self.ended || self.armed {
            return;
        }
        if !self.connected {
            self.handshake(running);
            return;
        }
        if !running.network.was_asked(false) {
            return;
        }
        match running.random.below(100) {
            0..6 => running.network.stop_reading(true),
            6..12 => running.network.stop_reading(false),
            12..24 if self.sent < SENT => running.network.wait_until_received(),
            24..32 => {
                if let Some(payload) = running.network.ping_to_answer() {
                    running.act(Act::Pong(Payload::new(false, &payload)));
                    running.network.send(&frame(server::PONG, &payload));
                }
            }
            32..38 => {
                let first = running.random.one_of(&[server::PING, server::PONG]);
                running.act(Act::Nothing);
                running.network.send(&frame(first, b"nobody asked"));
            }
            38..84 if self.sent < SENT => self.message(running),
            84..87 if !self.closed => {
                let body = operations::body(&mut running.random);
                self.close(running, body);
            }
            87 if !self.closed => {
                let bytes = running.random.one_of(&[&b"\x88\x01\x03"[..], b"\x88\x02\x03\xe7", b"\x88\x02\x03\xed", b"\x88\x02\x03\xee"]);
                self.failed = true;
                running.act(Act::BadClose);
                running.network.send(bytes);
            }
            88 if self.half.is_none() => {
                self.failed = true;
                running.act(Act::BadText);
                running.network.send(&frame(server::TEXT, b"\xc0\xaf"));
            }
            89 => {
                // A reserved opcode, a fragmented ping, an RSV bit, a masked frame.
                let bytes = running.random.one_of(&[&b"\x83\x00"[..], b"\x09\x00", b"\xc1\x01x", b"\x81\x81maskx"]);
                self.failed = true;
                running.act(Act::Breach);
                running.network.send(bytes);
            }
            90..92 => self.fin(running),
            92 if self.sent < SENT => {
                self.ended = true;
                running.act(Act::Reset);
                running.network.reset();
            }
            93 => self.answer_close(running),
            _ => {}
        }
    }

    fn handshake(&mut self, running: &mut Running) {
        if !running.network.was_asked(false) {
            return;
        }
        match running.random.below(20) {
            0 => {
                self.ended = true;
                running.act(Act::Refuse);
                let bytes = refuse(&mut running.random);
                running.network.send(&bytes);
                running.network.fin();
            }
            1 => self.fin(running),
            2 => {
                self.ended = true;
                running.act(Act::Reset);
                running.network.reset();
            }
            _ => self.accept(running),
        }
    }

    pub fn accept(&mut self, running: &mut Running) {
        self.connected = true;
        running.act(Act::Accept);
        running.network.accept(b"");
    }

    pub fn message(&mut self, running: &mut Running) {
        running.number += 1;
        if let Some((text, mut payload)) = self.half.take() {
            payload.extend(b"second half");
            running.act(Act::Message(Payload::new(text, &payload)));
            running.network.send(&frame(0x80, b"second half"));
            return;
        }
        let text = running.random.percent(50);
        let first = if text { server::TEXT } else { server::BINARY };
        let len = running.random.one_of(&[0, 1, 10, 124, 126, 1000, 1000, 20_000]);
        let payload = operations::payload(running.number, len);
        self.sent += len;
        match running.random.below(4) {
            0 => {
                running.act(Act::Nothing);
                running.network.send(&frame(first & 0x7f, &payload));
                self.half = Some((text, payload));
            }
            1 => {
                // In parts, with a ping between them.
                let (before, after) = payload.split_at(running.random.below(len + 1));
                running.act(Act::Message(Payload::new(text, &payload)));
                let parts = [frame(first & 0x7f, before), frame(server::PING, b"between"), frame(0x80, after)];
                running.network.send(&parts.concat());
            }
            _ => {
                running.act(Act::Message(Payload::new(text, &payload)));
                running.network.send(&frame(first, &payload));
            }
        }
    }

    pub fn close(&mut self, running: &mut Running, body: Body) {
        self.closed = true;
        let bytes = close_frame(&body);
        running.act(Act::Close(body));
        running.network.send(&bytes);
    }

    pub fn fin(&mut self, running: &mut Running) {
        self.ended = true;
        if self.connected && running.random.percent(30) {
            // In the middle of a frame.
            running.network.send(b"\x89\x05cut");
        }
        running.act(Act::Fin);
        running.network.fin();
    }

    /// From now on it answers our Close frame.
    pub fn answer_close(&mut self, running: &mut Running) {
        self.armed = true;
        let body = operations::body(&mut running.random);
        running.note(&format!("server: will answer our Close with {body:?}"), Ok(()));
        let bytes = if self.closed { vec![] } else { close_frame(&body) };
        running.model.answers(body);
        running.network.answer_close(bytes);
    }
}
