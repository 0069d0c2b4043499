//! Compressing our messages (RFC 7692 section 7.2.1).
//!
//! The state of a compressor is large (a quarter of a MiB for the largest window) and only needed while messages are sent. Given up
//! between them, it costs what the next message could have referred to, and nothing else: the server's side need not know.

use super::{counts::Compressed, inflate::TAIL};
use crate::spec::deflate::Parameters;
use std::mem;
use zlib_rs::{Deflate, DeflateConfig, DeflateFlush, Method, Status, Strategy};

/// Bytes given to zlib at once: it counts with 32 bits, and messages may be longer than that.
pub(super) const PIECE: usize = 4 << 20;

/// How hard to compress.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Effort {
    /// zlib's level: 1, the fastest, to 9, the smallest result.
    pub level: u8,
    /// zlib's memory level: 1, the least memory, to 9.
    pub memory: u8,
}

/// The sending half of permessage-deflate.
pub struct Compressor {
    config: DeflateConfig,
    context_takeover: bool,
    stream: Option<Box<Deflate>>,
    /// Whether it was used since it was last asked to rest.
    used: bool,
}

impl std::fmt::Debug for Compressor {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Compressor").field("window_bits", &-self.config.window_bits).finish_non_exhaustive()
    }
}

impl Compressor {
    /// One that has allocated nothing yet.
    #[must_use]
    pub fn new(parameters: &Parameters, effort: Effort) -> Self {
        // zlib knows no window of 8 bits, but with one of 9 it refers back by 250 bytes at the most.
        let window_bits = i32::from(parameters.client_window_bits.max(9));
        let config = DeflateConfig {
            level: i32::from(effort.level),
            method: Method::Deflated,
            window_bits: -window_bits,
            mem_level: i32::from(effort.memory),
            strategy: Strategy::Default,
        };
        Compressor { config, context_takeover: parameters.client_context_takeover, stream: None, used: false }
    }

    /// Compresses a message and appends it to `out`.
    pub fn compress(&mut self, payload: &[u8], out: &mut Vec<u8>) {
        self.fragment(payload, true, out);
    }

    /// Compresses the next part of a message and appends it to `out`: all of it, so that the other side can inflate it when it comes.
    pub fn fragment(&mut self, payload: &[u8], last: bool, out: &mut Vec<u8>) {
        self.used = true;
        let start = out.len();
        let stream = self.stream.get_or_insert_with(|| Box::new(Deflate::new_with_config(self.config)));
        let mut rest = payload;
        loop {
            let (piece, after) = rest.split_at(rest.len().min(PIECE));
            rest = after;
            let flush = if rest.is_empty() { DeflateFlush::SyncFlush } else { DeflateFlush::NoFlush };
            feed(stream, piece, flush, out);
            if rest.is_empty() {
                break;
            }
        }
        if !last {
            return;
        }
        if out[start..].ends_with(&TAIL) {
            out.truncate(out.len() - TAIL.len());
        }
        if out.len() == start {
            // Nothing, or nothing more, compressed (RFC 7692 section 7.2.3.6).
            out.push(0);
        }
        if !self.context_takeover {
            stream.reset();
        }
    }

    /// Gives memory up if it was not used since this was last called. `false`: there is something left to give up.
    pub fn rest(&mut self) -> bool {
        if mem::take(&mut self.used) {
            return false;
        }
        self.stream = None;
        true
    }

    /// Whether nothing is left to give up.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.stream.is_none()
    }

    /// Bytes of memory held, beside this object's own.
    #[must_use]
    pub fn memory(&self) -> usize {
        let window = 4 << -self.config.window_bits;
        let hash_and_symbols = 512 << self.config.mem_level;
        if self.stream.is_some() { window + hash_and_symbols } else { 0 }
    }
}

/// Gives a stream some bytes and appends what comes out of it to `out`.
fn feed(stream: &mut Deflate, mut rest: &[u8], flush: DeflateFlush, out: &mut Vec<u8>) {
    loop {
        let end = out.len();
        let step = (rest.len() / 2).clamp(256, 64 << 10);
        out.resize(end + step, 0);
        let (read, written) = (stream.total_in(), stream.total_out());
        let result = stream.compress(rest, &mut out[end..], flush);
        let read = usize::try_from(stream.total_in() - read).unwrap_or(rest.len());
        let written = usize::try_from(stream.total_out() - written).unwrap_or(step);
        rest = &rest[read..];
        out.truncate(end + written);
        // Room left over means that all is taken in, or flushed. No other result comes of a stream that was made well.
        if written < step || !matches!(result, Ok(Status::Ok)) {
            return;
        }
    }
}

/// The compressor of a connection, what it writes into, and for which messages it is.
#[derive(Debug)]
pub struct Compression {
    compressor: Compressor,
    threshold: usize,
    wire: Vec<u8>,
    counted: Compressed,
    /// The message whose fragments are being compressed.
    unfinished: Compressed,
}

impl Compression {
    /// One that has allocated nothing yet. It is not for messages of fewer than `threshold` bytes.
    #[must_use]
    pub fn new(parameters: &Parameters, effort: Effort, threshold: usize) -> Self {
        Compression {
            compressor: Compressor::new(parameters, effort),
            threshold,
            wire: Vec::new(),
            counted: Compressed::default(),
            unfinished: Compressed::default(),
        }
    }

    /// Whether a message of `len` bytes is compressed.
    #[inline]
    #[must_use]
    pub fn is_for(&self, len: usize) -> bool {
        len >= self.threshold
    }

    /// Bytes of memory held, beside this object's own.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.compressor.memory() + self.wire.capacity()
    }

    /// The messages so far.
    #[must_use]
    pub fn counted(&self) -> Compressed {
        self.counted
    }

    /// A message as it is sent.
    pub fn compress(&mut self, payload: &[u8]) -> &[u8] {
        self.wire.clear();
        self.compressor.compress(payload, &mut self.wire);
        self.counted.count(payload.len(), self.wire.len());
        &self.wire
    }

    /// The next fragment of a message as it is sent.
    pub fn fragment(&mut self, payload: &[u8], last: bool) -> &[u8] {
        self.wire.clear();
        self.compressor.fragment(payload, last, &mut self.wire);
        self.unfinished.count(payload.len(), self.wire.len());
        &self.wire
    }

    /// The message whose fragments were compressed is whole: it counts.
    pub fn end_fragments(&mut self) {
        self.counted.add(mem::take(&mut self.unfinished));
    }

    /// Gives memory up as [`Compressor::rest`] does.
    pub fn rest(&mut self) -> bool {
        let rests = self.compressor.rest();
        if rests {
            self.wire = Vec::new();
        }
        rests
    }

    /// Whether nothing is left to give up.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.compressor.is_at_rest()
    }
}
