//! Messages that are sent in parts, those that wait for their end, and those whose buffer is the application's.

use super::{Afterwards, How, Link};
use crate::{
    client::event_loop::EventLoop,
    protocol::{
        Kind,
        lent::Buffer,
        utf8::Utf8,
        writer::{Behind, Writer},
    },
};

/// A buffer with fewer bytes is copied and given back at once: that costs less than keeping it.
const LENT: usize = 64 << 10;

impl Link {
    /// Whether a message is being streamed.
    #[must_use]
    pub fn is_streaming(&self) -> bool {
        self.writer.as_ref().is_some_and(|writer| writer.is_streaming())
    }

    /// The streamed text with `part` behind it.
    ///
    /// # Errors
    ///
    /// The offset in `part` of the first byte that does not belong there.
    pub fn check_part(&self, part: &[u8]) -> Result<Utf8, usize> {
        self.writer.as_ref().map_or(Ok(Utf8::default()), |writer| writer.check_part(part))
    }

    /// Whether a part of `len` bytes is accepted, as [`Link::has_room`].
    pub fn has_room_for_part(&mut self, len: usize) -> bool {
        let has_room = |writer: &Option<Box<Writer>>| writer.as_ref().is_none_or(|writer| writer.has_room_for_part(len));
        if has_room(&self.writer) {
            return true;
        }
        self.flush();
        let has_room = has_room(&self.writer);
        if let Some(writer) = self.writer.as_mut().filter(|_| !has_room) {
            writer.refused(len);
        }
        has_room
    }

    /// Begins a message. The connection is open, and none is being streamed.
    pub fn begin_message(&mut self, kind: Kind, how: How) {
        self.more = how.more;
        if let Some(writer) = &mut self.writer {
            writer.begin_streamed(kind, how.compress);
        }
    }

    /// Goes on with a message: `utf8` is what [`Link::check_part`] said.
    pub fn append(&mut self, part: &[u8], utf8: Utf8, moment: u64, event_loop: &EventLoop) -> Afterwards {
        let was_empty = self.writer.as_ref().is_some_and(|writer| writer.is_flushed());
        if let Some(writer) = &mut self.writer {
            writer.accept_part(part, utf8);
        }
        let mut rest = part;
        while !rest.is_empty() {
            rest = &rest[self.framing(|writer| writer.append_part(rest))..];
            if self.writer.as_ref().is_none_or(|writer| !writer.can_gather(0)) {
                self.flush();
            }
        }
        self.soon(was_empty, self.more, moment, event_loop)
    }

    /// Ends a message and sends those that waited for that. `None`: it would end inside a character.
    pub fn end_message(&mut self, moment: u64, event_loop: &EventLoop) -> Option<Afterwards> {
        let was_empty = self.writer.as_ref().is_some_and(|writer| writer.is_flushed());
        let behind = self.framing(Writer::end_streamed)?;
        let mut afterwards = self.soon(was_empty, false, moment, event_loop);
        for Behind { kind, compress, payload } in behind {
            match self.send_owned(kind, payload, How { more: false, compress }, moment, event_loop) {
                Afterwards::Nothing => {}
                Afterwards::Write => afterwards = Afterwards::Write,
                Afterwards::Attend => self.news = true,
            }
        }
        Some(afterwards)
    }

    /// Accepts a message whose payload lies in a buffer that need not be copied, nor kept longer than that takes.
    pub fn send_owned(&mut self, kind: Kind, payload: Box<dyn Buffer>, how: How, moment: u64, event_loop: &EventLoop) -> Afterwards {
        let Some(writer) = &mut self.writer else { return Afterwards::Nothing };
        if writer.is_streaming() {
            return self.send_behind(kind, payload, how);
        }
        let len = payload.bytes().len();
        if len < LENT || (how.compress && writer.compresses(len)) {
            return self.send_copied(kind, payload, how, moment, event_loop);
        }
        self.flush();
        if let Some(writer) = &mut self.writer {
            writer.begin(kind, len);
        }
        // What the kernel takes at once goes by way of a buffer that stays in the processor's cache, as in `send_long`: masking has to
        // write it somewhere, and there it costs least. What it does not take stays where it is.
        let mut at = 0;
        while let Some(writer) = &mut self.writer
            && at < len
        {
            if self.blocked && len - at >= LENT {
                writer.lend(payload, at);
                return self.write_now(moment, event_loop);
            }
            at += writer.append(&payload.bytes()[at..]);
            self.flush();
        }
        self.spent.push(payload);
        self.write_now(moment, event_loop)
    }

    /// Accepts a message and lets go of its buffer.
    fn send_copied(&mut self, kind: Kind, payload: Box<dyn Buffer>, how: How, moment: u64, event_loop: &EventLoop) -> Afterwards {
        let was_empty = self.writer.as_ref().is_some_and(|writer| writer.is_flushed());
        let bytes = payload.bytes();
        if how.compress {
            self.framing(|writer| writer.send(kind, bytes));
        } else if let Some(writer) = &mut self.writer {
            writer.begin(kind, bytes.len());
            let mut rest = bytes;
            while !rest.is_empty() {
                rest = &rest[writer.append(rest)..];
            }
        }
        self.spent.push(payload);
        self.soon(was_empty, how.more, moment, event_loop)
    }

    /// Accepts a message that waits for the end of the one that is being streamed.
    #[cold]
    pub(super) fn send_behind(&mut self, kind: Kind, payload: Box<dyn Buffer>, how: How) -> Afterwards {
        if let Some(writer) = &mut self.writer {
            writer.send_behind(Behind { kind, compress: how.compress, payload });
        }
        Afterwards::Nothing
    }

    /// Has the writer frame something, and notes whether it took memory for that: the loop has to see to it that it is given up again.
    pub(super) fn framing<T: Default>(&mut self, frame: impl FnOnce(&mut Writer) -> T) -> T {
        let Some(writer) = &mut self.writer else { return T::default() };
        let rested = writer.is_at_rest();
        let result = frame(writer);
        self.news |= rested && !writer.is_at_rest();
        result
    }
}
