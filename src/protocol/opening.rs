//! The opening handshake (RFC 6455 section 4.1): a request out, a response in.

use super::{
    failure::{Failure, Phase, Timeout},
    limits::{BODY_WAIT, LINGER, Limits},
    refusal::Refusal,
    writer::End,
};
use crate::spec::{
    deflate::Offer,
    handshake::{self, Agreed, Expected},
    response::{self, Collector, Head},
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
    /// The connection is open; what follows this many of the bytes belongs to it.
    Open(Agreed, usize),
    /// The server refused, or answered in a way that the standard forbids to accept.
    Refused(Box<Failure>),
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
    head: Option<Head>,
    deadline: Instant,
    timeout: Duration,
    /// Why nothing more can be sent.
    broken: Option<io::Error>,
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
            head: None,
            deadline: now + limits.handshake_timeout,
            timeout: limits.handshake_timeout,
            broken: None,
        }
    }

    /// The head of the response that has opened the connection, once.
    pub fn take_response(&mut self) -> Option<Head> {
        self.head.take()
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

    /// A write failed: the rest of the request cannot go out. The response may be there all the same.
    pub fn handle_write_error(&mut self, error: io::Error, now: Instant) {
        self.sent = self.request.len();
        self.broken.get_or_insert(error);
        self.deadline = self.deadline.min(now + LINGER);
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
            Ok(agreed) => {
                self.head = Some(head);
                Progress::Open(agreed, size)
            }
            Err(refused) => {
                if head.status == 101 {
                    let failure =
                        Failure { http_status: 101, fields: head.fields, head: head.raw, ..Failure::new(Phase::Handshake, refused.text) };
                    return Progress::Refused(Box::new(failure));
                }
                self.deadline = self.deadline.min(now + BODY_WAIT);
                self.body(Refusal::new(head, Failure::new(Phase::Handshake, refused.text)), &bytes[size..])
            }
        }
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
        let received = self.collector.received();
        let text = format!("the connection ended after {} bytes of the response's head", received.len());
        // What reading says comes from the server: an alert of TLS, say.
        let end = match (end, self.broken.take()) {
            (End::Fin | End::Cut, Some(error)) => End::Reset(error),
            (end, _) => end,
        };
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
            return Some(refusal.into_failure());
        }
        if self.broken.is_some() {
            return Some(self.handle_end(End::Fin));
        }
        let head = self.collector.received().to_vec();
        let text = match head.len() {
            0 => "the server did not answer the opening handshake".to_owned(),
            len => format!("the server sent {len} bytes of its response's head and not the rest"),
        };
        Some(Box::new(Failure { head, ..Failure::late(Phase::Handshake, &text, Timeout::Handshake, self.timeout) }))
    }
}
