//! A stage that some proxies need: the host's addresses are looked up here, because the proxy is told an address (SOCKS5 with addresses).

use super::{
    At, Came,
    racing::{Found, Sought, find, tell},
};
use crate::{
    net::{
        proxy::address::Endpoint,
        race::{Family, Next, Race},
    },
    protocol::failure::{Failure, Phase, Timeout},
    spec::url::Host,
};
use std::{
    io,
    net::{IpAddr, SocketAddr},
    time::Instant,
};

/// A host whose addresses the proxy is asked for one after the other, in the order in which they would be tried without one.
#[derive(Debug)]
pub(super) struct Naming {
    target: Endpoint,
    race: Race,
    /// When it began.
    since: Instant,
    /// The target is a name that the resolver is asked for.
    looks_up: bool,
    found: Vec<Found>,
    /// Why a look-up found nothing.
    unresolved: Option<io::Error>,
}

impl Naming {
    /// Begins to find out the addresses of `target`.
    pub fn begin(target: &Endpoint, at: &At<'_>) -> Self {
        let only = at.plan.options.addresses.only;
        let families: Vec<Family> = Family::BOTH.into_iter().filter(|family| only.is_none_or(|only| only == *family)).collect();
        let found = find(&target.host, target.port, &families, Sought::Target, at);
        Naming {
            target: target.clone(),
            race: found.race,
            since: at.io.now,
            looks_up: found.looks_up,
            found: found.already,
            unresolved: None,
        }
    }

    /// A name was looked up.
    pub fn resolved(&mut self, found: Found) {
        self.found.push(found);
    }

    /// The address to ask for first.
    pub fn advance(&mut self, deadline: Instant, at: &At<'_>) -> Came<Endpoint> {
        let now = at.io.now;
        self.take_found(at);
        let text = || format!("could not look up the host of {}", self.target);
        let refused = |failure| Came::Refused(Box::new(failure));
        match self.race.poll(now) {
            Next::Try(address) => Came::Done(endpoint(address)),
            Next::Nothing => refused(match &self.unresolved {
                Some(error) => Failure::os(Phase::Dns, &text(), error),
                None if self.looks_up => Failure::new(Phase::Dns, text() + ": the name has no addresses"),
                None => {
                    let why = "it has no address of the IP version that ws_options_set_ip_version allows";
                    Failure::new(Phase::Tcp, format!("could not connect to {}: {why}", self.target))
                }
            }),
            _ if now >= deadline => refused(Failure::late(Phase::Dns, &text(), Timeout::Connect, at.plan.options.limits.connect_timeout)),
            Next::WaitUntil(until) => Came::Waits(until.min(deadline)),
            Next::Wait => Came::Waits(deadline),
        }
    }

    /// The address to ask for when the proxy does not reach the last one; `None`: there is no other.
    pub fn next(&mut self, at: &At<'_>) -> Option<Endpoint> {
        self.take_found(at);
        self.race.failed(self.race.last()?);
        match self.race.poll(at.io.now) {
            Next::Try(address) => Some(endpoint(address)),
            _ => None,
        }
    }

    fn take_found(&mut self, at: &At<'_>) {
        for Found { family, result, .. } in std::mem::take(&mut self.found) {
            tell(family, &result, self.since, at);
            let addresses = result.unwrap_or_else(|error| {
                self.unresolved = Some(error);
                Vec::new()
            });
            self.race.found(family, addresses, at.io.now);
        }
    }
}

/// What a proxy is asked for: without a scope, which would be one of this machine's links.
fn endpoint(address: SocketAddr) -> Endpoint {
    let host = match address.ip() {
        IpAddr::V4(ip) => Host::V4(ip),
        IpAddr::V6(ip) => Host::V6(ip),
    };
    Endpoint { host, port: address.port() }
}

/// The address that an endpoint is, if it is no name.
pub(in crate::client) fn address(endpoint: &Endpoint) -> Option<SocketAddr> {
    match &endpoint.host {
        Host::V4(ip) => Some((*ip, endpoint.port).into()),
        Host::V6(ip) => Some((*ip, endpoint.port).into()),
        Host::Name(_) => None,
    }
}
