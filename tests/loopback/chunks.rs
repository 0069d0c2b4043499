//! Messages in chunks on sockets: put together they are what the server sent, compressed or not, and the end cuts them off.

use super::support::{
    client::{Client, ERROR, LOST, MODES, Mode, OPEN, QUEUES, binary, clean, guard, in_every_mode, in_modes, options},
    deflate::{COMPRESSED, Deflate, json},
    server::{BINARY, CLOSE, PING, PONG, Peer, Server, TEXT, close_body, frame, wait},
};
use std::sync::{Arc, Mutex, mpsc};
use ws::{
    client::{event::What, options::Options, socket::Socket},
    protocol::Chunk,
    spec::deflate::Offer,
};

fn in_chunks() -> Options {
    options(|options| options.limits.max_chunked = Some(10 << 30))
}

fn open(mode: Mode, server: &Server) -> Client {
    let mut client = Client::connect_to(mode, &server.url(), in_chunks());
    assert_eq!(client.take(), OPEN);
    client
}

/// The events up to the close event, the chunks of each message put together.
fn rest(client: &mut Client) -> Vec<String> {
    let mut all = Vec::new();
    let mut message: Option<(String, String)> = None;
    for line in client.rest() {
        let Some((words, bytes)) = line.strip_prefix("Open: ").and_then(|line| line.split_once(" chunk '")) else {
            all.push(line);
            continue;
        };
        let (place, kind) = words.split_once(' ').expect("place and kind");
        let bytes = bytes.strip_suffix('\'').expect("a quote");
        let begun = message.take();
        assert_eq!(matches!(place, "first" | "only"), begun.is_none(), "{place} behind {begun:?}");
        let (before, so_far) = begun.unwrap_or_else(|| (kind.to_owned(), String::new()));
        assert_eq!(before, kind, "the chunks of a message are of one kind");
        let so_far = so_far + bytes;
        if matches!(place, "last" | "only") {
            all.push(format!("Open: {kind} '{so_far}'"));
        } else {
            message = Some((before, so_far));
        }
    }
    all.extend(message.map(|(kind, so_far)| format!("unfinished {kind} '{so_far}'")));
    all
}

fn text(bytes: &[u8]) -> String {
    format!("Open: text '{}'", bytes.escape_ascii())
}

#[test]
fn messages_of_each_kind_and_form_are_whole_again() {
    let long: Vec<u8> = (0..300_000_u32).map(|n| n.to_le_bytes()[1]).collect();
    let wide = "aß水𝄞".repeat(30_000);
    in_every_mode(|mode| {
        let (sent, sent_text) = (long.clone(), wide.clone());
        let server = Server::open(move |peer| {
            peer.text("short");
            peer.text("");
            peer.send(&frame(BINARY, &sent));
            // Cut inside characters, by frames and by reads.
            let (first, rest) = sent_text.as_bytes().split_at(100_001);
            peer.send(&frame(0x01, first));
            peer.send(&frame(PING, b"between"));
            peer.expect(PONG, b"between");
            peer.send(&frame(0x00, b""));
            for part in rest.chunks(70_003) {
                peer.send(&frame(0x00, part));
            }
            peer.send(&frame(0x80, b""));
            peer.send(&frame(TEXT, "slow 水𝄞".as_bytes())[..7]);
            peer.wait_until_received();
            peer.send_byte_by_byte(&frame(TEXT, "slow 水𝄞".as_bytes())[7..]);
            peer.close_cleanly(1000, "");
        });
        let mut client = open(mode, &server);
        let expected = [text(b"short"), text(b""), binary(&long), text(wide.as_bytes()), text("slow 水𝄞".as_bytes()), clean(1000, "")];
        assert!(rest(&mut client) == expected);
        let stats = client.socket.stats().unwrap();
        assert_eq!((stats.messages_received, stats.payload_received), (5, 5 + 300_000 + wide.len() as u64 + 12));
    });
}

#[test]
fn compressed_messages_are_whole_again() {
    let (long, zeros) = (json(2 << 20), vec![0; 3 << 20]);
    in_every_mode(|mode| {
        let (sent, bomb) = (long.clone(), zeros.clone());
        let server = Server::new(move |peer| {
            let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "");
            for message in [&b"short"[..], b"", &sent] {
                let frame = deflate.frame(TEXT, message);
                peer.send(&frame);
            }
            // More than a queue holds comes out of one read; behind it is more.
            let bomb = deflate.frame(BINARY, &bomb);
            peer.send(&[bomb, frame(TEXT, b"behind"), deflate.frame(TEXT, b"short")].concat());
            peer.close_cleanly(1000, "");
        });
        let mut client = open(mode, &server);
        let expected = [text(b"short"), text(b""), text(&long), binary(&zeros), text(b"behind"), text(b"short"), clean(1000, "")];
        assert!(rest(&mut client) == expected);
        let stats = client.socket.stats().unwrap();
        assert_eq!((stats.messages_received, stats.payload_received), (6, 5 + (5 << 20) + 6 + 5));
        assert_eq!(stats.compressed_received.payload, 5 + (5 << 20) + 5);
    });
}

#[test]
fn what_came_before_a_fault_is_delivered_and_the_connection_fails() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.send(&frame(0x01, b"good, "));
            peer.send(&frame(0x80, b"then \xff bad"));
            peer.expect_close(1007, "");
            peer.end();
        });
        let mut client = open(mode, &server);
        assert_eq!(rest(&mut client), [ERROR, LOST, "unfinished text 'good, then '"]);
        let stats = client.socket.stats().unwrap();
        assert_eq!((stats.messages_received, stats.payload_received), (0, 11));
    });
}

#[test]
fn a_message_that_the_server_does_not_finish_is_never_finished() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.send(&frame(BINARY, b"begun")[..5]);
            peer.fin();
            peer.drain();
        });
        let mut client = open(mode, &server);
        assert_eq!(rest(&mut client), [LOST, "unfinished binary 'beg'"]);

        let server = Server::open(|peer| {
            peer.send(&frame(0x01, b"begun"));
            peer.close_cleanly(1001, "bye");
        });
        let mut client = open(mode, &server);
        assert_eq!(rest(&mut client), [clean(1001, "bye"), "unfinished text 'begun'".to_owned()]);
    });
}

/// Sends the first half of a message, and the second when the client has closed.
fn half_and_half(peer: &mut Peer, deflate: &mut Option<Deflate>) {
    let all = match deflate {
        Some(deflate) => deflate.frame(BINARY, &vec![0; 8 << 20]),
        None => frame(BINARY, &vec![0; 1 << 20]),
    };
    assert_eq!(all[0] & COMPRESSED != 0, deflate.is_some());
    let (first, second) = all.split_at(all.len() / 2);
    peer.send(first);
    peer.expect_close(1000, "enough");
    peer.send(second);
    peer.send(&frame(CLOSE, &close_body(1000, "enough")));
    peer.end();
}

#[test]
fn no_chunk_comes_after_close() {
    for compressed in [false, true] {
        in_every_mode(|mode| {
            let server = Server::new(move |peer| {
                let mut deflate = compressed.then(|| Deflate::accept(peer, Offer::default(), "").0);
                if !compressed {
                    peer.accept();
                }
                half_and_half(peer, &mut deflate);
            });
            let mut client = open(mode, &server);
            assert!(client.take().starts_with("Open: first binary chunk '\\x00"));
            client.socket.close(Some(1000), Some(b"enough")).unwrap();
            // Those that were taken before, in a batch, or called for, may stand in the client's list.
            let rest: Vec<String> = client.rest().into_iter().filter(|line| !line.starts_with("Open: middle binary chunk")).collect();
            assert_eq!(rest, [clean(1000, "enough")]);
        });
    }
}

#[test]
fn a_callback_that_closes_gets_no_further_chunk() {
    let callbacks = [MODES[4], MODES[5]];
    in_modes(&callbacks, |mode| {
        let server = Server::new(|peer| {
            let mut deflate = Some(Deflate::accept(peer, Offer::default(), "").0);
            half_and_half(peer, &mut deflate);
        });
        let (report, reported) = mpsc::channel();
        let report = Mutex::new(report);
        let mut own = Options { ..in_chunks() };
        own.handler = Some(Arc::new(move |socket: &Arc<Socket>, what, bytes: &[u8]| {
            if let What::Chunk(Chunk { first: true, .. }) = what {
                socket.close(Some(1000), Some(b"enough")).unwrap();
            }
            report.lock().unwrap().send((what, bytes.len())).unwrap();
        }));
        let event_loop = (mode == Mode::OwnCallbacks).then(|| ws::client::event_loop::EventLoop::new(false).unwrap());
        own.event_loop.clone_from(&event_loop);
        let socket = Socket::connect(&server.url(), own).unwrap();
        if let Some(event_loop) = &event_loop {
            let mut sink = ws::client::sinks::QueueSink::new(true);
            event_loop.run(&mut sink, guard(), |_| socket.is_done()).unwrap();
        }
        assert_eq!(wait(&reported).0, What::Open);
        assert!(matches!(wait(&reported).0, What::Chunk(_)));
        assert_eq!(wait(&reported).0, What::Close { code: 1000, clean: true });
        socket.free();
    });
}

#[test]
fn what_comes_out_of_a_few_bytes_waits_in_them_until_there_is_room_in_the_queue() {
    const SIZE: usize = 16 << 20;
    const QUEUE: u64 = 1 << 20;
    in_modes(&QUEUES, |mode| {
        let server = Server::new(|peer| {
            let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "");
            // One read brings all of it.
            let bomb = deflate.frame(BINARY, &vec![0; SIZE]);
            assert!(bomb.len() < 20_000);
            peer.send(&bomb);
            peer.close_cleanly(1000, "");
        });
        let mut client = open(mode, &server);
        let (mut taken, mut most, mut pieces) = (0, 0, 0);
        loop {
            let chunk = client.socket.next_event(guard(), |what, bytes| {
                assert!(bytes.iter().all(|byte| *byte == 0));
                (what, bytes.len() - 1)
            });
            let Ok(Some((What::Chunk(chunk), len))) = chunk else { panic!("{chunk:?} behind {taken} bytes") };
            taken += len;
            pieces += usize::from(len > 0);
            most = most.max(client.socket.stats().unwrap().memory);
            if chunk.last {
                break;
            }
        }
        assert_eq!((taken, pieces), (SIZE, SIZE.div_ceil(64 << 10)));
        // The queue, a piece beyond each half of it, what was read, and the decompressor.
        assert!(most < QUEUE + (130 << 10) + (128 << 10) + (100 << 10), "{most} bytes at a time");
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}
