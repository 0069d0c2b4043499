//! A socket's way to the kernel: the sending half, its stream, and when what is written by whom.
//!
//! The first message after a quiet moment is written at once, on the sender's thread. The burst that follows gathers and goes out
//! together: at the loop's next turn, or when much of it waits
//! ([`GATHER`](crate::protocol::segments::GATHER)). What the kernel refuses waits for the loop.

mod held;
mod streaming;

pub use held::Held;

use super::{event_loop::EventLoop, stats::Phases};
use crate::{
    net::stream::{Moved, Stream},
    protocol::{Kind, counts::Counts, failure::Phase, lent::Buffer, writer::Writer},
};
use std::{
    net::Shutdown,
    sync::Arc,
    time::{Duration, Instant},
};

/// How long after a write the next message counts as part of the same burst, on the background loop. A write takes some 5 µs: at
/// this distance gathering saves little, and a lone message should not wait.
const QUIET: Duration = Duration::from_micros(100);

/// The sending half of a socket and its stream.
#[derive(Debug, Default)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
pub struct Link {
    /// The stream, from its TCP connection to the end.
    pub stream: Option<Arc<Stream>>,
    /// Those that are being connected before.
    pub attempts: Box<[Arc<Stream>]>,
    /// The sending half, once the connection is open.
    pub writer: Option<Box<Writer>>,
    /// Payload bytes that were discarded: counted, but never to be sent.
    discarded: u64,
    /// Payload bytes that were accepted and will never be sent, because the connection is gone.
    lost: u64,
    /// The kernel takes no more: the loop goes on when it does.
    pub blocked: bool,
    /// The loop knows that there is something to write.
    pub listed: bool,
    /// The loop's moment of the last write on a sender's thread: a second one in the same moment gathers.
    moment: u64,
    /// Calls that wait until all is written.
    pub flushers: usize,
    written: Option<Instant>,
    /// The parts of the message that is being streamed need not be written at once.
    more: bool,
    /// Something came up that the loop has to be told of, beside the writer's events.
    news: bool,
    /// Buffers that are no longer needed: see [`Held`].
    spent: Vec<Box<dyn Buffer>>,
    /// The phase of connecting that is under way, or was the last; `None`: the loop has not begun.
    pub phase: Option<Phase>,
    /// How long connecting took.
    pub phases: Phases,
    /// What the sending half had counted when the connection was gone.
    pub ended: Option<Box<Counts>>,
}

/// How a message is sent.
#[derive(Debug, Clone, Copy)]
pub struct How {
    /// More follows at once: it need not be written yet.
    pub more: bool,
    /// It is compressed, if that was agreed on and it is long enough.
    pub compress: bool,
}

/// What the loop must be told after a message was accepted.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Afterwards {
    /// Nothing.
    Nothing,
    /// There is something to write at its next turn.
    Write,
    /// Something else than a write is due.
    Attend,
}

impl Link {
    /// The standard's `bufferedAmount`.
    #[must_use]
    pub fn buffered_amount(&self) -> u64 {
        self.discarded + self.writer.as_ref().map_or(0, |writer| writer.dropped()) + self.accepted_and_waiting()
    }

    /// Payload bytes that were accepted and are not with the kernel.
    #[must_use]
    pub fn accepted_and_waiting(&self) -> u64 {
        self.lost + self.writer.as_ref().map_or(0, |writer| writer.buffered_amount())
    }

    /// Counts a message that is not sent.
    pub fn discard(&mut self, len: usize) {
        self.discarded += len as u64;
    }

    /// Whether a message of `len` bytes is accepted, if need be after what waits was offered to the kernel: only what that does not take
    /// counts against the application's limit.
    #[inline]
    pub fn has_room(&mut self, len: usize) -> bool {
        self.writer.as_ref().is_none_or(|writer| writer.has_room(len)) || self.makes_room(len)
    }

    #[cold]
    fn makes_room(&mut self, len: usize) -> bool {
        self.flush();
        let Some(writer) = &mut self.writer else { return true };
        let has_room = writer.has_room(len);
        if !has_room {
            writer.refused(len);
        }
        has_room
    }

    /// A message was accepted: notes how much waits now. The result is that of [`Link::poll_news`].
    #[inline]
    pub fn watch_level(&mut self) -> bool {
        if let Some(writer) = &mut self.writer {
            writer.watch_level();
        }
        self.poll_news()
    }

    /// Whether there is something that the loop has to be told of, because it came up on another thread: an event of the writer, or
    /// memory to be given up when it is no longer used.
    #[inline]
    pub fn poll_news(&mut self) -> bool {
        std::mem::take(&mut self.news) | self.writer.as_mut().is_some_and(|writer| writer.poll_news())
    }

    /// Whether there are buffers to be given back.
    #[must_use]
    pub fn has_spent(&self) -> bool {
        !self.spent.is_empty()
    }

    /// Whether all that was accepted is with the kernel, or never will be.
    #[must_use]
    pub fn is_flushed(&self) -> bool {
        self.is_over() || self.writer.as_ref().is_some_and(|writer| writer.is_flushed() && !self.has_pending())
    }

    /// Whether some of what the writer has given away waits for the kernel, encrypted.
    fn has_pending(&self) -> bool {
        self.stream.as_ref().is_some_and(|stream| stream.has_pending())
    }

    /// Whether nothing more will be sent, because all has gone out or cannot, so that our direction of the stream can be ended.
    #[must_use]
    pub fn is_write_done(&self) -> bool {
        self.writer.as_ref().is_some_and(|writer| writer.is_write_done() && (writer.is_broken() || !self.has_pending()))
    }

    /// Whether what waits will never go out, or nobody will know.
    #[must_use]
    pub fn is_over(&self) -> bool {
        self.writer.as_ref().is_none_or(|writer| writer.is_broken() || writer.is_draining() || writer.is_finished())
    }

    /// Accepts a message. The connection is open and has a writer.
    #[inline]
    pub fn send(&mut self, kind: Kind, payload: &[u8], how: How, moment: u64, event_loop: &EventLoop) -> Afterwards {
        let Some(writer) = &mut self.writer else { return Afterwards::Nothing };
        if writer.is_streaming() {
            return self.send_behind(kind, Box::new(payload.to_vec()), how);
        }
        let compress = how.compress && writer.compresses(payload.len());
        if !writer.can_gather(payload.len()) && !compress {
            return self.send_long(kind, payload, moment, event_loop);
        }
        let was_empty = writer.is_flushed();
        if compress {
            let rested = writer.is_at_rest();
            writer.send(kind, payload);
            if rested {
                // The loop is to see to it that the compressor's memory is given up again.
                self.flush();
                return Afterwards::Attend;
            }
            if !writer.can_gather(0) {
                return self.write_now(moment, event_loop);
            }
        } else {
            writer.send_as_it_is(kind, payload);
        }
        if self.blocked || how.more || !was_empty || !self.is_quiet(moment, event_loop) {
            return self.list();
        }
        self.write_now(moment, event_loop)
    }

    /// Writes what has gathered, then frames and writes a message part by part, so that it is masked while it is in the processor's
    /// cache.
    fn send_long(&mut self, kind: Kind, payload: &[u8], moment: u64, event_loop: &EventLoop) -> Afterwards {
        self.flush();
        if let Some(writer) = &mut self.writer {
            if writer.can_gather(payload.len()) {
                writer.send_as_it_is(kind, payload);
                return self.list();
            }
            writer.begin(kind, payload.len());
        }
        let mut rest = payload;
        while let Some(writer) = &mut self.writer
            && !rest.is_empty()
        {
            rest = &rest[writer.append(rest)..];
            self.flush();
        }
        self.write_now(moment, event_loop)
    }

    /// Something was accepted; `was_empty`: nothing waited before.
    fn soon(&mut self, was_empty: bool, more: bool, moment: u64, event_loop: &EventLoop) -> Afterwards {
        let gathers = self.writer.as_ref().is_some_and(|writer| !writer.is_flushed() && writer.can_gather(0));
        if gathers && (self.blocked || more || !was_empty || !self.is_quiet(moment, event_loop)) {
            return self.list();
        }
        self.write_now(moment, event_loop)
    }

    /// Whether the last write is long enough ago for this message not to be part of a burst.
    fn is_quiet(&self, moment: u64, event_loop: &EventLoop) -> bool {
        moment != self.moment || (event_loop.is_background() && self.written.is_none_or(|written| written.elapsed() >= QUIET))
    }

    fn write_now(&mut self, moment: u64, event_loop: &EventLoop) -> Afterwards {
        self.flush();
        self.moment = moment;
        if event_loop.is_background() {
            self.written = Some(Instant::now());
        }
        if self.writer.as_ref().is_some_and(|writer| writer.is_broken()) { Afterwards::Attend } else { Afterwards::Nothing }
    }

    /// Has the loop write what waits, if it does not know already and is not told by the kernel.
    fn list(&mut self) -> Afterwards {
        if self.listed || self.blocked {
            return Afterwards::Nothing;
        }
        self.listed = true;
        Afterwards::Write
    }

    /// Writes what waits, as far as the kernel takes it.
    pub fn flush(&mut self) {
        self.write();
        if let Some(writer) = &mut self.writer {
            self.spent.extend(writer.take_spent());
        }
    }

    fn write(&mut self) {
        let (Some(writer), Some(stream), false) = (&mut self.writer, &self.stream, self.blocked) else { return };
        while !writer.is_broken() && !writer.is_finished() {
            let bytes = writer.poll_transmit();
            let moved = if bytes.is_empty() {
                let rested = writer.is_at_rest();
                if writer.frame_pending() {
                    self.news |= rested && !writer.is_at_rest();
                    continue;
                }
                if !stream.has_pending() {
                    return;
                }
                stream.flush()
            } else {
                match stream.write(bytes) {
                    Moved::Bytes(count) => {
                        writer.handle_transmitted(count, Instant::now);
                        continue;
                    }
                    moved => moved,
                }
            };
            match moved {
                Moved::Broken(error) => writer.handle_write_error(error, Instant::now()),
                Moved::Blocked => {
                    self.blocked = true;
                    return;
                }
                Moved::Bytes(_) | Moved::Nothing | Moved::Cut => return,
            }
        }
    }

    /// Whether there is no connection, nor one that is being made.
    #[must_use]
    pub fn is_gone(&self) -> bool {
        self.stream.is_none() && self.attempts.is_empty() && self.writer.is_none()
    }

    /// Cuts the connection, or ends all attempts to make one.
    pub fn cut(&self) {
        for stream in self.attempts.iter().chain(&self.stream) {
            stream.shutdown(Shutdown::Both);
        }
    }

    /// The connection is gone: what was not sent stays counted.
    pub fn end(&mut self) {
        (self.stream, self.attempts) = (None, Box::default());
        if let Some(mut writer) = self.writer.take() {
            self.lost += writer.buffered_amount();
            self.discarded += writer.dropped();
            self.ended = Some(Box::new(writer.counts()));
            self.spent.extend(writer.release());
        }
    }
}
