//! Frames on their way to the kernel: a row of buffers, and how many payload bytes are in it.

use super::{
    frame::{self, COMPRESSED, FIN},
    mask,
    segments::{SEGMENT, Segment, Supply},
};
use std::{collections::VecDeque, sync::Arc};

/// Frames accepted and not yet given to the kernel.
#[derive(Debug)]
pub struct Outbox {
    supply: Arc<Supply>,
    /// The buffers before the last: each has bytes in it.
    full: VecDeque<Segment>,
    /// The buffer that is written into.
    last: Option<Segment>,
    /// Bytes in them.
    len: usize,
    /// Payload bytes of data frames in them and still to be appended.
    payload: u64,
    /// Of the frame that the first byte lies in: bytes of header and payload still to go. Both 0: a frame begins there.
    header_left: usize,
    payload_left: usize,
    frame: Frame,
    /// The payloads of the compressed frames, which count as they were before.
    before: VecDeque<u64>,
    /// The last frame's payload that is still to be appended.
    open: Option<Open>,
}

/// What a frame's payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Data,
    Compressed,
    Control,
}

#[derive(Debug, Clone, Copy)]
struct Open {
    /// Turned so that its first byte is for the next byte.
    key: [u8; 4],
    left: usize,
}

impl Outbox {
    /// An empty one, which takes its buffers from `supply` and gives them back.
    #[must_use]
    pub fn new(supply: Arc<Supply>) -> Self {
        Outbox {
            supply,
            full: VecDeque::new(),
            last: None,
            len: 0,
            payload: 0,
            header_left: 0,
            payload_left: 0,
            frame: Frame::Control,
            before: VecDeque::new(),
            open: None,
        }
    }

    /// Whether all has gone out.
    #[inline]
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.len == 0
    }

    /// Bytes waiting, headers included.
    #[inline]
    #[must_use]
    pub fn len(&self) -> usize {
        self.len
    }

    /// Bytes of memory held: whole buffers.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.full.iter().chain(&self.last).map(Segment::memory).sum()
    }

    /// Payload bytes waiting: the standard's `bufferedAmount`.
    #[inline]
    #[must_use]
    pub fn payload(&self) -> u64 {
        self.payload
    }

    /// The first of the bytes waiting, as many as lie together.
    #[inline]
    #[must_use]
    pub fn bytes(&self) -> &[u8] {
        self.full.front().or(self.last.as_ref()).map_or(&[], Segment::bytes)
    }

    /// How many of [`Outbox::bytes`] belong to a frame that has partly gone out. 0: a frame begins at the front.
    #[must_use]
    pub fn rest_of_frame(&self) -> usize {
        (self.header_left + self.payload_left).min(self.bytes().len())
    }

    /// Whether a frame begins at the front, so that another may be sent before it.
    #[must_use]
    pub fn at_frame_start(&self) -> bool {
        self.header_left + self.payload_left == 0
    }

    /// Appends a frame.
    #[inline]
    pub fn push(&mut self, opcode: u8, payload: &[u8]) {
        // The common case, a small message into a buffer with room, is kept apart and short.
        if payload.len() < 126
            && let Some(segment) = &mut self.last
            && segment.room_left() >= payload.len() + frame::SMALL_CLIENT_HEADER
        {
            let key = segment.next_key();
            let (header, body) = segment.room().split_at_mut(frame::SMALL_CLIENT_HEADER);
            header.copy_from_slice(&frame::small_client_header(FIN | opcode, payload.len(), key));
            mask::apply(&mut body[..payload.len()], payload, key);
            let size = frame::SMALL_CLIENT_HEADER + payload.len();
            segment.filled(size);
            self.len += size;
            if opcode < frame::opcode::CLOSE {
                self.payload += payload.len() as u64;
            }
            return;
        }
        self.begin(opcode, payload.len());
        self.append_all(payload);
    }

    /// Appends a frame whose payload was compressed and had `before` bytes, which it counts with.
    pub fn push_compressed(&mut self, opcode: u8, payload: &[u8], before: usize) {
        self.begin(COMPRESSED | opcode, payload.len());
        self.payload += before as u64;
        self.before.push_back(before as u64);
        self.append_all(payload);
    }

    fn append_all(&mut self, mut payload: &[u8]) {
        while !payload.is_empty() {
            payload = &payload[self.append(payload)..];
        }
    }

    /// Appends the header of a frame whose payload follows by [`Outbox::append`].
    #[inline]
    pub fn begin(&mut self, opcode: u8, payload: usize) {
        let segment = self.tail(frame::MAX_CLIENT_HEADER);
        let key = segment.next_key();
        let (header, size) = frame::client_header(FIN | opcode, payload, key);
        segment.room()[..frame::MAX_CLIENT_HEADER].copy_from_slice(&header);
        segment.filled(size);
        self.len += size;
        if opcode < frame::opcode::CLOSE {
            self.payload += payload as u64;
        }
        self.open = (payload > 0).then_some(Open { key, left: payload });
    }

    /// Appends the next bytes of the payload, masked: as many of `part` as fit into one buffer. Returns how many. What is more than
    /// the header announced is dropped: it would be taken for the next frame.
    #[inline]
    pub fn append(&mut self, part: &[u8]) -> usize {
        let Some(Open { mut key, left }) = self.open else { return part.len() };
        let segment = self.tail(1);
        let room = segment.room();
        let count = part.len().min(left).min(room.len()).min(SEGMENT);
        mask::apply(&mut room[..count], &part[..count], key);
        segment.filled(count);
        self.len += count;
        key.rotate_left(count & 3);
        self.open = (left > count).then_some(Open { key, left: left - count });
        count
    }

    /// Writes a frame to `target` instead, to be sent before what is waiting.
    pub fn frame_apart(&mut self, opcode: u8, payload: &[u8], target: &mut Vec<u8>) {
        let mut frame = Outbox::new(self.supply.clone());
        frame.push(opcode, payload);
        target.extend_from_slice(frame.bytes());
        frame.clear();
    }

    /// `count` of the bytes have gone out.
    pub fn consume(&mut self, count: usize) {
        if count == self.len && self.open.is_none() {
            // The usual case costs nothing per frame.
            self.clear();
            return;
        }
        self.walk(count);
        self.len -= count;
        let mut count = count;
        while count > 0
            && let Some(segment) = self.full.front_mut().or(self.last.as_mut())
        {
            let part = count.min(segment.bytes().len());
            segment.consume(part);
            count -= part;
            if segment.bytes().is_empty()
                && let Some(segment) = self.full.pop_front().or_else(|| self.last.take())
            {
                self.supply.give(segment);
            }
        }
    }

    /// Forgets everything. The buffers go back.
    pub fn clear(&mut self) {
        for segment in self.full.drain(..).chain(self.last.take()) {
            self.supply.give(segment);
        }
        (self.len, self.payload, self.header_left, self.payload_left, self.open) = (0, 0, 0, 0, None);
        self.before.clear();
    }

    /// Finds out what kind of bytes are the next `count`: after a short write, frame by frame.
    fn walk(&mut self, mut count: usize) {
        for segment in self.full.iter().chain(&self.last) {
            let mut bytes = segment.bytes();
            while count > 0 && !bytes.is_empty() {
                if self.header_left + self.payload_left == 0 {
                    // A header never lies in two buffers.
                    (self.header_left, self.payload_left) = frame::client_sizes(bytes);
                    self.frame = match bytes[0] {
                        first if first & 0x08 != 0 => Frame::Control,
                        first if first & COMPRESSED != 0 => Frame::Compressed,
                        _ => Frame::Data,
                    };
                }
                let limit = count.min(bytes.len());
                let header = limit.min(self.header_left);
                self.header_left -= header;
                let payload = (limit - header).min(self.payload_left);
                self.payload_left -= payload;
                match self.frame {
                    Frame::Data => self.payload -= payload as u64,
                    // All of it when its last byte has gone out.
                    Frame::Compressed if self.header_left + self.payload_left == 0 => {
                        self.payload -= self.before.pop_front().unwrap_or(0);
                    }
                    Frame::Compressed | Frame::Control => {}
                }
                bytes = &bytes[header + payload..];
                count -= header + payload;
            }
        }
    }

    /// The last buffer, with room for at least `room` bytes.
    #[inline]
    fn tail(&mut self, room: usize) -> &mut Segment {
        if self.last.as_ref().is_none_or(|segment| segment.room_left() < room) {
            self.full.extend(self.last.replace(self.supply.take()));
        }
        self.last.as_mut().expect("there was one, or one was just added")
    }
}

impl Drop for Outbox {
    fn drop(&mut self) {
        self.clear();
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::protocol::frame::opcode::{BINARY, PING, TEXT};
    use proptest::prelude::*;

    fn outbox() -> Outbox {
        Outbox::new(Arc::new(Supply::new(|bytes| {
            for (i, byte) in bytes.iter_mut().enumerate() {
                *byte = u8::try_from(i % 253).unwrap_or(0);
            }
        })))
    }

    /// Takes up to `count` bytes out, as a kernel would: buffer by buffer.
    fn transmit(outbox: &mut Outbox, count: usize, out: &mut Vec<u8>) {
        let mut left = count.min(outbox.len());
        while left > 0 {
            let part = left.min(outbox.bytes().len());
            out.extend_from_slice(&outbox.bytes()[..part]);
            outbox.consume(part);
            left -= part;
        }
    }

    /// The frames in `bytes`: opcodes and unmasked payloads.
    fn frames(mut bytes: &[u8]) -> Vec<(u8, Vec<u8>)> {
        let mut frames = Vec::new();
        while !bytes.is_empty() {
            let (header, payload) = frame::client_sizes(bytes);
            let key = &bytes[header - 4..header];
            let unmasked = bytes[header..header + payload].iter().enumerate().map(|(i, byte)| byte ^ key[i % 4]).collect();
            frames.push((bytes[0], unmasked));
            bytes = &bytes[header + payload..];
        }
        frames
    }

    #[test]
    fn a_frame_behind_a_long_one_that_has_partly_gone_out_is_whole() {
        let mut outbox = outbox();
        let long = vec![7; 300_001];
        outbox.begin(BINARY, long.len());
        let (mut rest, mut out) = (&long[..], Vec::new());
        while !rest.is_empty() {
            rest = &rest[outbox.append(rest)..];
            let half = outbox.len() / 2;
            transmit(&mut outbox, half, &mut out);
        }
        outbox.push(TEXT, b"behind");
        transmit(&mut outbox, usize::MAX, &mut out);
        assert_eq!(frames(&out), [(0x82, long), (0x81, b"behind".to_vec())]);
    }

    /// An outbox whose first buffer has exactly `room` bytes left, and the frame in it.
    fn nearly_full(room: usize) -> (Outbox, (u8, Vec<u8>)) {
        let mut outbox = outbox();
        let empty = outbox.tail(1).room_left();
        let payload = vec![b'.'; empty - frame::MAX_CLIENT_HEADER - room];
        outbox.push(BINARY, &payload);
        assert_eq!(outbox.tail(0).room_left(), room);
        (outbox, (0x82, payload))
    }

    #[test]
    fn a_message_that_does_not_fit_into_the_rest_of_a_buffer_is_one_frame_all_the_same() {
        // A small frame has a header of 6 bytes, and the longest header has 14.
        for room in [0, 5, 6, 13, 14, 39, 40] {
            for size in [0, 8, 34, 125, 126] {
                let (mut outbox, first) = nearly_full(room);
                let payload = vec![b'x'; size];
                outbox.push(TEXT, &payload);
                let mut out = Vec::new();
                let most = outbox.len() - 300;
                transmit(&mut outbox, most, &mut out);
                while !outbox.is_empty() {
                    transmit(&mut outbox, 1, &mut out);
                }
                assert!(frames(&out) == [first, (0x81, payload)], "{size} bytes into {room}");
                assert_eq!(outbox.payload(), 0);
            }
        }
    }

    #[test]
    fn what_lies_in_several_buffers_may_go_out_at_once() {
        let fill = || {
            let mut outbox = nearly_full(10).0;
            for size in [300_000, 299_999, 1] {
                outbox.push(BINARY, &vec![b'x'; size]);
            }
            outbox
        };
        let mut all = Vec::new();
        transmit(&mut fill(), usize::MAX, &mut all);
        let last = all.len() - 1;
        for gone in [1, 524_293, 524_294, 524_295, 600_000, 900_000, last] {
            let mut outbox = fill();
            outbox.consume(gone);
            assert_eq!((outbox.len(), outbox.bytes().first()), (all.len() - gone, Some(&all[gone])), "{gone}");
            let mut rest = Vec::new();
            transmit(&mut outbox, usize::MAX, &mut rest);
            assert!(rest == all[gone..], "{gone}");
        }
        let mut outbox = fill();
        outbox.consume(last);
        assert_eq!(outbox.payload(), 1, "all but the last message's only byte");
    }

    #[test]
    fn a_payload_is_no_longer_than_its_header_says() {
        for announced in [0, 5] {
            let mut outbox = outbox();
            outbox.begin(TEXT, announced);
            let mut rest = &b"first and more"[..];
            while !rest.is_empty() {
                rest = &rest[outbox.append(rest)..];
            }
            outbox.push(TEXT, b"second");
            let mut out = Vec::new();
            transmit(&mut outbox, usize::MAX, &mut out);
            assert_eq!(frames(&out), [(0x81, b"first"[..announced].to_vec()), (0x81, b"second".to_vec())]);
        }
    }

    #[test]
    fn a_frame_apart_is_masked_with_a_key_of_its_own() {
        let mut apart = Vec::new();
        outbox().frame_apart(PING, b"apart", &mut apart);
        assert_eq!(frames(&apart), [(0x89, b"apart".to_vec())]);
    }

    #[test]
    fn an_empty_one_owns_no_buffer() {
        let mut outbox = outbox();
        outbox.push(TEXT, &vec![b'x'; 600_000]);
        assert_eq!((outbox.full.len(), outbox.last.is_some()), (1, true));
        transmit(&mut outbox, usize::MAX, &mut Vec::new());
        assert_eq!((outbox.full.len(), outbox.last.is_some(), outbox.bytes()), (0, false, &[][..]));
    }

    proptest! {
        #[test]
        fn whatever_goes_out_in_whatever_pieces_the_payload_left_is_exact(
            messages in proptest::collection::vec((0..3_u8, 0..70_000_usize), 1..12),
            writes in proptest::collection::vec(1..100_000_usize, 1..40),
        ) {
            let mut outbox = outbox();
            let mut expected = Vec::new();
            for (kind, size) in &messages {
                let opcode = [TEXT, BINARY, PING][usize::from(*kind)];
                let payload = vec![*kind; if opcode == PING { size % 126 } else { *size }];
                outbox.push(opcode, &payload);
                expected.push((FIN | opcode, payload));
            }
            let all: u64 = expected.iter().filter(|(first, _)| first & 8 == 0).map(|(_, payload)| payload.len() as u64).sum();
            prop_assert_eq!(outbox.payload(), all);
            let mut out = Vec::new();
            for size in writes {
                transmit(&mut outbox, size, &mut out);
                let (mut at, mut gone) = (0, 0);
                for (first, payload) in &expected {
                    let header = frame::client_header(*first, payload.len(), [0; 4]).1;
                    if first & 8 == 0 {
                        gone += out.len().saturating_sub(at + header).min(payload.len()) as u64;
                    }
                    at += header + payload.len();
                }
                prop_assert_eq!(outbox.payload(), all - gone);
            }
            transmit(&mut outbox, usize::MAX, &mut out);
            prop_assert_eq!(frames(&out), expected);
        }
    }
}
