//! `stats`: what a connection has sent and received, to the byte, in each way to take events and after its end.

use super::support::{
    client::{Client, ERROR, LOST, Mode, OPEN, QUEUES, binary, clean, guard, in_every_mode, in_modes, options, text, within},
    ports::RefusingPort,
    server::{BINARY, CLOSE, PING, PONG, Peer, Server, TEXT, frame, wait},
};
use std::{
    sync::{
        Arc,
        mpsc::{self, Sender},
    },
    time::Duration,
};
use ws::{
    client::{
        deadline::Deadline,
        event::What,
        link::How,
        options::Options,
        socket::{Sent, Socket},
        stats::{Phases, Stats},
    },
    protocol::{
        Kind,
        counts::{Answers, Compressed, Counts, Traffic},
    },
};

/// A client's header, with its key, of a payload of so many bytes.
fn header(payload: usize) -> u64 {
    match payload {
        0..126 => 6,
        126..0x1_0000 => 8,
        _ => 14,
    }
}

fn stats(client: &Client) -> Stats {
    client.socket.stats().unwrap()
}

/// Those that do not depend on the machine.
fn exact(stats: Stats) -> Stats {
    Stats {
        sent: Counts { answers: Answers { last_rtt: 0, min_rtt: 0, ..stats.sent.answers }, ..stats.sent },
        phases: Phases::default(),
        memory: 0,
        ..stats
    }
}

#[test]
fn each_number_is_exact_and_stays_after_the_end() {
    let fragments = [frame(0x01, b"frag"), frame(PING, b"p"), frame(0x80, b"ment")].concat();
    let messages = [frame(BINARY, &[b'b'; 300]), fragments, frame(BINARY, &vec![b'l'; 200_000])].concat();
    let early = frame(TEXT, b"early");
    let received = [&early[..], &messages, &frame(PONG, b"unasked"), &frame(PONG, b"x"), &frame(CLOSE, b"\x03\xe8bye")].concat().len();
    in_every_mode(|mode| {
        let (early, messages) = (early.clone(), messages.clone());
        let server = Server::new(move |peer| {
            peer.accept_with("", &early);
            peer.send(&messages);
            peer.expect(PONG, b"p");
            peer.expect(PING, b"x");
            peer.send(&[frame(PONG, b"unasked"), frame(PONG, b"x")].concat());
            peer.expect(TEXT, b"hello");
            peer.expect(BINARY, &vec![7; 70_000]);
            peer.expect(BINARY, b"");
            peer.close_cleanly(1000, "bye");
        });
        let mut client = Client::connect(mode, &server);
        let all: Vec<String> = (0..5).map(|_| client.take()).collect();
        let large = "Open: binary '200000 bytes'".to_owned();
        assert_eq!(all, [OPEN.to_owned(), text("early"), binary(&[b'b'; 300]), text("fragment"), large]);
        let seen = stats(&client);
        assert_eq!((seen.messages_received, seen.payload_received), (4, 5 + 300 + 8 + 200_000));
        assert_eq!((seen.sent.traffic.messages, seen.sent.answers), (0, Answers::default()));

        client.socket.ping(b"x").unwrap();
        assert_eq!(client.take(), "Open: pong 'x'");
        assert_eq!(client.socket.send(Kind::Text, b"hello", false), Ok(Sent::Accepted));
        assert_eq!(client.socket.send(Kind::Binary, &vec![7; 70_000], false), Ok(Sent::Accepted));
        assert_eq!(client.socket.send(Kind::Binary, b"", false), Ok(Sent::Accepted));
        assert_eq!(client.rest(), [clean(1000, "bye")]);

        let end = stats(&client);
        let frames = [1, 1, 5, 70_000, 0, 5].map(|payload| header(payload) + payload as u64);
        let expected = Stats {
            sent: Counts {
                traffic: Traffic { messages: 3, payload: 70_005, wire: frames.iter().sum() },
                compressed: Compressed::default(),
                answers: Answers { pings: 1, pongs: 2, ..Answers::default() },
            },
            messages_received: 4,
            payload_received: 200_313,
            wire_received: received as u64,
            ..Stats::default()
        };
        assert_eq!(exact(end), expected);
        assert!(end.sent.answers.min_rtt > 0 && end.sent.answers.min_rtt <= end.sent.answers.last_rtt, "{end:?}");
        assert!(end.phases.dns == 0 && end.phases.tcp > 0 && end.phases.handshake > 0, "{end:?}");
        assert_eq!(client.socket.send(Kind::Text, b"too late", false), Ok(Sent::Discarded));
        assert_eq!(exact(stats(&client)), expected, "nothing happens any more");
        assert_eq!((stats(&client).sent, stats(&client).phases), (end.sent, end.phases));
    });
}

#[test]
fn what_was_compressed_is_known_before_and_after() {
    in_every_mode(|mode| {
        let (report, reported) = mpsc::channel();
        let server = Server::new(move |peer| {
            // "Hello" of RFC 7692 section 7.2.3.1, in one frame and in two.
            let hello = b"\xf2\x48\xcd\xc9\xc9\x07\x00";
            let frames = [frame(0xc1, hello), frame(TEXT, b"plain"), frame(0x41, &hello[..3]), frame(0x80, &hello[3..])].concat();
            peer.accept_with("Sec-WebSocket-Extensions: permessage-deflate; server_no_context_takeover\r\n", &frames);
            let (first, payload) = peer.read_frame();
            assert_eq!(first, 0xc1);
            report.send(payload.len() as u64).unwrap();
            peer.expect(TEXT, &[b'a'; 2000]);
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        assert_eq!([client.take(), client.take(), client.take()], [text("Hello"), text("plain"), text("Hello")]);
        client.socket.send(Kind::Text, &[b'a'; 2000], false).unwrap();
        client.socket.send_so(Kind::Text, &[b'a'; 2000], How { more: false, compress: false }).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
        let (end, wire) = (stats(&client), wait(&reported));
        assert!(wire < 100, "{wire}");
        assert_eq!((end.messages_received, end.payload_received), (3, 15));
        assert_eq!(end.compressed_received, Compressed { payload: 10, wire: 14 });
        assert_eq!((end.sent.traffic.messages, end.sent.traffic.payload), (2, 4000));
        assert_eq!(end.sent.compressed, Compressed { payload: 2000, wire });
        assert_eq!(end.sent.traffic.wire, (6 + wire) + (8 + 2000) + (6 + 2), "two messages and the Close frame");
        assert_eq!(end.wire_received, (2 + 7) + (2 + 5) + (2 + 3) + (2 + 4) + (2 + 2));
    });
}

#[test]
fn keep_alive_pings_are_counted_and_timed_too() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            for _ in 0..3 {
                let (first, payload) = peer.read_frame();
                assert_eq!(first, PING);
                peer.send(&frame(PONG, &payload));
            }
            peer.close(1000, "");
            while peer.read_frame().0 != CLOSE {}
            peer.end();
        });
        let often = options(|options| options.limits.ping_interval = Some(Duration::from_millis(10)));
        let mut client = Client::connect_to(mode, &server.url(), often);
        assert_eq!(client.take(), OPEN);
        assert_eq!(client.rest(), [clean(1000, "")]);
        let sent = stats(&client).sent.answers;
        assert!(sent.pings >= 3 && sent.pongs == 3, "{sent:?}");
        assert!(sent.min_rtt > 0 && sent.min_rtt <= sent.last_rtt, "{sent:?}");
    });
}

#[test]
fn what_comes_after_close_was_called_counts_as_bytes_only() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.text("one");
            peer.expect_close(1000, "");
            peer.text("late");
            peer.close(1000, "");
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.take(), text("one"));
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
        let end = stats(&client);
        assert_eq!((end.messages_received, end.payload_received, end.wire_received), (1, 3, 5 + 6 + 4));
        assert_eq!((end.sent.traffic.messages, end.sent.traffic.wire), (0, 8));
    });
}

#[test]
fn a_callback_finds_the_message_counted_that_it_is_called_with() {
    let (report, reported) = mpsc::channel();
    let server = Server::new(|peer| {
        peer.accept_with("", &[frame(TEXT, b"1"), frame(TEXT, b"22"), frame(0x01, b"3"), frame(0x80, b"33")].concat());
        peer.expect(CLOSE, b"");
        peer.send(&frame(CLOSE, b""));
        peer.end();
    });
    let handler = Arc::new(move |socket: &Arc<Socket>, what: What, _: &[u8]| {
        if let What::Message(_) = what {
            let seen = socket.stats().unwrap();
            report.send((seen.messages_received, seen.payload_received)).unwrap();
        }
    });
    let socket = Socket::connect(&server.url(), options(|options| options.handler = Some(handler))).unwrap();
    assert_eq!([wait(&reported), wait(&reported), wait(&reported)], [(1, 1), (2, 3), (3, 6)]);
    socket.free();
}

#[test]
fn how_long_each_phase_took_is_known_of_those_that_were_reached() {
    in_every_mode(|mode| {
        // The system refuses this name before it asks a name server.
        let mut client = Client::connect_to(mode, &format!("ws://{}.invalid/", "x".repeat(64)), Options::default());
        assert_eq!(client.rest(), [ERROR, LOST]);
        let Phases { dns, tcp, tls, handshake } = stats(&client).phases;
        assert_eq!(tls, 0, "there is no TLS");
        assert!(dns > 0 && tcp == 0 && handshake == 0, "{dns} {tcp} {handshake}");

        let server = Server::new(|peer| {
            peer.read_request();
            peer.send(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
            peer.drain();
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [ERROR, LOST]);
        let Phases { dns, tcp, tls, handshake } = stats(&client).phases;
        assert_eq!(tls, 0, "there is no TLS");
        assert!(dns == 0 && tcp > 0 && handshake > 0, "{dns} {tcp} {handshake}");

        let port = RefusingPort::new();
        let mut client = Client::connect_to(mode, &port.url(), Options::default());
        assert_eq!(client.rest(), [ERROR, LOST]);
        let end = stats(&client);
        assert!(end.phases.tcp > 0, "{end:?}");
        assert_eq!(Stats { phases: Phases { tcp: 0, ..end.phases }, memory: 0, ..end }, Stats::default());
    });
}

/// Pings the client twice: at the second answer it has done with all that came before the first.
fn settle(peer: &mut Peer, ready: &Sender<()>) {
    for ping in [b"1", b"2"] {
        peer.send(&frame(PING, ping));
        peer.expect(PONG, ping);
    }
    ready.send(()).unwrap();
}

#[test]
fn the_part_of_a_message_that_has_come_is_held_until_the_rest_has() {
    in_every_mode(|mode| {
        let ((ready, is_ready), (go, may_go)) = (mpsc::channel(), mpsc::channel());
        let server = Server::open(move |peer| {
            peer.send(&frame(0x02, &vec![b'f'; 100_000]));
            settle(peer, &ready);
            wait(&may_go);
            peer.send(&frame(0x80, b""));
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        client.work_until(&is_ready);
        let half = stats(&client);
        assert!((100_000..400_000).contains(&half.memory), "{half:?}");
        assert_eq!((half.messages_received, half.payload_received), (0, 0));
        go.send(()).unwrap();
        assert_eq!(client.rest(), ["Open: binary '100000 bytes'".to_owned(), clean(1000, "")]);
        let end = stats(&client);
        assert!(end.memory < 4096, "{end:?}");
        assert_eq!((end.messages_received, end.payload_received), (1, 100_000));
    });
}

#[test]
fn messages_that_wait_to_be_taken_are_held() {
    let (ready, is_ready) = mpsc::channel();
    let server = Server::open(move |peer| {
        for _ in 0..100 {
            peer.send(&frame(BINARY, &[b'q'; 1000]));
        }
        peer.send(&frame(BINARY, &vec![b'Q'; 100_000]));
        settle(peer, &ready);
        peer.close_cleanly(1000, "");
    });
    let mut client = Client::open(Mode::Background, &server);
    wait(&is_ready);
    let full = stats(&client);
    assert!((200_000..800_000).contains(&full.memory), "{full:?}");
    assert_eq!((full.messages_received, full.payload_received), (101, 200_000));
    assert_eq!(client.rest().len(), 102);
    assert_eq!(client.socket.next_event(Deadline::Now, |what, _| what), Ok(None));
    assert_eq!((stats(&client).messages_received, stats(&client).payload_received), (101, 200_000));
}

#[test]
fn what_waits_to_be_sent_is_held_and_counts_as_sent_when_the_kernel_takes_it() {
    const MUCH: usize = 32 << 20;
    in_modes(&QUEUES, |mode| {
        let (go, may_go) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&may_go);
            assert_eq!(peer.read_frame().1.len(), MUCH);
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        client.socket.send(Kind::Binary, &vec![3; MUCH], false).unwrap();
        let waiting = stats(&client);
        let left = client.socket.buffered_amount();
        assert!(left > 0 && waiting.memory >= left, "{left} bytes wait in {}", waiting.memory);
        assert_eq!((waiting.sent.traffic.messages, waiting.sent.traffic.payload), (1, MUCH as u64));
        assert!(waiting.sent.traffic.wire > 0 && waiting.sent.traffic.wire < MUCH as u64, "{waiting:?}");
        assert_eq!(client.socket.flush(within(Duration::from_millis(1))), Err(ws::error::Error::Timeout));
        go.send(()).unwrap();
        assert_eq!(client.socket.flush(guard()), Ok(()));
        let gone = stats(&client);
        assert_eq!(gone.sent.traffic.wire, header(MUCH) + MUCH as u64);
        assert!(gone.memory < 4096, "{gone:?}");
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}
