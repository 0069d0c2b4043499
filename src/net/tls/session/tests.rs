//! A session against rustls's server, in memory.

use super::*;
use rcgen::{CertificateParams, Issuer, KeyPair};
use rustls::{
    RootCertStore, ServerConfig, ServerConnection,
    crypto::ring,
    pki_types::{CertificateDer, PrivatePkcs8KeyDer},
    version::{TLS12, TLS13},
};
use std::io::{Read, Write};

/// A client configuration that trusts what the server's shows.
fn configs(version: &'static rustls::SupportedProtocolVersion, names: &[&str]) -> (Arc<ClientConfig>, Arc<ServerConfig>) {
    let authority_key = KeyPair::generate().unwrap();
    let mut authority = CertificateParams::new(vec![]).unwrap();
    authority.is_ca = rcgen::IsCa::Ca(rcgen::BasicConstraints::Unconstrained);
    let root = authority.self_signed(&authority_key).unwrap();
    let key = KeyPair::generate().unwrap();
    let names: Vec<String> = names.iter().map(|name| (*name).into()).collect();
    let certificate = CertificateParams::new(names).unwrap().signed_by(&key, &Issuer::new(authority, authority_key)).unwrap();
    let mut roots = RootCertStore::empty();
    roots.add(CertificateDer::from(root)).unwrap();
    let provider = Arc::new(ring::default_provider());
    let client = ClientConfig::builder_with_provider(provider.clone()).with_protocol_versions(&[version]).unwrap();
    let server = ServerConfig::builder_with_provider(provider).with_protocol_versions(&[version]).unwrap();
    let key = PrivatePkcs8KeyDer::from(key.serialize_der());
    let server = server.with_no_client_auth().with_single_cert(vec![CertificateDer::from(certificate)], key.into()).unwrap();
    (Arc::new(client.with_root_certificates(roots).with_no_client_auth()), Arc::new(server))
}

/// Both ends, and how much ciphertext the client gets at a time.
struct Pair {
    client: Session,
    server: ServerConnection,
    chunk: usize,
    received: Vec<u8>,
    read: Vec<u8>,
}

impl Pair {
    fn new(version: &'static rustls::SupportedProtocolVersion, chunk: usize) -> Self {
        let (client, server) = configs(version, &["localhost"]);
        Self::of(client, server, chunk)
    }

    fn of(client: Arc<ClientConfig>, server: Arc<ServerConfig>, chunk: usize) -> Self {
        let client = Session::new(client, ServerName::try_from("localhost").unwrap()).unwrap();
        let mut server = ServerConnection::new(server).unwrap();
        server.set_buffer_limit(None);
        Pair { client, server, chunk, received: Vec::new(), read: Vec::new() }
    }

    fn open(version: &'static rustls::SupportedProtocolVersion, chunk: usize) -> Self {
        let mut pair = Self::new(version, chunk);
        pair.exchange();
        assert!(pair.client.is_established(), "{:?}", pair.client.end);
        assert!(!pair.server.is_handshaking());
        pair
    }

    /// What the client sends goes to the server.
    fn up(&mut self) {
        while !self.client.poll_transmit().is_empty() {
            let mut bytes = self.client.poll_transmit();
            let count = self.server.read_tls(&mut bytes).unwrap();
            self.client.handle_transmitted(count);
            if self.server.process_new_packets().is_err() {
                return;
            }
            // `WouldBlock` at the end.
            let _ = self.server.reader().read_to_end(&mut self.read);
        }
    }

    /// What the server sends goes to the client.
    fn down(&mut self) {
        let mut bytes = Vec::new();
        while self.server.wants_write() {
            self.server.write_tls(&mut bytes).unwrap();
        }
        self.bytes(&bytes);
    }

    /// These bytes go to the client.
    fn bytes(&mut self, bytes: &[u8]) {
        let mut into = vec![0; 1 << 20];
        for part in bytes.chunks(self.chunk) {
            let mut buffer = [self.client.partial(), part].concat();
            let count = self.client.handle_bytes(&mut buffer, &mut into);
            self.received.extend_from_slice(&into[..count]);
        }
    }

    fn exchange(&mut self) {
        while !self.client.poll_transmit().is_empty() || self.server.wants_write() {
            self.up();
            self.down();
        }
    }

    fn server_has_read(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.read)
    }
}

const VERSIONS: [&rustls::SupportedProtocolVersion; 2] = [&TLS12, &TLS13];

#[test]
fn bytes_go_both_ways_whatever_the_sizes_and_the_chunks() {
    for version in VERSIONS {
        for chunk in [1, 7, 1000, 16_384, usize::MAX] {
            let mut pair = Pair::open(version, chunk);
            for size in [1, 2, 125, 16_383, 16_384, 16_385, 65_536, 70_000] {
                if chunk == 1 && size > 20_000 {
                    continue;
                }
                let bytes: Vec<u8> = (0..size).map(|i: usize| u8::try_from(i % 251).unwrap()).collect();
                let mut rest = &bytes[..];
                let mut read = Vec::new();
                while !rest.is_empty() {
                    rest = &rest[pair.client.send(rest).unwrap()..];
                    pair.up();
                    read.extend(pair.server_has_read());
                }
                assert!(read == bytes, "{size} bytes up in chunks of {chunk}");
                pair.server.writer().write_all(&bytes).unwrap();
                pair.exchange();
                assert!(pair.received == bytes, "{size} bytes down in chunks of {chunk}");
                pair.received.clear();
            }
            assert_eq!(pair.client.memory(), 0, "an idle session owns no buffer");
        }
    }
}

#[test]
fn no_more_is_sent_at_once_than_a_few_records() {
    let mut pair = Pair::open(&TLS13, usize::MAX);
    assert_eq!(pair.client.send(&vec![0; 1 << 20]).unwrap(), SENT_AT_ONCE);
    assert!(pair.client.poll_transmit().len() > SENT_AT_ONCE);
    assert!(pair.client.memory() <= buffers::SIZE);
}

#[test]
fn plaintext_without_room_is_kept_and_nothing_overtakes_it() {
    let mut pair = Pair::open(&TLS13, usize::MAX);
    let bytes: Vec<u8> = (0..50_000).map(|i: usize| u8::try_from(i % 251).unwrap()).collect();
    pair.server.writer().write_all(&bytes).unwrap();
    pair.server.send_close_notify();
    let mut ciphertext = Vec::new();
    while pair.server.wants_write() {
        pair.server.write_tls(&mut ciphertext).unwrap();
    }
    let mut into = vec![0; 20_000];
    let count = pair.client.handle_bytes(&mut ciphertext, &mut into);
    assert_eq!(count, 20_000);
    let mut all = into.clone();
    assert!(pair.client.end().is_none() && pair.client.has_more(), "the end comes behind what was sent before it");
    loop {
        let count = pair.client.read_spilled(&mut into[..777]);
        all.extend_from_slice(&into[..count]);
        if count == 0 {
            break;
        }
    }
    assert!(all == bytes);
    assert!(matches!(pair.client.end(), Some(Ended::Closed)));
    assert_eq!(pair.client.memory(), 0);
}

#[test]
fn keys_are_renewed_when_the_server_wants_it() {
    let mut pair = Pair::open(&TLS13, 5);
    for round in 0..5 {
        pair.server.refresh_traffic_keys().unwrap();
        pair.server.writer().write_all(b"behind").unwrap();
        pair.exchange();
        assert_eq!(std::mem::take(&mut pair.received), b"behind", "{round}");
        pair.client.send(b"answer").unwrap();
        pair.up();
        assert_eq!(pair.server_has_read(), b"answer", "{round}");
    }
}

#[test]
fn the_end_is_said_once_on_each_side() {
    for version in VERSIONS {
        let mut pair = Pair::open(version, usize::MAX);
        pair.client.send(b"last").unwrap();
        pair.client.close();
        pair.client.close();
        pair.up();
        assert_eq!(pair.server_has_read(), b"last");
        assert!(pair.server.process_new_packets().unwrap().peer_has_closed());
        assert!(pair.client.end().is_none(), "the server has not said so yet");
        pair.server.writer().write_all(b"its last").unwrap();
        pair.server.send_close_notify();
        pair.down();
        assert_eq!(pair.received, b"its last");
        assert!(matches!(pair.client.end(), Some(Ended::Closed)));
        assert!(pair.client.send(b"more").is_err());
        assert!(pair.client.poll_transmit().is_empty(), "nothing is sent behind the end");
    }
}

#[test]
fn a_byte_changed_on_the_way_ends_it_and_the_server_is_told() {
    for version in VERSIONS {
        let mut pair = Pair::open(version, usize::MAX);
        pair.server.writer().write_all(b"first").unwrap();
        pair.down();
        pair.server.writer().write_all(b"second").unwrap();
        let mut ciphertext = Vec::new();
        pair.server.write_tls(&mut ciphertext).unwrap();
        *ciphertext.last_mut().unwrap() ^= 1;
        pair.bytes(&ciphertext);
        assert_eq!(pair.received, b"first");
        let Some(Ended::Failed(error)) = pair.client.end() else { panic!("{:?}", pair.client) };
        assert_eq!(error.text, "what came cannot be decrypted: it was changed on the way");
        assert!(!pair.client.poll_transmit().is_empty(), "an alert");
        assert!(pair.client.send(b"more").is_err());
        pair.bytes(b"whatever comes is not looked at");
        assert_eq!(pair.client.partial(), b"");
    }
}

#[test]
fn what_is_not_tls_is_said_to_be_that() {
    let mut pair = Pair::new(&TLS13, usize::MAX);
    pair.bytes(b"HTTP/1.1 400 Bad Request\r\n\r\n");
    let Some(Ended::Failed(error)) = pair.client.end() else { panic!("{:?}", pair.client) };
    assert!(error.text.contains("perhaps it speaks ws:// on this port"), "{}", error.text);
}

#[test]
fn a_server_without_the_right_name_is_refused_with_an_alert() {
    let (client, server) = configs(&TLS13, &["a.example", "b.example"]);
    let mut pair = Pair::of(client, server, usize::MAX);
    pair.exchange();
    let Some(Ended::Failed(error)) = pair.client.end() else { panic!("{:?}", pair.client) };
    assert_eq!(error.text, "the server's certificate is for a.example, b.example and not for localhost");
    assert_eq!(error.alert, Some(42));
    assert!(!pair.client.is_established());
    pair.client.close();
}
