//! Connections over TLS: what works without it works with it, in each way to take events; the end of TLS; what a session needs.

use super::support::{
    certificates::{Authority, NAMES, Signed},
    client::{Client, ERROR, LOST, MODES, Mode, OPEN, binary, clean, in_every_mode, options, text},
    server::{BINARY, CLOSE, Peer, Server, TEXT, close_body, frame},
    wire::over_tls,
};
use rustls::version::{TLS12, TLS13};
use std::{io::Write, net::Shutdown, sync::Arc, thread};
use ws::{
    client::options::Options,
    net::tls::options::TlsOptions,
    protocol::{Kind, failure::Phase},
};

fn echo(peer: &mut Peer) {
    loop {
        let (first, payload) = peer.read_frame();
        peer.send(&frame(first, &payload));
        if first == CLOSE {
            return peer.end();
        }
    }
}

#[test]
fn messages_and_the_closing_handshake_go_both_ways() {
    over_tls(|| {
        in_every_mode(|mode| {
            let server = Server::open(|peer| {
                peer.expect(TEXT, b"hello");
                peer.text("hello yourself");
                peer.echo_close(1000, "done");
                assert!(!peer.wire().was_cut(), "TLS is ended before TCP is");
            });
            assert!(server.url().starts_with("wss://127.0.0.1:"), "{}", server.url());
            let mut client = Client::open(mode, &server);
            client.socket.send(Kind::Text, b"hello", false).unwrap();
            assert_eq!(client.take(), text("hello yourself"));
            client.socket.close(Some(1000), Some(b"done")).unwrap();
            assert_eq!(client.rest(), [clean(1000, "done")]);
        });
    });
}

#[test]
fn a_close_of_the_server_is_echoed_and_both_end_tls() {
    over_tls(|| {
        in_every_mode(|mode| {
            let server = Server::open(|peer| {
                peer.close_cleanly(3000, "bye");
                assert!(!peer.wire().was_cut());
            });
            assert_eq!(Client::open(mode, &server).rest(), [clean(3000, "bye")]);
        });
    });
}

#[test]
fn long_messages_come_back_as_they_were() {
    over_tls(|| {
        in_every_mode(|mode| {
            let server = Server::open(echo);
            let mut client = Client::open(mode, &server);
            for size in [0, 1, 16_383, 16_384, 65_535, 65_536, 1 << 20, 16 << 20] {
                let bytes: Vec<u8> = (0..size).map(|i: usize| u8::try_from(i % 251).unwrap()).collect();
                client.socket.send(Kind::Binary, &bytes, false).unwrap();
                // What a message is is compared where it is echoed; the client's side shows its length.
                let shown = if size > 1000 { format!("Open: binary '{size} bytes'") } else { binary(&bytes) };
                assert_eq!(client.take(), shown);
            }
            client.socket.close(Some(1000), Some(b"")).unwrap();
            assert_eq!(client.rest(), [clean(1000, "")]);
        });
    });
}

#[test]
fn many_messages_cross_on_their_way() {
    const COUNT: usize = 5_000;
    over_tls(|| {
        in_every_mode(|mode| {
            let server = Server::open(|peer| {
                let mut writer = peer.split();
                let writing = thread::spawn(move || {
                    for number in 0..COUNT {
                        writer.send(&frame(BINARY, &number.to_be_bytes()));
                    }
                });
                for number in 0..COUNT {
                    peer.expect(BINARY, &number.to_be_bytes());
                }
                writing.join().unwrap();
                peer.echo_close(1000, "");
            });
            let mut client = Client::open(mode, &server);
            for number in 0..COUNT {
                client.socket.send(Kind::Binary, &number.to_be_bytes(), false).unwrap();
            }
            for number in 0..COUNT {
                assert_eq!(client.take(), binary(&number.to_be_bytes()));
            }
            client.socket.close(Some(1000), Some(b"")).unwrap();
            assert_eq!(client.rest(), [clean(1000, "")]);
        });
    });
}

#[test]
fn a_connection_that_is_cut_below_tls_is_lost_and_the_reason_says_so() {
    over_tls(|| {
        in_every_mode(|mode| {
            let server = Server::open(|peer| {
                peer.text("last");
                peer.tcp().shutdown(Shutdown::Write).unwrap();
                peer.drain();
            });
            let mut client = Client::open(mode, &server);
            assert_eq!(client.rest(), [text("last"), LOST.to_owned()]);
            let failure = client.socket.failure().unwrap();
            assert_eq!(failure.phase, Phase::Open);
            assert!(failure.text.contains("without TLS's close_notify"), "{}", failure.text);
        });
    });
}

#[test]
fn the_end_of_tls_is_the_end_as_the_end_of_tcp_is() {
    over_tls(|| {
        in_every_mode(|mode| {
            let server = Server::open(|peer| {
                peer.text("last");
                peer.wire().with_tls(|tls| tls.send_close_notify());
                // TCP stays open: the client ends it.
                peer.wire().flush().unwrap();
                peer.expect_end();
            });
            let mut client = Client::open(mode, &server);
            assert_eq!(client.rest(), [text("last"), LOST.to_owned()]);
            assert!(client.socket.failure().unwrap().text.contains("the server ended the"), "no cut");
        });
    });
}

#[test]
fn after_both_close_frames_a_cut_is_as_good_as_an_end() {
    over_tls(|| {
        let server = Server::open(|peer| {
            peer.send(&frame(CLOSE, &close_body(1000, "bye")));
            peer.expect_close(1000, "bye");
            peer.tcp().shutdown(Shutdown::Write).unwrap();
            peer.expect_end();
        });
        assert_eq!(Client::open(Mode::Background, &server).rest(), [clean(1000, "bye")]);
    });
}

#[test]
fn keys_renewed_in_the_middle_change_nothing() {
    over_tls(|| {
        in_every_mode(|mode| {
            let server = Server::open(|peer| {
                for _ in 0..20 {
                    peer.wire().with_tls(|tls| tls.refresh_traffic_keys().unwrap());
                    peer.text("with new keys");
                    peer.expect(TEXT, b"with new keys too");
                }
                peer.close_cleanly(1000, "");
            });
            let mut client = Client::open(mode, &server);
            for _ in 0..20 {
                assert_eq!(client.take(), text("with new keys"));
                client.socket.send(Kind::Text, b"with new keys too", false).unwrap();
            }
            assert_eq!(client.rest(), [clean(1000, "")]);
        });
    });
}

#[test]
fn what_the_server_sends_with_the_response_is_not_lost() {
    for version in [&TLS12, &TLS13] {
        let server = Server::secure(Authority::of_tests().sign(&NAMES, |_| ()).server_of(&[version]), |peer| {
            peer.accept_with("", &[frame(TEXT, b"at once"), frame(CLOSE, &close_body(1000, ""))].concat());
            peer.expect_close(1000, "");
            peer.end();
        });
        let mut client = Client::connect(Mode::Background, &server);
        assert_eq!(client.rest(), [OPEN.to_owned(), text("at once"), clean(1000, "")]);
    }
}

/// Connects in vain; the failure's text, phase and alert.
fn refused(server: &Server, options: Options) -> (String, Phase, Option<u8>) {
    let mut client = Client::connect_to(Mode::OwnNextEvent, &server.url(), options);
    assert_eq!(client.rest(), [ERROR, LOST]);
    let failure = client.socket.failure().unwrap();
    (failure.text.trim_end_matches('\0').to_owned(), failure.phase, failure.tls_alert)
}

/// A server that shows this and whose handshake fails.
fn failing(signed: &Signed) -> Server {
    Server::secure(signed.server(), |peer| assert!(peer.wire().shake_hands().is_err()))
}

#[test]
fn a_certificate_for_another_name_is_refused_in_every_mode() {
    in_every_mode(|mode| {
        let server = failing(&Authority::of_tests().sign(&["a.example", "b.example"], |_| ()));
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        let text = format!(
            "the TLS handshake with {} failed: the server's certificate is for a.example, b.example and not for 127.0.0.1\0",
            server.address()
        );
        assert_eq!((failure.text.as_str(), failure.phase, failure.tls_alert), (text.as_str(), Phase::Tls, Some(42)));
    });
    assert_eq!(MODES.len(), 6);
}

#[test]
fn an_authority_that_nobody_trusts_is_refused() {
    for signed in [Authority::new("another").sign(&NAMES, |_| ()), Signed::by_itself(&NAMES)] {
        let (text, phase, alert) = refused(&failing(&signed), Options::default());
        assert!(text.contains("not trusted, or by itself (self-signed)"), "{text}");
        assert_eq!((phase, alert), (Phase::Tls, Some(48)));
    }
}

#[test]
fn nothing_is_verified_only_if_it_was_said_aloud() {
    let server = Server::secure(Signed::by_itself(&["elsewhere.example"]).server(), |peer| {
        peer.accept();
        peer.close_cleanly(1000, "");
    });
    let tls = Arc::new(TlsOptions { no_verification: true, ..TlsOptions::default() });
    let mut client = Client::connect_to(Mode::Background, &server.url(), options(|options| options.tls = tls));
    assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
}
