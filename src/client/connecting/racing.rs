//! The first stage of connecting: a host's addresses are looked up and raced for a TCP connection (RFC 8305).
//!
//! A socket that lets no other connect beside it (RFC 6455 section 4.1 step 2) waits for its turn at each address. It does not race: it
//! tries its addresses one after the other, and each gets a share of the time.

use super::{
    At, Came,
    finding::{self, Found, Search, Sought},
};
use crate::{
    client::{
        log::{self, ms},
        turns::Place,
    },
    net::{dial::Refusal, race::Next, stream::Stream},
    protocol::failure::{Failure, Phase, Timeout},
    spec::url::Host,
};
use std::{
    net::{Shutdown, SocketAddr},
    sync::Arc,
    time::Instant,
};

/// Where a TCP connection is to go.
#[derive(Debug)]
pub(super) struct Hop {
    pub host: Host,
    pub port: u16,
    /// Both, for people.
    pub authority: String,
    /// Whether one address is tried after the other, each when it is its turn.
    pub alone: bool,
}

/// An attempt to connect to an address.
#[derive(Debug)]
struct Attempt {
    address: SocketAddr,
    stream: Arc<Stream>,
    since: Instant,
    /// When it is given up.
    until: Instant,
}

/// Another socket's turn to connect to an address is waited for.
#[derive(Debug)]
struct InLine {
    address: SocketAddr,
    since: Instant,
}

/// A connection that was made.
#[derive(Debug)]
pub(super) struct Won {
    pub address: SocketAddr,
    pub stream: Arc<Stream>,
    /// The turn to connect to its address, if that is an option: it lasts until the connection is open.
    pub place: Option<Place>,
    /// Others ran beside or before it, and what was noted of them means nothing for it.
    pub others: bool,
}

/// A host whose addresses are found and tried.
#[derive(Debug)]
pub(super) struct Racing {
    hop: Hop,
    search: Search,
    deadline: Instant,
    attempts: Vec<Attempt>,
    /// How many were begun.
    begun: usize,
    in_line: Option<InLine>,
    place: Option<Place>,
    /// What was tried in vain, for people.
    failures: Vec<String>,
    /// What was tried last.
    last: Option<SocketAddr>,
    os_error: i32,
}

impl Racing {
    /// A race for a connection to `hop`, which must be there at `deadline`.
    pub fn new(hop: Hop, now: Instant, deadline: Instant) -> Self {
        Racing {
            hop,
            search: Search::new(now),
            deadline,
            attempts: Vec::new(),
            begun: 0,
            in_line: None,
            place: None,
            failures: Vec::new(),
            last: None,
            os_error: 0,
        }
    }

    /// The phase that this is a part of now.
    pub fn phase(&self) -> Phase {
        if self.search.looks_up && self.begun == 0 && self.in_line.is_none() { Phase::Dns } else { Phase::Tcp }
    }

    /// When the connection must be there: later than at the beginning, if turns were waited for.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// The streams of the attempts that are under way.
    pub fn streams(&self) -> impl Iterator<Item = &Arc<Stream>> {
        self.attempts.iter().map(|attempt| &attempt.stream)
    }

    /// A name was looked up.
    pub fn resolved(&mut self, found: Found) {
        self.search.resolved(found);
    }

    /// Finds out the addresses, or begins to.
    pub fn begin(&mut self, at: &mut At<'_>) {
        let families = at.plan.options.addresses.families();
        self.search.begin(&self.hop.host, self.hop.port, &families, Sought::Hop, at);
    }

    /// Goes as far as it can now.
    pub fn advance(&mut self, at: &mut At<'_>) -> Came<Won> {
        self.search.take_found(at);
        if let Some(won) = self.look_at_attempts(at) {
            return Came::Done(won);
        }
        if self.in_line.is_none() && at.io.now >= self.deadline {
            return Came::Refused(Box::new(self.too_late(at)));
        }
        let alone = self.hop.alone;
        let wakes = loop {
            if alone && let Some(until) = self.attempts.first().map(|attempt| attempt.until) {
                break Some(until);
            }
            let address = match self.in_line.take() {
                Some(InLine { address, since }) => match self.wait_in_line(address, since, at) {
                    Some(until) => break Some(until),
                    None => Some(address),
                },
                None => match self.search.race.poll(at.io.now) {
                    Next::Try(address) if alone => match self.queue_up(address, at) {
                        Some(until) => break Some(until),
                        None => Some(address),
                    },
                    Next::Try(address) => Some(address),
                    Next::WaitUntil(until) => break Some(until),
                    Next::Wait => break None,
                    Next::Nothing => None,
                },
            };
            match address {
                Some(address) => self.connect(address, at),
                None if self.attempts.is_empty() => return Came::Refused(Box::new(self.unreachable())),
                None => break None,
            }
        };
        Came::Waits(match wakes {
            // The time belongs to others.
            Some(turn) if self.in_line.is_some() => turn,
            Some(wakes) => wakes.min(self.deadline),
            None => self.deadline,
        })
    }

    /// The attempt that has a connection, if one has. Those that failed are noted.
    fn look_at_attempts(&mut self, at: &mut At<'_>) -> Option<Won> {
        let mut index = 0;
        while let Some(Attempt { address, stream, until, .. }) = self.attempts.get(index) {
            let why = match stream.connected() {
                Ok(true) => return Some(self.win(index, at)),
                Ok(false) if at.io.now < *until => {
                    index += 1;
                    continue;
                }
                Ok(false) => "no answer".into(),
                Err(error) => {
                    self.os_error = error.raw_os_error().unwrap_or(0);
                    error.to_string()
                }
            };
            self.failed(*address, &why, at);
            self.drop_attempt(index, at);
        }
        None
    }

    fn failed(&mut self, address: SocketAddr, why: &str, at: &At<'_>) {
        log::step(&at.plan.url.href, || format!("{address}: {why}"));
        self.failures.push(format!("{address}: {why}"));
        self.search.race.failed(address);
    }

    fn win(&mut self, index: usize, at: &mut At<'_>) -> Won {
        let Attempt { address, stream, since, .. } = self.attempts.swap_remove(index);
        log::step(&at.plan.url.href, || {
            let from = stream.local_address().map(|own| format!(" from {own}")).unwrap_or_default();
            format!("connected to {address}{from} after {}", ms(at.io.now.saturating_duration_since(since)))
        });
        while !self.attempts.is_empty() {
            self.drop_attempt(0, at);
        }
        let others = self.begun > 1;
        Won { address, stream, place: self.place.take(), others }
    }

    /// Ends an attempt. Others may hold its stream for a moment yet: it must not go on trying, least of all in somebody else's turn.
    fn drop_attempt(&mut self, index: usize, at: &mut At<'_>) {
        let stream = self.attempts.swap_remove(index).stream;
        at.io.reactor.forget(&stream);
        stream.shutdown(Shutdown::Both);
        self.place = None;
    }

    /// Begins to wait for the turn to connect to an address; `None`: it has come.
    fn queue_up(&mut self, address: SocketAddr, at: &mut At<'_>) -> Option<Instant> {
        let limits = &at.plan.options.limits;
        self.place = Some(Place::new(at.socket, address, limits.connect_timeout + limits.handshake_timeout));
        let until = self.wait_in_line(address, at.io.now, at);
        if until.is_some() {
            log::step(&at.plan.url.href, || format!("waiting until no other socket is connecting to {address}"));
        }
        until
    }

    /// Goes on waiting for it.
    fn wait_in_line(&mut self, address: SocketAddr, since: Instant, at: &At<'_>) -> Option<Instant> {
        let Some(until) = self.place.as_ref()?.wait(at.io.now) else {
            // The time belonged to others.
            self.deadline += at.io.now.saturating_duration_since(since);
            return None;
        };
        self.in_line = Some(InLine { address, since });
        Some(until)
    }

    /// Begins an attempt, if the system does not refuse at once.
    fn connect(&mut self, address: SocketAddr, at: &mut At<'_>) {
        log::step(&at.plan.url.href, || format!("trying {address}"));
        self.begun += 1;
        self.last = Some(address);
        let connect = || {
            let stream = at.plan.options.addresses.dial.connect(address)?;
            at.io.reactor.watch(&stream, at.id)?;
            Ok::<_, Refusal>(stream)
        };
        match connect() {
            Ok(stream) => {
                let left = self.deadline.saturating_duration_since(at.io.now);
                let shares = u32::try_from(self.search.race.untried() + 1).unwrap_or(u32::MAX);
                let until = if self.hop.alone { at.io.now + left / shares } else { self.deadline };
                self.attempts.push(Attempt { address, stream: Arc::new(stream), since: at.io.now, until });
            }
            Err(refusal) => {
                self.os_error = refusal.error.raw_os_error().unwrap_or(0);
                self.failed(address, &refusal.to_string(), at);
                self.place = None;
            }
        }
    }

    /// No address is left.
    fn unreachable(&self) -> Failure {
        if self.begun == 0 {
            return self.search.in_vain(&self.hop.authority, "ws_options_set_ip_version or ws_options_set_bind_address");
        }
        self.unconnected(Failure::new(Phase::Tcp, format!("could not connect to {}", self.hop.authority)))
    }

    /// Each address that was tried, with its own error, behind the text.
    fn unconnected(&self, mut failure: Failure) -> Failure {
        failure.text = format!("{}: {}", failure.text, self.failures.join("; "));
        let address = self.last.map(|address| address.to_string()).unwrap_or_default();
        Failure { os_error: self.os_error, address, ..failure }
    }

    /// The time for all addresses is over.
    fn too_late(&mut self, at: &At<'_>) -> Failure {
        let time = at.plan.options.limits.connect_timeout;
        if self.begun == 0 {
            return Failure::late(Phase::Dns, &finding::text(&self.hop.authority), Timeout::Connect, time);
        }
        for Attempt { address, .. } in self.attempts.drain(..) {
            self.failures.push(format!("{address}: no answer"));
        }
        let text = format!("could not connect to {}", self.hop.authority);
        self.unconnected(Failure::late(Phase::Tcp, &text, Timeout::Connect, time))
    }
}
