//! SOCKS5: names that are looked up here or there, each kind of address, what the proxy refuses.

use super::{
    super::support::{
        client::{Client, ERROR, LOST, Mode, OPEN, clean, in_every_mode},
        proxy::{socks_reply, through, through_port, through_server},
        server::{Listener, Server},
    },
    URL,
};
use ws::protocol::failure::{Failure, Phase};

/// The request for an address.
fn request(kind: u8, address: &[u8], port: u16) -> Vec<u8> {
    [&[5, 1, 0, kind], address, &port.to_be_bytes()].concat()
}

const LOOPBACK_V6: [u8; 16] = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1];

#[test]
fn an_address_in_the_url_goes_to_the_proxy_as_an_address() {
    in_every_mode(|mode| {
        for (host, kind, address) in [("192.0.2.7", 1, &[192, 0, 2, 7][..]), ("[::1]", 4, &LOOPBACK_V6)] {
            for prefix in ["socks5://", "socks5h://"] {
                let said = request(kind, address, 81);
                let server = Server::new(move |peer| {
                    peer.expect_bytes(b"\x05\x01\x00");
                    peer.send(b"\x05\x00");
                    peer.expect_bytes(&said);
                    peer.send(&socks_reply(0));
                    peer.accept();
                    peer.close_cleanly(1000, "");
                });
                let mut client = Client::connect_to(mode, &format!("ws://{host}:81/"), through_server(prefix, &server));
                assert_eq!(client.rest(), [OPEN, &clean(1000, "")], "{host} by {prefix}");
            }
        }
    });
}

#[test]
fn a_name_that_is_looked_up_here_is_asked_for_address_by_address() {
    in_every_mode(|mode| {
        let server = Server::listening(|listener| {
            for (kind, address, code) in [(4, &LOOPBACK_V6[..], 4), (1, &[127, 0, 0, 1], 0)] {
                let mut peer = listener.next();
                peer.expect_bytes(b"\x05\x01\x00");
                peer.send(b"\x05\x00");
                peer.expect_bytes(&request(kind, address, 8080));
                peer.send(&socks_reply(code));
                if code == 0 {
                    peer.accept();
                    peer.close_cleanly(1000, "");
                } else {
                    peer.expect_end();
                }
            }
        });
        let mut client = Client::connect_to(mode, "ws://localhost:8080/", through_server("socks5://", &server));
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
    });
}

#[test]
fn when_the_proxy_reaches_no_address_the_last_refusal_is_told() {
    in_every_mode(|mode| {
        let server = Server::listening(|listener| {
            for code in [3, 5] {
                let mut peer = listener.next();
                peer.expect_bytes(b"\x05\x01\x00");
                peer.send(&[&b"\x05\x00"[..], &socks_reply(code)].concat());
                peer.drain();
            }
        });
        let mut client = Client::connect_to(mode, "ws://localhost:8080/", through_server("socks5://", &server));
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        let text = "refused to connect to 127.0.0.1:8080: connection refused (SOCKS5 reply 5)";
        assert_eq!((failure.phase, failure.text.as_str()), (Phase::Proxy, format!("the proxy {} {text}\0", server.address()).as_str()));
    });
}

#[test]
fn a_name_that_does_not_exist_here_is_a_failure_of_the_look_up_and_the_proxy_hears_nothing() {
    in_every_mode(|mode| {
        let port = Listener::new();
        let mut client = Client::connect_to(mode, URL, through_port("socks5://", &port));
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Dns);
        assert!(failure.text.starts_with("could not look up the host of target.invalid:8080"), "{}", failure.text);
        assert!(port.is_empty());
    });
}

/// What came of these bytes of the proxy, all at once.
fn failure_of(mode: Mode, prefix: &str, bytes: &'static [u8]) -> Failure {
    let server = Server::new(move |peer| {
        peer.send(bytes);
        peer.drain();
    });
    let mut client = Client::connect_to(mode, URL, through_server(prefix, &server));
    assert_eq!(client.rest(), [ERROR, LOST]);
    let failure = client.socket.failure().expect("it failed").clone();
    assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Proxy, 0, 0), "{}", failure.text);
    Failure { text: failure.text.replace(&server.address().to_string(), "p"), ..failure }
}

#[test]
fn what_the_proxy_refuses_is_told_in_words() {
    in_every_mode(|mode| {
        for (prefix, bytes, told) in [
            ("socks5h://", &b"\x05\x00\x05\x02"[..], "connection not allowed by its rules (SOCKS5 reply 2)"),
            ("socks5h://", b"\x05\x00\x05\x04", "host unreachable (SOCKS5 reply 4)"),
            ("socks5h://", b"\x05\x00\x05\x99", "for a reason that has no name (SOCKS5 reply 153)"),
            ("socks5h://alice:secret@", b"\x05\x02\x01\x01", "user name and password are not accepted (status 1)"),
            ("socks5h://alice:secret@", b"\x05\xff", "it wants another authentication than by user name and password"),
        ] {
            let failure = failure_of(mode, prefix, bytes);
            assert_eq!(failure.text, format!("the proxy p refused to connect to target.invalid:8080: {told}\0"));
        }
        assert_eq!(
            failure_of(mode, "socks5h://", b"\x05\xff").text,
            "the proxy p refused to connect to target.invalid:8080: it wants authentication: give a user name and a password in its URL or \
             with ws_options_set_proxy_credentials\0"
        );
    });
}

#[test]
fn a_name_that_socks_cannot_carry_is_a_failure_of_the_proxy() {
    in_every_mode(|mode| {
        let name = ["x"; 130].join(".");
        let server = Server::new(|peer| peer.expect_end());
        let mut client = Client::connect_to(mode, &format!("ws://{name}/"), through_server("socks5h://", &server));
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Proxy);
        assert!(failure.text.ends_with(": its name is longer than the 255 bytes that SOCKS5 carries\0"), "{}", failure.text);
    });
}

/// The names that have addresses of their own here: the proxy's and the server's.
#[test]
fn addresses_given_to_names_hold_for_the_proxy_and_for_what_it_is_asked_for_by_address() {
    in_every_mode(|mode| {
        for (scheme, kind, address) in [("socks5", 1, &[192, 0, 2, 9][..]), ("socks5h", 3, b"\x0etarget.invalid")] {
            let said = request(kind, address, 8080);
            let server = Server::new(move |peer| {
                peer.expect_bytes(b"\x05\x01\x00");
                peer.send(b"\x05\x00");
                peer.expect_bytes(&said);
                peer.send(&socks_reply(0));
                peer.accept();
                peer.close_cleanly(1000, "");
            });
            let port = server.address().port();
            let mut options = through(&format!("{scheme}://proxy.invalid:{port}"));
            options.addresses.add_override("proxy.invalid", port.into(), "127.0.0.1").unwrap();
            options.addresses.add_override("target.invalid", 8080, "192.0.2.9").unwrap();
            assert_eq!(Client::connect_to(mode, URL, options).rest(), [OPEN, &clean(1000, "")], "{scheme}");
        }
    });
}

#[test]
fn the_ip_version_that_is_allowed_holds_for_the_addresses_that_the_proxy_is_asked_for() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.expect_bytes(b"\x05\x01\x00");
            peer.send(b"\x05\x00");
            peer.expect_bytes(&request(1, &[127, 0, 0, 1], 8080));
            peer.send(&socks_reply(4));
            peer.expect_end();
        });
        let mut options = through_server("socks5://", &server);
        options.addresses.set_ip_version(4).unwrap();
        let mut client = Client::connect_to(mode, "ws://localhost:8080/", options.clone());
        assert_eq!(client.rest(), [ERROR, LOST]);
        assert!(client.socket.failure().unwrap().text.ends_with("host unreachable (SOCKS5 reply 4)\0"));

        let mut client = Client::connect_to(mode, "ws://[::1]:8080/", options);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let text = "could not connect to [::1]:8080: it has no address of the IP version that ws_options_set_ip_version allows\0";
        assert_eq!(client.socket.failure().unwrap().text, text);
        assert!(!server.is_asked_again());
    });
}
