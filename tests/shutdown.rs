//! `shutdown` is process-wide: every socket closes with 1001, and the call waits until all connections are gone.

mod support;

use std::{
    sync::{Arc, Mutex, MutexGuard, PoisonError, mpsc},
    thread,
    time::{Duration, Instant},
};
use support::{
    os,
    server::{self, GUARD, PING, Server, frame, wait},
};
use ws::{
    client::{
        deadline::Deadline,
        event::{Handler, What},
        event_loop::EventLoop,
        options::Options,
        shutdown::shutdown,
        socket::{ReadyState, Socket},
    },
    error::Error,
    protocol::Kind,
};

/// One test at a time has the process for itself.
fn alone() -> MutexGuard<'static, ()> {
    static ALONE: Mutex<()> = Mutex::new(());
    ALONE.lock().unwrap_or_else(PoisonError::into_inner)
}

fn within(time: Duration) -> Deadline {
    Deadline::At(Instant::now() + time)
}

fn connect(server: &Server, event_loop: Option<&Arc<EventLoop>>) -> Arc<Socket> {
    Socket::connect(&server.url(), Options { event_loop: event_loop.cloned(), ..Options::default() }).unwrap()
}

fn open(server: &Server, event_loop: Option<&Arc<EventLoop>>) -> Arc<Socket> {
    let socket = connect(server, event_loop);
    socket.wait_open(within(GUARD)).unwrap();
    socket
}

#[test]
fn every_socket_closes_with_1001_and_a_freed_one_finishes_its_own_way() {
    let _alone = alone();
    let event_loop = EventLoop::new(false).unwrap();
    for own in [None, Some(&event_loop)] {
        let leaving = Server::open(|peer| {
            peer.expect(server::TEXT, b"before");
            peer.echo_close(1001, "");
        });
        let freed_server = Server::open(|peer| {
            peer.expect(server::CLOSE, b"");
            peer.close(1000, "");
            peer.end();
        });
        let (asked, is_asked) = mpsc::channel();
        let silent = Server::new(move |peer| peer.read_request_and_expect_end(&asked));
        let socket = open(&leaving, own);
        let freed = open(&freed_server, own);
        let connecting = connect(&silent, own);
        if own.is_some() {
            // Its loop runs while another socket waits.
            while is_asked.try_recv().is_err() {
                assert_eq!(socket.next_event(within(Duration::from_millis(2)), |what, _| what), Err(Error::Timeout));
            }
        } else {
            wait(&is_asked);
        }
        socket.send(Kind::Text, b"before", false).unwrap();
        freed.free();
        assert_eq!(shutdown(within(GUARD)), Ok(()));
        assert_eq!(socket.ready_state(), ReadyState::Closing);
        let close = What::Close { code: 1001, clean: true };
        assert_eq!(socket.next_event(Deadline::Now, |what, _| what), Ok(Some(close)));
        assert_eq!(connecting.next_event(Deadline::Now, |what, _| what), Ok(Some(What::Error)));
        assert_eq!(connecting.next_event(Deadline::Now, |what, _| what), Ok(Some(What::Close { code: 1006, clean: false })));
    }
    event_loop.close();
}

#[test]
fn a_socket_that_is_closing_or_closed_already_sends_nothing_more() {
    let _alone = alone();
    let event_loop = EventLoop::new(false).unwrap();
    for own in [None, Some(&event_loop)] {
        let (go, may_go) = mpsc::channel();
        let closing_server = Server::open(move |peer| {
            peer.expect_close(4000, "mine");
            wait(&may_go);
            peer.close(4001, "theirs");
            // A second Close frame would come before the end.
            peer.end();
        });
        let closed_server = Server::open(|peer| peer.close_cleanly(1000, "over"));
        let closing = open(&closing_server, own);
        let closed = open(&closed_server, own);
        let close = closed.wait_closed(within(GUARD), |what, _| what);
        assert_eq!(close, Ok(Some(What::Close { code: 1000, clean: true })));
        closing.close(Some(4000), Some(b"mine")).unwrap();
        go.send(()).unwrap();
        assert_eq!(shutdown(within(GUARD)), Ok(()));
        assert_eq!(closed.next_event(Deadline::Now, |what, _| what), Ok(None));
        let close = closing.next_event(Deadline::Now, |what, reason| (what, reason.to_vec()));
        assert_eq!(close, Ok(Some((What::Close { code: 4001, clean: true }, b"theirs\0".to_vec()))));
    }
    event_loop.close();
}

#[test]
fn the_background_loop_starts_again_with_the_next_connection() {
    let _alone = alone();
    for _ in 0..3 {
        let server = Server::open(|peer| peer.echo_close(1001, ""));
        let _socket = open(&server, None);
        assert_eq!(shutdown(within(GUARD)), Ok(()));
    }
    assert_eq!(shutdown(Deadline::Now), Ok(()));
}

#[test]
fn a_server_that_does_not_answer_is_cut_when_the_time_is_over() {
    let _alone = alone();
    let server = Server::open(|peer| {
        peer.expect_close(1001, "");
        peer.expect_end();
    });
    let socket = open(&server, None);
    assert_eq!(shutdown(within(Duration::from_millis(50))), Err(Error::Timeout));
    let taken = socket.wait_closed(within(GUARD), |what, _| what);
    assert_eq!(taken, Ok(Some(What::Close { code: 1006, clean: false })));
}

#[test]
fn callbacks_hear_of_the_end_though_the_time_is_over_and_may_connect() {
    let _alone = alone();
    let server = Server::open(|peer| {
        peer.expect_close(1001, "");
        peer.expect_end();
    });
    let (report, seen) = mpsc::channel();
    let (_port, nobody) = os::port_without_listener();
    let handler: Handler = Arc::new(move |_, what, _| {
        if matches!(what, What::Close { .. }) {
            // To have it end: a new connection starts the background loop again.
            let again = Socket::connect(&format!("ws://127.0.0.1:{nobody}/"), Options::default());
            again.unwrap().free();
        }
        report.send(what).unwrap();
    });
    let socket = Socket::connect(&server.url(), Options { handler: Some(handler), ..Options::default() }).unwrap();
    assert_eq!(wait(&seen), What::Open);
    assert_eq!(shutdown(within(Duration::from_millis(50))), Err(Error::Timeout));
    assert_eq!(seen.try_recv(), Ok(What::Close { code: 1006, clean: false }), "before the call returns");
    assert_eq!(socket.ready_state(), ReadyState::Closed);
}

#[test]
fn a_connection_that_was_failed_on_an_own_loop_does_not_hold_it_up() {
    let _alone = alone();
    let (done, is_done) = mpsc::channel();
    let server = Server::open(move |peer| {
        peer.send(&frame(PING & 0x7f, b"a breach"));
        peer.expect_close(1002, "");
        // It keeps its side of TCP open.
        wait(&is_done);
    });
    let event_loop = EventLoop::new(false).unwrap();
    let socket = open(&server, Some(&event_loop));
    assert_eq!(socket.wait_closed(within(GUARD), |what, _| what), Ok(Some(What::Close { code: 1006, clean: false })));
    let (ended, has_ended) = mpsc::channel();
    let thread = thread::spawn(move || ended.send(shutdown(within(Duration::from_secs(5)))));
    // After the two seconds that the server has to read our Close frame.
    let result = has_ended.recv_timeout(Duration::from_secs(10));
    done.send(()).unwrap();
    // Ends a call that hangs, too.
    event_loop.close();
    assert_eq!(result, Ok(Ok(())));
    thread.join().unwrap().unwrap();
}

#[test]
fn a_socket_with_callbacks_that_is_cut_is_told_so_once_on_the_librarys_thread() {
    let _alone = alone();
    let server = Server::open(server::Peer::drain);
    let (report, seen) = mpsc::channel();
    let handler: Handler = Arc::new(move |socket: &Arc<Socket>, what, _: &[u8]| {
        report.send((what, socket.ready_state(), thread::current().name().map(str::to_owned))).unwrap();
        if what != What::Open {
            // What a callback may do is allowed in the last one too.
            socket.free();
        }
    });
    let socket = Socket::connect(&server.url(), Options { handler: Some(handler), ..Options::default() }).unwrap();
    let library = Some("libws".to_owned());
    assert_eq!(wait(&seen), (What::Open, ReadyState::Open, library.clone()));
    assert_eq!(shutdown(Deadline::Now), Err(Error::Timeout));
    assert_eq!(wait(&seen), (What::Close { code: 1006, clean: false }, ReadyState::Closed, library));
    let gone = Arc::downgrade(&socket);
    drop(socket);
    assert_eq!(gone.strong_count(), 0, "nobody holds the socket any more, nor its handler");
    assert!(seen.recv().is_err(), "nothing follows the close event");
}

#[test]
fn a_callback_that_connects_while_its_loop_is_given_up_does_not_hang_the_shutdown() {
    let _alone = alone();
    let (server, second) = (Server::open(server::Peer::drain), Server::open(|peer| peer.echo_close(1001, "")));
    let (inside, is_inside) = mpsc::channel();
    let url = second.url();
    let handler: Handler = Arc::new(move |socket: &Arc<Socket>, what, _: &[u8]| {
        if what == What::Open {
            let (begun, end) = (inside.clone(), Instant::now() + GUARD);
            begun.send(None).unwrap();
            while socket.event_loop().check().is_ok() && Instant::now() < end {
                thread::yield_now();
            }
            begun.send(Some(Socket::connect(&url, Options::default()).unwrap())).unwrap();
        }
    });
    let _socket = Socket::connect(&server.url(), Options { handler: Some(handler), ..Options::default() }).unwrap();
    assert!(wait(&is_inside).is_none());
    assert_eq!(shutdown(within(Duration::from_millis(10))), Err(Error::Timeout));
    let connected = wait(&is_inside).expect("the callback has connected");
    connected.wait_open(within(GUARD)).unwrap();
    shutdown(within(GUARD)).unwrap();
}

#[test]
fn a_socket_that_is_made_meanwhile_is_made_and_hears_of_its_end() {
    let _alone = alone();
    thread::scope(|scope| {
        let connecting = scope.spawn(|| {
            for _ in 0..4000 {
                let (tell, told) = mpsc::channel();
                let handler: Handler = Arc::new(move |_, what, _| {
                    if matches!(what, What::Close { .. }) {
                        tell.send(()).unwrap();
                    }
                });
                // A port that is blocked: there is nothing to be done but to say so.
                let socket = Socket::connect("ws://127.0.0.1:1/", Options { handler: Some(handler), ..Options::default() }).unwrap();
                wait(&told);
                socket.free();
            }
        });
        while !connecting.is_finished() {
            let _ = shutdown(Deadline::Now);
        }
    });
}
