//! The server's side of permessage-deflate: what it agrees to, compresses and inflates.

use super::server::{Peer, accept_key, frame};
use ws::{
    protocol::{
        compress::{Compressor, Effort},
        inflate::Inflater,
    },
    spec::deflate::{Offer, Parameters},
};

/// The bit of a frame's first byte that says that its message is compressed.
pub const COMPRESSED: u8 = 0x40;

/// The server's end of a connection on which messages may be compressed.
pub struct Deflate {
    compressor: Compressor,
    inflater: Inflater,
}

impl Deflate {
    /// What a server does that has accepted `offer` with `parameters`: "" or some that begin with a semicolon.
    pub fn new(offer: Offer, parameters: &str) -> Self {
        let value = format!("permessage-deflate{parameters}");
        let (client, _) = offer.accepted([value.as_str()]).expect("a good answer").expect("an answer");
        // The other way round.
        let server = Parameters {
            server_context_takeover: client.client_context_takeover,
            client_context_takeover: client.server_context_takeover,
            server_window_bits: client.client_window_bits,
            client_window_bits: client.server_window_bits,
        };
        Deflate { compressor: Compressor::new(&server, Effort { level: 6, memory: 8 }), inflater: Inflater::new(&server) }
    }

    /// Accepts a connection with these parameters. Returns its end and the request.
    pub fn accept(peer: &mut Peer, offer: Offer, parameters: &str) -> (Self, String) {
        let request = peer.read_head();
        let accept = accept_key(&request);
        let head = format!(
            "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\n\
             Sec-WebSocket-Extensions: permessage-deflate{parameters}\r\n\r\n"
        );
        peer.send(head.as_bytes());
        (Self::new(offer, parameters), request)
    }

    /// A compressed message as one frame; `first` has FIN and the opcode.
    pub fn frame(&mut self, first: u8, payload: &[u8]) -> Vec<u8> {
        let mut packed = Vec::new();
        self.compressor.compress(payload, &mut packed);
        frame(first | COMPRESSED, &packed)
    }

    /// The client's next message, inflated if it was compressed, and how many bytes it had on the wire.
    pub fn read(&mut self, peer: &mut Peer) -> (u8, Vec<u8>, usize) {
        let (first, payload) = peer.read_frame();
        self.inflate(first, payload)
    }

    /// The same of a message that was read, which begins with the byte `first`.
    pub fn inflate(&mut self, first: u8, payload: Vec<u8>) -> (u8, Vec<u8>, usize) {
        let size = payload.len();
        if first & COMPRESSED == 0 {
            return (first, payload, size);
        }
        let mut message = Vec::new();
        self.inflater.inflate(&mut payload.as_slice(), &mut message, usize::MAX).expect("a deflate stream");
        self.inflater.finish().expect("whole blocks");
        (first, message, size)
    }
}

/// JSON as programs send it.
pub fn json(len: usize) -> Vec<u8> {
    let lines = (0..).map(|n| format!("{{\"id\":{n},\"name\":\"user {n}\",\"online\":{}}}\n", n % 3 == 0));
    lines.flat_map(String::into_bytes).take(len).collect()
}
