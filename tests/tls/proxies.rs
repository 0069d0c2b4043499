//! Proxies that are spoken to in TLS: plain connections and TLS inside TLS through them, their certificates, what comes too early, and
//! many bytes through two layers.

use super::support::{
    certificates::{Authority, NAMES, Signed},
    client::{Client, ERROR, LOST, Mode, OPEN, QUEUES, binary, clean, guard, in_every_mode, in_modes, options, within},
    proxy::{ESTABLISHED, connect_request, through_server},
    server::{BINARY, CLOSE, Peer, Server, frame, wait},
    wire::{over_tls, trust, with_switch},
};
use rcgen::date_time_ymd;
use std::{
    net::SocketAddr,
    sync::{Arc, mpsc},
    time::Duration,
};
use ws::{
    client::{deadline::Deadline, options::Options},
    error::Error,
    net::tls::pem,
    protocol::{
        Kind,
        failure::{Failure, Phase},
    },
};

/// A proxy that leads to this address, whatever it is asked for, over TLS or not.
fn proxy_to(address: SocketAddr, secure: bool) -> Server {
    with_switch(secure, || {
        Server::new(move |peer| {
            let head = peer.read_head();
            assert_eq!(head, connect_request(&address.to_string(), ""));
            peer.send(ESTABLISHED.as_bytes());
            peer.forward_to(address);
        })
    })
}

/// Runs `test` with `ws:` and `wss:` behind a proxy with TLS, and `wss:` behind one without.
fn each_way(test: impl Fn(Mode, &dyn Fn(&Server) -> (Server, Options)) + Sync) {
    for (target, proxy) in [(false, true), (true, true), (true, false)] {
        with_switch(target, || {
            in_every_mode(|mode| {
                test(mode, &|server| {
                    let proxy_server = proxy_to(server.address(), proxy);
                    let options = through_server(if proxy { "https://" } else { "http://" }, &proxy_server);
                    (proxy_server, options)
                });
            });
        });
    }
}

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
fn messages_of_all_sizes_come_back_through_one_layer_and_two() {
    each_way(|mode, lead| {
        let server = Server::open(echo);
        let (_proxy, options) = lead(&server);
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.take(), OPEN);
        for size in [1, 125, 16_383, 16_384, 70_000, 1 << 20, 5 << 20] {
            let message: Vec<u8> = (0..size).map(|i: usize| u8::try_from(i % 251).unwrap()).collect();
            client.socket.send(Kind::Binary, &message, false).unwrap();
            let expected = if size > 1000 { format!("Open: binary '{size} bytes'") } else { binary(&message) };
            assert_eq!(client.take(), expected);
        }
        client.socket.close(Some(1000), Some(b"done")).unwrap();
        assert_eq!(client.rest(), [clean(1000, "done")]);
    });
}

#[test]
fn both_layers_are_ended_before_tcp_is() {
    each_way(|mode, lead| {
        let server = Server::open(|peer| {
            peer.close_cleanly(1000, "");
            assert!(!peer.wire().was_cut(), "TLS is ended before TCP is");
        });
        let (_proxy, options) = lead(&server);
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
    });
}

#[test]
fn many_messages_cross_on_their_way_through_both_layers() {
    const COUNT: u32 = 2000;
    each_way(|mode, lead| {
        let server = Server::open(|peer| {
            let mut writer = peer.split();
            let writing = std::thread::spawn(move || (0..COUNT).for_each(|number| writer.send(&frame(BINARY, &number.to_be_bytes()))));
            (0..COUNT).for_each(|number| peer.expect(BINARY, &number.to_be_bytes()));
            writing.join().unwrap();
            peer.echo_close(1000, "");
        });
        let (_proxy, options) = lead(&server);
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.take(), OPEN);
        for number in 0..COUNT {
            client.socket.send(Kind::Binary, &number.to_be_bytes(), false).unwrap();
        }
        for number in 0..COUNT {
            assert_eq!(client.take(), binary(&number.to_be_bytes()));
        }
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

/// What the kernel does not take waits, a flush says so, and all of it comes before the Close frame.
#[test]
fn what_a_slow_server_does_not_take_waits_and_goes_out_before_the_close_frame() {
    const MUCH: usize = 24 << 20;
    for (target, proxy) in [(true, None), (false, Some(true)), (true, Some(true))] {
        with_switch(target, || {
            in_modes(&QUEUES, |mode| {
                let (go, may_go) = mpsc::channel();
                let server = Server::open(move |peer| {
                    wait(&may_go);
                    for byte in [1, 2] {
                        let (first, payload) = peer.read_frame();
                        assert!(first == BINARY && payload == vec![byte; MUCH]);
                    }
                    peer.echo_close(1000, "bye");
                });
                let proxy = proxy.map(|secure| proxy_to(server.address(), secure));
                let options = proxy.as_ref().map_or_else(Options::default, |proxy| through_server("https://", proxy));
                let mut client = Client::connect_to(mode, &server.url(), options);
                assert_eq!(client.take(), OPEN);
                client.socket.send(Kind::Binary, &vec![1; MUCH], false).unwrap();
                assert_eq!(client.socket.flush(Deadline::Now), Err(Error::Timeout));
                assert_eq!(client.socket.flush(within(Duration::from_millis(3))), Err(Error::Timeout));
                go.send(()).unwrap();
                assert_eq!(client.socket.flush(guard()), Ok(()));
                assert_eq!(client.socket.buffered_amount(), 0);
                client.socket.send(Kind::Binary, &vec![2; MUCH], false).unwrap();
                client.socket.close(Some(1000), Some(b"bye")).unwrap();
                assert_eq!(client.rest(), [clean(1000, "bye")]);
            });
        });
    }
}

/// Connects through a proxy in vain; why.
fn failure_through(mode: Mode, url: &str, options: Options) -> Failure {
    let mut client = Client::connect_to(mode, url, options);
    assert_eq!(client.rest(), [ERROR, LOST]);
    client.socket.failure().unwrap().clone()
}

#[test]
fn faults_of_the_proxys_certificate_are_the_proxys() {
    let authority = Authority::of_tests();
    for (signed, alert, words) in [
        (
            authority.sign(&NAMES, |params| params.not_after = date_time_ymd(2020, 2, 29)),
            45,
            "the proxy's certificate expired on 2020-02-29 (now: ",
        ),
        (authority.sign(&["a.example"], |_| ()), 42, "the proxy's certificate is for a.example and not for 127.0.0.1\0"),
        (Signed::by_itself(&NAMES), 48, "the proxy's certificate is signed by an authority that is not trusted, or by itself"),
    ] {
        in_every_mode(|mode| {
            for url in ["ws://target.invalid/", "wss://target.invalid/"] {
                let proxy = Server::secure(signed.server(), |peer| assert!(peer.wire().shake_hands().is_err()));
                let failure = failure_through(mode, url, through_server("https://", &proxy));
                assert_eq!((failure.phase, failure.tls_alert), (Phase::Proxy, Some(alert)));
                let expected = format!("the TLS handshake with the proxy {} failed: {words}", proxy.address());
                assert!(failure.text.starts_with(&expected), "{expected:?} in {:?}", failure.text);
            }
        });
    }
}

#[test]
fn a_proxy_without_tls_is_told_from_one_with_it() {
    in_every_mode(|mode| {
        let proxy = Server::new(|peer| {
            peer.expect_bytes(&[22, 3, 1]);
            peer.send_what_is_taken(b"HTTP/1.1 400 Bad Request\r\nContent-Length: 0\r\n\r\n");
            peer.drain();
        });
        let failure = failure_through(mode, "wss://target.invalid/", through_server("https://", &proxy));
        let words = "what the proxy sent is not TLS (InvalidContentType): perhaps it speaks http:// on this port, not https://";
        assert_eq!(failure.text, format!("the TLS handshake with the proxy {} failed: {words}\0", proxy.address()));
        assert_eq!(failure.phase, Phase::Proxy);
    });
}

#[test]
fn faults_of_the_servers_certificate_behind_the_proxy_are_the_servers() {
    let elsewhere = Authority::of_tests().sign(&["a.example"], |_| ());
    for secure in [false, true] {
        in_every_mode(|mode| {
            let server = Server::secure(elsewhere.server(), |peer| assert!(peer.wire().shake_hands().is_err()));
            let proxy = proxy_to(server.address(), secure);
            let failure = failure_through(mode, &server.url(), through_server(if secure { "https://" } else { "http://" }, &proxy));
            assert_eq!((failure.phase, failure.tls_alert), (Phase::Tls, Some(42)));
            let words = "the server's certificate is for a.example and not for 127.0.0.1";
            assert_eq!(failure.text, format!("the TLS handshake with {} failed: {words}\0", server.address()));
        });
    }
}

#[test]
fn what_a_proxy_says_behind_its_answer_is_not_taken_for_the_servers_tls() {
    for secure in [false, true] {
        with_switch(secure, || {
            in_every_mode(|mode| {
                let proxy = Server::new(|peer| {
                    peer.read_head();
                    peer.send(&[ESTABLISHED.as_bytes(), b"early"].concat());
                    peer.drain();
                });
                let prefix = if secure { "https://" } else { "http://" };
                let failure = failure_through(mode, "wss://target.invalid/", through_server(prefix, &proxy));
                assert_eq!(failure.phase, Phase::Proxy);
                let words = "5 bytes came before it began, and servers never begin";
                assert_eq!(failure.text, format!("the TLS handshake with target.invalid failed: {words}\0"));
            });
        });
    }
}

#[test]
fn an_answer_byte_by_byte_in_tls_opens_the_way_too() {
    over_tls(|| {
        in_every_mode(|mode| {
            let proxy = Server::new(|peer| {
                peer.read_head();
                peer.send_byte_by_byte(ESTABLISHED.as_bytes());
                peer.accept();
                peer.close_cleanly(1000, "");
            });
            let mut client = Client::connect_to(mode, "ws://target.invalid/", through_server("https://", &proxy));
            assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
        });
    });
}

#[test]
fn a_refusal_in_tls_is_told_as_one_without_it() {
    over_tls(|| {
        in_every_mode(|mode| {
            let proxy = Server::new(|peer| {
                peer.read_head();
                peer.send(b"HTTP/1.1 403 Filtered\r\nContent-Length: 2\r\n\r\nno");
                peer.expect_end();
            });
            let failure = failure_through(mode, "wss://target.invalid/", through_server("https://", &proxy));
            assert_eq!((failure.phase, failure.http_status, failure.body.as_slice()), (Phase::Proxy, 403, &b"no\0"[..]));
            let text = format!("the proxy {} refused CONNECT to target.invalid:443: 403 \"Filtered\"\0", proxy.address());
            assert_eq!(failure.text, text);
        });
    });
}

#[test]
fn a_proxy_that_cuts_tls_in_its_answer_is_a_failure_of_the_proxy() {
    over_tls(|| {
        in_every_mode(|mode| {
            for place in [0, 1, ESTABLISHED.len() - 1] {
                let proxy = Server::new(move |peer| {
                    peer.read_head();
                    peer.send(&ESTABLISHED.as_bytes()[..place]);
                    peer.tcp().shutdown(std::net::Shutdown::Write).unwrap();
                    peer.drain();
                });
                let failure = failure_through(mode, "wss://target.invalid/", through_server("https://", &proxy));
                assert_eq!(failure.phase, Phase::Proxy);
                let start = format!("the proxy {} ended the connection after {place} bytes of its answer", proxy.address());
                assert!(failure.text.starts_with(&start), "{start:?} in {:?}", failure.text);
            }
        });
    });
}

#[test]
fn the_servers_name_pins_and_our_certificate_are_not_for_the_proxy() {
    let authority = Authority::of_tests();
    let servers = authority.sign(&["a.example"], |_| ());
    let client = authority.sign_client("a.client");
    let identity = Arc::new(ws::net::tls::options::Identity::new(client.chain.clone(), client.key.clone_key()).unwrap());
    let pin = pem::pin_of(&servers.chain[0]).unwrap();
    in_every_mode(|mode| {
        let expected = client.chain[0].clone();
        let server = Server::secure(servers.server_for_clients_of(authority, rustls::ALL_VERSIONS), move |peer| {
            peer.accept();
            peer.wire().with_tls(|tls| {
                assert_eq!((tls.server_name(), tls.peer_certificates()), (Some("a.example"), Some(&[expected][..])));
            });
            peer.close_cleanly(1000, "");
        });
        let address = server.address();
        // It asks for a certificate, and gets none: a proxy that insisted on one would refuse.
        let signed = authority.sign(&NAMES, |_| ());
        let proxy = Server::secure(signed.server_that_asks(authority), move |peer| {
            peer.read_head();
            peer.wire().with_tls(|tls| assert_eq!((tls.server_name(), tls.peer_certificates()), (None, None)));
            peer.send(ESTABLISHED.as_bytes());
            peer.forward_to(address);
        });
        let through = through_server("https://", &proxy);
        let own = options(|options| {
            options.proxies = through.proxies;
            trust(options);
            let tls = Arc::make_mut(&mut options.tls);
            tls.add_pin(&pin).unwrap();
            tls.set_server_name(Some("a.example")).unwrap();
            tls.identity = Some(identity.clone());
        });
        let mut client = Client::connect_to(mode, &server.url(), own);
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")], "{:?}", client.socket.failure());
    });
}
