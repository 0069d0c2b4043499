//! Inflating the server's messages (RFC 7692 section 7.2.2), as far as there is room for what comes out.
//!
//! The state of a decompressor is large (some 45 KiB) and only needed while messages come. Between them it can be given up for what
//! the next message may refer to, compressed itself.

use super::counts::Compressed;
use crate::spec::deflate::Parameters;
use std::mem;
use zlib_rs::{
    DeflateConfig, Inflate, InflateConfig, InflateFlush, Method, ReturnCode, Status, Strategy, compress_slice, decompress_slice,
};

/// What a compressed message's last frame leaves out (RFC 7692 section 7.2.1).
pub const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// The same and another empty block without compression behind it, which changes nothing where a block may begin.
const TAIL_AND_EMPTY_BLOCK: [u8; 9] = [0x00, 0x00, 0xff, 0xff, 0x00, 0x00, 0x00, 0xff, 0xff];

/// How much is inflated at a time: room is made for as much.
const STEP: usize = 16 << 10;

/// How what the next message may refer to is kept meanwhile: small and quickly made.
const PACKED: DeflateConfig =
    DeflateConfig { level: 3, method: Method::Deflated, window_bits: -15, mem_level: 5, strategy: Strategy::Default };

/// The compressed bytes are no deflate stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Corrupt;

/// Whether there is memory to give up.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Usage {
    /// It was given up.
    Rests,
    /// It was not used since somebody asked for it last.
    Idle,
    Used,
}

/// How far a message is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Message {
    /// It has no bytes.
    None,
    Begun,
    /// Its bytes so far end with a block that ends the stream; what follows is another stream.
    StreamEnded,
}

/// The receiving half of permessage-deflate.
pub struct Inflater {
    window_bits: u8,
    context_takeover: bool,
    stream: Option<Box<Inflate>>,
    history: History,
    usage: Usage,
    message: Message,
    /// The messages that were whole so far.
    pub counted: Compressed,
}

impl std::fmt::Debug for Inflater {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Inflater").field("window_bits", &self.window_bits).finish_non_exhaustive()
    }
}

impl Inflater {
    /// One that has allocated nothing yet.
    #[must_use]
    pub fn new(parameters: &Parameters) -> Self {
        Inflater {
            window_bits: parameters.server_window_bits,
            context_takeover: parameters.server_context_takeover,
            stream: None,
            history: History::default(),
            usage: Usage::Rests,
            message: Message::None,
            counted: Compressed::default(),
        }
    }

    /// Inflates what `input` has of a message and appends it to `out`, `room` bytes at the most; `input` then begins with what is
    /// left. `true`: all that could be inflated was; `false`: there may be more, even of an empty input.
    ///
    /// # Errors
    ///
    /// [`Corrupt`]; nothing more can be inflated then.
    pub fn inflate(&mut self, input: &mut &[u8], out: &mut Vec<u8>, mut room: usize) -> Result<bool, Corrupt> {
        if !input.is_empty() {
            self.message = Message::Begun;
        }
        self.usage = Usage::Used;
        while room > 0 {
            let start = out.len();
            // Text becomes some four times as long, and zlib is slow within 260 bytes of the end of its room.
            let step = room.min(STEP.min(input.len().saturating_mul(6).saturating_add(512)));
            make_room(out, step, room);
            out.resize(start + step, 0);
            let stream = self.stream.get_or_insert_with(|| {
                let mut stream = Box::new(Inflate::new(false, self.window_bits));
                self.history.give_to(&mut stream);
                stream
            });
            let (read, written) = (stream.total_in(), stream.total_out());
            let result = stream.decompress(input, &mut out[start..], InflateFlush::SyncFlush);
            let read = usize::try_from(stream.total_in() - read).map_err(|_| Corrupt)?;
            let written = usize::try_from(stream.total_out() - written).map_err(|_| Corrupt)?;
            *input = &input[read..];
            out.truncate(start + written);
            self.history.push(&out[start..], 1 << self.window_bits);
            room -= written;
            match result {
                Ok(Status::StreamEnd) => {
                    self.stream = None;
                    if input.is_empty() {
                        self.message = Message::StreamEnded;
                        return Ok(true);
                    }
                }
                Ok(Status::Ok | Status::BufError) if written < step => {
                    return if input.is_empty() { Ok(true) } else { Err(Corrupt) };
                }
                Ok(Status::Ok | Status::BufError) => {}
                Err(_) => return Err(Corrupt),
            }
        }
        Ok(false)
    }

    /// Ends a message all of whose bytes were inflated.
    ///
    /// # Errors
    ///
    /// [`Corrupt`] if it ends within a block.
    pub fn finish(&mut self) -> Result<(), Corrupt> {
        match self.message {
            // A message without any bytes should not be, but is nothing rather than the start of a block.
            Message::None => {}
            Message::Begun => self.end_block()?,
            // The next message begins a stream of its own.
            Message::StreamEnded => self.stream = None,
        }
        self.message = Message::None;
        if !self.context_takeover {
            self.history = History::default();
            match &mut self.stream {
                Some(stream) if self.window_bits == crate::spec::deflate::MAX_WINDOW_BITS => stream.reset(false),
                stream => *stream = None,
            }
        }
        Ok(())
    }

    /// Has the stream end a message's last block, with what its last frame leaves out.
    ///
    /// Where the stream then is, it does not say; but told to stop between blocks, it reads all of [`TAIL`] and no more only if a block
    /// ends there or within the last byte. Bits that are left of that one are all set, and make the empty block behind it a final one
    /// or none at all. Otherwise the message would go on in the next one, unless memory was given up meanwhile.
    fn end_block(&mut self) -> Result<(), Corrupt> {
        let stream = self.stream.as_mut().ok_or(Corrupt)?;
        let mut beyond = [0; TAIL.len() + 1];
        let mut step = |input: &[u8], flush| {
            let before = (stream.total_in(), stream.total_out());
            let status = stream.decompress(input, &mut beyond, flush);
            let nothing_came = stream.total_out() == before.1;
            (status.ok().filter(|_| nothing_came), stream.total_in() - before.0)
        };
        let (Some(Status::Ok), 4) = step(&TAIL_AND_EMPTY_BLOCK, InflateFlush::Block) else { return Err(Corrupt) };
        match step(&TAIL_AND_EMPTY_BLOCK[TAIL.len()..], InflateFlush::SyncFlush) {
            (Some(Status::Ok), 5) => Ok(()),
            // That block was a final one: the next message begins a stream of its own.
            (Some(Status::StreamEnd), 0) => {
                self.stream = None;
                Ok(())
            }
            _ => Err(Corrupt),
        }
    }

    /// Gives memory up if it was not used since this was last called and no message is under way. The next message takes it anew,
    /// which costs it some microseconds. `false`: there is something left to give up.
    pub fn rest(&mut self) -> bool {
        if self.message != Message::None {
            return false;
        }
        if self.usage == Usage::Used {
            self.usage = Usage::Idle;
            return false;
        }
        self.stream = None;
        self.history.pack();
        self.usage = Usage::Rests;
        true
    }

    /// Whether nothing can be given up, while a message is under way too.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.usage == Usage::Rests || self.message != Message::None
    }

    /// Bytes of memory held, beside this object's own.
    #[must_use]
    pub fn memory(&self) -> usize {
        // A stream's own window always is the largest.
        let stream = if self.stream.is_some() { (15 << 10) + (1 << crate::spec::deflate::MAX_WINDOW_BITS) } else { 0 };
        stream + self.history.bytes.capacity()
    }
}

/// Has `out` hold `step` bytes more, and one for a NUL behind them: twice as many as before, to be quick, but no more than `room`, which
/// is what a message may have left.
fn make_room(out: &mut Vec<u8>, step: usize, room: usize) {
    if out.capacity() - out.len() <= step {
        let twice = out.capacity().saturating_mul(2).saturating_sub(out.len());
        out.reserve_exact(twice.min(room).max(step).saturating_add(1));
    }
}

/// The last bytes that were inflated: what the next message may refer to.
#[derive(Debug, Default)]
struct History {
    /// A ring once it is as long as the window; packed: a deflate stream.
    bytes: Vec<u8>,
    /// Where the ring's oldest byte is.
    oldest: usize,
    /// The length before it was packed; 0: it is not.
    unpacked: usize,
}

impl History {
    /// Appends what was inflated; no more than `window` bytes are kept.
    fn push(&mut self, new: &[u8], window: usize) {
        let new = &new[new.len().saturating_sub(window)..];
        let (grow, wrap) = new.split_at(new.len().min(window - self.bytes.len()));
        // Twice as much each time, and the window at the most.
        let capacity = (self.bytes.len() + grow.len()).next_power_of_two();
        self.bytes.reserve_exact(capacity - self.bytes.len());
        self.bytes.extend_from_slice(grow);
        let (before, after) = wrap.split_at(wrap.len().min(window - self.oldest));
        self.bytes[self.oldest..][..before.len()].copy_from_slice(before);
        self.bytes[..after.len()].copy_from_slice(after);
        self.oldest = (self.oldest + wrap.len()) % window;
    }

    /// Has a new stream know it.
    fn give_to(&mut self, stream: &mut Inflate) {
        self.unpack();
        let (newer, older) = self.bytes.split_at(self.oldest);
        for part in [older, newer] {
            // A raw stream takes any dictionary at any time, and appends it to what it has.
            let _ = stream.set_dictionary(part);
        }
    }

    /// Compresses it, if that makes it smaller.
    fn pack(&mut self) {
        if self.unpacked > 0 || self.bytes.is_empty() {
            return;
        }
        self.bytes.rotate_left(self.oldest);
        self.oldest = 0;
        let mut packed = vec![0; self.bytes.len()];
        if let (packed, ReturnCode::Ok) = compress_slice(&mut packed, &self.bytes, PACKED) {
            self.unpacked = self.bytes.len();
            self.bytes = packed.to_vec();
        } else {
            self.bytes.shrink_to_fit();
        }
    }

    fn unpack(&mut self) {
        if self.unpacked > 0 {
            let mut bytes = vec![0; mem::take(&mut self.unpacked)];
            let config = InflateConfig { window_bits: PACKED.window_bits };
            let (unpacked, _) = decompress_slice(&mut bytes, &self.bytes, config);
            self.bytes = unpacked.to_vec();
        }
    }
}

#[cfg(test)]
mod tests;
