//! An open connection in memory: any frames, commands, faults and times; what it sends is parsed again, what it tells is held
//! against a naive reader of the same bytes.

use crate::{
    harness::{Connection, HEAD, Numbers},
    input::Input,
    reference::{self, Ending},
    trace::{Entry, closed},
};
use std::{fmt::Write as _, time::Duration};
use ws::{
    protocol::{Kind, failure::Phase, limits::Limits},
    spec::close,
};

/// The parts of a message that its sender hands over one after the other.
const PART: usize = 7;

/// How a message and a frame that are too large are called: the same if messages come in chunks, where frames have no limit.
const TOO_LARGE: &str = "than the maximum of";

/// In place of a short length: 16 or 64 bits of it follow.
const LENGTH_16: u8 = 0x7e;
const LENGTH_64: u8 = 0x7f;

/// What is longer than this is not worth the time that it takes in single bytes.
const LONG: usize = 10_000;

/// What happens to a connection.
#[derive(Debug)]
enum Happening {
    /// The server's bytes come.
    Bytes(Vec<u8>),
    Send(Kind, Vec<u8>),
    /// A message that is handed over in parts.
    SendInParts(Kind, Vec<u8>),
    Close(Option<(u16, String)>),
    Ping(Vec<u8>),
    Wait(Duration),
    /// The network takes so many bytes and no more.
    Block(usize),
    /// The network takes so many bytes more.
    Unblock(usize),
    BreakWriting,
    Fin,
    Reset,
}

/// How the same thing may reach the connection in different pieces.
struct Pieces {
    sizes: Box<dyn FnMut() -> usize>,
    at_once: usize,
    direct: bool,
    leave_off: bool,
}

/// Lets happen what the input says.
///
/// # Panics
///
/// If the library does not keep its word.
pub fn run(data: &[u8]) {
    let input = Input::new(data);
    let (limits, seed, from_start) = (limits(&input), u64::from(input.byte()), input.flag());
    let mut happenings = Vec::new();
    while !input.is_empty() {
        happenings.push(happening(&input));
    }

    let whole = Pieces { sizes: Box::new(|| usize::MAX), at_once: usize::MAX, direct: false, leave_off: false };
    let played = play(&happenings, limits, from_start, whole);
    played.check(&limits);

    if limits.max_frame >= limits.max_message {
        played.in_chunks(&happenings, limits, seed);
    }

    let direct = seed % 2 == 1;
    let mut numbers = Numbers(seed);
    let at_once = 1 + numbers.below(20);
    let sizes = Box::new(move || if numbers.below(8) == 0 { 1 + numbers.below(70_000) } else { 1 + numbers.below(300) });
    played.again(&happenings, &limits, Pieces { sizes, at_once, direct, leave_off: true }, "in random pieces");
    if played.heard.len() < LONG {
        let single = Pieces { sizes: Box::new(|| 1), at_once: 1, direct, leave_off: false };
        played.again(&happenings, &limits, single, "in single bytes");
    }
}

fn limits(input: &Input) -> Limits {
    let (max_message, max_frame) = input.choose(&[(64 << 20, 64 << 20), (100, 100), (1, 1), (1000, 10), (65_535, 65_536), (10, 1000)]);
    let ping_interval = input.choose(&[None, Some(100), Some(3000), Some(60_000)]).map(Duration::from_millis);
    let (close, ping) = input.choose(&[(10_000, 20_000), (1, 1), (500, 5000), (2000, 100)]);
    Limits {
        max_message,
        max_frame,
        ping_interval,
        close_timeout: Duration::from_millis(close),
        ping_timeout: Duration::from_millis(ping),
        ..Limits::default()
    }
}

fn happening(input: &Input) -> Happening {
    let kind = |input: &Input| if input.flag() { Kind::Text } else { Kind::Binary };
    match input.byte() % 16 {
        0..=4 => Happening::Bytes(frame(input)),
        5 => Happening::Bytes(input.field().to_vec()),
        6 | 7 => {
            let (kind, message) = (kind(input), message(input));
            Happening::Send(kind, message)
        }
        8 => {
            let (kind, message) = (kind(input), message(input));
            Happening::SendInParts(kind, message)
        }
        9 => {
            let code = input.choose(&[None, Some(1000), Some(3000), Some(4999), Some(1001)]);
            let reason = code.map(|_| input.field());
            // What may not be said is refused before it comes here.
            let body = close::check_arguments(code, reason).unwrap_or(None);
            Happening::Close(body.map(|(code, reason)| (code, reason.to_owned())))
        }
        10 => Happening::Ping(input.field().iter().copied().take(125).collect()),
        11 => Happening::Wait(Duration::from_millis(input.choose(&[1, 99, 100, 499, 500, 1999, 2000, 3000, 9999, 20_000]))),
        12 => Happening::Block(usize::from(input.byte())),
        13 => Happening::Unblock(usize::from(input.word())),
        14 if input.flag() => Happening::BreakWriting,
        14 => Happening::Fin,
        _ => Happening::Reset,
    }
}

/// A message of the application; sometimes a long one.
fn message(input: &Input) -> Vec<u8> {
    let times = input.choose(&[1, 1, 1, 1, 300]);
    // A text is UTF-8, or it is refused before it comes here.
    String::from_utf8_lossy(input.field()).repeat(times).into_bytes()
}

/// A frame of the server: mostly a good one.
fn frame(input: &Input) -> Vec<u8> {
    let first = input.choose(&[0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x88, 0x89, 0x8a, 0x89, 0x81, 0x80, 0xc1, 0x83, 0x08, 0xff]);
    let (form, times) = (input.byte(), input.choose(&[1, 1, 1, 1, 1, 1, 2, 300]));
    let mut payload = input.field().repeat(times);
    if first == 0x88 && form & 0x40 == 0 {
        // Most codes that a fuzzer thinks of may not be sent.
        let code: u16 = input.choose(&[1000, 1001, 1011, 3000, 4999, 1005, 1015, 5000]);
        payload.splice(0..0, code.to_be_bytes());
    }
    let len = payload.len() as u64;
    let masked = if form & 0xf0 == 0xf0 { 0x80 } else { 0 };
    let mut bytes = match (form & 0x0f, len) {
        // What the header claims may not be true, or not be in the shortest form.
        (15, _) => [&[first, masked | LENGTH_64][..], &len.to_be_bytes()].concat(),
        (14, _) => [&[first, masked | LENGTH_16][..], &len.to_be_bytes()[6..]].concat(),
        (13, _) => [&[first, masked | LENGTH_64][..], &(len << 32).to_be_bytes()].concat(),
        (12, _) => [&[first, masked | LENGTH_64][..], &(len | 1 << 63).to_be_bytes()].concat(),
        (_, 0..126) => vec![first, masked | len.to_le_bytes()[0]],
        (_, 126..0x1_0000) => [&[first, masked | LENGTH_16][..], &len.to_be_bytes()[6..]].concat(),
        _ => [&[first, masked | LENGTH_64][..], &len.to_be_bytes()].concat(),
    };
    bytes.extend(payload);
    bytes
}

/// A connection that has come to its end.
struct Played {
    connection: Connection,
    /// Whether its trace begins with the opening handshake.
    from_start: bool,
    /// The messages that were accepted.
    accepted: Vec<Entry>,
    /// The server's bytes, up to the moment when something other than they ended the connection.
    heard: Vec<u8>,
    /// Whether something else did.
    cut: bool,
    /// Whether all could always be written.
    flowing: bool,
}

fn play(happenings: &[Happening], limits: Limits, from_start: bool, mut pieces: Pieces) -> Played {
    let mut connection = if from_start { Connection::connecting(limits) } else { Connection::open(limits) };
    (connection.at_once, connection.direct, connection.leave_off) = (pieces.at_once, pieces.direct, pieces.leave_off);
    let mut head = if from_start { HEAD } else { b"" };
    let mut played = Played { connection, from_start, accepted: Vec::new(), heard: Vec::new(), cut: false, flowing: true };
    for happening in happenings {
        if let Happening::Bytes(bytes) = happening {
            // Frames may come in one piece with the response's head.
            let all = [std::mem::take(&mut head), bytes].concat();
            played.receive(&all, &mut pieces.sizes);
            if !played.cut {
                played.heard.extend(bytes);
            }
            continue;
        }
        if !matches!(happening, Happening::Fin | Happening::Reset | Happening::Wait(_)) {
            played.receive(std::mem::take(&mut head), &mut pieces.sizes);
        }
        let before = played.is_open();
        played.happen(happening);
        played.cut |= before && !played.is_open() || !head.is_empty() && played.connection.is_over();
        played.check_buffered();
    }
    // However it went, the network and the clock end it.
    played.receive(head, &mut pieces.sizes);
    played.check_buffered();
    let before = played.is_open();
    if !before {
        played.connection.run_out();
    }
    played.connection.fin();
    played.cut |= before;
    played
}

impl Played {
    fn receive(&mut self, mut bytes: &[u8], sizes: &mut dyn FnMut() -> usize) {
        while !bytes.is_empty() {
            let (part, rest) = bytes.split_at(sizes().min(bytes.len()));
            if !self.connection.is_over() {
                self.connection.receive(part);
            }
            bytes = rest;
        }
    }

    /// Whether there is a writer that can be asked.
    fn was_opened(&self) -> bool {
        !self.from_start || matches!(self.connection.trace.first(), Some(Entry::Open(_)))
    }

    fn is_open(&self) -> bool {
        self.was_opened() && self.connection.writer().is_open()
    }

    fn happen(&mut self, happening: &Happening) {
        let was_opened = self.was_opened();
        let connection = &mut self.connection;
        match happening {
            Happening::Wait(time) => connection.run_until(connection.elapsed() + *time),
            Happening::Fin => connection.fin(),
            Happening::Reset => connection.reset(),
            // What follows needs an open connection, as the client layer makes sure.
            _ if !was_opened => {}
            Happening::Send(kind, message) => {
                if connection.send(*kind, message) {
                    self.accepted.push(sent(*kind, message));
                }
            }
            Happening::SendInParts(kind, message) => {
                if connection.writer().is_open() {
                    connection.with_writer(|writer, _| writer.begin(*kind, message.len()));
                    let mut rest = message.as_slice();
                    while !rest.is_empty() {
                        let part = &rest[..rest.len().min(PART)];
                        let taken = connection.with_writer(|writer, _| writer.append(part));
                        assert!(taken > 0, "a part was not taken");
                        rest = &rest[taken..];
                    }
                    self.accepted.push(sent(*kind, message));
                }
            }
            Happening::Close(body) => connection.close(body.as_ref().map(|(code, reason)| (*code, reason.as_str()))),
            Happening::Ping(payload) => {
                if connection.writer().can_ping() {
                    connection.ping(payload);
                }
            }
            Happening::Block(room) => {
                connection.room = *room;
                self.flowing = false;
            }
            Happening::Unblock(count) => connection.unblock(*count),
            // What is over is not written to.
            Happening::BreakWriting if connection.is_over() => {}
            Happening::BreakWriting => {
                connection.break_writing();
                self.flowing = false;
            }
            Happening::Bytes(_) => {}
        }
    }

    /// `bufferedAmount` is what was accepted and is not on the wire.
    fn check_buffered(&self) {
        if self.was_opened() {
            let accepted: u64 =
                self.accepted.iter().map(|entry| if let Entry::Sent(_, payload) = entry { payload.len() as u64 } else { 0 }).sum();
            let (waiting, gone) = (self.connection.writer().buffered_amount(), self.connection.wire.payload());
            assert_eq!(waiting + gone, accepted, "{waiting} bytes wait, {gone} are gone");
        }
    }

    /// The same in other pieces comes to the same.
    fn again(&self, happenings: &[Happening], limits: &Limits, pieces: Pieces, how: &str) {
        let again = play(happenings, *limits, self.from_start, pieces);
        let (connection, other) = (&self.connection, &again.connection);
        crate::trace::check(&other.trace, &connection.trace, how);
        assert_eq!(other.wire.payload(), connection.wire.payload(), "{how}");
        assert_eq!(other.closed_at, connection.closed_at, "{how}");
    }

    /// The chunks of messages, put together, are the messages, and what was begun of one is the same in other pieces.
    fn in_chunks(&self, happenings: &[Happening], limits: Limits, seed: u64) {
        let limits = Limits { max_chunked: Some(limits.max_message), ..limits };
        let mut expected = self.connection.trace.clone();
        for entry in &mut expected {
            if let Entry::Error(_, text) = entry
                && text.contains(TOO_LARGE)
            {
                *text = TOO_LARGE.into();
            }
        }
        let mut numbers = Numbers(seed);
        let sizes = Box::new(move || 1 + numbers.below(300));
        let whole = Pieces { sizes: Box::new(|| usize::MAX), at_once: usize::MAX, direct: true, leave_off: false };
        let pieces = Pieces { sizes, at_once: usize::MAX, direct: true, leave_off: true };
        let [whole, pieces] = [whole, pieces].map(|pieces| play(happenings, limits, self.from_start, pieces).connection);
        for connection in [&whole, &pieces] {
            crate::trace::check(&connection.trace, &expected, "in chunks");
            assert_eq!(connection.direct_reads, 0);
        }
        assert_eq!(whole.unfinished.bytes, pieces.unfinished.bytes);
    }

    fn check(&self, limits: &Limits) {
        let trace = &self.connection.trace;
        let mut story = String::new();
        for entry in trace {
            let _ = writeln!(story, "{entry:?}");
        }
        let only = |wanted: fn(&Entry) -> bool| trace.iter().filter(|entry| wanted(entry)).collect::<Vec<_>>();

        // The end comes once, and an error just before it.
        assert!(self.connection.is_over() && matches!(trace.last(), Some(Entry::Finished)), "{story}");
        assert_eq!(only(|entry| matches!(entry, Entry::Close { .. } | Entry::Finished)).len(), 2, "{story}");
        let events = only(|entry| !matches!(entry, Entry::Sent(..) | Entry::Shutdown));
        let error = events.iter().position(|entry| matches!(entry, Entry::Error(..)));
        assert!(error.is_none_or(|at| at + 3 == events.len()), "{story}");

        // What was accepted went out, in order.
        let messages = only(|entry| matches!(entry, Entry::Sent(0x81 | 0x82, _)));
        assert!(messages.iter().copied().eq(&self.accepted[..messages.len().min(self.accepted.len())]), "{story}");
        assert!(!self.flowing || messages.len() == self.accepted.len(), "{} of {}\n{story}", messages.len(), self.accepted.len());

        if !self.was_opened() {
            return;
        }
        let stream = reference::frames(&self.heard, limits);
        assert!(only(|entry| matches!(entry, Entry::Message(..))).iter().copied().eq(&stream.messages), "{stream:?}\n{story}");
        let pongs = only(|entry| matches!(entry, Entry::Sent(0x8a, _)));
        let mut questions = stream.pings.iter();
        for pong in &pongs {
            let Entry::Sent(_, payload) = pong else { continue };
            assert!(questions.any(|ping| ping == payload), "a pong for no ping\n{story}");
        }
        assert!(!self.flowing || pongs.len() == stream.pings.len(), "{stream:?}\n{story}");
        self.check_ending(&stream.ending, &story);
    }

    fn check_ending(&self, ending: &Ending, story: &str) {
        let trace = &self.connection.trace;
        let sends = |body: &[u8]| !self.flowing || trace.contains(&Entry::Sent(0x88, body.to_vec()));
        match ending {
            Ending::Nothing => assert!(self.cut && !trace.contains(&Entry::Closing), "{story}"),
            Ending::Close(code, reason, body) => {
                assert!(trace.contains(&Entry::Closing) && sends(body), "{story}");
                let with = |clean| trace.contains(&closed(*code, reason, clean));
                assert!(with(true) || with(false), "{story}");
            }
            Ending::Violation(code) => {
                assert!(trace.iter().any(|entry| matches!(entry, Entry::Error(Phase::Open, _))), "{code}\n{story}");
                assert!(trace.contains(&closed(1006, "", false)) && sends(&code.to_be_bytes()), "{code}\n{story}");
            }
        }
    }
}

fn sent(kind: Kind, message: &[u8]) -> Entry {
    Entry::Sent(if kind == Kind::Text { 0x81 } else { 0x82 }, message.to_vec())
}
