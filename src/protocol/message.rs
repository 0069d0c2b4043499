//! A message that is arriving in pieces, compressed or not: its bytes so far and what is known of them.

use super::{
    Kind,
    inflate::{Corrupt, Inflater},
    limits::{Limits, RATIO_FREE, RATIO_STEP},
    reader::{Violation, protocol_error, too_big},
    utf8::Utf8,
};

/// A message some of which has arrived.
#[derive(Debug)]
pub(super) struct Message {
    pub kind: Kind,
    /// What it holds so far.
    pub data: Vec<u8>,
    pub compressed: bool,
    utf8: Utf8,
    /// Bytes that have arrived of it, as they were sent.
    arrived: u64,
}

/// How long a message may become.
#[derive(Debug, Clone, Copy)]
pub(super) struct Bounds {
    pub max_message: u64,
    max_ratio: u32,
}

impl Bounds {
    pub fn new(limits: &Limits) -> Self {
        Bounds { max_message: limits.max_message, max_ratio: limits.max_ratio }
    }
}

impl Message {
    pub fn new(kind: Kind, data: Vec<u8>, compressed: bool) -> Self {
        Message { kind, data, compressed, utf8: Utf8::default(), arrived: 0 }
    }

    /// Inflates and checks bytes that have arrived of a compressed message.
    ///
    /// What is found does not depend on how many come at once: faults are told in the order of the message's bytes, and the ratio is
    /// judged by each [`RATIO_STEP`] of them.
    pub fn inflate(&mut self, mut part: &[u8], inflater: &mut Inflater, bounds: Bounds) -> Result<(), Violation> {
        while !part.is_empty() {
            let left = RATIO_STEP - self.arrived % RATIO_STEP;
            let (mut step, rest) = part.split_at(part.len().min(usize::try_from(left).unwrap_or(usize::MAX)));
            part = rest;
            let by_ratio = RATIO_FREE.max((self.arrived + left).saturating_mul(u64::from(bounds.max_ratio)));
            self.arrived += step.len() as u64;
            let most = usize::try_from(bounds.max_message.min(by_ratio)).unwrap_or(usize::MAX);
            let before = self.data.len();
            let room = most.saturating_sub(before).saturating_add(1);
            let result = inflater.inflate(&mut step, &mut self.data, room);
            self.check(before)?;
            if self.data.len() > most {
                return Err(too_big(if bounds.max_message <= by_ratio {
                    format!("a compressed message is larger than the maximum of {most} bytes")
                } else {
                    format!("a compressed message is more than {} times as large as it was sent", bounds.max_ratio)
                }));
            }
            result.map_err(corrupt)?;
        }
        Ok(())
    }

    /// Checks what was added behind the first `before` bytes.
    pub fn check(&mut self, before: usize) -> Result<(), Violation> {
        match self.kind {
            Kind::Text => self.utf8.push(&self.data[before..]).map_err(|_| not_utf8()),
            Kind::Binary => Ok(()),
        }
    }

    /// All of it has arrived: its bytes, with a NUL behind them.
    pub fn finish(mut self, inflater: Option<&mut Inflater>) -> Result<Vec<u8>, Violation> {
        if self.compressed
            && let Some(inflater) = inflater
        {
            inflater.finish().map_err(corrupt)?;
            inflater.counted.payload += self.data.len() as u64;
            inflater.counted.wire += self.arrived;
        }
        if self.kind == Kind::Text {
            self.utf8.finish().map_err(|_| not_utf8())?;
        }
        self.data.push(0);
        Ok(self.data)
    }
}

#[cold]
pub(super) fn not_utf8() -> Violation {
    Violation { code: 1007, text: "the server sent a text message that is not UTF-8".into() }
}

#[cold]
fn corrupt(Corrupt: Corrupt) -> Violation {
    protocol_error("the server sent a compressed message that is no deflate stream")
}
