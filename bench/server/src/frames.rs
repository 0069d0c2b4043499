//! Frames: headers parsed and written (RFC 6455 section 5.2), and blocks of ready-made frames to send.

use std::collections::HashMap;
use std::rc::Rc;

/// Opcodes.
pub const TEXT: u8 = 1;
pub const BINARY: u8 = 2;
pub const CLOSE: u8 = 8;
pub const PING: u8 = 9;
pub const PONG: u8 = 10;
/// Or-ed to an opcode: the message is compressed.
pub const COMPRESSED: u8 = 0x40;

/// The header of a frame from a client.
#[derive(Clone, Copy)]
pub struct Header {
    /// FIN.
    pub fin: bool,
    /// Opcode.
    pub opcode: u8,
    /// Bytes of payload.
    pub payload: u64,
    /// The masking key, repeated.
    pub mask: [u8; 8],
    /// Its own bytes.
    pub length: usize,
}

impl Header {
    /// Parses the header at the start of `bytes`: `Ok(None)` if it is not whole yet, an error if it has no mask.
    pub fn parse(bytes: &[u8]) -> Result<Option<Self>, ()> {
        let [first, second, rest @ ..] = bytes else { return Ok(None) };
        if second & 0x80 == 0 {
            return Err(());
        }
        let (payload, length_bytes) = match second & 0x7f {
            126 => (rest.first_chunk().map(|bytes| u64::from(u16::from_be_bytes(*bytes))), 2),
            127 => (rest.first_chunk().map(|bytes| u64::from_be_bytes(*bytes)), 8),
            small => (Some(u64::from(small)), 0),
        };
        let mask = rest.get(length_bytes..).and_then(<[u8]>::first_chunk::<4>);
        let (Some(payload), Some(&[a, b, c, d])) = (payload, mask) else { return Ok(None) };
        Ok(Some(Self {
            fin: first & 0x80 != 0,
            opcode: first & 0x0f,
            payload,
            mask: [a, b, c, d, a, b, c, d],
            length: 2 + length_bytes + 4,
        }))
    }
}

/// Unmasks `payload`, which begins `offset` bytes into its frame's.
pub fn unmask(payload: &mut [u8], mask: [u8; 8], offset: u64) {
    let mut turned = mask;
    turned.rotate_left((offset & 3) as usize);
    let word = u64::from_ne_bytes(turned);
    let (words, tail) = payload.as_chunks_mut::<8>();
    for bytes in words {
        *bytes = (u64::from_ne_bytes(*bytes) ^ word).to_ne_bytes();
    }
    for (byte, mask) in tail.iter_mut().zip(turned) {
        *byte ^= mask;
    }
}

/// Appends the header of an unmasked frame.
pub fn write_header(out: &mut Vec<u8>, fin: bool, opcode: u8, payload: u64) {
    out.push(u8::from(fin) << 7 | opcode);
    match (u8::try_from(payload), u16::try_from(payload)) {
        (Ok(length @ 0..126), _) => out.push(length),
        (_, Ok(length)) => {
            out.push(126);
            out.extend_from_slice(&length.to_be_bytes());
        }
        _ => {
            out.push(127);
            out.extend_from_slice(&payload.to_be_bytes());
        }
    }
}

/// Appends a whole unmasked frame.
pub fn write_frame(out: &mut Vec<u8>, opcode: u8, payload: &[u8]) {
    write_header(out, true, opcode, payload.len() as u64);
    out.extend_from_slice(payload);
}

/// Frames, about 1 MiB of them, which a source sends over and over.
pub struct Block {
    /// Whole frames.
    pub bytes: Vec<u8>,
    /// Where each ends.
    ends: Vec<u64>,
}

impl Block {
    /// Of frames in their order.
    pub fn new(frames: impl Iterator<Item = Vec<u8>>) -> Self {
        let mut block = Block { bytes: Vec::new(), ends: Vec::new() };
        for frame in frames {
            block.bytes.extend(frame);
            block.ends.push(block.bytes.len() as u64);
        }
        block
    }

    /// Bytes of `count` frames.
    pub fn length(&self, count: u64) -> u64 {
        let frames = self.ends.len() as u64;
        let rest = usize::try_from(count % frames).unwrap_or(0);
        count / frames * self.bytes.len() as u64 + rest.checked_sub(1).map_or(0, |last| self.ends[last])
    }
}

/// What a block's messages are.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub enum Kind {
    /// Equal ones of bytes at random.
    Binary,
    /// Equal ones of text.
    Text,
    /// Different ones of text, compressed.
    Deflated,
    /// Bytes at random, of which one message is made.
    Stream,
}

/// The blocks made so far, by size and kind.
#[derive(Default)]
pub struct Blocks(HashMap<(usize, Kind), Rc<Block>>);

impl Blocks {
    /// The block of messages of `size` bytes.
    pub fn get(&mut self, size: usize, kind: Kind) -> Rc<Block> {
        let make = || {
            Rc::new(match kind {
                Kind::Binary => equal(BINARY, &random(size)),
                Kind::Text => {
                    let text = br#"{"symbol":"BTC-USD","price":27123.45,"side":"buy"},"#;
                    equal(TEXT, &text.iter().copied().cycle().take(size).collect::<Vec<_>>())
                }
                Kind::Deflated => crate::deflate::messages(size),
                Kind::Stream => Block::new(std::iter::once(random(1 << 20))),
            })
        };
        Rc::clone(self.0.entry((size, kind)).or_insert_with(make))
    }
}

fn random(size: usize) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut random: u64 = 88_172_645_463_325_252;
    while bytes.len() < size {
        random ^= random << 13;
        random ^= random >> 7;
        random ^= random << 17;
        bytes.extend_from_slice(&random.to_ne_bytes());
    }
    bytes.truncate(size);
    bytes
}

fn equal(opcode: u8, payload: &[u8]) -> Block {
    let mut frame = Vec::new();
    write_frame(&mut frame, opcode, payload);
    let repeats = (1_usize << 20).div_ceil(frame.len());
    Block::new(std::iter::repeat_n(frame, repeats))
}
