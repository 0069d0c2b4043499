//! One run: a socket, the network that it is connected to, the model of both, and the trace of all that happened.

use super::{
    c::{self, Called, Loop, Plan, Ws},
    happenings::Server,
    model::{Model, Verdict},
    network::{Network, close_frame},
    operations::{self, refuse},
    random::Random,
    support::server::{self, GUARD, frame},
    words::{Act, Event, Payload, Took},
};
use std::{
    ffi::CString,
    fmt::Write as _,
    sync::{
        Arc, Condvar, Mutex, MutexGuard, PoisonError, Weak,
        atomic::{AtomicBool, Ordering::SeqCst},
    },
    time::Duration,
};
use ws::ffi::status::{WS_ERR_BUSY, WS_ERR_TIMEOUT};

/// How events are taken.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Way {
    Background,
    BackgroundCallbacks,
    /// An own loop, in each way that it can be run.
    OwnLoop,
    /// The same for a socket with callbacks.
    OwnCallbacks,
}

impl Way {
    pub fn is_own(self) -> bool {
        matches!(self, Way::OwnLoop | Way::OwnCallbacks)
    }

    pub fn has_callbacks(self) -> bool {
        matches!(self, Way::BackgroundCallbacks | Way::OwnCallbacks)
    }
}

/// What the application's threads and callbacks share. One of them at a time does something.
pub struct Running {
    pub way: Way,
    pub model: Model,
    pub network: Network,
    pub random: Random,
    pub ws: Option<Ws>,
    pub own_loop: Option<Loop>,
    /// Messages may be larger than the kernel's buffers.
    pub large: bool,
    pub number: usize,
    /// Callbacks so far.
    called: usize,
    /// The run comes to its end: reading is not stopped any more.
    pub settling: bool,
    /// `ws_free` runs: callbacks may still come, but must not use the handle.
    pub freeing: bool,
    trace: String,
    failure: Option<String>,
}

impl Running {
    /// Notes what was done and what came of it.
    pub fn note(&mut self, what: &str, verdict: Verdict) {
        // What follows a failure is no news.
        if self.failure.is_none() {
            let _ = writeln!(self.trace, "  {what}");
            let failure = self.ws.filter(|_| !self.model.freed && !self.freeing).map(Ws::failure);
            self.failure = verdict.err().map(|why| format!("{why}\nws_get_failure: {failure:?}"));
        }
    }

    pub fn fail(&mut self, why: &str) {
        let states = self.model.describe();
        self.note("", Err(format!("{why}\n{states}")));
    }

    pub fn is_failed(&self) -> bool {
        self.failure.is_some()
    }

    pub fn act(&mut self, act: Act) {
        self.note(&format!("server: {act:?}"), Ok(()));
        self.model.acts(act);
    }
}

/// One run, as it can be given to callbacks.
pub struct Run {
    running: Mutex<Running>,
    called: Condvar,
}

/// A callback came when its run was over.
pub static LATE: AtomicBool = AtomicBool::new(false);

impl Called for Weak<Run> {
    fn called(&self, event: Event) {
        match self.upgrade() {
            Some(run) => run.called_with(&event),
            None => LATE.store(true, SeqCst),
        }
    }

    fn failed(&self, why: String) {
        match self.upgrade() {
            Some(run) => run.lock().note("callback", Err(why)),
            None => LATE.store(true, SeqCst),
        }
    }
}

impl Run {
    fn called_with(&self, event: &Event) {
        let mut running = self.lock();
        running.called += 1;
        let verdict = running.model.calls(event);
        running.note(&format!("callback: {event:?}"), verdict);
        for _ in 0..running.random.below(3) {
            if !running.freeing && !running.model.freed && !running.is_failed() {
                operations::operate(&mut running, true);
            }
        }
        self.called.notify_all();
    }
}
impl Run {
    pub fn lock(&self) -> MutexGuard<'_, Running> {
        self.running.lock().unwrap_or_else(PoisonError::into_inner)
    }

    pub fn is_failed(&self) -> bool {
        self.lock().is_failed()
    }

    /// Connects.
    pub fn new(seed: u64, way: Way) -> (Arc<Run>, Server) {
        let mut random = Random::new(seed);
        let mut server = Server::default();
        let close_timeout_ms = if random.percent(10) { 20 } else { 60_000 };
        let mut model = Model::new(way.is_own(), way == Way::BackgroundCallbacks, Duration::from_millis(close_timeout_ms));
        let network = match random.below(20) {
            0 => {
                model.acts(Act::Refuse);
                server.ended = true;
                Network::without_listener()
            }
            1..=9 => {
                let mut bytes = vec![];
                model.acts(Act::Accept);
                for number in 0..random.below(3) {
                    let payload = format!("at once {number}");
                    model.acts(Act::Message(Payload::new(true, payload.as_bytes())));
                    bytes.extend(frame(server::TEXT, payload.as_bytes()));
                }
                server.connected = true;
                match random.below(20) {
                    0 => {
                        server.closed = true;
                        let body = operations::body(&mut random);
                        bytes.extend(close_frame(&body));
                        model.acts(Act::Close(body));
                    }
                    1 => {
                        server.failed = true;
                        bytes.extend(b"\x83\x00");
                        model.acts(Act::Breach);
                    }
                    _ => {}
                }
                Network::new(Some((true, bytes)))
            }
            10 => {
                model.acts(Act::Refuse);
                server.ended = true;
                Network::new(Some((false, refuse(&mut random))))
            }
            _ => Network::new(None),
        };
        let url = CString::new(network.url()).expect("no NUL");
        let own_loop = way.is_own().then(Loop::new);
        if let Some(own) = own_loop.filter(|_| random.percent(20)) {
            own.watch();
        }
        let large = random.percent(5);
        let running = Running {
            way,
            model,
            network,
            random,
            ws: None,
            own_loop,
            large,
            number: 0,
            called: 0,
            settling: false,
            freeing: false,
            trace: String::new(),
            failure: None,
        };
        let run = Arc::new(Run { running: Mutex::new(running), called: Condvar::new() });
        let close_timeout_ms = i32::try_from(close_timeout_ms).expect("a short time");
        // It lives for ever, so that a callback that comes too late is seen.
        let context: &Weak<Run> = Box::leak(Box::new(Arc::downgrade(&run)));
        let plan = Plan { url: &url, own_loop, callbacks: way.has_callbacks().then_some(context), close_timeout_ms };
        // Callbacks wait until it is noted.
        let mut running = run.lock();
        running.ws = Some(Ws::connect(&plan));
        let acts = running.model.world.acts.clone();
        running.note(&format!("{way:?}, close timeout {close_timeout_ms} ms, server: {acts:?} at once"), Ok(()));
        drop(running);
        (run, server)
    }

    // ---- taking ----

    /// Takes what there is, in one of the ways that there are; waits for it if it must come.
    pub fn take(&self) {
        let mut running = self.lock();
        let Some(ws) = running.ws.filter(|_| !running.model.freed) else { return };
        let due = running.model.is_due();
        let timeout = if due { i32::try_from(GUARD.as_millis()).expect("seconds") } else { running.random.one_of(&[0, 0, 1, 2]) };
        let way = running.way;
        let how = running.random.below(if way.is_own() { 6 } else { 3 });
        let name = if due { " (due)" } else { "" };
        let before = running.called;
        match (way, how, running.own_loop) {
            (Way::BackgroundCallbacks, 0, _) => {
                let (next, open, closed) = (ws.next_event(timeout), ws.wait_open(timeout), ws.wait_closed(timeout));
                let busy = Took::Status(WS_ERR_BUSY);
                if !(next == busy && open == WS_ERR_BUSY && closed == busy) {
                    running.fail(&format!("not busy: {next:?}, {open}, {closed:?}"));
                }
            }
            (Way::BackgroundCallbacks, ..) => {
                let time = Duration::from_millis(u64::try_from(timeout).expect("a time"));
                let waited = self.called.wait_timeout_while(running, time, |running| running.called == before && !running.is_failed());
                running = waited.unwrap_or_else(PoisonError::into_inner).0;
                if due && running.called == before {
                    running.fail("no callback comes");
                }
            }
            (Way::OwnCallbacks, 0..4, Some(own)) => {
                running.model.world.calls = true;
                drop(running);
                let status = own.dispatch(timeout);
                running = self.lock();
                let called = running.called - before;
                let verdict = if running.model.freed { Ok(()) } else { running.model.dispatched(status, called) };
                running.note(&format!("dispatch({timeout}){name}: {}, {called} callbacks", c::status_name(status)), verdict);
                if due && called == 0 {
                    running.fail("no callback comes");
                }
            }
            (Way::OwnLoop, 0, Some(own)) => {
                let status = own.dispatch(timeout.min(2));
                let verdict = running.model.runs_without_taking(status);
                running.note(&format!("dispatch without callbacks: {}", c::status_name(status)), verdict);
            }
            (Way::OwnLoop, 3..6, Some(own)) | (_, 4, Some(own)) => {
                let capacity = running.random.one_of(&[1, 3, 64]);
                let (status, events) = own.wait(capacity, timeout);
                let taken = events.iter().try_for_each(|event| running.model.takes_in_a_run(event));
                let verdict = if events.is_empty() { running.model.runs(status) } else { taken };
                running.note(&format!("loop_wait({capacity}, {timeout}){name}: {}, {events:?}", c::status_name(status)), verdict);
                if due && events.is_empty() {
                    running.fail("no event comes");
                }
            }
            (_, 2, _) if running.random.percent(20) => {
                let took = ws.wait_closed(timeout.min(2));
                let verdict = running.model.waits_closed(&took);
                running.note(&format!("wait_closed({}): {took:?}", timeout.min(2)), verdict);
            }
            (_, 1, _) if running.random.percent(30) => {
                let status = ws.wait_open(timeout);
                let verdict = running.model.waits_open(status);
                running.note(&format!("wait_open({timeout}){name}: {}", c::status_name(status)), verdict);
                if due && status == WS_ERR_TIMEOUT {
                    running.fail("nothing comes to wait_open");
                }
            }
            _ if running.random.percent(50) => {
                let capacity = running.random.one_of(&[1, 3, 64]);
                let (status, events) = ws.next_events(capacity, timeout);
                let model = &mut running.model;
                // As if they had been taken one by one.
                let taken = events.iter().try_for_each(|event| model.takes(&Took::Event(event.clone())));
                let verdict = if events.is_empty() { model.takes(&Took::Status(status)) } else { taken };
                running.note(&format!("next_events({capacity}, {timeout}){name}: {}, {events:?}", c::status_name(status)), verdict);
                if due && status == WS_ERR_TIMEOUT {
                    running.fail("no event comes");
                }
                // No other event moves it.
                let state = ws.ready_state();
                let verdict = running.model.ready_state(state);
                running.note(&format!("ready_state: {state}"), verdict);
            }
            _ => {
                let took = ws.next_event(timeout);
                let verdict = running.model.takes(&took);
                running.note(&format!("next_event({timeout}){name}: {took:?}"), verdict);
                if due && took == Took::Status(WS_ERR_TIMEOUT) {
                    running.fail("no event comes");
                }
            }
        }
    }

    /// Why the run failed, with all that happened.
    pub fn failure(&self) -> Option<String> {
        let running = self.lock();
        running.failure.as_ref().map(|why| format!("{}{why}", running.trace))
    }

    pub fn trace(&self) -> String {
        self.lock().trace.clone()
    }
}
