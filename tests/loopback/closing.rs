//! The closing handshake, started by either side or by both.

use super::support::{
    both::{in_every_mode, in_modes},
    client::{Client, LOST, MODES, Mode, OPEN, binary, clean, not_clean, options, text},
    server::{BINARY, CLOSE, PING, Server, TEXT, close_body, frame, wait},
};
use std::{sync::mpsc, time::Duration};
use ws::{
    client::socket::ReadyState,
    protocol::{Kind, failure::Phase},
};

#[test]
fn messages_go_both_ways_until_the_server_closes() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.expect(TEXT, b"hello");
            peer.text("hello back");
            peer.expect(BINARY, b"\0\xff");
            peer.send(&[frame(BINARY, b"\xff\0"), frame(TEXT, b""), frame(TEXT, "é".as_bytes())].concat());
            peer.close_cleanly(1000, "done");
        });
        let mut client = Client::open(mode, &server);
        client.socket.send(Kind::Text, b"hello", false).unwrap();
        assert_eq!(client.take(), text("hello back"));
        client.socket.send(Kind::Binary, b"\0\xff", false).unwrap();
        let rest = [binary(b"\xff\0"), text(""), text("\\xc3\\xa9"), clean(1000, "done")];
        assert_eq!(client.rest(), rest);
        assert!(client.socket.failure().is_none());
    });
}

#[test]
fn frames_in_the_same_packet_as_the_response_are_delivered() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.accept_with("", &[frame(TEXT, b"first"), frame(TEXT, b"second"), frame(CLOSE, &close_body(3000, "bye"))].concat());
            peer.expect_close(3000, "bye");
            peer.end();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [OPEN, &text("first"), &text("second"), &clean(3000, "bye")]);
    });
}

#[test]
fn the_subprotocol_is_told_with_the_open_event() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.accept_with("Sec-WebSocket-Protocol: b\r\n", b"");
            peer.close_cleanly(1000, "");
        });
        let options = options(|options| options.protocols = vec!["a".into(), "b".into()]);
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.take(), "Open: open 'b'");
        assert_eq!(client.socket.protocol(), c"b");
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn our_close_has_code_and_reason_and_the_event_has_the_servers() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.expect_close(4001, "wir");
            peer.close(3002, "ihr");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        client.socket.close(Some(4001), Some(b"wir")).unwrap();
        assert!(client.state() >= ReadyState::Closing);
        assert_eq!(client.rest(), [clean(3002, "ihr")]);
    });
}

#[test]
fn a_close_without_arguments_is_an_empty_frame_and_the_empty_answer_1005() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.expect(CLOSE, b"");
            peer.send(&frame(CLOSE, b""));
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        client.socket.close(None, None).unwrap();
        assert_eq!(client.rest(), [clean(1005, "")]);
    });
}

#[test]
fn a_close_of_the_server_is_echoed() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| peer.close_cleanly(1000, "done")); // Close, its echo, the end; nothing else may come
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [clean(1000, "done")]); // all events up to the close event; nothing may follow
    });
}

#[test]
fn an_empty_close_of_the_server_is_answered_with_an_empty_one() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.send(&frame(CLOSE, b""));
            peer.expect(CLOSE, b"");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [clean(1005, "")]);
    });
}

#[test]
fn when_both_close_at_once_the_servers_code_counts() {
    in_every_mode(|mode| {
        let (closed, has_closed) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&has_closed);
            peer.close(3001, "server");
            peer.expect_close(4001, "client");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        client.socket.close(Some(4001), Some(b"client")).unwrap();
        closed.send(()).unwrap();
        assert_eq!(client.rest(), [clean(3001, "server")]);
    });
}

#[test]
fn a_close_of_the_server_that_was_not_looked_at_does_not_stop_ours() {
    in_modes(&[Mode::OwnNextEvent, Mode::OwnBatch(1), Mode::OwnBatch(64), Mode::OwnCallbacks], |mode| {
        let ((opened, is_open), (sent, is_sent)) = (mpsc::channel(), mpsc::channel());
        let server = Server::open(move |peer| {
            wait(&is_open);
            peer.close(3001, "server");
            peer.wait_until_received();
            sent.send(()).unwrap();
            peer.expect_close(4001, "client");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        opened.send(()).unwrap();
        wait(&is_sent);
        client.socket.close(Some(4001), Some(b"client")).unwrap();
        assert_eq!(client.rest(), [clean(3001, "server")]);
    });
}

#[test]
fn a_server_that_never_answers_our_close_ends_in_1006_without_an_error() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.expect_close(1000, "");
            // Data meanwhile is no answer; the client may have given up before it comes.
            peer.send_what_is_taken(&[frame(TEXT, b"not delivered"), frame(PING, b"not answered")].concat());
            peer.expect_end();
        });
        let options = options(|options| options.limits.close_timeout = Duration::from_millis(50));
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.take(), OPEN);
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [LOST]);
        let failure = client.socket.failure().unwrap();
        assert_eq!((failure.phase, failure.os_error), (Phase::Closing, 0));
        assert_eq!(failure.text, "the server did not answer our Close frame within 50ms (ws_options_set_close_timeout)\0");
    });
}

#[test]
fn the_server_has_two_seconds_to_end_tcp_and_then_the_close_is_clean_all_the_same() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.close(1001, "away");
            peer.expect_close(1001, "away");
            peer.expect_end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [clean(1001, "away")]);
    });
}

#[test]
fn a_reset_after_both_close_frames_leaves_the_servers_code_but_is_not_clean() {
    for server_first in [true, false] {
        in_every_mode(|mode| {
            let server = Server::open(move |peer| {
                if server_first {
                    peer.close(3005, "bye");
                    peer.expect_close(3005, "bye");
                } else {
                    peer.expect_close(1000, "");
                    peer.close(3005, "bye");
                }
                peer.wait_until_received();
                peer.reset();
            });
            let mut client = Client::open(mode, &server);
            if !server_first {
                client.socket.close(Some(1000), None).unwrap();
            }
            assert_eq!(client.rest(), [not_clean(3005, "bye")], "{mode:?}");
        });
    }
}

#[test]
fn the_state_is_closing_once_the_messages_before_the_servers_close_are_taken() {
    in_every_mode(|mode| {
        let (go, may_go) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.send(&[frame(TEXT, b"one"), frame(TEXT, b"two"), frame(CLOSE, &close_body(1000, ""))].concat());
            peer.expect_close(1000, "");
            wait(&may_go);
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!([client.take(), client.take()], [text("one"), text("two")]);
        client.work_until_state(ReadyState::Closing);
        go.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn an_answer_to_the_last_message_goes_out_before_the_echo_of_the_close() {
    // With callbacks on another thread the test could not answer in time.
    in_modes(&MODES[..4], |mode| {
        let server = Server::open(|peer| {
            peer.send(&[frame(TEXT, b"question"), frame(CLOSE, &close_body(1000, ""))].concat());
            peer.expect(TEXT, b"answer");
            peer.expect_close(1000, "");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.take(), text("question"));
        client.socket.send(Kind::Text, b"answer", false).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn messages_that_come_after_our_close_are_not_delivered() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.expect_close(1000, "");
            peer.send(&[frame(TEXT, b"late"), frame(PING, b"unanswered"), frame(BINARY, &vec![7; 300_000])].concat());
            peer.close(1000, "");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn an_unfinished_message_before_the_servers_close_is_dropped() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.send(&frame(0x01, b"never finished"));
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}
