//! The WebSocket: its state, what an application may do with it, and how its events are taken.

mod attributes;
mod constructor;
mod ending;
mod flow;
mod known;
mod streaming;
mod taking;

pub use super::state::{ReadyState, Sent};
use super::{
    event::Handler,
    event_loop::EventLoop,
    link::{Afterwards, Held, How, Link},
    log::{self, Level},
    queue::{Front, Queue, Room},
    sinks::Gate,
    stats::Received,
    sync::lock,
};
use crate::{
    error::{Error, Result},
    net::fork::Generation,
    protocol::{Kind, failure::Failure, limits::CONTROL_PAYLOAD, writer::Writer},
};
use known::Known;
use std::{
    ffi::CString,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, OnceLock,
        atomic::{
            AtomicBool, AtomicU8, AtomicU64, AtomicUsize,
            Ordering::{AcqRel, Acquire, Relaxed, Release, SeqCst},
        },
    },
    time::Instant,
};

/// A WebSocket. Applications hold it in an `Arc`; the loop does so until the connection is gone.
pub struct Socket {
    generation: Generation,
    event_loop: Arc<EventLoop>,
    url: CString,
    state: AtomicU8,
    /// `close` was called while CONNECTING: nothing that came before counts.
    aborted: AtomicBool,
    /// The taker has come to the point of `aborted`.
    abort_taken: AtomicBool,
    /// The close event was taken.
    done: AtomicBool,
    freed: AtomicBool,
    paused: AtomicBool,
    /// Whether it waits for its turn to connect, or has it.
    pub(super) in_line: AtomicBool,
    /// Whether the own loop has this socket on its list of those with queued events.
    pub(super) touched: AtomicBool,
    /// Reads so far: the moments of [`Link`] on the background loop.
    pub(super) reads: AtomicU64,
    /// Its number in the driver.
    pub(super) id: AtomicUsize,
    pub(super) link: Mutex<Link>,
    flushed: Condvar,
    pub(super) queue: Queue,
    pub(super) taker: Mutex<Front>,
    pub(super) gate: Gate,
    handler: Option<Handler>,
    user_data: usize,
    /// What the application calls it.
    handle: AtomicUsize,
    /// How much may wait to be taken before reading stops.
    pub(super) room: Room,
    known: OnceLock<Known>,
    failure: OnceLock<Box<Failure>>,
    pub(super) received: Received,
}

impl std::fmt::Debug for Socket {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Socket").field("url", &self.url).field("state", &self.ready_state()).finish_non_exhaustive()
    }
}

impl Socket {
    // ---- getters ----

    /// # Errors
    ///
    /// [`Error::Forked`] in a child of the process that made the socket.
    #[inline]
    pub fn check(&self) -> Result<()> {
        if self.generation == Generation::current() { Ok(()) } else { Err(Error::Forked) }
    }

    /// The number given in the options.
    #[inline]
    #[must_use]
    pub fn user_data(&self) -> usize {
        self.user_data
    }

    /// What the application calls it: see [`connect_as`](Self::connect_as).
    #[inline]
    #[must_use]
    pub fn handle(&self) -> usize {
        self.handle.load(Relaxed)
    }

    /// Why the connection was refused, failed or lost. Its texts end with a NUL each.
    #[must_use]
    pub fn failure(&self) -> Option<&Failure> {
        self.failure.get().map(AsRef::as_ref)
    }

    /// What its events go to instead of the queue.
    #[inline]
    #[must_use]
    pub fn handler(&self) -> Option<&Handler> {
        self.handler.as_ref()
    }

    /// The loop that its I/O runs on.
    #[must_use]
    pub fn event_loop(&self) -> &Arc<EventLoop> {
        &self.event_loop
    }

    // ---- commands ----

    /// `send()`. Never blocks.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] while CONNECTING; [`Error::InvalidUtf8`] for text that is none; [`Error::Quota`] over the limit of what
    /// may wait.
    #[inline]
    pub fn send(self: &Arc<Self>, kind: Kind, payload: &[u8], more: bool) -> Result<Sent> {
        self.send_so(kind, payload, How { more, compress: true })
    }

    /// The same, compressed or not.
    ///
    /// # Errors
    ///
    /// Those of [`send`](Self::send).
    #[inline]
    pub fn send_so(self: &Arc<Self>, kind: Kind, payload: &[u8], how: How) -> Result<Sent> {
        self.check()?;
        if self.ready_state() == ReadyState::Connecting {
            return Err(Error::InvalidState("ws_send before the open event was taken: the socket is still CONNECTING".into()));
        }
        Self::check_text(kind, payload)?;
        let mut link = lock(&self.link);
        let open = link.writer.as_ref().is_some_and(|writer| writer.is_open());
        if !open || self.ready_state() != ReadyState::Open {
            link.discard(payload.len());
            return Ok(Sent::Discarded);
        }
        if !link.has_room(payload.len()) {
            return Err(self.refuse(link, "a message", payload.len()));
        }
        let afterwards = link.send(kind, payload, how, self.moment(), &self.event_loop);
        self.accepted(link, afterwards);
        Ok(Sent::Accepted)
    }

    /// A text must be one.
    #[inline]
    fn check_text(kind: Kind, payload: &[u8]) -> Result<()> {
        if kind == Kind::Text && simdutf8::basic::from_utf8(payload).is_err() {
            let offset = std::str::from_utf8(payload).map_or_else(|error| error.valid_up_to(), str::len);
            return Err(Error::InvalidUtf8 { what: "the text message", offset });
        }
        Ok(())
    }

    /// The last step of whatever accepts something to be sent: the loop is told what there is to do.
    #[inline(always)]
    #[allow(clippy::inline_always, reason = "a call would cost a small message a tenth of its time")]
    fn accepted(self: &Arc<Self>, mut link: MutexGuard<'_, Link>, afterwards: Afterwards) {
        let event_loop = &*self.event_loop;
        let (news, spent) = (link.watch_level(), link.has_spent());
        drop(link);
        match afterwards {
            Afterwards::Nothing => {}
            Afterwards::Write => event_loop.list(self),
            Afterwards::Attend => event_loop.attend(self),
        }
        if news && afterwards != Afterwards::Attend {
            event_loop.attend(self);
        }
        if spent {
            self.give_back();
        }
    }

    /// Sends a ping; a pong event with its round-trip time follows.
    ///
    /// # Errors
    ///
    /// [`Error::InvalidState`] while CONNECTING; [`Error::Syntax`] for more than 125 bytes; [`Error::Quota`] if many wait.
    pub fn ping(self: &Arc<Self>, payload: &[u8]) -> Result<Sent> {
        self.check()?;
        if payload.len() > CONTROL_PAYLOAD {
            return Err(Error::Syntax(format!("a ping of {} bytes: it can carry {CONTROL_PAYLOAD} at most", payload.len())));
        }
        if self.ready_state() == ReadyState::Connecting {
            return Err(Error::InvalidState("ws_ping before the open event was taken: the socket is still CONNECTING".into()));
        }
        let mut link = self.hold();
        if link.writer.as_ref().is_some_and(|writer| writer.is_open() && !writer.can_ping()) {
            return Err(Error::Quota("too many pings wait to be sent: the server takes nothing".into()));
        }
        let sent =
            self.ready_state() == ReadyState::Open && link.writer.as_mut().is_some_and(|writer| writer.ping(payload, Instant::now()));
        link.flush();
        drop(link);
        self.event_loop.attend(self);
        Ok(if sent { Sent::Accepted } else { Sent::Discarded })
    }

    /// Stops reading from the network, or starts again.
    ///
    /// # Errors
    ///
    /// [`Error::Forked`].
    pub fn set_paused(self: &Arc<Self>, paused: bool) -> Result<()> {
        self.check()?;
        self.paused.store(paused, Release);
        self.event_loop.attend(self);
        Ok(())
    }

    /// Interrupts the call that waits for this socket now, else the next one that would.
    ///
    /// # Errors
    ///
    /// [`Error::Forked`].
    pub fn interrupt(&self) -> Result<()> {
        self.check()?;
        self.queue.interrupt();
        drop(lock(&self.link));
        self.flushed.notify_all();
        if !self.event_loop.is_background() {
            self.event_loop.nudge();
        }
        Ok(())
    }

    // ---- for the other files of this layer ----

    /// Locks the way to the kernel, for what may write.
    pub(super) fn hold(&self) -> Held<'_> {
        Held::new(&self.link)
    }

    /// Gives back what the application lent and is no longer needed. No lock may be held.
    #[cold]
    fn give_back(&self) {
        drop(self.hold());
    }

    /// Moves the state if it is `from`.
    pub(super) fn moves(&self, from: ReadyState, to: ReadyState) -> bool {
        self.state.compare_exchange(from as u8, to as u8, AcqRel, Acquire).is_ok()
    }

    // ---- for the driver ----

    /// Whether the close event was taken.
    #[must_use]
    pub fn is_done(&self) -> bool {
        self.done.load(Acquire)
    }

    /// Whether `free` was called.
    #[inline]
    #[must_use]
    pub fn is_freed(&self) -> bool {
        self.freed.load(SeqCst)
    }

    /// Whether `close` was called while CONNECTING.
    #[inline]
    pub(super) fn is_aborted(&self) -> bool {
        self.aborted.load(SeqCst)
    }

    /// Whether messages are no longer wanted.
    #[inline]
    pub(super) fn is_closing(&self) -> bool {
        self.state.load(Acquire) >= ReadyState::Closing as u8 || self.freed.load(Relaxed)
    }

    /// Whether the application has stopped reading.
    pub(super) fn is_paused(&self) -> bool {
        self.paused.load(Acquire)
    }

    /// The connection is open: messages can be sent as soon as the open event is taken.
    pub(super) fn set_open(&self, writer: Writer) {
        lock(&self.link).writer = Some(Box::new(writer));
    }

    /// Has `write` do something that may write what waits, and wakes those who wait for that.
    pub(super) fn write<T>(&self, write: impl FnOnce(&mut Link) -> T) -> T {
        let mut link = self.hold();
        let result = write(&mut link);
        let wake = link.flushers > 0 && link.is_flushed();
        drop(link);
        if wake {
            self.flushed.notify_all();
        }
        result
    }

    /// So many bytes were read of an open connection.
    pub(super) fn came(&self, count: usize) {
        self.received.read(count);
        log::note(Level::Trace, self.url.to_bytes(), || format!("{count} bytes came"));
    }

    /// Notes why the connection ended; the first reason stays.
    pub(super) fn set_failure(&self, mut failure: Box<Failure>) {
        if failure.address.is_empty() {
            failure.address.extend(self.known.get().map(Known::address));
        }
        failure.text.push('\0');
        failure.address.push('\0');
        failure.head.push(0);
        failure.body.push(0);
        let _ = self.failure.set(failure);
    }

    /// The failure's text with its NUL.
    pub(super) fn failure_text(&self) -> &[u8] {
        self.failure.get().map_or(b"\0", |failure| failure.text.as_bytes())
    }
}

/// As a C string; the strings that come here have no NUL (they are checked or come out of the URL parser).
fn c_string(text: &str) -> CString {
    CString::new(text).unwrap_or_else(|_| CString::new(text.replace('\0', "")).unwrap_or_default())
}
