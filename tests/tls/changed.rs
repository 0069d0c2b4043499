//! Sessions in memory whose bytes were changed on the way, records that are none, certificates with any byte changed: each ends in words,
//! none in a panic, and none is taken for what it is not.

use super::support::certificates::{Authority, NAMES};
use rustls::{
    ServerConfig, ServerConnection, SupportedProtocolVersion,
    crypto::ring,
    pki_types::{CertificateDer, PrivateKeyDer, ServerName},
    sign::{CertifiedKey, SingleCertAndKey},
    version::{TLS12, TLS13},
};
use std::{
    io::{Read, Write},
    sync::Arc,
};
use ws::net::tls::{
    config::Configs,
    options::TlsOptions,
    session::{Ended, Session},
};

/// A server that shows these certificates, whatever key it has.
pub fn server_of(chain: Vec<CertificateDer<'static>>, key: &PrivateKeyDer<'static>) -> ServerConfig {
    server_with(chain, key, rustls::ALL_VERSIONS)
}

fn server_with(
    chain: Vec<CertificateDer<'static>>,
    key: &PrivateKeyDer<'static>,
    versions: &[&'static SupportedProtocolVersion],
) -> ServerConfig {
    let provider = Arc::new(ring::default_provider());
    let key = provider.key_provider.load_private_key(key.clone_key()).unwrap();
    let shown = SingleCertAndKey::from(CertifiedKey::new(chain, key));
    let builder = ServerConfig::builder_with_provider(provider).with_protocol_versions(versions).unwrap();
    builder.with_no_client_auth().with_cert_resolver(Arc::new(shown))
}

/// A client that trusts the tests' authority, for 127.0.0.1.
fn client() -> Session {
    static CONFIGS: Configs = Configs::new();
    let authorities = vec![Authority::of_tests().certificate.clone()];
    let options = TlsOptions { authorities, system: false, resumption: false, ..TlsOptions::default() };
    let config = CONFIGS.get(&options, || ()).expect("nothing has to be read").unwrap();
    Session::new(config, ServerName::try_from("127.0.0.1").unwrap()).unwrap()
}

/// What is done to a flight of the server.
type Change<'c> = Box<dyn FnMut(&mut Vec<u8>) + 'c>;

/// A client and a server, and what is done to what the server sends.
struct Line<'c> {
    client: Session,
    server: ServerConnection,
    change: Change<'c>,
    received: Vec<u8>,
}

impl<'c> Line<'c> {
    fn new(config: &Arc<ServerConfig>, change: impl FnMut(&mut Vec<u8>) + 'c) -> Self {
        let server = ServerConnection::new(config.clone()).unwrap();
        Line { client: client(), server, change: Box::new(change), received: Vec::new() }
    }

    /// These bytes come to the client.
    fn down(&mut self, bytes: &[u8]) {
        let mut into = vec![0; bytes.len() + 64];
        let mut buffer = [self.client.partial(), bytes].concat();
        let count = self.client.handle_bytes(&mut buffer, &mut into);
        self.received.extend_from_slice(&into[..count]);
        assert!(self.client.partial().len() <= 1 << 17, "{} bytes wait for more", self.client.partial().len());
    }

    /// Moves bytes both ways until neither side has more to say, or the server refuses what it gets.
    fn exchange(&mut self) {
        while !self.client.poll_transmit().is_empty() || self.server.wants_write() {
            while !self.client.poll_transmit().is_empty() {
                let mut bytes = self.client.poll_transmit();
                let Ok(count) = self.server.read_tls(&mut bytes) else { return };
                self.client.handle_transmitted(count);
                if self.server.process_new_packets().is_err() {
                    return;
                }
                // `WouldBlock` at the end.
                let _ = self.server.reader().read_to_end(&mut Vec::new());
            }
            let mut bytes = Vec::new();
            while self.server.wants_write() {
                self.server.write_tls(&mut bytes).unwrap();
            }
            (self.change)(&mut bytes);
            self.down(&bytes);
        }
    }

    /// A whole session: the handshake, a message, the end.
    fn run(&mut self) {
        self.exchange();
        // A server that has refused what came sends nothing.
        if !self.server.is_handshaking() && self.server.writer().write_all(b"a message").is_ok() {
            self.exchange();
            self.server.send_close_notify();
            self.exchange();
        }
        // Whatever has happened, both may be asked for more.
        let _ = self.client.send(b"an answer");
        self.client.close();
        let _ = self.client.send(b"too late");
    }
}

fn config(version: &'static SupportedProtocolVersion) -> Arc<ServerConfig> {
    Arc::new(Authority::of_tests().sign(&NAMES, |_| ()).server_of(&[version]))
}

/// Bytes that the server sends in a whole session.
fn size(config: &Arc<ServerConfig>) -> usize {
    let mut size = 0;
    let mut line = Line::new(config, |bytes| size += bytes.len());
    line.run();
    assert_eq!(line.received, b"a message");
    assert!(matches!(line.client.end(), Some(Ended::Closed)));
    drop(line);
    size
}

#[test]
fn a_byte_changed_anywhere_ends_the_session_or_changes_nothing() {
    for version in [&TLS12, &TLS13] {
        let config = config(version);
        // Signatures differ in length by some bytes.
        let size = size(&config) + 8;
        let mut failed = 0;
        for place in 0..size {
            for mask in [1, 0x80, 0xff] {
                let mut seen = 0;
                let mut line = Line::new(&config, |bytes: &mut Vec<u8>| {
                    if let Some(byte) = place.checked_sub(seen).and_then(|place| bytes.get_mut(place)) {
                        *byte ^= mask;
                    }
                    seen += bytes.len();
                });
                line.run();
                let end = line.client.end();
                if let Some(Ended::Failed(error)) = end {
                    assert!(!error.text.is_empty() && !error.text.contains('\0'), "{error:?}");
                    failed += 1;
                }
                assert!(b"a message".starts_with(&line.received[..]), "byte {place} ^ {mask}: {:?}", line.received.escape_ascii());
                if matches!(end, Some(Ended::Closed)) {
                    assert_eq!(line.received, b"a message", "byte {place} ^ {mask}: an end that the server has not said");
                }
            }
        }
        // The rest waits for what a record's length promises, or changes a version that nobody looks at.
        assert!(failed > 2 * size, "{failed} of {}", 3 * size);
    }
}

#[test]
fn an_end_after_any_byte_is_no_end_of_tls() {
    for version in [&TLS12, &TLS13] {
        let config = config(version);
        let size = size(&config);
        for place in 0..size - 8 {
            let mut left = place;
            let mut line = Line::new(&config, |bytes: &mut Vec<u8>| {
                bytes.truncate(left);
                left -= bytes.len();
            });
            line.run();
            assert!(line.client.end().is_none(), "{place}: {:?}", line.client.end());
            assert!(line.received.is_empty() || line.received == b"a message");
        }
    }
}

/// Numbers that look random and are the same in each run.
fn numbers(mut state: u64) -> impl FnMut() -> usize {
    move || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        usize::try_from(state & 0xffff_ffff).unwrap()
    }
}

/// A record's type, version and length, and as many bytes as there are.
fn record(kind: u8, minor: u8, length: u16, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, minor][..], &length.to_be_bytes(), body].concat()
}

/// Gives `bytes` to a client before, in the middle of and after its handshake, in pieces of this size.
fn give(bytes: &[u8], piece: usize) {
    for version in [&TLS12, &TLS13] {
        let config = config(version);
        for moment in 0..3 {
            let mut kept = Vec::new();
            let mut flights = 0;
            let mut line = Line::new(&config, |sent: &mut Vec<u8>| {
                flights += 1;
                if moment == 0 || (moment == 1 && flights == 1) {
                    // Of the first flight the ServerHello at most.
                    let rest = if moment == 0 { 0 } else { 5 + usize::from(u16::from_be_bytes([sent[3], sent[4]])) };
                    kept.extend(sent.drain(rest.min(sent.len())..));
                } else if moment == 1 {
                    sent.clear();
                }
            });
            line.exchange();
            assert_eq!(line.client.is_established(), moment == 2, "moment {moment}");
            for piece in bytes.chunks(piece) {
                line.down(piece);
            }
            if let Some(Ended::Failed(error)) = line.client.end() {
                assert!(!error.text.is_empty());
            }
            assert_eq!(line.received, b"");
            let _ = line.client.send(b"an answer");
            line.client.close();
        }
    }
}

#[test]
fn records_of_any_type_version_and_length_are_refused_or_waited_for() {
    let mut number = numbers(0x1234_5678_9abc_def0);
    for kind in [0, 19, 20, 21, 22, 23, 24, 25, 128, 255] {
        for length in [0, 1, 2, 5, 255, 1 << 14, (1 << 14) + 1, (1 << 14) + 256, (1 << 14) + 257, u16::MAX] {
            let body: Vec<u8> = (0..length).map(|_| number().to_le_bytes()[0]).collect();
            let minor = u8::try_from(number() % 5).unwrap();
            give(&record(kind, minor, length, &body), 1 << 15);
            // The same, shorter than it says.
            give(&record(kind, 3, length, &body[..body.len() / 2]), 1 << 15);
        }
    }
}

#[test]
fn handshake_messages_of_any_type_and_length_are_refused_or_waited_for() {
    let mut number = numbers(0xfeed_beef_cafe_0001);
    for kind in (0..=26).chain([67, 254, 255]) {
        for length in [0_u32, 1, 35, 1000, 0xffff, 0x1_0000, 0xff_ffff] {
            let body: Vec<u8> = (0..length.min(3000)).map(|_| number().to_le_bytes()[0]).collect();
            let message = [&[kind], &length.to_be_bytes()[1..], &body[..]].concat();
            give(&record(22, 3, u16::try_from(message.len()).unwrap(), &message), 1 << 15);
        }
    }
}

#[test]
fn random_bytes_are_refused() {
    let mut number = numbers(0x0bad_5eed_0bad_5eed);
    for round in 0..200 {
        let bytes: Vec<u8> = (0..number() % 2000).map(|_| number().to_le_bytes()[0]).collect();
        give(&bytes, [1, 7, 1 << 15][round % 3]);
    }
}

#[test]
fn a_certificate_with_any_byte_changed_is_refused() {
    let signed = Authority::of_tests().sign(&NAMES, |_| ());
    for (index, version) in [&TLS12, &TLS13].into_iter().enumerate() {
        for place in 0..signed.chain[0].len() {
            for mask in [1, 0x80, 0xff] {
                let mut changed = signed.chain[0].to_vec();
                changed[place] ^= mask;
                refuses(changed, &signed.key, version, &format!("byte {place} ^ {mask} in {index}"));
            }
        }
    }
}

#[test]
fn a_certificate_that_is_cut_or_longer_or_none_at_all_is_refused() {
    let signed = Authority::of_tests().sign(&NAMES, |_| ());
    let whole = signed.chain[0].to_vec();
    let mut number = numbers(0x0123_4567_89ab_cdef);
    let cut = (1..whole.len()).map(|len| whole[..len].to_vec());
    let longer = [0, 0x30, 0xff].map(|byte| [&whole[..], &[byte]].concat());
    // Depths and lengths that a parser may trust.
    let nested = [10, 1000, 20_000].map(|depth| [0x30, 0x80].repeat(depth));
    let huge = [&[0x30, 0x84, 0xff, 0xff, 0xff, 0xff][..], &whole[4..]].concat();
    let random: Vec<Vec<u8>> = (1..100).map(|len| (0..len).map(|_| number().to_le_bytes()[0]).collect()).collect();
    for der in cut.chain(longer).chain(nested).chain([huge]).chain(random) {
        let name = format!("{} bytes", der.len());
        refuses(der, &signed.key, &TLS13, &name);
    }
}

/// A server that shows this certificate is refused, with an alert.
fn refuses(der: Vec<u8>, key: &PrivateKeyDer<'static>, version: &'static SupportedProtocolVersion, name: &str) {
    let config = Arc::new(server_with(vec![der.into()], key, &[version]));
    let mut line = Line::new(&config, |_| ());
    line.run();
    assert!(!line.client.is_established(), "{name}");
    let Some(Ended::Failed(error)) = line.client.end() else { panic!("{name}: {:?}", line.client.end()) };
    assert!(!error.text.is_empty(), "{name}");
    assert!(line.server.is_handshaking(), "{name}: the server thinks that it is trusted");
}
