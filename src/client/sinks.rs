//! Where events go: to the sockets' queues, to callbacks, or straight to the caller.

use super::{
    background::Process,
    event::{Data, Session, Sink, What},
    queue::Back,
    socket::Socket,
    sync,
};
use std::sync::{
    Arc, MutexGuard, PoisonError,
    atomic::{AtomicU8, Ordering::SeqCst},
};

/// Says whether a callback of a socket runs, so that `free` on another thread can wait for its end.
#[derive(Debug, Default)]
pub struct Gate(AtomicU8);

const IDLE: u8 = 0;
const RUNNING: u8 = 1;
const AWAITED: u8 = 2;

/// How much is inflated for one socket before it is another's turn, in bytes: as much as two reads bring. A batch holds no more.
const INFLATED: usize = 256 << 10;

impl Gate {
    fn enter(&self) {
        self.0.store(RUNNING, SeqCst);
    }

    fn leave(&self) {
        if self.0.swap(IDLE, SeqCst) == AWAITED {
            let (lock, left) = &Process::current().left;
            drop(sync::lock(lock));
            left.notify_all();
        }
    }

    /// Waits until no callback runs. One that begins later sees that the socket was freed.
    pub fn wait_until_left(&self) {
        if self.0.load(SeqCst) == IDLE {
            return;
        }
        let (lock, left) = &Process::current().left;
        let mut guard = sync::lock(lock);
        while self.0.compare_exchange(RUNNING, AWAITED, SeqCst, SeqCst) != Err(IDLE) {
            guard = left.wait(guard).unwrap_or_else(PoisonError::into_inner);
        }
    }
}

/// Events go to the queues, or to the callbacks of those sockets that have them.
#[derive(Debug)]
pub struct QueueSink {
    callbacks: bool,
    patient: bool,
    delivered: usize,
    /// The taker of the socket that is served waits for what it got.
    wake: bool,
    /// Sockets of an own loop whose queues have got events: a batch must look there first.
    pub(super) touched: Vec<Arc<Socket>>,
}

impl QueueSink {
    /// With `callbacks`, sockets that have them get their events at once.
    #[must_use]
    pub fn new(callbacks: bool) -> Self {
        QueueSink { callbacks, patient: false, delivered: 0, wake: false, touched: Vec::new() }
    }
}

impl QueueSink {
    /// Without callbacks, and the loop runs until its last connection is gone.
    #[must_use]
    pub fn patient() -> Self {
        QueueSink { patient: true, ..QueueSink::new(false) }
    }
}

impl Sink for QueueSink {
    type Session<'s> = QueueSession<'s>;

    fn session<'s>(&'s mut self, socket: &'s Arc<Socket>) -> QueueSession<'s> {
        if self.callbacks && socket.handler().is_some() {
            return QueueSession::Call { socket, delivered: &mut self.delivered };
        }
        if !socket.event_loop().is_background() && !socket.touched.swap(true, SeqCst) {
            self.touched.push(socket.clone());
        }
        // An abort clears the queue and adds the last events: nothing may follow them.
        let back = socket.queue.back();
        let back = if socket.is_aborted() || socket.is_freed() { None } else { Some(back) };
        QueueSession::Push { socket, back, pushed: false, delivered: &mut self.delivered, wake: &mut self.wake }
    }

    fn keeps_bytes(&self) -> bool {
        false
    }

    fn takes_queued(&self, socket: &Socket) -> bool {
        self.callbacks && socket.handler().is_some()
    }

    fn tells_end(&self) -> bool {
        self.callbacks
    }

    fn is_patient(&self) -> bool {
        self.patient
    }

    fn has_room(&self) -> bool {
        true
    }

    fn delivered(&self) -> usize {
        self.delivered
    }

    fn take_wake(&mut self) -> bool {
        std::mem::take(&mut self.wake)
    }

    fn take_touched(&mut self) -> Vec<Arc<Socket>> {
        std::mem::take(&mut self.touched)
    }
}

/// Delivers to one queue or to one socket's callbacks.
#[derive(Debug)]
pub enum QueueSession<'s> {
    /// To the queue, which stays locked for as long.
    Push {
        /// Whose.
        socket: &'s Socket,
        /// `None`: the events are not wanted any more.
        back: Option<MutexGuard<'s, Back>>,
        /// Whether there is something for a waiting taker.
        pushed: bool,
        /// Counted here.
        delivered: &'s mut usize,
        /// Noted here: a taker waits for it.
        wake: &'s mut bool,
    },
    /// To the callbacks.
    Call {
        /// Whose.
        socket: &'s Arc<Socket>,
        /// Counted here.
        delivered: &'s mut usize,
    },
}

impl Session for QueueSession<'_> {
    #[inline]
    fn has_room(&self) -> bool {
        true
    }

    fn has_enough(&mut self, bytes: usize) -> bool {
        let full = |back: &MutexGuard<'_, Back>, socket: &Socket| back.is_full(socket.room);
        bytes >= INFLATED || matches!(self, QueueSession::Push { back: Some(back), socket, .. } if full(back, socket))
    }

    #[inline(always)]
    #[allow(clippy::inline_always, reason = "it is called with constants, for each message")]
    fn deliver(&mut self, what: What, data: Data<'_>) -> Option<Vec<u8>> {
        // Messages are many, and all the rest is kept apart from them.
        if let (QueueSession::Push { back: Some(back), pushed, delivered, .. }, What::Message(kind), Data::Borrowed(bytes)) =
            (&mut *self, what, &data)
            && back.push_message(kind, bytes)
        {
            *pushed = true;
            **delivered += 1;
            return None;
        }
        self.deliver_other(what, data)
    }
}

impl QueueSession<'_> {
    fn deliver_other(&mut self, what: What, data: Data<'_>) -> Option<Vec<u8>> {
        match self {
            QueueSession::Push { back, pushed, delivered, .. } => {
                let back = back.as_mut()?;
                *pushed = true;
                **delivered += 1;
                back.push(what, data)
            }
            QueueSession::Call { socket, delivered } => {
                if call(socket, what, data.with_nul()) {
                    **delivered += 1;
                }
                if let Data::Owned(bytes) = data { Some(bytes) } else { None }
            }
        }
    }
}

impl Drop for QueueSession<'_> {
    fn drop(&mut self) {
        if let QueueSession::Push { back: Some(back), pushed: true, wake, .. } = self {
            **wake |= back.take_waiting();
        }
    }
}

/// Calls a socket's callback, unless the event is not to be seen. No lock is held but the driver's and, for queued events, the taker's.
fn call(socket: &Arc<Socket>, what: What, bytes: &[u8]) -> bool {
    /// Leaves the gate although a callback may panic.
    struct Leave<'a>(&'a Gate);
    impl Drop for Leave<'_> {
        fn drop(&mut self) {
            self.0.leave();
        }
    }

    socket.gate.enter();
    let _leave = Leave(&socket.gate);
    if socket.is_freed() || !socket.admit(what) {
        return false;
    }
    if let Some(handler) = socket.handler() {
        handler(socket, what, bytes);
    }
    true
}

/// Events go straight to the caller, who says how many it has room for. Their bytes stay valid until the loop's next turn.
pub struct BatchSink<F> {
    show: F,
    room: usize,
    delivered: usize,
}

impl<F: FnMut(&Arc<Socket>, What, &[u8])> BatchSink<F> {
    /// At most `room` events are shown to `show`.
    pub fn new(room: usize, show: F) -> Self {
        BatchSink { show, room, delivered: 0 }
    }
}

impl<F: FnMut(&Arc<Socket>, What, &[u8])> Sink for BatchSink<F> {
    type Session<'s>
        = BatchSession<'s, F>
    where
        F: 's;

    fn session<'s>(&'s mut self, socket: &'s Arc<Socket>) -> BatchSession<'s, F> {
        BatchSession { sink: self, socket }
    }

    fn keeps_bytes(&self) -> bool {
        true
    }

    fn takes_queued(&self, _: &Socket) -> bool {
        true
    }

    fn has_room(&self) -> bool {
        self.delivered < self.room
    }

    fn tells_end(&self) -> bool {
        true
    }

    fn delivered(&self) -> usize {
        self.delivered
    }
}

/// Delivers one socket's events to the caller.
pub struct BatchSession<'s, F> {
    sink: &'s mut BatchSink<F>,
    socket: &'s Arc<Socket>,
}

impl<F: FnMut(&Arc<Socket>, What, &[u8])> Session for BatchSession<'_, F> {
    #[inline]
    fn has_room(&self) -> bool {
        self.sink.has_room()
    }

    fn has_enough(&mut self, bytes: usize) -> bool {
        if bytes >= INFLATED && self.sink.delivered > 0 {
            self.sink.room = self.sink.delivered;
        }
        !self.has_room()
    }

    #[expect(clippy::inline_always, reason = "else what it is goes through memory, which takes as long as all the rest of a small message")]
    #[inline(always)]
    fn deliver(&mut self, what: What, data: Data<'_>) -> Option<Vec<u8>> {
        if !self.socket.is_freed() && self.socket.admit(what) {
            (self.sink.show)(self.socket, what, data.with_nul());
            self.sink.delivered += 1;
        }
        if let Data::Owned(bytes) = data { Some(bytes) } else { None }
    }
}
