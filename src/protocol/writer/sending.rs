//! How the writer takes messages: whole or in parts, compressed or not.

use super::{State, Writer};
use crate::{
    protocol::{
        Kind,
        compress::{Compression, Effort},
        counts::Counts,
        frame::opcode,
        lent::Buffer,
        segments::GATHER,
    },
    spec::deflate::Parameters,
};

impl Writer {
    /// Bytes of messages and their headers waiting to be transmitted.
    #[inline]
    #[must_use]
    pub fn waiting(&self) -> usize {
        self.outbox.len()
    }

    /// Whether a message of `len` bytes can wait for others without too much waiting.
    #[inline]
    #[must_use]
    pub fn can_gather(&self, len: usize) -> bool {
        self.outbox.len() + len < GATHER
    }

    /// permessage-deflate was agreed on. Messages of fewer than `threshold` bytes are not compressed.
    pub fn set_deflate(&mut self, parameters: &Parameters, effort: Effort, threshold: usize) {
        self.compression = Some(Box::new(Compression::new(parameters, effort, threshold)));
    }

    /// Whether [`Writer::send`] compresses a message of `len` bytes.
    #[inline]
    #[must_use]
    pub fn compresses(&self, len: usize) -> bool {
        self.compression.as_ref().is_some_and(|compression| compression.is_for(len))
    }

    /// Gives up memory that was not used since this was last called. `false`: there is something left to give up.
    pub fn rest(&mut self) -> bool {
        self.compression.as_mut().is_none_or(|compression| compression.rest())
    }

    /// Whether nothing is left to give up.
    #[must_use]
    pub fn is_at_rest(&self) -> bool {
        self.compression.as_ref().is_none_or(|compression| compression.is_at_rest())
    }

    /// What was counted so far.
    #[must_use]
    pub fn counts(&self) -> Counts {
        Counts {
            traffic: self.accepted(),
            compressed: self.compression.as_ref().map(|compression| compression.counted()).unwrap_or_default(),
            answers: self.pings.as_ref().map(|pings| pings.answers).unwrap_or_default(),
        }
    }

    /// Bytes of memory held beside this object's own.
    #[must_use]
    pub fn memory(&self) -> usize {
        let compression = self.compression.as_ref().map_or(0, |compression| compression.memory());
        let streamed = self.streamed.as_ref().map_or(0, |streamed| streamed.memory());
        self.outbox.memory() + self.urgent.capacity() + compression + streamed
    }

    /// Accepts a message. `false`: the connection is closing; the message is not sent.
    #[inline]
    pub fn send(&mut self, kind: Kind, payload: &[u8]) -> bool {
        if self.state != State::Open {
            return false;
        }
        self.traffic.message(payload.len());
        match &mut self.compression {
            Some(compression) if compression.is_for(payload.len()) => {
                self.outbox.push_compressed(opcode::of(kind), compression.compress(payload), payload.len());
            }
            _ => self.outbox.push(opcode::of(kind), payload),
        }
        true
    }

    /// Accepts a message that is not to be compressed. `false`: as for [`Writer::send`].
    pub fn send_as_it_is(&mut self, kind: Kind, payload: &[u8]) -> bool {
        if self.state != State::Open {
            return false;
        }
        self.traffic.message(payload.len());
        self.outbox.push(opcode::of(kind), payload);
        true
    }

    /// Accepts a message whose payload follows by [`Writer::append`]. To be called when [`Writer::is_open`].
    pub fn begin(&mut self, kind: Kind, len: usize) {
        self.traffic.message(len);
        self.outbox.begin(opcode::of(kind), len);
    }

    /// Goes on with a message that was begun: accepts as much of `part` as should be framed before the next write. Returns how much.
    pub fn append(&mut self, part: &[u8]) -> usize {
        self.outbox.append(part)
    }

    /// The same with all that is left, from `from` on, of the buffer that the payload lies in: the connection keeps it until it has gone
    /// out, and changes it.
    pub fn lend(&mut self, buffer: Box<dyn Buffer>, from: usize) {
        self.outbox.lend(buffer, from);
    }

    /// The buffers that are no longer needed. They are to be dropped where that may take a while and call anything.
    #[must_use]
    pub fn take_spent(&mut self) -> Vec<Box<dyn Buffer>> {
        self.outbox.take_spent()
    }

    /// Lets go of what has not gone out and returns the buffers that this leaves. Nothing may be asked of the writer then.
    #[must_use]
    pub fn release(&mut self) -> Vec<Box<dyn Buffer>> {
        self.outbox.clear();
        let mut spent = self.outbox.take_spent();
        spent.extend(self.streamed.take().into_iter().flat_map(|streamed| streamed.into_buffers()));
        spent
    }
}
