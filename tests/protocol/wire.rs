//! Frames in both directions, byte by byte: those of the server are built, those of the client parsed. Nothing of the library is used.

use std::collections::HashSet;

/// The longest the head of a client's frame can be.
const LONGEST_HEAD: usize = 14;

/// A frame of the server with this first byte and the shortest form of its length.
pub fn frame(first: u8, payload: &[u8]) -> Vec<u8> {
    let len = payload.len();
    let mut bytes = vec![first];
    if len < 126 {
        bytes.push(u8::try_from(len).unwrap());
    } else if let Ok(len) = u16::try_from(len) {
        bytes.push(126);
        bytes.extend(len.to_be_bytes());
    } else {
        bytes.push(127);
        bytes.extend((len as u64).to_be_bytes());
    }
    bytes.extend(payload);
    bytes
}

pub fn text(text: &str) -> Vec<u8> {
    frame(0x81, text.as_bytes())
}

pub fn binary(bytes: &[u8]) -> Vec<u8> {
    frame(0x82, bytes)
}

pub fn ping(payload: &[u8]) -> Vec<u8> {
    frame(0x89, payload)
}

pub fn pong(payload: &[u8]) -> Vec<u8> {
    frame(0x8a, payload)
}

/// The payload of a Close frame.
pub fn close_body(body: Option<(u16, &str)>) -> Vec<u8> {
    body.map_or(Vec::new(), |(code, reason)| [&code.to_be_bytes(), reason.as_bytes()].concat())
}

pub fn close(body: Option<(u16, &str)>) -> Vec<u8> {
    frame(0x88, &close_body(body))
}

/// All that a client transmitted after its request, taken apart and checked frame by frame.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
pub struct Wire {
    pub bytes: Vec<u8>,
    at: usize,
    keys: HashSet<[u8; 4]>,
    closed: bool,
    /// Whether messages may be compressed.
    pub compression: bool,
    /// Whether messages may come in fragments.
    pub fragments: bool,
    /// Between the fragments of a message.
    in_message: bool,
    /// Payload of the data frames that are complete.
    payload: u64,
}

/// The head of a client's frame.
#[derive(Debug)]
struct Head {
    size: usize,
    payload: usize,
    key: [u8; 4],
}

impl Wire {
    /// The next frame that is there as a whole: its first byte and its payload.
    pub fn next(&mut self) -> Option<(u8, Vec<u8>)> {
        let head = head(&self.bytes[self.at..])?;
        let frame = self.bytes.get(self.at..self.at + head.size + head.payload)?;
        let first = frame[0];
        let opcode = first & 0x0f;
        let compressed = if self.compression && matches!(opcode, 1 | 2) { first & 0x40 } else { 0 };
        let fin = if self.fragments && opcode < 8 { first & 0x80 } else { 0x80 };
        assert_eq!(first & 0xf0, fin | compressed, "the client set reserved bits or fragmented: {first:#04x}");
        assert!(matches!(opcode, 0 | 1 | 2 | 8 | 9 | 10), "the client sent the opcode {opcode}");
        if opcode < 8 {
            assert_eq!(opcode == 0, self.in_message, "the client sent {first:#04x}, after an unfinished message: {}", self.in_message);
            self.in_message = fin == 0;
        }
        assert!(opcode < 8 || head.payload <= 125, "the client sent a control frame of {} bytes", head.payload);
        assert!(!self.closed, "the client sent a frame ({first:#04x}) after its Close frame");
        assert!(self.keys.insert(head.key), "the client used the key {:02x?} twice", head.key);
        let payload: Vec<u8> = frame[head.size..].iter().zip(head.key.iter().cycle()).map(|(byte, key)| byte ^ key).collect();
        self.closed = opcode == 8;
        if opcode < 8 {
            self.payload += payload.len() as u64;
        }
        self.at += head.size + head.payload;
        Some((first, payload))
    }

    /// Payload bytes of data frames that are on the wire, those of an incomplete frame too. For use after [`Wire::next`] gave `None`.
    pub fn payload(&self) -> u64 {
        let rest = &self.bytes[self.at..];
        let partial = match head(rest) {
            Some(head) if rest[0] & 8 == 0 => rest.len() - head.size,
            _ => 0,
        };
        self.payload + partial as u64
    }

    /// Whether the last frame is complete.
    pub fn is_whole(&self) -> bool {
        self.at == self.bytes.len()
    }
}

fn head(bytes: &[u8]) -> Option<Head> {
    let second = *bytes.get(1)?;
    assert!(second & 0x80 != 0, "the client sent an unmasked frame");
    let (extended, least) = match second & 0x7f {
        126 => (2, 126),
        127 => (8, 0x1_0000),
        _ => (0, 0),
    };
    let size = 2 + extended + 4;
    assert!(size <= LONGEST_HEAD);
    let key: [u8; 4] = bytes.get(size - 4..size)?.try_into().unwrap();
    let payload = match extended {
        0 => usize::from(second & 0x7f),
        _ => bytes[2..2 + extended].iter().fold(0, |length, byte| length << 8 | usize::from(*byte)),
    };
    assert!(payload >= least, "the client wrote the length {payload} in {extended} bytes");
    Some(Head { size, payload, key })
}
