//! Sending a message in parts, or out of a buffer that the application hands over.

use super::{ReadyState, Sent, Socket};
use crate::{
    client::{
        link::{How, Link},
        sync::lock,
    },
    error::{Error, Result},
    protocol::{Kind, lent::Buffer},
};
use std::sync::{Arc, MutexGuard, atomic::Ordering::Relaxed};

impl Socket {
    /// Begins a message whose payload follows by [`append`](Self::append). Never blocks.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] while CONNECTING, and while another message is not ended.
    pub fn begin_message(self: &Arc<Self>, kind: Kind, how: How) -> Result<Sent> {
        let Some(mut link) = self.sendable("ws_message_begin")? else { return Ok(Sent::Discarded) };
        if link.is_streaming() {
            return Err(Error::InvalidState("ws_message_begin before ws_message_end: one message at a time can be sent in parts".into()));
        }
        link.begin_message(kind, how);
        Ok(Sent::Accepted)
    }

    /// Goes on with the message that was begun: all of `part` or nothing. Never blocks.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if none was begun; [`Error::InvalidUtf8`] where a text ceases to be one; [`Error::Quota`] over the limit of
    /// what may wait. The message can be gone on with.
    pub fn append(self: &Arc<Self>, part: &[u8]) -> Result<Sent> {
        let Some(mut link) = self.sendable("ws_message_append")? else {
            lock(&self.link).discard(part.len());
            return Ok(Sent::Discarded);
        };
        check_streaming(&link, "ws_message_append")?;
        let utf8 = link.check_part(part).map_err(|offset| Error::InvalidUtf8 { what: "the part of the text message", offset })?;
        if !link.has_room_for_part(part.len()) {
            return Err(self.refuse(link, "a part", part.len()));
        }
        let afterwards = link.append(part, utf8, self.moment(), &self.event_loop);
        self.accepted(link, afterwards);
        Ok(Sent::Accepted)
    }

    /// Ends the message that was begun; those that waited for it go out. Never blocks.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] if none was begun; [`Error::CutCharacter`] if it is a text and would end inside one: it can be gone on
    /// with.
    pub fn end_message(self: &Arc<Self>) -> Result<Sent> {
        let Some(mut link) = self.sendable("ws_message_end")? else { return Ok(Sent::Discarded) };
        check_streaming(&link, "ws_message_end")?;
        let Some(afterwards) = link.end_message(self.moment(), &self.event_loop) else {
            return Err(Error::CutCharacter);
        };
        self.accepted(link, afterwards);
        Ok(Sent::Accepted)
    }

    /// `send()` out of a buffer that need not be copied: it is dropped, on whatever thread and with no lock held, as soon as it is no
    /// longer needed, also after an error.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    pub fn send_owned(self: &Arc<Self>, kind: Kind, payload: Box<dyn Buffer>, how: How) -> Result<Sent> {
        let len = payload.bytes().len();
        self.check_sendable("ws_send_owned")?;
        Self::check_text(kind, payload.bytes())?;
        let Some(mut link) = self.sendable("ws_send_owned")? else {
            lock(&self.link).discard(len);
            return Ok(Sent::Discarded);
        };
        if !link.has_room(len) {
            return Err(self.refuse(link, "a message", len));
        }
        let afterwards = link.send_owned(kind, payload, how, self.moment(), &self.event_loop);
        self.accepted(link, afterwards);
        Ok(Sent::Accepted)
    }

    /// The link, if something can be sent. `None`: the socket is CLOSING or CLOSED.
    fn sendable(&self, call: &'static str) -> Result<Option<MutexGuard<'_, Link>>> {
        self.check_sendable(call)?;
        let link = lock(&self.link);
        let open = link.writer.as_ref().is_some_and(|writer| writer.is_open()) && self.ready_state() == ReadyState::Open;
        Ok(open.then_some(link))
    }

    fn check_sendable(&self, call: &'static str) -> Result<()> {
        self.check()?;
        if self.ready_state() == ReadyState::Connecting {
            return Err(Error::InvalidState(format!("{call} before the open event was taken: the socket is still CONNECTING")));
        }
        Ok(())
    }

    /// The moment of [`Link`] that it is now.
    #[inline]
    pub(super) fn moment(&self) -> u64 {
        if self.event_loop.is_background() { self.reads.load(Relaxed) } else { self.event_loop.turn() }
    }
}

fn check_streaming(link: &Link, call: &'static str) -> Result<()> {
    if link.is_streaming() { Ok(()) } else { Err(Error::InvalidState(format!("{call} without ws_message_begin"))) }
}
