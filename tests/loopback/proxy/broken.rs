//! Proxies that break off, fall silent or answer what is no answer.

use super::{
    super::support::{
        client::{Client, ERROR, LOST, in_every_mode},
        proxy::{WAYS, Way, through_port, through_server},
        server::{Listener, Peer, Server},
    },
    HOST, PORT, URL, fails,
};
use std::time::Duration;
use ws::protocol::failure::Phase;

/// Ends the connection after each number of bytes of the answers.
fn is_cut_everywhere_by(end: fn(&mut Peer), os_error: i32) {
    in_every_mode(|mode| {
        for way in &WAYS {
            for place in 0..way.size() {
                let server = Server::new(move |peer| {
                    peer.open_way_up_to(way, HOST, PORT, place);
                    end(peer);
                });
                let mut client = Client::connect_to(mode, URL, through_server(way.prefix, &server));
                assert_eq!(client.rest(), [ERROR, LOST], "{} after {place} bytes", way.name);
                let failure = client.socket.failure().unwrap();
                assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Proxy, 0, os_error), "{}", failure.text);
                let address = server.address();
                let start =
                    format!("the proxy {address} ended the connection after {place} bytes of its answer to the request for {HOST}:{PORT}");
                assert!(failure.text.starts_with(&start), "{start:?} in {:?}", failure.text);
            }
        }
    });
}

#[test]
fn the_end_after_any_byte_of_the_answers_is_a_failure_of_the_proxy() {
    is_cut_everywhere_by(
        |peer| {
            peer.fin();
            peer.drain();
        },
        0,
    );
}

#[test]
fn a_reset_after_any_byte_of_the_answers_is_a_failure_of_the_proxy_with_the_systems_number() {
    is_cut_everywhere_by(
        |peer| {
            peer.wait_until_received();
            peer.reset();
        },
        libc::ECONNRESET,
    );
}

/// How long each part of an answer may take is in `src/client/connecting/tests.rs`, with moments that are made up.
#[test]
fn a_proxy_that_says_nothing_is_given_up_after_the_connect_timeout() {
    in_every_mode(|mode| {
        for way in &WAYS {
            let port = Listener::new();
            let mut options = through_port(way.prefix, &port);
            options.limits.connect_timeout = Duration::from_millis(50);
            let mut client = Client::connect_to(mode, URL, options);
            assert_eq!(client.rest(), [ERROR, LOST]);
            let failure = client.socket.failure().unwrap();
            assert_eq!((failure.http_status, failure.os_error), (0, 0), "{}", failure.text);
            let address = port.address();
            // A busy machine may need all of the time for TCP.
            let expected = match failure.phase {
                Phase::Tcp => format!("could not connect to the proxy {address}: {address}: no answer\0"),
                Phase::Dns => format!("could not look up the host of the proxy {address} within 50ms\0"),
                _ => format!(
                    "the proxy {address} did not open a way to {HOST}:{PORT}, the connection to it included, within 50ms (ws_options_set_connect_timeout)\0"
                ),
            };
            assert_eq!(failure.text, expected);
        }
    });
}

#[test]
fn what_is_no_answer_is_a_failure_of_the_proxy() {
    for garbage in [&b"SSH-2.0-x\r\n"[..], b"\0\0\0\0\0\0\0\0", b"\xff\xff\xff\xff", b"HTTP/1.1 xxx\r\n\r\n", b"<html>\r\n\r\n"] {
        let script = |peer: &mut Peer, way: &'static Way| {
            peer.expect_bytes(&(way.exchanges)(HOST, PORT)[0].said);
            peer.send_what_is_taken(garbage);
            peer.expect_end();
        };
        fails(script, |way, failure| {
            assert_eq!((failure.phase, failure.http_status), (Phase::Proxy, 0));
            let what = if way.prefix.starts_with("http") { "did not answer CONNECT to" } else { "did not answer the request for" };
            assert!(failure.text.contains(&format!("{what} {HOST}:{PORT}: the proxy")), "{}", failure.text);
        });
    }
}

#[test]
fn an_endless_head_is_a_failure_at_its_limit() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.read_head();
            peer.send(b"HTTP/1.1 200 OK\r\n");
            while peer.send_what_is_taken(&b"X-Filler: 0123456789\r\n".repeat(500)) {}
        });
        let mut client = Client::connect_to(mode, URL, through_server("http://", &server));
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Proxy);
        assert!(failure.text.contains("the response head has more than 4096 lines"), "{}", failure.text);
    });
}
