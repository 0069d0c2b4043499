//! What the tests of permessage-deflate share: both halves of a connection as was agreed on, and the server's side of it.

use crate::harness::HEAD;
use std::{cell::Cell, sync::Arc, time::Instant};
use ws::{
    protocol::{
        compress::{Compressor, Effort},
        inflate::Inflater,
        limits::Limits,
        reader::Reader,
        segments::Supply,
        writer::Writer,
    },
    spec::{deflate::Parameters, handshake::Agreed},
};

/// The RFC's first example (section 7.2.3.1): "Hello".
pub const HELLO: &[u8] = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
/// Its second: "Hello" again, by reference to the message before.
pub const HELLO_AGAIN: &[u8] = b"\xf2\x00\x11\x00\x00";

/// Shorter messages are sent as they are.
pub const THRESHOLD: usize = 64;
/// How hard is compressed.
pub const EFFORT: Effort = Effort { level: 6, memory: 8 };

/// Both halves of a connection that is opened now.
pub fn halves(agreed: &Agreed, limits: &Limits, now: Instant) -> (Reader, Writer) {
    let (mut reader, mut writer) = (Reader::new(limits), Writer::new(limits, SUPPLY.with(Arc::clone), now));
    if let Some(parameters) = &agreed.deflate {
        reader.set_deflate(parameters);
        writer.set_deflate(parameters, EFFORT, THRESHOLD);
    }
    (reader, writer)
}

/// The head of a response that accepts permessage-deflate with these parameters: "" or some that begin with a semicolon.
pub fn head(parameters: &str) -> Vec<u8> {
    let line = format!("Sec-WebSocket-Extensions: permessage-deflate{parameters}\r\n\r\n");
    [&HEAD[..HEAD.len() - 2], line.as_bytes()].concat()
}

/// What both sides do: with windows of so many bits, and messages that refer to those before them or not.
pub fn parameters(bits: u8, takeover: bool) -> Parameters {
    Parameters { server_context_takeover: takeover, client_context_takeover: takeover, server_window_bits: bits, client_window_bits: bits }
}

/// The same as the server writes it.
pub fn written(bits: u8, takeover: bool) -> String {
    let alone = if takeover { "" } else { "; server_no_context_takeover; client_no_context_takeover" };
    format!("{alone}; server_max_window_bits={bits}; client_max_window_bits={bits}")
}

/// A message, compressed by itself.
pub fn compressed(payload: &[u8]) -> Vec<u8> {
    let mut packed = Vec::new();
    Compressor::new(&parameters(15, false), EFFORT).compress(payload, &mut packed);
    packed
}

/// A block that is not compressed, so that each byte comes out when it has gone in.
pub fn block(payload: &[u8]) -> Vec<u8> {
    let len = u16::try_from(payload.len()).unwrap();
    [&[0][..], &len.to_le_bytes(), &(!len).to_le_bytes(), payload].concat()
}

/// A message of one such block.
pub fn stored(payload: &[u8]) -> Vec<u8> {
    [&block(payload)[..], &[0]].concat()
}

/// What a message of the client says to the server.
pub fn inflated(inflater: &mut Inflater, mut message: &[u8]) -> Vec<u8> {
    let mut out = Vec::new();
    assert_eq!(inflater.inflate(&mut message, &mut out, usize::MAX), Ok(true));
    assert_eq!(inflater.finish(), Ok(()));
    out
}

/// JSON as programs send it.
pub fn json(len: usize) -> Vec<u8> {
    let lines = (0..).map(|n| format!("{{\"id\":{n},\"name\":\"user {n}\",\"online\":{}}}\n", n % 3 == 0));
    lines.flat_map(String::into_bytes).take(len).collect()
}

thread_local! {
    /// The buffers of a thread's connections, as a loop's connections share them.
    static SUPPLY: Arc<Supply> = Arc::new(Supply::new(seed));
    static SEEDS: Cell<u8> = const { Cell::new(0) };
}

/// Seeds for masking keys: other ones for each buffer of a thread, and the same in every run.
fn seed(bytes: &mut [u8]) {
    SEEDS.set(SEEDS.get().wrapping_add(1));
    bytes.fill(SEEDS.get());
}
