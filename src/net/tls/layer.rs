//! A TLS session on a stream: what its ciphertext needs of the stream below, and who may use it when.
//!
//! One thread reads and any thread writes, as with the stream below; rustls has one state for both, so a writer may have to wait until
//! what was read is decrypted, 64 KiB at a time: some 15 µs.

use super::{
    buffers,
    session::{Ended, Session},
};
use crate::{
    net::stream::{Moved, Stream},
    protocol::failure::TlsError,
};
use std::{
    io,
    net::Shutdown,
    sync::{
        Arc, Mutex, MutexGuard, PoisonError,
        atomic::{AtomicBool, Ordering::Relaxed},
    },
};

/// How much ciphertext is read at a time.
const READ_AT_ONCE: usize = 64 << 10;

/// How far a handshake is.
#[derive(Debug)]
pub enum Handshake {
    /// Plaintext can be sent and read.
    Done,
    /// More has to come, or the kernel has to take more.
    Waits,
    /// More may have come already.
    Again,
    /// It ended without a connection: the stream did, or TLS.
    Failed(TlsError),
    /// The stream below is broken.
    Broken(io::Error),
}

/// A TLS session and the stream that its ciphertext goes through.
#[derive(Debug)]
pub struct Layer {
    below: Arc<Stream>,
    session: Mutex<Session>,
    /// Ciphertext waits for the kernel to take it.
    pending: AtomicBool,
    /// There may be more to read without a notice of the reactor.
    more: AtomicBool,
    /// Our direction of the stream below ends when all has gone out.
    ending: AtomicBool,
}

impl Layer {
    /// A layer on `below`, which is connected.
    #[must_use]
    pub fn new(below: Arc<Stream>, session: Session) -> Self {
        let more = AtomicBool::new(false);
        Layer { below, session: Mutex::new(session), pending: AtomicBool::new(true), more, ending: AtomicBool::new(false) }
    }

    /// The stream below.
    #[must_use]
    pub fn below(&self) -> &Stream {
        &self.below
    }

    fn lock(&self) -> MutexGuard<'_, Session> {
        self.session.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// Goes on with the handshake: reads at most once if there is something to read, writes what there is to write.
    pub fn shake_hands(&self, readable: bool) -> Handshake {
        let mut session = self.lock();
        let moved = if readable { self.receive(&mut session, &mut []) } else { Moved::Blocked };
        let written = self.transmit(&mut session);
        match (moved, written) {
            (Moved::Broken(error), _) => match session.end() {
                Some(Ended::Failed(error)) => Handshake::Failed(error.clone()),
                _ => Handshake::Broken(error),
            },
            (Moved::Cut, _) => Handshake::Failed(TlsError::new("the server ended the TCP connection during the TLS handshake")),
            (Moved::Bytes(_), _) if session.end().is_some() && !session.is_established() => {
                Handshake::Failed(TlsError::new("the server ended TLS during the handshake"))
            }
            // Whatever else has come is there for the first read.
            _ if session.is_established() => Handshake::Done,
            (_, Moved::Broken(error)) => self.hear_out(&mut session, error),
            (Moved::Blocked, _) => Handshake::Waits,
            (Moved::Bytes(_) | Moved::Nothing, _) => Handshake::Again,
        }
    }

    /// Nothing can be sent any more. If the server has said why, that is the reason.
    fn hear_out(&self, session: &mut Session, error: io::Error) -> Handshake {
        while session.end().is_none() && matches!(self.receive(session, &mut []), Moved::Bytes(1..) | Moved::Nothing) {}
        match session.end() {
            Some(Ended::Failed(why)) => Handshake::Failed(why.clone()),
            _ => Handshake::Broken(error),
        }
    }

    /// Reads once from below and decrypts.
    fn receive(&self, session: &mut Session, into: &mut [u8]) -> Moved {
        let kept = session.partial().len();
        let mut buffer = buffers::take();
        if buffer.len() < kept + READ_AT_ONCE {
            buffer.resize(kept + READ_AT_ONCE, 0);
        }
        buffer[..kept].copy_from_slice(session.partial());
        let moved = self.below.read(&mut buffer[kept..kept + READ_AT_ONCE]);
        let moved = match moved {
            Moved::Bytes(0) => Moved::Cut,
            Moved::Bytes(count) => {
                let plain = session.handle_bytes(&mut buffer[..kept + count], into);
                let more = session.has_more() || self.below.may_have_more(count, READ_AT_ONCE);
                self.more.store(more, Relaxed);
                if plain > 0 { Moved::Bytes(plain) } else { ended(session).unwrap_or(Moved::Nothing) }
            }
            other => other,
        };
        buffers::give(buffer);
        moved
    }

    /// Writes ciphertext; `Bytes(0)`: all of it has gone out.
    fn transmit(&self, session: &mut Session) -> Moved {
        let moved = loop {
            let bytes = session.poll_transmit();
            if bytes.is_empty() {
                break Moved::Bytes(0);
            }
            match self.below.write(bytes) {
                Moved::Bytes(count) => session.handle_transmitted(count),
                other => break other,
            }
        };
        let moved = if matches!(moved, Moved::Bytes(_)) { self.below.flush() } else { moved };
        self.pending.store(matches!(moved, Moved::Blocked), Relaxed);
        if !matches!(moved, Moved::Blocked) && self.ending.swap(false, Relaxed) {
            self.below.shutdown(Shutdown::Write);
        }
        moved
    }

    /// Reads plaintext.
    pub fn read(&self, into: &mut [u8]) -> Moved {
        let mut session = self.lock();
        let spilled = session.read_spilled(into);
        if spilled > 0 {
            self.more.store(true, Relaxed);
            return Moved::Bytes(spilled);
        }
        if let Some(moved) = ended(&session) {
            return moved;
        }
        let moved = self.receive(&mut session, into);
        if !session.poll_transmit().is_empty() {
            // An answer of TLS's own, or the alert for what came.
            self.transmit(&mut session);
        }
        moved
    }

    /// Whether the last read may have left something for which there is no notice of the reactor.
    pub fn may_have_more(&self) -> bool {
        self.more.load(Relaxed)
    }

    /// Encrypts and writes. What was encrypted counts as written: some 64 KiB at most wait here.
    pub fn write(&self, bytes: &[u8]) -> Moved {
        let mut session = self.lock();
        match self.transmit(&mut session) {
            Moved::Bytes(_) => {}
            other => return other,
        }
        match session.send(bytes) {
            Ok(count) => match self.transmit(&mut session) {
                Moved::Broken(error) => Moved::Broken(error),
                _ => Moved::Bytes(count),
            },
            Err(error) => Moved::Broken(io::Error::other(error)),
        }
    }

    /// Goes on with what the kernel has not taken; `Bytes(0)`: nothing is left.
    pub fn flush(&self) -> Moved {
        self.transmit(&mut self.lock())
    }

    /// Whether some waits for that.
    pub fn has_pending(&self) -> bool {
        self.pending.load(Relaxed)
    }

    /// Says that nothing more will be sent, and ends our direction of the stream below when that has gone out.
    pub fn end(&self) {
        let mut session = self.lock();
        session.close();
        self.ending.store(true, Relaxed);
        self.transmit(&mut session);
    }

    /// What was agreed on, in words.
    pub fn agreed(&self) -> String {
        self.lock().agreed()
    }

    /// Bytes of memory held for what is under way.
    pub fn memory(&self) -> usize {
        self.lock().memory()
    }
}

impl Drop for Layer {
    /// Whoever lets go of a connection says so, if the kernel takes it.
    fn drop(&mut self) {
        let mut session = self.lock();
        session.close();
        self.transmit(&mut session);
    }
}

/// The end of the server's direction, if it is there.
fn ended(session: &Session) -> Option<Moved> {
    Some(match session.end()? {
        Ended::Closed => Moved::Bytes(0),
        Ended::Failed(error) => Moved::Broken(io::Error::other(error.clone())),
    })
}
