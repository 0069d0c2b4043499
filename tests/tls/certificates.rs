//! Each fault of a server's certificate: error and close(1006), words that say what is wrong, the alert that the server is told.

use super::{
    changed::server_of,
    support::{
        certificates::{Authority, NAMES, Signed},
        client::{Client, ERROR, LOST, Mode, OPEN, clean, in_every_mode, options},
        server::{Peer, Server},
    },
};
use rcgen::{CertificateParams, CustomExtension, DnType, ExtendedKeyUsagePurpose, IsCa, SanType, date_time_ymd};
use std::{
    net::IpAddr,
    time::{Duration, SystemTime},
};
use ws::{client::options::Options, protocol::failure::Phase};

/// Today, in UTC.
fn today() -> String {
    let since = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap();
    (date_time_ymd(1970, 1, 1) + since).date().to_string()
}

/// A certificate of the tests' authority, with something wrong.
fn signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Signed {
    Authority::of_tests().sign(names, change)
}

/// A server that shows this and is told this alert.
fn refused_server(signed: &Signed, alert: u8) -> Server {
    Server::secure(server_of(signed.chain.clone(), &signed.key), move |peer| {
        let error = peer.wire().shake_hands().expect_err("the certificate is refused");
        match error.get_ref().and_then(|error| error.downcast_ref()) {
            Some(rustls::Error::AlertReceived(told)) => assert_eq!(u8::from(*told), alert),
            other => panic!("the client tells what is wrong, not {other:?}: {error}"),
        }
        peer.drain();
    })
}

/// Connects to `localhost` or what stands for it, in every mode; the certificate is refused with these words. `{today}` in them is today.
#[track_caller]
fn refused_as(host: &str, signed: &Signed, alert: u8, words: &str) {
    in_every_mode(|mode| {
        let server = refused_server(signed, alert);
        let authority = format!("{host}:{}", server.address().port());
        let before = today();
        let mut client = Client::connect_to(mode, &format!("wss://{authority}/"), to(host, &server));
        assert_eq!(client.rest(), [ERROR, LOST], "{words}");
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.tls_alert, failure.os_error, failure.http_status), (Phase::Tls, Some(alert), 0, 0));
        let expected =
            [before, today()].map(|today| format!("the TLS handshake with {authority} failed: {words}\0").replace("{today}", &today));
        assert!(expected.contains(&failure.text), "{:?} instead of {:?}", failure.text, expected[0]);
        assert_eq!(failure.address, format!("{}\0", server.address()));
    });
}

#[track_caller]
fn refused(signed: &Signed, alert: u8, words: &str) {
    refused_as("127.0.0.1", signed, alert, words);
}

/// Options with which `host` is the server's address.
fn to(host: &str, server: &Server) -> Options {
    options(|options| {
        if host.parse::<IpAddr>().is_err() {
            options.addresses.add_override(host, server.address().port().into(), "127.0.0.1").unwrap();
        }
    })
}

/// Connects to `host`; the certificate is good.
#[track_caller]
fn opens(host: &str, signed: &Signed) {
    in_every_mode(|mode| {
        let server = Server::secure(signed.server(), accept_and_close);
        let url = format!("wss://{host}:{}/", server.address().port());
        let mut client = Client::connect_to(mode, &url, to(host, &server));
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")], "{:?}", client.socket.failure().map(|failure| &failure.text));
    });
}

fn accept_and_close(peer: &mut Peer) {
    peer.accept();
    peer.close_cleanly(1000, "");
}

const UNKNOWN: &str = "the server's certificate is signed by an authority that is not trusted, or by itself (self-signed): if it is the \
                       right server, give that certificate with ws_options_set_ca_file";

#[test]
fn one_that_expired_is_refused_with_the_date() {
    let expired = signed(&NAMES, |params| params.not_after = date_time_ymd(2020, 2, 29));
    refused(&expired, 45, "the server's certificate expired on 2020-02-29 (now: {today})");
}

#[test]
fn one_that_is_not_valid_yet_is_refused_with_the_date() {
    let early = signed(&NAMES, |params| params.not_before = date_time_ymd(2999, 12, 31));
    refused(&early, 45, "the server's certificate is not valid before 2999-12-31 (now: {today}): is the clock right?");
}

#[test]
fn one_that_expires_in_an_hour_is_good() {
    let in_an_hour = SystemTime::now().duration_since(SystemTime::UNIX_EPOCH).unwrap() + Duration::from_secs(3600);
    opens("127.0.0.1", &signed(&NAMES, |params| params.not_after = date_time_ymd(1970, 1, 1) + in_an_hour));
}

#[test]
fn one_for_another_host_is_refused_with_both_names() {
    let elsewhere = signed(&["a.example", "b.example"], |_| ());
    refused_as("c.example", &elsewhere, 42, "the server's certificate is for a.example, b.example and not for c.example");
    opens("b.example", &elsewhere);
}

#[test]
fn a_wildcard_is_for_one_label() {
    let any = signed(&["*.example.com"], |_| ());
    opens("a.example.com", &any);
    for host in ["example.com", "a.b.example.com"] {
        refused_as(host, &any, 42, &format!("the server's certificate is for *.example.com and not for {host}"));
    }
}

#[test]
fn the_final_dot_of_a_host_is_none_of_the_name() {
    opens("a.example.", &signed(&["a.example"], |_| ()));
}

#[test]
fn an_address_is_compared_with_the_addresses() {
    opens("127.0.0.1", &signed(&["127.0.0.1"], |_| ()));
    let other = signed(&["127.0.0.2", "::1"], |_| ());
    refused(&other, 42, "the server's certificate is for 127.0.0.2, ::1 and not for 127.0.0.1");
}

#[test]
fn an_address_in_the_common_name_or_among_the_dns_names_does_not_count() {
    let common = signed(&["a.example"], |params| params.distinguished_name.push(DnType::CommonName, "127.0.0.1"));
    refused(&common, 42, "the server's certificate is for a.example and not for 127.0.0.1");
    let dns = signed(&["a.example"], |params| {
        params.subject_alt_names.push(SanType::DnsName("127.0.0.1".try_into().unwrap()));
    });
    refused(&dns, 42, "the server's certificate is for a.example, 127.0.0.1 (as a DNS name, not as an address) and not for 127.0.0.1");
}

#[test]
fn a_common_name_alone_is_no_name() {
    let none = signed(&[], |params| params.distinguished_name.push(DnType::CommonName, "c.example"));
    refused_as("c.example", &none, 42, "the server's certificate is for no name at all and not for c.example");
}

#[test]
fn one_that_is_signed_by_itself_is_refused() {
    refused(&Signed::by_itself(&NAMES), 48, UNKNOWN);
}

#[test]
fn one_of_an_unknown_authority_is_refused() {
    refused(&Authority::new("unknown").sign(&NAMES, |_| ()), 48, UNKNOWN);
}

/// Its name is not what an authority is known by.
#[test]
fn one_of_an_authority_with_the_same_name_and_another_key_is_refused() {
    let signed = Authority::new("libws tests").sign(&NAMES, |_| ());
    in_every_mode(|mode| {
        let server = Server::secure(signed.server(), |peer| assert!(peer.wire().shake_hands().is_err()));
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Tls);
        assert!([Some(48), Some(51)].contains(&failure.tls_alert), "{}", failure.text);
    });
}

#[test]
fn one_that_is_for_clients_only_is_refused() {
    let client = signed(&NAMES, |params| params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth]);
    refused(&client, 43, "the server's certificate is not for servers (its extended key usage lacks serverAuth)");
}

#[test]
fn one_that_says_nothing_of_its_usage_is_good() {
    opens("127.0.0.1", &signed(&NAMES, |params| params.extended_key_usages.clear()));
}

#[test]
fn that_of_an_authority_is_refused_as_a_servers() {
    let authority = signed(&NAMES, |params| params.is_ca = IsCa::Ca(rcgen::BasicConstraints::Unconstrained));
    let words = "the server's certificate is that of an authority (CA:TRUE), which may not be a server's: make one with basicConstraints \
                 CA:FALSE, signed by it";
    refused(&authority, 46, words);
}

#[test]
fn one_with_a_critical_extension_that_nobody_knows_is_refused() {
    let odd = signed(&NAMES, |params| {
        let mut extension = CustomExtension::from_oid_content(&[1, 3, 6, 1, 4, 1, 99_999, 1], vec![5, 0]);
        extension.set_criticality(true);
        params.custom_extensions.push(extension);
    });
    refused(&odd, 46, "the server's certificate has a critical extension that is not understood here");
}

/// One whose own server has another key has stolen it: the certificate is good, what is signed with it is not.
#[test]
fn one_without_its_key_is_refused() {
    let (ours, theirs) = (signed(&NAMES, |_| ()), signed(&NAMES, |_| ()));
    let config = server_of(ours.chain, &theirs.key);
    let server = Server::secure(config, |peer| assert!(peer.wire().shake_hands().is_err()));
    let mut client = Client::connect(Mode::Background, &server);
    assert_eq!(client.rest(), [ERROR, LOST]);
    let failure = client.socket.failure().unwrap();
    assert!(failure.text.ends_with("failed: a signature in the server's certificate or handshake is wrong\0"), "{}", failure.text);
    assert_eq!((failure.phase, failure.tls_alert), (Phase::Tls, Some(51)));
}
