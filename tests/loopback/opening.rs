//! Response heads that open the connection, however odd they look: those that a browser accepts. And what comes in the same packets.

use super::support::{
    client::{Client, ERROR, LOST, OPEN, clean, in_every_mode, options, text},
    server::{CLOSE, HEAD_SIZE, Server, TEXT, close_body, frame},
};
use ws::protocol::failure::Phase;

/// What `respond` makes of the right head, which lacks its blank line, opens the connection in every mode.
#[track_caller]
fn opens(respond: fn(&str) -> String) {
    in_every_mode(|mode| {
        let server = Server::new(move |peer| {
            let head = peer.read_request();
            peer.send(respond(&head).as_bytes());
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
        assert!(client.socket.failure().is_none());
    });
}

/// Another status line in front of the right headers.
fn status_line(right: &str, line: &str) -> String {
    right.replace("HTTP/1.1 101 Switching Protocols", line) + "\r\n"
}

#[test]
fn http_1_0_in_the_status_line_opens() {
    opens(|right| status_line(right, "HTTP/1.0 101 Switching Protocols"));
    opens(|right| status_line(right, "HTTP/2.0 101 Switching Protocols"));
}

#[test]
fn any_reason_phrase_or_none_opens() {
    opens(|right| status_line(right, "HTTP/1.1 101"));
    opens(|right| status_line(right, "HTTP/1.1 101 "));
    opens(|right| status_line(right, "HTTP/1.1 101 404 Nicht gefunden: ü"));
}

#[test]
fn lines_that_end_with_lf_alone_open() {
    opens(|right| right.replace("\r\n", "\n") + "\n");
    opens(|right| right.replacen("\r\n", "\n", 2) + "\r\n");
}

#[test]
fn folded_lines_open() {
    opens(|right| right.replace("Upgrade: ", "Upgrade:\r\n ").replace("Accept: ", "Accept:\r\n\t") + "\r\n");
    opens(|right| right.replace("Connection: Upgrade", "Connection: keep-alive,\r\n  Upgrade") + "\r\n");
}

#[test]
fn names_and_values_in_any_case_open() {
    opens(|right| right.replace("Upgrade: websocket", "UPGRADE: WebSocket").replace("Sec-WebSocket", "sec-websocket") + "\r\n");
    opens(|right| right.replace("Connection: Upgrade", "connection: uPGRADE") + "\r\n");
}

#[test]
fn connection_may_be_a_list_and_may_be_repeated() {
    opens(|right| right.replace("Connection: Upgrade", "Connection: keep-alive, Upgrade") + "\r\n");
    opens(|right| right.replace("Connection: Upgrade", "Connection: keep-alive\r\nConnection: Upgrade") + "\r\n");
    opens(|right| right.replace("Connection: Upgrade", "Connection: Upgrade\r\nConnection: close") + "\r\n");
}

#[test]
fn spaces_around_values_open() {
    opens(|right| right.replace(": ", ":\t  ").replace("\r\n", " \t\r\n").replacen(" \t\r\n", "\r\n", 1) + "\r\n");
    opens(|right| right.replace(": ", ":") + "\r\n");
}

#[test]
fn a_length_and_a_transfer_encoding_beside_the_upgrade_are_ignored() {
    opens(|right| right.to_owned() + "Content-Length: 100\r\nTransfer-Encoding: chunked\r\n\r\n");
}

#[test]
fn lines_without_a_colon_and_unknown_headers_are_ignored() {
    opens(|right| right.to_owned() + "no colon\r\nSet-Cookie: a=b\r\nSet-Cookie: c=d\r\n\r\n");
}

#[test]
fn two_thousand_headers_open() {
    opens(|right| right.to_owned() + &"X: y\r\n".repeat(2000) + "\r\n");
}

#[test]
fn heads_of_64_kib_and_of_256_kib_open() {
    fn of(right: &str, size: usize) -> String {
        let filler = size - right.len() - "X: \r\n\r\n".len();
        let head = format!("{right}X: {}\r\n\r\n", "x".repeat(filler));
        assert_eq!(head.len(), size);
        head
    }
    opens(|right| of(right, 64 << 10));
    opens(|right| of(right, 100 << 10));
    opens(|right| of(right, 256 << 10));
}

#[test]
fn a_head_in_one_byte_pieces_opens() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            let head = peer.read_request() + "\r\n";
            peer.send_byte_by_byte(&[head.as_bytes(), &frame(TEXT, b"first")].concat());
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [OPEN, &text("first"), &clean(1000, "")]);
    });
}

#[test]
fn a_head_and_frames_cut_anywhere_into_two_packets_open_and_deliver() {
    let frames = [frame(TEXT, b"first"), frame(TEXT, b"second"), frame(CLOSE, &close_body(3000, "bye"))].concat();
    in_every_mode(|mode| {
        for place in 0..=HEAD_SIZE + frames.len() {
            let frames = frames.clone();
            let server = Server::new(move |peer| {
                let bytes = [peer.read_request().as_bytes(), b"\r\n", &frames].concat();
                peer.send(&bytes[..place]);
                peer.wait_until_received();
                peer.send(&bytes[place..]);
                peer.expect_close(3000, "bye");
                peer.end();
            });
            let mut client = Client::connect(mode, &server);
            assert_eq!(client.rest(), [OPEN, &text("first"), &text("second"), &clean(3000, "bye")], "cut at {place}");
        }
    });
}

#[test]
fn the_end_in_the_packet_of_the_head_is_open_and_then_lost() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.accept_with("", b"");
            peer.end();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [OPEN, LOST]);
    });
}

#[test]
fn a_violation_in_the_packet_of_the_head_is_open_and_then_failed() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.accept_with("", b"\x83\0");
            peer.expect_close(1002, "");
            peer.expect_end();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [OPEN, ERROR, LOST]);
        assert_eq!(client.socket.failure().unwrap().phase, Phase::Open);
    });
}

#[test]
fn the_subprotocol_that_was_asked_for_opens_with_spaces_around_it() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            peer.accept_with("Sec-WebSocket-Protocol: \t b \r\n", b"");
            peer.close_cleanly(1000, "");
        });
        let options = options(|options| options.protocols = vec!["a".into(), "b".into()]);
        let mut client = Client::connect_to(mode, &server.url(), options);
        assert_eq!(client.rest(), ["Open: open 'b'", &clean(1000, "")]);
    });
}
