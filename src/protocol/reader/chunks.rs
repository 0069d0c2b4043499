//! Messages that are handed out in chunks, as they arrive: of a message no more is kept than the bytes of a cut character and the
//! decompressor.
//!
//! Chunks of text are cut between characters, so each is UTF-8 by itself. What comes before a fault is handed out before the fault is
//! told: so the same bytes in any pieces give the same bytes in chunks and the same verdict.

use super::{Frame, Payload, Reader, Received, Violation};
use crate::protocol::{pool::Pool, window::Window};

/// How much of a compressed message is inflated for one chunk, at most: large enough to be kept as it is in a queue.
pub const PIECE: usize = 64 << 10;

impl Reader {
    /// Whether there is something to hand out before more bytes have come.
    #[inline]
    #[must_use]
    pub fn is_pending(&self) -> bool {
        self.chunks
            && !self.discarding
            && (self.breach.is_some() || self.message.as_ref().is_some_and(|message| message.has_more_to_inflate()))
    }

    /// The next chunk of the frame's payload, which belongs to a message that is wanted.
    pub(super) fn chunk<'a>(&mut self, frame: Frame, window: &mut Window<'a>, pool: &mut Pool) -> Result<Option<Received<'a>>, Violation> {
        let Some(message) = &self.message else { return Ok(None) };
        if message.compressed {
            self.inflated_chunk(frame, window, pool)
        } else if message.has_cut() && frame.left > 0 {
            self.cut_character(frame, window)
        } else {
            self.chunk_in_place(frame, window)
        }
    }

    /// Takes a byte of a character that was cut. When it is whole, it is a chunk, because the bytes lie in two places.
    fn cut_character<'a>(&mut self, frame: Frame, window: &mut Window<'_>) -> Result<Option<Received<'a>>, Violation> {
        let (Some(message), Some((byte, _))) = (&mut self.message, window.peek()) else { return Ok(None) };
        window.drain(1, None);
        let character = message.complete(byte)?;
        let left = frame.left - 1;
        // A frame that ends here and has no more to say is ended by the next chunk.
        self.frame = (left > 0 || character.is_none()).then_some(Frame { left, ..frame });
        Ok(character.and_then(|mut bytes| {
            bytes.push(0);
            self.hand_out(left == 0 && frame.fin, Payload::Owned(bytes))
        }))
    }

    /// All that has arrived, where it lies.
    fn chunk_in_place<'a>(&mut self, frame: Frame, window: &mut Window<'a>) -> Result<Option<Received<'a>>, Violation> {
        let Some(message) = &mut self.message else { return Ok(None) };
        let part = usize::try_from(frame.left).unwrap_or(usize::MAX).min(window.len());
        // Behind a header, or at the start of what was read, no NUL stands in a byte's place.
        let payload = window.take(0, part);
        let left = frame.left - part as u64;
        let ends = left == 0 && frame.fin;
        let (good, fault) = message.judge(&payload[..part], ends);
        self.frame = (left > 0).then_some(Frame { left, ..frame });
        if !self.passes(good, ends, fault)? {
            return Ok(None);
        }
        let payload = &mut payload[..=good];
        payload[good] = 0;
        Ok(self.hand_out(ends, Payload::InPlace(payload)))
    }

    /// As much as a piece holds of what comes out of the bytes that have arrived.
    fn inflated_chunk<'a>(&mut self, frame: Frame, window: &mut Window<'_>, pool: &mut Pool) -> Result<Option<Received<'a>>, Violation> {
        let (Some(message), Some(inflater)) = (&mut self.message, self.inflater.as_deref_mut()) else { return Ok(None) };
        message.begin_piece(pool);
        let bytes = window.next_bytes();
        let bytes = &bytes[..usize::try_from(frame.left).unwrap_or(usize::MAX).min(bytes.len())];
        let (used, result) = message.inflate(bytes, inflater, self.bounds, PIECE);
        window.drain(used, None);
        let left = frame.left - used as u64;
        let more = message.has_more_to_inflate();
        let ends = left == 0 && frame.fin && !more;
        self.frame = (left > 0 || more).then_some(Frame { left, ..frame });
        let fault = match result {
            Ok(()) if ends => message.end(Some(inflater)).err(),
            result => result.err(),
        };
        let mut piece = message.end_piece(fault.is_some());
        let passes = self.passes(piece.len(), ends, fault);
        if passes != Ok(true) {
            pool.give(piece);
            return passes.map(|_| None);
        }
        piece.push(0);
        Ok(self.hand_out(ends, Payload::Owned(piece)))
    }

    /// Whether there is a chunk of `good` bytes. A fault behind it is told after it.
    fn passes(&mut self, good: usize, ends: bool, fault: Option<Violation>) -> Result<bool, Violation> {
        match fault {
            Some(fault) if good == 0 => Err(fault),
            Some(fault) => {
                self.breach = Some(Box::new(fault));
                Ok(true)
            }
            None => Ok(good > 0 || ends),
        }
    }

    /// The chunk, which is the message's last one if that has ended without a fault.
    fn hand_out<'a>(&mut self, ends: bool, payload: Payload<'a>) -> Option<Received<'a>> {
        let last = ends && self.breach.is_none();
        let chunk = self.message.as_mut()?.next_chunk(last);
        if last {
            self.message = None;
        }
        Some(Received::Chunk(chunk, payload))
    }
}
