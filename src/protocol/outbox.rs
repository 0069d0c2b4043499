//! Frames on their way to the kernel: a row of buffers, and how many payload bytes are in it.

use super::{
    frame::{self, COMPRESSED, FIN, opcode},
    lent::{Buffer, Lent},
    mask,
    segments::{GATHER, SEGMENT, Segment, Supply},
};
use std::{collections::VecDeque, sync::Arc};

/// Frames accepted and not yet given to the kernel.
#[derive(Debug)]
pub struct Outbox {
    supply: Arc<Supply>,
    /// The buffers before the last: each has bytes in it.
    full: VecDeque<Piece>,
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
    /// The payloads of the compressed frames, which count as they were before. Of frames that go on with a message only this says
    /// whether they are.
    before: VecDeque<Option<u64>>,
    /// The last frame's payload that is still to be appended.
    open: Option<Open>,
    /// Buffers of the application's that are no longer needed.
    spent: Vec<Box<dyn Buffer>>,
}

/// A buffer that is not written into any more.
#[derive(Debug)]
enum Piece {
    Segment(Segment),
    Lent(Lent),
}

impl Piece {
    /// What can go out next.
    fn bytes(&self) -> &[u8] {
        match self {
            Piece::Segment(segment) => segment.bytes(),
            Piece::Lent(lent) => lent.bytes(),
        }
    }

    /// All that is to go out.
    fn rest(&self) -> &[u8] {
        match self {
            Piece::Segment(segment) => segment.bytes(),
            Piece::Lent(lent) => lent.rest(),
        }
    }

    fn consume(&mut self, count: usize) {
        match self {
            Piece::Segment(segment) => segment.consume(count),
            Piece::Lent(lent) => lent.consume(count),
        }
    }

    fn memory(&self) -> usize {
        match self {
            Piece::Segment(segment) => segment.memory(),
            Piece::Lent(lent) => lent.memory(),
        }
    }
}

/// What a frame's payload is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Frame {
    Data,
    /// It counts with so many bytes, which it had before.
    Compressed(u64),
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
            spent: Vec::new(),
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

    /// Bytes of memory held: whole buffers, those of the application's that wait included.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.full.iter().map(Piece::memory).sum::<usize>() + self.last.as_ref().map_or(0, Segment::memory)
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
        match self.full.front() {
            Some(piece) => piece.bytes(),
            None => self.last.as_ref().map_or(&[], Segment::bytes),
        }
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
        self.push_fragment(FIN | COMPRESSED | opcode, payload, Some(before as u64));
    }

    /// Appends a data frame that begins with the byte `first`. Its payload counts as `before` bytes if it was compressed.
    pub fn push_fragment(&mut self, first: u8, payload: &[u8], before: Option<u64>) {
        self.begin_frame(first, payload.len());
        if let Some(before) = before {
            self.payload = self.payload - payload.len() as u64 + before;
        }
        if before.is_some() || first & 0x0f == opcode::CONTINUATION {
            self.before.push_back(before);
        }
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
        self.begin_frame(FIN | opcode, payload);
    }

    #[inline]
    fn begin_frame(&mut self, first: u8, payload: usize) {
        let segment = self.tail(frame::MAX_CLIENT_HEADER);
        let key = segment.next_key();
        let (header, size) = frame::client_header(first, payload, key);
        segment.room()[..frame::MAX_CLIENT_HEADER].copy_from_slice(&header);
        segment.filled(size);
        self.len += size;
        if first & opcode::CLOSE == 0 {
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

    /// Appends what is left of the payload by taking the buffer that it lies in, from `from` on: it is masked there when it is about to
    /// go out. The buffer is [spent](Outbox::take_spent) when it has.
    pub fn lend(&mut self, buffer: Box<dyn Buffer>, from: usize) {
        let (Open { key, left }, len) = (self.open.take().unwrap_or(Open { key: [0; 4], left: 0 }), buffer.bytes().len() - from);
        let count = left.min(len);
        self.open = (left > count).then_some(Open { key, left: left - count });
        if count == 0 {
            self.spent.push(buffer);
            return;
        }
        self.end_segment();
        self.full.push_back(Piece::Lent(Lent::new(buffer, from, count, key)));
        self.len += count;
        self.prepare();
    }

    /// Nothing more can be written into the last buffer. One with little in it is not kept for that.
    fn end_segment(&mut self) {
        let Some(segment) = self.last.take() else { return };
        if segment.bytes().len() > GATHER {
            self.full.push_back(Piece::Segment(segment));
            return;
        }
        if !segment.bytes().is_empty() {
            self.full.push_back(Piece::Lent(Lent::as_they_are(segment.bytes().to_vec())));
        }
        self.supply.give(segment);
    }

    /// The buffers of the application's that are no longer needed, to be dropped where that may take a while and call anything.
    #[must_use]
    pub fn take_spent(&mut self) -> Vec<Box<dyn Buffer>> {
        std::mem::take(&mut self.spent)
    }

    /// A buffer of the application's is no longer needed.
    pub fn spend(&mut self, buffer: Box<dyn Buffer>) {
        self.spent.push(buffer);
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
            && let Some(piece) = self.full.front_mut()
        {
            let part = count.min(piece.rest().len());
            piece.consume(part);
            count -= part;
            if piece.rest().is_empty()
                && let Some(piece) = self.full.pop_front()
            {
                self.give_back(piece);
            }
        }
        self.prepare();
        if let Some(segment) = &mut self.last {
            segment.consume(count);
        }
        if let Some(segment) = self.last.take_if(|segment| segment.bytes().is_empty()) {
            self.supply.give(segment);
        }
    }

    /// Sees to it that what is first can go out.
    fn prepare(&mut self) {
        if let Some(Piece::Lent(lent)) = self.full.front_mut() {
            lent.prepare();
        }
    }

    fn give_back(&mut self, piece: Piece) {
        match piece {
            Piece::Segment(segment) => self.supply.give(segment),
            Piece::Lent(lent) => self.spent.push(lent.into_buffer()),
        }
    }

    /// Forgets everything. The buffers go back.
    pub fn clear(&mut self) {
        while let Some(piece) = self.full.pop_front() {
            self.give_back(piece);
        }
        if let Some(segment) = self.last.take() {
            self.supply.give(segment);
        }
        (self.len, self.payload, self.header_left, self.payload_left, self.open) = (0, 0, 0, 0, None);
        self.before.clear();
    }

    /// Finds out what kind of bytes are the next `count`: after a short write, frame by frame.
    fn walk(&mut self, mut count: usize) {
        for mut bytes in self.full.iter().map(Piece::rest).chain(self.last.as_ref().map(Segment::bytes)) {
            while count > 0 && !bytes.is_empty() {
                if self.header_left + self.payload_left == 0 {
                    // A header never lies in two buffers.
                    (self.header_left, self.payload_left) = frame::client_sizes(bytes);
                    self.frame = match bytes[0] {
                        first if first & opcode::CLOSE != 0 => Frame::Control,
                        first if first & COMPRESSED != 0 || first & 0x0f == opcode::CONTINUATION => {
                            self.before.pop_front().flatten().map_or(Frame::Data, Frame::Compressed)
                        }
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
                    Frame::Compressed(before) if self.header_left + self.payload_left == 0 => self.payload -= before,
                    Frame::Compressed(_) | Frame::Control => {}
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
            self.full.extend(self.last.replace(self.supply.take()).map(Piece::Segment));
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
mod tests;
