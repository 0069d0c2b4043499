//! A stage that some proxies need: the host's addresses are looked up here, because the proxy is told an address (SOCKS5 with addresses).

use super::{
    At, Came,
    finding::{self, Found, Search, Sought},
};
use crate::{
    net::{
        proxy::address::Endpoint,
        race::{Family, Next},
    },
    protocol::failure::{Failure, Phase, Timeout},
    spec::url::Host,
};
use std::{
    net::{IpAddr, SocketAddr},
    time::Instant,
};

/// A host whose addresses the proxy is asked for one after the other, in the order in which they would be tried without one.
#[derive(Debug)]
pub(super) struct Naming {
    target: Endpoint,
    search: Search,
}

impl Naming {
    /// Begins to find out the addresses of `target`.
    pub fn begin(target: &Endpoint, at: &At<'_>) -> Self {
        let only = at.plan.options.addresses.only;
        let families: Vec<Family> = Family::BOTH.into_iter().filter(|family| only.is_none_or(|only| only == *family)).collect();
        let mut search = Search::new(at.io.now);
        search.begin(&target.host, target.port, &families, Sought::Target, at);
        Naming { target: target.clone(), search }
    }

    /// A name was looked up.
    pub fn resolved(&mut self, found: Found) {
        self.search.resolved(found);
    }

    /// The address to ask for first.
    pub fn advance(&mut self, deadline: Instant, at: &At<'_>) -> Came<Endpoint> {
        let now = at.io.now;
        self.search.take_found(at);
        let refused = |failure| Came::Refused(Box::new(failure));
        match self.search.race.poll(now) {
            Next::Try(address) => Came::Done(endpoint(address)),
            Next::Nothing => refused(self.search.in_vain(&self.target, "ws_options_set_ip_version")),
            _ if now >= deadline => {
                let time = at.plan.options.limits.connect_timeout;
                refused(Failure::late(Phase::Dns, &finding::text(&self.target), Timeout::Connect, time))
            }
            Next::WaitUntil(until) => Came::Waits(until.min(deadline)),
            Next::Wait => Came::Waits(deadline),
        }
    }

    /// The address to ask for when the proxy does not reach the last one; `None`: there is no other.
    pub fn next(&mut self, at: &At<'_>) -> Option<Endpoint> {
        self.search.take_found(at);
        self.search.race.failed(self.search.race.last()?);
        match self.search.race.poll(at.io.now) {
            Next::Try(address) => Some(endpoint(address)),
            _ => None,
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
