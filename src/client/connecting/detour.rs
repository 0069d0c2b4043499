//! What a proxy adds to connecting: where to, when it is the socket's turn, and the stages behind the connection to it.

use super::{
    At, Came, Stage,
    naming::{self, Naming},
    racing::Hop,
    securing::Securing,
    tunnelling::Tunnelling,
};
use crate::{
    client::{
        options::Options,
        turns::{Place, Remote},
    },
    net::{
        proxy::{
            address::{Endpoint, Proxy, Scheme},
            tunnel::Tunnel,
        },
        stream::Stream,
    },
};
use std::{sync::Arc, time::Instant};

/// What a proxy is asked for.
#[derive(Debug)]
pub(super) struct Detour {
    pub proxy: Proxy,
    pub target: Endpoint,
    /// Where `target` comes from, if the proxy is told addresses.
    pub naming: Option<Naming>,
}

/// To a proxy one connects at any time: turns are those of the servers behind it.
pub(super) fn to_proxy(proxy: &Proxy) -> Hop {
    let Endpoint { host, port } = proxy.endpoint.clone();
    Hop { host, port, authority: format!("the proxy {proxy}"), alone: false }
}

/// Waits for the turn to connect to a server through a proxy; `None`: it has come, or is not asked for.
pub(super) fn wait_in_line(place: &mut Option<Place>, target: &Endpoint, at: &At<'_>) -> Option<Instant> {
    if !at.plan.options.one_connecting {
        return None;
    }
    let limits = &at.plan.options.limits;
    let longest = limits.connect_timeout + limits.handshake_timeout;
    let remote = naming::address(target).map_or_else(|| Remote::Named(target.clone()), Remote::Address);
    place.get_or_insert_with(|| Place::new(at.socket, remote, longest)).wait(at.io.now)
}

/// The stage that follows a connection to a proxy: TLS where its URL asks for it.
pub(super) fn to_ask(detour: &Detour, stream: Arc<Stream>, deadline: Instant, at: &At<'_>) -> Came<Stage> {
    if detour.proxy.scheme == Scheme::Https {
        Came::Done(Stage::Securing(Box::new(Securing::to_proxy(&detour.proxy, stream, deadline))))
    } else {
        ask(detour, stream, deadline, at)
    }
}

/// The stage in which a proxy is asked for the way.
pub(super) fn ask(detour: &Detour, stream: Arc<Stream>, deadline: Instant, at: &At<'_>) -> Came<Stage> {
    let Options { user_agent, limits, .. } = &*at.plan.options;
    match Tunnel::new(&detour.proxy, &detour.target, user_agent.as_deref(), limits, deadline) {
        Ok(tunnel) => Came::Done(Stage::Tunnelling(Box::new(Tunnelling { tunnel, stream }))),
        Err(failure) => Came::Refused(failure),
    }
}
