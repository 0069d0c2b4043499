//! How a connection comes to be open: each step of connecting, and what is made of its result.

use super::{Conn, Served, Stage, Turn};
use crate::{
    client::{
        connecting::Step,
        event::{Sink, What},
        log::{self, Level, ms},
        options::Deflate,
        sync::lock,
    },
    protocol::{limits::Limits, reader::Reader, writer::Writer},
    spec::handshake::Agreed,
};
use std::{sync::Arc, time::Instant};

impl Conn {
    /// Runs the opening handshake and what comes before it.
    pub(super) fn connect<S: Sink>(&mut self, turn: &mut Turn<'_, S>) -> Served {
        let Stage::Connecting(connecting) = &mut self.stage else { return Served::Waits };
        self.flags.writable = false;
        // Frames may come right behind the response, so it is not read while the sink has no room for them.
        let readable = self.flags.readable && turn.sink.has_room() && turn.io.has_room();
        self.flags.readable &= !readable;
        self.flags.due = false;
        let step = connecting.advance(&self.socket, turn.id, turn.io, turn.arena, readable);
        let stream = connecting.stream();
        if self.stream.is_none() || stream.zip(self.stream.as_ref()).is_some_and(|(new, known)| !Arc::ptr_eq(new, known)) {
            self.stream = stream.cloned();
            let mut link = lock(&self.socket.link);
            (link.stream, link.attempts) = (self.stream.clone(), connecting.attempts());
            drop(link);
            if connecting.begins_anew() {
                (self.flags.readable, self.flags.writable, self.flags.ended) = (false, false, false);
            }
            // It may have been closed meanwhile, when the streams were not known.
            if self.socket.is_aborted() || self.socket.is_freed() {
                return Served::Gone;
            }
        }
        match step {
            Step::Waits(deadline) => {
                self.next_timer = Some(deadline);
                if self.flags.readable { Served::Again } else { Served::Waits }
            }
            Step::Again(deadline) => {
                self.next_timer = Some(deadline);
                self.flags.readable = true;
                Served::Again
            }
            Step::Refused(mut failure) => {
                if failure.address.is_empty() {
                    connecting.address().clone_into(&mut failure.address);
                }
                log::head(self.socket.url().to_bytes(), '<', &failure.head);
                log::note(Level::Warn, self.socket.url().to_bytes(), || failure.text.clone());
                self.socket.set_failure(failure);
                self.fail();
                self.conclude(turn, Served::Waits)
            }
            Step::Open { agreed, headers, start, end, more } => {
                let time = turn.io.now.saturating_duration_since(connecting.since());
                let (limits, deflate) = (connecting.options().limits, connecting.options().deflate);
                self.socket.set_agreed(&agreed, connecting.address(), &headers);
                self.opened(turn.io.now, agreed, &limits, deflate);
                log::note(Level::Info, self.socket.url().to_bytes(), || format!("open after {}", ms(time)));
                self.socket.received.read(end - start);
                let left_off = if start < end { self.take_in(turn, start..end + 1) } else { None };
                self.flags.readable = more || self.flags.ended;
                let served = if self.flags.readable { Served::Again } else { Served::Waits };
                self.conclude(turn, left_off.map_or(served, Served::LeftOff))
            }
        }
    }

    /// The handshake is done.
    fn opened(&mut self, now: Instant, agreed: Agreed, limits: &Limits, deflate: Deflate) {
        for (what, name) in [("subprotocol", &agreed.protocol), ("extensions", &agreed.extensions)] {
            if !name.is_empty() {
                log::step(self.socket.url().to_bytes(), || format!("the {what} agreed on: {name}"));
            }
        }
        let mut reader = Reader::new(limits);
        let mut writer = Writer::new(limits, self.socket.event_loop().supply().clone(), now);
        if let Some(parameters) = &agreed.deflate {
            reader.set_deflate(parameters);
            writer.set_deflate(parameters, deflate.effort, deflate.threshold);
        }
        self.socket.set_open(writer);
        self.stage = Stage::Open(reader);
        self.last_read = now;
        let mut protocol = agreed.protocol.into_bytes();
        protocol.push(0);
        self.events.push_back((What::Open, protocol));
    }
}
