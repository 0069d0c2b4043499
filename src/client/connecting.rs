//! From a URL to an open connection: the name's addresses, a TCP connection to one of them, the opening handshake.
//!
//! The standard's order: a port that is blocked ends it before anything is looked up; a socket that lets no other connect beside it
//! waits for its turn at each address before it connects.

use super::{
    driver::Io,
    log::{Level, log},
    options::{Options, Plan},
    socket::Socket,
    stats::Stopwatch,
    turns::Place,
};
use crate::{
    net::{
        random, resolve,
        stream::{Moved, Stream},
    },
    protocol::{
        failure::{Failure, Phase},
        opening::{Asked, Opening, Progress},
        writer::End,
    },
    spec::{
        handshake::Agreed,
        port,
        request::{self, Request},
        url::{self, Host},
    },
};
use std::{
    collections::VecDeque,
    io,
    net::{Shutdown, SocketAddr},
    sync::Arc,
    time::Instant,
};

/// What became of a step.
#[derive(Debug)]
pub(super) enum Step {
    /// It goes on when something happens, at this moment at the latest.
    Waits(Instant),
    /// There will be no connection.
    Refused(Box<Failure>),
    /// The connection is open. What came behind the response is at `start..end` in the arena.
    Open { agreed: Agreed, start: usize, end: usize },
}

/// What has happened since the last step. That the stream is writable is found out by writing.
#[derive(Debug, Clone, Copy)]
pub(super) struct Happened {
    pub readable: bool,
    /// The deadline has passed.
    pub due: bool,
}

#[derive(Debug)]
enum State {
    New,
    Resolving,
    /// Another socket's turn to connect to this address is waited for, since then.
    InLine(SocketAddr, Instant),
    /// A TCP connection is being made; the next address is tried at the latest then.
    Trying(SocketAddr, Instant),
    Opening(Box<Opening>),
}

impl State {
    /// The phase that this is a part of.
    fn phase(&self) -> Phase {
        match self {
            State::New => Phase::Url,
            State::Resolving => Phase::Dns,
            State::InLine(..) | State::Trying(..) => Phase::Tcp,
            State::Opening(_) => Phase::Handshake,
        }
    }
}

/// A connection that is not open yet.
#[derive(Debug)]
pub(super) struct Connecting {
    plan: Box<Plan>,
    state: State,
    /// When TCP must be there.
    deadline: Instant,
    found: Option<io::Result<Vec<SocketAddr>>>,
    addresses: VecDeque<SocketAddr>,
    /// The place in the line of those that connect to the address that is tried, if that is an option.
    place: Option<Place>,
    stream: Option<Arc<Stream>>,
    /// What was tried in vain, for people.
    attempts: Vec<String>,
    os_error: i32,
    stopwatch: Stopwatch,
}

impl Connecting {
    pub fn new(plan: Box<Plan>, now: Instant) -> Self {
        Connecting {
            deadline: now + plan.options.limits.connect_timeout,
            plan,
            state: State::New,
            found: None,
            addresses: VecDeque::new(),
            place: None,
            stream: None,
            attempts: Vec::new(),
            os_error: 0,
            stopwatch: Stopwatch::default(),
        }
    }

    /// The stream that is being connected or was.
    pub fn stream(&self) -> Option<&Arc<Stream>> {
        self.stream.as_ref()
    }

    /// The name was looked up.
    pub fn resolved(&mut self, found: io::Result<Vec<SocketAddr>>) {
        self.found = Some(found);
    }

    pub fn options(&self) -> &Options {
        &self.plan.options
    }

    /// Goes as far as it can now.
    pub fn advance(&mut self, socket: &Arc<Socket>, id: usize, io: &mut Io, arena: &mut [u8], happened: Happened) -> Step {
        let step = self.go_on(socket, id, io, arena, happened);
        let phase = match &step {
            Step::Waits(_) => Some(self.state.phase()),
            // It may have come that far in this step.
            Step::Refused(failure) => Some(failure.phase),
            Step::Open { .. } => None,
        };
        self.stopwatch.note(phase, io.now, socket);
        if !matches!(step, Step::Waits(_)) {
            self.stopwatch.note(None, io.now, socket);
        }
        step
    }

    fn go_on(&mut self, socket: &Arc<Socket>, id: usize, io: &mut Io, arena: &mut [u8], happened: Happened) -> Step {
        match &mut self.state {
            State::New => match port::refusal(self.plan.url.port, self.plan.options.block_ports) {
                Some(text) => Step::Refused(Box::new(Failure::new(Phase::Url, text))),
                None => self.resolve(socket, id, io),
            },
            State::Resolving => match self.found.take() {
                Some(Ok(addresses)) => {
                    self.addresses = addresses.into();
                    self.dial(socket, id, io)
                }
                Some(Err(error)) => self.unresolved(Some(&error)),
                None if happened.due => self.unresolved(None),
                None => Step::Waits(self.deadline),
            },
            State::InLine(address, since) => {
                let (address, since) = (*address, *since);
                let step = self.wait_in_line(address, since, io.now).or_else(|| self.connect(address, id, io));
                step.unwrap_or_else(|| self.dial(socket, id, io))
            }
            State::Trying(address, until) => {
                let (address, until) = (*address, *until);
                self.try_on(address, until, io, arena, happened).unwrap_or_else(|| self.dial(socket, id, io))
            }
            State::Opening(_) => self.shake_hands(io, arena, happened),
        }
    }

    fn resolve(&mut self, socket: &Arc<Socket>, id: usize, io: &mut Io) -> Step {
        let url = &self.plan.url;
        log(Level::Debug, || format!("{}: connecting", url::without_userinfo(&url.href)));
        if let Some(addresses) = resolve::known(&url.host, url.port) {
            self.addresses = addresses.into();
            return self.dial(socket, id, io);
        }
        let Host::Name(name) = &url.host else { return self.unresolved(None) };
        let event_loop = socket.event_loop().clone();
        let asker = socket.clone();
        match resolve::look_up(name.clone(), url.port, move |found| event_loop.resolved(asker, found)) {
            Ok(()) => {
                self.state = State::Resolving;
                Step::Waits(self.deadline)
            }
            Err(error) => self.unresolved(Some(&error)),
        }
    }

    fn unresolved(&self, error: Option<&io::Error>) -> Step {
        let text = format!("could not look up the host of {}", self.plan.url.authority);
        Step::Refused(Box::new(match error {
            Some(error) => Failure::os(Phase::Dns, &text, error),
            None => Failure::new(Phase::Dns, format!("{text} within {:?}", self.plan.options.limits.connect_timeout)),
        }))
    }

    /// Tries the next address.
    fn dial(&mut self, socket: &Arc<Socket>, id: usize, io: &mut Io) -> Step {
        if let Some(stream) = self.stream.take() {
            io.reactor.forget(&stream);
            // The connection keeps it until there is another one: it must not go on trying, least of all in somebody else's turn.
            stream.shutdown(Shutdown::Both);
        }
        loop {
            self.place = None;
            let Some(address) = self.addresses.pop_front() else { return self.unreachable() };
            if self.plan.options.one_connecting {
                let longest = self.plan.options.limits.connect_timeout + self.plan.options.limits.handshake_timeout;
                self.place = Some(Place::new(socket, address, longest));
            }
            if let Some(step) = self.wait_in_line(address, io.now, io.now).or_else(|| self.connect(address, id, io)) {
                return step;
            }
        }
    }

    /// Waits for the turn to connect to an address; `None`: it has come, or none is needed.
    fn wait_in_line(&mut self, address: SocketAddr, since: Instant, now: Instant) -> Option<Step> {
        let Some(until) = self.place.as_ref()?.wait(now) else {
            // The time belonged to others.
            self.deadline += now.saturating_duration_since(since);
            return None;
        };
        if !matches!(self.state, State::InLine(..)) {
            log(Level::Debug, || {
                format!("{}: waiting until no other socket is connecting to {address}", url::without_userinfo(&self.plan.url.href))
            });
        }
        self.state = State::InLine(address, since);
        Some(Step::Waits(until))
    }

    /// Starts to connect to an address; `None`: the system refuses at once.
    fn connect(&mut self, address: SocketAddr, id: usize, io: &mut Io) -> Option<Step> {
        log(Level::Debug, || format!("{}: trying {address}", url::without_userinfo(&self.plan.url.href)));
        match Stream::connect(address).and_then(|stream| io.reactor.watch(&stream, id).map(|()| stream)) {
            Ok(stream) => self.stream = Some(Arc::new(stream)),
            Err(error) => {
                self.failed(address, &error);
                return None;
            }
        }
        // Each address left gets its share of the time, so that one that never answers does not use it all up.
        let left = self.deadline.saturating_duration_since(io.now);
        let shares = u32::try_from(self.addresses.len() + 1).unwrap_or(u32::MAX);
        let until = io.now + left / shares;
        self.state = State::Trying(address, until);
        Some(Step::Waits(until))
    }

    fn unreachable(&self) -> Step {
        let tried = if self.attempts.is_empty() { "the name has no addresses".into() } else { self.attempts.join("; ") };
        let text = format!("could not connect to {}: {tried}", self.plan.url.authority);
        Step::Refused(Box::new(Failure { os_error: self.os_error, ..Failure::new(Phase::Tcp, text) }))
    }

    fn failed(&mut self, address: SocketAddr, error: &io::Error) {
        self.os_error = error.raw_os_error().unwrap_or(0);
        self.attempts.push(format!("{address}: {error}"));
    }

    /// Goes on with the address that is tried; `None`: it was in vain.
    fn try_on(&mut self, address: SocketAddr, until: Instant, io: &mut Io, arena: &mut [u8], happened: Happened) -> Option<Step> {
        match self.stream.as_ref().map(|stream| stream.connected()) {
            Some(Ok(true)) => {}
            Some(Ok(false)) if io.now < until => return Some(Step::Waits(until)),
            Some(Ok(false)) | None => {
                self.attempts.push(format!("{address}: no answer"));
                return None;
            }
            Some(Err(error)) => {
                self.failed(address, &error);
                return None;
            }
        }
        if let Some(stream) = &self.stream
            && let Err(error) = stream.set_no_delay(self.plan.options.no_delay)
        {
            log(Level::Warn, || format!("{}: TCP_NODELAY could not be set: {error}", url::without_userinfo(&self.plan.url.href)));
        }
        let opening = self.start_opening(io.now);
        self.state = State::Opening(Box::new(opening));
        Some(self.shake_hands(io, arena, Happened { due: false, ..happened }))
    }

    fn start_opening(&mut self, now: Instant) -> Opening {
        let mut bytes = [0; 16];
        random::fill(&mut bytes);
        let key = request::key(bytes);
        let options = &self.plan.options;
        let deflate = options.deflate.on.then_some(options.deflate.offer);
        let request = request::render(&Request {
            url: &self.plan.url,
            protocols: &options.protocols,
            headers: &options.headers,
            origin: options.origin.as_deref(),
            user_agent: options.user_agent.as_deref(),
            deflate: deflate.as_ref(),
            key: &key,
        });
        let asked = Asked { key, protocols: options.protocols.clone(), deflate };
        Opening::new(request, asked, &options.limits, now)
    }

    /// Sends the request and reads the response, as far as the kernel lets it.
    fn shake_hands(&mut self, io: &mut Io, arena: &mut [u8], happened: Happened) -> Step {
        let (State::Opening(opening), Some(stream)) = (&mut self.state, &self.stream) else {
            return Step::Waits(self.deadline);
        };
        while !opening.poll_transmit().is_empty() {
            match stream.write(opening.poll_transmit()) {
                Moved::Bytes(count) => opening.handle_transmitted(count),
                Moved::Blocked => break,
                Moved::Broken(_) => opening.handle_write_error(),
            }
        }
        if !happened.readable {
            return Self::wait(opening, io);
        }
        let start = io.used;
        let room = arena.len() - 1;
        loop {
            let count = match stream.read(&mut arena[start..room]) {
                Moved::Bytes(0) => return Step::Refused(opening.handle_end(End::Fin)),
                Moved::Bytes(count) => count,
                Moved::Blocked => break,
                Moved::Broken(error) => return Step::Refused(opening.handle_end(End::Reset(error))),
            };
            match opening.handle_bytes(&arena[start..start + count], io.now) {
                Progress::More => {}
                Progress::Open(agreed, used) => return Step::Open { agreed, start: start + used, end: start + count },
                Progress::Refused(failure) => return Step::Refused(failure),
            }
        }
        Self::wait(opening, io)
    }

    fn wait(opening: &mut Opening, io: &Io) -> Step {
        match opening.handle_timeout(io.now) {
            Some(failure) => Step::Refused(failure),
            None => Step::Waits(opening.poll_deadline()),
        }
    }
}

#[cfg(test)]
mod tests;
