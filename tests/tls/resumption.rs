//! A session is resumed only by options that would have made it: what was judged by others, or shown to the server by others, counts for
//! nothing.

use super::support::{
    certificates::{Authority, NAMES, Signed},
    client::{Client, ERROR, LOST, Mode, OPEN, clean, options},
    server::{GUARD, Peer, Server},
};
use rustls::HandshakeKind;
use std::sync::Arc;
use ws::net::tls::{
    options::{Identity, TlsOptions},
    pem,
};

fn accept_and_close(peer: &mut Peer) {
    peer.accept();
    peer.close_cleanly(1000, "");
}

/// Connects with these options; its events, and the alert.
fn connect(server: &Server, tls: &TlsOptions) -> (Vec<String>, Option<u8>) {
    let own = options(|options| options.tls = Arc::new(tls.clone()));
    let mut client = Client::connect_to(Mode::Background, &server.url(), own);
    let events = client.rest();
    (events, client.socket.failure().and_then(|failure| failure.tls_alert))
}

fn opens(server: &Server, tls: &TlsOptions) {
    assert_eq!(connect(server, tls), (vec![OPEN.to_owned(), clean(1000, "")], None));
}

fn trusting(authority: &Authority) -> TlsOptions {
    TlsOptions { system: false, authorities: vec![authority.certificate.clone()], ..TlsOptions::default() }
}

#[test]
fn what_was_not_verified_is_judged_by_those_who_verify() {
    let authority = Authority::new("of this test");
    let other = Signed::by_itself(&["other"]);
    let mut pinned = trusting(&authority);
    pinned.add_pin(&pem::pin_of(&other.chain[0]).unwrap()).unwrap();
    let unverified = TlsOptions { no_verification: true, ..TlsOptions::default() };
    let verified = [(trusting(Authority::of_tests()), 48), (pinned, 49)];
    for (first, (second, alert)) in [(&unverified, &verified[0]), (&unverified, &verified[1]), (&trusting(&authority), &verified[1])] {
        let server = Server::secure(authority.sign(&NAMES, |_| ()).server(), |peer| {
            accept_and_close(peer);
            assert!(peer.next_connection(GUARD));
            accept_and_close(peer);
            peer.wire().with_tls(|tls| assert_eq!(tls.handshake_kind(), Some(HandshakeKind::Resumed)));
            assert!(peer.next_connection(GUARD));
            assert!(peer.wire().shake_hands().is_err());
        });
        opens(&server, first);
        opens(&server, first);
        assert_eq!(connect(&server, second), (vec![ERROR.to_owned(), LOST.to_owned()], Some(*alert)));
    }
}

#[test]
fn who_shows_another_certificate_or_none_is_not_taken_for_the_one_before() {
    let authority = Authority::new("of this test");
    let client = authority.sign_client("a.client");
    let own = Identity::new(client.chain.clone(), client.key.clone_key()).unwrap();
    let with = TlsOptions { identity: Some(Arc::new(own)), ..trusting(&authority) };
    let server = Server::secure(authority.sign(&NAMES, |_| ()).server_that_asks(&authority), move |peer| {
        for (kind, shown) in [(HandshakeKind::Full, true), (HandshakeKind::Resumed, true), (HandshakeKind::Full, false)] {
            accept_and_close(peer);
            peer.wire().with_tls(|tls| {
                assert_eq!((tls.handshake_kind(), tls.peer_certificates().is_some()), (Some(kind), shown));
            });
            if shown {
                assert!(peer.next_connection(GUARD));
            }
        }
    });
    opens(&server, &with);
    opens(&server, &with);
    opens(&server, &trusting(&authority));
}
