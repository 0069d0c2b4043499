//! Ports that browsers block: nothing is looked up or connected, and the events are those of a refusal. (That no system call is made
//! is shown by `tests/c/blocked_ports.c` under strace.)

use super::support::{
    client::{Client, ERROR, LOST, OPEN, clean, in_every_mode, options},
    server::Server,
};
use std::time::Duration;
use ws::{
    client::{deadline::Deadline, options::Options, socket::ReadyState},
    protocol::failure::Phase,
    spec::port,
};

/// A host whose look-up would fail in another phase.
fn url(port: u16) -> String {
    format!("ws://nonexistent.invalid:{port}/")
}

#[test]
fn a_blocked_port_is_an_error_event_and_1006_and_not_looked_up() {
    in_every_mode(|mode| {
        for port in (0..=u16::MAX).filter(|port| port::bad(*port).is_some()) {
            let mut client = Client::connect_to(mode, &url(port), Options::default());
            assert_eq!(client.rest(), [ERROR, LOST], "{port}");
            let failure = client.socket.failure().unwrap();
            assert_eq!((failure.phase, failure.os_error, failure.http_status), (Phase::Url, 0, 0), "{port}");
            assert!(failure.text.contains(&format!("port {port} ")), "{}", failure.text);
        }
    });
}

#[test]
fn every_spelling_of_a_blocked_port_is_blocked() {
    in_every_mode(|mode| {
        for url in ["ws://127.0.0.1:25/", "ws://[::1]:25/", "ws://localhost:25/", "http://127.0.0.1:0025/", "ws://u:p@127.1:25/x?y"] {
            let mut client = Client::connect_to(mode, url, Options::default());
            assert_eq!(client.rest(), [ERROR, LOST], "{url}");
            assert_eq!(client.socket.failure().unwrap().phase, Phase::Url, "{url}");
        }
    });
}

#[test]
fn it_can_be_closed_before_it_is_refused() {
    in_every_mode(|mode| {
        let mut client = Client::connect_to(mode, &url(6000), Options::default());
        client.socket.close(Some(1000), None).unwrap();
        assert!(client.state() >= ReadyState::Closing);
        assert_eq!(client.rest(), [ERROR, LOST]);
    });
}

#[test]
fn an_option_allows_every_port_but_0() {
    in_every_mode(|mode| {
        let options = options(|options| {
            options.block_ports = false;
            options.limits.connect_timeout = Duration::from_millis(100);
        });
        for port in [1, 6000, 10080] {
            let mut client = Client::connect_to(mode, &url(port), options.clone());
            assert_eq!(client.rest(), [ERROR, LOST], "{port}");
            assert_eq!(client.socket.failure().unwrap().phase, Phase::Dns, "{port}: the name is looked up");
        }
        let mut client = Client::connect_to(mode, &url(0), options);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Url);
        assert!(failure.text.contains("port 0"), "{}", failure.text);
    });
}

#[test]
fn other_ports_are_open_whatever_the_option_says() {
    for block in [true, false] {
        in_every_mode(|mode| {
            let server = Server::open(|peer| peer.close_cleanly(1000, ""));
            let options = options(|options| options.block_ports = block);
            let mut client = Client::connect_to(mode, &server.url(), options);
            assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
        });
    }
}

#[test]
fn nothing_is_said_before_the_loop_runs() {
    let client = Client::connect_to(super::support::client::Mode::OwnNextEvent, &url(25), Options::default());
    assert_eq!(client.state(), ReadyState::Connecting);
    assert!(client.socket.failure().is_none());
    assert!(client.socket.next_event(Deadline::Now, |what, _| what).unwrap().is_some(), "the first run says it");
}
