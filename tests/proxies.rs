//! Proxies that people run, as Debian has them, between the client and the scripted server: tinyproxy for CONNECT, microsocks for SOCKS5.
//! One that is not installed is skipped, aloud.

#[path = "support/mod.rs"]
mod support;

use std::{fs, net::TcpListener, path::Path};
use support::{
    client::{Client, ERROR, LOST, OPEN, clean, in_every_mode, text},
    ports::RefusingPort,
    proxy::through,
    running::Running,
    server::{BINARY, Listener, Peer, Server, TEXT, frame},
};
use ws::protocol::{
    Kind,
    failure::{Failure, Phase},
};

/// Bytes of a message that is longer than what is read at a time.
const LARGE: usize = 256 << 10;

/// The URL of a proxy.
fn url_of(proxy: &Running, prefix: &str) -> String {
    format!("{prefix}{}", proxy.address)
}

/// One that is asked for names and ports of any kind, by anybody or by alice.
fn tinyproxy(name: &str, settings: &str) -> Option<Running> {
    let file = Path::new(env!("CARGO_TARGET_TMPDIR")).join(format!("tinyproxy-{name}.conf"));
    Running::start("tinyproxy", |command, port| {
        let text = format!("Port {port}\nListen 127.0.0.1\nTimeout 60\nMaxClients 100\nLogLevel Critical\n{settings}");
        fs::write(&file, text).expect("its configuration");
        command.arg("-d").arg("-c").arg(&file);
    })
}

fn microsocks(arguments: &[&str]) -> Option<Running> {
    Running::start("microsocks", |command, port| {
        command.args(["-i", "127.0.0.1", "-p", &port.to_string()]).args(arguments);
    })
}

/// Messages in both directions, large ones too, and a clean end.
fn converses(peer: &mut Peer) {
    let large = vec![7; LARGE];
    peer.accept();
    peer.text("hello");
    peer.expect(TEXT, b"and you");
    peer.send(&frame(BINARY, &large));
    peer.expect(BINARY, &large);
    peer.close_cleanly(1000, "bye");
}

/// Through the proxy to a server that [`converses`], in every mode.
fn carries_a_conversation(proxy: &str, listener: fn() -> TcpListener, host: &str) {
    in_every_mode(|mode| {
        let server = Server::on(listener(), |listener| converses(&mut listener.next()));
        let url = format!("ws://{host}:{}/", server.address().port());
        let mut options = through(proxy);
        options.deflate.on = false;
        let mut client = Client::connect_to(mode, &url, options);
        assert_eq!([client.take(), client.take()], [OPEN, &text("hello")], "{:?}", client.socket.failure());
        client.socket.send(Kind::Text, b"and you", false).unwrap();
        assert_eq!(client.take(), format!("Open: binary '{LARGE} bytes'"));
        client.socket.send(Kind::Binary, &vec![7; LARGE], false).unwrap();
        assert_eq!(client.rest(), [clean(1000, "bye")]);
    });
}

fn on_ipv4() -> TcpListener {
    TcpListener::bind("127.0.0.1:0").expect("a port")
}

fn on_ipv6() -> TcpListener {
    TcpListener::bind("[::1]:0").expect("a port of ::1")
}

/// What the proxy refuses, in every mode, and the text without the proxy's address.
fn is_refused(proxy: &Running, prefix: &str, url: &str, check: impl Fn(&Failure, &str) + Sync) {
    in_every_mode(|mode| {
        let mut client = Client::connect_to(mode, url, through(&url_of(proxy, prefix)));
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().expect("it failed");
        assert_eq!(failure.phase, Phase::Proxy, "{}", failure.text);
        assert!(!failure.text.contains("alice") && !failure.text.contains("secret"), "{}", failure.text);
        let start = format!("the proxy {} refused ", proxy.address);
        check(failure, failure.text.strip_prefix(&start).unwrap_or_else(|| panic!("{}", failure.text)));
    });
}

#[test]
fn tinyproxy_opens_the_way() {
    let Some(proxy) = tinyproxy("open", "") else { return };
    carries_a_conversation(&url_of(&proxy, "http://"), on_ipv4, "127.0.0.1");
    carries_a_conversation(&url_of(&proxy, ""), on_ipv4, "localhost");
    carries_a_conversation(&url_of(&proxy, ""), on_ipv6, "[::1]");
}

#[test]
fn tinyproxy_opens_the_way_for_alice_alone() {
    let Some(proxy) = tinyproxy("basic", "BasicAuth alice secret\n") else { return };
    carries_a_conversation(&url_of(&proxy, "http://alice:secret@"), on_ipv4, "127.0.0.1");
    let server = Listener::new();
    is_refused(&proxy, "http://", &server.url(), |failure, text| {
        assert_eq!(failure.http_status, 407);
        assert!(text.contains("it wants a user name and a password"), "{text}");
        assert!(failure.body.len() > 1, "it sends a page");
    });
    for prefix in ["http://alice:other@", "http://bob:secret@"] {
        is_refused(&proxy, prefix, &server.url(), |failure, text| {
            assert!(matches!(failure.http_status, 401 | 407), "{text}");
        });
    }
    assert!(server.is_empty());
}

#[test]
fn what_tinyproxy_does_not_reach_is_told() {
    let Some(proxy) = tinyproxy("refusing", "") else { return };
    let port = RefusingPort::new();
    is_refused(&proxy, "", &port.url(), |failure, text| {
        assert!(failure.http_status >= 500, "{text}");
        assert!(text.starts_with(&format!("CONNECT to {}: {} \"", port.address(), failure.http_status)), "{text}");
    });
}

#[test]
fn tinyproxy_forbids_ports() {
    let Some(proxy) = tinyproxy("ports", "ConnectPort 443\n") else { return };
    let server = Listener::new();
    is_refused(&proxy, "", &server.url(), |failure, text| assert_eq!(failure.http_status, 403, "{text}"));
    assert!(server.is_empty());
}

#[test]
fn microsocks_opens_the_way_to_names_and_addresses() {
    let Some(proxy) = microsocks(&[]) else { return };
    for scheme in ["socks5://", "socks5h://"] {
        carries_a_conversation(&url_of(&proxy, scheme), on_ipv4, "127.0.0.1");
        carries_a_conversation(&url_of(&proxy, scheme), on_ipv6, "[::1]");
    }
    // The addresses are tried one after the other; ::1 comes first.
    carries_a_conversation(&url_of(&proxy, "socks5://"), on_ipv4, "localhost");
}

#[test]
fn microsocks_opens_the_way_for_alice_alone() {
    let Some(proxy) = microsocks(&["-u", "alice", "-P", "secret"]) else { return };
    carries_a_conversation(&url_of(&proxy, "socks5h://alice:secret@"), on_ipv4, "127.0.0.1");
    let server = Listener::new();
    let to = format!("to connect to {}: ", server.address());
    is_refused(&proxy, "socks5h://", &server.url(), |_, text| {
        assert!(text.starts_with(&format!("{to}it wants authentication: ")), "{text}");
    });
    is_refused(&proxy, "socks5h://alice:other@", &server.url(), |_, text| {
        assert!(text.starts_with(&format!("{to}user name and password are not accepted")), "{text}");
    });
    assert!(server.is_empty());
}

#[test]
fn what_microsocks_does_not_reach_is_told() {
    let Some(proxy) = microsocks(&[]) else { return };
    let port = RefusingPort::new();
    is_refused(&proxy, "socks5://", &port.url(), |_, text| {
        assert_eq!(text, format!("to connect to {}: connection refused (SOCKS5 reply 5)\0", port.address()));
    });
}
