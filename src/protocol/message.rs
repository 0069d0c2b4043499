//! A message that is arriving in pieces, compressed or not: its bytes so far and what is known of them.

use super::{
    Chunk, Kind,
    inflate::{Corrupt, Inflater},
    limits::{Limits, RATIO_FREE, RATIO_STEP},
    pool::Pool,
    reader::{Violation, protocol_error, too_big},
    utf8::Utf8,
};

/// A message some of which has arrived.
#[derive(Debug)]
pub(super) struct Message {
    pub kind: Kind,
    /// What it holds so far; of one that is handed out in chunks, the piece that is being inflated.
    pub data: Vec<u8>,
    pub compressed: bool,
    utf8: Utf8,
    /// Bytes that have arrived of it, as they were sent.
    arrived: u64,
    /// Bytes before `data`, which were handed out.
    gone: u64,
    /// Whether a chunk was.
    begun: bool,
    /// The bytes that have arrived were not all inflated, for want of room.
    more: bool,
}

/// How long a message may become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub max_message: u64,
    /// The option that sets it.
    pub setter: &'static str,
    max_ratio: u32,
}

impl Bounds {
    pub fn new(limits: &Limits) -> Self {
        let (max_message, setter) = match limits.max_chunked {
            Some(most) => (most, "ws_options_set_chunks"),
            None => (limits.max_message, "ws_options_set_max_message_size"),
        };
        Bounds { max_message, setter, max_ratio: limits.max_ratio }
    }
}

impl Message {
    pub fn new(kind: Kind, data: Vec<u8>, compressed: bool) -> Self {
        Message { kind, data, compressed, utf8: Utf8::default(), arrived: 0, gone: 0, begun: false, more: false }
    }

    /// Its bytes so far.
    pub fn len(&self) -> u64 {
        self.gone + self.data.len() as u64
    }

    /// Whether there may be more to inflate of what has arrived.
    pub fn has_more_to_inflate(&self) -> bool {
        self.more
    }

    /// Inflates and checks bytes that have arrived of a compressed message, until `data` has `most_held` bytes. Returns how many it used.
    ///
    /// What is found does not depend on how many come at once: faults are told in the order of the message's bytes, and the ratio is
    /// judged by each [`RATIO_STEP`] of them.
    pub fn inflate(
        &mut self,
        mut part: &[u8],
        inflater: &mut Inflater,
        bounds: Bounds,
        most_held: usize,
    ) -> (usize, Result<(), Violation>) {
        let before = self.arrived;
        let mut result = Ok(());
        while result.is_ok() && (self.more || !part.is_empty()) && self.data.len() < most_held {
            result = self.inflate_step(&mut part, inflater, bounds, most_held);
        }
        (usize::try_from(self.arrived - before).unwrap_or(usize::MAX), result)
    }

    /// The same with as many of the bytes as are judged together.
    fn inflate_step(&mut self, part: &mut &[u8], inflater: &mut Inflater, bounds: Bounds, most_held: usize) -> Result<(), Violation> {
        // What is left of bytes that have arrived is judged with those.
        let judged = if self.more { self.arrived.next_multiple_of(RATIO_STEP) } else { (self.arrived / RATIO_STEP + 1) * RATIO_STEP };
        let len = usize::try_from(judged - self.arrived).unwrap_or(usize::MAX).min(part.len());
        let mut step = &part[..len];
        let by_ratio = RATIO_FREE.max(judged.saturating_mul(u64::from(bounds.max_ratio)));
        let most = bounds.max_message.min(by_ratio);
        let before = self.data.len();
        let allowed = usize::try_from(most.saturating_sub(self.len())).unwrap_or(usize::MAX).saturating_add(1);
        let result = inflater.inflate(&mut step, &mut self.data, allowed.min(most_held - before));
        let used = len - step.len();
        self.arrived += used as u64;
        *part = &part[used..];
        self.check(before)?;
        if self.len() > most {
            self.data.pop();
            return Err(if bounds.max_message <= by_ratio {
                let text = format!("a compressed message that is larger than the maximum of {most} bytes");
                too_big(&text, bounds.setter)
            } else {
                let text = format!("a compressed message that is more than {} times as large as it was sent", bounds.max_ratio);
                too_big(&text, "ws_options_set_max_ratio")
            });
        }
        self.more = !result.map_err(corrupt)?;
        Ok(())
    }

    /// Checks what was added behind the first `before` bytes.
    pub fn check(&mut self, before: usize) -> Result<(), Violation> {
        match self.kind {
            Kind::Text => self.utf8.push(&self.data[before..]).map_err(|_| not_utf8(self.gone, &self.data)),
            Kind::Binary => Ok(()),
        }
    }

    /// All of it has arrived, and was inflated and checked.
    pub fn end(&mut self, inflater: Option<&mut Inflater>) -> Result<(), Violation> {
        if self.compressed
            && let Some(inflater) = inflater
        {
            inflater.finish().map_err(corrupt)?;
            inflater.counted.payload += self.len();
            inflater.counted.wire += self.arrived;
        }
        if self.kind == Kind::Text { self.utf8.finish().map_err(|_| not_utf8(self.gone, &self.data)) } else { Ok(()) }
    }

    /// The same; returns its bytes, with a NUL behind them.
    pub fn finish(mut self, inflater: Option<&mut Inflater>) -> Result<Vec<u8>, Violation> {
        self.end(inflater)?;
        self.data.push(0);
        Ok(self.data)
    }

    // ---- in chunks ----

    /// What is said of its next chunk.
    pub fn next_chunk(&mut self, last: bool) -> Chunk {
        Chunk { kind: self.kind, first: !std::mem::replace(&mut self.begun, true), last }
    }

    /// Whether the bytes so far end inside a character, which was not handed out.
    pub fn has_cut(&self) -> bool {
        !self.utf8.partial().is_empty()
    }

    /// The next byte of a character that was cut; the character if that is its last.
    pub fn complete(&mut self, byte: u8) -> Result<Option<Vec<u8>>, Violation> {
        let mut character = self.utf8.partial().to_vec();
        character.push(byte);
        self.gone += 1;
        let start = self.gone - character.len() as u64;
        self.utf8.push(&[byte]).map_err(|_| not_utf8(start, &character))?;
        Ok((!self.has_cut()).then_some(character))
    }

    /// How many of these bytes, which follow whole characters, can be handed out, and what is wrong with those behind them.
    pub fn judge(&mut self, part: &[u8], ends: bool) -> (usize, Option<Violation>) {
        self.gone += part.len() as u64;
        if self.kind == Kind::Binary {
            return (part.len(), None);
        }
        match self.utf8.push(part) {
            Ok(()) => {
                let cut = self.utf8.partial();
                let fault = (ends && !cut.is_empty()).then(|| not_utf8(self.gone - cut.len() as u64, cut));
                (part.len().saturating_sub(cut.len()), fault)
            }
            Err(_) => (valid_up_to(part), Some(not_utf8(self.gone - part.len() as u64, part))),
        }
    }

    /// Begins to inflate for a chunk: with the bytes of a character that the chunk before it ended in.
    pub fn begin_piece(&mut self, pool: &mut Pool) {
        self.data = pool.take();
        self.data.extend_from_slice(self.utf8.partial());
    }

    /// What was inflated for the chunk, without a character that is not whole.
    pub fn end_piece(&mut self, faulty: bool) -> Vec<u8> {
        let mut piece = std::mem::take(&mut self.data);
        if self.kind == Kind::Text {
            piece.truncate(if faulty { valid_up_to(&piece) } else { piece.len() - self.utf8.partial().len() });
        }
        self.gone += piece.len() as u64;
        piece
    }
}

fn valid_up_to(text: &[u8]) -> usize {
    std::str::from_utf8(text).map_or_else(|error| error.valid_up_to(), str::len)
}

/// `text` is what has come of a message behind its first `before` bytes, up to the byte that shows it, at least.
#[cold]
pub(super) fn not_utf8(before: u64, text: &[u8]) -> Violation {
    let good = valid_up_to(text);
    let byte = text.get(good).copied().unwrap_or_default();
    let offset = before + good as u64;
    let text = format!("the server sent a text message that is not UTF-8: the byte {byte:#04x} at offset {offset} begins no character");
    Violation { code: 1007, text }
}

#[cold]
fn corrupt(Corrupt: Corrupt) -> Violation {
    protocol_error("the server sent a compressed message that is no deflate stream")
}
