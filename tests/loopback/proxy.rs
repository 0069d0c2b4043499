//! Connections through a proxy: what it is told, byte for byte, and that it can open the way, refuse it and fail at every point.

use super::support::{
    client::{Client, ERROR, LOST, OPEN, clean, in_every_mode, text},
    proxy::{WAYS, Way, through_server},
    server::{Peer, Server},
};
use ws::protocol::failure::{Failure, Phase};

mod broken;
mod closed;
mod http;
mod socks;
mod turns;
mod unreached;

/// A host that exists nowhere (RFC 6761): only a proxy can be asked for it.
const HOST: &str = "target.invalid";
const PORT: u16 = 8080;
const URL: &str = "ws://target.invalid:8080/chat";

/// In every mode and through every kind of proxy: what is scripted here, then error and close(1006); the failure.
fn fails(script: impl Fn(&mut Peer, &'static Way) + Copy + Send + Sync + 'static, check: impl Fn(&'static Way, &Failure) + Sync) {
    in_every_mode(|mode| {
        for way in &WAYS {
            let server = Server::new(move |peer| script(peer, way));
            let mut client = Client::connect_to(mode, URL, through_server(way.prefix, &server));
            assert_eq!(client.rest(), [ERROR, LOST], "{}", way.name);
            let failure = client.socket.failure().expect("it failed");
            assert!(!failure.text.contains("alice") && !failure.text.contains("secret"), "{}", failure.text);
            check(way, failure);
        }
    });
}

#[test]
fn a_way_that_is_open_carries_the_handshake_and_messages_to_a_host_that_only_the_proxy_knows() {
    in_every_mode(|mode| {
        for way in &WAYS {
            let server = Server::new(|peer| {
                peer.open_way(way, HOST, PORT);
                let head = peer.read_head();
                assert!(head.starts_with("GET /chat HTTP/1.1\r\nHost: target.invalid:8080\r\n"), "{head}");
                assert!(!head.to_lowercase().contains("proxy") && !head.contains("alice") && !head.contains("YWxp"), "{head}");
                peer.send((super::support::server::response(&head) + "\r\n").as_bytes());
                peer.text("hello");
                peer.close_cleanly(1000, "bye");
            });
            let mut client = Client::connect_to(mode, URL, through_server(way.prefix, &server));
            assert_eq!(client.rest(), [OPEN, &text("hello"), &clean(1000, "bye")], "{}", way.name);
            assert!(!server.is_asked_again());
        }
    });
}

#[test]
fn answers_byte_by_byte_open_the_way_too() {
    in_every_mode(|mode| {
        for way in &WAYS {
            let server = Server::new(|peer| {
                for exchange in (way.exchanges)(HOST, PORT) {
                    peer.expect_bytes(&exchange.said);
                    peer.send_byte_by_byte(&exchange.answer);
                }
                peer.accept();
                peer.close_cleanly(1000, "");
            });
            let mut client = Client::connect_to(mode, URL, through_server(way.prefix, &server));
            assert_eq!(client.rest(), [OPEN, &clean(1000, "")], "{}", way.name);
        }
    });
}

/// A server that talks before it is asked is refused for what it says; none of it is lost.
#[test]
fn what_comes_behind_the_answer_is_the_servers() {
    let script = |peer: &mut Peer, way: &'static Way| {
        let mut exchanges = (way.exchanges)(HOST, PORT);
        let last = exchanges.pop().expect("an exchange");
        for exchange in exchanges {
            peer.expect_bytes(&exchange.said);
            peer.send(&exchange.answer);
        }
        peer.expect_bytes(&last.said);
        peer.send(&[&last.answer[..], b"HTTP/1.1 403 Too early\r\nContent-Length: 4\r\n\r\nwait"].concat());
        peer.drain();
    };
    fails(script, |_, failure| {
        assert_eq!((failure.phase, failure.http_status), (Phase::Handshake, 403));
        assert_eq!(failure.body, b"wait\0");
    });
}

#[test]
fn a_server_behind_a_proxy_that_refuses_is_a_failure_of_the_handshake() {
    let script = |peer: &mut Peer, way: &'static Way| {
        peer.open_way(way, HOST, PORT);
        peer.read_request();
        peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
        peer.expect_end();
    };
    fails(script, |_, failure| assert_eq!((failure.phase, failure.http_status), (Phase::Handshake, 404)));
}
