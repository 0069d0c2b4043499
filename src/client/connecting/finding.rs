//! The addresses of a host: known, given by the options, or looked up while other things are waited for.

use super::At;
use crate::{
    client::log::{self, ms},
    net::{
        race::{Family, Race},
        resolve,
    },
    protocol::failure::{Failure, Phase},
    spec::url::Host,
};
use std::{fmt, io, net::SocketAddr, time::Instant};

/// What a look-up is for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(in crate::client) enum Sought {
    /// Where to connect to.
    Hop,
    /// What to ask a proxy for.
    Target,
}

/// What a look-up found in a family.
#[derive(Debug)]
pub(in crate::client) struct Found {
    pub sought: Sought,
    pub family: Family,
    pub result: io::Result<Vec<SocketAddr>>,
}

/// A host whose addresses are found, in the order in which they are to be tried.
#[derive(Debug)]
pub(super) struct Search {
    pub race: Race,
    /// The host is a name that the resolver is asked for.
    pub looks_up: bool,
    /// When it began.
    since: Instant,
    found: Vec<Found>,
    /// Why a look-up found nothing.
    unresolved: Option<io::Error>,
}

impl Search {
    /// One that is to begin now.
    pub fn new(now: Instant) -> Self {
        Search { race: Race::default(), looks_up: false, since: now, found: Vec::new(), unresolved: None }
    }

    /// Finds out the addresses that a host has in some families, or begins to.
    pub fn begin(&mut self, host: &Host, port: u16, families: &[Family], sought: Sought, at: &At<'_>) {
        let known = match at.plan.options.addresses.overridden(host, port) {
            Some(ips) => Some(ips.to_vec()),
            None => resolve::known(host),
        };
        match (known, host) {
            (None, Host::Name(name)) => {
                log::step(&at.plan.url.href, || format!("looking up {name}"));
                (self.looks_up, self.race) = (true, Race::new(families));
                for &family in families {
                    let (event_loop, asker) = (at.socket.event_loop().clone(), at.socket.clone());
                    let done = move |result| event_loop.resolved(asker, Found { sought, family, result });
                    if let Err(error) = resolve::look_up(name.clone(), port, family, done) {
                        self.resolved(Found { sought, family, result: Err(error) });
                    }
                }
            }
            (known, _) => {
                let known = known.unwrap_or_default();
                for &family in families {
                    let addresses = known.iter().map(|ip| SocketAddr::new(*ip, port)).filter(|address| Family::of(address) == family);
                    self.race.found(family, addresses, at.io.now);
                }
            }
        }
    }

    /// A name was looked up.
    pub fn resolved(&mut self, found: Found) {
        self.found.push(found);
    }

    /// Enters what was found into the race.
    pub fn take_found(&mut self, at: &At<'_>) {
        for Found { family, result, .. } in std::mem::take(&mut self.found) {
            log::step(&at.plan.url.href, || {
                format!("{family} addresses: {} (after {})", shown(&result), ms(at.io.now.saturating_duration_since(self.since)))
            });
            let addresses = result.unwrap_or_else(|error| {
                self.unresolved = Some(error);
                Vec::new()
            });
            self.race.found(family, addresses, at.io.now);
        }
    }

    /// Why there is no address to try; `options` are those that allow some only.
    pub fn in_vain(&self, host: &impl fmt::Display, options: &str) -> Failure {
        match &self.unresolved {
            Some(error) => Failure::os(Phase::Dns, &text(host), error),
            None if self.looks_up => Failure::new(Phase::Dns, text(host) + ": the name has no addresses"),
            None => {
                let why = format!("it has no address of the IP version that {options} allows");
                Failure::new(Phase::Tcp, format!("could not connect to {host}: {why}"))
            }
        }
    }
}

/// What failed when no address was found.
pub(super) fn text(host: &impl fmt::Display) -> String {
    format!("could not look up the host of {host}")
}

/// What a look-up found, for people: addresses without their port, with their scope if they have one.
fn shown(result: &io::Result<Vec<SocketAddr>>) -> String {
    let without_port = |address: &SocketAddr| match address {
        SocketAddr::V6(address) if address.scope_id() != 0 => format!("{}%{}", address.ip(), address.scope_id()),
        _ => address.ip().to_string(),
    };
    match result {
        Ok(addresses) if addresses.is_empty() => "none".to_owned(),
        Ok(addresses) => addresses.iter().map(without_port).collect::<Vec<_>>().join(", "),
        Err(error) => error.to_string(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_was_found_is_shown_with_scopes_and_without_ports() {
        let found = ["[fe80::1%2]:80", "[2001:db8::1]:80", "192.0.2.1:80"].map(|address| address.parse().unwrap());
        assert_eq!(shown(&Ok(found.to_vec())), "fe80::1%2, 2001:db8::1, 192.0.2.1");
        assert_eq!(shown(&Ok(Vec::new())), "none");
    }
}
