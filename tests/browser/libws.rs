//! libws plays a scenario: one thread that takes events, as a C program would.

use super::{
    scenario::{Scenario, Step, When, show},
    session::Session,
    support::{
        client::{guard, within},
        server::GUARD,
    },
};
use std::{
    sync::{
        Arc, Mutex,
        atomic::{AtomicUsize, Ordering::Relaxed},
    },
    thread,
    time::{Duration, Instant},
};
use ws::{
    client::{
        event::What,
        event_loop::EventLoop,
        options::Options,
        socket::{ReadyState, Socket},
    },
    error::Error,
    protocol::Kind,
};

/// How many scenarios are played at a time.
const SIDE_BY_SIDE: usize = 8;

/// Where the sockets' I/O runs.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Loop {
    /// On the library's thread.
    Background,
    /// On the thread that takes the events.
    Own,
}

/// Plays all, some side by side, and returns their traces.
pub fn play_all(all: &[Scenario], on: Loop) -> Vec<Vec<String>> {
    let next = AtomicUsize::new(0);
    let traces: Vec<Mutex<Vec<String>>> = all.iter().map(|_| Mutex::default()).collect();
    thread::scope(|scope| {
        for _ in 0..SIDE_BY_SIDE {
            scope.spawn(|| {
                while let Some((scenario, trace)) = Some(next.fetch_add(1, Relaxed)).and_then(|next| all.get(next).zip(traces.get(next))) {
                    *trace.lock().expect("one thread a trace") = play(scenario, on);
                }
            });
        }
    });
    traces.into_iter().map(|trace| trace.into_inner().expect("no panic")).collect()
}

/// Plays it and returns the trace.
fn play(scenario: &Scenario, on: Loop) -> Vec<String> {
    let session = Session::new(scenario);
    let event_loop = (on == Loop::Own).then(|| EventLoop::new(false).expect("a loop"));
    let options = Options { protocols: scenario.protocols.clone(), event_loop: event_loop.clone(), ..Options::default() };
    let lines = match Socket::connect(&scenario.url_at(session.port()), options) {
        Err(error) => vec![format!("new WebSocket: {}", exception(&error))],
        Ok(socket) => {
            let mut player = Player { scenario, session: &session, socket, lines: Vec::new(), remembered: 0, messages: 0 };
            player.play();
            player.lines
        }
    };
    if let Some(event_loop) = event_loop {
        event_loop.close();
    }
    session.end(lines)
}

/// The standard's name of an exception.
fn exception(error: &Error) -> String {
    match error {
        Error::InvalidState(_) => "InvalidStateError".into(),
        Error::Syntax(_) => "SyntaxError".into(),
        Error::InvalidAccess(_) => "InvalidAccessError".into(),
        other => format!("{other:?}"),
    }
}

struct Player<'a> {
    scenario: &'a Scenario,
    session: &'a Session,
    socket: Arc<Socket>,
    lines: Vec<String>,
    remembered: u64,
    messages: usize,
}

impl Player<'_> {
    fn play(&mut self) {
        let (state, buffered, attributes) = (self.state(), self.socket.buffered_amount(), self.attributes());
        self.lines.push(format!("new WebSocket: state {state}, bufferedAmount {buffered}, {attributes}"));
        self.act(When::Made);
        let mut looked_for: Vec<When> =
            [When::Heard, When::Closing].into_iter().filter(|when| self.scenario.steps(*when).next().is_some()).collect();
        let end = Instant::now() + GUARD;
        loop {
            assert!(Instant::now() < end, "{:?}: no event comes any more: {:#?}", self.scenario.name, self.lines);
            let deadline = if looked_for.is_empty() { guard() } else { within(Duration::from_millis(2)) };
            let socket = self.socket.clone();
            let taken = socket.next_event(deadline, |what, bytes| (what, bytes[..bytes.len() - 1].to_vec()));
            if looked_for.contains(&When::Heard) && self.session.is_heard() {
                looked_for.retain(|when| *when != When::Heard);
                self.act(When::Heard);
            }
            if looked_for.contains(&When::Closing) && self.socket.ready_state() >= ReadyState::Closing {
                looked_for.retain(|when| *when != When::Closing);
                self.act(When::Closing);
            }
            match taken {
                Ok(Some((what, bytes))) => self.event(what, &bytes),
                Ok(None) => break,
                Err(Error::Timeout) => {}
                Err(error) => panic!("{:?}: {error}", self.scenario.name),
            }
        }
        self.socket.free();
    }

    fn event(&mut self, what: What, bytes: &[u8]) {
        let state = self.state();
        let agreed = |socket: &Socket| {
            format!("protocol '{}', extensions '{}'", socket.protocol().to_string_lossy(), socket.extensions().to_string_lossy())
        };
        let (line, when) = match what {
            What::Open => (format!("open: state {state}, {}", agreed(&self.socket)), When::Open),
            What::Message(kind) => {
                self.messages += 1;
                let kind = if kind == Kind::Text { "text" } else { "binary" };
                (format!("message: state {state}, {kind} {}", show(bytes)), When::Message(self.messages))
            }
            What::Error => (format!("error: state {state}"), When::Error),
            What::Close { code, clean } => {
                let clean = if clean { "clean" } else { "not clean" };
                (format!("close: state {state}, {code} {}, {clean}", show(bytes)), When::Close)
            }
            What::Chunk(_) | What::Pong(_) | What::Drain | What::Closing | What::Aborted => {
                panic!("{what:?} is not for an application that asks for no chunks, sends no pings and sets no mark")
            }
        };
        self.lines.push(line);
        self.act(when);
    }

    fn state(&self) -> u8 {
        self.socket.ready_state() as u8
    }

    fn attributes(&self) -> String {
        let [url, protocol, extensions] =
            [self.socket.url(), self.socket.protocol(), self.socket.extensions()].map(|text| text.to_string_lossy());
        format!("url {}, protocol '{protocol}', extensions '{extensions}'", show(url.as_bytes()))
    }

    fn act(&mut self, when: When) {
        let steps: Vec<Step> = self.scenario.steps(when).cloned().collect();
        for step in steps {
            let result = match &step {
                Step::Text(text) => self.send(Kind::Text, text.as_bytes()),
                Step::LongText(len) => self.send(Kind::Text, &vec![b'x'; *len]),
                Step::Binary(len) => self.send(Kind::Binary, &(0..=255).cycle().take(*len).collect::<Vec<u8>>()),
                Step::Close(code, reason) => done(self.socket.close(*code, reason.as_ref().map(String::as_bytes))),
                Step::Buffered => self.socket.buffered_amount().to_string(),
                Step::Waiting => (if self.socket.buffered_amount() > 0 { "more than 0" } else { "0" }).to_owned(),
                Step::Remember => {
                    self.remembered = self.socket.buffered_amount();
                    continue;
                }
                Step::Growth => (self.socket.buffered_amount() - self.remembered).to_string(),
                Step::Attributes => self.attributes(),
                Step::Go => {
                    self.session.go();
                    continue;
                }
            };
            self.lines.push(format!("{}: {}: {result}, state {}", when.name(), step.label(), self.state()));
        }
    }

    fn send(&self, kind: Kind, bytes: &[u8]) -> String {
        done(self.socket.send(kind, bytes, false))
    }
}

fn done<T>(result: Result<T, Error>) -> String {
    match result {
        Ok(_) => "done".into(),
        Err(error) => exception(&error),
    }
}
