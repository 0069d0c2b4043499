//! What an HTTP proxy refuses, and what people are told about it; and targets with an IPv6 address.

use super::{
    super::support::{
        client::{Client, ERROR, LOST, Mode, OPEN, clean, in_every_mode},
        proxy::{ESTABLISHED, connect_request, through, through_server},
        server::{Listener, Server},
    },
    URL,
};
use std::net::TcpListener;
use ws::{
    net::proxy::exceptions::Exceptions,
    protocol::failure::{Failure, Phase},
};

/// What came of a refusal, with its NULs.
fn refusal(mode: Mode, prefix: &str, answer: &'static str) -> (Failure, String) {
    let server = Server::new(move |peer| {
        peer.read_head();
        peer.send(answer.as_bytes());
        peer.expect_end();
    });
    let mut client = Client::connect_to(mode, URL, through_server(prefix, &server));
    assert_eq!(client.rest(), [ERROR, LOST]);
    (client.socket.failure().expect("it failed").clone(), server.address().to_string())
}

const WANTS: &str =
    "HTTP/1.1 407 Proxy Authentication Required\r\nProxy-Authenticate: Basic realm=\"Office\"\r\nContent-Length: 5\r\n\r\nlogin";

#[test]
fn a_407_says_that_the_proxy_wants_user_name_and_password() {
    in_every_mode(|mode| {
        let (failure, address) = refusal(mode, "http://", WANTS);
        let text = "407 \"Proxy Authentication Required\": it wants a user name and a password for \"Office\": give them in its URL or with \
                    ws_options_set_proxy_credentials";
        assert_eq!(failure.text, format!("the proxy {address} refused CONNECT to target.invalid:8080: {text}\0"));
        assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Proxy, 407, 0));
        assert_eq!(failure.head, [&WANTS.as_bytes()[..WANTS.len() - 5], b"\0"].concat());
        assert_eq!(failure.body, b"login\0");
    });
}

#[test]
fn a_407_to_user_name_and_password_says_that_they_are_not_accepted_and_not_what_they_are() {
    in_every_mode(|mode| {
        let (failure, address) = refusal(mode, "http://alice:secret@", WANTS);
        let text = "407 \"Proxy Authentication Required\": it does not accept user name and password for \"Office\"";
        assert_eq!(failure.text, format!("the proxy {address} refused CONNECT to target.invalid:8080: {text}\0"));
    });
}

#[test]
fn other_statuses_are_told_as_they_are() {
    in_every_mode(|mode| {
        for (answer, told) in [
            ("HTTP/1.1 403 Filtered\r\nContent-Length: 0\r\n\r\n", "403 \"Filtered\""),
            ("HTTP/1.0 502 Bad\tGateway\n\n", "502 \"Bad\\tGateway\""),
            ("HTTP/1.1 101 Switching Protocols\r\n\r\n", "101 \"Switching Protocols\""),
            ("HTTP/1.1 302 Found\r\nLocation: http://elsewhere.invalid/\r\nContent-Length: 0\r\n\r\n", "302 \"Found\""),
        ] {
            let (failure, address) = refusal(mode, "http://", answer);
            assert_eq!(failure.text, format!("the proxy {address} refused CONNECT to target.invalid:8080: {told}\0"));
            assert_eq!(failure.phase, Phase::Proxy);
        }
    });
}

#[test]
fn an_ipv6_address_is_in_brackets_in_the_connect_request() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            assert_eq!(peer.read_head(), connect_request("[2001:db8::1]:80", ""));
            peer.send(ESTABLISHED.as_bytes());
            peer.accept();
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::connect_to(mode, "ws://[2001:db8::1]/", through_server("http://", &server));
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
    });
}

#[test]
fn the_proxy_may_listen_on_ipv6() {
    in_every_mode(|mode| {
        let listener = TcpListener::bind("[::1]:0").expect("a port of ::1");
        let server = Server::on(listener, |listener| {
            let mut peer = listener.next();
            peer.read_head();
            peer.send(ESTABLISHED.as_bytes());
            peer.accept();
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::connect_to(mode, URL, through_server("", &server));
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
    });
}

#[test]
fn the_user_agent_is_told_as_it_was_set_and_other_headers_are_the_servers_alone() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            assert_eq!(peer.read_head(), "CONNECT target.invalid:8080 HTTP/1.1\r\nHost: target.invalid:8080\r\n\r\n");
            peer.send(ESTABLISHED.as_bytes());
            assert!(peer.read_head().contains("\r\nAuthorization: Bearer token\r\n"));
            peer.fin();
            peer.drain();
        });
        let mut options = through_server("", &server);
        options.user_agent = None;
        options.add_header(b"Authorization", b"Bearer token").unwrap();
        assert_eq!(Client::connect_to(mode, URL, options).rest(), [ERROR, LOST]);
    });
}

#[test]
fn what_is_excepted_is_reached_directly() {
    in_every_mode(|mode| {
        let proxy = Listener::new();
        let server = Server::open(|peer| peer.close_cleanly(1000, ""));
        let mut options = through(&proxy.address().to_string());
        options.proxies.exceptions = Some(Exceptions::parse("127.0.0.0/8"));
        assert_eq!(Client::connect_to(mode, &server.url(), options).rest(), [OPEN, &clean(1000, "")]);
        assert!(proxy.is_empty());
    });
}

#[test]
fn a_blocked_port_of_the_target_is_refused_before_the_proxy_hears_of_it() {
    in_every_mode(|mode| {
        let proxy = Listener::new();
        let mut client = Client::connect_to(mode, "ws://target.invalid:25/", through(&proxy.address().to_string()));
        assert_eq!(client.rest(), [ERROR, LOST]);
        assert_eq!(client.socket.failure().unwrap().phase, Phase::Url);
        assert!(proxy.is_empty());
    });
}

#[test]
fn over_a_unix_domain_socket_no_proxy_is_asked() {
    in_every_mode(|mode| {
        let proxy = Listener::new();
        let mut options = through(&proxy.address().to_string());
        options.addresses.set_unix_socket(Some(b"/nonexistent/socket")).unwrap();
        let mut client = Client::connect_to(mode, URL, options);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Tcp);
        assert!(failure.text.contains("/nonexistent/socket"), "{}", failure.text);
        assert!(proxy.is_empty());
    });
}
