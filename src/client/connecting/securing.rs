//! A stage of connecting: TLS on a stream, from the configuration to the end of the handshake.
//!
//! What a step of the handshake computes takes a few tenths of a millisecond; the loop takes one such step a turn, so that many
//! connections that begin at once do not keep the others waiting.

use super::{At, Came};
use crate::{
    client::{
        background::Process,
        log::{Level, log},
        socket::Socket,
    },
    net::{
        stream::Stream,
        tls::{layer::Handshake, options::TlsOptions, session::Session},
    },
    protocol::failure::{Failure, Phase, TlsError},
    spec::url::{self, Host},
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
    /// TLS with `host`, which must be there at the deadline.
    pub fn new(host: Host, authority: String, deadline: Instant) -> Self {
        Securing { authority, host, secure: None, deadline }
    }

    /// Goes on, on `below`, which is connected; comes to the stream with its TLS.
    pub fn advance(&mut self, below: &Arc<Stream>, at: &mut At<'_>) -> Came<Arc<Stream>> {
        if at.io.now >= self.deadline {
            let within = at.plan.options.limits.connect_timeout;
            return self
                .refused(&TlsError::new(format!("it was not done within {within:?} of the beginning (ws_options_set_connect_timeout)")));
        }
        let begins = self.secure.is_none();
        if (begins || at.readable) && at.io.handshakes == 0 {
            return Came::Again(self.deadline);
        }
        let secure = match &self.secure {
            Some(secure) => secure.clone(),
            None => match self.begin(below, at) {
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
                log(Level::Debug, || format!("{}: {}", url::without_userinfo(&at.plan.url.href), secure.tls()));
                Came::Done(secure)
            }
            // What has come already is for the next step.
            Handshake::Waits if begins && at.readable => Came::Again(self.deadline),
            Handshake::Waits => Came::Waits(self.deadline),
            Handshake::Again => Came::Again(self.deadline),
            Handshake::Failed(error) => self.refused(&error),
            Handshake::Broken(error) => Came::Refused(Box::new(Failure::os(Phase::Tls, &self.text(), &error))),
        }
    }

    /// The first step: whom to trust, and what to ask for.
    fn begin(&self, below: &Arc<Stream>, at: &At<'_>) -> Came<Arc<Stream>> {
        let options = &at.plan.options.tls;
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
            Ok(session) => Came::Done(Arc::new(Stream::secure(below.clone(), session))),
            Err(error) => self.refused(&error),
        }
    }

    fn text(&self) -> String {
        format!("the TLS handshake with {} failed", self.authority)
    }

    fn refused<T>(&self, error: &TlsError) -> Came<T> {
        let text = format!("{}: {}", self.text(), error.text);
        Came::Refused(Box::new(Failure { tls_alert: error.alert, ..Failure::new(Phase::Tls, text) }))
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
