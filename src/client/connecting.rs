//! From a URL to an open connection, stage by stage: the race for a TCP connection, TLS for `wss:`, then the opening handshake.
//!
//! Each stage goes as far as it can and then says until when it waits, that there will be no connection, or what it came to: the next
//! stage begins with that at once. What must be there before the opening handshake has one deadline, the connect timeout's. A port that
//! is blocked ends it before anything is looked up.

mod racing;
mod securing;
mod shaking;

pub(super) use racing::Found;

use super::{
    addresses::Instead,
    driver::Io,
    log::{Level, log},
    options::{Options, Plan},
    socket::Socket,
    stats::Stopwatch,
    turns::Place,
};
use crate::{
    net::{dial, stream::Stream},
    protocol::{
        failure::{Failure, Phase},
        opening::Opening,
    },
    spec::{handshake::Agreed, port, url},
};
use racing::{Hop, Racing, Won};
use securing::Securing;
use std::{os::fd::OwnedFd, sync::Arc, time::Instant};

/// What became of a step.
#[derive(Debug)]
pub(super) enum Step {
    /// It goes on when something happens, at this moment at the latest.
    Waits(Instant),
    /// It goes on in the loop's next turn.
    Again(Instant),
    /// There will be no connection.
    Refused(Box<Failure>),
    /// The connection is open. What came behind the response is at `start..end` in the arena.
    Open { agreed: Agreed, start: usize, end: usize },
}

/// What a stage came to.
#[derive(Debug)]
enum Came<T> {
    /// It goes on when something happens, at this moment at the latest.
    Waits(Instant),
    /// It goes on in the loop's next turn: there is more than one turn may take.
    Again(Instant),
    /// There will be no connection.
    Refused(Box<Failure>),
    /// It is over.
    Done(T),
}

impl<T> Came<T> {
    /// The same with what `change` makes of the result.
    fn map<U>(self, change: impl FnOnce(T) -> U) -> Came<U> {
        match self {
            Came::Waits(until) => Came::Waits(until),
            Came::Again(until) => Came::Again(until),
            Came::Refused(failure) => Came::Refused(failure),
            Came::Done(result) => Came::Done(change(result)),
        }
    }
}

/// What a stage works with.
#[derive(Debug)]
pub(super) struct At<'a> {
    pub plan: &'a Plan,
    pub socket: &'a Arc<Socket>,
    /// The connection's number in the reactor.
    pub id: usize,
    pub io: &'a mut Io,
    pub arena: &'a mut [u8],
    /// Whether something can be read. That something can be written is found out by writing.
    pub readable: bool,
}

#[derive(Debug)]
enum Stage {
    New,
    Racing(Box<Racing>),
    Securing(Box<Securing>),
    Opening(Box<Opening>),
}

impl Stage {
    /// The phase that it is in.
    fn phase(&self) -> Phase {
        match self {
            Stage::New => Phase::Url,
            Stage::Racing(racing) => racing.phase(),
            Stage::Securing(_) => Phase::Tls,
            Stage::Opening(_) => Phase::Handshake,
        }
    }
}

/// A connection that is not open yet.
#[derive(Debug)]
pub(super) struct Connecting {
    plan: Box<Plan>,
    /// The connection that the application has made.
    given: Option<OwnedFd>,
    stage: Stage,
    /// When all that comes before the opening handshake must be done.
    deadline: Instant,
    /// The connection, once the race is over.
    stream: Option<Arc<Stream>>,
    /// What was noted in the reactor's name before belongs to streams that are gone.
    anew: bool,
    /// The turn to connect, if that is an option: it ends when this is dropped.
    place: Option<Place>,
    stopwatch: Stopwatch,
}

impl Connecting {
    pub fn new(mut plan: Box<Plan>, now: Instant) -> Self {
        Connecting {
            deadline: now + plan.options.limits.connect_timeout,
            given: plan.given.take(),
            plan,
            stage: Stage::New,
            stream: None,
            anew: false,
            place: None,
            stopwatch: Stopwatch::default(),
        }
    }

    /// The connection, once there is one.
    pub fn stream(&self) -> Option<&Arc<Stream>> {
        self.stream.as_ref()
    }

    /// The streams of attempts that are under way.
    pub fn attempts(&self) -> Vec<Arc<Stream>> {
        if let Stage::Racing(racing) = &self.stage { racing.streams().cloned().collect() } else { Vec::new() }
    }

    /// Whether what was noted of streams so far is to be forgotten, because it was of others than the connection's.
    pub fn begins_anew(&mut self) -> bool {
        std::mem::take(&mut self.anew)
    }

    /// A name was looked up.
    pub fn resolved(&mut self, found: Found) {
        if let Stage::Racing(racing) = &mut self.stage {
            racing.resolved(found);
        }
    }

    pub fn options(&self) -> &Options {
        &self.plan.options
    }

    /// Goes as far as it can now.
    pub fn advance(&mut self, socket: &Arc<Socket>, id: usize, io: &mut Io, arena: &mut [u8], mut readable: bool) -> Step {
        let now = io.now;
        let step = loop {
            let before = self.stage.phase();
            let came = self.go_on(socket, id, io, arena, readable);
            self.stopwatch.note(Some(before), now, socket);
            match came {
                Came::Waits(until) => break Step::Waits(until),
                Came::Again(until) => break Step::Again(until),
                Came::Refused(failure) => break Step::Refused(failure),
                Came::Done(Some(step)) => break step,
                // TLS may have read already what the next stage reads.
                Came::Done(None) => readable |= before == Phase::Tls,
            }
        };
        let phase = match &step {
            Step::Waits(_) | Step::Again(_) => Some(self.stage.phase()),
            // It may have come that far in this step.
            Step::Refused(failure) => Some(failure.phase),
            Step::Open { .. } => None,
        };
        self.stopwatch.note(phase, now, socket);
        if !matches!(step, Step::Waits(_) | Step::Again(_)) {
            self.stopwatch.note(None, now, socket);
        }
        step
    }

    /// Lets the stage go on. When it is over the next one follows; after the last one comes a step.
    fn go_on(&mut self, socket: &Arc<Socket>, id: usize, io: &mut Io, arena: &mut [u8], readable: bool) -> Came<Option<Step>> {
        let mut at = At { plan: &self.plan, socket, id, io, arena, readable };
        let next = match &mut self.stage {
            Stage::New => begin(&mut at, self.deadline, self.given.take()).map(|begun| match begun {
                Begun::Race(racing) => Stage::Racing(racing),
                Begun::Connected(stream) => {
                    self.stream = Some(stream);
                    connected(&at, self.deadline)
                }
            }),
            Stage::Racing(racing) => match racing.advance(&mut at) {
                Came::Done(won) => {
                    self.deadline = racing.deadline();
                    let Won { stream, place, others } = won;
                    (self.place, self.anew) = (place, others);
                    if others {
                        // Only what happens from now on is told, and what is so already.
                        at.io.reactor.forget(&stream);
                        if let Err(error) = at.io.reactor.watch(&stream, id) {
                            let text = "could not watch the connection";
                            return Came::Refused(Box::new(Failure::os(Phase::Tcp, text, &error)));
                        }
                    }
                    self.stream = Some(stream);
                    Came::Done(connected(&at, self.deadline))
                }
                Came::Waits(until) => Came::Waits(until),
                Came::Again(until) => Came::Again(until),
                Came::Refused(failure) => Came::Refused(failure),
            },
            Stage::Securing(securing) => {
                let Some(stream) = &self.stream else { return Came::Waits(self.deadline) };
                securing.advance(stream, &mut at).map(|secure| {
                    self.stream = Some(secure);
                    Stage::Opening(Box::new(shaking::start(at.plan, at.io.now)))
                })
            }
            Stage::Opening(opening) => {
                let Some(stream) = &self.stream else { return Came::Waits(self.deadline) };
                return Came::Done(Some(shaking::advance(opening, stream, &mut at)));
            }
        };
        next.map(|stage| {
            self.stage = stage;
            None
        })
    }
}

/// The stage that follows a connection: TLS where the URL asks for it.
fn connected(at: &At<'_>, deadline: Instant) -> Stage {
    let url = &at.plan.url;
    if url.secure {
        Stage::Securing(Box::new(Securing::new(url.host.clone(), url.authority.clone(), deadline)))
    } else {
        Stage::Opening(Box::new(shaking::start(at.plan, at.io.now)))
    }
}

/// What the first stage is.
#[derive(Debug)]
enum Begun {
    Race(Box<Racing>),
    /// There is a connection already.
    Connected(Arc<Stream>),
}

fn begin(at: &mut At<'_>, deadline: Instant, given: Option<OwnedFd>) -> Came<Begun> {
    let url = &at.plan.url;
    if let Some(text) = port::refusal(url.port, at.plan.options.block_ports) {
        return Came::Refused(Box::new(Failure::new(Phase::Url, text)));
    }
    log(Level::Debug, || format!("{}: connecting", url::without_userinfo(&url.href)));
    if url.secure {
        securing::prepare(at);
    }
    let connected = match (&at.plan.options.addresses.instead, given) {
        (_, Some(socket)) => dial::take_over(socket).map_err(|error| ("could not use the socket that was given".into(), error)),
        (Some(Instead::Unix { address, path }), None) => {
            dial::connect_unix(address).map_err(|error| (format!("could not connect to the Unix domain socket {path}"), error))
        }
        (_, None) => {
            let hop = Hop { host: url.host.clone(), port: url.port, authority: url.authority.clone() };
            let mut racing = Racing::new(hop, deadline);
            racing.begin(at);
            return Came::Done(Begun::Race(Box::new(racing)));
        }
    };
    let watched = |stream: Stream| match at.io.reactor.watch(&stream, at.id) {
        Ok(()) => Ok(stream),
        Err(error) => Err(("could not watch the connection".into(), error)),
    };
    match connected.and_then(watched) {
        Ok(stream) => Came::Done(Begun::Connected(Arc::new(stream))),
        Err((text, error)) => Came::Refused(Box::new(Failure::os(Phase::Tcp, &text, &error))),
    }
}

#[cfg(test)]
mod tests;
