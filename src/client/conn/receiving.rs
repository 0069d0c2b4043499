//! How a connection reads: one read a turn, parsed and delivered in place.

use super::{Conn, Served, Stage, Turn};
use crate::{
    client::{
        driver::LeftOff,
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

impl Conn {
    pub(super) fn may_read(&self) -> bool {
        self.held_back.is_none() && (self.socket.is_closing() || !(self.flags.full || self.socket.is_paused()))
    }

    /// Reads once, if there is something to read.
    pub(super) fn read<S: Sink>(&mut self, turn: &mut Turn<'_, S>) -> Served {
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
                self.socket.received.read(count);
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
            self.socket.received.read(count);
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
        let left_off = self.pump(turn, bytes, None);
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
                self.note_read(stream.may_have_more(count, room), turn.io.now);
                if self.flags.readable {
                    return Served::Again;
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

    /// Parses the bytes of a read, which are at `bytes` in the arena with a spare one at their end, and delivers what they hold.
    /// What it left off is returned if the sink is full.
    pub(super) fn pump<S: Sink>(&mut self, turn: &mut Turn<'_, S>, bytes: Range<usize>, first: Option<u8>) -> Option<LeftOff> {
        let end = bytes.end;
        let left_off = |window: &Window<'_>, id| {
            let (len, first) = window.left_off();
            Some(LeftOff { id, end, len, first })
        };
        let Turn { id, io, arena, sink } = turn;
        let mut window = Window::resume(&mut arena[bytes], first);
        loop {
            if !self.deliver_events(*sink, io) {
                return left_off(&window, *id);
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
                    if window.is_empty() {
                        break None;
                    }
                    received.add(&mut tally);
                    return left_off(&window, *id);
                }
                if self.socket.is_closing() {
                    reader.discard();
                }
                match reader.poll(&mut window, &mut io.pool) {
                    Ok(Some(Received::Message(kind, Payload::InPlace(bytes)))) => {
                        tally.message(bytes);
                        if shows_at_once {
                            received.add(&mut tally);
                        }
                        session.deliver(What::Message(kind), Data::Borrowed(bytes));
                    }
                    Ok(Some(Received::Message(kind, Payload::Owned(bytes)))) => {
                        tally.message(&bytes);
                        received.add(&mut tally);
                        received.set_compressed(reader.compressed());
                        io.hold(session.deliver(What::Message(kind), Data::Owned(bytes)));
                    }
                    Ok(None) => break None,
                    Ok(Some(Received::Control(control))) => break Some(Ok(control)),
                    Err(violation) => break Some(Err(violation)),
                }
            };
            received.add(&mut tally);
            drop(session);
            match found {
                None => {
                    self.flags.full = self.is_full(*sink);
                    return None;
                }
                // What comes behind a Close frame or a breach is not looked at.
                Some(end @ (Ok(Control::Close(_)) | Err(_))) if self.has_answers_to_come(*sink) => {
                    self.held_back = Some((end, io.now + ANSWER_WAIT));
                    return None;
                }
                Some(found) => self.act_on(found, io.now),
            }
        }
    }

    /// Tells the statistics what the receiving half holds.
    pub(super) fn note_memory(&self) {
        let held = if let Stage::Open(reader) = &self.stage { reader.memory() } else { 0 };
        self.socket.received.set_memory(held);
    }

    /// Whether so much waits in the queue that reading stops. The front batch may be as large once more: half the limit each.
    fn is_full<S: Sink>(&self, sink: &S) -> bool {
        !sink.takes_queued(&self.socket) && self.socket.queue.back().note_full(self.socket.receive_queue / 2)
    }
}
