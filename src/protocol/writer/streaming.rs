//! One message of a length unknown at its beginning, sent in fragments (RFC 6455 section 5.4), and the messages that wait for its end.
//!
//! Small parts gather before they are framed: a fragment is made when there is much of them or when all that was framed has gone out.
//! A compressed fragment is flushed, so that the server gets all of what was appended, as it does uncompressed. So no part of a message
//! is ever held back, but by the network.

use super::Writer;
use crate::protocol::{
    Kind,
    counts::Traffic,
    frame::{COMPRESSED, FIN, opcode},
    lent::Buffer,
    segments::{GATHER, SEGMENT},
    utf8::Utf8,
};
use std::collections::VecDeque;

/// How much of a fragment's buffer is kept for the next one.
const KEPT: usize = 4 << 10;

/// The message that is being sent.
#[derive(Debug)]
pub(super) struct Streamed {
    kind: Kind,
    compress: bool,
    form: Form,
    utf8: Utf8,
    /// What was appended and is not framed yet.
    pending: Vec<u8>,
    len: u64,
    /// The messages that wait for its end, and the bytes of their payloads.
    behind: VecDeque<Behind>,
    behind_len: u64,
}

/// Which bits the frames of a message have.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Form {
    /// There is none yet.
    Unknown,
    AsItIs,
    Compressed,
}

/// A message that waits for the end of another.
#[derive(Debug)]
pub struct Behind {
    /// What it holds.
    pub kind: Kind,
    /// Whether it may be compressed.
    pub compress: bool,
    /// Its payload.
    pub payload: Box<dyn Buffer>,
}

impl Streamed {
    /// Bytes that are accepted and not framed.
    fn unframed(&self) -> u64 {
        self.pending.len() as u64 + self.behind_len
    }

    /// The payloads that waited for its end.
    pub(super) fn into_buffers(self) -> impl Iterator<Item = Box<dyn Buffer>> {
        self.behind.into_iter().map(|behind| behind.payload)
    }

    pub(super) fn memory(&self) -> usize {
        let behind: usize = self.behind.iter().map(|behind| behind.payload.bytes().len()).sum();
        self.pending.capacity() + self.behind.capacity() * size_of::<Behind>() + behind
    }
}

impl Writer {
    // ---- getters ----

    /// Whether a message was begun by [`Writer::begin_streamed`] and has not ended.
    #[inline]
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        self.streamed.is_some()
    }

    /// Payload bytes accepted and not framed yet.
    #[inline]
    pub(super) fn unframed(&self) -> u64 {
        self.streamed.as_ref().map_or(0, |streamed| streamed.unframed())
    }

    /// The messages accepted so far: those that wait for the end of another are counted when they are framed.
    pub(super) fn accepted(&self) -> Traffic {
        let mut traffic = self.traffic;
        if let Some(streamed) = &self.streamed {
            traffic.messages += streamed.behind.len() as u64;
            traffic.payload += streamed.behind_len;
        }
        traffic
    }

    /// Whether something was appended that is not framed yet.
    #[inline]
    pub(super) fn has_pending(&self) -> bool {
        self.streamed.as_ref().is_some_and(|streamed| !streamed.pending.is_empty())
    }

    /// Payload bytes that can go out before the message that is being streamed ends: those that wait behind it cannot.
    #[inline]
    pub(super) fn outgoing(&self) -> u64 {
        self.outbox.payload() + self.streamed.as_ref().map_or(0, |streamed| streamed.pending.len() as u64)
    }

    /// Payload bytes that were accepted behind a message which will never end.
    #[must_use]
    pub fn dropped(&self) -> u64 {
        self.dropped
    }

    /// The text so far with `part` behind it.
    ///
    /// # Errors
    ///
    /// The offset in `part` of the first byte that does not belong there.
    pub fn check_part(&self, part: &[u8]) -> Result<Utf8, usize> {
        let Some(streamed) = self.streamed.as_ref().filter(|streamed| streamed.kind == Kind::Text) else { return Ok(Utf8::default()) };
        let mut utf8 = streamed.utf8;
        if utf8.push(part).is_ok() {
            return Ok(utf8);
        }
        let mut before = streamed.utf8;
        Err(part.iter().take_while(|byte| before.push(std::slice::from_ref(byte)).is_ok()).count())
    }

    // ---- commands ----

    /// Begins a message whose payload follows by [`Writer::append_part`]. To be called when [`Writer::is_open`] and none
    /// [is streaming](Writer::is_streaming).
    pub fn begin_streamed(&mut self, kind: Kind, compress: bool) {
        self.streamed = Some(Box::new(Streamed {
            kind,
            compress,
            form: Form::Unknown,
            utf8: Utf8::default(),
            pending: Vec::new(),
            len: 0,
            behind: VecDeque::new(),
            behind_len: 0,
        }));
    }

    /// All of a part will be appended: the text is what [`Writer::check_part`] said.
    pub fn accept_part(&mut self, part: &[u8], utf8: Utf8) {
        if let Some(streamed) = &mut self.streamed {
            streamed.utf8 = utf8;
            streamed.len += part.len() as u64;
        }
    }

    /// Goes on with the message: takes as much of `part` as should be framed before the next write. Returns how much.
    pub fn append_part(&mut self, part: &[u8]) -> usize {
        let Some(mut streamed) = self.streamed.take() else { return part.len() };
        let count = if streamed.pending.is_empty() && part.len() >= GATHER {
            let count = part.len().min(SEGMENT);
            self.fragment(&mut streamed, &part[..count], false);
            count
        } else {
            let count = part.len().min(GATHER - streamed.pending.len());
            streamed.pending.extend_from_slice(&part[..count]);
            if streamed.pending.len() >= GATHER {
                self.frame(&mut streamed, false);
            }
            count
        };
        self.streamed = Some(streamed);
        count
    }

    /// Makes a fragment of what was appended, for all before it has gone out. `false`: there is nothing.
    pub fn frame_pending(&mut self) -> bool {
        let Some(mut streamed) = self.streamed.take_if(|streamed| !streamed.pending.is_empty()) else { return false };
        self.frame(&mut streamed, false);
        self.streamed = Some(streamed);
        true
    }

    /// Ends the message. Those that waited for it are to be sent now. `None`: it would end inside a character, and goes on.
    pub fn end_streamed(&mut self) -> Option<VecDeque<Behind>> {
        let mut streamed = self.streamed.take_if(|streamed| streamed.kind == Kind::Binary || streamed.utf8.finish().is_ok())?;
        self.frame(&mut streamed, true);
        self.traffic.long_message(streamed.len);
        if let Some(compression) = self.compression.as_mut().filter(|_| streamed.form == Form::Compressed) {
            compression.end_fragments();
        }
        Some(streamed.behind)
    }

    /// Accepts a message that waits for the end of the one that is being streamed.
    pub fn send_behind(&mut self, behind: Behind) {
        if let Some(streamed) = &mut self.streamed {
            streamed.behind_len += behind.payload.bytes().len() as u64;
            streamed.behind.push_back(behind);
        }
    }

    // ---- inside ----

    /// The message will never end: what was appended goes out, what waited behind it never will.
    pub(super) fn leave_off(&mut self) {
        self.frame_pending();
        let Some(streamed) = self.streamed.take() else { return };
        self.dropped += streamed.behind_len;
        for behind in streamed.behind {
            self.traffic.message(behind.payload.bytes().len());
            self.outbox.spend(behind.payload);
        }
    }

    /// Makes a fragment of what was appended.
    fn frame(&mut self, streamed: &mut Streamed, last: bool) {
        let mut pending = std::mem::take(&mut streamed.pending);
        self.fragment(streamed, &pending, last);
        if pending.capacity() <= KEPT {
            pending.clear();
            streamed.pending = pending;
        }
    }

    fn fragment(&mut self, streamed: &mut Streamed, payload: &[u8], last: bool) {
        let begins = streamed.form == Form::Unknown;
        if begins {
            // Of a message that ends with its first frame the length is known, and may be below the threshold.
            let len = if last { payload.len() } else { usize::MAX };
            let compress = streamed.compress && self.compresses(len);
            streamed.form = if compress { Form::Compressed } else { Form::AsItIs };
        }
        let opcode = if begins { opcode::of(streamed.kind) } else { opcode::CONTINUATION };
        let first = if last { FIN | opcode } else { opcode };
        match &mut self.compression {
            Some(compression) if streamed.form == Form::Compressed => {
                let first = if begins { COMPRESSED | first } else { first };
                self.outbox.push_fragment(first, compression.fragment(payload, last), Some(payload.len() as u64));
            }
            _ => self.outbox.push_fragment(first, payload, None),
        }
    }
}
