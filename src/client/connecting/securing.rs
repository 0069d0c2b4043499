//! A stage of connecting: TLS on a stream, from the configuration to the end of the handshake.
//!
//! What a step of the handshake computes takes a few tenths of a millisecond; the loop takes one such step a turn, so that many
//! connections that begin at once do not keep the others waiting.

use super::{At, Came};
use crate::{
    client::{background::Process, log, socket::Socket},
    net::{
        proxy::address::Proxy,
        stream::Stream,
        tls::{layer::Handshake, options::TlsOptions, session::Session},
    },
    protocol::failure::{Failure, Phase, Timeout, TlsError},
    spec::url::Host,
};
use rustls::{
    ClientConfig,
    pki_types::{IpAddr, ServerName},
};
use std::{net, sync::Arc, time::Instant};

/// TLS that is not there yet.
#[derive(Debug)]
pub(super) struct Securing {
    /// Where to, as people write it.
    authority: String,
    /// The name that is asked for and that the certificate must have.
    host: Host,
    /// What it is with, if not the server: the options about the server's certificate are not for a proxy.
    proxy: bool,
    /// The stream that it is on, which is connected.
    pub below: Arc<Stream>,
    /// The stream with its TLS, once the handshake has begun.
    secure: Option<Arc<Stream>>,
    /// When it must be done.
    deadline: Instant,
}

/// The configuration that the options ask for; `None`: the socket will be attended to when it can be made.
fn config(options: &TlsOptions, socket: &Arc<Socket>) -> Option<Result<Arc<ClientConfig>, String>> {
    let waiting = socket.clone();
    Process::current().tls.get(options, move || waiting.event_loop().attend(&waiting))
}

/// Begins to read what a configuration needs, while other things are waited for.
pub(super) fn prepare(at: &At<'_>) {
    // Whatever comes of it is asked for again.
    drop(config(&at.plan.options.tls, at.socket));
}

impl Securing {
    /// TLS with `host` on `below`, which must be there at the deadline.
    pub fn new(host: Host, authority: String, below: Arc<Stream>, deadline: Instant) -> Self {
        Securing { authority, host, proxy: false, below, secure: None, deadline }
    }

    /// TLS with a proxy.
    pub fn to_proxy(proxy: &Proxy, below: Arc<Stream>, deadline: Instant) -> Self {
        Securing { proxy: true, ..Securing::new(proxy.endpoint.host.clone(), format!("the proxy {proxy}"), below, deadline) }
    }

    /// Whether it is with a proxy.
    pub fn is_to_proxy(&self) -> bool {
        self.proxy
    }

    /// The phase that it is a part of.
    pub fn phase(&self) -> Phase {
        if self.proxy { Phase::Proxy } else { Phase::Tls }
    }

    /// Goes on; comes to the stream with its TLS.
    pub fn advance(&mut self, at: &mut At<'_>) -> Came<Arc<Stream>> {
        if !at.early.is_empty() {
            let text = format!("{}: {} bytes came before it began, and servers never begin", self.text(), at.early.len());
            return Came::Refused(Box::new(Failure::new(Phase::Proxy, text)));
        }
        if at.io.now >= self.deadline {
            let text = format!("{}: it was not done, all before it included,", self.text());
            return Came::Refused(Box::new(Failure::late(self.phase(), &text, Timeout::Connect, at.plan.options.limits.connect_timeout)));
        }
        let begins = self.secure.is_none();
        if (begins || at.readable) && at.io.handshakes == 0 {
            return Came::Again(self.deadline);
        }
        let secure = match &self.secure {
            Some(secure) => secure.clone(),
            None => match self.begin(at) {
                Came::Done(secure) => self.secure.insert(secure).clone(),
                Came::Waits(until) => return Came::Waits(until),
                Came::Again(until) => return Came::Again(until),
                Came::Refused(failure) => return Came::Refused(failure),
            },
        };
        let reads = at.readable && !begins;
        at.io.handshakes -= usize::from(begins || reads);
        match secure.shake_hands(reads) {
            Handshake::Done => {
                log::step(&at.plan.url.href, || secure.tls());
                Came::Done(secure)
            }
            // What has come already is for the next step.
            Handshake::Waits if begins && at.readable => Came::Again(self.deadline),
            Handshake::Waits => Came::Waits(self.deadline),
            Handshake::Again => Came::Again(self.deadline),
            Handshake::Failed(error) => self.refused(&error),
            Handshake::Broken(error) => Came::Refused(Box::new(Failure::os(self.phase(), &self.text(), &error))),
        }
    }

    /// The first step: whom to trust, and what to ask for.
    fn begin(&self, at: &At<'_>) -> Came<Arc<Stream>> {
        let (own, of_proxy) = (&*at.plan.options.tls, self.proxy.then(|| at.plan.options.tls.for_proxy()));
        let options = of_proxy.as_ref().unwrap_or(own);
        let config = match config(options, at.socket) {
            None => return Came::Waits(self.deadline),
            Some(Ok(config)) => config,
            Some(Err(text)) => return self.refused(&TlsError::new(text)),
        };
        let name = match options.server_name.clone().map_or_else(|| server_name(&self.host), Ok) {
            Ok(name) => name,
            Err(text) => return self.refused(&TlsError::new(text)),
        };
        match Session::new(config, name) {
            Ok(session) => Came::Done(Arc::new(Stream::secure(self.below.clone(), session))),
            Err(error) => self.refused(&error),
        }
    }

    fn text(&self) -> String {
        format!("the TLS handshake with {} failed", self.authority)
    }

    fn refused<T>(&self, error: &TlsError) -> Came<T> {
        let why = if self.proxy {
            // TLS knows servers only.
            error.text.replace("the server", "the proxy").replace("ws:// on this port, not wss://", "http:// on this port, not https://")
        } else {
            error.text.clone()
        };
        let text = format!("{}: {why}", self.text());
        Came::Refused(Box::new(Failure { tls_alert: error.alert, ..Failure::new(self.phase(), text) }))
    }
}

/// The name of a host as certificates have it.
fn server_name(host: &Host) -> Result<ServerName<'static>, String> {
    match host {
        Host::V4(address) => Ok(ServerName::IpAddress(IpAddr::from(net::IpAddr::from(*address)))),
        Host::V6(address) => Ok(ServerName::IpAddress(IpAddr::from(net::IpAddr::from(*address)))),
        Host::Name(name) => ServerName::try_from(name.trim_end_matches('.').to_owned())
            .map_err(|_| format!("no certificate can be for the name {name}: give another with ws_options_set_server_name")),
    }
}
