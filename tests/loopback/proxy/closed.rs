//! `close` while a proxy is asked: CLOSING at once, then error and close(1006), and the proxy sees TCP end.

use super::{
    super::support::{
        client::{Client, ERROR, LOST, in_every_mode},
        proxy::{WAYS, through_server},
        server::Server,
    },
    HOST, PORT, URL,
};
use std::sync::mpsc;
use ws::client::socket::ReadyState;

#[test]
fn closing_after_any_part_of_the_answers_ends_the_attempt_at_once() {
    in_every_mode(|mode| {
        for way in &WAYS {
            for place in [0, 1, 2, 3, way.size() / 2, way.size() - 1] {
                let (ready, is_ready) = mpsc::channel();
                let server = Server::new(move |peer| {
                    peer.open_way_up_to(way, HOST, PORT, place);
                    peer.wait_until_received();
                    ready.send(()).unwrap();
                    peer.drain();
                });
                let mut client = Client::connect_to(mode, URL, through_server(way.prefix, &server));
                client.work_until(&is_ready);
                assert_eq!(client.state(), ReadyState::Connecting);
                client.socket.close(Some(1000), None).unwrap();
                assert!(client.state() >= ReadyState::Closing);
                assert_eq!(client.rest(), [ERROR, LOST], "{} after {place} bytes", way.name);
                assert!(client.socket.failure().unwrap().text.contains("closed the connection before it was open"));
            }
        }
    });
}

#[test]
fn freeing_while_the_proxy_is_asked_ends_tcp() {
    in_every_mode(|mode| {
        for way in &WAYS {
            let (ready, is_ready) = mpsc::channel();
            let server = Server::new(move |peer| {
                peer.open_way_up_to(way, HOST, PORT, 1);
                peer.wait_until_received();
                ready.send(()).unwrap();
                peer.drain();
            });
            let mut client = Client::connect_to(mode, URL, through_server(way.prefix, &server));
            client.work_until(&is_ready);
            drop(client);
        }
    });
}
