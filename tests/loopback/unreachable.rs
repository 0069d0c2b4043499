//! Servers that cannot be reached: error, close(1006), and the failure has the phase.

use super::support::{
    client::{Client, ERROR, LOST, in_every_mode, options},
    os,
};
use std::{
    net::{TcpListener, TcpStream},
    time::Duration,
};
use ws::protocol::failure::Phase;

#[test]
fn a_port_where_nobody_listens_is_refused_with_the_systems_number() {
    in_every_mode(|mode| {
        let (_bound, port) = os::port_without_listener();
        let mut client = Client::connect_to(mode, &format!("ws://127.0.0.1:{port}/"), options(|_| ()));
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.os_error), (Phase::Tcp, libc::ECONNREFUSED));
        assert!(failure.text.contains(&format!("127.0.0.1:{port}")), "{}", failure.text);
    });
}

#[test]
fn a_name_that_does_not_exist_fails_in_the_dns_phase() {
    in_every_mode(|mode| {
        let options = options(|options| options.limits.connect_timeout = Duration::from_secs(1));
        let mut client = Client::connect_to(mode, "ws://nonexistent.invalid/", options);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Dns);
        assert!(failure.text.contains("nonexistent.invalid"), "{}", failure.text);
    });
}

#[test]
fn a_server_that_drops_packets_is_given_up_after_the_connect_timeout() {
    in_every_mode(|mode| {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        os::queue_one(&listener);
        let address = listener.local_addr().unwrap();
        let _in_the_queue = TcpStream::connect(address).unwrap();
        let options = options(|options| options.limits.connect_timeout = Duration::from_millis(50));
        let mut client = Client::connect_to(mode, &format!("ws://{address}/"), options);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Tcp, "{}", failure.text);
        assert!(failure.text.contains(&address.to_string()), "{}", failure.text);
    });
}

#[test]
fn every_address_of_localhost_is_tried() {
    in_every_mode(|mode| {
        // Only on IPv4, while [::1] comes first.
        let server = super::support::server::Server::open(|peer| peer.close_cleanly(1000, ""));
        let url = server.url().replace("127.0.0.1", "localhost");
        let mut client = Client::connect_to(mode, &url, options(|_| ()));
        assert_eq!(client.rest(), [super::support::client::OPEN, &super::support::client::clean(1000, "")]);
    });
}
