//! Asking a proxy for a way to the server: one state machine for all its protocols, used as an opening handshake is.

use super::{
    address::{Endpoint, Proxy},
    http,
    socks::{self, Said},
};
use crate::{
    protocol::{
        failure::{Failure, Phase, Timeout},
        limits::{BODY_WAIT, LINGER, Limits},
        refusal::Refusal,
        writer::End,
    },
    spec::response::{self, Collector},
};
use std::{
    io,
    time::{Duration, Instant},
};

/// What came of some bytes.
#[derive(Debug)]
pub enum Progress {
    /// More are needed.
    More,
    /// The way is open; what follows this many of the bytes is the server's.
    Through(usize),
    /// The proxy does not reach the target; it may reach the same host by another address.
    Unreachable(Box<Failure>),
    /// The proxy refused, or answered what is no answer.
    Refused(Box<Failure>),
}

/// How the proxy is spoken to.
enum Dialog {
    /// By CONNECT: the head of its response is awaited.
    Http(Collector),
    /// By SOCKS5.
    Socks(socks::Dialog),
}

/// A way through a proxy that is not open yet. Its `Debug` form has no credentials.
pub struct Tunnel {
    dialog: Dialog,
    /// A refusal whose body is still coming.
    refusal: Option<Refusal>,
    /// The proxy's and the target's name, for people.
    proxy: String,
    target: String,
    with_credentials: bool,
    /// Bytes to be sent, and how many of them went out.
    out: Vec<u8>,
    sent: usize,
    /// How many bytes came.
    received: usize,
    deadline: Instant,
    /// How long everything up to the open way may take.
    time: Duration,
    /// Why nothing more can be sent.
    broken: Option<io::Error>,
}

impl std::fmt::Debug for Tunnel {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Tunnel").field("proxy", &self.proxy).field("target", &self.target).finish_non_exhaustive()
    }
}

impl Tunnel {
    /// Asks `proxy`, to which there is a connection, for a way to `target`; it must be there at `deadline`. The user agent is told to an
    /// HTTP proxy.
    ///
    /// # Errors
    ///
    /// The target's name is longer than SOCKS5 can carry.
    pub fn new(
        proxy: &Proxy,
        target: &Endpoint,
        user_agent: Option<&str>,
        limits: &Limits,
        deadline: Instant,
    ) -> Result<Self, Box<Failure>> {
        let (dialog, out) = if proxy.scheme.is_socks() {
            let (dialog, out) = socks::Dialog::new(target, proxy.credentials()).ok_or_else(|| Box::new(too_long(proxy, target)))?;
            (Dialog::Socks(dialog), out)
        } else {
            let head = response::Limits { bytes: limits.max_head as usize, lines: limits.max_head_lines as usize };
            (Dialog::Http(Collector::of_proxy(head)), http::request(target, proxy.credentials(), user_agent))
        };
        Ok(Tunnel {
            dialog,
            refusal: None,
            proxy: proxy.to_string(),
            target: target.to_string(),
            with_credentials: proxy.credentials().is_some(),
            out,
            sent: 0,
            received: 0,
            deadline,
            time: limits.connect_timeout,
            broken: None,
        })
    }

    /// The bytes to transmit next; empty if there are none.
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        &self.out[self.sent..]
    }

    /// `count` of the bytes of [`Tunnel::poll_transmit`] have gone out.
    ///
    /// # Panics
    ///
    /// If `count` is more than there were.
    pub fn handle_transmitted(&mut self, count: usize) {
        assert!(count <= self.poll_transmit().len(), "the transport took more bytes than it was given");
        self.sent += count;
    }

    /// A write failed: the rest cannot go out. The answer may be there all the same.
    pub fn handle_write_error(&mut self, error: io::Error, now: Instant) {
        self.sent = self.out.len();
        self.broken.get_or_insert(error);
        self.deadline = self.deadline.min(now + LINGER);
    }

    /// When [`Tunnel::handle_timeout`] must be called.
    #[must_use]
    pub fn poll_deadline(&self) -> Instant {
        self.deadline
    }

    /// Bytes have come.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) -> Progress {
        self.received += bytes.len();
        if let Some(refusal) = self.refusal.take() {
            return self.body(refusal, bytes);
        }
        match &mut self.dialog {
            Dialog::Http(_) => self.http(bytes, now),
            Dialog::Socks(_) => self.socks(bytes),
        }
    }

    fn http(&mut self, bytes: &[u8], now: Instant) -> Progress {
        let Dialog::Http(collector) = &mut self.dialog else { return Progress::More };
        match collector.push(bytes) {
            Ok(None) => Progress::More,
            Ok(Some((head, size))) if http::is_through(&head) => Progress::Through(size),
            Ok(Some((head, size))) => {
                let why = http::refusal(&head, self.with_credentials);
                let failure = self.failure(&format!("refused CONNECT to {}: {why}", self.target));
                self.deadline = self.deadline.min(now + BODY_WAIT);
                self.body(Refusal::new(head, failure), &bytes[size..])
            }
            Err(refused) => {
                let failure = self.failure(&format!("did not answer CONNECT to {}: {}", self.target, refused.text));
                Progress::Refused(Box::new(self.with_head(failure)))
            }
        }
    }

    fn socks(&mut self, bytes: &[u8]) -> Progress {
        for (index, &byte) in bytes.iter().enumerate() {
            let Dialog::Socks(dialog) = &mut self.dialog else { break };
            let said = dialog.handle_byte(byte);
            let refusal = |why| Box::new(self.failure(&format!("refused to connect to {}: {why}", self.target)));
            match said {
                Said::More => {}
                Said::Send(more) => self.out.extend(more),
                Said::Through => return Progress::Through(index + 1),
                Said::Unreachable(why) => return Progress::Unreachable(refusal(why)),
                Said::Refused(why) => return Progress::Refused(refusal(why)),
                Said::Broken(how) => {
                    let text = format!("did not answer the request for {}: {how}", self.target);
                    return Progress::Refused(Box::new(self.failure(&text)));
                }
            }
        }
        Progress::More
    }

    /// Keeps what has come of a refusal's body, and the refusal until all of it has.
    fn body(&mut self, mut refusal: Refusal, bytes: &[u8]) -> Progress {
        if refusal.push(bytes) {
            return Progress::Refused(refusal.into_failure());
        }
        self.refusal = Some(refusal);
        Progress::More
    }

    /// The stream has ended.
    pub fn handle_end(&mut self, end: End) -> Box<Failure> {
        if let Some(refusal) = self.refusal.take() {
            return refusal.into_failure();
        }
        let text = format!("ended the connection after {} bytes of its answer to the request for {}", self.received, self.target);
        let failure = self.failure(&text);
        let failure = match (end, self.broken.take()) {
            (End::Fin | End::Cut, None) => failure,
            (End::Reset(error), _) | (_, Some(error)) => Failure::os(Phase::Proxy, &failure.text, &error),
        };
        Box::new(self.with_head(failure))
    }

    /// The deadline has passed.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Box<Failure>> {
        if now < self.deadline {
            return None;
        }
        if let Some(refusal) = self.refusal.take() {
            return Some(refusal.into_failure());
        }
        if self.broken.is_some() {
            return Some(self.handle_end(End::Fin));
        }
        let text = format!("the proxy {} did not open a way to {}, the connection to it included,", self.proxy, self.target);
        Some(Box::new(self.with_head(Failure::late(Phase::Proxy, &text, Timeout::Connect, self.time))))
    }

    fn failure(&self, what: &str) -> Failure {
        Failure::new(Phase::Proxy, format!("the proxy {} {what}", self.proxy))
    }

    /// With as much of an HTTP head as has come.
    fn with_head(&self, failure: Failure) -> Failure {
        match &self.dialog {
            Dialog::Http(collector) => Failure { head: collector.received().to_vec(), ..failure },
            Dialog::Socks(_) => failure,
        }
    }
}

fn too_long(proxy: &Proxy, target: &Endpoint) -> Failure {
    let text = format!("its name is longer than the {} bytes that SOCKS5 carries", socks::LONGEST_NAME);
    Failure::new(Phase::Proxy, format!("the proxy {proxy} cannot be asked for {target}: {text}"))
}

#[cfg(test)]
mod tests;
