//! A loop on which nothing happens does not turn, whatever state its connections are in. Alone in its process, because the background
//! loop is the process's.

mod support;

use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, RecvTimeoutError},
    },
    time::Duration,
};
use support::{
    client::{guard, within},
    server::{BINARY, CLOSE, Peer, Server, TEXT, frame},
    wire::{over_tls, trust, with_switch},
};
use ws::{
    client::{deadline::Deadline, event::What, event_loop::EventLoop, options::Options, socket::Socket},
    error::Error,
    protocol::Kind,
};

/// The turns that a loop makes while its only socket, which is gone afterwards, is waited for in vain; and the loop.
fn turns_while_idle(event_loop: Option<Arc<EventLoop>>) -> (u64, Arc<EventLoop>) {
    // Cut by the client in the end.
    let server = Server::open(Peer::drain);
    let mut options = Options { event_loop, ..Options::default() };
    trust(&mut options);
    options.limits.close_timeout = Duration::from_millis(1);
    let socket = Socket::connect(&server.url(), options).unwrap();
    let second = Deadline::In(Duration::from_secs(20));
    assert_eq!(socket.next_event(second, |what, _| what), Ok(Some(What::Open)));
    // What the opening left to do is done after one wait.
    assert_eq!(socket.next_event(Deadline::In(Duration::from_millis(20)), |what, _| what), Err(Error::Timeout));
    let before = socket.event_loop().turn();
    assert_eq!(socket.next_event(Deadline::In(Duration::from_millis(100)), |what, _| what), Err(Error::Timeout));
    let turns = socket.event_loop().turn() - before;
    socket.close(None, None).unwrap();
    assert_eq!(socket.wait_closed(second, |what, _| what), Ok(Some(What::Close { code: 1006, clean: false })));
    (turns, socket.event_loop().clone())
}

#[test]
fn a_loop_on_which_nothing_happens_does_not_turn() {
    does_not_turn();
    over_tls(does_not_turn);
}

fn does_not_turn() {
    let (turns, _) = turns_while_idle(Some(EventLoop::new(false).unwrap()));
    assert!(turns <= 3, "{turns} turns of a loop of one's own");
    let (turns, background) = turns_while_idle(None);
    assert!(turns <= 1, "{turns} turns of the background loop");
    let before = background.turn();
    let (_never, end_of_wait) = mpsc::channel::<()>();
    assert_eq!(end_of_wait.recv_timeout(Duration::from_millis(100)), Err(RecvTimeoutError::Timeout));
    let turns = background.turn() - before;
    assert!(turns <= 3, "{turns} turns of the background loop without connections");
}

/// What the server does until it falls silent.
type Script = fn(&mut Peer);
/// What the program does with its socket, whose events it takes.
type Part = fn(&Arc<Socket>);

/// The socket's next event, which must be this one.
#[track_caller]
fn take(socket: &Arc<Socket>, expected: What) {
    assert_eq!(socket.next_event(guard(), |what, _| what), Ok(Some(expected)));
}

fn open(socket: &Arc<Socket>) {
    take(socket, What::Open);
}

/// Lets the loop work for `socket`, which has no events, until another thread is ready.
fn work_until(socket: &Arc<Socket>, ready: &Receiver<()>) {
    let end = guard().start();
    while ready.try_recv().is_err() {
        assert!(!end.is_over(std::time::Instant::now()), "the server is ready");
        assert_eq!(socket.next_event(within(Duration::from_millis(2)), |what, _| what), Err(Error::Timeout));
    }
}

/// The turns that a loop makes in a tenth of a second for a connection on which a server has fallen silent.
fn turns_in(script: Script, part: Part) -> u64 {
    let ((ready, is_ready), (done, is_done)) = (mpsc::channel(), mpsc::channel::<()>());
    let server = Server::new(move |peer| {
        script(peer);
        ready.send(()).unwrap();
        // Until the test has ended.
        let _ = is_done.recv();
    });
    let event_loop = EventLoop::new(false).unwrap();
    let quiet_server = Server::open(Peer::drain);
    let connect = |server: &Server| {
        let mut options = Options { event_loop: Some(event_loop.clone()), ..Options::default() };
        trust(&mut options);
        options.limits.receive_queue = 1024;
        Socket::connect(&server.url(), options).unwrap()
    };
    // The loop runs for another socket, which stays open.
    let quiet = connect(&quiet_server);
    open(&quiet);
    let socket = connect(&server);
    part(&socket);
    work_until(&quiet, &is_ready);
    // What is left to do is done after a wait.
    let wait = |time| assert_eq!(quiet.next_event(within(time), |what, _| what), Err(Error::Timeout));
    wait(Duration::from_millis(20));
    let before = event_loop.turn();
    wait(Duration::from_millis(100));
    let turns = event_loop.turn() - before;
    drop(done);
    socket.free();
    quiet.free();
    event_loop.close();
    turns
}

#[test]
fn a_loop_does_not_turn_for_a_server_that_falls_silent_wherever_it_does() {
    let scenes: [(&str, Script, Part); 15] = [
        ("before the head", |peer| drop(peer.read_request()), |_| ()),
        (
            "inside the head",
            |peer| {
                let head = peer.read_request();
                peer.send(&head.as_bytes()[..30]);
                peer.wait_until_received();
            },
            |_| (),
        ),
        (
            "inside the body of a refusal",
            |peer| {
                peer.read_request();
                peer.send(b"HTTP/1.1 500 Oops\r\nContent-Length: 100\r\n\r\nhalf");
                peer.wait_until_received();
            },
            |_| (),
        ),
        ("inside a frame's header", |peer| begin(peer, &frame(BINARY, &[7; 1000])[..3]), open),
        ("inside a short payload", |peer| begin(peer, &frame(BINARY, &[7; 1000])[..500]), open),
        ("inside a long payload", |peer| begin(peer, &frame(BINARY, &vec![7; 1 << 20])[..300_000]), open),
        ("inside a fragmented message", |peer| begin(peer, &frame(0x01, b"half")), open),
        ("inside a ping", |peer| begin(peer, &[0x89, 5, b'?']), open),
        (
            "while the socket is paused, with messages behind it",
            |peer| begin(peer, &frame(TEXT, &[b'x'; 1000]).repeat(10)),
            |socket| {
                socket.set_paused(true).unwrap();
                open(socket);
            },
        ),
        (
            "behind the end of its direction, while the socket is paused",
            |peer| {
                begin(peer, &frame(TEXT, b"last")[..3]);
                peer.fin();
            },
            |socket| {
                socket.set_paused(true).unwrap();
                open(socket);
            },
        ),
        ("while the queue is full", |peer| begin(peer, &frame(TEXT, &[b'x'; 1000]).repeat(200)), open),
        ("and reads nothing, so that much waits to be sent", Peer::accept, |socket| {
            open(socket);
            socket.send(Kind::Binary, &vec![7; 64 << 20], false).unwrap();
        }),
        (
            "behind a breach of the protocol",
            |peer| begin(peer, &[0xff]),
            |socket| {
                open(socket);
                take(socket, What::Error);
                take(socket, What::Close { code: 1006, clean: false });
            },
        ),
        (
            "and does not answer our Close frame",
            |peer| {
                peer.accept();
                peer.expect(CLOSE, b"");
            },
            |socket| {
                open(socket);
                socket.close(None, None).unwrap();
            },
        ),
        (
            "behind both Close frames",
            |peer| {
                peer.accept();
                peer.expect(CLOSE, b"");
                peer.close(1000, "");
                peer.wait_until_received();
            },
            |socket| {
                open(socket);
                socket.close(None, None).unwrap();
            },
        ),
    ];
    for tls in [false, true] {
        for (name, script, part) in scenes {
            let turns = with_switch(tls, || turns_in(script, part));
            assert!(turns <= 3, "{name}: {turns} turns, over TLS: {tls}");
        }
    }
}

/// Opens the connection and sends this, then nothing.
fn begin(peer: &mut Peer, bytes: &[u8]) {
    peer.accept();
    peer.send(bytes);
}

#[test]
fn a_server_that_sends_byte_by_byte_has_the_loop_turn_a_few_times_a_byte() {
    turns_a_few_times_a_byte();
    over_tls(turns_a_few_times_a_byte);
}

fn turns_a_few_times_a_byte() {
    let (sent, is_sent) = mpsc::channel();
    let server = Server::new(move |peer| {
        let head = peer.read_request() + "\r\n";
        let bytes = [head.as_bytes(), &frame(BINARY, &[7; 200]), &frame(TEXT, b"the end")].concat();
        for byte in &bytes {
            peer.send(&[*byte]);
            peer.wait_until_received();
        }
        sent.send(bytes.len() as u64).unwrap();
        peer.close_cleanly(1000, "");
    });
    let event_loop = EventLoop::new(false).unwrap();
    let mut options = Options { event_loop: Some(event_loop.clone()), ..Options::default() };
    trust(&mut options);
    let socket = Socket::connect(&server.url(), options).unwrap();
    for expected in [What::Open, What::Message(Kind::Binary), What::Message(Kind::Text), What::Close { code: 1000, clean: true }] {
        take(&socket, expected);
    }
    let (turns, bytes) = (event_loop.turn(), support::server::wait(&is_sent));
    assert!(turns <= 3 * bytes + 20, "{turns} turns for {bytes} bytes");
}
