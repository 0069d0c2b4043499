//! Messages sent in parts and out of buffers that are handed over: what the server gets, from several threads too, and what becomes of
//! them when the connection ends before.

use super::support::{
    client::{Client, LOST, Mode, OPEN, QUEUES, clean, guard, in_every_mode, in_modes, options},
    deflate::{COMPRESSED, Deflate, json},
    server::{BINARY, CLOSE, PING, PONG, Peer, Server, TEXT, close_body, frame, wait},
};
use std::{
    sync::{
        Arc,
        mpsc::{self, Sender},
    },
    thread,
};
use ws::{
    client::{
        deadline::Deadline,
        link::How,
        socket::{Sent, Socket},
    },
    error::Error,
    protocol::{Kind, lent::Buffer},
    spec::deflate::Offer,
};

const AT_ONCE: How = How { more: false, compress: true };
const FIN: u8 = 0x80;

/// The next message, whole: the first byte as if it were one frame, and the payload.
fn read_message(peer: &mut Peer) -> (u8, Vec<u8>) {
    let (first, mut payload) = peer.read_frame();
    let mut fin = first & FIN != 0;
    while !fin {
        let (next, more) = peer.read_frame();
        assert_eq!(next & !FIN, 0, "a fragment of the same message");
        payload.extend(more);
        fin = next & FIN != 0;
    }
    (first | FIN, payload)
}

fn send_in_parts(socket: &Arc<Socket>, kind: Kind, parts: &[&[u8]]) {
    assert_eq!(socket.begin_message(kind, AT_ONCE), Ok(Sent::Accepted));
    for part in parts {
        assert_eq!(socket.append(part), Ok(Sent::Accepted));
    }
    assert_eq!(socket.end_message(), Ok(Sent::Accepted));
}

/// A buffer that says when it goes back.
#[derive(Debug)]
struct Given(Vec<u8>, Sender<()>);

impl Buffer for Given {
    fn bytes(&self) -> &[u8] {
        &self.0
    }

    fn bytes_mut(&mut self) -> &mut [u8] {
        &mut self.0
    }
}

impl Drop for Given {
    fn drop(&mut self) {
        // A test that has failed does not listen.
        let _ = self.1.send(());
    }
}

#[test]
fn a_message_in_parts_arrives_whole_and_before_those_that_came_meanwhile() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            assert_eq!(read_message(peer), (TEXT, b"onetwothree".to_vec()));
            peer.expect(BINARY, b"meanwhile");
            assert_eq!(read_message(peer), (BINARY, vec![7; 3_000_000]));
            peer.expect(TEXT, b"handed over meanwhile");
            peer.echo_close(1000, "");
        });
        let mut client = Client::open(mode, &server);
        let socket = client.socket.clone();
        assert_eq!(socket.begin_message(Kind::Text, AT_ONCE), Ok(Sent::Accepted));
        for part in ["one", "two"] {
            assert_eq!(socket.append(part.as_bytes()), Ok(Sent::Accepted));
        }
        assert_eq!(socket.send(Kind::Binary, b"meanwhile", false), Ok(Sent::Accepted));
        assert_eq!(socket.append(b"three"), Ok(Sent::Accepted));
        assert_eq!(socket.end_message(), Ok(Sent::Accepted));
        assert_eq!(socket.begin_message(Kind::Binary, AT_ONCE), Ok(Sent::Accepted));
        let (give, back) = mpsc::channel();
        let buffer = Box::new(Given(b"handed over meanwhile".to_vec(), give.clone()));
        assert_eq!(socket.send_owned(Kind::Text, buffer, AT_ONCE), Ok(Sent::Accepted));
        for _ in 0..3 {
            assert_eq!(socket.append(&vec![7; 1_000_000]), Ok(Sent::Accepted));
        }
        assert_eq!(back.try_iter().count(), 0);
        assert_eq!(socket.end_message(), Ok(Sent::Accepted));
        assert_eq!(back.try_iter().count(), 1);
        socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
        assert_eq!(socket.buffered_amount(), 0);
        let sent = socket.stats().unwrap().sent.traffic;
        assert_eq!((sent.messages, sent.payload), (4, 11 + 9 + 3_000_000 + 21));
    });
}

#[test]
fn what_is_appended_goes_out_without_waiting_for_the_end_and_pongs_go_between() {
    in_every_mode(|mode| {
        let (seen, is_seen) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.expect(1, b"the beginning");
            peer.send(&frame(PING, b"still there?"));
            peer.expect(PONG, b"still there?");
            seen.send(()).unwrap();
            peer.expect(FIN, b"");
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.socket.begin_message(Kind::Text, AT_ONCE), Ok(Sent::Accepted));
        assert_eq!(client.socket.append(b"the beginning"), Ok(Sent::Accepted));
        client.work_until(&is_seen);
        assert_eq!(client.socket.end_message(), Ok(Sent::Accepted));
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn parts_of_a_byte_each_become_few_frames() {
    const PARTS: usize = 10_000;
    let server = Server::open(|peer| {
        assert_eq!(read_message(peer), (BINARY, vec![b'x'; PARTS]));
        peer.echo_close(1000, "");
    });
    let mut client = Client::open(Mode::OwnNextEvent, &server);
    send_in_parts(&client.socket, Kind::Binary, &vec![&b"x"[..]; PARTS]);
    client.socket.close(Some(1000), None).unwrap();
    assert_eq!(client.rest(), [clean(1000, "")]);
    // The first part goes out at once, the others together, then nothing more than the end and the Close frame.
    assert_eq!(client.socket.stats().unwrap().sent.traffic.wire, (7 + 8 + PARTS + 8) as u64 - 1);
}

#[test]
fn several_threads_send_while_one_sends_in_parts_and_each_message_is_whole_and_in_order() {
    const THREADS: usize = 3;
    const EACH: usize = 300;
    in_modes(&[Mode::Background, Mode::OwnNextEvent], |mode| {
        let server = Server::open(|peer| {
            let mut next = [0; THREADS + 1];
            for _ in 0..=THREADS {
                for _ in 0..EACH {
                    let (_, payload) = read_message(peer);
                    let (thread, number) = (usize::from(payload[0]), usize::from(payload[1]) << 8 | usize::from(payload[2]));
                    assert_eq!(number, next[thread], "of thread {thread}");
                    assert!(payload == message(thread, number), "message {number} of thread {thread}");
                    next[thread] += 1;
                }
            }
            peer.echo_close(1000, "");
        });
        let mut client = Client::open(mode, &server);
        let (socket, (give, back)) = (client.socket.clone(), mpsc::channel());
        thread::scope(|scope| {
            let socket = &socket;
            let senders: Vec<_> = (0..=THREADS)
                .map(|thread| {
                    let give = give.clone();
                    scope.spawn(move || {
                        for number in 0..EACH {
                            let message = message(thread, number);
                            match thread {
                                0 => send_in_parts(socket, Kind::Binary, &message.chunks(1 + message.len() / 3).collect::<Vec<_>>()),
                                1 => {
                                    let buffer = Box::new(Given(message, give.clone()));
                                    assert_eq!(socket.send_owned(Kind::Binary, buffer, AT_ONCE), Ok(Sent::Accepted));
                                }
                                _ => assert_eq!(socket.send(Kind::Binary, &message, number % 7 == 0), Ok(Sent::Accepted)),
                            }
                        }
                    })
                })
                .collect();
            // On an own loop this thread writes what gathers meanwhile.
            let taker = scope.spawn(move || client.rest());
            for sender in senders {
                sender.join().unwrap();
            }
            socket.close(Some(1000), None).unwrap();
            assert_eq!(taker.join().unwrap(), [clean(1000, "")]);
        });
        assert_eq!(back.try_iter().count(), EACH);
        assert_eq!(socket.buffered_amount(), 0);
    });
}

/// Who sent it, its number, and now and then much more than what gathers.
fn message(thread: usize, number: usize) -> Vec<u8> {
    let size = if number % 50 == 49 { 200_000 + number } else { 20 + number };
    let mut message = vec![u8::try_from(number % 251).unwrap(); size];
    message[0] = u8::try_from(thread).unwrap();
    message[1..3].copy_from_slice(&u16::try_from(number).unwrap().to_be_bytes());
    message
}

#[test]
fn a_compressed_message_in_parts_is_inflated_as_one_and_those_behind_it_refer_to_it() {
    in_every_mode(|mode| {
        let server = Server::new(|peer| {
            let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "");
            let mut sizes = vec![];
            for _ in 0..2 {
                let (first, packed) = read_message(peer);
                assert_eq!(first, COMPRESSED | TEXT);
                sizes.push(packed.len());
                let (_, whole, _) = deflate.inflate(first, packed);
                assert!(whole == json(200_000));
            }
            assert!(sizes[1] < sizes[0], "{sizes:?}: the second refers to the first");
            peer.echo_close(1000, "");
        });
        let mut client = Client::connect_to(mode, &server.url(), options(|_| ()));
        assert_eq!(client.take(), OPEN);
        let all = json(200_000);
        assert_eq!(client.socket.begin_message(Kind::Text, AT_ONCE), Ok(Sent::Accepted));
        for part in all.chunks(777) {
            assert_eq!(client.socket.append(part), Ok(Sent::Accepted));
        }
        assert_eq!(client.socket.send(Kind::Text, &all, false), Ok(Sent::Accepted));
        assert_eq!(client.socket.end_message(), Ok(Sent::Accepted));
        client.socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
        assert_eq!(client.socket.stats().unwrap().sent.compressed.payload, 400_000);
    });
}

#[test]
fn closed_before_its_end_what_was_appended_goes_out_and_what_waits_behind_is_discarded() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            peer.expect(1, b"part");
            peer.echo_close(3000, "enough");
        });
        let mut client = Client::open(mode, &server);
        let socket = client.socket.clone();
        let (give, back) = mpsc::channel();
        assert_eq!(socket.begin_message(Kind::Text, AT_ONCE), Ok(Sent::Accepted));
        assert_eq!(socket.append(b"part"), Ok(Sent::Accepted));
        assert_eq!(socket.send(Kind::Text, b"behind", false), Ok(Sent::Accepted));
        let buffer = Box::new(Given(vec![1; 100_000], give.clone()));
        assert_eq!(socket.send_owned(Kind::Binary, buffer, AT_ONCE), Ok(Sent::Accepted));
        socket.close(Some(3000), Some(b"enough")).unwrap();
        assert_eq!(back.try_iter().count(), 1, "it goes back at once");
        assert_eq!(socket.append(b"late"), Ok(Sent::Discarded));
        assert_eq!(client.rest(), [clean(3000, "enough")]);
        assert_eq!(socket.end_message(), Ok(Sent::Discarded));
        assert_eq!(socket.buffered_amount(), 6 + 100_000 + 4);
        assert_eq!(socket.flush(Deadline::Now), Ok(()), "what was discarded is not waited for");
        assert_eq!(socket.stats().unwrap().sent.traffic.messages, 2, "those that were accepted whole");
    });
}

#[test]
fn when_the_server_closes_before_its_end_it_stays_unfinished() {
    in_every_mode(|mode| {
        let (begun, is_begun) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.expect(2, b"part");
            wait(&is_begun);
            peer.close(1001, "");
            peer.expect(CLOSE, &close_body(1001, ""));
            peer.end();
        });
        let mut client = Client::open(mode, &server);
        assert_eq!(client.socket.begin_message(Kind::Binary, AT_ONCE), Ok(Sent::Accepted));
        assert_eq!(client.socket.append(b"part"), Ok(Sent::Accepted));
        assert_eq!(client.socket.send(Kind::Text, b"behind", false), Ok(Sent::Accepted));
        begun.send(()).unwrap();
        assert_eq!(client.rest(), [clean(1001, "")]);
        assert_eq!(client.socket.append(b"late"), Ok(Sent::Discarded));
        assert_eq!(client.socket.buffered_amount(), 10);
    });
}

#[test]
fn a_connection_that_is_cut_gives_back_all_buffers_and_what_did_not_go_out_stays_counted() {
    const MUCH: usize = 16 << 20;
    in_every_mode(|mode| {
        let (sent, is_sent) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.keep_little();
            wait(&is_sent);
            peer.reset();
        });
        let mut client = Client::open(mode, &server);
        let (socket, (give, back)) = (client.socket.clone(), mpsc::channel());
        let given = |len: usize| Box::new(Given(vec![1; len], give.clone()));
        assert_eq!(socket.send_owned(Kind::Binary, given(MUCH), AT_ONCE), Ok(Sent::Accepted));
        assert_eq!(socket.send_owned(Kind::Binary, given(100_000), AT_ONCE), Ok(Sent::Accepted));
        assert_eq!(socket.begin_message(Kind::Binary, AT_ONCE), Ok(Sent::Accepted));
        assert_eq!(socket.append(&[1; 1000]), Ok(Sent::Accepted));
        assert_eq!(socket.send_owned(Kind::Binary, given(10), AT_ONCE), Ok(Sent::Accepted));
        assert_eq!(back.try_iter().count(), 0);
        sent.send(()).unwrap();
        assert_eq!(client.rest(), [LOST]);
        assert_eq!(socket.append(b"x"), Ok(Sent::Discarded));
        assert!(socket.buffered_amount() > 100_000 + 1000 + 10);
        assert!(matches!(socket.flush(guard()), Err(Error::Network(_))));
        drop(client);
        // The background loop tells of the end before it lets go of the connection.
        for _ in 0..3 {
            wait(&back);
        }
        assert_eq!(back.try_iter().count(), 0);
    });
}

#[test]
fn flush_waits_for_what_was_appended_and_not_for_what_waits_behind() {
    in_modes(&QUEUES, |mode| {
        let server = Server::open(|peer| {
            assert_eq!(read_message(peer), (BINARY, b"abc".to_vec()));
            peer.expect(TEXT, b"behind");
            peer.echo_close(1000, "");
        });
        let mut client = Client::open(mode, &server);
        let socket = client.socket.clone();
        assert_eq!(socket.begin_message(Kind::Binary, How { more: true, compress: true }), Ok(Sent::Accepted));
        assert_eq!(socket.append(b"a"), Ok(Sent::Accepted));
        assert_eq!(socket.send(Kind::Text, b"behind", false), Ok(Sent::Accepted));
        assert_eq!(socket.append(b"bc"), Ok(Sent::Accepted));
        assert_eq!(socket.flush(guard()), Ok(()));
        assert_eq!(socket.buffered_amount(), 6);
        assert_eq!(socket.end_message(), Ok(Sent::Accepted));
        assert_eq!(socket.flush(guard()), Ok(()));
        assert_eq!(socket.buffered_amount(), 0);
        socket.close(Some(1000), None).unwrap();
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}
