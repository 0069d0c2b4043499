//! Frame headers (RFC 6455 section 5.2): what a server may send is parsed, what a client sends is written.
//!
//! Written by hand rather than with tungstenite's `FrameHeader`: a third of the time of a small message goes into its header, and
//! tungstenite's lets lengths through that are not minimal. The tests hold the two against each other.

use super::{Kind, limits::CONTROL_PAYLOAD};

/// The bit of the first byte that ends a message.
pub const FIN: u8 = 0x80;
/// The bit of the second byte that says that the payload is masked.
const MASKED: u8 = 0x80;
/// The bit of the first byte that says that the message is compressed (RFC 7692 section 6).
pub const COMPRESSED: u8 = 0x40;
/// The bits of the first byte that extensions may use.
const RESERVED: u8 = 0x70;
/// In place of a short length: 16 bits of it follow.
const LENGTH_16: u8 = 126;
/// In place of a short length: 64 bits of it follow.
const LENGTH_64: u8 = 127;
/// The header of a client's frame with fewer than 126 bytes of payload.
pub const SMALL_CLIENT_HEADER: usize = 6;
/// The longest header of a client's frame.
pub const MAX_CLIENT_HEADER: usize = 14;
/// The longest header of a server's frame.
pub const MAX_SERVER_HEADER: usize = 10;

/// The opcodes (RFC 6455 section 11.8).
pub mod opcode {
    /// Goes on with the message begun before.
    pub const CONTINUATION: u8 = 0;
    /// Begins a text message.
    pub const TEXT: u8 = 1;
    /// Begins a binary message.
    pub const BINARY: u8 = 2;
    /// Begins or answers the closing handshake.
    pub const CLOSE: u8 = 8;
    /// Asks for a pong.
    pub const PING: u8 = 9;
    /// Answers a ping.
    pub const PONG: u8 = 10;

    /// What begins a message of a kind.
    #[inline]
    #[must_use]
    pub fn of(kind: super::Kind) -> u8 {
        match kind {
            super::Kind::Text => TEXT,
            super::Kind::Binary => BINARY,
        }
    }
}

/// The header of a frame from the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Header {
    /// Whether the frame ends its message.
    pub fin: bool,
    /// One of [`opcode`]'s.
    pub opcode: u8,
    /// Whether it begins a compressed message.
    pub compressed: bool,
    /// Bytes of payload.
    pub payload: u64,
    /// Bytes of the header itself.
    pub size: usize,
}

/// Parses the header that `first` and `rest` begin with. `None`: more bytes are needed. `compression`: permessage-deflate was agreed on.
///
/// # Errors
///
/// What the header breaks, in words; each is a protocol error (Close code 1002).
#[inline]
pub fn parse(first: u8, rest: &[u8], compression: bool) -> Result<Option<Header>, String> {
    // What can be judged by one byte is, so that a verdict never waits for more.
    let opcode = first & 0x0f;
    let fin = first & FIN != 0;
    let compressed = first & RESERVED == COMPRESSED && compression && matches!(opcode, opcode::TEXT | opcode::BINARY);
    if (first & RESERVED != 0 && !compressed)
        || opcode > opcode::PONG
        || (opcode > opcode::BINARY && opcode < opcode::CLOSE)
        || (opcode >= opcode::CLOSE && !fin)
    {
        return Err(first_byte_fault(first, compression));
    }
    let Some(&second) = rest.first() else { return Ok(None) };
    if second & MASKED != 0 {
        return Err("the server sent a masked frame: only a client masks".into());
    }
    if second < LENGTH_16 {
        return Ok(Some(Header { fin, opcode, compressed, payload: u64::from(second), size: 2 }));
    }
    if opcode >= opcode::CLOSE {
        return Err(format!("the server sent a control frame (opcode {opcode}) of more than {CONTROL_PAYLOAD} bytes, which is the most"));
    }
    let (payload, size, least) = if second == LENGTH_16 {
        let Some(length) = rest.get(1..3) else { return Ok(None) };
        (u64::from(u16::from_be_bytes([length[0], length[1]])), 4, 126)
    } else {
        let Some(&top) = rest.get(1) else { return Ok(None) };
        if top & 0x80 != 0 {
            return Err(format!("the server sent a frame length with the top bit set (its first byte is {top:#04x})"));
        }
        let Some(length) = rest.get(1..9) else { return Ok(None) };
        let mut bytes = [0; 8];
        bytes.copy_from_slice(length);
        (u64::from_be_bytes(bytes), 10, 0x1_0000)
    };
    if payload < least {
        return Err(format!("the server sent the frame length {payload} in {} bytes, which is not the shortest form", size - 2));
    }
    Ok(Some(Header { fin, opcode, compressed, payload, size }))
}

/// Sizes of header and payload, where `rest`, which follows the first byte, has all of a good header whose length takes at most 16
/// bits. `None` says nothing about the others.
#[inline]
#[must_use]
pub fn short_length(rest: &[u8]) -> Option<(usize, usize)> {
    match *rest {
        [second @ 0..LENGTH_16, ..] => Some((2, usize::from(second))),
        [LENGTH_16, high, low, ..] => {
            let length = usize::from(u16::from_be_bytes([high, low]));
            (length >= 126).then_some((4, length))
        }
        _ => None,
    }
}

#[cold]
fn first_byte_fault(first: u8, compression: bool) -> String {
    let opcode = first & 0x0f;
    if first & RESERVED == COMPRESSED && compression {
        format!("the server set the bit of compression on a frame (first byte 0x{first:02x}) that begins no message")
    } else if first & RESERVED != 0 {
        format!("the server set reserved bits (first byte 0x{first:02x}) that no extension was agreed for")
    } else if (opcode::CLOSE..=opcode::PONG).contains(&opcode) {
        format!("the server sent a fragmented control frame (opcode {opcode})")
    } else {
        format!("the server sent a frame with the reserved opcode {opcode}")
    }
}

/// The header of a client's frame with fewer than 126 bytes of payload.
#[inline]
#[must_use]
pub fn small_client_header(first: u8, payload: usize, key: [u8; 4]) -> [u8; SMALL_CLIENT_HEADER] {
    [first, MASKED | payload.to_le_bytes()[0], key[0], key[1], key[2], key[3]]
}

/// The header of a client's frame: the bytes, of which the first `usize` count.
#[inline]
#[must_use]
pub fn client_header(first: u8, payload: usize, key: [u8; 4]) -> ([u8; MAX_CLIENT_HEADER], usize) {
    let mut header = [0; MAX_CLIENT_HEADER];
    header[0] = first;
    let size = match payload {
        0..126 => {
            header[1] = MASKED | payload.to_le_bytes()[0];
            2
        }
        126..0x1_0000 => {
            header[1] = MASKED | LENGTH_16;
            header[2..4].copy_from_slice(&(payload as u64).to_be_bytes()[6..]);
            4
        }
        _ => {
            header[1] = MASKED | LENGTH_64;
            header[2..10].copy_from_slice(&(payload as u64).to_be_bytes());
            10
        }
    };
    header[size..size + 4].copy_from_slice(&key);
    (header, size + 4)
}

/// Header and payload size of the client's frame that `bytes` begins with, as [`client_header`] wrote it.
#[must_use]
pub fn client_sizes(bytes: &[u8]) -> (usize, usize) {
    match bytes[1] & !MASKED {
        LENGTH_16 => (8, usize::from(u16::from_be_bytes([bytes[2], bytes[3]]))),
        LENGTH_64 => {
            let mut length = [0; 8];
            length.copy_from_slice(&bytes[2..10]);
            (14, usize::try_from(u64::from_be_bytes(length)).unwrap_or(usize::MAX))
        }
        short => (6, usize::from(short)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;
    use std::io::Cursor;
    use tungstenite::protocol::frame::{FrameHeader, coding};

    #[test]
    fn every_first_byte_gets_its_verdict_without_a_second() {
        for first in 0..=255_u8 {
            let opcode = first & 0x0f;
            let good = first & 0x70 == 0 && (opcode <= 2 || ((8..=10).contains(&opcode) && first & FIN != 0));
            assert_eq!(parse(first, &[], false).is_ok(), good, "0x{first:02x}");
        }
    }

    #[test]
    fn with_compression_its_bit_may_be_set_where_a_message_begins_and_nowhere_else() {
        for first in 0..=255_u8 {
            let opcode = first & 0x0f;
            let may_have_bit = opcode == opcode::TEXT || opcode == opcode::BINARY;
            let good = parse(first & !COMPRESSED, &[], false).is_ok() && (may_have_bit || first & COMPRESSED == 0);
            assert_eq!(parse(first, &[], true).is_ok(), good, "0x{first:02x}");
            if let Ok(Some(header)) = parse(first, &[0], true) {
                assert_eq!(header.compressed, first & COMPRESSED != 0, "0x{first:02x}");
            }
        }
        for (first, words) in [
            (0xc0, "the bit of compression on a frame (first byte 0xc0) that begins no message"),
            (0xc9, "the bit of compression on a frame (first byte 0xc9) that begins no message"),
            (0xe1, "reserved bits (first byte 0xe1) that no extension was agreed for"),
            (0xd2, "reserved bits (first byte 0xd2) that no extension was agreed for"),
            (0xa1, "reserved bits (first byte 0xa1) that no extension was agreed for"),
        ] {
            let fault = parse(first, &[], true).unwrap_err();
            assert!(fault.contains(words), "{fault}");
        }
    }

    #[test]
    fn lengths_that_are_not_minimal_masked_or_negative_are_refused() {
        for (bytes, words) in [
            (&[0x82, 126, 0, 125][..], "shortest"),
            (&[0x82, 127, 0, 0, 0, 0, 0, 0, 0xff, 0xff], "shortest"),
            (&[0x82, 127, 0x80], "top bit"),
            (&[0x82, 0x80], "masked"),
            (&[0x89, 126], "more than 125"),
            (&[0x88, 127], "more than 125"),
        ] {
            assert_eq!(short_length(&bytes[1..]), None);
            let fault = parse(bytes[0], &bytes[1..], false).unwrap_err();
            assert!(fault.contains(words), "{fault}");
        }
    }

    proptest! {
        #[test]
        fn headers_are_parsed_as_tungstenite_does(first: u8, mut rest: Vec<u8>, lengths in 0..3_u8) {
            if let Some(second) = rest.first_mut() {
                *second = match lengths { 0 => *second & 0x7f, 1 => 126, _ => 127 };
            }
            let mut bytes = vec![first];
            bytes.extend(&rest);
            let theirs = FrameHeader::parse(&mut Cursor::new(&bytes));
            if let (Ok(header), Some(short)) = (parse(0x82, &rest, false), short_length(&rest)) {
                prop_assert_eq!(header.map(|header| (header.size, header.payload)), Some((short.0, short.1 as u64)));
            }
            match parse(first, &rest, false) {
                Ok(Some(header)) => {
                    let (frame, length) = theirs.unwrap().unwrap();
                    prop_assert_eq!(header.fin, frame.is_final);
                    prop_assert_eq!(header.opcode, u8::from(frame.opcode));
                    prop_assert_eq!(header.payload, length);
                    prop_assert_eq!(header.size, frame.len(length));
                }
                Ok(None) => prop_assert!(theirs.unwrap().is_none()),
                Err(_) => {} // what only we refuse has its own tests
            }
        }

        #[test]
        fn headers_are_written_as_tungstenite_does(payload in prop_oneof![0..300_usize, 65_000..66_000_usize, any::<usize>()], key: [u8; 4]) {
            let header = FrameHeader { opcode: coding::OpCode::Data(coding::Data::Text), mask: Some(key), ..FrameHeader::default() };
            let mut theirs = Vec::new();
            header.format(payload as u64, &mut theirs).unwrap();
            let (bytes, size) = client_header(FIN | opcode::TEXT, payload, key);
            prop_assert_eq!(&bytes[..size], &theirs[..]);
            prop_assert_eq!(client_sizes(&bytes), (size, payload));
            if payload < 126 {
                prop_assert_eq!(&bytes[..size], small_client_header(FIN | opcode::TEXT, payload, key));
            }
        }
    }
}
