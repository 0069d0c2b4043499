//! Pinned keys: a certificate counts if it has signed the way to the server's own, not because it was sent along (CVE-2016-2402).

use super::{
    changed::server_of,
    support::{
        certificates::{Authority, NAMES, Signed},
        client::{Client, ERROR, LOST, Mode, OPEN, clean, options},
        server::{Peer, Server},
    },
};
use rustls::pki_types::CertificateDer;
use std::sync::Arc;
use ws::net::tls::pem;

fn accept_and_close(peer: &mut Peer) {
    peer.accept();
    peer.close_cleanly(1000, "");
}

/// What becomes of a server that shows `signed`, and `others` behind its own chain, if this certificate's key is pinned.
fn connect(signed: &Signed, others: &[&CertificateDer<'static>], pinned: &CertificateDer<'static>) -> (Vec<String>, Option<u8>) {
    let chain = signed.chain.iter().chain(others.iter().copied()).cloned().collect();
    let server = Server::secure(server_of(chain, &signed.key), |peer| {
        if peer.wire().shake_hands().is_ok() {
            accept_and_close(peer);
        }
    });
    let pin = pem::pin_of(pinned).unwrap();
    let own = options(|options| {
        let tls = Arc::make_mut(&mut options.tls);
        tls.authorities = vec![Authority::of_tests().certificate.clone()];
        tls.add_pin(&pin).unwrap();
    });
    let mut client = Client::connect_to(Mode::Background, &server.url(), own);
    let events = client.rest();
    (events, client.socket.failure().and_then(|failure| failure.tls_alert))
}

#[track_caller]
fn opens((events, _): (Vec<String>, Option<u8>)) {
    assert_eq!(events, [OPEN, &clean(1000, "")]);
}

#[track_caller]
fn refused((events, alert): (Vec<String>, Option<u8>)) {
    assert_eq!((events.as_slice(), alert), (&[ERROR.to_owned(), LOST.to_owned()][..], Some(49)));
}

#[test]
fn a_pinned_certificate_that_has_signed_nothing_is_not_enough() {
    let authority = Authority::of_tests();
    let (misissued, pinned) = (authority.sign(&NAMES, |_| ()), authority.sign(&NAMES, |_| ()));
    // The real server's own certificate, which everybody can have, behind another.
    refused(connect(&misissued, &[&pinned.chain[0]], &pinned.chain[0]));
    // Those of authorities which have not signed this one: of another root, and of the same.
    let (stranger, between) = (Authority::new("another"), authority.authority("between"));
    refused(connect(&misissued, &[&stranger.certificate], &stranger.certificate));
    refused(connect(&misissued, &[&between.certificate], &between.certificate));
}

#[test]
fn each_key_on_the_way_to_the_authority_is_enough() {
    let (root, between) = (Authority::of_tests(), Authority::of_tests().authority("between"));
    let below = between.authority("below");
    let server = below.sign(&NAMES, |_| ());
    let sent = [&below.certificate, &between.certificate, &root.certificate];
    for pinned in [&server.chain[0], &below.certificate, &between.certificate, &root.certificate] {
        opens(connect(&server, &sent, pinned));
    }
    refused(connect(&server, &sent, &Authority::new("another").certificate));
}
