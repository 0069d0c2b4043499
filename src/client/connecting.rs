//! From a URL to an open connection, stage by stage: the race for a TCP connection, a proxy's way to the server if there is a proxy,
//! then the opening handshake.
//!
//! Each stage goes as far as it can and then says until when it waits, that there will be no connection, or what it came to: the next
//! stage begins with that at once. What must be there before the opening handshake has one deadline, the connect timeout's. A port that
//! is blocked ends it before anything is looked up.

mod naming;
mod racing;
mod shaking;
mod tunnelling;

pub(super) use racing::Found;

use super::{
    addresses::Instead,
    driver::Io,
    log,
    options::{Options, Plan},
    socket::Socket,
    stats::Stopwatch,
    turns::{Place, Remote},
};
use crate::{
    net::{
        dial,
        proxy::{
            address::{Endpoint, Proxy, Scheme},
            tunnel::Tunnel,
        },
        stream::{Moved, Stream},
    },
    protocol::{
        failure::{Failure, Phase},
        opening::Opening,
    },
    spec::{handshake::Agreed, port},
};
use naming::Naming;
use racing::{Hop, Racing, Sought, Won};
use std::{net::Shutdown, ops::Range, os::fd::OwnedFd, sync::Arc, time::Instant};
use tunnelling::{Asked, Tunnelling};

/// What became of a step.
#[derive(Debug)]
pub(super) enum Step {
    /// It goes on when something happens, at this moment at the latest.
    Waits(Instant),
    /// There will be no connection.
    Refused(Box<Failure>),
    /// The connection is open. What came behind the response is at `start..end` in the arena.
    Open { agreed: Agreed, headers: Vec<(String, String)>, start: usize, end: usize },
}

/// What a stage came to.
#[derive(Debug)]
enum Came<T> {
    /// It goes on when something happens, at this moment at the latest.
    Waits(Instant),
    /// There will be no connection.
    Refused(Box<Failure>),
    /// It is over.
    Done(T),
}

impl<T> Came<T> {
    /// The same with something made of what it came to.
    fn map<U>(self, make: impl FnOnce(T) -> U) -> Came<U> {
        match self {
            Came::Waits(until) => Came::Waits(until),
            Came::Refused(failure) => Came::Refused(failure),
            Came::Done(result) => Came::Done(make(result)),
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
            Stage::Opening(_) => Phase::Handshake,
        }
    }
}

/// What a proxy is asked for.
#[derive(Debug)]
struct Detour {
    proxy: Proxy,
    target: Endpoint,
    /// Where `target` comes from, if the proxy is told addresses.
    naming: Option<Naming>,
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
    pub fn attempts(&self) -> Vec<Arc<Stream>> {
        match &self.stage {
            Stage::Racing(racing) => racing.streams().cloned().collect(),
            Stage::Tunnelling(tunnelling) => vec![tunnelling.stream.clone()],
            _ => Vec::new(),
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
    pub fn advance(&mut self, socket: &Arc<Socket>, id: usize, io: &mut Io, arena: &mut [u8], readable: bool) -> Step {
        let now = io.now;
        let step = loop {
            let before = self.stage.phase();
            let came = self.go_on(socket, id, io, arena, readable);
            self.stopwatch.note(Some(before), now, socket);
            match came {
                Came::Waits(until) => break Step::Waits(until),
                Came::Refused(failure) => break Step::Refused(failure),
                Came::Done(Some(step)) => break step,
                Came::Done(None) => {}
            }
        };
        let phase = match &step {
            Step::Waits(_) => Some(self.stage.phase()),
            // It may have come that far in this step.
            Step::Refused(failure) => Some(failure.phase),
            Step::Open { .. } => None,
        };
        self.stopwatch.note(phase, now, socket);
        if !matches!(step, Step::Waits(_)) {
            self.stopwatch.note(None, now, socket);
        }
        step
    }

    /// Lets the stage go on. When it is over the next one follows; after the last one comes a step.
    fn go_on(&mut self, socket: &Arc<Socket>, id: usize, io: &mut Io, arena: &mut [u8], readable: bool) -> Came<Option<Step>> {
        let mut at = At { plan: &self.plan, socket, id, io, arena, readable, early: &mut self.early };
        let now = at.io.now;
        let next = match (&mut self.stage, &mut self.detour) {
            (Stage::New, detour) => match begin(self.deadline, self.given.take(), detour, &mut at) {
                Came::Done(Begun::Stage(stage)) => Came::Done(stage),
                Came::Done(Begun::Connected(stream, address)) => {
                    (self.stream, self.address) = (Some(stream), address);
                    Came::Done(over(&at))
                }
                Came::Waits(until) => Came::Waits(until),
                Came::Refused(failure) => Came::Refused(failure),
            },
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
                        ask(detour, stream, self.deadline, &at)
                    } else {
                        self.stream = Some(stream);
                        Came::Done(over(&at))
                    }
                }
                Came::Waits(until) => Came::Waits(until),
                Came::Refused(failure) => Came::Refused(failure),
            },
            (Stage::Tunnelling(tunnelling), Some(detour)) => match tunnelling.advance(&mut at) {
                Asked::Waits(until) => Came::Waits(until),
                Asked::Refused(failure) => Came::Refused(failure),
                Asked::Unreachable(failure) => {
                    let Some(other) = detour.naming.as_mut().and_then(|naming| naming.after(&detour.target, &at)) else {
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
                    Came::Done(over(&at))
                }
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

/// The stage that follows when there is a way to the server, whether through a proxy or not.
fn over(at: &At<'_>) -> Stage {
    Stage::Opening(Box::new(shaking::start(at.plan, at.io.now)))
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

/// To a proxy one connects at any time: turns are those of the servers behind it.
fn to_proxy(proxy: &Proxy) -> Hop {
    let Endpoint { host, port } = proxy.endpoint.clone();
    Hop { host, port, authority: format!("the proxy {proxy}"), alone: false }
}

/// Waits for the turn to connect to a server through a proxy; `None`: it has come, or is not asked for.
fn wait_in_line(place: &mut Option<Place>, target: &Endpoint, at: &At<'_>) -> Option<Instant> {
    if !at.plan.options.one_connecting {
        return None;
    }
    let limits = &at.plan.options.limits;
    let longest = limits.connect_timeout + limits.handshake_timeout;
    let remote = naming::address(target).map_or_else(|| Remote::Named(target.clone()), Remote::Address);
    place.get_or_insert_with(|| Place::new(at.socket, remote, longest)).wait(at.io.now)
}

/// The stage in which a proxy is asked for the way. (Where TLS to the proxy is wanted, it comes before this one.)
fn ask(detour: &Detour, stream: Arc<Stream>, deadline: Instant, at: &At<'_>) -> Came<Stage> {
    let Options { user_agent, limits, .. } = &at.plan.options;
    match Tunnel::new(&detour.proxy, &detour.target, user_agent.as_deref(), limits, deadline) {
        Ok(tunnel) => Came::Done(Stage::Tunnelling(Box::new(Tunnelling { tunnel, stream }))),
        Err(failure) => Came::Refused(failure),
    }
}

#[cfg(test)]
mod tests;
