//! Servers that cannot be reached: error, close(1006), and the failure has the phase.

use super::support::{
    client::{Client, ERROR, LOST, Mode, OPEN, clean, in_every_mode, options},
    ports::{FullPort, RefusingPort},
    server::Server,
};
use std::time::Duration;
use ws::{
    client::options::Options,
    protocol::failure::{Failure, Phase, Timeout},
};

/// The attempt fails before a byte of HTTP.
fn failure_of(mode: Mode, url: &str, options: Options) -> Failure {
    let mut client = Client::connect_to(mode, url, options);
    assert_eq!(client.rest(), [ERROR, LOST]);
    let failure = client.socket.failure().expect("it failed").clone();
    assert_eq!((failure.http_status, failure.head.as_slice(), failure.body.as_slice()), (0, &b"\0"[..], &b"\0"[..]));
    failure
}

#[test]
fn a_port_where_nobody_listens_is_refused_with_the_systems_number() {
    in_every_mode(|mode| {
        let port = RefusingPort::new();
        let failure = failure_of(mode, &port.url(), Options::default());
        assert_eq!((failure.phase, failure.os_error), (Phase::Tcp, libc::ECONNREFUSED));
        let address = port.address();
        let text = format!("could not connect to {address}: {address}: Connection refused");
        assert!(failure.text.starts_with(&text), "{text:?} in {:?}", failure.text);
    });
}

/// RFC 6761 section 6.4: `.invalid` exists nowhere. Whether a name server says so or none is reached does not matter.
#[test]
fn a_name_that_does_not_exist_fails_in_the_dns_phase() {
    in_every_mode(|mode| {
        let options = options(|options| options.limits.connect_timeout = Duration::from_secs(1));
        let failure = failure_of(mode, "ws://nonexistent.invalid/", options);
        assert_eq!(failure.phase, Phase::Dns);
        assert!(failure.text.starts_with("could not look up the host of nonexistent.invalid"), "{}", failure.text);
    });
}

/// The system refuses it before it asks a name server.
#[test]
fn a_name_that_dns_cannot_carry_fails_in_the_dns_phase() {
    in_every_mode(|mode| {
        let name = "x".repeat(64);
        let failure = failure_of(mode, &format!("ws://{name}.invalid:8080/"), Options::default());
        assert_eq!((failure.phase, failure.os_error), (Phase::Dns, 0));
        let text = format!("could not look up the host of {name}.invalid:8080: ");
        // The system's words for it follow, and the NUL.
        assert!(failure.text.strip_prefix(&text).is_some_and(|why| why.len() > 10), "{}", failure.text);
    });
}

#[test]
fn a_server_that_drops_packets_is_given_up_after_the_connect_timeout() {
    in_every_mode(|mode| {
        let port = FullPort::new();
        let options = options(|options| options.limits.connect_timeout = Duration::from_millis(50));
        let failure = failure_of(mode, &port.url(), options);
        assert_eq!((failure.phase, failure.os_error, failure.timeout), (Phase::Tcp, 0, Some(Timeout::Connect)));
        let address = port.address();
        assert_eq!(failure.address, format!("{address}\0"));
        assert_eq!(
            failure.text,
            format!("could not connect to {address} within 50ms (ws_options_set_connect_timeout): {address}: no answer\0")
        );
    });
}

#[test]
fn every_address_of_localhost_is_tried() {
    in_every_mode(|mode| {
        // Only on IPv4, while [::1] comes first.
        let server = Server::open(|peer| peer.close_cleanly(1000, ""));
        let url = server.url().replace("127.0.0.1", "localhost");
        let mut client = Client::connect_to(mode, &url, Options::default());
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
    });
}
