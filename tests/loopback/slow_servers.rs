//! Slowloris over TCP: servers that accept and say nothing, or a byte now and then. Short options end it, and the connection is gone.

use super::support::{
    client::{Client, ERROR, LOST, OPEN, in_every_mode, options},
    server::{CLOSE, Peer, Server, close_body, frame},
};
use std::{io::Write, thread, time::Duration};
use ws::{
    client::options::Options,
    protocol::{failure::Phase, limits::Limits},
};

const SHORT: Duration = Duration::from_millis(60);

fn impatient() -> Options {
    options(|options| options.limits = Limits { handshake_timeout: SHORT, close_timeout: SHORT, ..Limits::default() })
}

/// Sends a byte every few milliseconds, again and again from `bytes`, until the client has cut the connection.
fn trickle(peer: &mut Peer, bytes: &[u8]) {
    for byte in bytes.iter().cycle() {
        if peer.wire().write_all(&[*byte]).is_err() {
            return;
        }
        thread::sleep(Duration::from_millis(2));
    }
}

#[test]
fn a_head_that_comes_in_single_bytes_without_end_is_given_up_and_the_connection_is_gone() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            let head = peer.read_request();
            peer.send(head.as_bytes());
            trickle(peer, b"X-Header: value\r\n");
        });
        let mut client = Client::connect_to(mode, &server.url(), impatient());
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Handshake);
        assert!(failure.text.contains("within 60ms"), "{}", failure.text);
        // The server's script ends only when it cannot write any more.
        drop(server);
    });
}

#[test]
fn a_server_that_answers_our_close_in_single_bytes_is_given_up_and_the_connection_is_gone() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.send(&frame(0x82, &vec![0; 100_000])[..11]);
            peer.expect(CLOSE, &close_body(1000, ""));
            trickle(peer, &[0]);
        });
        let mut client = Client::connect_to(mode, &server.url(), impatient());
        assert_eq!(client.take(), OPEN);
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!(failure.phase, Phase::Closing);
        assert!(failure.text.contains("within 60ms"), "{}", failure.text);
        drop(server);
    });
}

#[test]
fn a_server_that_falls_silent_in_each_phase_is_given_up_and_the_connection_is_gone() {
    in_every_mode(|mode| {
        for sent in [0, 1, 40] {
            let server = Server::new(move |peer| {
                let head = peer.read_request();
                peer.send(&head.as_bytes()[..sent]);
                peer.expect_end();
            });
            let mut client = Client::connect_to(mode, &server.url(), impatient());
            assert_eq!(client.rest(), [ERROR, LOST], "silent after {sent} bytes of the head");
        }
        for sent in [0, 1, 9] {
            let server = Server::open(move |peer| {
                peer.send(&frame(0x82, &[7; 100])[..sent]);
                peer.expect(CLOSE, b"");
                peer.expect_end();
            });
            let mut client = Client::connect_to(mode, &server.url(), impatient());
            assert_eq!(client.take(), OPEN);
            client.socket.close(None, None).unwrap();
            assert_eq!(client.rest(), [LOST], "silent after {sent} bytes of a frame");
        }
    });
}
