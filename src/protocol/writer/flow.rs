//! How much may wait to be sent, and when the application is told that little of it is left.
//!
//! What waits for the end of a streamed message counts against a sender's limit only: it goes out when the application ends that message,
//! and not because of anything that the network does.

use super::{Event, State, Writer};
use crate::protocol::limits::Limits;

/// The application's marks in [`Writer::buffered_amount`], in bytes. `u64::MAX` is none: nothing is ever above it.
#[derive(Debug)]
pub(super) struct Flow {
    /// A message that would go beyond it is refused.
    most: u64,
    /// The low-water mark.
    low: u64,
    /// The application waits for this level. Edge-triggered: one event each time.
    awaited: Option<u64>,
    /// There is an event that the loop may not know of.
    news: bool,
}

impl Flow {
    /// `None` if the application has set no mark, as in a browser: then it costs nothing.
    pub(super) fn new(limits: &Limits) -> Option<Box<Self>> {
        let (most, low) = (limits.max_buffered, limits.low_water);
        (most.min(low) < u64::MAX).then(|| Box::new(Flow { most, low, awaited: None, news: false }))
    }
}

impl Writer {
    /// Whether a message of `len` bytes may be accepted: nothing waits, or it stays within [`Limits::max_buffered`] with all that does.
    #[inline]
    #[must_use]
    pub fn has_room(&self, len: usize) -> bool {
        let Some(flow) = &self.flow else { return true };
        let waiting = self.buffered_amount();
        waiting == 0 || waiting.saturating_add(len as u64) <= flow.most
    }

    /// Whether a part of `len` bytes may be appended to the message that is being streamed: as [`Writer::has_room`], but what waits for its
    /// end does not count. Else neither could go on.
    #[must_use]
    pub fn has_room_for_part(&self, len: usize) -> bool {
        let Some(flow) = &self.flow else { return true };
        let waiting = self.outgoing();
        waiting == 0 || waiting.saturating_add(len as u64) <= flow.most
    }

    /// A message of `len` bytes was refused because there is no room: the application waits until there is.
    pub fn refused(&mut self, len: usize) {
        if let Some(flow) = &mut self.flow
            && flow.low < u64::MAX
        {
            let level = flow.low.min(flow.most.saturating_sub(len as u64));
            flow.awaited = Some(flow.awaited.map_or(level, |awaited| awaited.min(level)));
        }
    }

    /// The application gets to see [`Writer::buffered_amount`] after a message: above the low-water mark it is told when that is left.
    /// What the network took at once does not count.
    #[inline]
    pub fn watch_level(&mut self) {
        if self.flow.is_none() {
            return;
        }
        let waiting = self.outgoing();
        if let Some(flow) = &mut self.flow
            && waiting > flow.low
        {
            flow.awaited.get_or_insert(flow.low);
        }
    }

    /// Bytes have gone out.
    #[inline]
    pub(super) fn check_level(&mut self) {
        if self.flow.is_none() {
            return;
        }
        let waiting = self.outgoing();
        if let Some(flow) = &mut self.flow
            && self.state == State::Open
            && flow.awaited.take_if(|level| waiting <= *level).is_some()
        {
            flow.news = true;
            self.events.push_back(Event::Drain);
        }
    }

    /// Whether there is a [`Event::Drain`] since this was last asked.
    #[inline]
    pub fn poll_news(&mut self) -> bool {
        self.flow.as_mut().is_some_and(|flow| std::mem::take(&mut flow.news))
    }
}
