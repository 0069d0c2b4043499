//! Servers that speak no TLS that is spoken here, or no TLS at all, byte by byte on TCP.

use super::support::{
    client::{Client, ERROR, LOST, in_every_mode},
    server::{Peer, Server},
};
use std::{io::Read, net::TcpStream};
use ws::protocol::failure::Phase;

/// Reads the first record of the client: the `ClientHello`.
fn read_hello(mut tcp: &TcpStream) {
    let mut head = [0; 5];
    tcp.read_exact(&mut head).unwrap();
    assert_eq!(head[..3], [22, 3, 1], "a handshake record");
    let mut hello = vec![0; usize::from(u16::from_be_bytes([head[3], head[4]]))];
    tcp.read_exact(&mut hello).unwrap();
    assert_eq!(hello[0], 1, "the ClientHello");
}

/// The server reads the `ClientHello` and answers this; in every mode the connection is refused with these words.
fn refused(answer: &[u8], alert: Option<u8>, words: &str) {
    refused_after(answer, |_| (), alert, words);
}

/// The same with what the server does then.
fn refused_after(answer: &[u8], then: fn(&mut Peer), alert: Option<u8>, words: &str) {
    in_every_mode(|mode| {
        let answer = answer.to_vec();
        let server = Server::new(move |peer: &mut Peer| {
            read_hello(peer.tcp());
            peer.send(&answer);
            then(peer);
            peer.drain();
        });
        let url = server.url().replace("ws:", "wss:");
        let mut client = Client::connect_to(mode, &url, ws::client::options::Options::default());
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.tls_alert), (Phase::Tls, alert), "{}", failure.text);
        assert_eq!(failure.text, format!("the TLS handshake with {} failed: {words}\0", server.address()));
    });
}

/// A record of this type.
fn record(kind: u8, version: u8, body: &[u8]) -> Vec<u8> {
    [&[kind, 3, version], &u16::try_from(body.len()).unwrap().to_be_bytes()[..], body].concat()
}

/// A `ServerHello` of TLS 1.`minor` minus one, without extensions, with `TLS_ECDHE_ECDSA_WITH_AES_128_CBC_SHA`.
fn server_hello(version: u8) -> Vec<u8> {
    let body = [&[3, version][..], &[7; 32], &[0, 0xc0, 0x09, 0]].concat();
    record(22, version, &[&[2, 0, 0, u8::try_from(body.len()).unwrap()], &body[..]].concat())
}

const OLD: &str = "the server speaks neither TLS 1.2 nor TLS 1.3: what is older is not safe and is not spoken here";

#[test]
fn a_server_that_answers_with_tls_1_1_or_older_is_refused() {
    for version in [2, 1, 0] {
        refused(&server_hello(version), None, OLD);
    }
}

#[test]
fn a_server_that_says_by_alert_that_it_speaks_other_versions_is_refused_with_it() {
    let words = "the server ended TLS with alert 70 (ProtocolVersion): it does not speak the TLS versions that are wanted here";
    for version in [1, 2, 3] {
        refused(&record(21, version, &[2, 70]), Some(70), words);
    }
}

#[test]
fn a_server_without_tls_on_its_port_is_told_from_one_with_it() {
    for answer in ["HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n", "SSH-2.0-OpenSSH_9.2\r\n", "220 mail ESMTP ready\r\n"] {
        let words = "what the server sent is not TLS (InvalidContentType): perhaps it speaks ws:// on this port, not wss://";
        refused(answer.as_bytes(), None, words);
    }
}

#[test]
fn alerts_are_told_by_number_name_and_what_to_do() {
    for (alert, words) in [
        (40, " (HandshakeFailure): nothing in common, or it wants a client certificate (ws_options_set_client_cert_file)"),
        (112, " (UnrecognisedName): it does not know the name that was asked for (ws_options_set_server_name)"),
        (116, " (CertificateRequired): it wants a client certificate (ws_options_set_client_cert_file)"),
        (120, " (NoApplicationProtocol): it does not speak http/1.1"),
        (80, " (InternalError)"),
        (254, " (AlertDescription(0xfe))"),
    ] {
        refused(&record(21, 3, &[2, alert]), Some(alert), &format!("the server ended TLS with alert {alert}{words}"));
    }
}

/// Before the handshake anybody may have sent a `close_notify`: the end of TCP counts.
#[test]
fn a_server_that_ends_tls_and_tcp_during_the_handshake_is_refused() {
    let words = "the server ended the TCP connection during the TLS handshake";
    refused_after(&record(21, 3, &[1, 0]), Peer::fin, None, words);
    refused_after(&[], Peer::fin, None, words);
}
