//! What the server gets that only it can see: the request's key, the masks, nothing before the response, and messages as they were.

use super::support::{
    client::{Client, ERROR, LOST, Mode, OPEN, clean, in_every_mode},
    server::{BINARY, Server, TEXT, wait},
};
use data_encoding::BASE64;
use std::{collections::HashSet, io::Read, net::TcpListener, sync::mpsc};
use ws::{
    client::options::Options,
    error::Error,
    protocol::{Kind, failure::Phase},
};

#[test]
fn the_request_is_one_head_of_http_1_1_with_the_host_and_port_of_the_url() {
    in_every_mode(|mode| {
        let (sent, request) = mpsc::channel();
        let server = Server::new(move |peer| {
            sent.send(peer.read_head()).unwrap();
            peer.end();
        });
        let address = server.url().trim_start_matches("ws://").trim_end_matches('/').to_owned();
        let mut client = Client::connect_to(mode, &format!("{}chat?room=1", server.url()), Options::default());
        client.rest();
        let request = wait(&request);
        let lines: Vec<&str> = request.split("\r\n").collect();
        assert_eq!(lines[..3], ["GET /chat?room=1 HTTP/1.1", &format!("Host: {address}"), "Connection: Upgrade"]);
        for once in ["Host: ", "Connection: ", "Upgrade: websocket", "Sec-WebSocket-Version: 13", "Sec-WebSocket-Key: "] {
            assert_eq!(lines.iter().filter(|line| line.starts_with(once)).count(), 1, "{once:?} in {request}");
        }
        assert!(!request.contains("Origin") && !request.contains("Sec-WebSocket-Protocol"), "{request}");
    });
}

#[test]
fn an_ipv6_address_is_dialled_and_stands_in_brackets_in_the_host_header() {
    in_every_mode(|mode| {
        let Ok(listener) = TcpListener::bind("[::1]:0") else {
            eprintln!("skipped: the loopback interface has no IPv6 address here");
            return;
        };
        let host = format!("[::1]:{}", listener.local_addr().unwrap().port());
        let line = format!("\r\nHost: {host}\r\n");
        let server = Server::on(listener, move |listener| {
            let peer = &mut listener.next();
            let request = peer.read_head();
            assert!(request.contains(&line), "{line:?} in {request}");
            peer.end();
        });
        assert_eq!(server.url(), format!("ws://{host}/"));
        Client::connect_to(mode, &server.url().replace("::1", "0:0::0:1"), Options::default()).rest();
    });
}

#[test]
fn a_secure_url_is_never_connected_to_without_tls() {
    for scheme in ["wss", "https"] {
        let server = Server::new(|peer| {
            let mut first = [0; 3];
            peer.tcp().read_exact(&mut first).unwrap();
            assert_eq!((first[0], first[1]), (22, 3), "a record of TLS with the beginning of a handshake");
            peer.send(b"HTTP/1.1 101 Switching Protocols\r\n\r\n");
            peer.drain();
        });
        let url = server.url().replace("ws:", &format!("{scheme}:"));
        let mut client = Client::connect_to(Mode::Background, &url, Options::default());
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Tls);
        assert!(failure.text.contains("what the server sent is not TLS"), "{}", failure.text);
    }
}

#[test]
fn each_connection_has_a_key_of_its_own_made_of_16_bytes() {
    in_every_mode(|mode| {
        let mut keys = HashSet::new();
        for _ in 0..3 {
            let (sent, request) = mpsc::channel();
            let server = Server::new(move |peer| {
                sent.send(peer.read_head()).unwrap();
                peer.end();
            });
            Client::connect(mode, &server).rest();
            let request = wait(&request);
            let key = request.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Key: ")).expect("a key");
            assert_eq!(BASE64.decode(key.as_bytes()).map(|nonce| nonce.len()), Ok(16), "{key}");
            assert!(keys.insert(key.to_owned()), "{key} comes twice");
        }
    });
}

#[test]
fn each_frame_of_each_connection_is_masked_with_a_key_of_its_own() {
    const FRAMES: usize = 4;
    in_every_mode(|mode| {
        let mut keys = HashSet::new();
        for _ in 0..3 {
            let (sent, read) = mpsc::channel();
            let server = Server::open(move |peer| {
                // The last frame is the Close frame.
                for _ in 0..=FRAMES {
                    let (_, key, _) = peer.read_masked_frame();
                    sent.send(key).unwrap();
                }
                peer.close(1000, "");
                peer.end();
            });
            let mut client = Client::open(mode, &server);
            for _ in 0..FRAMES {
                client.socket.send(Kind::Text, b"the same", false).unwrap();
            }
            client.socket.close(Some(1000), None).unwrap();
            assert_eq!(client.rest(), [clean(1000, "")]);
            // A pair among 15 keys of 2^32 comes once in 40 million runs: one connection's keys together are compared.
            let all: Vec<[u8; 4]> = read.try_iter().collect();
            assert_eq!(all.len(), FRAMES + 1);
            assert!(all.iter().any(|key| *key != all[0]), "one key for all frames: {all:?}");
            assert!(keys.insert(all), "two connections have the same keys");
        }
    });
}

#[test]
fn nothing_follows_the_request_until_the_response_has_come() {
    in_every_mode(|mode| {
        let ((asked, is_asked), (go, may_go)) = (mpsc::channel(), mpsc::channel());
        let server = Server::new(move |peer| {
            let head = peer.read_request() + "\r\n";
            asked.send(()).unwrap();
            wait(&may_go);
            peer.send(head.as_bytes());
            // Had anything been sent before, it would come first.
            peer.expect(TEXT, b"first");
            peer.echo_close(1000, "");
        });
        let mut client = Client::connect(mode, &server);
        client.work_until(&is_asked);
        assert!(matches!(client.socket.send(Kind::Text, b"early", false), Err(Error::InvalidState(_))));
        assert!(matches!(client.socket.ping(b"early"), Err(Error::InvalidState(_))));
        go.send(()).unwrap();
        assert_eq!(client.take(), OPEN);
        client.socket.send(Kind::Text, b"first", false).unwrap();
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn what_is_changed_after_send_has_returned_does_not_reach_the_server() {
    for (mode, more) in [(Mode::Background, false), (Mode::Background, true), (Mode::OwnNextEvent, false), (Mode::OwnNextEvent, true)] {
        let (changed, is_changed) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&is_changed);
            // More than the kernels hold, so that most of it had not gone out when it was changed.
            for (first, size) in [(TEXT, 5), (BINARY, 16 << 20), (BINARY, 70_000)] {
                let (found, payload) = peer.read_frame();
                assert_eq!((found, payload.len()), (first, size));
                assert!(payload.iter().all(|byte| *byte == b'x'), "the payload is as it was");
            }
            peer.echo_close(1000, "");
        });
        let mut client = Client::open(mode, &server);
        for (kind, size) in [(Kind::Text, 5), (Kind::Binary, 16 << 20), (Kind::Binary, 70_000)] {
            let mut payload = vec![b'x'; size];
            client.socket.send(kind, &payload, more).unwrap();
            payload.fill(b'-');
            // The compiler may not leave the change out.
            std::hint::black_box(&payload);
        }
        changed.send(()).unwrap();
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    }
}
