//! What a sender is told when too much waits, and the loop when little is left because of a sender.

use super::Socket;
use crate::{client::link::Link, error::Error};
use std::sync::{Arc, MutexGuard};

impl Socket {
    /// Refuses a message, or a part of one, of `len` bytes. What waits was offered to the kernel: the loop is told what came of it.
    #[cold]
    pub(super) fn refuse(self: &Arc<Self>, mut link: MutexGuard<'_, Link>, what: &str, len: usize) -> Error {
        let waiting = link.accepted_and_waiting();
        let attend = link.poll_news() || link.writer.as_ref().is_some_and(|writer| writer.is_broken());
        drop(link);
        self.give_back();
        if attend {
            self.event_loop.attend(self);
        }
        Error::Quota(format!(
            "{what} of {len} bytes while {waiting} wait to be sent is more than ws_options_set_max_buffered allows: send it again after \
             WS_EVENT_DRAIN or ws_flush"
        ))
    }

    /// Writes what waits on this thread, which is not the loop's, and tells the loop if the application awaited that.
    pub(super) fn write_here<'a>(self: &'a Arc<Self>, mut link: MutexGuard<'a, Link>) -> MutexGuard<'a, Link> {
        link.flush();
        let news = link.poll_news();
        if news || link.has_spent() {
            // The loop may be given up, and then this thread does what is left of its work, for which it needs the link.
            drop(link);
            self.give_back();
            if news {
                self.event_loop.attend(self);
            }
            link = super::lock(&self.link);
        }
        link
    }
}
