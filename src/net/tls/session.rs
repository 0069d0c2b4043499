//! One TLS connection without I/O: ciphertext in and plaintext out, plaintext in and ciphertext out.
//!
//! It owns memory only for what is under way: a record that has not come whole, plaintext that nobody has read, ciphertext that has
//! not gone out.

use super::{buffers, words};
use crate::protocol::failure::TlsError;
use rustls::{
    ClientConfig, HandshakeKind, ProtocolVersion,
    client::UnbufferedClientConnection,
    pki_types::ServerName,
    unbuffered::{ConnectionState, EncodeError, EncryptError, InsufficientSizeError, UnbufferedStatus},
};
use std::sync::Arc;

/// How much plaintext is encrypted before it is written: four records.
pub const SENT_AT_ONCE: usize = 64 << 10;
/// What encryption adds to that, at most, with room for a few messages of TLS's own.
const OVERHEAD: usize = 4 << 10;

/// Types of records (RFC 8446 section 5.1) that may go before an alert; those that are encrypted do not show their types.
const CHANGE_CIPHER_SPEC: u8 = 20;
const HANDSHAKE: u8 = 22;

/// How the server's direction has ended.
#[derive(Debug, Clone)]
pub enum Ended {
    /// The server said so (`close_notify`).
    Closed,
    /// Something came that ends the connection.
    Failed(TlsError),
}

/// Ciphertext on its way out: a buffer while there is some.
#[derive(Default)]
struct Out {
    buffer: Vec<u8>,
    start: usize,
    end: usize,
}

impl Out {
    /// Where at least `room` more bytes can be written.
    fn room(&mut self, room: usize) -> &mut [u8] {
        if self.buffer.is_empty() {
            self.buffer = buffers::take();
        }
        if self.buffer.len() - self.end < room {
            self.buffer.resize(self.end + room, 0);
        }
        &mut self.buffer[self.end..]
    }

    fn consume(&mut self, count: usize) {
        self.start += count;
        if self.start == self.end {
            (self.start, self.end) = (0, 0);
            let buffer = std::mem::take(&mut self.buffer);
            if !buffer.is_empty() {
                buffers::give(buffer);
            }
        }
    }

    /// Appends what `write` writes, which says how much room it needs if it has too little.
    fn append<E>(
        &mut self,
        least: usize,
        mut write: impl FnMut(&mut [u8]) -> Result<usize, E>,
        needs: impl Fn(&E) -> Option<usize>,
    ) -> Result<(), E> {
        let mut room = least;
        loop {
            match write(self.room(room)) {
                Ok(count) => {
                    self.end += count;
                    return Ok(());
                }
                Err(error) => match needs(&error) {
                    Some(more) if more > room => room = more,
                    _ => return Err(error),
                },
            }
        }
    }
}

/// A TLS connection.
pub struct Session {
    connection: Box<UnbufferedClientConnection>,
    /// What has come of a record or message that is not whole.
    partial: Vec<u8>,
    /// Plaintext for which the reader had no room, and how much of it was read since.
    spilled: Vec<u8>,
    spilled_read: usize,
    out: Out,
    end: Option<Ended>,
    established: bool,
    close_sent: bool,
}

impl std::fmt::Debug for Session {
    fn fmt(&self, formatter: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        formatter.debug_struct("Session").field("established", &self.established).field("end", &self.end).finish_non_exhaustive()
    }
}

impl Session {
    /// A connection to the server of that name. Its first bytes are in [`Session::poll_transmit`].
    ///
    /// # Errors
    ///
    /// What the configuration cannot do, in words.
    pub fn new(config: Arc<ClientConfig>, name: ServerName<'static>) -> Result<Self, TlsError> {
        let connection = UnbufferedClientConnection::new(config, name).map_err(|error| words::error(&error))?;
        let mut session = Session {
            connection: Box::new(connection),
            partial: Vec::new(),
            spilled: Vec::new(),
            spilled_read: 0,
            out: Out::default(),
            end: None,
            established: false,
            close_sent: false,
        };
        session.handle_bytes(&mut [], &mut []);
        Ok(session)
    }

    // ---- getters ----

    /// Whether the handshake is done: plaintext can be sent.
    #[must_use]
    pub fn is_established(&self) -> bool {
        self.established
    }

    /// How the server's direction has ended, once all plaintext before that was read.
    #[must_use]
    pub fn end(&self) -> Option<&Ended> {
        self.end.as_ref().filter(|_| self.spilled.is_empty())
    }

    /// Whether plaintext or the end can be read without more ciphertext.
    #[must_use]
    pub fn has_more(&self) -> bool {
        !self.spilled.is_empty() || self.end.is_some()
    }

    /// Bytes of memory held for what is under way, beside rustls's own.
    #[must_use]
    pub fn memory(&self) -> usize {
        self.partial.capacity() + self.spilled.capacity() + self.out.buffer.len()
    }

    /// What was agreed on, in words: version, cipher suite, whether a session was resumed.
    #[must_use]
    pub fn agreed(&self) -> String {
        let version = match self.connection.protocol_version() {
            Some(ProtocolVersion::TLSv1_3) => "TLS 1.3",
            Some(ProtocolVersion::TLSv1_2) => "TLS 1.2",
            _ => "TLS",
        };
        let suite = self.connection.negotiated_cipher_suite().and_then(|suite| suite.suite().as_str());
        // rustls puts the version into the names of TLS 1.3's; they are told as they are registered (RFC 8446 appendix B.4).
        let suite = suite.unwrap_or("no cipher suite").replace("TLS13_", "TLS_");
        let resumed = matches!(self.connection.handshake_kind(), Some(HandshakeKind::Resumed));
        format!("{version} with {suite}{}", if resumed { ", resumed" } else { "" })
    }

    // ---- receiving ----

    /// What must stand before the ciphertext that comes next: the beginning of a record.
    #[must_use]
    pub fn partial(&self) -> &[u8] {
        &self.partial
    }

    /// Takes plaintext that had no room when it came.
    pub fn read_spilled(&mut self, into: &mut [u8]) -> usize {
        let rest = &self.spilled[self.spilled_read..];
        let count = rest.len().min(into.len());
        into[..count].copy_from_slice(&rest[..count]);
        self.spilled_read += count;
        if self.spilled_read == self.spilled.len() {
            (self.spilled, self.spilled_read) = (Vec::new(), 0);
        }
        count
    }

    /// Ciphertext has come: `bytes`, which begin with [`Session::partial`] and are decrypted in place. Returns how much plaintext was
    /// written to `into`; what had no room there is kept for [`Session::read_spilled`].
    pub fn handle_bytes(&mut self, bytes: &mut [u8], into: &mut [u8]) -> usize {
        let (mut taken, mut count) = (0, 0);
        while self.end.is_none() {
            let UnbufferedStatus { discard, state } = self.connection.process_tls_records(&mut bytes[taken..]);
            match state {
                Ok(ConnectionState::ReadTraffic(mut traffic)) => {
                    while let Some(Ok(record)) = traffic.next_record() {
                        let room = if self.spilled.is_empty() { into.len() - count } else { 0 };
                        let (fits, rest) = record.payload.split_at(room.min(record.payload.len()));
                        into[count..count + fits.len()].copy_from_slice(fits);
                        count += fits.len();
                        self.spilled.extend_from_slice(rest);
                    }
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    // What is encoded is small and there is room for all of it in the end.
                    let _ = self.out.append(OVERHEAD, |room| data.encode(room), encode_needs);
                }
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(ConnectionState::PeerClosed | ConnectionState::Closed) => self.end = Some(Ended::Closed),
                Ok(ConnectionState::WriteTraffic(_)) => {
                    self.established = true;
                    taken += discard;
                    break;
                }
                // `BlockedHandshake`: more is needed. There is no early data on this side.
                Ok(_) => {
                    taken += discard;
                    break;
                }
                Err(error) => {
                    self.end = Some(Ended::Failed(words::error(&error)));
                    taken += discard;
                    self.poll_alert(&mut bytes[taken..]);
                    break;
                }
            }
            taken += discard;
        }
        self.partial.clear();
        if self.end.is_none() && taken < bytes.len() {
            self.partial.extend_from_slice(&bytes[taken..]);
        } else {
            self.partial = Vec::new();
        }
        count
    }

    /// After an error: the alert that tells the server. rustls must not be asked for more than that: it would look at the same bytes
    /// once more, and it panics if it has to send a second alert.
    fn poll_alert(&mut self, mut bytes: &mut [u8]) {
        while let UnbufferedStatus { discard, state: Ok(ConnectionState::EncodeTlsData(mut data)) } =
            self.connection.process_tls_records(bytes)
        {
            let start = self.out.end;
            let _ = self.out.append(OVERHEAD, |room| data.encode(room), encode_needs);
            let kind = self.out.buffer.get(start).copied();
            if !matches!(kind, Some(CHANGE_CIPHER_SPEC | HANDSHAKE)) {
                return;
            }
            bytes = &mut bytes[discard..];
        }
    }

    // ---- sending ----

    /// Encrypts the first bytes of `plaintext`, up to [`SENT_AT_ONCE`]; returns how many.
    ///
    /// # Errors
    ///
    /// The session takes no plaintext (any more).
    pub fn send(&mut self, plaintext: &[u8]) -> Result<usize, TlsError> {
        let part = &plaintext[..plaintext.len().min(SENT_AT_ONCE)];
        self.with_traffic(|traffic, out| {
            let least = part.len() + OVERHEAD;
            out.append(least, |room| traffic.encrypt(part, room), encrypt_needs)
        })?;
        Ok(part.len())
    }

    /// Says that nothing more will be sent (`close_notify`), once.
    pub fn close(&mut self) {
        if self.established && !std::mem::replace(&mut self.close_sent, true) {
            // A session that has failed has sent an alert already.
            let _ = self.with_traffic(|traffic, out| out.append(OVERHEAD, |room| traffic.queue_close_notify(room), encrypt_needs));
        }
    }

    /// Has the connection ready to send, and writes to its ciphertext.
    fn with_traffic(&mut self, write: impl FnOnce(&mut Traffic<'_>, &mut Out) -> Result<(), EncryptError>) -> Result<(), TlsError> {
        if let Some(Ended::Failed(error)) = &self.end {
            return Err(error.clone());
        }
        loop {
            let UnbufferedStatus { discard, state } = self.connection.process_tls_records(&mut self.partial);
            match state {
                Ok(ConnectionState::WriteTraffic(mut traffic)) => {
                    return write(&mut traffic, &mut self.out).map_err(|error| TlsError::new(error.to_string()));
                }
                Ok(ConnectionState::EncodeTlsData(mut data)) => {
                    let _ = self.out.append(OVERHEAD, |room| data.encode(room), encode_needs);
                }
                Ok(ConnectionState::TransmitTlsData(data)) => data.done(),
                Ok(_) => return Err(TlsError::new("the TLS session takes nothing to send any more")),
                Err(error) => return Err(words::error(&error)),
            }
            self.partial.drain(..discard);
        }
    }

    /// The ciphertext to transmit next; empty if there is none. [`Session::handle_transmitted`] must follow.
    #[must_use]
    pub fn poll_transmit(&self) -> &[u8] {
        &self.out.buffer[self.out.start..self.out.end]
    }

    /// `count` bytes of it have gone out.
    pub fn handle_transmitted(&mut self, count: usize) {
        self.out.consume(count);
    }
}

type Traffic<'c> = rustls::unbuffered::WriteTraffic<'c, rustls::client::ClientConnectionData>;

fn encode_needs(error: &EncodeError) -> Option<usize> {
    match error {
        EncodeError::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
        EncodeError::AlreadyEncoded => None,
    }
}

fn encrypt_needs(error: &EncryptError) -> Option<usize> {
    match error {
        EncryptError::InsufficientSize(InsufficientSizeError { required_size }) => Some(*required_size),
        EncryptError::EncryptExhausted => None,
    }
}

#[cfg(test)]
mod tests;
