//! One connection in its driver's hands: what it does when it may read or write, when a timer fires, when its socket is closed.

mod opening;
mod receiving;

use super::{
    connecting::{Connecting, Found},
    driver::{Io, LeftOff},
    event::{Data, Session, Sink, What},
    link::Link,
    log::{self, Level},
    options::Plan,
    socket::Socket,
    sync::lock,
};
use crate::{
    net::{
        reactor::{Reactor, Readiness},
        stream::Stream,
    },
    protocol::{
        failure::{Failure, Phase},
        limits::REST_AFTER,
        reader::{Control, Reader, Violation},
        writer::{Event, Writer},
    },
    spec::quote::quote,
};
use receiving::Stash;
use std::{
    collections::VecDeque,
    net::Shutdown,
    sync::{Arc, atomic::Ordering::SeqCst},
    time::Instant,
};

/// What a connection works with while it is served.
pub(super) struct Turn<'t, S> {
    pub id: usize,
    pub io: &'t mut Io,
    pub arena: &'t mut [u8],
    pub sink: &'t mut S,
}

/// What a connection wants after it was served.
#[derive(Debug)]
pub(super) enum Served {
    /// Nothing until the reactor, a timer or its socket says so.
    Waits,
    /// Another turn soon: there is more than one turn may take.
    Again,
    /// To go on with bytes that are read already, as soon as the sink has room.
    LeftOff(LeftOff),
    /// To be removed.
    Gone,
}

/// How far the connection is.
#[derive(Debug)]
enum Stage {
    /// Not open yet.
    Connecting(Box<Connecting>),
    /// Open or closing.
    Open(Reader),
    /// Failed: what comes is not looked at.
    Draining,
    /// Refused, lost or finished: only events are left.
    Over,
}

/// Flags of a connection.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
struct Flags {
    readable: bool,
    writable: bool,
    /// The server has ended its direction: no further notice will come.
    ended: bool,
    /// In the driver's list of those that are ready.
    listed: bool,
    /// The queue is full: not read until it is taken from.
    full: bool,
    /// The timer has fired.
    due: bool,
    /// Its code panicked.
    panicked: bool,
    /// It was failed for that.
    failed: bool,
    /// Our direction was ended.
    shut: bool,
    /// Answers to pings have gathered.
    answered: bool,
}

/// One connection.
#[derive(Debug)]
pub(super) struct Conn {
    socket: Arc<Socket>,
    stream: Option<Arc<Stream>>,
    stage: Stage,
    flags: Flags,
    timer: Option<Instant>,
    next_timer: Option<Instant>,
    /// When memory that is not used any more is given up.
    rest_at: Option<Instant>,
    last_read: Instant,
    /// The server's Close frame or its breach of the protocol, and until when it is held back.
    held_back: Option<Box<(Result<Control, Violation>, Instant)>>,
    /// Events for which the sink has had no room.
    events: VecDeque<(What, Vec<u8>)>,
    stash: Option<Box<Stash>>,
}

impl Conn {
    pub fn new(socket: Arc<Socket>, plan: Box<Plan>, now: Instant) -> Self {
        Conn {
            socket,
            stream: None,
            stage: Stage::Connecting(Box::new(Connecting::new(plan, now))),
            flags: Flags::default(),
            timer: None,
            next_timer: None,
            rest_at: None,
            last_read: now,
            held_back: None,
            events: VecDeque::new(),
            stash: None,
        }
    }

    pub fn socket(&self) -> &Arc<Socket> {
        &self.socket
    }

    /// Whether only the other side is waited for, or nothing: the application has been told of the end.
    pub fn is_draining(&self) -> bool {
        self.events.is_empty() && matches!(self.stage, Stage::Draining | Stage::Over)
    }

    // ---- what the driver notes before it serves the connection ----

    /// Notes what became possible; says whether the connection has to be listed for it.
    pub fn note(&mut self, readiness: Readiness) -> bool {
        self.flags.readable |= readiness.readable;
        self.flags.writable |= readiness.writable;
        self.flags.ended |= readiness.ended;
        self.list()
    }

    /// Marks it as listed; `false` if it is already.
    pub fn list(&mut self) -> bool {
        !std::mem::replace(&mut self.flags.listed, true)
    }

    /// Takes the mark away.
    pub fn unlist(&mut self) {
        self.flags.listed = false;
    }

    pub fn timer_fired(&mut self) {
        self.timer = None;
        self.flags.due = true;
    }

    pub fn attend(&mut self) {
        self.flags.full = false;
    }

    pub fn panicked(&mut self) {
        self.flags.panicked = true;
    }

    pub fn resolved(&mut self, found: Found) {
        if let Stage::Connecting(connecting) = &mut self.stage {
            connecting.resolved(found);
        }
    }

    pub fn set_timer(&mut self, id: usize, reactor: &mut Reactor) {
        reactor.set_timer(id, self.timer, self.next_timer);
        self.timer = self.next_timer;
    }

    /// Lets go of the stream.
    pub fn end(&mut self, id: usize, reactor: &mut Reactor) {
        reactor.set_timer(id, self.timer, None);
        if let Some(stream) = self.stream.take() {
            reactor.forget(&stream);
        }
        let socket = &self.socket;
        socket.id.store(usize::MAX, SeqCst);
        socket.write(Link::end);
        socket.received.set_memory(0);
    }

    // ---- serving ----

    pub fn serve<S: Sink>(&mut self, turn: &mut Turn<'_, S>, left_off: Option<&LeftOff>) -> Served {
        if std::mem::take(&mut self.flags.panicked) {
            if std::mem::replace(&mut self.flags.failed, true) {
                return Served::Gone;
            }
            self.fail_after_panic();
        }
        if self.socket.is_aborted() || (self.socket.is_freed() && matches!(self.stage, Stage::Connecting(_))) {
            return Served::Gone;
        }
        if matches!(self.stage, Stage::Connecting(_)) {
            return self.connect(turn);
        }
        self.write();
        if let Some((end, until)) = self.held_back.take().map(|held| *held) {
            if until > turn.io.now && self.has_answers_to_come(turn.sink) {
                self.held_back = Some(Box::new((end, until)));
            } else {
                self.act_on(end, turn.io.now);
            }
        }
        let served = self.receive(turn, left_off);
        self.conclude(turn, served)
    }

    /// After reading and writing: events, the timer, and whether it is over.
    fn conclude<S: Sink>(&mut self, turn: &mut Turn<'_, S>, served: Served) -> Served {
        if std::mem::take(&mut self.flags.answered) {
            self.write();
        }
        if std::mem::take(&mut self.flags.due) {
            let now = turn.io.now;
            let reads = self.may_read() && !matches!(served, Served::LeftOff(_));
            let last_read = reads.then_some(self.last_read);
            self.with_writer(|writer| writer.handle_timeout(now, last_read));
            self.rest(now);
        }
        self.collect(turn.io.now);
        self.note_memory();
        if matches!(served, Served::LeftOff(_)) {
            return served;
        }
        if !self.deliver_events(turn.sink, turn.io) {
            return Served::Again;
        }
        match self.stage {
            Stage::Over => Served::Gone,
            _ if self.held_back.is_some() && turn.sink.keeps_bytes() => Served::Again,
            _ => served,
        }
    }

    /// Writes what waits, if the kernel takes it again.
    fn write(&mut self) {
        let writable = std::mem::take(&mut self.flags.writable);
        let done = self.socket.write(|link| {
            if writable {
                link.blocked = false;
            }
            link.flush();
            link.is_write_done()
        });
        if done
            && !std::mem::replace(&mut self.flags.shut, true)
            && let Some(stream) = &self.stream
        {
            // A failed connection: the server is to read our Close frame, so the stream is not cut while it still sends. Or a write
            // has failed: so the server learns that it need not wait for more, and what it has sent is still read.
            stream.shutdown(Shutdown::Write);
        }
    }

    /// Passes a control frame or a breach of the protocol on to the writer.
    fn act_on(&mut self, found: Result<Control, Violation>, now: Instant) {
        let level = if matches!(found, Ok(Control::Ping(_) | Control::Pong(_))) { Level::Trace } else { Level::Debug };
        log::note(level, self.socket.url().to_bytes(), || match &found {
            Ok(Control::Ping(payload)) => format!("a ping of {} bytes came", payload.len()),
            Ok(Control::Pong(payload)) => format!("a pong of {} bytes came", payload.len()),
            Ok(Control::Close(None)) => "the server closes without a code".into(),
            Ok(Control::Close(Some((code, reason)))) => format!("the server closes with {code} {}", quote(reason)),
            Err(violation) => format!("closing with {}: the server broke the protocol", violation.code),
        });
        match found {
            Ok(Control::Ping(payload)) => self.answer(payload),
            Ok(control) => self.with_writer(|writer| writer.handle_control(control, now)),
            Err(violation) => {
                self.with_writer(|writer| writer.handle_violation(violation, now));
                self.stage = Stage::Draining;
            }
        }
        self.collect(now);
    }

    /// Answers a ping. The answers to those that one read has brought go out together.
    fn answer(&mut self, payload: Vec<u8>) {
        let mut link = lock(&self.socket.link);
        let takes_bytes = !link.blocked;
        let Some(writer) = &mut link.writer else { return };
        if takes_bytes {
            self.flags.answered = true;
            if !writer.gather_pong(payload) {
                return;
            }
        } else {
            writer.handle_control(Control::Ping(payload), self.last_read);
        }
        drop(link);
        self.write();
    }

    /// Gives memory up that was not used lately.
    fn rest(&mut self, now: Instant) {
        if self.rest_at.take_if(|at| *at <= now).is_none() {
            return;
        }
        if let Stage::Open(reader) = &mut self.stage {
            reader.rest();
        }
        self.with_writer(|writer| {
            writer.rest();
        });
    }

    /// Whether the application has messages that it has not seen or not had the time to answer.
    fn has_answers_to_come<S: Sink>(&self, sink: &S) -> bool {
        if self.socket.is_closing() {
            return false;
        }
        if sink.keeps_bytes() {
            // The caller gets a batch when this run ends, and acts on it before the next.
            return sink.delivered() > 0;
        }
        !sink.takes_queued(&self.socket) && self.socket.queue.back().is_busy_then_call()
    }

    fn with_writer(&mut self, change: impl FnOnce(&mut Writer)) {
        let mut link = lock(&self.socket.link);
        if let Some(writer) = &mut link.writer {
            change(writer);
        }
        drop(link);
        self.write();
    }

    /// Takes the writer's events and its deadline.
    fn collect(&mut self, now: Instant) {
        let mut link = lock(&self.socket.link);
        link.poll_news();
        let Some(writer) = link.writer.as_deref_mut() else {
            return;
        };
        let failure = writer.poll_failure();
        while let Some(event) = writer.poll_event() {
            let (what, bytes) = match event {
                Event::Pong { payload, round_trip } => (What::Pong(round_trip), payload),
                Event::Drain => (What::Drain, Vec::new()),
                Event::Closing => (What::Closing, Vec::new()),
                Event::Error => (What::Error, failure.as_ref().map(|failure| failure.text.clone().into_bytes()).unwrap_or_default()),
                Event::Close { code, reason, clean } => (What::Close { code, clean }, reason.into_bytes()),
            };
            self.events.push_back((what, bytes));
            if let Some((_, bytes)) = self.events.back_mut() {
                bytes.push(0);
            }
        }
        let held = self.held_back.as_ref().map(|held| held.1);
        let reads = matches!(&self.stage, Stage::Open(reader) if !reader.is_at_rest());
        if self.rest_at.is_none() && (reads || !writer.is_at_rest()) {
            self.rest_at = Some(now + REST_AFTER);
        }
        self.next_timer = writer.poll_deadline().into_iter().chain(held).chain(self.rest_at).min();
        let finished = writer.is_finished();
        drop(link);
        if let Some(failure) = failure {
            log::note(Level::Warn, self.socket.url().to_bytes(), || failure.text.clone());
            self.socket.set_failure(failure);
        }
        if finished {
            self.stage = Stage::Over;
            self.next_timer = None;
        }
    }

    /// Delivers the events that wait; `false` if the sink has no room for all.
    fn deliver_events<S: Sink>(&mut self, sink: &mut S, io: &mut Io) -> bool {
        if self.events.is_empty() {
            return true;
        }
        while !self.events.is_empty() {
            if !sink.has_room() {
                return false;
            }
            if let Some((what, bytes)) = self.events.pop_front() {
                if let What::Close { code, clean } = what {
                    let how = if clean { "cleanly" } else { "not cleanly" };
                    log::note(Level::Info, self.socket.url().to_bytes(), || format!("closed {how} with {code}"));
                }
                io.hold(sink.session(&self.socket).deliver(what, Data::Owned(bytes)));
            }
        }
        // Events other than messages are rare: their memory is not kept.
        self.events = VecDeque::new();
        true
    }

    /// A bug: this socket fails, the others live on.
    fn fail_after_panic(&mut self) {
        let failure = Failure::new(Phase::Open, "internal error (a bug in libws): the connection was dropped");
        self.socket.set_failure(Box::new(failure));
        self.events.clear();
        self.fail();
    }

    /// Tells the application that there is no connection, or none any more; why was noted.
    fn fail(&mut self) {
        self.stage = Stage::Over;
        self.next_timer = None;
        let text = self.socket.failure_text().to_vec();
        self.events.push_back((What::Error, text));
        self.events.push_back((What::Close { code: 1006, clean: false }, vec![0]));
    }
}
