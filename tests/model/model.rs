//! The model of one socket: all states of the reference machine that it may be in, and what was sent. What is observed rules states
//! out; if none is left, the library has done something that the standard does not allow.

use super::{
    machine::{Conn, State},
    network::Received,
    words::{Act, Body, CloseArguments, Event, Payload, Sent, Took},
    world::World,
};
use std::{
    collections::BTreeSet,
    fmt::Debug,
    time::{Duration, Instant},
};
use ws::ffi::{
    constants::WS_CLOSED,
    status::{WS_DISCARDED, WS_DONE, WS_ERR_ABORTED, WS_ERR_BUSY, WS_ERR_TIMEOUT, WS_OK},
};

/// How long the server has to end TCP after both Close frames.
const LINGER: Duration = Duration::from_secs(2);
/// Less than any kernel takes without being read from.
const NEVER_BLOCKS: u64 = 100_000;

pub type Verdict = Result<(), String>;

pub struct Model {
    states: BTreeSet<State>,
    pub world: World,
    pub freed: bool,
    /// The loop was given up before the connection was gone.
    cut: bool,
    close_timeout: Duration,
    /// The earliest moments at which a wait for the server can have begun.
    closed_at: Option<Instant>,
    answered_at: Option<Instant>,
    accepted: Vec<Payload>,
    pings: Vec<Payload>,
    /// Bytes of payload.
    accepted_bytes: u64,
    discarded_bytes: u64,
    /// `bufferedAmount` cannot be more.
    most: u64,
    /// What it was when the socket was CLOSED and nothing could be sent any more.
    frozen: Option<u64>,
}

impl Model {
    pub fn new(own_loop: bool, calls: bool, close_timeout: Duration) -> Self {
        let world = World {
            acts: vec![],
            answers: None,
            own_loop,
            paused: None,
            blocks: false,
            has_accepted: false,
            calls,
            takes: false,
            drops: false,
            shuts_down: false,
            linger_over: false,
            close_timeout_over: false,
        };
        Model {
            states: BTreeSet::from([State::new()]),
            world,
            freed: false,
            cut: false,
            close_timeout,
            closed_at: None,
            answered_at: None,
            accepted: vec![],
            pings: vec![],
            accepted_bytes: 0,
            discarded_bytes: 0,
            most: 0,
            frozen: None,
        }
    }

    // ---- the set of states ----

    /// Every state that it may have come to by now.
    fn possible(&mut self) -> BTreeSet<State> {
        let now = Instant::now();
        let over = |since: Option<Instant>, time| since.is_some_and(|since| now >= since + time);
        self.world.linger_over = over(self.answered_at, LINGER);
        self.world.close_timeout_over = over(self.closed_at.into_iter().chain(self.answered_at).min(), self.close_timeout);
        let mut all = self.states.clone();
        let mut new: Vec<State> = all.iter().cloned().collect();
        while let Some(state) = new.pop() {
            new.extend(state.steps(&self.world).into_iter().filter(|next| all.insert(next.clone())));
        }
        all
    }

    /// `seen` was observed; `rule` says what each state allows, and what it then becomes.
    fn observe<T: PartialEq + Debug>(&mut self, seen: &T, rule: impl Fn(&World, State) -> Vec<(T, State)>) -> Verdict {
        let (mut left, mut allowed) = (BTreeSet::new(), vec![]);
        for state in self.possible() {
            for (outcome, next) in rule(&self.world, state) {
                if outcome == *seen {
                    left.insert(next);
                } else if !allowed.contains(&outcome) {
                    allowed.push(outcome);
                }
            }
        }
        if left.is_empty() {
            return Err(format!("{seen:?} is not allowed: {allowed:?} would be\n{}", self.describe()));
        }
        self.states = left;
        Ok(())
    }

    fn all(&mut self, holds: impl Fn(&State) -> bool) -> bool {
        self.possible().iter().all(holds)
    }

    // ---- the network ----

    pub fn acts(&mut self, act: Act) {
        if matches!(act, Act::Close(_)) {
            self.answered_at.get_or_insert_with(Instant::now);
        }
        self.world.acts.push(act);
    }

    /// The server answers our Close frame from now on.
    pub fn answers(&mut self, body: Body) {
        self.world.answers.get_or_insert(body);
        self.answered_at.get_or_insert_with(Instant::now);
    }

    // ---- taking ----

    /// Whether an event must come if it is waited for.
    pub fn is_due(&self) -> bool {
        self.states.iter().all(|state| state.is_due(&self.world))
    }

    pub fn is_done(&self) -> bool {
        self.states.iter().all(|state| state.done)
    }

    /// In a call that takes events.
    fn taking<T: PartialEq + Debug>(&mut self, seen: &T, rule: impl Fn(&World, State) -> Vec<(T, State)>) -> Verdict {
        self.world.takes = true;
        let verdict = self.observe(seen, rule);
        self.world.takes = false;
        verdict
    }

    /// By `ws_next_event`.
    pub fn takes(&mut self, took: &Took) -> Verdict {
        self.taking(took, |world, state| state.next_event(world))
    }

    /// In a run of the own loop.
    pub fn takes_in_a_run(&mut self, event: &Event) -> Verdict {
        self.taking(&Took::Event(event.clone()), |_, state| state.take(true))
    }

    /// A run of the own loop found no event: none came in time, or nothing can happen on it any more.
    pub fn runs(&mut self, status: i32) -> Verdict {
        self.taking(&status, |_, state| {
            let is_over = state.is_over();
            let nothing = |(took, state)| matches!(took, Took::Status(_)).then_some(state);
            let ends = |state: State| [(WS_ERR_TIMEOUT, state.clone()), (if is_over { WS_DONE } else { WS_ERR_TIMEOUT }, state)];
            state.take(true).into_iter().filter_map(nothing).flat_map(ends).collect()
        })
    }

    /// A run of the own loop with callbacks, which were called so many times.
    pub fn dispatched(&mut self, status: i32, called: usize) -> Verdict {
        let verdict = if called > 0 {
            self.observe(&status, |_, state| if state.called.is_none() { vec![(WS_OK, state)] } else { vec![] })
        } else {
            self.runs(status)
        };
        self.world.calls = false;
        verdict
    }

    /// A callback asks for events of its own socket: it would wait for the loop that it runs on.
    pub fn asks_in_callback(&mut self, took: &Took) -> Verdict {
        self.observe(took, |world, state| {
            let mut found = vec![(Took::Status(WS_ERR_BUSY), state.clone())];
            if world.own_loop && state.interrupted {
                found.push((Took::Status(WS_ERR_ABORTED), state.with(|state| state.interrupted = false)));
            }
            if world.own_loop && state.done {
                found.push((Took::Status(WS_DONE), state));
            }
            found
        })
    }

    /// A run of the own loop that takes nothing.
    pub fn runs_without_taking(&mut self, status: i32) -> Verdict {
        self.observe(&status, |_, state| {
            let ends = [WS_OK, WS_ERR_TIMEOUT, WS_DONE];
            ends.into_iter().filter(|end| *end != WS_DONE || state.is_over()).map(|end| (end, state.clone())).collect()
        })
    }

    pub fn calls(&mut self, event: &Event) -> Verdict {
        if self.freed {
            return Err(format!("a callback ({event:?}) runs after ws_free returned"));
        }
        self.observe(&Some(event.clone()), |_, mut state| vec![(state.called.take(), state)])
    }

    pub fn waits_open(&mut self, status: i32) -> Verdict {
        self.observe(&Took::Status(status), |world, state| state.wait_open(world))
    }

    pub fn waits_closed(&mut self, took: &Took) -> Verdict {
        self.world.drops = true;
        let verdict = self.observe(took, |world, state| state.wait_closed(world));
        self.world.drops = false;
        verdict
    }

    // ---- operations ----

    pub fn ready_state(&mut self, seen: i32) -> Verdict {
        self.observe(&seen, |_, state| vec![(state.ready, state)])
    }

    pub fn sends(&mut self, sent: Sent, payload: Payload, status: i32) -> Verdict {
        let len = payload.len as u64;
        self.observe(&status, |_, state| state.send(sent))?;
        match status {
            WS_OK => {
                self.accepted.push(payload);
                self.accepted_bytes += len;
                self.world.has_accepted = true;
                self.world.blocks = self.accepted_bytes > NEVER_BLOCKS;
            }
            WS_DISCARDED => {
                self.discarded_bytes += len;
                self.frozen = self.frozen.map(|frozen| frozen + len);
            }
            _ => return Ok(()),
        }
        self.most += len;
        Ok(())
    }

    /// `before`: when the call was made.
    pub fn closes(&mut self, arguments: CloseArguments<'_>, status: i32, before: Instant) -> Verdict {
        self.closed_at.get_or_insert(before);
        self.observe(&status, |world, state| state.close(world, arguments))
    }

    pub fn pings(&mut self, payload: Payload, status: i32) -> Verdict {
        if status == WS_OK {
            self.pings.push(payload);
        }
        self.observe(&status, |_, state| state.ping(payload.len))
    }

    pub fn flushes(&mut self, status: i32, in_callback: bool) -> Verdict {
        self.observe(&status, |world, state| state.flush(world, in_callback))?;
        if status == WS_OK {
            // All that was accepted is with the kernel.
            self.most = self.discarded_bytes;
        }
        Ok(())
    }

    pub fn pauses(&mut self) {
        let connecting = !self.all(|state| state.conn != Conn::Connecting);
        let unknown = connecting || !self.world.own_loop;
        self.world.paused = Some(if unknown { usize::MAX } else { self.world.acts.len() });
    }

    pub fn resumes(&mut self) {
        // What was read before is read.
        self.states = self.possible();
        self.world.paused = None;
    }

    pub fn interrupts(&mut self) {
        self.states = self.possible().iter().map(|state| state.with(|state| state.interrupted = true)).collect();
    }

    pub fn frees_loop(&mut self) {
        self.states = self.possible().iter().flat_map(State::loop_freed).collect();
        self.cut = true;
    }

    pub fn frees(&mut self, before: Instant) {
        self.closed_at.get_or_insert(before);
        self.states = self.possible().into_iter().map(|state| state.free(&self.world)).collect();
        self.freed = true;
    }

    /// All sockets of the process are told to close.
    pub fn shuts_down(&mut self, now: bool) {
        self.closed_at.get_or_insert_with(Instant::now);
        self.world.shuts_down = now;
    }

    /// Their connections are gone.
    pub fn is_shut_down(&mut self, status: i32) -> Verdict {
        let verdict = self.observe(&status, |_, state| if state.conn == Conn::Gone { vec![(WS_OK, state)] } else { vec![] });
        self.shuts_down(false);
        verdict
    }

    /// `received`: the bytes of payload that the server had before the call.
    pub fn buffered_amount(&mut self, seen: u64, received: u64) -> Verdict {
        let (least, most) = (self.discarded_bytes, self.most.min(self.discarded_bytes + self.accepted_bytes - received));
        if !(least..=most).contains(&seen) {
            return Err(format!("a buffered amount of {seen} is not allowed: {least} to {most} would be"));
        }
        if self.frozen.is_some_and(|frozen| frozen != seen) {
            return Err(format!("the buffered amount was {:?} after the end and is {seen}", self.frozen));
        }
        if self.is_done() && self.all(|state| state.clean) && seen != self.discarded_bytes {
            return Err(format!("after a clean close {seen} bytes are buffered, but {} were discarded", self.discarded_bytes));
        }
        self.most = seen;
        // A failed connection may still send what was accepted, and its Close frame.
        if self.all(|state| state.ready == WS_CLOSED && state.conn == Conn::Gone) {
            self.frozen = Some(seen);
        }
        Ok(())
    }

    // ---- the end ----

    /// Everything that the server has received, when TCP has ended. `read_on`: it has read to the end.
    pub fn check_received(&mut self, received: &Received) -> Verdict {
        let reset = self.world.acts.contains(&Act::Reset);
        let may_miss = self.world.blocks || self.cut || reset;
        let may_be = |state: &State| match (&state.frame, &received.close) {
            (None, None) => true,
            // It was queued, and did not get out.
            (Some(_), None) => !state.clean && may_miss,
            (Some(ours), Some(theirs)) => ours == theirs,
            (None, Some(_)) => false,
        };
        let possible = self.possible();
        if !possible.iter().any(may_be) {
            let allowed: BTreeSet<_> = possible.iter().map(|state| &state.frame).collect();
            return Err(format!("the server's Close frame from us is {:?}, allowed are {allowed:?}; {received:?}", received.close));
        }
        // Those that were accepted, in order and each whole; all of them before the Close frame.
        let all = received.close.is_none() || received.messages.len() == self.accepted.len();
        if !(all && self.accepted.starts_with(&received.messages)) {
            return Err(format!("accepted: {:?}\nreceived: {received:?}", self.accepted));
        }
        if !received.pings.iter().all(|ping| self.pings.contains(ping)) {
            return Err(format!("pings: {:?}\nreceived: {received:?}", self.pings));
        }
        if received.after_close > 0 {
            return Err(format!("frames came after our Close frame: {received:?}"));
        }
        Ok(())
    }

    /// Whether the close timeout is short.
    pub fn is_impatient(&self) -> bool {
        self.close_timeout < Duration::from_secs(1)
    }

    pub fn describe(&self) -> String {
        let some: Vec<_> = self.states.iter().take(6).map(|state| format!("  {state:?}")).collect();
        format!("the socket might have been, in {} ways:\n{}", self.states.len(), some.join("\n"))
    }
}
