//! Batches and queues of an own loop when their room ends at a bad moment: nothing is lost, nothing changes places, and no more is
//! shown than there is room for.

use super::support::{
    client::{describe, guard, within},
    server::{BINARY, Peer, Server, TEXT, frame, wait},
};
use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    time::Duration,
};
use ws::{
    client::{
        deadline::Deadline,
        event::Sink as _,
        event_loop::EventLoop,
        options::Options,
        sinks::BatchSink,
        socket::{ReadyState, Socket},
    },
    error::Error,
};

/// Two sockets, `a` and `b`, on an own loop; both are open.
struct Pair {
    event_loop: Arc<EventLoop>,
    sockets: [Arc<Socket>; 2],
    /// Lets a server go on, and says that what it sent is in the client's kernel.
    go: [Sender<()>; 2],
    sent: [Receiver<()>; 2],
    _servers: [Server; 2],
}

impl Pair {
    /// Each server sends its parts, each when it is told to.
    fn new(a: Vec<Vec<u8>>, b: Vec<Vec<u8>>) -> Self {
        let event_loop = EventLoop::new(false).unwrap();
        let ((go_a, sent_a, server_a), (go_b, sent_b, server_b)) = (sender(a), sender(b));
        let sockets = [&server_a, &server_b].map(|server| {
            let options = Options { event_loop: Some(event_loop.clone()), ..Options::default() };
            Socket::connect(&server.url(), options).unwrap()
        });
        let pair = Pair { event_loop, sockets, go: [go_a, go_b], sent: [sent_a, sent_b], _servers: [server_a, server_b] };
        for socket in &pair.sockets {
            socket.wait_open(guard()).unwrap();
        }
        pair
    }

    /// Has a server send its next part.
    fn send(&self, index: usize) {
        self.go[index].send(()).unwrap();
        wait(&self.sent[index]);
    }

    /// One run with room for so many events.
    fn run(&self, capacity: usize, deadline: Deadline) -> Vec<String> {
        let mut seen = vec![];
        let mut sink = BatchSink::new(capacity, |socket, what, bytes| {
            let name = if Arc::ptr_eq(socket, &self.sockets[0]) { "a" } else { "b" };
            seen.push(format!("{name} {}", describe(socket, what, bytes)));
        });
        let ran = self.event_loop.run(&mut sink, deadline, BatchSink::has_delivered);
        assert!(matches!(ran, Ok(_) | Err(Error::Timeout)), "{ran:?}");
        assert!(seen.len() <= capacity, "{seen:?} in a batch of {capacity}");
        seen
    }

    /// Runs until so many events came.
    fn take(&self, capacity: usize, count: usize) -> Vec<String> {
        let mut seen = vec![];
        while seen.len() < count {
            let more = self.run(capacity, within(Duration::from_secs(5)));
            assert!(!more.is_empty(), "after {seen:?} nothing comes");
            seen.extend(more);
        }
        seen
    }
}

impl Drop for Pair {
    fn drop(&mut self) {
        self.sockets.iter().for_each(Socket::free);
        self.event_loop.close();
    }
}

fn sender(parts: Vec<Vec<u8>>) -> (Sender<()>, Receiver<()>, Server) {
    let ((go, may_go), (sent, is_sent)) = (mpsc::channel::<()>(), mpsc::channel());
    let script = move |peer: &mut Peer| {
        for part in parts {
            if may_go.recv().is_err() {
                break;
            }
            if part.is_empty() {
                peer.fin();
            } else {
                peer.send(&part);
            }
            peer.wait_until_received();
            // Not every test waits for that.
            let _ = sent.send(());
        }
        peer.drain();
    };
    (go, is_sent, Server::open(script))
}

fn texts(name: &str, numbers: std::ops::Range<usize>) -> Vec<u8> {
    numbers.flat_map(|number| frame(TEXT, format!("{name}{number}").as_bytes())).collect()
}

fn shown(name: &str, numbers: std::ops::Range<usize>) -> Vec<String> {
    numbers.map(|number| format!("{name} Open: text '{name}{number}'")).collect()
}

#[test]
fn what_a_full_batch_left_of_one_socket_survives_a_call_on_another() {
    let pair = Pair::new(vec![texts("a", 0..4)], vec![texts("b", 0..4)]);
    pair.send(0);
    pair.send(1);
    // Both are readable; the first one's read fills the batch.
    let mut seen = pair.run(1, guard());
    for socket in &pair.sockets {
        // Has the loop look at the socket at its next turn, when the batch is full again.
        socket.ping(b"look at me").unwrap();
    }
    seen.extend(pair.take(1, 7));
    seen.sort();
    assert_eq!(seen, [shown("a", 0..4), shown("b", 0..4)].concat());
}

#[test]
fn the_end_of_the_connection_does_not_overtake_what_a_full_batch_left() {
    let pair = Pair::new(vec![texts("a", 0..4), vec![]], vec![]);
    pair.send(0);
    pair.send(0);
    let mut seen = pair.run(1, guard());
    pair.sockets[0].ping(b"look at me").unwrap();
    seen.extend(pair.take(1, 4));
    assert_eq!(seen, [shown("a", 0..4), vec!["a Closed: close 1006 '' not clean".into()]].concat());
}

#[test]
fn a_long_message_that_is_complete_when_the_batch_is_full_waits_for_the_next() {
    let long = frame(BINARY, &vec![7; 1 << 20]);
    let (start, end) = long.split_at(900_000);
    let pair = Pair::new(vec![texts("a", 0..4)], vec![start.to_vec(), end.to_vec()]);
    // The kernel may not take it all at once: the loop runs meanwhile.
    pair.go[1].send(()).unwrap();
    while pair.sent[1].try_recv().is_err() {
        assert_eq!(pair.run(1, within(Duration::from_millis(2))), [""; 0]);
    }
    assert_eq!(pair.run(1, within(Duration::from_millis(2))), [""; 0]);
    pair.send(0);
    pair.send(1);
    let mut seen = pair.run(1, guard());
    pair.sockets[1].ping(b"look at me").unwrap();
    pair.sockets[0].ping(b"look at me").unwrap();
    // `run` checks that a batch holds no more than it may.
    seen.extend(pair.take(1, 4));
    seen.sort();
    assert_eq!(seen, [shown("a", 0..4), vec![format!("b Open: binary '{} bytes'", 1 << 20)]].concat());
}

#[test]
fn what_waits_in_a_queue_comes_before_what_is_read_later() {
    for capacity in [1, 64] {
        let pair = Pair::new(vec![texts("a", 0..3), texts("a", 3..6)], vec![texts("b", 0..1), texts("b", 1..2)]);
        let [a, b] = &pair.sockets;
        let take_b = || b.next_event(guard(), |what, bytes| describe(b, what, bytes)).unwrap().unwrap();
        // What comes for the first socket while the second one's events are taken waits in its queue.
        pair.send(0);
        pair.send(1);
        assert_eq!(take_b(), "Open: text 'b0'");
        // More is in the kernel, and known to be, when the batch is taken.
        a.set_paused(true).unwrap();
        pair.send(0);
        pair.send(1);
        assert_eq!(take_b(), "Open: text 'b1'");
        a.set_paused(false).unwrap();
        assert_eq!(pair.take(capacity, 6), shown("a", 0..6), "capacity {capacity}");
    }
}

#[test]
fn a_full_queue_does_not_change_the_order_either() {
    let many = 2000;
    let event_loop = EventLoop::new(false).unwrap();
    let (go, sent, server) = sender(vec![texts("a", 0..many)]);
    let (go_b, sent_b, server_b) = sender(vec![texts("b", 0..1)]);
    let mut options = Options { event_loop: Some(event_loop.clone()), ..Options::default() };
    let b = Socket::connect(&server_b.url(), options.clone()).unwrap();
    options.limits.receive_queue = 256;
    let a = Socket::connect(&server.url(), options).unwrap();
    for socket in [&a, &b] {
        socket.wait_open(guard()).unwrap();
    }
    for (go, sent) in [(go, sent), (go_b, sent_b)] {
        go.send(()).unwrap();
        wait(&sent);
    }
    let pair = Pair {
        event_loop,
        sockets: [a, b],
        go: [mpsc::channel().0, mpsc::channel().0],
        sent: [mpsc::channel().1, mpsc::channel().1],
        _servers: [server, server_b],
    };
    assert!(pair.sockets[1].next_event(guard(), |_, _| ()).is_ok());
    assert_eq!(pair.take(1, many), shown("a", 0..many));
    assert_eq!(pair.sockets[0].ready_state(), ReadyState::Open);
}

#[test]
fn a_full_loop_buffer_behind_a_full_batch_does_not_stop_the_run() {
    // Behind a message that fills the batch, the start of one that is longer than the loop's buffer.
    let long = frame(BINARY, &vec![1; 400_000]);
    let pair = Pair::new(vec![[texts("a", 0..1), long].concat()], vec![]);
    // Not more than the kernel takes is there at the first read, the rest comes meanwhile.
    pair.go[0].send(()).unwrap();
    let seen = pair.take(1, 2);
    assert_eq!(seen, [shown("a", 0..1), vec!["a Open: binary '400000 bytes'".into()]].concat());
}
