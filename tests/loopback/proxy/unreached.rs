//! Proxies that are not reached: what failed is said of the proxy, not of the server.

use super::{
    super::support::{
        client::{Client, ERROR, LOST, Mode, in_every_mode},
        ports::{FullPort, RefusingPort},
        proxy::through,
    },
    URL,
};
use std::time::Duration;
use ws::{
    client::options::Options,
    protocol::failure::{Failure, Phase},
};

fn failure_of(mode: Mode, options: Options) -> Failure {
    let mut client = Client::connect_to(mode, URL, options);
    assert_eq!(client.rest(), [ERROR, LOST]);
    client.socket.failure().expect("it failed").clone()
}

#[test]
fn a_port_where_no_proxy_listens_is_a_failure_of_tcp_that_names_the_proxy() {
    in_every_mode(|mode| {
        for scheme in ["http", "socks5h"] {
            let port = RefusingPort::new();
            let address = port.address();
            let failure = failure_of(mode, through(&format!("{scheme}://alice:secret@{address}")));
            assert_eq!((failure.phase, failure.os_error), (Phase::Tcp, libc::ECONNREFUSED));
            let text = format!("could not connect to the proxy {address}: {address}: Connection refused");
            assert!(failure.text.starts_with(&text), "{text:?} in {:?}", failure.text);
        }
    });
}

#[test]
fn a_proxy_that_drops_packets_is_given_up_after_the_connect_timeout() {
    in_every_mode(|mode| {
        let port = FullPort::new();
        let address = port.address();
        let mut options = through(&address.to_string());
        options.limits.connect_timeout = Duration::from_millis(50);
        let failure = failure_of(mode, options);
        assert_eq!(failure.phase, Phase::Tcp);
        assert_eq!(
            failure.text,
            format!("could not connect to the proxy {address} within 50ms (ws_options_set_connect_timeout): {address}: no answer\0")
        );
    });
}

#[test]
fn a_proxy_whose_name_does_not_exist_is_a_failure_of_the_look_up_that_names_the_proxy() {
    in_every_mode(|mode| {
        let failure = failure_of(mode, through("socks5h://alice:secret@proxy.invalid"));
        assert_eq!(failure.phase, Phase::Dns);
        assert!(failure.text.starts_with("could not look up the host of the proxy proxy.invalid:1080"), "{}", failure.text);
    });
}
