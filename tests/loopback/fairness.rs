//! A flood on one socket and the others of its loop: a turn is bounded. Told by how much of the flood comes first, never by a clock.

use super::support::{
    client::{Client, Mode, OPEN, clean, guard, in_every_mode, options, text},
    server::{BINARY, PING, PONG, Server, TEXT, frame, wait},
};
use std::{
    io::Write,
    sync::{
        Arc,
        atomic::{AtomicBool, AtomicUsize, Ordering::SeqCst},
        mpsc,
    },
    time::Duration,
};
use ws::{
    client::{
        event::{Sink as _, What},
        event_loop::EventLoop,
        options::Options,
        sinks::{BatchSink, QueueSink},
        socket::Socket,
    },
    protocol::Kind,
};

/// What one read takes at the most.
const READ: usize = 128 << 10;
/// A message of the flood, with its header.
const SIZE: usize = 18;

/// A server that sends `start` and then `again` without end, until it is told to stop or cut.
fn flooding(start: Vec<u8>, again: Vec<u8>, stop: &Arc<AtomicBool>) -> Server {
    let stop = stop.clone();
    Server::open(move |peer| {
        let many = again.repeat((64 << 10) / again.len());
        peer.send(&start);
        while !stop.load(SeqCst) && peer.wire().write_all(&many).is_ok() {}
        peer.drain();
    })
}

/// Nobody here answers the Close frame of a socket that is given up.
fn impatient() -> Options {
    options(|options| options.limits.close_timeout = Duration::from_millis(10))
}

/// A server that returns so many texts.
fn echo(count: usize) -> Server {
    Server::open(move |peer| {
        for _ in 0..count {
            let (first, payload) = peer.read_frame();
            peer.send(&frame(first, &payload));
        }
        peer.drain();
    })
}

#[test]
fn an_echo_comes_back_while_a_flood_of_frames_without_events_lasts_on_the_same_loop() {
    const ECHOES: usize = 20;
    let floods = [
        ("empty fragments", frame(0x01, b""), frame(0x00, b"")),
        ("fragments of a byte", frame(0x01, b""), frame(0x00, b"x")),
        ("pings", vec![], frame(PING, &[b'?'; 125])),
        ("pongs that nobody asked for", vec![], frame(0x8a, b"!")),
    ];
    for (name, start, again) in floods {
        for mode in [Mode::OwnNextEvent, Mode::Background] {
            let stop = Arc::new(AtomicBool::new(false));
            let (flood, quiet) = (flooding(start.clone(), again.clone(), &stop), echo(ECHOES));
            let event_loop = (mode == Mode::OwnNextEvent).then(|| EventLoop::new(false).unwrap());
            let mut flooded = Client::on_loop(mode, &flood.url(), impatient(), event_loop.clone());
            let mut client = Client::on_loop(mode, &quiet.url(), impatient(), event_loop);
            assert_eq!([flooded.take(), client.take()], [OPEN, OPEN]);
            for number in 0..ECHOES {
                let message = number.to_string();
                client.socket.send(Kind::Text, message.as_bytes(), false).unwrap();
                assert_eq!(client.take(), text(&message), "{name}");
            }
            stop.store(true, SeqCst);
        }
    }
}

/// A loop with a socket that is flooded with messages and another one, whose server says something when it is told to go.
struct Flood {
    event_loop: Arc<EventLoop>,
    sockets: [Arc<Socket>; 2],
    go: mpsc::Sender<()>,
    sent: mpsc::Receiver<()>,
    stop: Arc<AtomicBool>,
    _servers: [Server; 2],
}

impl Flood {
    fn new(options: impl Fn() -> Options) -> Self {
        let stop = Arc::new(AtomicBool::new(false));
        let flood = flooding(vec![], frame(BINARY, &[1; SIZE - 2]), &stop);
        let ((go, may_go), (has_sent, sent)) = (mpsc::channel(), mpsc::channel());
        let quiet = Server::open(move |peer| {
            wait(&may_go);
            peer.send(&frame(TEXT, b"me too"));
            peer.wait_until_received();
            has_sent.send(()).unwrap();
            peer.drain();
        });
        let event_loop = EventLoop::new(false).unwrap();
        let connect =
            |server: &Server| Socket::connect(&server.url(), Options { event_loop: Some(event_loop.clone()), ..options() }).unwrap();
        let sockets = [connect(&flood), connect(&quiet)];
        Flood { event_loop, sockets, go, sent, stop, _servers: [flood, quiet] }
    }

    /// The other server sends; its client's kernel has it when this returns.
    fn let_the_other_speak(&self) {
        self.go.send(()).unwrap();
        wait(&self.sent);
    }
}

impl Drop for Flood {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        self.sockets.iter().for_each(Socket::free);
        self.event_loop.close();
    }
}

#[test]
fn in_a_batch_without_end_at_most_three_reads_of_a_flood_come_before_what_waits_for_another_socket() {
    let flood = Flood::new(Options::default);
    let (mut open, mut flooded, mut heard) = (0, 0, false);
    let mut run = || {
        let mut sink = BatchSink::new(usize::MAX, |socket, what, bytes| match what {
            What::Open => open += 1,
            What::Message(Kind::Binary) if Arc::ptr_eq(socket, &flood.sockets[0]) => flooded += 1,
            What::Message(Kind::Text) if Arc::ptr_eq(socket, &flood.sockets[1]) => heard = bytes == b"me too\0",
            other => panic!("{other:?}"),
        });
        flood.event_loop.run(&mut sink, guard(), BatchSink::has_delivered).unwrap();
        (open, flooded, heard)
    };
    while !matches!(run(), (2, 1000.., _)) {}
    flood.let_the_other_speak();
    let before = run().1;
    let mut after = run();
    while !after.2 {
        after = run();
    }
    let between = after.1 - before;
    assert!(between <= 3 * READ / SIZE, "{between} messages of the flood came first");
}

#[test]
fn of_callbacks_too_at_most_three_reads_of_a_flood_come_first() {
    let flooded = Arc::new(AtomicUsize::new(0));
    let heard = Arc::new(AtomicUsize::new(0));
    let open = Arc::new(AtomicUsize::new(0));
    let flood = Flood::new(|| {
        let (flooded, heard, open) = (flooded.clone(), heard.clone(), open.clone());
        Options {
            handler: Some(Arc::new(move |_, what, _| match what {
                What::Open => drop(open.fetch_add(1, SeqCst)),
                What::Message(Kind::Binary) => drop(flooded.fetch_add(1, SeqCst)),
                What::Message(Kind::Text) => heard.store(flooded.load(SeqCst), SeqCst),
                _ => {}
            })),
            ..Options::default()
        }
    });
    let run = || flood.event_loop.run(&mut QueueSink::new(true), guard(), QueueSink::has_delivered).unwrap();
    while open.load(SeqCst) < 2 || flooded.load(SeqCst) < 1000 {
        run();
    }
    flood.let_the_other_speak();
    let before = flooded.load(SeqCst);
    while heard.load(SeqCst) == 0 {
        run();
    }
    let between = heard.load(SeqCst) - before;
    assert!(between <= 3 * READ / SIZE, "{between} messages of the flood came first");
}

/// They are answered together, for the sake of the others. None is left out for that.
#[test]
fn each_of_many_pings_that_come_at_once_is_answered_in_order() {
    in_every_mode(|mode| {
        let server = Server::open(|peer| {
            let pings: Vec<u8> = (0..2000_u32).flat_map(|number| frame(PING, &number.to_be_bytes())).collect();
            peer.send(&pings);
            for number in 0..2000_u32 {
                peer.expect(PONG, &number.to_be_bytes());
            }
            peer.close_cleanly(1000, "");
        });
        let mut client = Client::connect(mode, &server);
        assert_eq!(client.rest(), [OPEN, &clean(1000, "")]);
    });
}
