//! The option that lets one socket at a time be CONNECTING to an address and port (RFC 6455 section 4.1 step 2).

use super::support::{
    client::{Client, ERROR, LOST, Mode, OPEN, clean, in_every_mode, in_modes, options, within},
    server::{Listener, Peer, Server, wait},
};
use std::{
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender},
    },
    thread,
    time::Duration,
};
use ws::{
    client::{
        deadline::Deadline,
        event_loop::EventLoop,
        options::Options,
        socket::{ReadyState, Socket},
    },
    error::Error,
    protocol::failure::Phase,
};

const OWN: [Mode; 4] = [Mode::OwnNextEvent, Mode::OwnBatch(1), Mode::OwnBatch(64), Mode::OwnCallbacks];

fn polite() -> Options {
    options(|options| options.one_connecting = true)
}

/// A socket with the option that has asked for its turn when this returns, and has no event.
fn line_up(mode: Mode, url: &str, options: Options) -> Client {
    let mut client = Client::connect_to(mode, url, options);
    if client.event_loop.is_some() {
        assert_eq!(client.take_by(Deadline::Now), None);
    } else {
        // The background loop takes new sockets in their order.
        let marker = Server::open(|peer| peer.close_cleanly(1000, ""));
        assert_eq!(Client::connect(mode, &marker).rest(), [OPEN, &clean(1000, "")]);
    }
    assert_eq!(client.state(), ReadyState::Connecting);
    client
}

/// What a script and its test say to each other.
struct Talk {
    say: Sender<()>,
    heard: Receiver<()>,
}

impl Talk {
    fn new() -> (Self, Self) {
        let ((say, heard), (answer, answered)) = (mpsc::channel(), mpsc::channel());
        (Talk { say, heard: answered }, Talk { say: answer, heard })
    }

    fn say(&self) {
        self.say.send(()).expect("the other side listens");
    }

    fn wait(&self) {
        wait(&self.heard);
    }
}

/// The next connection, from which the request was read and after which nobody else has come.
#[track_caller]
fn alone(listener: &Listener) -> (Peer, String) {
    let mut peer = listener.next();
    let head = peer.read_request();
    assert!(listener.is_empty(), "one at a time");
    (peer, head + "\r\n")
}

/// The same, which it says and then waits until the test has gone on.
#[track_caller]
fn alone_after(listener: &Listener, talk: &Talk) -> (Peer, String) {
    let mut peer = listener.next();
    let head = peer.read_request();
    talk.say();
    talk.wait();
    assert!(listener.is_empty(), "one at a time");
    (peer, head + "\r\n")
}

#[test]
fn the_others_wait_in_their_order_until_the_first_is_open_or_refused() {
    in_every_mode(|mode| {
        let (talk, script) = Talk::new();
        let server = Server::listening(move |listener| {
            let (mut first, head) = alone_after(listener, &script);
            first.send(head.as_bytes());
            let (mut second, _) = alone(listener);
            second.send(b"HTTP/1.1 403 Forbidden\r\nContent-Length: 0\r\n\r\n");
            second.expect_end();
            let (mut third, _) = alone(listener);
            third.reset();
            let (mut fourth, head) = alone(listener);
            fourth.send(head.as_bytes());
            fourth.close_cleanly(4004, "");
            first.close_cleanly(4001, "");
        });
        let mut first = Client::connect_to(mode, &server.url(), polite());
        first.work_until(&talk.heard);
        let [mut second, mut third, mut fourth] = [(); 3].map(|()| line_up(mode, &server.url(), polite()));
        talk.say();
        assert_eq!(first.take(), OPEN);
        assert_eq!(second.rest(), [ERROR, LOST]);
        assert_eq!(third.rest(), [ERROR, LOST]);
        assert_eq!(fourth.rest(), [OPEN, &clean(4004, "")]);
        assert_eq!(first.rest(), [clean(4001, "")]);
        assert_eq!(second.socket.failure().unwrap().http_status, 403);
        assert_eq!(third.socket.failure().unwrap().os_error, libc::ECONNRESET);
    });
}

#[test]
fn without_the_option_nobody_waits_and_nobody_is_waited_for() {
    in_every_mode(|mode| {
        let (talk, script) = Talk::new();
        let server = Server::listening(move |listener| {
            let mut silent = listener.next();
            silent.read_request();
            script.say();
            let mut other = listener.next();
            other.accept();
            other.close_cleanly(4002, "");
            script.wait();
            silent.expect_end();
        });
        let mut silent = Client::connect_to(mode, &server.url(), polite());
        silent.work_until(&talk.heard);
        assert_eq!(Client::connect(mode, &server).rest(), [OPEN, &clean(4002, "")]);
        talk.say();
        silent.socket.close(None, None).unwrap();
        assert_eq!(silent.rest(), [ERROR, LOST]);
    });
}

/// `first` has its turn, `second` and `third` wait. After `give_up` of the first and the second, the third's turn comes, though no
/// loop of the others runs.
fn giving_up_calls_the_next(give_up: impl Fn(Client) + Sync) {
    in_every_mode(|mode| {
        let (talk, script) = Talk::new();
        let server = Server::listening(move |listener| {
            let (mut first, _) = alone_after(listener, &script);
            script.say();
            first.expect_end();
            let (mut third, head) = alone(listener);
            third.send(head.as_bytes());
            third.close_cleanly(4003, "");
        });
        let mut first = Client::connect_to(mode, &server.url(), polite());
        first.work_until(&talk.heard);
        let [second, mut third] = [(); 2].map(|()| line_up(mode, &server.url(), polite()));
        talk.say();
        talk.wait();
        give_up(second);
        give_up(first);
        assert_eq!(third.rest(), [OPEN, &clean(4003, "")]);
    });
}

#[test]
fn closing_one_that_waits_or_connects_is_told_at_once_and_calls_the_next() {
    // Kept, so that neither is freed before the next has had its turn.
    let closed = std::sync::Mutex::new(Vec::new());
    giving_up_calls_the_next(|client| {
        client.socket.close(Some(1000), None).unwrap();
        assert!(client.state() >= ReadyState::Closing);
        closed.lock().unwrap().push(client);
    });
    for mut client in closed.into_inner().unwrap() {
        assert_eq!(client.rest(), [ERROR, LOST]);
    }
}

#[test]
fn freeing_one_that_waits_or_connects_calls_the_next() {
    let freed = std::sync::Mutex::new(Vec::new());
    giving_up_calls_the_next(|client| {
        client.socket.free();
        freed.lock().unwrap().push(client);
    });
}

#[test]
fn freeing_the_loop_of_one_that_waits_or_connects_calls_the_next() {
    in_modes(&OWN, |mode| {
        let (talk, script) = Talk::new();
        let server = Server::listening(move |listener| {
            let (mut first, _) = alone_after(listener, &script);
            script.say();
            first.expect_end();
            let (mut third, head) = alone(listener);
            third.send(head.as_bytes());
            third.close_cleanly(4003, "");
        });
        let mut first = Client::connect_to(mode, &server.url(), polite());
        first.work_until(&talk.heard);
        let event_loop = first.event_loop.clone();
        // On the same loop, which lets go of the first before it comes to the second.
        let second = Client::on_loop(Mode::OwnNextEvent, &server.url(), polite(), event_loop.clone());
        assert!(second.socket.next_event(Deadline::Now, |what, _| what).is_err());
        let mut third = line_up(mode, &server.url(), polite());
        talk.say();
        talk.wait();
        event_loop.unwrap().close();
        assert_eq!(third.rest(), [OPEN, &clean(4003, "")]);
    });
}

#[test]
fn a_name_and_its_address_are_the_same_place() {
    in_every_mode(|mode| {
        let (talk, script) = Talk::new();
        let server = Server::listening(move |listener| {
            let (mut first, head) = alone_after(listener, &script);
            first.send(head.as_bytes());
            let (mut second, head) = alone(listener);
            second.send(head.as_bytes());
            second.close_cleanly(4002, "");
            first.close_cleanly(4001, "");
        });
        let mut first = Client::connect_to(mode, &server.url(), polite());
        first.work_until(&talk.heard);
        // [::1], where nobody listens, comes first and has a line of its own.
        let mut second = line_up(mode, &server.url().replace("127.0.0.1", "localhost"), polite());
        assert_eq!(second.take_by(within(Duration::from_millis(2))), None);
        talk.say();
        assert_eq!(first.take(), OPEN);
        assert_eq!(second.rest(), [OPEN, &clean(4002, "")]);
        assert_eq!(first.rest(), [clean(4001, "")]);
    });
}

#[test]
fn other_ports_of_the_same_address_have_lines_of_their_own() {
    in_every_mode(|mode| {
        let (talk, script) = Talk::new();
        let silent = Server::new(move |peer| peer.read_request_and_expect_end(&script.say));
        let mut first = Client::connect_to(mode, &silent.url(), polite());
        first.work_until(&talk.heard);
        let server = Server::open(|peer| peer.close_cleanly(1000, ""));
        assert_eq!(Client::connect_to(mode, &server.url(), polite()).rest(), [OPEN, &clean(1000, "")]);
        first.socket.free();
    });
}

#[test]
fn the_wait_does_not_count_for_the_connect_timeout() {
    in_every_mode(|mode| {
        let (talk, script) = Talk::new();
        let server = Server::listening(move |listener| {
            let (mut first, head) = alone_after(listener, &script);
            first.send(head.as_bytes());
            let (mut second, head) = alone(listener);
            second.send(head.as_bytes());
            second.close_cleanly(4002, "");
            first.close_cleanly(4001, "");
        });
        let mut first = Client::connect_to(mode, &server.url(), polite());
        first.work_until(&talk.heard);
        let mut hasty = polite();
        hasty.limits.connect_timeout = Duration::from_millis(1);
        let mut second = line_up(mode, &server.url(), hasty);
        assert_eq!(second.take_by(within(Duration::from_millis(20))), None, "it is not given up in line");
        talk.say();
        assert_eq!(first.take(), OPEN);
        assert_eq!(second.rest(), [OPEN, &clean(4002, "")]);
        assert_eq!(first.rest(), [clean(4001, "")]);
    });
}

/// With the option, and a turn that is soon over.
fn hasty() -> Options {
    let mut options = polite();
    options.limits.connect_timeout = Duration::from_millis(20);
    options.limits.handshake_timeout = Duration::from_millis(20);
    options
}

#[test]
fn the_turn_of_a_socket_whose_loop_is_not_run_ends_after_its_timeouts() {
    in_every_mode(|mode| {
        let server = Server::listening(|listener| {
            let mut first = listener.next();
            let mut second = listener.next();
            second.accept();
            second.close_cleanly(4002, "");
            first.drain();
        });
        // It begins to connect, and its loop is not run any more.
        let mut first = line_up(Mode::OwnNextEvent, &server.url(), hasty());
        let mut second = Client::connect_to(mode, &server.url(), polite());
        assert_eq!(second.rest(), [OPEN, &clean(4002, "")]);
        assert_eq!(first.rest(), [ERROR, LOST]);
        assert_eq!(first.socket.failure().unwrap().phase, Phase::Handshake);
    });
}

#[test]
fn a_socket_that_misses_its_turn_gets_in_line_again() {
    in_every_mode(|mode| {
        let (talk, script) = Talk::new();
        let server = Server::listening(move |listener| {
            let (mut first, head) = alone_after(listener, &script);
            first.send(head.as_bytes());
            let (mut third, head) = alone(listener);
            third.send(head.as_bytes());
            third.close_cleanly(4003, "");
            let (mut second, head) = alone(listener);
            second.send(head.as_bytes());
            second.close_cleanly(4002, "");
            first.close_cleanly(4001, "");
        });
        let mut first = Client::connect_to(mode, &server.url(), polite());
        first.work_until(&talk.heard);
        let mut second = line_up(Mode::OwnNextEvent, &server.url(), hasty());
        talk.say();
        assert_eq!(first.take(), OPEN);
        // The second is called, and its loop is not run.
        let mut third = Client::connect_to(mode, &server.url(), polite());
        assert_eq!(third.rest(), [OPEN, &clean(4003, "")]);
        // Its timeouts begin with its turn.
        assert_eq!(second.rest(), [OPEN, &clean(4002, "")]);
        assert_eq!(first.rest(), [clean(4001, "")]);
    });
}

#[test]
fn many_threads_and_loops_connect_one_after_the_other() {
    const THREADS: usize = 6;
    const EACH: usize = 20;
    let server = Server::listening(|listener| {
        for turn in 0..THREADS * EACH {
            let (mut peer, head) = alone(listener);
            // Some are refused, so that turns end in each way.
            let refuse = turn % 5 == 0;
            peer.send(if refuse { b"HTTP/1.1 503 Busy\r\nContent-Length: 0\r\n\r\n" } else { head.as_bytes() });
        }
    });
    let connect_and_take = |number: usize| {
        let own = number.is_multiple_of(2);
        let mode = if own { Mode::OwnNextEvent } else { Mode::Background };
        let event_loop = own.then(|| EventLoop::new(false).unwrap());
        let mut clients: Vec<Client> = (0..EACH).map(|_| Client::on_loop(mode, &server.url(), polite(), event_loop.clone())).collect();
        for client in &mut clients {
            let first = client.take();
            assert!(first == OPEN || [first, client.take()] == [ERROR, LOST]);
        }
    };
    thread::scope(|scope| {
        let threads: Vec<_> = (0..THREADS)
            .map(|number| {
                scope.spawn({
                    let work = &connect_and_take;
                    move || work(number)
                })
            })
            .collect();
        assert!(threads.into_iter().all(|thread| thread.join().is_ok()), "each socket has had its turn");
    });
}

#[test]
fn a_loop_that_is_freed_keeps_none_of_those_that_wait_alive() {
    let server = Server::listening(|listener| listener.next().drain());
    let event_loop = EventLoop::new(false).unwrap();
    let connect = || Socket::connect(&server.url(), Options { event_loop: Some(event_loop.clone()), ..polite() }).unwrap();
    let sockets: [_; 5] = std::array::from_fn(|_| connect());
    assert_eq!(sockets[0].next_event(Deadline::Now, |what, _| what), Err(Error::Timeout));
    // Each that is cut calls the next one.
    event_loop.close();
    let alive = Arc::downgrade(&event_loop);
    drop((sockets, event_loop));
    assert!(alive.upgrade().is_none());
}
