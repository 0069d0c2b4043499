//! What a connection has sent and received, what it holds, and how long it took to connect.
//!
//! Each number has one writer: of what is received the loop, with plain stores; of what is sent whoever holds the [`Link`]'s lock. So
//! counting costs a message an addition or two and no bus cycle, and what an application has seen of a message is counted already.

use super::{link::Link, socket::Socket, sync::lock};
use crate::{
    error::Result,
    protocol::{
        counts::{Compressed, Counts, micros},
        failure::Phase,
    },
};
use std::{
    sync::atomic::{AtomicU64, Ordering::Relaxed},
    time::Instant,
};

/// The statistics of a connection, which stay what they were when it is gone.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Stats {
    /// What was sent, and the pings.
    pub sent: Counts,
    /// Messages that came whole while they were wanted.
    pub messages_received: u64,
    /// Bytes of their payloads, after decompression. Of a message that comes in chunks they count as they come.
    pub payload_received: u64,
    /// Bytes that came behind the opening handshake.
    pub wire_received: u64,
    /// Those of the messages received that came compressed.
    pub compressed_received: Compressed,
    /// How long each phase of connecting took, in µs.
    pub phases: Phases,
    /// Bytes of memory that the connection holds beside its own object.
    pub memory: u64,
}

/// What the loop counts of a connection.
#[derive(Debug, Default)]
pub(super) struct Received {
    messages: AtomicU64,
    payload: AtomicU64,
    wire: AtomicU64,
    compressed_payload: AtomicU64,
    compressed_wire: AtomicU64,
    memory: AtomicU64,
}

/// Adds to a counter that nobody else writes: without a read-modify-write, which would cost as much as a small message.
#[inline]
fn add(counter: &AtomicU64, count: usize) {
    counter.store(counter.load(Relaxed).wrapping_add(count as u64), Relaxed);
}

/// Messages on their way to the application, and their bytes, each with its NUL.
#[derive(Debug, Default)]
pub(super) struct Tally {
    messages: usize,
    bytes: usize,
}

impl Tally {
    /// One more, with its NUL.
    #[inline]
    pub fn message(&mut self, bytes: &[u8]) {
        self.messages += 1;
        self.bytes += bytes.len();
    }

    /// A chunk of one, with its NUL: the bytes count as they come, the message with the last of them.
    pub fn chunk(&mut self, bytes: &[u8], last: bool) {
        self.messages += usize::from(last);
        self.bytes += bytes.len() - usize::from(!last);
    }
}

impl Received {
    /// What came in messages; begins a new tally.
    #[inline]
    pub fn add(&self, tally: &mut Tally) {
        let Tally { messages, bytes } = std::mem::take(tally);
        add(&self.messages, messages);
        add(&self.payload, bytes - messages);
    }

    /// So many bytes came.
    pub fn read(&self, count: usize) {
        add(&self.wire, count);
    }

    /// What came compressed so far.
    pub fn set_compressed(&self, compressed: Compressed) {
        self.compressed_payload.store(compressed.payload, Relaxed);
        self.compressed_wire.store(compressed.wire, Relaxed);
    }

    /// Bytes that the receiving half holds.
    pub fn set_memory(&self, bytes: usize) {
        self.memory.store(bytes as u64, Relaxed);
    }
}

/// How long each phase of connecting took, in µs; 0: it is not over, was not needed or not reached. `u32::MAX`: so long or longer.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub struct Phases {
    /// The look-up of the host's name.
    pub dns: u32,
    /// The TCP connection, all addresses that were tried together.
    pub tcp: u32,
    /// The TLS handshake.
    pub tls: u32,
    /// The opening handshake.
    pub handshake: u32,
}

/// Takes the times of the phases, and notes in the [`Link`] which one is under way.
#[derive(Debug, Default)]
pub(super) struct Stopwatch(Option<(Phase, Instant)>);

impl Stopwatch {
    /// The connection is in this phase now; `None`: connecting is over.
    pub fn note(&mut self, phase: Option<Phase>, now: Instant, socket: &Socket) {
        if self.0.map(|(phase, _)| phase) == phase {
            return;
        }
        let mut link = lock(&socket.link);
        // The last one stays, for who closes before the open event is taken.
        link.phase = phase.or(link.phase);
        if let Some((over, since)) = self.0.take() {
            let phases = &mut link.phases;
            let time = u32::try_from(micros(now.saturating_duration_since(since))).unwrap_or(u32::MAX);
            match over {
                Phase::Dns => phases.dns = phases.dns.saturating_add(time),
                Phase::Tcp => phases.tcp = phases.tcp.saturating_add(time),
                Phase::Tls => phases.tls = time,
                Phase::Handshake => phases.handshake = time,
                _ => {}
            }
        }
        self.0 = phase.map(|phase| (phase, now));
    }
}

impl Link {
    /// What was sent.
    fn counts(&self) -> Counts {
        self.writer.as_ref().map(|writer| writer.counts()).or(self.ended.as_deref().copied()).unwrap_or_default()
    }
}

impl Socket {
    /// What the connection has done so far. Never blocks.
    ///
    /// # Errors
    ///
    /// [`Error::Forked`](crate::error::Error::Forked).
    pub fn stats(&self) -> Result<Stats> {
        self.check()?;
        let queued = self.queue.memory();
        let link = lock(&self.link);
        let (sent, phases) = (link.counts(), link.phases);
        let unsent = link.writer.as_ref().map_or(0, |writer| writer.memory());
        drop(link);
        let Received { messages, payload, wire, compressed_payload, compressed_wire, memory } = &self.received;
        Ok(Stats {
            sent,
            messages_received: messages.load(Relaxed),
            payload_received: payload.load(Relaxed),
            wire_received: wire.load(Relaxed),
            compressed_received: Compressed { payload: compressed_payload.load(Relaxed), wire: compressed_wire.load(Relaxed) },
            phases,
            memory: memory.load(Relaxed) + (queued + unsent) as u64,
        })
    }
}
