//! From a URL to an open connection, stage by stage: the race for a TCP connection; a proxy's way to the server, if there is a proxy; TLS
//! for `wss:`; the opening handshake.
//!
//! Each stage goes as far as it can and then says until when it waits, that there will be no connection, or what it came to: the next
//! stage begins with that at once. What must be there before the opening handshake has one deadline, the connect timeout's. A port that
//! is blocked ends it before anything is looked up.

mod detour;
mod finding;
mod naming;
mod racing;
mod securing;
mod shaking;
mod tunnelling;

pub(super) use finding::Found;

use super::{
    addresses::Instead,
    driver::Io,
    log,
    options::{Options, Plan},
    socket::Socket,
    stats::Stopwatch,
    turns::Place,
};
use crate::{
    net::{
        dial,
        proxy::address::{Endpoint, Scheme},
        stream::{Moved, Stream},
    },
    protocol::{
        failure::{Failure, Phase},
        opening::Opening,
    },
    spec::{fields::Fields, handshake::Agreed, port},
};
use detour::{Detour, ask, to_ask, to_proxy, wait_in_line};
use finding::Sought;
use naming::Naming;
use racing::{Hop, Racing, Won};
use securing::Securing;
use std::{net::Shutdown, ops::Range, os::fd::OwnedFd, sync::Arc, time::Instant};
use tunnelling::{Asked, Tunnelling};

/// What became of a step.
#[derive(Debug)]
pub(super) enum Step {
    /// It goes on when something happens, at this moment at the latest.
    Waits(Instant),
    /// It goes on in the loop's next turn.
    Again(Instant),
    /// There will be no connection.
    Refused(Box<Failure>),
    /// The connection is open. What came behind the response is at `start..end` in the arena; `more`: that may not be all.
    Open { agreed: Agreed, headers: Fields, start: usize, end: usize, more: bool },
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
    /// What came behind a proxy's answer.
    pub early: &'a mut Vec<u8>,
}

impl At<'_> {
    /// Reads into a part of the arena, first what came early.
    fn read(&mut self, stream: &Stream, range: Range<usize>) -> Moved {
        let room = &mut self.arena[range];
        let count = self.early.len().min(room.len());
        if count == 0 {
            return stream.read(room);
        }
        room[..count].copy_from_slice(&self.early[..count]);
        self.early.drain(..count);
        Moved::Bytes(count)
    }
}

#[derive(Debug)]
enum Stage {
    New,
    /// The addresses of the target are looked up.
    Naming,
    /// The turn to connect to the target through a proxy is waited for, since then.
    InLine(Instant),
    Racing(Box<Racing>),
    Tunnelling(Box<Tunnelling>),
    Securing(Box<Securing>),
    Opening(Box<Opening>),
}

impl Stage {
    /// The phase that it is in.
    fn phase(&self) -> Phase {
        match self {
            Stage::New => Phase::Url,
            Stage::Naming => Phase::Dns,
            Stage::InLine(_) => Phase::Tcp,
            Stage::Racing(racing) => racing.phase(),
            Stage::Tunnelling(_) => Phase::Proxy,
            Stage::Securing(securing) => securing.phase(),
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
    since: Instant,
    /// If there is a proxy.
    detour: Option<Detour>,
    /// What came behind its answer.
    early: Vec<u8>,
    /// When all that comes before the opening handshake must be done.
    deadline: Instant,
    /// The connection, once the race is over.
    stream: Option<Arc<Stream>>,
    /// What was noted in the reactor's name before belongs to streams that are gone.
    anew: bool,
    /// The turn to connect, if that is an option: it ends when this is dropped.
    place: Option<Place>,
    /// Where the connection goes to; empty while there is none.
    address: String,
    stopwatch: Stopwatch,
}

impl Connecting {
    pub fn new(mut plan: Box<Plan>, now: Instant) -> Self {
        Connecting {
            deadline: now + plan.options.limits.connect_timeout,
            given: plan.given.take(),
            plan,
            stage: Stage::New,
            since: now,
            detour: None,
            early: Vec::new(),
            stream: None,
            anew: false,
            place: None,
            address: String::new(),
            stopwatch: Stopwatch::default(),
        }
    }

    /// When it began.
    pub fn since(&self) -> Instant {
        self.since
    }

    /// Where the connection goes to; empty while there is none.
    pub fn address(&self) -> &str {
        &self.address
    }

    /// The connection, once there is one.
    pub fn stream(&self) -> Option<&Arc<Stream>> {
        self.stream.as_ref()
    }

    /// The streams of attempts that are under way.
    pub fn attempts(&self) -> Box<[Arc<Stream>]> {
        match &self.stage {
            Stage::Racing(racing) => racing.streams().cloned().collect(),
            Stage::Tunnelling(tunnelling) => Box::new([tunnelling.stream.clone()]),
            Stage::Securing(securing) => Box::new([securing.below.clone()]),
            _ => Box::default(),
        }
    }

    /// Whether what was noted of streams so far is to be forgotten, because it was of others than the connection's.
    pub fn begins_anew(&mut self) -> bool {
        std::mem::take(&mut self.anew)
    }

    /// A name was looked up.
    pub fn resolved(&mut self, found: Found) {
        match (&mut self.stage, &mut self.detour) {
            (_, Some(Detour { naming: Some(naming), .. })) if found.sought == Sought::Target => naming.resolved(found),
            (Stage::Racing(racing), _) if found.sought == Sought::Hop => racing.resolved(found),
            _ => {}
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
            // Before anything of it shows outside: who closes the socket because of that is told this phase.
            self.stopwatch.note(Some(before), now, socket);
            match self.go_on(socket, id, io, arena, readable) {
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
        let mut at = At { plan: &self.plan, socket, id, io, arena, readable, early: &mut self.early };
        let now = at.io.now;
        let next = match (&mut self.stage, &mut self.detour) {
            (Stage::New, detour) => begin(self.deadline, self.given.take(), detour, &mut at).map(|begun| match begun {
                Begun::Stage(stage) => stage,
                Begun::Connected(stream, address) => {
                    (self.stream, self.address) = (Some(stream.clone()), address);
                    over(stream, self.deadline, &at)
                }
            }),
            (Stage::Naming, Some(Detour { target, naming: Some(naming), .. })) => naming.advance(self.deadline, &at).map(|address| {
                *target = address;
                Stage::InLine(now)
            }),
            (Stage::InLine(since), Some(detour)) => {
                if let Some(until) = wait_in_line(&mut self.place, &detour.target, &at) {
                    return Came::Waits(until);
                }
                // The time belonged to others.
                self.deadline += now.saturating_duration_since(*since);
                Came::Done(race(to_proxy(&detour.proxy), self.deadline, &mut at))
            }
            (Stage::Racing(racing), detour) => match racing.advance(&mut at) {
                Came::Done(won) => {
                    self.deadline = racing.deadline();
                    let Won { address, stream, place, others } = won;
                    self.address = address.to_string();
                    if place.is_some() {
                        self.place = place;
                    }
                    self.anew |= others;
                    if others {
                        // Only what happens from now on is told, and what is so already.
                        at.io.reactor.forget(&stream);
                        if let Err(error) = at.io.reactor.watch(&stream, id) {
                            let text = "could not watch the connection";
                            return Came::Refused(Box::new(Failure::os(Phase::Tcp, text, &error)));
                        }
                    }
                    if let Some(detour) = detour {
                        to_ask(detour, stream, self.deadline, &at)
                    } else {
                        self.stream = Some(stream.clone());
                        Came::Done(over(stream, self.deadline, &at))
                    }
                }
                Came::Waits(until) => Came::Waits(until),
                Came::Again(until) => Came::Again(until),
                Came::Refused(failure) => Came::Refused(failure),
            },
            (Stage::Tunnelling(tunnelling), Some(detour)) => match tunnelling.advance(&mut at) {
                Asked::Waits(until) => Came::Waits(until),
                Asked::Again(until) => Came::Again(until),
                Asked::Refused(failure) => Came::Refused(failure),
                Asked::Unreachable(failure) => {
                    let Some(other) = detour.naming.as_mut().and_then(|naming| naming.next(&at)) else {
                        return Came::Refused(failure);
                    };
                    log::step(&at.plan.url.href, || failure.text.clone());
                    at.io.reactor.forget(&tunnelling.stream);
                    tunnelling.stream.shutdown(Shutdown::Both);
                    detour.target = other;
                    (self.place, self.anew) = (None, true);
                    Came::Done(Stage::InLine(now))
                }
                Asked::Through => {
                    self.stream = Some(tunnelling.stream.clone());
                    Came::Done(over(tunnelling.stream.clone(), self.deadline, &at))
                }
            },
            (Stage::Securing(securing), detour) => match (securing.advance(&mut at), detour) {
                (Came::Done(secure), Some(detour)) if securing.is_to_proxy() => ask(detour, secure, self.deadline, &at),
                (came, _) => came.map(|secure| {
                    self.stream = Some(secure);
                    Stage::Opening(Box::new(shaking::start(at.plan, at.io.now)))
                }),
            },
            (Stage::Opening(opening), _) => {
                let Some(stream) = &self.stream else { return Came::Waits(self.deadline) };
                return Came::Done(Some(shaking::advance(opening, stream, &mut at)));
            }
            // These stages come only with a proxy.
            (Stage::Naming | Stage::InLine(_) | Stage::Tunnelling(_), _) => Came::Waits(self.deadline),
        };
        next.map(|stage| {
            self.stage = stage;
            None
        })
    }
}

/// The stage that follows when there is a way to the server, whether through a proxy or not: TLS where the URL asks for it.
fn over(stream: Arc<Stream>, deadline: Instant, at: &At<'_>) -> Stage {
    let url = &at.plan.url;
    if url.secure {
        Stage::Securing(Box::new(Securing::new(url.host.clone(), url.authority.clone(), stream, deadline)))
    } else {
        Stage::Opening(Box::new(shaking::start(at.plan, at.io.now)))
    }
}

/// What the beginning comes to.
#[derive(Debug)]
enum Begun {
    /// The first stage.
    Stage(Stage),
    /// There is a connection already, to this address.
    Connected(Arc<Stream>, String),
}

fn begin(deadline: Instant, given: Option<OwnedFd>, detour: &mut Option<Detour>, at: &mut At<'_>) -> Came<Begun> {
    let url = &at.plan.url;
    if let Some(text) = port::refusal(url.port, at.plan.options.block_ports) {
        return Came::Refused(Box::new(Failure::new(Phase::Url, text)));
    }
    log::step(&url.href, || "connecting".into());
    if url.secure || at.plan.proxy.as_ref().is_some_and(|proxy| proxy.scheme == Scheme::Https) {
        securing::prepare(at);
    }
    let options = &at.plan.options.addresses;
    let connected = match (&options.instead, given) {
        (_, Some(socket)) => dial::take_over(socket).map_err(|error| ("could not use the socket that was given".into(), error)),
        (Some(Instead::Unix { address, path }), None) => {
            dial::connect_unix(address).map_err(|error| (format!("could not connect to the Unix domain socket {path}"), error))
        }
        (_, None) => return Came::Done(Begun::Stage(first_stage(deadline, detour, at))),
    };
    let address = |stream: &Stream| match &options.instead {
        Some(Instead::Unix { path, .. }) => path.clone(),
        _ => stream.remote_address().map(|address| address.to_string()).unwrap_or_default(),
    };
    let watched = |stream: Stream| match at.io.reactor.watch(&stream, at.id) {
        Ok(()) => Ok(stream),
        Err(error) => Err(("could not watch the connection".into(), error)),
    };
    match connected.and_then(watched) {
        Ok(stream) => {
            let address = address(&stream);
            log::step(&url.href, || if address.is_empty() { "connected already".into() } else { format!("connected to {address}") });
            Came::Done(Begun::Connected(Arc::new(stream), address))
        }
        Err((text, error)) => Came::Refused(Box::new(Failure::os(Phase::Tcp, &text, &error))),
    }
}

/// On the way to a TCP connection, to the server or to the proxy.
fn first_stage(deadline: Instant, detour: &mut Option<Detour>, at: &mut At<'_>) -> Stage {
    let url = &at.plan.url;
    let Some(proxy) = &at.plan.proxy else {
        let hop = Hop { host: url.host.clone(), port: url.port, authority: url.authority.clone(), alone: at.plan.options.one_connecting };
        return race(hop, deadline, at);
    };
    log::step(&url.href, || format!("through the proxy {proxy}"));
    let target = Endpoint { host: url.host.clone(), port: url.port };
    let naming = (proxy.scheme == Scheme::Socks5).then(|| Naming::begin(&target, at));
    let next = if naming.is_some() { Stage::Naming } else { Stage::InLine(at.io.now) };
    *detour = Some(Detour { proxy: proxy.clone(), target, naming });
    next
}

/// The stage in which a TCP connection is made.
fn race(hop: Hop, deadline: Instant, at: &mut At<'_>) -> Stage {
    let mut racing = Racing::new(hop, at.io.now, deadline);
    racing.begin(at);
    Stage::Racing(Box::new(racing))
}

#[cfg(test)]
mod tests;
