//! What an application chooses about TLS, as its server sees it.

use super::support::{
    certificates::{Authority, NAMES, Signed},
    client::{Client, ERROR, LOST, Mode, OPEN, clean, options},
    server::{GUARD, Listener, Peer, Server},
    wire::{over_tls, trust},
};
use rustls::{
    HandshakeKind,
    version::{TLS12, TLS13},
};
use std::{
    env, fs,
    os::unix::fs::PermissionsExt,
    sync::{Arc, mpsc},
    time::Duration,
};
use ws::{
    client::{
        options::{Options, Plan},
        socket::ReadyState,
    },
    net::tls::{
        options::{Identity, TlsOptions},
        pem,
    },
    protocol::failure::{Phase, Timeout},
};

/// Options that trust the tests' authority, with one thing changed.
fn choosing(change: impl FnOnce(&mut TlsOptions)) -> Options {
    options(|options| {
        trust(options);
        change(Arc::make_mut(&mut options.tls));
    })
}

fn signed() -> Signed {
    Authority::of_tests().sign(&NAMES, |_| ())
}

fn opens(server: &Server, options: Options) {
    let mut client = Client::connect_to(Mode::Background, &server.url(), options);
    assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
}

/// Connects in vain; why.
fn refused(server: &Server, options: Options) -> (String, Option<u8>) {
    let mut client = Client::connect_to(Mode::Background, &server.url(), options);
    assert_eq!(client.rest(), [ERROR, LOST]);
    let failure = client.socket.failure().unwrap();
    assert_eq!(failure.phase, Phase::Tls, "{}", failure.text);
    (failure.text.clone(), failure.tls_alert)
}

fn accept_and_close(peer: &mut Peer) {
    peer.accept();
    peer.close_cleanly(1000, "");
}

#[test]
fn the_server_is_asked_for_by_its_name_and_for_http_1_1() {
    let server = Server::secure(Authority::of_tests().sign(&["a.example"], |_| ()).server(), |peer| {
        peer.wire().shake_hands().unwrap();
        peer.wire().with_tls(|tls| {
            assert_eq!((tls.server_name(), tls.alpn_protocol()), (Some("a.example"), Some(&b"http/1.1"[..])));
        });
        accept_and_close(peer);
    });
    opens(&server, choosing(|tls| tls.set_server_name(Some("a.example")).unwrap()));
}

#[test]
fn a_session_is_resumed_unless_that_is_off() {
    for (resumption, expected) in [(true, HandshakeKind::Resumed), (false, HandshakeKind::Full)] {
        for version in [&TLS12, &TLS13] {
            let server = Server::secure(signed().server_of(&[version]), move |peer| {
                accept_and_close(peer);
                assert!(peer.next_connection(GUARD));
                accept_and_close(peer);
                peer.wire().with_tls(|tls| assert_eq!(tls.handshake_kind(), Some(expected)));
            });
            // Options of its own, as the store of sessions belongs to them: another test must not have one for this host.
            let authority = Authority::of_tests().certificate.clone();
            let own = TlsOptions {
                resumption,
                system: false,
                authorities: vec![authority; 2 + usize::from(version.version == TLS12.version)],
                ..TlsOptions::default()
            };
            let own = options(|options| options.tls = Arc::new(own));
            opens(&server, own.clone());
            opens(&server, own);
        }
    }
}

#[test]
fn a_server_of_tls_1_2_is_refused_if_1_3_is_the_least() {
    let server = Server::secure(signed().server_of(&[&TLS12]), |peer| {
        assert!(peer.wire().shake_hands().is_err());
    });
    let (text, alert) = refused(&server, choosing(|tls| tls.tls13_only = true));
    assert!(text.contains("with alert 70 (ProtocolVersion)"), "{text}");
    assert_eq!(alert, Some(70));
    opens(&Server::secure(signed().server_of(&[&TLS12]), accept_and_close), choosing(|_| ()));
}

#[test]
fn a_client_shows_its_certificate_if_it_has_one() {
    let authority = Authority::of_tests();
    let client = authority.sign_client("a.client");
    let identity = Arc::new(Identity::new(client.chain.clone(), client.key.clone_key()).unwrap());
    for version in [&TLS12, &TLS13] {
        let (identity, expected) = (identity.clone(), client.chain[0].clone());
        let server = Server::secure(signed().server_for_clients_of(authority, &[version]), move |peer| {
            accept_and_close(peer);
            peer.wire().with_tls(|tls| assert_eq!(tls.peer_certificates(), Some(&[expected][..])));
        });
        opens(&server, choosing(|tls| tls.identity = Some(identity)));
        let server = Server::secure(signed().server_for_clients_of(authority, &[version]), |peer| {
            assert!(peer.wire().shake_hands().is_err());
            peer.drain();
        });
        let (text, alert) = refused(&server, choosing(|_| ()));
        assert!(text.contains("it wants a client certificate"), "{text}");
        assert_eq!(alert, Some(116));
    }
}

#[test]
fn a_pinned_key_is_needed_beside_the_authority_and_is_enough_without_verification() {
    let (ours, theirs) = (signed(), Signed::by_itself(&["elsewhere"]));
    let pin = pem::pin_of(&ours.chain[0]).unwrap();
    opens(&Server::secure(ours.server(), accept_and_close), choosing(|tls| tls.add_pin(&pin).unwrap()));
    let wants_ours = |no_verification| {
        choosing(|tls| {
            tls.add_pin(&pin).unwrap();
            tls.no_verification = no_verification;
        })
    };
    for (server, no_verification, expected) in [(&signed(), false, 49), (&theirs, true, 49), (&theirs, false, 48)] {
        let server = Server::secure(server.server(), |peer| assert!(peer.wire().shake_hands().is_err()));
        assert_eq!(refused(&server, wants_ours(no_verification)).1, Some(expected));
    }
    let pin = pem::pin_of(&theirs.chain[0]).unwrap();
    let own = choosing(|tls| {
        tls.add_pin(&pin).unwrap();
        tls.no_verification = true;
    });
    opens(&Server::secure(theirs.server(), accept_and_close), own);
}

#[test]
fn the_key_log_has_the_secrets_and_only_its_owner_reads_it() {
    let path = env::temp_dir().join(format!("libws-key-log-{}", std::process::id()));
    opens(&Server::secure(signed().server_of(&[&TLS13]), accept_and_close), choosing(|tls| tls.set_key_log(Some(&path)).unwrap()));
    let (text, mode) = (fs::read_to_string(&path).unwrap(), fs::metadata(&path).unwrap().permissions().mode());
    fs::remove_file(&path).unwrap();
    for label in ["CLIENT_HANDSHAKE_TRAFFIC_SECRET", "SERVER_TRAFFIC_SECRET_0"] {
        let line = text.lines().find(|line| line.starts_with(label)).expect(label);
        let sizes: Vec<usize> = line.split(' ').skip(1).map(str::len).collect();
        assert!(matches!(sizes[..], [64, 64 | 96]), "{line}");
    }
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn options_as_text_have_nothing_of_a_key() {
    let client = Authority::of_tests().sign_client("a.client");
    let secret = client.key.secret_der();
    let identity = Arc::new(Identity::new(client.chain.clone(), client.key.clone_key()).unwrap());
    let options = choosing(|tls| tls.identity = Some(identity));
    let plan = Plan { url: ws::spec::url::parse("wss://h/").unwrap(), options: options.into(), proxy: None, given: None };
    for text in [format!("{plan:?}"), format!("{:?}", plan.options.tls), format!("{:?}", plan.options.tls.identity)] {
        assert!(!text.contains(&format!("{}, {}", secret[40], secret[41])), "{text}");
    }
}

#[test]
fn a_handshake_that_is_never_answered_ends_with_the_connect_timeout() {
    over_tls(|| {
        let port = Listener::new();
        let own = choosing(|_| ());
        let own = Options { limits: ws::protocol::limits::Limits { connect_timeout: Duration::from_millis(100), ..own.limits }, ..own };
        let mut client = Client::connect_to(Mode::Background, &port.url(), own);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.timeout), (Phase::Tls, Some(Timeout::Connect)));
        assert!(
            failure.text.contains("it was not done, all before it included, within 100ms (ws_options_set_connect_timeout)"),
            "{}",
            failure.text
        );
    });
}

#[test]
fn closing_during_the_tls_handshake_ends_it_at_once() {
    let (came, waits) = mpsc::channel();
    let server = Server::secure(signed().server(), move |peer| {
        let mut first = [0];
        std::io::Read::read_exact(&mut peer.tcp(), &mut first).unwrap();
        came.send(()).unwrap();
        // What is left of its first message, and the end.
        std::io::Read::read_to_end(&mut peer.tcp(), &mut Vec::new()).unwrap();
    });
    let mut client = Client::connect_to(Mode::OwnNextEvent, &server.url(), choosing(|_| ()));
    client.work_until(&waits);
    client.socket.close(None, None).unwrap();
    assert_eq!(client.state(), ReadyState::Closing);
    assert_eq!(client.rest(), [ERROR, LOST]);
}
