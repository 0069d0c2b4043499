//! The opening handshake (RFC 6455 section 4.1): a request out, a response in.

use super::{
    failure::{Failure, Phase},
    limits::{BODY_BYTES, BODY_WAIT, Limits},
    writer::End,
};
use crate::spec::{
    deflate::Offer,
    handshake::{self, Agreed, Expected},
    response::{self, Collector, Head},
};
use std::time::Instant;

/// What came of some bytes.
#[derive(Debug)]
pub enum Progress {
    /// More are needed.
    More,
    /// The connection is open; what follows this many of the bytes belongs to it.
    Open(Agreed, usize),
    /// The server refused, or answered in a way that the standard forbids to accept.
    Refused(Box<Failure>),
}

/// A refusal whose body is still coming: it is shown to people.
#[derive(Debug)]
struct Refusal {
    failure: Box<Failure>,
    /// What the head says is still missing of the body.
    missing: Option<u64>,
}

/// What the request asks for: the response must fit it.
#[derive(Debug, Clone, Default)]
pub struct Asked {
    /// The request's `Sec-WebSocket-Key`.
    pub key: String,
    /// The subprotocols offered.
    pub protocols: Vec<String>,
    /// What permessage-deflate is offered with, if it is.
    pub deflate: Option<Offer>,
}

/// A connection that is not open yet.
#[derive(Debug)]
pub struct Opening {
    request: Vec<u8>,
    sent: usize,
    asked: Asked,
    collector: Collector,
    refusal: Option<Refusal>,
    deadline: Instant,
    text_of_timeout: String,
}

impl Opening {
    /// A handshake that begins at `now` with `request`, which asks for what `asked` says.
    #[must_use]
    pub fn new(request: Vec<u8>, asked: Asked, limits: &Limits, now: Instant) -> Self {
        let head = response::Limits { bytes: limits.max_head as usize, lines: limits.max_head_lines as usize };
        Opening {
            request,
            sent: 0,
            asked,
            collector: Collector::new(head),
            refusal: None,
            deadline: now + limits.handshake_timeout,
            text_of_timeout: format!("the server did not answer the opening handshake within {:?}", limits.handshake_timeout),
        }
    }

    /// The bytes to transmit next; empty if there are none.
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        &self.request[self.sent..]
    }

    /// `count` of the bytes of [`Opening::poll_transmit`] have gone out.
    ///
    /// # Panics
    ///
    /// If `count` is more than there were.
    pub fn handle_transmitted(&mut self, count: usize) {
        assert!(count <= self.poll_transmit().len(), "the transport took more bytes than it was given");
        self.sent += count;
    }

    /// The rest of the request cannot go out. The response may be there all the same.
    pub fn handle_write_error(&mut self) {
        self.sent = self.request.len();
    }

    /// When [`Opening::handle_timeout`] must be called.
    #[must_use]
    pub fn poll_deadline(&self) -> Instant {
        self.deadline
    }

    /// Bytes have come.
    pub fn handle_bytes(&mut self, bytes: &[u8], now: Instant) -> Progress {
        if let Some(refusal) = self.refusal.take() {
            return self.body(refusal, bytes);
        }
        let (head, size) = match self.collector.push(bytes) {
            Ok(None) => return Progress::More,
            Ok(Some(whole)) => whole,
            Err(refused) => {
                let head = self.collector.received().to_vec();
                return Progress::Refused(Box::new(Failure { head, ..Failure::new(Phase::Handshake, refused.text) }));
            }
        };
        let Asked { key, protocols, deflate } = &self.asked;
        match handshake::check(&head, &Expected { key, protocols, deflate: deflate.as_ref() }) {
            Ok(agreed) => Progress::Open(agreed, size),
            Err(refused) => {
                let missing = body_size(&head);
                let status = head.status;
                let failure = Failure { http_status: status, head: head.raw, ..Failure::new(Phase::Handshake, refused.text) };
                if status == 101 {
                    return Progress::Refused(Box::new(failure));
                }
                self.deadline = self.deadline.min(now + BODY_WAIT);
                self.body(Refusal { failure: Box::new(failure), missing }, &bytes[size..])
            }
        }
    }

    /// Keeps what has come of a refusal's body, and the refusal until all of it has.
    fn body(&mut self, mut refusal: Refusal, bytes: &[u8]) -> Progress {
        let body = &mut refusal.failure.body;
        let room = BODY_BYTES - body.len();
        let wanted = refusal.missing.map_or(usize::MAX, |missing| usize::try_from(missing).unwrap_or(usize::MAX));
        let part = bytes.len().min(room).min(wanted);
        body.extend_from_slice(&bytes[..part]);
        if let Some(missing) = &mut refusal.missing {
            *missing -= part as u64;
        }
        if body.len() == BODY_BYTES || refusal.missing == Some(0) {
            return Progress::Refused(refusal.failure);
        }
        self.refusal = Some(refusal);
        Progress::More
    }

    /// The stream has ended.
    pub fn handle_end(&mut self, end: End) -> Box<Failure> {
        if let Some(refusal) = self.refusal.take() {
            return refusal.failure;
        }
        let received = self.collector.received();
        let text = format!("the connection ended after {} bytes of the response's head", received.len());
        let failure = match end {
            End::Fin => Failure::new(Phase::Handshake, format!("{text}: the server ended the TCP connection")),
            End::Cut => {
                Failure::new(Phase::Handshake, format!("{text}: TCP ended without TLS's close_notify, so it may have been cut on the way"))
            }
            End::Reset(error) => Failure::os(Phase::Handshake, &text, &error),
        };
        Box::new(Failure { head: received.to_vec(), ..failure })
    }

    /// The deadline has passed.
    pub fn handle_timeout(&mut self, now: Instant) -> Option<Box<Failure>> {
        if now < self.deadline {
            return None;
        }
        if let Some(refusal) = self.refusal.take() {
            return Some(refusal.failure);
        }
        let head = self.collector.received().to_vec();
        Some(Box::new(Failure { head, ..Failure::new(Phase::Handshake, self.text_of_timeout.clone()) }))
    }
}

/// How long the body is, if the head says so.
fn body_size(head: &Head) -> Option<u64> {
    if head.status < 200 || head.status == 204 || head.status == 304 {
        return Some(0);
    }
    let size = head.get_all("content-length").next()?.parse().ok()?;
    if head.get_all("transfer-encoding").next().is_some() { None } else { Some(size) }
}
