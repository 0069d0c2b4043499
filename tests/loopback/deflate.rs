//! permessage-deflate on sockets: what is offered and agreed on, and that messages go both ways, compressed and not.

use super::support::{
    client::{Client, ERROR, LOST, Mode, OPEN, binary, clean, in_every_mode, in_modes, options, text},
    deflate::{COMPRESSED, Deflate, json},
    server::{BINARY, HEAD_SIZE, Server, TEXT, wait},
};
use std::sync::mpsc;
use ws::{
    client::{
        link::How,
        options::Options,
        socket::{ReadyState, Sent},
    },
    protocol::{Kind, failure::Phase},
    spec::deflate::Offer,
};

const BROWSERS: &str = "Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n";
/// Beside the threshold of compression, and long ones.
const SIZES: [usize; 6] = [0, 1, 63, 64, 1024, 1 << 20];

/// What a client sees of a message.
fn seen(kind: Kind, payload: &[u8]) -> String {
    match (kind, payload.len()) {
        (Kind::Text, 1001..) => format!("Open: text '{} bytes'", payload.len()),
        (Kind::Binary, 1001..) => format!("Open: binary '{} bytes'", payload.len()),
        (Kind::Text, _) => text(&payload.escape_ascii().to_string()),
        (Kind::Binary, _) => binary(payload),
    }
}

/// A server that accepts with `parameters` and sends each of `count` messages back, compressed; each has the form that its length
/// demands.
fn echo(offer: Offer, parameters: &'static str, count: usize) -> Server {
    Server::new(move |peer| {
        let (mut deflate, _) = Deflate::accept(peer, offer, parameters);
        for _ in 0..count {
            let (first, payload, size) = deflate.read(peer);
            assert_eq!(first & COMPRESSED != 0, payload.len() >= 64, "{} bytes", payload.len());
            assert!(payload.len() < 1000 || size < payload.len() / 2, "{size} bytes of {}", payload.len());
            let answer = deflate.frame(first & !COMPRESSED, &payload);
            peer.send(&answer);
        }
        peer.echo_close(1000, "");
    })
}

fn talk(mode: Mode, parameters: &'static str, change: impl FnOnce(&mut Options)) {
    let options = options(change);
    let server = echo(options.deflate.offer, parameters, 2 * SIZES.len());
    let mut client = Client::connect_to(mode, &server.url(), options);
    // On the background loop the callback may have come already.
    assert!(mode == Mode::BackgroundCallbacks || client.socket.extensions() == c"");
    assert_eq!(client.take(), OPEN);
    assert_eq!(client.socket.extensions().to_str().unwrap(), format!("permessage-deflate{parameters}"));
    for kind in [Kind::Text, Kind::Binary] {
        for size in SIZES {
            let payload = json(size);
            assert_eq!(client.socket.send(kind, &payload, false), Ok(Sent::Accepted));
            assert_eq!(client.take(), seen(kind, &payload));
        }
    }
    client.socket.close(Some(1000), None).unwrap();
    assert_eq!(client.rest(), [clean(1000, "")]);
    assert_eq!(client.socket.buffered_amount(), 0);
}

#[test]
fn messages_of_each_kind_and_size_come_back_as_they_were_sent() {
    in_every_mode(|mode| talk(mode, "", |_| ()));
}

#[test]
fn messages_come_back_whatever_the_server_has_agreed_to() {
    for parameters in [
        "; server_no_context_takeover; client_no_context_takeover",
        "; server_max_window_bits=8; client_max_window_bits=8",
        "; client_no_context_takeover; server_max_window_bits=11; client_max_window_bits=15",
    ] {
        in_every_mode(|mode| talk(mode, parameters, |_| ()));
    }
}

#[test]
fn messages_come_back_with_each_effort() {
    in_modes(&[Mode::Background, Mode::OwnNextEvent], |mode| {
        for (level, memory) in [(1, 1), (1, 9), (9, 1), (9, 9)] {
            talk(mode, "", |options| (options.deflate.effort.level, options.deflate.effort.memory) = (level, memory));
        }
    });
}

#[test]
fn what_the_options_ask_for_is_offered_and_kept() {
    let change = |options: &mut Options| {
        options.deflate.offer = Offer {
            server_no_context_takeover: true,
            client_no_context_takeover: true,
            server_max_window_bits: 12,
            client_max_window_bits: 9,
        };
    };
    in_every_mode(|mode| talk(mode, "; server_no_context_takeover; server_max_window_bits=12", change));
    let server = Server::new(|peer| {
        let (_, request) = Deflate::accept(peer, Offer::default(), "; server_no_context_takeover; server_max_window_bits=10");
        let offered = "Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover; client_no_context_takeover; \
                       server_max_window_bits=12; client_max_window_bits=9\r\n";
        assert!(request.contains(offered), "{request}");
        peer.close_cleanly(1000, "");
    });
    let mut client = Client::connect_to(Mode::Background, &server.url(), options(change));
    assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
}

#[test]
fn without_context_takeover_a_message_is_as_long_the_second_time() {
    in_modes(&[Mode::Background, Mode::OwnNextEvent], |mode| {
        for (parameters, alone) in [("", false), ("; client_no_context_takeover", true)] {
            let server = Server::new(move |peer| {
                let (mut deflate, _) = Deflate::accept(peer, Offer::default(), parameters);
                let sizes: Vec<usize> = (0..3).map(|_| deflate.read(peer).2).collect();
                assert_eq!(sizes[0] == sizes[1] && sizes[1] == sizes[2], alone, "{sizes:?}");
                assert!(sizes[0] < 500 && (alone || sizes[2] < 30), "{sizes:?}");
                peer.echo_close(1000, "");
            });
            let mut client = Client::open(mode, &server);
            for _ in 0..3 {
                client.socket.send(Kind::Text, &json(1024), false).unwrap();
            }
            client.socket.close(Some(1000), None).unwrap();
            assert_eq!(client.rest(), [clean(1000, "")]);
        }
    });
}

#[test]
fn browsers_offer_is_the_default_and_a_server_need_not_accept_it() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            let (head, rest) = {
                let request = peer.read_head();
                assert!(request.contains(BROWSERS), "{request}");
                (super::support::server::accept_key(&request), "Upgrade: websocket\r\nConnection: Upgrade\r\n\r\n")
            };
            peer.send(format!("HTTP/1.1 101 Switching Protocols\r\nSec-WebSocket-Accept: {head}\r\n{rest}").as_bytes());
            peer.expect(TEXT, &json(1024));
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.socket.extensions(), c"");
        client.socket.send(Kind::Text, &json(1024), false).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn compression_that_is_switched_off_is_not_offered_and_its_acceptance_refused() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            let (_, request) = Deflate::accept(peer, Offer::default(), "");
            assert!(!request.to_lowercase().contains("extensions"), "{request}");
            peer.expect_end();
        });
        let mut client = Client::connect_to(mode, &server.url(), options(|options| options.deflate.on = false));
        assert_eq!(client.rest(), [ERROR, LOST]);
        let failure = client.socket.failure().unwrap();
        let text = "the response's Sec-WebSocket-Extensions header is \"permessage-deflate\"; expected was no such header, as no extension \
                    was offered";
        assert_eq!((failure.phase, failure.http_status, failure.text.trim_end_matches('\0')), (Phase::Handshake, 101, text));
    });
}

#[test]
fn a_bad_acceptance_is_refused_with_what_is_wrong() {
    for (lines, text) in [
        (&["permessage-deflate; x=1"][..], "accepts permessage-deflate with the unknown parameter \"x\""),
        (&["permessage-deflate; server_max_window_bits=7"], "server_max_window_bits=\"7\"; 8 to 15 was expected"),
        (&["permessage-deflate", "permessage-deflate"], "accepts permessage-deflate twice"),
        (&["x-unknown"], "accepts the extension \"x-unknown\", which was not offered"),
        (&[""], "has its end where an extension's name was expected"),
    ] {
        in_every_mode(|mode| {
            let server = Server::new(move |peer| {
                let lines: Vec<String> = lines.iter().map(|value| format!("Sec-WebSocket-Extensions: {value}\r\n")).collect();
                peer.accept_with(&lines.concat(), b"");
                peer.expect_end();
            });
            let mut client = Client::connect_to(mode, &server.url(), Options::default());
            assert_eq!(client.rest(), [ERROR, LOST], "{lines:?}");
            let failure = client.socket.failure().unwrap();
            assert_eq!((failure.phase, failure.http_status), (Phase::Handshake, 101));
            assert!(failure.text.contains(text), "{}", failure.text);
            assert!(failure.head.len() > HEAD_SIZE, "the whole head is kept");
        });
    }
}

#[test]
fn a_message_that_is_not_to_be_compressed_goes_out_as_it_is() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "");
            for size in [100, 1024, 1 << 20] {
                for compressed in [COMPRESSED, 0] {
                    let (first, payload, _) = deflate.read(peer);
                    assert!((first, payload) == (TEXT | compressed, json(size)), "{first:#x}: {size} bytes");
                }
            }
            peer.echo_close(1000, "");
        });
        let mut client = Client::open(mode, &server);
        for size in [100, 1024, 1 << 20] {
            for compress in [true, false] {
                let sent = client.socket.send_so(Kind::Text, &json(size), How { more: false, compress });
                assert_eq!(sent, Ok(Sent::Accepted));
            }
        }
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn all_that_was_accepted_goes_out_before_the_close_frame_and_is_counted_until_then() {
    const EACH: usize = 1 << 20;
    const MESSAGES: usize = 24;
    /// Bytes that no compression makes shorter.
    fn noise(number: usize) -> Vec<u8> {
        let mut word = number as u64 + 1;
        let next = || {
            word = word.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
            word.to_be_bytes()[0]
        };
        std::iter::repeat_with(next).take(EACH).collect()
    }
    in_modes(&[Mode::Background, Mode::OwnNextEvent], |mode| {
        let (closed, is_closed) = mpsc::channel();
        let server = Server::new(move |peer| {
            let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "");
            wait(&is_closed);
            for number in 0..MESSAGES {
                let (first, payload, _) = deflate.read(peer);
                assert!((first, payload) == (BINARY | COMPRESSED, noise(number)), "message {number}");
            }
            peer.echo_close(1000, "all of it");
        });
        let mut client = Client::open(mode, &server);
        for number in 0..MESSAGES {
            assert_eq!(client.socket.send(Kind::Binary, &noise(number), false), Ok(Sent::Accepted));
        }
        client.socket.close(Some(1000), Some(b"all of it")).unwrap();
        assert_eq!(client.state(), ReadyState::Closing);
        let buffered = usize::try_from(client.socket.buffered_amount()).unwrap();
        assert!(buffered > 0 && buffered.is_multiple_of(EACH), "whole messages are counted: {buffered}");
        assert_eq!(client.socket.send(Kind::Binary, &json(1000), false), Ok(Sent::Discarded));
        closed.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1000, "all of it")]);
        assert_eq!(client.socket.buffered_amount(), 1000, "what was discarded stays counted");
    });
}

#[test]
fn a_bomb_fails_the_connection_with_1009_and_what_is_no_deflate_stream_with_1002() {
    in_every_mode(|mode| {
        for (bomb, code, words) in [(true, 1009_u16, "larger than the maximum of 1048576 bytes"), (false, 1002, "no deflate stream")] {
            let server = Server::new(move |peer| {
                let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "");
                let frame = if bomb { deflate.frame(BINARY, &vec![0; 10 << 20]) } else { vec![BINARY | COMPRESSED, 2, 7, 7] };
                peer.send(&frame);
                peer.expect_close(code, "");
                peer.end();
            });
            let mut client = Client::connect_to(mode, &server.url(), options(|options| options.limits.max_message = 1 << 20));
            assert_eq!(client.rest(), [OPEN, ERROR, LOST]);
            let failure = client.socket.failure().unwrap();
            assert_eq!(failure.phase, Phase::Open);
            assert!(failure.text.contains(words), "{}", failure.text);
        }
    });
}
