//! The sending half, and how the connection ends: commands and control frames in, bytes, events and deadlines out.

mod broken;
mod flow;
mod sending;
mod streaming;

pub use super::event::{End, Event};
use super::{
    compress::Compression,
    counts::Traffic,
    failure::{Failure, Phase, Timeout},
    frame::{SMALL_CLIENT_HEADER, opcode},
    keep_alive::{Due, KeepAlive},
    limits::{CONTROL_PAYLOAD, LINGER, Limits, PINGS_AWAITED, PONGS_GATHER},
    outbox::Outbox,
    pings::Pings,
    reader::{Control, Violation},
    segments::Supply,
};
use std::{
    collections::VecDeque,
    sync::Arc,
    time::{Duration, Instant},
};
pub use streaming::Behind;

/// Where the closing handshake is (RFC 6455 section 7).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum State {
    Open,
    /// Our Close frame is queued or sent, the server's has not come.
    CloseSent(Instant),
    /// The server's has come, ours is queued.
    CloseReceived(Instant),
    /// Both are through: the server should end the TCP connection.
    BothClosed(Instant),
    /// The application has been told of the end; the server may still read our Close frame.
    Draining(Instant),
    Finished,
}

/// The sending half of an open connection, which also decides how it ends.
#[derive(Debug)]
pub struct Writer {
    state: State,
    outbox: Outbox,
    /// Control frames that go out before the next frame of the outbox.
    urgent: Vec<u8>,
    urgent_sent: usize,
    /// The latest ping to be answered, while the urgent frames before it have not gone out.
    pong: Option<Vec<u8>>,
    /// The urgent frames are one pong and nothing else.
    only_pong: bool,
    pings: Option<Box<Pings>>,
    compression: Option<Box<Compression>>,
    streamed: Option<Box<streaming::Streamed>>,
    /// Payload bytes that were accepted behind a streamed message that was never ended.
    dropped: u64,
    keep_alive: Option<Box<KeepAlive>>,
    flow: Option<Box<flow::Flow>>,
    close_timeout: Duration,
    /// What the server's Close frame said. Apart, because a connection that is open has none.
    remote: Option<Box<(u16, String)>>,
    broken: Option<Box<broken::Broken>>,
    events: VecDeque<Event>,
    failure: Option<Box<Failure>>,
    traffic: Traffic,
}

impl Writer {
    /// A writer for a connection that was opened at `now`, with buffers of `supply`.
    #[must_use]
    pub fn new(limits: &Limits, supply: Arc<Supply>, now: Instant) -> Self {
        let keep_alive = limits.ping_interval.map(|interval| Box::new(KeepAlive::new(interval, limits.ping_timeout, now)));
        Writer {
            state: State::Open,
            outbox: Outbox::new(supply),
            urgent: Vec::new(),
            urgent_sent: 0,
            pong: None,
            only_pong: false,
            pings: None,
            compression: None,
            streamed: None,
            dropped: 0,
            keep_alive,
            flow: flow::Flow::new(limits),
            close_timeout: limits.close_timeout,
            remote: None,
            broken: None,
            events: VecDeque::new(),
            failure: None,
            traffic: Traffic::default(),
        }
    }

    // ---- getters ----

    /// Whether messages are still accepted.
    #[inline]
    #[must_use]
    pub fn is_open(&self) -> bool {
        self.state == State::Open
    }

    /// Whether nothing more will happen: the stream can be dropped.
    #[must_use]
    pub fn is_finished(&self) -> bool {
        self.state == State::Finished
    }

    /// Whether the application has been told of the end and only the server is waited for.
    #[must_use]
    pub fn is_draining(&self) -> bool {
        matches!(self.state, State::Draining(_))
    }

    /// Whether nothing more will be sent, because all has gone out or cannot, so that our direction of the stream can be ended.
    #[must_use]
    pub fn is_write_done(&self) -> bool {
        self.is_broken() || (self.is_draining() && self.is_flushed())
    }

    /// The standard's `bufferedAmount`: payload bytes accepted and not yet transmitted.
    #[inline]
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        self.outbox.payload() + self.unframed()
    }

    /// Whether nothing waits to be transmitted, but for what waits behind a message that is being streamed.
    #[inline]
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.outbox.is_empty() && self.urgent.is_empty() && !self.has_pending()
    }

    // ---- commands ----

    /// Starts the closing handshake behind all messages accepted before. Nothing happens if it is under way.
    pub fn close(&mut self, body: Option<(u16, &str)>, now: Instant) {
        if self.state == State::Open {
            self.push_close(body);
            self.state = State::CloseSent(now + self.close_timeout);
        }
    }

    /// Whether another ping may be sent: as many as are awaited may wait to go out.
    #[must_use]
    pub fn can_ping(&self) -> bool {
        self.urgent.len() < PINGS_AWAITED * (CONTROL_PAYLOAD + SMALL_CLIENT_HEADER)
    }

    /// Sends a ping of at most 125 bytes. `false`: the connection is closing.
    pub fn ping(&mut self, payload: &[u8], now: Instant) -> bool {
        if self.state != State::Open {
            return false;
        }
        self.push_urgent(opcode::PING, payload);
        self.pings.get_or_insert_default().sent(payload, now);
        true
    }

    // ---- input from below ----

    /// A control frame has come.
    pub fn handle_control(&mut self, control: Control, now: Instant) {
        match control {
            Control::Ping(payload) => self.handle_ping(payload),
            Control::Pong(payload) => self.handle_pong(payload, now),
            Control::Close(body) => self.handle_close(body, now),
        }
    }

    fn handle_ping(&mut self, payload: Vec<u8>) {
        // After our Close frame nothing may be sent.
        if self.state != State::Open {
            return;
        }
        if self.only_pong && self.urgent_sent == 0 {
            // The ping before it has not been answered: now it need not be.
            self.urgent.clear();
        }
        self.pong = Some(payload);
        self.queue_pong();
    }

    /// A ping has come, and perhaps more with it, while the transport takes bytes: the answers to all of them gather for one write.
    /// `true`: so much has gathered that it is to be transmitted before the next one.
    pub fn gather_pong(&mut self, payload: Vec<u8>) -> bool {
        if self.state == State::Open && self.urgent.len() < PONGS_GATHER {
            self.push_urgent(opcode::PONG, &payload);
        } else {
            self.handle_ping(payload);
        }
        self.urgent.len() >= PONGS_GATHER
    }

    fn handle_pong(&mut self, payload: Vec<u8>, now: Instant) {
        let pings = self.pings.get_or_insert_default();
        pings.answers.pongs += 1;
        if let Some(round_trip) = self.keep_alive.as_mut().and_then(|keep_alive| keep_alive.handle_pong(&payload, now)) {
            pings.answers.round_trip(round_trip);
        }
        if let Some(round_trip) = pings.answered(&payload, now) {
            pings.answers.round_trip(round_trip);
            if self.state == State::Open {
                self.events.push_back(Event::Pong { payload, round_trip });
            }
        }
    }

    fn handle_close(&mut self, body: Option<(u16, String)>, now: Instant) {
        match self.state {
            State::Open => {
                self.push_close(body.as_ref().map(|(code, reason)| (*code, reason.as_str())));
                self.events.push_back(Event::Closing);
            }
            State::CloseSent(_) => {}
            _ => return,
        }
        self.remote = Some(Box::new(body.unwrap_or((1005, String::new()))));
        self.state = State::CloseReceived(now + self.close_timeout);
        self.check_flushed(now);
    }

    /// The server broke the protocol: the connection is failed (RFC 6455 section 7.1.7).
    pub fn handle_violation(&mut self, violation: Violation, now: Instant) {
        let phase = match self.state {
            State::Open => Phase::Open,
            State::Draining(_) | State::Finished => return,
            _ => Phase::Closing,
        };
        if phase == Phase::Open {
            self.push_close(Some((violation.code, "")));
        }
        self.failure = Some(Box::new(Failure::new(phase, violation.text)));
        self.events.push_back(Event::Error);
        self.end(1006, String::new(), false);
        self.state = State::Draining(now + LINGER);
    }

    /// The stream has ended.
    pub fn handle_end(&mut self, end: End) {
        let end = self.broken.take().map_or(end, |broken| End::Reset(broken.error));
        match self.state {
            State::Open => self.lose(Phase::Open, end),
            State::CloseSent(_) => self.lose(Phase::Closing, end),
            State::CloseReceived(_) => self.end_with_remote(false),
            State::BothClosed(_) => self.end_with_remote(matches!(end, End::Fin | End::Cut)),
            State::Draining(_) | State::Finished => {}
        }
        self.state = State::Finished;
    }

    /// `count` of the bytes of [`Writer::poll_transmit`] have gone out. `now` is asked for only where a deadline depends on it.
    ///
    /// # Panics
    ///
    /// If `count` is more than there were: a transport that says so has read beyond what it was given, and the connection fails.
    #[inline]
    pub fn handle_transmitted(&mut self, count: usize, now: impl FnOnce() -> Instant) {
        assert!(count <= self.poll_transmit().len(), "the transport took more bytes than it was given");
        self.traffic.wire += count as u64;
        if self.urgent.is_empty() || (self.urgent_sent == 0 && !self.outbox.at_frame_start()) {
            self.outbox.consume(count);
        } else {
            self.urgent_sent += count;
            if self.urgent_sent == self.urgent.len() {
                self.urgent.clear();
                self.urgent.shrink_to(64);
                self.urgent_sent = 0;
                self.queue_pong();
            }
        }
        match self.state {
            State::Open if count > 0 => {
                if let Some(keep_alive) = self.keep_alive.as_mut().filter(|keep_alive| keep_alive.waits()) {
                    keep_alive.handle_progress(self.urgent.is_empty(), now());
                }
                self.check_level();
            }
            // Progress: the server reads. Its answer is waited for from the last byte on.
            State::CloseSent(_) if count > 0 => self.state = State::CloseSent(now() + self.close_timeout),
            State::CloseReceived(_) if count > 0 => {
                let now = now();
                self.state = State::CloseReceived(now + self.close_timeout);
                self.check_flushed(now);
            }
            _ => {}
        }
    }

    /// A deadline has passed. `last_read` is when bytes last came from the server; `None`: what came waits for the application.
    pub fn handle_timeout(&mut self, now: Instant, last_read: Option<Instant>) {
        match self.state {
            _ if self.is_broken() => self.give_up(now, last_read),
            State::Open => self.keep_alive(now, last_read.unwrap_or(now)),
            State::CloseSent(deadline) if deadline <= now => {
                self.late("the server did not answer our Close frame");
                self.end(1006, String::new(), false);
                self.state = State::Finished;
            }
            State::CloseReceived(deadline) if deadline <= now => {
                self.late("the server began the closing handshake and took nothing of our answer");
                self.end_with_remote(false);
                self.state = State::Finished;
            }
            State::BothClosed(deadline) if deadline <= now => {
                self.end_with_remote(true);
                self.state = State::Finished;
            }
            State::Draining(deadline) if deadline <= now => self.state = State::Finished,
            _ => {}
        }
    }

    fn keep_alive(&mut self, now: Instant, last_read: Instant) {
        let Some(keep_alive) = &mut self.keep_alive else { return };
        match keep_alive.handle_timeout(now, last_read) {
            Due::Ping { payload, awaited } if awaited || self.urgent.is_empty() => {
                self.push_urgent(opcode::PING, &payload);
                self.pings.get_or_insert_default().answers.pings += 1;
            }
            // A ping that has not gone out yet is enough.
            Due::Nothing | Due::Ping { .. } => {}
            Due::Lost(timeout) => {
                let text = "nothing came from the server after a keep-alive ping";
                self.failure = Some(Box::new(Failure::late(Phase::Open, text, Timeout::Ping, timeout)));
                self.end(1006, String::new(), false);
                self.state = State::Finished;
            }
        }
    }

    // ---- output ----

    /// The bytes to transmit next; empty if there are none. [`Writer::handle_transmitted`] must follow.
    #[inline]
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        if self.urgent.is_empty() {
            return self.outbox.bytes();
        }
        if self.urgent_sent == 0 && !self.outbox.at_frame_start() {
            return &self.outbox.bytes()[..self.outbox.rest_of_frame()];
        }
        &self.urgent[self.urgent_sent..]
    }

    /// The next event for the application.
    pub fn poll_event(&mut self) -> Option<Event> {
        self.events.pop_front()
    }

    /// Why the connection was failed or lost; there with the event that says so.
    pub fn poll_failure(&mut self) -> Option<Box<Failure>> {
        self.failure.take()
    }

    /// When [`Writer::handle_timeout`] must be called at the latest.
    #[must_use]
    pub fn poll_deadline(&self) -> Option<Instant> {
        let broken = self.broken.as_ref().map(|broken| broken.deadline);
        match self.state {
            State::Open => broken.or_else(|| self.keep_alive.as_ref().map(|keep_alive| keep_alive.poll_deadline())),
            State::CloseSent(at) | State::CloseReceived(at) | State::BothClosed(at) | State::Draining(at) => {
                Some(broken.map_or(at, |broken| broken.min(at)))
            }
            State::Finished => None,
        }
    }

    // ---- inside ----

    fn push_close(&mut self, body: Option<(u16, &str)>) {
        self.leave_off();
        let mut payload = Vec::new();
        if let Some((code, reason)) = body {
            payload.extend_from_slice(&code.to_be_bytes());
            payload.extend_from_slice(reason.as_bytes());
        }
        self.outbox.push(opcode::CLOSE, &payload);
    }

    fn push_urgent(&mut self, opcode: u8, payload: &[u8]) {
        self.outbox.frame_apart(opcode, payload, &mut self.urgent);
        self.only_pong = false;
    }

    /// Only the latest ping is answered, when the answer can go out (RFC 6455 5.5.3).
    fn queue_pong(&mut self) {
        if self.urgent.is_empty()
            && let Some(payload) = self.pong.take()
        {
            self.push_urgent(opcode::PONG, &payload);
            self.only_pong = true;
        }
    }

    /// The server's Close frame has come: once ours has gone out, too, the handshake is complete.
    fn check_flushed(&mut self, now: Instant) {
        if self.is_flushed() {
            self.state = State::BothClosed(now + LINGER);
        }
    }

    fn end(&mut self, code: u16, reason: String, clean: bool) {
        self.events.push_back(Event::Close { code, reason, clean });
    }

    fn end_with_remote(&mut self, clean: bool) {
        let (code, reason) = self.remote.take().map_or((1006, String::new()), |remote| *remote);
        self.end(code, reason, clean);
    }

    fn late(&mut self, text: &str) {
        self.failure = Some(Box::new(Failure::late(Phase::Closing, text, Timeout::Close, self.close_timeout)));
    }

    fn lose(&mut self, phase: Phase, end: End) {
        let text = "the connection ended without the server's Close frame";
        self.failure = Some(Box::new(match end {
            End::Fin => Failure::new(phase, format!("{text}: the server ended the TCP connection")),
            End::Cut => Failure::new(phase, format!("{text}: TCP ended without TLS's close_notify, so it may have been cut on the way")),
            End::Reset(error) => Failure::os(phase, text, &error),
        }));
        self.end(1006, String::new(), false);
    }
}
