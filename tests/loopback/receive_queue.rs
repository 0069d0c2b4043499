//! How much may wait to be taken, in bytes and in messages: the socket is not read beyond it, and again when half is taken; meanwhile
//! the loop rests.

use super::support::{
    client::{Client, Mode, OPEN, QUEUES, in_modes, options, within},
    deflate::Deflate,
    server::{BINARY, GUARD, PING, PONG, Peer, Server, TEXT, frame, wait},
};
use std::{
    io::{ErrorKind, Write},
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    time::{Duration, Instant},
};
use ws::{
    client::{deadline::Deadline, event_loop::EventLoop, socket::Socket},
    error::Error,
    protocol::{Kind, limits::Limits},
    spec::deflate::Offer,
};

const MESSAGE: usize = 1000;
/// What the longest read brings.
const READ: u64 = 128 << 10;
/// What one message takes of the queue: its bytes, a NUL and a note of its place.
const WEIGHT: u64 = MESSAGE as u64 + 13;

/// A server that is told to begin and then sends such messages as fast as they are taken, until the client cuts it. It says so whenever
/// it cannot for a while.
fn flood(blocked: Sender<()>) -> Server {
    Server::open(move |peer| {
        peer.expect(TEXT, b"go");
        let many = frame(BINARY, &[b'm'; MESSAGE]).repeat(100);
        let mut stream = peer.tcp();
        stream.set_write_timeout(Some(Duration::from_millis(100))).unwrap();
        let mut sent = 0;
        loop {
            match stream.write(&many[sent..]) {
                Ok(count) => sent = (sent + count) % many.len(),
                // The test may have ended.
                Err(error) if matches!(error.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => drop(blocked.send(())),
                Err(_) => return,
            }
        }
    })
}

/// Waits until such a server cannot send, though it may not have been able to before.
fn wait_until_blocked(blocked: &Receiver<()>) {
    blocked.try_iter().for_each(drop);
    wait(blocked);
}

/// Two sockets on an own loop: one that is flooded, whose events are taken one by one, and one on which nothing happens, which has the
/// loop run.
struct Pair {
    busy: Client,
    quiet: Client,
    taken: u64,
    _servers: [Server; 2],
}

impl Pair {
    fn new(server: Server, limits: Limits) -> Self {
        let silence = Server::open(Peer::drain);
        let event_loop = EventLoop::new(false).unwrap();
        let connect = |server: &Server| {
            let options = options(|options| options.limits = limits);
            let mut client = Client::on_loop(Mode::OwnNextEvent, &server.url(), options, Some(event_loop.clone()));
            assert_eq!(client.take(), OPEN);
            client
        };
        let quiet = connect(&silence);
        let busy = connect(&server);
        busy.socket.send(Kind::Text, b"go", false).unwrap();
        Pair { busy, quiet, taken: 0, _servers: [server, silence] }
    }

    /// Has the loop run, and says how many turns it made.
    fn run(&self, deadline: Deadline) -> u64 {
        let event_loop = self.quiet.event_loop.as_ref().unwrap();
        let before = event_loop.turn();
        let found = self.quiet.socket.next_event(deadline, |what, _| what);
        assert_eq!(found, Err(Error::Timeout));
        event_loop.turn() - before
    }

    fn received(&self) -> u64 {
        self.busy.socket.stats().unwrap().messages_received
    }

    fn waiting(&self) -> u64 {
        self.received() - self.taken
    }

    fn take(&mut self) -> usize {
        let taken = self.busy.socket.next_event(Deadline::Now, |_, bytes| bytes.len() - 1);
        self.taken += 1;
        taken.expect("an event waits").expect("it is not the end")
    }

    fn run_until(&self, enough: impl Fn(&Self) -> bool) {
        let end = Instant::now() + GUARD;
        while !enough(self) {
            assert!(Instant::now() < end, "{:?}", self.busy.socket.stats());
            self.run(within(Duration::from_millis(1)));
        }
    }
}

/// Fills both halves of a queue, each of which takes `half` messages and what one read brings more, and takes them until the socket is
/// read again.
fn stops_and_starts_again(limits: Limits, half: u64) {
    let one_read = READ / MESSAGE as u64;
    let (block, blocked) = mpsc::channel();
    let mut pair = Pair::new(flood(block), limits);
    pair.run_until(|pair| pair.waiting() >= half);
    // The taker works through the first half, and the second fills.
    pair.take();
    pair.run_until(|pair| pair.waiting() >= 2 * half - 1);
    // The server is stopped: all that it may send is in the system's buffers.
    wait_until_blocked(&blocked);
    let stopped = pair.waiting();
    assert!(stopped <= 2 * (half + one_read), "{stopped} wait");
    let turns = pair.run(within(Duration::from_millis(50)));
    assert!(turns <= 3, "{turns} turns of the loop, though there is nothing to do");
    assert_eq!(pair.waiting(), stopped, "nothing is read");

    let before = pair.received();
    let left = loop {
        pair.run(Deadline::Now);
        if pair.received() > before {
            break before - pair.taken;
        }
        assert_eq!(pair.take(), MESSAGE);
    };
    // All of the first half was taken and one of the second.
    assert!(left + 1 >= half && left <= half + one_read, "reading starts again when {left} are left of {stopped}");
}

#[test]
fn reading_stops_at_the_limit_in_bytes_and_starts_again_at_half_of_it() {
    let limits = Limits { receive_queue: 1 << 20, ..Limits::default() };
    stops_and_starts_again(limits, (512 << 10) / WEIGHT + 1);
}

#[test]
fn reading_stops_at_the_limit_in_messages_and_starts_again_at_half_of_it() {
    stops_and_starts_again(Limits { receive_events: 400, ..Limits::default() }, 200);
}

#[test]
fn a_loop_rests_while_the_rest_of_a_compressed_message_waits_for_room_in_the_queue() {
    const SIZE: u64 = 8 << 20;
    let bombing = Server::new(|peer| {
        let (mut deflate, _) = Deflate::accept(peer, Offer::default(), "");
        peer.expect(TEXT, b"go");
        let bomb = deflate.frame(BINARY, &vec![0; usize::try_from(SIZE).unwrap()]);
        peer.send(&bomb);
        peer.drain();
    });
    let limits = Limits { max_chunked: Some(SIZE), ..Limits::default() };
    let (mut pair, quarter) = (Pair::new(bombing, limits), limits.receive_queue / 4);
    let come = |pair: &Pair| pair.busy.socket.stats().unwrap().payload_received;
    pair.run_until(|pair| come(pair) >= 2 * quarter);
    pair.take();
    pair.run_until(|pair| come(pair) >= 4 * quarter);
    let stopped = come(&pair);
    let turns = pair.run(within(Duration::from_millis(50)));
    assert!(turns <= 3, "{turns} turns of the loop, though there is nothing to do");
    assert_eq!(come(&pair), stopped, "nothing is inflated");
    assert!(stopped <= 4 * quarter + (128 << 10), "{stopped} bytes were inflated: more than the queue holds and a piece");

    let mut taken = 64 << 10;
    while come(&pair) == stopped {
        taken += pair.take() as u64;
        pair.run(Deadline::Now);
    }
    let left = stopped - taken;
    assert!((quarter..=3 * quarter).contains(&left), "it goes on when {left} bytes are left of {stopped}");
}

#[test]
fn a_ping_behind_more_than_the_queue_holds_is_answered_if_it_was_read() {
    in_modes(&QUEUES, |mode| {
        let (answered, is_answered) = mpsc::channel();
        let server = Server::open(move |peer| {
            let message = frame(BINARY, &[b'm'; MESSAGE]);
            peer.send(&[message.repeat(20), frame(PING, b"behind"), message].concat());
            peer.expect(PONG, b"behind");
            answered.send(()).unwrap();
            peer.close_cleanly(1000, "");
        });
        let limits = Limits { receive_queue: 1024, receive_events: 2, ..Limits::default() };
        let mut client = Client::connect_to(mode, &server.url(), options(|options| options.limits = limits));
        // Has an own loop read.
        assert_eq!(client.take(), OPEN);
        let mut seen = vec![client.take()];
        wait(&is_answered);
        seen.extend(client.rest());
        assert_eq!(seen.len(), 22);
    });
}

#[test]
fn a_batch_has_no_queue_and_leaves_to_the_system_what_it_has_no_room_for() {
    let (block, blocked) = mpsc::channel();
    let server = flood(block);
    let event_loop = EventLoop::new(false).unwrap();
    let mut client = Client::on_loop(Mode::OwnBatch(4), &server.url(), options(|_| ()), Some(event_loop));
    assert_eq!(client.take(), OPEN);
    client.socket.send(Kind::Text, b"go", false).unwrap();
    assert!(client.take().starts_with("Open: binary"));
    wait_until_blocked(&blocked);
    let socket: &Arc<Socket> = &client.socket;
    // What lies in the loop's own buffer is not counted as the connection's.
    assert!(socket.stats().unwrap().memory < 4096);
    assert!(socket.stats().unwrap().wire_received <= READ);
}
