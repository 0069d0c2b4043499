//! The loop from inside: connections, buffers and timers, and what one turn does with them.

mod io;

pub(super) use io::{Io, LeftOff};

use super::{
    conn::{Conn, Served, Turn},
    deadline::Deadline,
    event::{Data, Session, Sink, What},
    event_loop::{EventLoop, Mail},
    log::{Level, log},
    sinks::QueueSink,
    socket::Socket,
    sync::try_lock,
};
use crate::{
    net::reactor::Reactor,
    protocol::{
        failure::{Failure, Phase},
        pool::Pool,
    },
};
use io::ARENA;
use slab::Slab;
use std::{
    collections::VecDeque,
    panic::{AssertUnwindSafe, catch_unwind},
    sync::{Arc, atomic::Ordering::SeqCst},
    time::{Duration, Instant},
};

/// Steps of TLS handshakes in a turn. What each computes takes up to half a millisecond: others are served in between.
const HANDSHAKES: usize = 1;
/// How long messages of a busy sender gather on the background loop before they are written.
const LINGER: Duration = Duration::from_millis(1);

/// Everything that one thread at a time does for the sockets of a loop.
#[derive(Debug)]
pub struct Driver {
    io: Io,
    /// What is read into; payloads are handed out as slices of it.
    arena: Box<[u8]>,
    /// Boxed, because a slab has room for twice as many as there are at times.
    conns: Slab<Box<Conn>>,
    /// Connections with something to read or write, in the order of their turn.
    ready: VecDeque<usize>,
    left_off: Option<LeftOff>,
    /// Sockets whose queues have events that a batch or callbacks must get first.
    pub(super) queued: Vec<Arc<Socket>>,
    /// Whether the sink takes some of those. One socket's taker does not, and must not spin for them.
    queued_count: bool,
    /// Sockets whose messages gather until `write_at`.
    gathering: Vec<Arc<Socket>>,
    write_at: Option<Instant>,
    wrote: Option<Instant>,
}

impl Driver {
    /// A driver without connections.
    #[must_use]
    pub fn new(reactor: Reactor) -> Self {
        let (pool, held, now) = (Pool::default(), Vec::new(), Instant::now());
        let io = Io { reactor, used: 0, pool, held, held_bytes: 0, now, handshakes: HANDSHAKES };
        Driver {
            io,
            // One byte more for the NUL of the last payload.
            arena: vec![0; ARENA + 1].into_boxed_slice(),
            conns: Slab::new(),
            ready: VecDeque::new(),
            left_off: None,
            queued: Vec::new(),
            queued_count: false,
            gathering: Vec::new(),
            write_at: None,
            wrote: None,
        }
    }

    /// Begins a run: what the run before handed out is no longer looked at.
    pub(super) fn begin<S: Sink>(&mut self, sink: &S) {
        self.queued_count = self.queued.iter().any(|socket| sink.takes_queued(socket));
        for buffer in self.io.held.drain(..) {
            self.io.pool.give(buffer);
        }
        self.io.held_bytes = 0;
        if self.left_off.is_none() {
            self.io.used = 0;
        }
    }

    /// Whether there is something to do without waiting, for a sink like the last one.
    pub(super) fn has_work(&self) -> bool {
        self.left_off.is_some() || !self.ready.is_empty() || (self.queued_count && !self.queued.is_empty())
    }

    /// Whether nothing can happen any more. On the background loop something always can.
    pub(super) fn is_idle<S: Sink>(&self, event_loop: &EventLoop, sink: &S) -> bool {
        self.has_ended(event_loop) && (self.conns.is_empty() || !sink.is_patient())
    }

    /// Whether no socket lives on it of which the application could still hear.
    pub(super) fn has_ended(&self, event_loop: &EventLoop) -> bool {
        !event_loop.is_background() && !event_loop.has_mail() && !self.has_work() && self.conns.iter().all(|(_, conn)| conn.is_draining())
    }

    /// The time until something is due.
    pub(super) fn timeout(&self, now: Instant) -> Option<Duration> {
        if self.has_work() {
            return Some(Duration::ZERO);
        }
        let next = match (self.io.reactor.next_timer(), self.write_at) {
            (Some(timer), Some(write)) => timer.min(write),
            (timer, write) => timer.or(write)?,
        };
        Some(next.saturating_duration_since(now))
    }

    /// Notes sockets whose queues got events in a run: if the program watches the loop's descriptor, it will ask the loop for them.
    pub(super) fn queue(&mut self, mut touched: Vec<Arc<Socket>>) {
        self.queued.append(&mut touched);
        self.queued_count = !self.queued.is_empty();
    }

    /// One turn: messages that gathered; what was left off; mail; a wait, unless there is something to do; timers; what is ready.
    pub(super) fn turn<S: Sink>(&mut self, event_loop: &EventLoop, sink: &mut S, deadline: Deadline) {
        event_loop.next_turn();
        self.io.handshakes = HANDSHAKES;
        self.gathering.append(&mut event_loop.take_writes());
        self.write_gathered(event_loop, false);
        let before = sink.delivered();
        if let Some(left_off) = self.left_off.take() {
            self.serve(left_off.id, event_loop, sink, Some(&left_off));
        }
        if self.left_off.is_some() {
            return;
        }
        // Before anything new of the same socket.
        self.deliver_queued(event_loop, sink);
        if sink.delivered() == before
            && let Some(mut mail) = event_loop.take_mail()
        {
            // Those that were listed since the turn began.
            self.gathering.append(&mut mail.write);
            self.write_gathered(event_loop, false);
            self.read_mail(mail, event_loop, sink);
            if sink.delivered() == before {
                self.deliver_queued(event_loop, sink);
            }
        }
        if sink.delivered() > before {
            return;
        }
        // What is left on a loop without sockets is looked after without waiting: else its descriptor stays readable.
        let deadline = if self.is_idle(event_loop, sink) { Deadline::Now } else { deadline };
        if sink.delivered() == 0 && self.left_off.is_none() {
            // Nothing of what was read is in anybody's hands.
            self.io.used = 0;
        }
        self.wait(event_loop, deadline);
        if self.write_at.is_some_and(|at| at <= self.io.now) {
            self.write_gathered(event_loop, true);
        }
        let due: Vec<usize> = std::iter::from_fn(|| self.io.reactor.take_due(self.io.now)).collect();
        for id in due {
            if let Some(conn) = self.conns.get_mut(id) {
                conn.timer_fired();
                self.serve(id, event_loop, sink, None);
            }
        }
        for _ in 0..self.ready.len() {
            if !sink.has_room() || !self.io.has_room() {
                break;
            }
            if let Some(id) = self.ready.pop_front() {
                if let Some(conn) = self.conns.get_mut(id) {
                    conn.unlist();
                }
                self.serve(id, event_loop, sink, None);
            }
        }
    }

    fn wait(&mut self, event_loop: &EventLoop, deadline: Deadline) {
        let now = if deadline == Deadline::Never && self.io.reactor.next_timer().is_none() { self.io.now } else { Instant::now() };
        let timeout = match (self.timeout(now), deadline.left(now)) {
            (Some(due), Some(left)) => Some(due.min(left)),
            (due, left) => due.or(left),
        };
        // To ask the kernel without waiting needs no wake-up.
        let waits = timeout.is_none_or(|timeout| !timeout.is_zero());
        let timeout = if waits && !event_loop.park() { Some(Duration::ZERO) } else { timeout };
        let result = self.io.reactor.wait(timeout);
        if waits {
            event_loop.unpark();
        }
        self.io.now = Instant::now();
        if let Err(error) = result {
            log(Level::Error, || format!("the system's wait for events failed: {error}"));
        }
        for readiness in self.io.reactor.ready() {
            if let Some(conn) = self.conns.get_mut(readiness.id)
                && conn.note(readiness)
            {
                self.ready.push_back(readiness.id);
            }
        }
    }

    fn read_mail<S: Sink>(&mut self, mail: Mail, event_loop: &EventLoop, sink: &mut S) {
        self.io.now = Instant::now();
        for (socket, plan) in mail.new {
            let id = self.conns.insert(Box::new(Conn::new(socket.clone(), plan, self.io.now)));
            socket.id.store(id, SeqCst);
            self.serve(id, event_loop, sink, None);
        }
        for (socket, found) in mail.resolved {
            if let Some(id) = self.find(&socket) {
                self.conns[id].resolved(found);
                self.serve(id, event_loop, sink, None);
            }
        }
        for socket in mail.attend {
            if socket.is_freed() && socket.touched.load(SeqCst) {
                self.queued.retain(|other| !Arc::ptr_eq(other, &socket));
            } else {
                self.note_queued(&socket, event_loop, sink);
            }
            if let Some(id) = self.find(&socket) {
                self.conns[id].attend();
                self.serve(id, event_loop, sink, None);
            }
        }
        if mail.shutdown {
            for id in self.ids() {
                let socket = self.conns[id].socket().clone();
                socket.start_closing(Some((1001, "")));
            }
        }
    }

    /// Notes a socket if its queue has events that the loop's sinks take, if not this one then another. The taker may have begun with
    /// them.
    fn note_queued<S: Sink>(&mut self, socket: &Arc<Socket>, event_loop: &EventLoop, sink: &S) {
        let taken_now = sink.takes_queued(socket);
        let has_events = || socket.queue.has_back() || try_lock(&socket.taker).is_none_or(|front| front.peek().is_some());
        if (taken_now || !event_loop.is_background()) && has_events() && !socket.touched.swap(true, SeqCst) {
            self.queued.push(socket.clone());
            self.queued_count |= taken_now;
        }
    }

    fn find(&self, socket: &Arc<Socket>) -> Option<usize> {
        let id = socket.id.load(SeqCst);
        self.conns.get(id).filter(|conn| Arc::ptr_eq(conn.socket(), socket)).map(|_| id)
    }

    fn ids(&self) -> Vec<usize> {
        self.conns.iter().map(|(id, _)| id).collect()
    }

    /// Writes the messages that gathered. On the background loop a sender that is busy gets a moment to gather more: else the loop
    /// would be woken for every few messages.
    fn write_gathered(&mut self, event_loop: &EventLoop, now_due: bool) {
        if self.gathering.is_empty() {
            if now_due {
                self.write_at = None;
                event_loop.lingering.store(false, SeqCst);
            }
            return;
        }
        if event_loop.is_background() && !now_due {
            if self.write_at.is_some() {
                return;
            }
            if self.wrote.is_some_and(|wrote| self.io.now.saturating_duration_since(wrote) < LINGER) {
                self.write_at = Some(self.io.now + LINGER);
                event_loop.lingering.store(true, SeqCst);
                return;
            }
        }
        self.wrote = Some(self.io.now);
        self.write_at = None;
        event_loop.lingering.store(false, SeqCst);
        for socket in std::mem::take(&mut self.gathering) {
            let attend = socket.write(|link| {
                link.listed = false;
                link.flush();
                link.poll_news() || link.writer.as_ref().is_some_and(|writer| writer.is_broken())
            });
            if attend {
                event_loop.attend(&socket);
            }
        }
    }

    /// Delivers events that wait in queues to a sink that takes them.
    pub(super) fn deliver_queued<S: Sink>(&mut self, event_loop: &EventLoop, sink: &mut S) {
        let mut panicked = Vec::new();
        let mut index = 0;
        while index < self.queued.len() && sink.has_room() {
            let socket = self.queued[index].clone();
            if !sink.takes_queued(&socket) {
                index += 1;
                continue;
            }
            let Some(mut front) = try_lock(&socket.taker) else {
                // Another thread takes them.
                index += 1;
                continue;
            };
            let before = sink.delivered();
            loop {
                if front.peek().is_none() {
                    // Bytes that were shown stay valid until the front is exchanged.
                    let shown = sink.delivered() > before;
                    if shown || !socket.queue.refill(&mut front, || event_loop.attend(&socket)) {
                        break;
                    }
                }
                if !sink.has_room() {
                    break;
                }
                if let Some((what, bytes)) = front.take() {
                    let deliver = || sink.session(&socket).deliver(what, Data::Borrowed(bytes));
                    if let Err(panic) = catch_unwind(AssertUnwindSafe(deliver)) {
                        std::mem::forget(panic);
                        panicked.push(socket.clone());
                        break;
                    }
                }
            }
            if front.peek().is_some() || socket.queue.has_back() {
                index += 1;
            } else {
                socket.touched.store(false, SeqCst);
                self.queued.swap_remove(index);
            }
        }
        for socket in panicked {
            if let Some(id) = self.find(&socket) {
                self.conns[id].panicked();
                event_loop.attend(&socket);
            }
        }
        self.queued_count = self.queued.iter().any(|socket| sink.takes_queued(socket));
    }

    /// Lets a connection do what it can do now.
    fn serve<S: Sink>(&mut self, id: usize, event_loop: &EventLoop, sink: &mut S, left_off: Option<&LeftOff>) {
        let Some(conn) = self.conns.get_mut(id) else { return };
        let io = &mut self.io;
        let mut turn = Turn { id, io, arena: &mut self.arena, sink: &mut *sink };
        let served = catch_unwind(AssertUnwindSafe(|| conn.serve(&mut turn, left_off)));
        let served = served.unwrap_or_else(|panic| {
            // What a payload's destructor might do is not worth the risk.
            std::mem::forget(panic);
            conn.panicked();
            Served::Again
        });
        let waits = sink.take_wake().then(|| conn.socket().clone());
        match served {
            Served::Waits => conn.set_timer(id, &mut self.io.reactor),
            Served::Again => {
                conn.set_timer(id, &mut self.io.reactor);
                if conn.list() {
                    self.ready.push_back(id);
                }
            }
            Served::LeftOff(left_off) => {
                conn.set_timer(id, &mut self.io.reactor);
                self.left_off = Some(left_off);
            }
            Served::Gone => {
                let socket = conn.socket().clone();
                if socket.is_aborted() {
                    // Callbacks hear of the end before `shutdown` does, which ends their thread.
                    self.note_queued(&socket, event_loop, sink);
                    self.deliver_queued(event_loop, sink);
                }
                self.remove(id, event_loop);
            }
        }
        if let Some(socket) = waits {
            socket.queue.notify();
        }
    }

    fn remove(&mut self, id: usize, event_loop: &EventLoop) {
        let mut conn = self.conns.remove(id);
        conn.end(id, &mut self.io.reactor);
        event_loop.removed();
    }

    /// Cuts all connections. With `call`, callbacks get their last events; other takers find them in the queues.
    pub(super) fn tear_down(&mut self, event_loop: &EventLoop, call: bool) {
        let mut sink = QueueSink::new(call);
        while let Some(mail) = event_loop.take_mail() {
            for (socket, plan) in mail.new {
                self.conns.insert(Box::new(Conn::new(socket, plan, self.io.now)));
            }
            mail.attend.iter().for_each(|socket| self.note_queued(socket, event_loop, &sink));
        }
        for id in self.ids() {
            let socket = self.conns[id].socket().clone();
            if !self.conns[id].is_draining() && !socket.is_aborted() && !socket.is_freed() {
                socket.set_failure(Box::new(Failure::new(
                    Phase::Open,
                    "the loop that the socket belongs to was freed (ws_loop_free): sockets are to be closed before",
                )));
                socket.queue.push(What::Close { code: 1006, clean: false }, Data::Borrowed(b"\0"));
            }
            self.note_queued(&socket, event_loop, &sink);
            self.remove(id, event_loop);
        }
        self.left_off = None;
        self.ready.clear();
        self.gathering.clear();
        self.deliver_queued(event_loop, &mut sink);
        self.queued.clear();
    }
}
