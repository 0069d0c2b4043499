//! A sender that is faster than the server: messages beyond the limit are refused, and an event says when there is room again.

use super::support::{
    both::{in_every_mode, in_modes},
    client::{Client, Mode, OPEN, clean, describe, guard, options},
    server::{BINARY, Server, wait},
};
use std::{
    fs,
    sync::{Arc, LazyLock, mpsc},
};
use ws::{
    client::{
        deadline::Deadline,
        event::Sink as _,
        event_loop::EventLoop,
        options::Options,
        sinks::BatchSink,
        socket::{Sent, Socket},
    },
    error::Error,
    protocol::Kind,
};

const DRAIN: &str = "Open: drain";
/// More than the kernel takes: as long as the server reads nothing, more than [`MOST`] of it waits.
static MUCH: LazyLock<usize> = LazyLock::new(|| {
    let text = fs::read_to_string("/proc/sys/net/ipv4/tcp_wmem").expect("Linux says");
    // And what the other side keeps.
    text.split_whitespace().last().and_then(|most| most.parse::<usize>().ok()).expect("a number") + (4 << 20)
});
const MESSAGE: usize = 64 << 10;
const OWN: [Mode; 4] = [Mode::OwnNextEvent, Mode::OwnBatch(1), Mode::OwnBatch(64), Mode::OwnCallbacks];
const MOST: u64 = 1 << 20;

/// Options with a limit of what may wait, and a low-water mark.
fn marks(max_buffered: u64, low_water: u64) -> Options {
    options(|options| {
        options.limits.max_buffered = max_buffered;
        options.limits.low_water = low_water;
    })
}

/// A server that reads as many messages as it is told to, when it is told, and sends back their number and size; it closes when it is
/// told nothing more.
fn directed() -> (Server, mpsc::Sender<usize>) {
    let (go, may_go) = mpsc::channel();
    let server = Server::open(move |peer| {
        peer.keep_little();
        while let Ok(messages) = may_go.recv() {
            let mut size = 0;
            for number in 0..messages {
                let (first, payload) = peer.read_frame();
                assert_eq!(first, BINARY);
                assert_eq!(payload[0], u8::try_from(number % 256).unwrap(), "none is missing");
                size += payload.len();
            }
            peer.text(&format!("{messages} of {size}"));
        }
        peer.close_cleanly(1000, "");
    });
    (server, go)
}

fn open(mode: Mode, server: &Server, options: Options) -> Client {
    let mut client = Client::connect_to(mode, &server.url(), options);
    assert_eq!(client.take(), OPEN);
    client
}

/// Sends more than the kernel takes, which is the server's message number 0.
fn send_much(socket: &Arc<Socket>) {
    assert_eq!(socket.send(Kind::Binary, &vec![0; *MUCH], false), Ok(Sent::Accepted));
    assert!(socket.buffered_amount() > MOST);
}

/// Sends messages with numbers until one is refused; how many were accepted.
fn send_until_refused(socket: &Arc<Socket>) -> usize {
    let mut message = vec![0; MESSAGE];
    for number in 0.. {
        message[0] = u8::try_from(number % 256).unwrap();
        match socket.send(Kind::Binary, &message, false) {
            Ok(sent) => assert_eq!(sent, Sent::Accepted),
            Err(Error::Quota(text)) => {
                assert!(text.contains("65536 bytes"), "{text}");
                return number;
            }
            Err(error) => panic!("{error}"),
        }
    }
    unreachable!("it ends with a refusal")
}

/// The next two events, in the order of their text: the event comes when the kernel has taken enough, the answer when the server has.
fn two(client: &mut Client) -> [String; 2] {
    let mut two = [client.take(), client.take()];
    two.sort();
    two
}

#[test]
fn beyond_the_limit_messages_are_refused_and_change_nothing_until_the_server_reads() {
    in_every_mode(|mode| {
        let (server, go) = directed();
        let mut client = open(mode, &server, marks(MOST, MOST / 4));
        let socket = client.socket.clone();
        for _ in 0..2 {
            // Alone it goes out, though it is longer than the limit.
            send_much(&socket);
            let waiting = socket.buffered_amount();
            assert!(matches!(socket.send(Kind::Binary, b"", false), Err(Error::Quota(_))));
            assert!(matches!(socket.send(Kind::Text, b"refused", false), Err(Error::Quota(_))));
            assert!(matches!(socket.send(Kind::Text, &vec![b'x'; *MUCH], false), Err(Error::Quota(_))));
            assert!(socket.buffered_amount() <= waiting, "nothing is counted");
            go.send(1).unwrap();
            assert_eq!(two(&mut client), [DRAIN.into(), format!("Open: text '1 of {}'", *MUCH)]);
            assert_eq!(socket.buffered_amount(), 0);
        }
        drop(go);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn a_sender_that_stops_when_it_is_refused_is_told_when_to_go_on_and_no_message_is_missing() {
    in_every_mode(|mode| {
        let (server, go) = directed();
        let mut client = open(mode, &server, marks(MOST, MOST / 4));
        for _ in 0..3 {
            let accepted = send_until_refused(&client.socket);
            assert!(client.socket.buffered_amount() <= MOST);
            go.send(accepted).unwrap();
            assert_eq!(two(&mut client), [DRAIN.into(), format!("Open: text '{accepted} of {}'", accepted * MESSAGE)]);
        }
        drop(go);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn the_event_comes_once_each_time_the_server_has_read() {
    in_every_mode(|mode| {
        let (server, go) = directed();
        let mut client = open(mode, &server, marks(u64::MAX, 1000));
        for _ in 0..3 {
            send_much(&client.socket);
            go.send(1).unwrap();
            assert_eq!(two(&mut client), [DRAIN.into(), format!("Open: text '1 of {}'", *MUCH)]);
            assert_eq!(client.socket.buffered_amount(), 0);
        }
        drop(go);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn without_a_mark_nobody_is_told() {
    in_every_mode(|mode| {
        let (server, go) = directed();
        let mut client = open(mode, &server, marks(MOST, u64::MAX));
        let accepted = send_until_refused(&client.socket);
        go.send(accepted).unwrap();
        assert_eq!(client.take(), format!("Open: text '{accepted} of {}'", accepted * MESSAGE));
        drop(go);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn what_gathers_is_told_whether_flush_writes_it_on_the_callers_thread_or_the_loop_does() {
    const TIMES: usize = 50;
    in_every_mode(|mode| {
        let (server, go) = directed();
        let mut client = open(mode, &server, marks(u64::MAX, 0));
        for number in 0..TIMES {
            client.socket.send(Kind::Binary, &[u8::try_from(number).unwrap(); 300], true).unwrap();
            if number % 2 == 0 {
                // The background loop may be quicker.
                client.socket.flush(Deadline::Now).unwrap();
            }
            assert_eq!(client.take(), DRAIN);
        }
        go.send(TIMES).unwrap();
        assert_eq!(client.take(), format!("Open: text '{TIMES} of {}'", TIMES * 300));
        drop(go);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn what_a_sender_writes_to_make_room_is_told_too() {
    in_modes(&OWN, |mode| {
        let (server, go) = directed();
        let mut client = open(mode, &server, marks(1000, 500));
        // From the second time on the loop has nothing else to do on this socket.
        for _ in 0..5 {
            for (number, size) in [(0, 300), (1, 300), (2, 300), (3, 200)] {
                // The last one has no room beside the others, which nobody has asked the kernel to take.
                assert_eq!(client.socket.send(Kind::Binary, &vec![number; size], true), Ok(Sent::Accepted));
            }
            assert_eq!(client.socket.buffered_amount(), 200);
            assert_eq!(client.take(), DRAIN);
            go.send(4).unwrap();
            assert_eq!(client.take(), "Open: text '4 of 1100'");
        }
        drop(go);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn no_message_is_refused_only_because_the_loop_has_not_run() {
    const MESSAGES: usize = 200;
    in_every_mode(|mode| {
        let (server, go) = directed();
        let mut client = open(mode, &server, marks(1000, u64::MAX));
        go.send(MESSAGES).unwrap();
        for number in 0..MESSAGES {
            let message = [u8::try_from(number).unwrap(); 100];
            assert_eq!(client.socket.send(Kind::Binary, &message, true), Ok(Sent::Accepted), "message {number}");
        }
        assert_eq!(client.take(), format!("Open: text '{MESSAGES} of {}'", MESSAGES * 100));
        drop(go);
        assert_eq!(client.rest(), [clean(1000, "")]);
    });
}

#[test]
fn closing_ends_the_wait_for_the_event_and_messages_are_discarded_then_whatever_the_limit() {
    in_every_mode(|mode| {
        let (go, may_go) = mpsc::channel();
        let server = Server::open(move |peer| {
            peer.keep_little();
            wait(&may_go);
            let (first, payload) = peer.read_frame();
            assert_eq!((first, payload.len()), (BINARY, *MUCH));
            peer.echo_close(3000, "enough");
        });
        let mut client = open(mode, &server, marks(MOST, MOST / 4));
        send_much(&client.socket);
        client.socket.close(Some(3000), Some(b"enough")).unwrap();
        assert_eq!(client.socket.send(Kind::Text, &vec![b'x'; 2 << 20], false), Ok(Sent::Discarded));
        go.send(()).unwrap();
        assert_eq!(client.rest(), [clean(3000, "enough")]);
        assert_eq!(client.socket.buffered_amount(), 2 << 20);
    });
}

#[test]
fn of_many_sockets_on_a_loop_each_hears_of_its_own() {
    let event_loop = EventLoop::new(false).unwrap();
    let servers: Vec<_> = (0..4).map(|_| directed()).collect();
    let connect = |(server, _): &(Server, _)| {
        let socket = Socket::connect(&server.url(), Options { event_loop: Some(event_loop.clone()), ..marks(MOST, 0) }).unwrap();
        socket.wait_open(guard()).unwrap();
        socket
    };
    let sockets: Vec<_> = servers.iter().map(connect).collect();
    sockets.iter().for_each(send_much);
    for (own, (_server, go)) in sockets.iter().zip(servers) {
        go.send(1).unwrap();
        let mut seen = vec![];
        while seen.len() < 2 {
            let mut sink = BatchSink::new(8, |socket, what, bytes| {
                assert!(Arc::ptr_eq(socket, own), "only its server has read");
                seen.push(describe(socket, what, bytes));
            });
            event_loop.run(&mut sink, guard(), BatchSink::has_delivered).unwrap();
        }
        seen.sort();
        assert_eq!(seen, [DRAIN.into(), format!("Open: text '1 of {}'", *MUCH)]);
        drop(go);
        assert_eq!(own.wait_closed(guard(), |what, bytes| describe(own, what, bytes)), Ok(Some(clean(1000, ""))));
        own.free();
    }
    event_loop.close();
}
