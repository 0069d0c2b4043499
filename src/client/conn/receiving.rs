//! How a connection reads: one read a turn, parsed and delivered in place.

use super::{Conn, Served, Stage, Turn};
use crate::{
    client::{
        driver::{Io, LeftOff},
        event::{Data, Session, Sink, What},
        stats::Tally,
    },
    net::stream::{Moved, Stream},
    protocol::{
        limits::ANSWER_WAIT,
        reader::{Control, Payload, Received, Violation},
        window::Window,
        writer::End,
    },
};
use std::{ops::Range, sync::atomic::Ordering::Relaxed, time::Instant};

/// Bytes that were read and not parsed, because what comes out of them had no room in the queue or in the turn.
#[derive(Debug)]
pub(super) struct Stash {
    /// With a spare byte at their end.
    bytes: Vec<u8>,
    start: usize,
    /// The byte that a NUL replaced.
    first: Option<u8>,
}

impl Conn {
    pub(super) fn may_read(&self) -> bool {
        self.held_back.is_none() && (self.socket.is_closing() || !(self.flags.full || self.socket.is_paused()))
    }

    /// Goes on with what was read and left off, or reads.
    pub(super) fn receive<S: Sink>(&mut self, turn: &mut Turn<'_, S>, left_off: Option<&LeftOff>) -> Served {
        let served = match left_off {
            None if self.stash.is_some() => self.go_on(turn),
            None => self.read(turn),
            Some(&LeftOff { end, len, first, .. }) => match self.parse(turn, end - len..end, first) {
                Some(left_off) => Served::LeftOff(left_off),
                None if self.flags.readable => Served::Again,
                None => Served::Waits,
            },
        };
        let goes_on = self.stash.is_some() && self.may_read() && matches!(served, Served::Waits);
        if goes_on { Served::Again } else { served }
    }

    /// Reads once, if there is something to read.
    fn read<S: Sink>(&mut self, turn: &mut Turn<'_, S>) -> Served {
        if !self.flags.readable || !self.may_read() || matches!(self.stage, Stage::Over) {
            return Served::Waits;
        }
        if !turn.sink.has_room() {
            return Served::Again;
        }
        let Some(stream) = self.stream.clone() else { return Served::Waits };
        if let Stage::Open(reader) = &mut self.stage
            && self.socket.is_closing()
        {
            reader.discard();
        }
        if let Stage::Open(reader) = &mut self.stage
            && stream.reads_directly()
            && let Some((buffer, room)) = reader.poll_direct_read()
        {
            let moved = stream.read_append(buffer, room);
            if let Moved::Bytes(count @ 1..) = moved {
                self.socket.came(count);
                let found = reader.handle_filled(count);
                self.filled(turn, found);
            }
            return self.after_read(turn, &stream, moved, room);
        }
        if !turn.io.has_room() {
            return Served::Again;
        }
        let start = turn.io.used;
        let end = turn.arena.len() - 1;
        let moved = stream.read(&mut turn.arena[start..end]);
        if let Moved::Bytes(count @ 1..) = moved {
            self.note_read(stream.may_have_more(count, end - start), turn.io.now);
            self.socket.came(count);
            // One byte more for the NUL of the last payload.
            if let Some(left_off) = self.take_in(turn, start..start + count + 1) {
                return Served::LeftOff(left_off);
            }
        }
        self.after_read(turn, &stream, moved, end - start)
    }

    /// Parses what was just read to `bytes` of the arena, which stay in use if the sink needs them.
    pub(super) fn take_in<S: Sink>(&mut self, turn: &mut Turn<'_, S>, bytes: Range<usize>) -> Option<LeftOff> {
        let before = (turn.io.used, turn.sink.delivered());
        turn.io.used = bytes.end;
        let left_off = self.parse(turn, bytes, None);
        if left_off.is_none() && (!turn.sink.keeps_bytes() || turn.sink.delivered() == before.1) {
            turn.io.used = before.0;
        }
        left_off
    }

    fn note_read(&mut self, may_have_more: bool, now: Instant) {
        self.last_read = now;
        self.socket.reads.fetch_add(1, Relaxed);
        // The kernel will tell when there is more, unless the end came before.
        self.flags.readable = may_have_more || self.flags.ended;
    }

    fn after_read<S: Sink>(&mut self, turn: &mut Turn<'_, S>, stream: &Stream, moved: Moved, room: usize) -> Served {
        match moved {
            Moved::Bytes(0) => self.ended(End::Fin),
            Moved::Cut => self.ended(End::Cut),
            Moved::Bytes(count) => {
                let more = stream.may_have_more(count, room);
                self.note_read(more, turn.io.now);
                if self.flags.readable {
                    // If the end is all that is left to be read, it is read at once.
                    let only_the_end = !more && self.stash.is_none();
                    return if only_the_end { self.read(turn) } else { Served::Again };
                }
            }
            // Something has come, and more may have.
            Moved::Nothing => {
                self.note_read(true, turn.io.now);
                return Served::Again;
            }
            Moved::Blocked => self.flags.readable = false,
            Moved::Broken(error) => self.ended(End::Reset(error)),
        }
        Served::Waits
    }

    fn ended(&mut self, end: End) {
        self.flags.readable = false;
        self.with_writer(|writer| writer.handle_end(end));
    }

    /// Hands out what a direct read completed.
    fn filled<S: Sink>(&mut self, turn: &mut Turn<'_, S>, found: Result<Option<Received<'static>>, Violation>) {
        match found {
            Ok(Some(Received::Message(kind, Payload::Owned(bytes)))) => {
                let mut tally = Tally::default();
                tally.message(&bytes);
                self.socket.received.add(&mut tally);
                let buffer = turn.sink.session(&self.socket).deliver(What::Message(kind), Data::Owned(bytes));
                turn.io.hold(buffer);
                self.flags.full = self.is_full(turn.sink);
            }
            Ok(_) => {}
            Err(violation) => self.act_on(Err(violation), turn.io.now),
        }
    }

    /// Parses bytes of the arena, and says what it left off because the sink of a batch is full. Other sinks have it kept here.
    fn parse<S: Sink>(&mut self, turn: &mut Turn<'_, S>, bytes: Range<usize>, first: Option<u8>) -> Option<LeftOff> {
        let Turn { id, io, arena, sink } = turn;
        let end = bytes.end;
        let (len, first) = self.pump(io, *sink, &mut arena[bytes], first)?;
        if sink.keeps_bytes() {
            return Some(LeftOff { id: *id, end, len, first });
        }
        self.stash = Some(Box::new(Stash { bytes: arena[end - len..end].to_vec(), start: 0, first }));
        None
    }

    /// Goes on with bytes that were kept, if it may.
    fn go_on<S: Sink>(&mut self, turn: &mut Turn<'_, S>) -> Served {
        if !self.may_read() {
            return Served::Waits;
        }
        if !turn.sink.has_room() {
            return Served::Again;
        }
        let Some(mut stash) = self.stash.take() else { return Served::Waits };
        match self.pump(turn.io, turn.sink, &mut stash.bytes[stash.start..], stash.first) {
            Some((len, first)) => {
                (stash.start, stash.first) = (stash.bytes.len() - len, first);
                self.stash = Some(stash);
            }
            // Chunks of it may have been handed out.
            None => turn.io.hold(Some(stash.bytes)),
        }
        if self.flags.readable { Served::Again } else { Served::Waits }
    }

    /// Parses bytes that were read, with a spare one at their end, and delivers what they hold. What it left off is returned, if the
    /// sink is full: the length with the spare byte, and the byte that a NUL replaced.
    fn pump<S: Sink>(&mut self, io: &mut Io, sink: &mut S, bytes: &mut [u8], first: Option<u8>) -> Option<(usize, Option<u8>)> {
        let mut window = Window::resume(bytes, first);
        let mut inflated = 0;
        loop {
            if !self.deliver_events(sink, io) {
                return Some(window.left_off());
            }
            if self.held_back.is_some() {
                return None;
            }
            let Stage::Open(reader) = &mut self.stage else { return None };
            // Who is shown a message before the loop goes on finds it counted.
            let shows_at_once = !sink.keeps_bytes();
            let (received, mut tally) = (&self.socket.received, Tally::default());
            let mut session = sink.session(&self.socket);
            let found = loop {
                if !session.has_room() {
                    if window.is_empty() && !reader.is_pending() {
                        break None;
                    }
                    received.add(&mut tally);
                    return Some(window.left_off());
                }
                if self.socket.is_closing() {
                    reader.discard();
                }
                let (what, bytes) = match reader.poll(&mut window, &mut io.pool) {
                    Ok(Some(Received::Message(kind, Payload::InPlace(bytes)))) => {
                        tally.message(bytes);
                        if shows_at_once {
                            received.add(&mut tally);
                        }
                        session.deliver(What::Message(kind), Data::Borrowed(bytes));
                        continue;
                    }
                    Ok(Some(Received::Chunk(chunk, Payload::InPlace(bytes)))) => {
                        tally.chunk(bytes, chunk.last);
                        received.add(&mut tally);
                        session.deliver(What::Chunk(chunk), Data::Borrowed(bytes));
                        continue;
                    }
                    Ok(Some(Received::Message(kind, Payload::Owned(bytes)))) => {
                        tally.message(&bytes);
                        (What::Message(kind), bytes)
                    }
                    Ok(Some(Received::Chunk(chunk, Payload::Owned(bytes)))) => {
                        tally.chunk(&bytes, chunk.last);
                        (What::Chunk(chunk), bytes)
                    }
                    Ok(None) => break None,
                    Ok(Some(Received::Control(control))) => break Some(Ok(control)),
                    Err(violation) => break Some(Err(violation)),
                };
                received.add(&mut tally);
                received.set_compressed(reader.compressed());
                inflated += bytes.len();
                io.hold(session.deliver(what, Data::Owned(bytes)));
                // A few bytes may become many: what there is no room for stays as it came.
                let given = if shows_at_once { inflated } else { io.held_bytes };
                if session.has_enough(given) && shows_at_once && (reader.is_pending() || !window.is_empty()) {
                    drop(session);
                    self.flags.full = self.is_full(sink);
                    return Some(window.left_off());
                }
            };
            received.add(&mut tally);
            drop(session);
            match found {
                None => {
                    self.flags.full = self.is_full(sink);
                    return None;
                }
                // What comes behind a Close frame or a breach is not looked at.
                Some(end @ (Ok(Control::Close(_)) | Err(_))) if self.has_answers_to_come(sink) => {
                    self.held_back = Some(Box::new((end, io.now + ANSWER_WAIT)));
                    return None;
                }
                Some(found) => self.act_on(found, io.now),
            }
        }
    }

    /// Tells the statistics what the receiving half holds.
    pub(super) fn note_memory(&self) {
        let held = if let Stage::Open(reader) = &self.stage { reader.memory() } else { 0 };
        let kept = self.stash.as_ref().map_or(0, |stash| stash.bytes.capacity());
        self.socket.received.set_memory(held + kept);
    }

    /// Whether so much waits in the queue that reading stops.
    fn is_full<S: Sink>(&self, sink: &S) -> bool {
        !sink.takes_queued(&self.socket) && self.socket.queue.back().note_full(self.socket.room)
    }
}
