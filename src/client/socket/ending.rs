//! How an application ends a connection: `close()`, in each state, and giving the socket up.

use super::{ReadyState, Socket};
use crate::{
    client::{
        event::{Data, What},
        link::{Held, Link},
        log::{self, Level},
        sync::lock,
        turns,
    },
    error::Result,
    protocol::failure::{Failure, Phase},
    spec::{close, quote::quote},
};
use std::{
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Instant,
};

impl Socket {
    /// `close()`. Never blocks.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidAccess`] for the code, [`Error::Syntax`] or [`Error::InvalidUtf8`] for the reason; nothing changes then.
    pub fn close(self: &Arc<Self>, code: Option<i32>, reason: Option<&[u8]>) -> Result<()> {
        self.check()?;
        let body = close::check_arguments(code, reason)?;
        self.start_closing(body);
        Ok(())
    }

    /// The steps of `close()` after its checks.
    pub(in crate::client) fn start_closing(self: &Arc<Self>, body: Option<(u16, &str)>) {
        if self.ready_state() == ReadyState::Open {
            self.tell_closing(body);
        }
        let mut link = self.hold();
        match self.ready_state() {
            ReadyState::Closing | ReadyState::Closed => return,
            ReadyState::Connecting if self.moves(ReadyState::Connecting, ReadyState::Closing) => {
                self.abort(link);
                return;
            }
            // The taker has just taken the open event.
            ReadyState::Connecting | ReadyState::Open => {}
        }
        if self.moves(ReadyState::Open, ReadyState::Closing) {
            Self::close_link(&mut link, body);
        }
        drop(link);
        self.event_loop.attend(self);
    }

    /// Logs the Close frame that is about to be sent.
    fn tell_closing(&self, body: Option<(u16, &str)>) {
        log::step(self.url.to_bytes(), || match body {
            None => "closing without a code".into(),
            Some((code, reason)) => format!("closing with {code} {}", quote(reason)),
        });
    }

    /// Queues our Close frame behind all messages and writes what the kernel takes.
    fn close_link(link: &mut Link, body: Option<(u16, &str)>) {
        if let Some(writer) = &mut link.writer {
            writer.close(body, Instant::now());
        }
        link.flush();
    }

    /// Fails a connection that is not open yet: it is torn down at once, and the events say so; the failure's phase is the one that was
    /// under way, the URL's if the loop has not begun.
    fn abort(self: &Arc<Self>, link: Held<'_>) {
        let text = "the application closed the connection before it was open";
        self.set_failure(Box::new(Failure::new(link.phase.unwrap_or(Phase::Url), text)));
        let mut back = self.queue.back();
        // The driver drops the connection when it sees this: the events are there then.
        self.aborted.store(true, SeqCst);
        back.clear();
        back.push(What::Aborted, Data::Borrowed(b"\0"));
        back.push(What::Error, Data::Borrowed(self.failure_text()));
        back.push(What::Close { code: 1006, clean: false }, Data::Borrowed(b"\0"));
        drop(back);
        link.cut();
        drop(link);
        self.queue.notify();
        turns::leave(self);
        log::note(Level::Info, self.url.to_bytes(), || text.into());
        self.event_loop.attend(self);
    }

    /// Gives the socket up: an open connection is closed in the background, queued messages first; an attempt is failed. No
    /// callback runs after this returns, but for the one it was called from.
    pub fn free(self: &Arc<Self>) {
        if self.silence() {
            self.let_go();
        }
    }

    /// The first half of [`Socket::free`]: no callback begins any more, and one that runs on another thread is waited for, to which
    /// the socket is what it was. `false` if this was done before.
    pub fn silence(&self) -> bool {
        if self.freed.swap(true, SeqCst) {
            return false;
        }
        // In a child of fork nobody leaves.
        if self.check().is_ok() && !self.event_loop.runs_here() {
            self.gate.wait_until_left();
        }
        true
    }

    /// The second half.
    pub fn let_go(self: &Arc<Self>) {
        if self.check().is_err() {
            return;
        }
        if self.ready_state() == ReadyState::Open {
            self.tell_closing(None);
        }
        let mut link = self.hold();
        if link.writer.is_some() {
            Self::close_link(&mut link, None);
        } else {
            link.cut();
        }
        let gone = self.is_done() && link.is_gone() && !self.touched.load(SeqCst);
        drop(link);
        turns::leave(self);
        if !gone {
            self.event_loop.attend(self);
        }
    }

    /// Cuts the connection after a bug: it is lost, the others live on.
    pub fn cut(&self) {
        lock(&self.link).cut();
    }
}
