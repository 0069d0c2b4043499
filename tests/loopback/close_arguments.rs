//! What `close` accepts, in every state: a refused call changes nothing, and a good one after it works.

use super::support::{
    client::{Client, ERROR, LOST, OPEN, clean, in_every_mode},
    server::{CLOSE, Server, close_body, wait},
};
use std::sync::mpsc;
use ws::{client::socket::ReadyState, error::Error};

const BAD_CODES: [i32; 14] = [-1, 0, 999, 1001, 1002, 1005, 1006, 1015, 2999, 5000, 65535, 65536, i32::MIN, i32::MAX];
const GOOD_CODES: [i32; 4] = [1000, 3000, 4000, 4999];

/// None of the calls that `close` must refuse changes anything.
fn refuses_bad_arguments(client: &Client) {
    let state = client.state();
    let buffered = client.socket.buffered_amount();
    let across = "x".repeat(122) + "é";
    let close = |code, reason| client.socket.close(code, reason);
    for code in BAD_CODES {
        for reason in [None, Some(&b""[..]), Some(b"why"), Some(b"\xff"), Some(&[b'x'; 124])] {
            assert!(matches!(close(Some(code), reason), Err(Error::InvalidAccess(_))), "{code} {reason:?}");
        }
    }
    for reason in [&b""[..], b"why", b"\xff", &[b'x'; 124]] {
        assert!(matches!(close(None, Some(reason)), Err(Error::InvalidAccess(_))), "{reason:?} without a code");
    }
    for code in GOOD_CODES {
        assert!(matches!(close(Some(code), Some(&[b'x'; 124])), Err(Error::Syntax(_))));
        assert!(matches!(close(Some(code), Some(across.as_bytes())), Err(Error::Syntax(_))));
        assert_eq!(close(Some(code), Some(b"ab\xff")), Err(Error::InvalidUtf8 { what: "reason", offset: 2 }));
    }
    assert_eq!(client.state(), state, "a refused call changes nothing");
    assert_eq!(client.socket.buffered_amount(), buffered);
}

/// What `close` may be called with, and the code and reason that the server gets.
fn good_arguments() -> Vec<(Option<i32>, Option<String>)> {
    let codes = GOOD_CODES.iter().map(|&code| (Some(code), None));
    let reasons = [0, 1, 122, 123].map(|len| "x".repeat(len)).into_iter().chain(["x".repeat(121) + "é", "\0\u{feff}".into()]);
    codes.chain(reasons.map(|reason| (Some(3999), Some(reason)))).chain([(None, None)]).collect()
}

#[test]
fn every_good_argument_reaches_the_server_of_an_open_socket_after_every_bad_one_was_refused() {
    in_every_mode(|mode| {
        for (code, reason) in good_arguments() {
            let (expected, expected_reason) = (code.map(|code| u16::try_from(code).unwrap()), reason.clone().unwrap_or_default());
            let (go, may_go) = mpsc::channel();
            let server = Server::open(move |peer| {
                let body = expected.map_or(vec![], |code| close_body(code, &expected_reason));
                peer.expect(CLOSE, &body);
                wait(&may_go);
                peer.close(1000, "answer");
                peer.end();
            });
            let mut client = Client::open(mode, &server);
            refuses_bad_arguments(&client);
            client.socket.close(code, reason.as_ref().map(String::as_bytes)).unwrap();
            assert_eq!(client.state(), ReadyState::Closing);
            go.send(()).unwrap();
            assert_eq!(client.rest(), [clean(1000, "answer")]);
        }
    });
}

#[test]
fn in_closing_and_closed_bad_arguments_are_refused_and_good_ones_do_nothing() {
    in_every_mode(|mode| {
        let (go, may_go) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.expect_close(1000, "first");
            wait(&may_go);
            peer.close(1000, "answer");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        client.socket.close(Some(1000), Some(b"first")).unwrap();
        refuses_bad_arguments(&client);
        for code in GOOD_CODES {
            client.socket.close(Some(code), Some(b"second")).unwrap();
        }
        client.socket.close(None, None).unwrap();
        assert_eq!(client.state(), ReadyState::Closing);
        go.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1000, "answer")]);
        refuses_bad_arguments(&client);
        for code in GOOD_CODES {
            client.socket.close(Some(code), Some(b"third")).unwrap();
        }
        client.socket.close(None, None).unwrap();
        client.check_over();
    });
}

#[test]
fn while_connecting_bad_arguments_do_not_stop_the_attempt() {
    in_every_mode(|mode| {
        let (go, may_go) = mpsc::channel();
        let server = Server::new(move |peer| {
            wait(&may_go);
            peer.accept();
            peer.echo_close(1000, "");
        });
        let mut client = Client::connect(mode, &server);
        refuses_bad_arguments(&client);
        go.send(()).unwrap();
        assert_eq!(client.take(), OPEN);
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn while_connecting_every_good_argument_fails_the_attempt() {
    in_every_mode(|mode| {
        for (code, reason) in good_arguments() {
            let (ready, is_ready) = mpsc::channel();
            let server = Server::new(move |peer| peer.read_request_and_expect_end(&ready));
            let mut client = Client::connect(mode, &server);
            client.work_until(&is_ready);
            client.socket.close(code, reason.as_ref().map(String::as_bytes)).unwrap();
            assert_eq!(client.rest(), [ERROR, LOST]);
        }
    });
}
