//! The reference state machine: one state that a WebSocket may be in, what can happen to it unseen, and what each operation then
//! returns. To be read beside the standard, RFC 6455 section 7 and the header.

use super::{
    words::{Act, Body, CloseArguments, Event, Sent, Took},
    world::World,
};
use std::collections::VecDeque;
use ws::ffi::{
    constants::{WS_CLOSED, WS_CLOSING, WS_CONNECTING, WS_NO_CODE, WS_OPEN},
    status::{
        WS_DISCARDED, WS_DONE, WS_ERR_ABORTED, WS_ERR_BUSY, WS_ERR_INVALID_ACCESS, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_STATE,
        WS_ERR_INVALID_UTF8, WS_ERR_NETWORK, WS_ERR_SYNTAX, WS_ERR_TIMEOUT, WS_OK,
    },
};

/// How far the connection is, whether the application knows or not.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Conn {
    Connecting,
    Open,
    /// Our Close frame is under way.
    CloseSent,
    /// The server's Close frame has come; ours, and all before it, may have to wait for the kernel.
    Answered {
        flushed: bool,
    },
    /// Failed: the server may still read our Close frame.
    Failed,
    Gone,
}

impl Conn {
    /// The server's Close frame has come.
    fn answered(world: &World) -> Self {
        Conn::Answered { flushed: !world.blocks }
    }
}

/// What waits to be taken.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub enum Item {
    Event(Event),
    /// The server's Close frame: `readyState` becomes CLOSING.
    Closing,
}

/// One possible state.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
pub struct State {
    /// `readyState`.
    pub ready: i32,
    pub conn: Conn,
    /// How many of the server's acts were read.
    pub read: usize,
    pub queue: VecDeque<Item>,
    /// The close event behind an error event, on its way into the queue.
    last: Option<Event>,
    /// A callback that is being called, or about to be.
    pub called: Option<Event>,
    /// The close event was taken.
    pub done: bool,
    pub clean: bool,
    pub interrupted: bool,
    /// How much the server had done when our Close frame was queued.
    closed_at: usize,
    /// Our Close frame's body.
    pub frame: Option<Body>,
    /// Told to close by the shutdown.
    told: bool,
}

impl State {
    /// `new WebSocket(url)`.
    pub fn new() -> Self {
        State {
            ready: WS_CONNECTING,
            conn: Conn::Connecting,
            read: 0,
            queue: VecDeque::new(),
            last: None,
            called: None,
            done: false,
            clean: false,
            interrupted: false,
            closed_at: 0,
            frame: None,
            told: false,
        }
    }

    // ---- what can happen unseen ----

    /// Each state that it can become by one thing that happens in the library.
    pub fn steps(&self, world: &World) -> Vec<State> {
        let mut next = vec![];
        if self.read < world.acts.len() && self.may_read(world) && !self.is_over() {
            next.extend(self.reads(world));
        }
        let all_read = self.read == world.acts.len();
        match self.conn {
            Conn::CloseSent => {
                if all_read && world.answers.is_some() {
                    next.push(self.with(|state| state.conn = Conn::answered(world)));
                }
                if world.close_timeout_over {
                    next.push(self.with(|state| state.end(Event::lost())));
                }
            }
            Conn::Answered { flushed: false } => {
                next.push(self.with(|state| state.conn = Conn::Answered { flushed: true }));
                if world.close_timeout_over {
                    next.push(self.with(|state| state.end_with_remote(world, false)));
                }
            }
            // The server should end TCP; after two seconds we do.
            Conn::Answered { flushed: true } if world.linger_over || (all_read && world.answers.is_some()) => {
                next.push(self.with(|state| state.end_with_remote(world, true)));
            }
            // The server ends TCP, or has had the time to.
            Conn::Failed => next.push(self.with(|state| state.conn = Conn::Gone)),
            _ => {}
        }
        if self.last.is_some() {
            next.push(self.with(|state| state.queue.extend(state.last.take().map(Item::Event))));
        }
        if world.calls && self.called.is_none() && !self.queue.is_empty() {
            next.push(self.with(|state| state.called = state.pop()));
        }
        if world.skips(self.queue.front()) {
            next.push(self.with(|state| drop(state.pop())));
        }
        if world.shuts_down && !self.told && self.conn != Conn::Gone {
            next.push(self.with(|state| {
                state.told = true;
                state.start_closing(world, Some((1001, String::new())));
            }));
        }
        next
    }

    pub fn with(&self, change: impl FnOnce(&mut State)) -> State {
        let mut state = self.clone();
        change(&mut state);
        state
    }

    /// While paused nothing is read, unless the socket is CLOSING. On the background loop a read may be under way; where the handshake
    /// was, what comes behind the response is read with it.
    fn may_read(&self, world: &World) -> bool {
        self.ready >= WS_CLOSING || world.paused.is_none_or(|limit| self.read < limit)
    }

    /// The server's next act is read.
    fn reads(&self, world: &World) -> Vec<State> {
        let act = &world.acts[self.read];
        let mut state = self.with(|state| state.read += 1);
        match (state.conn, act) {
            (Conn::Connecting, Act::Accept) => {
                state.conn = Conn::Open;
                state.push(Event::Open);
            }
            (Conn::Connecting, _) => state.fails(world, Conn::Gone, None),
            (Conn::Open, Act::Message(payload)) => state.push(Event::Message(*payload)),
            (Conn::Open, Act::Pong(payload)) => state.push(Event::Pong(*payload)),
            (Conn::Open, Act::Close(body)) => {
                // Its echo.
                state.frame = Some(body.clone());
                state.conn = Conn::answered(world);
                state.queue.push_back(Item::Closing);
            }
            (Conn::CloseSent, Act::Close(_)) => state.conn = Conn::answered(world),
            // RFC 6455 7.1.7: the connection is failed.
            (Conn::Open, Act::BadText) => state.fails(world, Conn::Failed, Some((1007, String::new()))),
            (Conn::Open, Act::BadClose | Act::Breach) => state.fails(world, Conn::Failed, Some((1002, String::new()))),
            (Conn::CloseSent, Act::BadClose | Act::Breach) => state.fails(world, Conn::Failed, None),
            // Text is not looked at any more; but it may have been before, and its end been held back for our answers.
            (Conn::CloseSent, Act::BadText) if self.read < state.closed_at => {
                let ignored = state.clone();
                state.fails(world, Conn::Failed, None);
                return vec![ignored, state];
            }
            // Lost: no error event.
            (Conn::Open | Conn::CloseSent, Act::Fin | Act::Reset) => state.end(Event::lost()),
            (Conn::Answered { .. }, Act::Reset) => state.end_with_remote(world, false),
            (Conn::Answered { flushed }, Act::Fin) => {
                // A reset behind it may be noticed first.
                let reset = world.acts.contains(&Act::Reset).then(|| state.with(|state| state.end_with_remote(world, false)));
                state.end_with_remote(world, flushed);
                return reset.into_iter().chain([state]).collect();
            }
            // RFC 6455 1.4: what follows the server's Close frame is discarded.
            _ => {}
        }
        vec![state]
    }

    fn push(&mut self, event: Event) {
        self.queue.push_back(Item::Event(event));
    }

    /// The error event, and the close event behind it.
    fn fails(&mut self, world: &World, conn: Conn, frame: Option<(u16, String)>) {
        if frame.is_some() {
            self.frame = Some(frame);
        }
        self.conn = conn;
        self.push(Event::Error);
        self.last = Some(Event::lost());
        if world.own_loop {
            // Nobody looks between the two.
            self.queue.extend(self.last.take().map(Item::Event));
        }
    }

    fn end(&mut self, event: Event) {
        self.conn = Conn::Gone;
        self.push(event);
    }

    /// The close event has the server's code and reason.
    fn end_with_remote(&mut self, world: &World, clean: bool) {
        let body = world.acts.iter().find_map(|act| if let Act::Close(body) = act { Some(body) } else { None });
        let (code, reason) = body.or(world.answers.as_ref()).cloned().flatten().unwrap_or((1005, String::new()));
        self.clean = clean;
        self.end(Event::Close { code, reason, clean });
    }

    // ---- taking ----

    /// Takes the first item: `readyState` moves. `None` if it is not to be seen.
    fn pop(&mut self) -> Option<Event> {
        match self.queue.pop_front()? {
            Item::Closing => self.ready = self.ready.max(WS_CLOSING),
            Item::Event(event) => {
                match event {
                    Event::Open => self.ready = WS_OPEN,
                    Event::Message(_) | Event::Pong(_) if self.ready != WS_OPEN => return None,
                    Event::Message(_) | Event::Pong(_) => {}
                    Event::Error => self.ready = WS_CLOSED,
                    Event::Close { .. } => (self.ready, self.done) = (WS_CLOSED, true),
                }
                return Some(event);
            }
        }
        None
    }

    /// By `ws_next_event`.
    pub fn next_event(self, world: &World) -> Vec<(Took, State)> {
        let aborted = self.interrupted_first(world).filter(|_| !self.done);
        self.take(false).into_iter().chain(aborted).collect()
    }

    /// With an own loop, what is due may still be inside it, and an interrupt comes first.
    fn interrupted_first(&self, world: &World) -> Option<(Took, State)> {
        let first = world.own_loop && self.interrupted;
        first.then(|| (Took::Status(WS_ERR_ABORTED), self.with(|state| state.interrupted = false)))
    }

    /// One event is taken. A loop that runs goes on to the server's Close frame behind it.
    pub fn take(mut self, in_a_run: bool) -> Vec<(Took, State)> {
        while !self.queue.is_empty() {
            if let Some(event) = self.pop() {
                let mut found = vec![(Took::Event(event.clone()), self.clone())];
                if in_a_run && self.queue.front() == Some(&Item::Closing) {
                    self.pop();
                    found.push((Took::Event(event), self));
                }
                return found;
            }
        }
        if self.done {
            return vec![(Took::Status(WS_DONE), self)];
        }
        self.wait(!in_a_run)
    }

    /// A call has to wait, and what it waits for does not come.
    fn wait(mut self, can_be_interrupted: bool) -> Vec<(Took, State)> {
        if can_be_interrupted && std::mem::take(&mut self.interrupted) {
            return vec![(Took::Status(WS_ERR_ABORTED), self)];
        }
        vec![(Took::Status(WS_ERR_TIMEOUT), self)]
    }

    pub fn wait_open(mut self, world: &World) -> Vec<(Took, State)> {
        let aborted = self.interrupted_first(world).filter(|_| self.ready == WS_CONNECTING);
        let status = match (self.ready, self.queue.front()) {
            (WS_OPEN, _) => WS_OK,
            (WS_CLOSING | WS_CLOSED, _) => WS_ERR_INVALID_STATE,
            (_, None) => return self.wait(true),
            (_, Some(Item::Event(Event::Open))) => {
                self.pop();
                WS_OK
            }
            // The error and close events are left to be taken.
            (_, Some(_)) => WS_ERR_NETWORK,
        };
        [(Took::Status(status), self)].into_iter().chain(aborted).collect()
    }

    /// With [`World::drops`].
    pub fn wait_closed(self, world: &World) -> Vec<(Took, State)> {
        match self.queue.front() {
            None | Some(Item::Event(Event::Close { .. })) => self.next_event(world),
            Some(_) => vec![],
        }
    }

    /// The loop says that nothing can happen on it any more.
    pub fn is_over(&self) -> bool {
        matches!(self.conn, Conn::Failed | Conn::Gone)
    }

    /// The loop is given up: what it had not handed out is lost, and the connection is cut. What the socket may then be.
    pub fn loop_freed(&self) -> Vec<State> {
        let cut = |kept| {
            self.with(|state| {
                state.queue.truncate(kept);
                state.end(Event::lost());
                state.clean = false;
            })
        };
        let over = self.is_over().then(|| self.clone());
        (0..=self.queue.len()).map(cut).filter(|_| !self.done).chain(over).collect()
    }

    // ---- the application's operations ----

    /// `send()`.
    pub fn send(self, sent: Sent) -> Vec<(i32, State)> {
        let status = match (sent, self.ready, self.conn) {
            (Sent::BadType, ..) => WS_ERR_INVALID_ARGUMENT,
            (_, WS_CONNECTING, _) => WS_ERR_INVALID_STATE,
            (Sent::BadText, ..) => WS_ERR_INVALID_UTF8,
            // "If the WebSocket connection is established and the WebSocket closing handshake has not yet started".
            (Sent::Good, WS_OPEN, Conn::Open) => WS_OK,
            (Sent::Good, ..) => WS_DISCARDED,
        };
        vec![(status, self)]
    }

    /// `close()`.
    pub fn close(mut self, world: &World, (code, reason): CloseArguments<'_>) -> Vec<(i32, State)> {
        let status = match (code, reason) {
            (WS_NO_CODE, None) => WS_OK,
            (WS_NO_CODE, Some(_)) => WS_ERR_INVALID_ACCESS,
            (code, _) if code != 1000 && !(3000..=4999).contains(&code) => WS_ERR_INVALID_ACCESS,
            (_, Some(reason)) if reason.len() > 123 => WS_ERR_SYNTAX,
            (_, Some(reason)) if std::str::from_utf8(reason).is_err() => WS_ERR_INVALID_UTF8,
            _ => WS_OK,
        };
        if status == WS_OK {
            let reason = String::from_utf8(reason.unwrap_or_default().to_vec()).expect("it was checked");
            self.start_closing(world, u16::try_from(code).ok().map(|code| (code, reason)));
        }
        vec![(status, self)]
    }

    fn start_closing(&mut self, world: &World, body: Body) {
        match self.ready {
            WS_CONNECTING => {
                // "Fail the WebSocket connection".
                self.conn = Conn::Gone;
                self.queue = VecDeque::from([Item::Event(Event::Error), Item::Event(Event::lost())]);
            }
            WS_OPEN => self.send_close(world, body),
            _ => return,
        }
        self.ready = WS_CLOSING;
    }

    fn send_close(&mut self, world: &World, body: Body) {
        if self.conn == Conn::Open {
            self.conn = Conn::CloseSent;
            self.frame = Some(body);
            self.closed_at = world.acts.len();
        }
    }

    /// The handle is given up: "If the WebSocket connection is established … start the closing handshake, with no status code".
    pub fn free(mut self, world: &World) -> State {
        if self.conn == Conn::Connecting {
            self.conn = Conn::Gone;
        }
        self.send_close(world, None);
        self.ready = WS_CLOSING;
        self.called = None;
        self
    }

    pub fn ping(self, len: usize) -> Vec<(i32, State)> {
        let status = match (self.ready, self.conn) {
            _ if len > 125 => WS_ERR_SYNTAX,
            (WS_CONNECTING, _) => WS_ERR_INVALID_STATE,
            (WS_OPEN, Conn::Open) => WS_OK,
            _ => WS_DISCARDED,
        };
        vec![(status, self)]
    }

    /// Waits until all is with the kernel, but not for long.
    pub fn flush(self, world: &World, in_callback: bool) -> Vec<(i32, State)> {
        if self.ready == WS_CONNECTING {
            return vec![(WS_ERR_INVALID_STATE, self)];
        }
        let mut found = vec![(WS_OK, self.clone())];
        if world.has_accepted && !self.clean && (self.is_over() || world.acts.contains(&Act::Reset)) {
            found.push((WS_ERR_NETWORK, self.clone()));
        }
        if world.blocks && self.conn != Conn::Gone {
            if in_callback {
                found.push((WS_ERR_BUSY, self));
            } else if self.interrupted {
                found.push((WS_ERR_ABORTED, self.with(|state| state.interrupted = false)));
            } else {
                found.push((WS_ERR_TIMEOUT, self));
            }
        }
        found
    }

    // ---- what must happen ----

    /// Whether an event must come if the application waits for it and the server does nothing more.
    pub fn is_due(&self, world: &World) -> bool {
        let mut state = self.clone();
        loop {
            state.queue.extend(state.last.take().map(Item::Event));
            if state.called.is_some() || state.clone().take(false).iter().any(|(took, _)| matches!(took, Took::Event(_))) {
                return true;
            }
            // What is certain to be read: all that came before a pause, and all if there is none.
            let read = world.paused.is_none() || state.ready >= WS_CLOSING || state.conn == Conn::Connecting;
            while !state.queue.is_empty() {
                state.pop();
            }
            let next = if state.read < world.acts.len() && read { state.reads(world) } else { vec![] };
            let answered = world.answers.is_some() && matches!(state.conn, Conn::CloseSent | Conn::Answered { .. });
            match next.into_iter().next() {
                Some(next) => state = next,
                None => return answered && state.read == world.acts.len(),
            }
        }
    }
}
