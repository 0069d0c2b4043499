//! A connection in memory, driven as the documentation of `ws::protocol` prescribes, with a virtual clock.

use crate::{compressed::halves, trace::Entry, unfinished::Unfinished, wire::Wire};
use std::{
    io,
    time::{Duration, Instant},
};
use ws::{
    protocol::{
        Kind,
        failure::Failure,
        limits::Limits,
        opening::{Asked, Opening, Progress},
        pool::Pool,
        reader::{Control, Payload, Reader, Received, Violation},
        window::Window,
        writer::{End, Event, Writer},
    },
    spec::deflate::Offer,
};

pub const REQUEST: &[u8] = b"GET / HTTP/1.1\r\nHost: h\r\n\r\n";
/// The key and the answer to it are RFC 6455's example (section 1.3).
pub const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";
pub const HEAD: &[u8] = b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\
    Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\n\r\n";

/// What the request asks for: permessage-deflate as browsers offer it.
pub fn asked() -> Asked {
    Asked { key: KEY.into(), deflate: Some(Offer::default()), ..Asked::default() }
}

/// More steps than any connection here needs: a loop that gets so far hangs.
const STEPS: usize = 1000;

#[derive(Debug)]
enum Stage {
    Opening(Box<Opening>),
    Open(Box<Reader>),
    /// A breach was found: what comes is not looked at.
    Draining,
    Over,
}

#[derive(Debug)]
pub struct Connection {
    pub trace: Vec<Entry>,
    pub wire: Wire,
    pub now: Instant,
    /// Bytes that the network still takes, and how many of them at once.
    pub room: usize,
    pub at_once: usize,
    /// Whether direct reads are made where they are offered, and how many were.
    pub direct: bool,
    pub direct_reads: usize,
    /// Whether the window is left off after everything found in it, as a full queue makes the driver do.
    pub leave_off: bool,
    /// What has come in chunks of a message.
    pub unfinished: Unfinished,
    /// Why the connection was refused, failed or lost.
    pub failure: Option<Box<Failure>>,
    /// When the close event came, counted from the start.
    pub closed_at: Option<Duration>,
    start: Instant,
    limits: Limits,
    stage: Stage,
    writer: Option<Writer>,
    pool: Pool,
    last_read: Instant,
    shut: bool,
}

impl Connection {
    /// A connection whose request has gone out.
    pub fn connecting(limits: Limits) -> Self {
        Self::asking_for(&[], limits)
    }

    /// A connection whose request asked for subprotocols and has gone out.
    pub fn asking_for(protocols: &[&str], limits: Limits) -> Self {
        let now = Instant::now();
        let protocols = protocols.iter().map(ToString::to_string).collect();
        let mut opening = Opening::new(REQUEST.to_vec(), Asked { protocols, ..asked() }, &limits, now);
        assert_eq!(opening.poll_transmit(), REQUEST);
        opening.handle_transmitted(REQUEST.len());
        assert_eq!(opening.poll_transmit(), b"");
        Connection {
            trace: Vec::new(),
            wire: Wire::default(),
            now,
            room: usize::MAX,
            at_once: usize::MAX,
            direct: false,
            direct_reads: 0,
            leave_off: false,
            unfinished: Unfinished::default(),
            failure: None,
            closed_at: None,
            start: now,
            limits,
            stage: Stage::Opening(Box::new(opening)),
            writer: None,
            pool: Pool::default(),
            last_read: now,
            shut: false,
        }
    }

    /// A connection that is open; its trace begins after that.
    pub fn open(limits: Limits) -> Self {
        Self::opened_by(HEAD, limits)
    }

    /// The same with a head of the test's own.
    pub fn opened_by(head: &[u8], limits: Limits) -> Self {
        let mut connection = Self::connecting(limits);
        connection.receive(head);
        assert_eq!(connection.trace, [crate::trace::opened()]);
        connection.trace.clear();
        connection
    }

    // ---- what the network does ----

    /// One read brings `bytes`.
    pub fn receive(&mut self, mut bytes: &[u8]) {
        if bytes.is_empty() {
            return;
        }
        self.last_read = self.now;
        if let Stage::Opening(opening) = &mut self.stage {
            match opening.handle_bytes(bytes, self.now) {
                Progress::More => return,
                Progress::Refused(failure) => return self.refuse(failure),
                Progress::Open(agreed, used) => {
                    let (reader, writer) = halves(&agreed, &self.limits, self.now);
                    (self.stage, self.writer) = (Stage::Open(Box::new(reader)), Some(writer));
                    self.wire.compression = agreed.deflate.is_some();
                    self.trace.push(Entry::Open(agreed.protocol));
                    bytes = &bytes[used..];
                }
            }
        }
        while !bytes.is_empty() {
            let taken = if self.direct { self.read_directly(bytes) } else { 0 };
            if taken == 0 {
                return self.read(bytes);
            }
            bytes = &bytes[taken..];
        }
    }

    /// The stream ends.
    pub fn end(&mut self, end: End) {
        match &mut self.stage {
            Stage::Opening(opening) => {
                let failure = opening.handle_end(end);
                self.refuse(failure);
            }
            Stage::Over => {}
            _ => self.with_writer(|writer, _| writer.handle_end(end)),
        }
    }

    /// The server ends its direction.
    pub fn fin(&mut self) {
        self.end(End::Fin);
    }

    /// The connection is cut.
    pub fn reset(&mut self) {
        self.end(End::Reset(io::ErrorKind::ConnectionReset.into()));
    }

    /// The next write fails.
    pub fn break_writing(&mut self) {
        self.with_writer(|writer, now| writer.handle_write_error(io::ErrorKind::BrokenPipe.into(), now));
    }

    /// The network takes `count` bytes more.
    pub fn unblock(&mut self, count: usize) {
        self.room = self.room.saturating_add(count);
        self.with_writer(|_, _| ());
    }

    // ---- what the clock does ----

    pub fn deadline(&self) -> Option<Instant> {
        match &self.stage {
            Stage::Opening(opening) => Some(opening.poll_deadline()),
            Stage::Over => None,
            _ => self.writer().poll_deadline(),
        }
    }

    /// Time since the start.
    pub fn elapsed(&self) -> Duration {
        self.now - self.start
    }

    /// Goes to `time` after the start, by way of every deadline before it.
    pub fn run_until(&mut self, time: Duration) {
        let until = self.start + time;
        for _ in 0..STEPS {
            match self.deadline() {
                Some(deadline) if deadline <= until => self.time_out(deadline),
                _ => {
                    self.now = self.now.max(until);
                    return;
                }
            }
        }
        panic!("the deadlines before {time:?} do not end: {:?}", self.deadline());
    }

    /// Goes on until there is no deadline left.
    pub fn run_out(&mut self) {
        for _ in 0..STEPS {
            match self.deadline() {
                Some(deadline) => self.time_out(deadline),
                None => return,
            }
        }
        panic!("the deadlines do not end: {:?}", self.deadline());
    }

    fn time_out(&mut self, deadline: Instant) {
        self.now = self.now.max(deadline);
        let last_read = Some(self.last_read);
        match &mut self.stage {
            Stage::Opening(opening) => {
                let failure = opening.handle_timeout(self.now).expect("the deadline of the opening handshake has passed");
                self.refuse(failure);
            }
            _ => self.with_writer(|writer, now| writer.handle_timeout(now, last_read)),
        }
    }

    // ---- what the application does ----

    /// Whether the message was accepted.
    pub fn send(&mut self, kind: Kind, payload: &[u8]) -> bool {
        self.with_writer(|writer, _| writer.send(kind, payload))
    }

    pub fn close(&mut self, body: Option<(u16, &str)>) {
        self.with_writer(|writer, now| writer.close(body, now));
    }

    /// Whether the ping was accepted.
    pub fn ping(&mut self, payload: &[u8]) -> bool {
        self.with_writer(|writer, now| writer.ping(payload, now))
    }

    pub fn writer(&self) -> &Writer {
        self.writer.as_ref().expect("the connection is open")
    }

    /// Whether the stream was dropped.
    pub fn is_over(&self) -> bool {
        matches!(self.stage, Stage::Over)
    }

    /// The frames transmitted so far: first bytes and payloads.
    pub fn sent(&self) -> Vec<(u8, &[u8])> {
        let sent = |entry| if let &Entry::Sent(first, ref payload) = entry { Some((first, payload.as_slice())) } else { None };
        self.trace.iter().filter_map(sent).collect()
    }

    // ---- the driver ----

    /// Gives the writer an input, transmits, and takes the events.
    pub fn with_writer<T>(&mut self, input: impl FnOnce(&mut Writer, Instant) -> T) -> T {
        let writer = self.writer.as_mut().expect("the connection is open");
        let result = input(writer, self.now);
        self.transmit();
        self.take_events();
        result
    }

    fn transmit(&mut self) {
        let Some(writer) = &mut self.writer else { return };
        while !writer.is_broken() && !writer.is_finished() {
            let bytes = writer.poll_transmit();
            if bytes.is_empty() && writer.frame_pending() {
                continue;
            }
            let bytes = writer.poll_transmit();
            let count = bytes.len().min(self.room).min(self.at_once);
            if count == 0 {
                break;
            }
            self.wire.bytes.extend_from_slice(&bytes[..count]);
            self.room -= count;
            let now = self.now;
            writer.handle_transmitted(count, || now);
        }
        while let Some((first, payload)) = self.wire.next() {
            self.trace.push(Entry::Sent(first, payload));
        }
        if writer.is_write_done() && !std::mem::replace(&mut self.shut, true) {
            assert!(writer.is_broken() || self.wire.is_whole(), "our direction was ended inside a frame");
            self.trace.push(Entry::Shutdown);
        }
    }

    fn take_events(&mut self) {
        let Some(writer) = &mut self.writer else { return };
        if let Some(failure) = writer.poll_failure() {
            assert!(self.failure.is_none(), "{:?}, then {failure:?}", self.failure);
            self.failure = Some(failure);
        }
        while let Some(event) = writer.poll_event() {
            assert_eq!(self.closed_at, None, "{event:?} after the close event");
            self.trace.push(match event {
                Event::Pong { payload, round_trip } => Entry::Pong(payload, round_trip),
                Event::Drain => Entry::Drain,
                Event::Closing => Entry::Closing,
                Event::Error => {
                    let failure = self.failure.as_ref().expect("the failure is there with its event");
                    Entry::Error(failure.phase, failure.text.clone())
                }
                Event::Close { code, reason, clean } => {
                    self.closed_at = Some(self.now - self.start);
                    Entry::Close { code, reason, clean }
                }
            });
        }
        if writer.is_finished() && !matches!(self.stage, Stage::Over) {
            assert_eq!(writer.poll_deadline(), None);
            self.finish();
        }
    }

    fn finish(&mut self) {
        self.stage = Stage::Over;
        self.trace.push(Entry::Finished);
    }

    /// What the client layer makes of a handshake that did not succeed.
    fn refuse(&mut self, failure: Box<Failure>) {
        self.trace.push(Entry::Error(failure.phase, failure.text.clone()));
        self.trace.push(crate::trace::closed(1006, "", false));
        self.closed_at = Some(self.elapsed());
        self.failure = Some(failure);
        self.finish();
    }

    /// Tells the reader when messages are no longer wanted.
    fn open_reader(stage: &mut Stage, is_open: bool) -> Option<&mut Reader> {
        let Stage::Open(reader) = stage else { return None };
        if !is_open {
            reader.discard();
        }
        Some(reader)
    }

    fn read(&mut self, bytes: &[u8]) {
        let mut buffer = bytes.to_vec();
        // The spare byte.
        buffer.push(0xee);
        let (mut rest, mut first) = (buffer.len(), None);
        loop {
            let start = buffer.len() - rest;
            let mut window = Window::resume(&mut buffer[start..], first);
            loop {
                let is_open = self.writer().is_open();
                let Some(reader) = Self::open_reader(&mut self.stage, is_open) else { return };
                match reader.poll(&mut window, &mut self.pool) {
                    Ok(None) => {
                        assert!(window.is_empty(), "the reader left {} bytes", window.len());
                        return;
                    }
                    found => self.act_on(found),
                }
                if self.leave_off {
                    break;
                }
            }
            (rest, first) = window.left_off();
        }
    }

    /// How many of `bytes` went into the message's own buffer; 0 if that was not offered.
    fn read_directly(&mut self, bytes: &[u8]) -> usize {
        let is_open = self.writer().is_open();
        let Some(reader) = Self::open_reader(&mut self.stage, is_open) else { return 0 };
        let Some((buffer, room)) = reader.poll_direct_read() else { return 0 };
        assert!(room > 0 && buffer.capacity() > buffer.len() + room, "no room for {room} bytes and a NUL");
        let count = room.min(bytes.len());
        buffer.extend_from_slice(&bytes[..count]);
        let found = reader.handle_filled(count);
        self.act_on(found);
        self.direct_reads += 1;
        count
    }

    fn act_on(&mut self, found: Result<Option<Received<'_>>, Violation>) {
        match found {
            Ok(None) => {}
            Ok(Some(Received::Message(kind, payload))) => {
                assert!(self.writer().is_open(), "a message was delivered after the closing handshake began");
                self.trace.push(Entry::Message(kind, payload.bytes().to_vec()));
                let with_nul = match payload {
                    Payload::InPlace(bytes) => bytes.to_vec(),
                    Payload::Owned(bytes) => {
                        let with_nul = bytes.clone();
                        self.pool.give(bytes);
                        with_nul
                    }
                };
                assert_eq!(with_nul.last(), Some(&0), "no NUL past the end");
            }
            Ok(Some(Received::Chunk(chunk, payload))) => {
                assert!(self.writer().is_open(), "a chunk was delivered after the closing handshake began");
                self.trace.extend(self.unfinished.take(chunk, payload, &mut self.pool));
            }
            Ok(Some(Received::Control(control))) => self.control(control),
            Err(violation) => {
                self.with_writer(|writer, now| writer.handle_violation(violation, now));
                if !self.is_over() {
                    self.stage = Stage::Draining;
                }
            }
        }
    }

    /// Passes a control frame on to the writer.
    pub fn control(&mut self, control: Control) {
        self.with_writer(|writer, now| writer.handle_control(control, now));
    }
}

/// A small generator of numbers for tests that say their seed when they fail (`SplitMix64`).
#[derive(Debug)]
pub struct Numbers(pub u64);

impl Numbers {
    /// A number below `end`.
    pub fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut mixed = self.0;
        mixed = (mixed ^ (mixed >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((mixed ^ (mixed >> 31)) % end as u64).unwrap()
    }
}
