//! Callbacks: what they may do, and what a panic in one does to the others.

use super::support::{
    client::{Mode, OPEN, clean, describe, guard, options, text},
    server::{CLOSE, Server, TEXT, frame, wait},
};
use std::{
    panic::resume_unwind,
    sync::{
        Arc,
        atomic::{AtomicBool, Ordering::SeqCst},
        mpsc::{self, Receiver},
    },
    thread,
    time::Duration,
};
use ws::{
    client::{
        event::{Handler, Sink as _, What},
        event_loop::EventLoop,
        options::Options,
        sinks::QueueSink,
        socket::Socket,
    },
    error::Error,
    protocol::Kind,
};

const CALLBACKS: [Mode; 2] = [Mode::OwnCallbacks, Mode::BackgroundCallbacks];

/// A loop for the mode, run by a thread of its own if it is an own one.
struct Running {
    event_loop: Option<Arc<EventLoop>>,
    thread: Option<thread::JoinHandle<()>>,
    stop: Arc<AtomicBool>,
}

impl Running {
    fn new(mode: Mode) -> Self {
        let event_loop = (mode == Mode::OwnCallbacks).then(|| EventLoop::new(false).unwrap());
        let stop = Arc::new(AtomicBool::new(false));
        let thread = event_loop.clone().map(|event_loop| {
            let stop = stop.clone();
            let (started, has_started) = mpsc::channel();
            let thread = thread::spawn(move || {
                started.send(()).unwrap();
                while !stop.load(SeqCst) {
                    match event_loop.run(&mut QueueSink::new(true), guard(), QueueSink::has_delivered) {
                        Ok(_) => thread::yield_now(),
                        Err(error) => assert_eq!(error, Error::Aborted),
                    }
                }
            });
            wait(&has_started);
            thread
        });
        Running { event_loop, thread, stop }
    }

    fn connect(&self, server: &Server, handler: impl Fn(&Arc<Socket>, What, &[u8]) + Send + Sync + 'static) -> Arc<Socket> {
        let handler: Handler = Arc::new(handler);
        let mut options = Options { event_loop: self.event_loop.clone(), handler: Some(handler), ..Options::default() };
        // Some servers here never answer the Close frame of a freed socket: nobody should wait long for them.
        options.limits.close_timeout = Duration::from_millis(500);
        Socket::connect(&server.url(), options).unwrap()
    }

    /// A socket that reports what it sees.
    fn reporting(&self, server: &Server) -> (Arc<Socket>, Receiver<String>) {
        let (report, seen) = mpsc::channel();
        (self.connect(server, move |socket, what, bytes| report.send(describe(socket, what, bytes)).unwrap()), seen)
    }
}

impl Drop for Running {
    fn drop(&mut self) {
        self.stop.store(true, SeqCst);
        if let Some(event_loop) = &self.event_loop {
            // The loop may be given up by the test itself.
            let _ = event_loop.wake();
        }
        if let Some(thread) = self.thread.take() {
            let result = thread.join();
            if !thread::panicking() {
                result.unwrap();
            }
        }
        if let Some(event_loop) = &self.event_loop {
            event_loop.close();
        }
    }
}

/// Ten messages in one packet; then the connection ends whichever way the client ends it.
fn ten_messages() -> Server {
    Server::open(|peer| {
        peer.send(&frame(TEXT, b"again").repeat(10));
        peer.drain();
    })
}

#[test]
fn a_callback_may_send_ask_and_close() {
    for mode in CALLBACKS {
        let running = Running::new(mode);
        let server = Server::open(|peer| {
            peer.expect(TEXT, b"from on_open");
            peer.text("go on");
            peer.expect(TEXT, b"from on_message");
            peer.echo_close(4000, "from on_message");
        });
        let (report, seen) = mpsc::channel();
        let _socket = running.connect(&server, move |socket, what, bytes| {
            match what {
                What::Open => drop(socket.send(Kind::Text, b"from on_open", false).unwrap()),
                What::Message(_) => {
                    socket.send(Kind::Text, b"from on_message", false).unwrap();
                    socket.close(Some(4000), Some(b"from on_message")).unwrap();
                }
                _ => {}
            }
            report.send(describe(socket, what, bytes)).unwrap();
        });
        let expected = [OPEN, "Closing: text 'go on'", &clean(4000, "from on_message")];
        assert_eq!(expected.map(|_| wait(&seen)), expected);
    }
}

#[test]
fn a_callback_that_frees_its_socket_is_the_last_one() {
    for mode in CALLBACKS {
        let running = Running::new(mode);
        let server = Server::open(|peer| {
            peer.send(&frame(TEXT, b"again").repeat(10));
            peer.expect(TEXT, b"last words");
            peer.expect(CLOSE, b"");
            peer.close(1000, "");
            peer.end();
        });
        let (report, seen) = mpsc::channel();
        drop(running.connect(&server, move |socket, what, _| {
            if matches!(what, What::Message(_)) {
                socket.send(Kind::Text, b"last words", false).unwrap();
                socket.free();
            }
            report.send(what).unwrap();
        }));
        // The server has seen all when it is joined; the handler is dropped with the socket.
        drop(server);
        let mut all = vec![wait(&seen), wait(&seen)];
        all.extend(seen.iter());
        assert_eq!(all, [What::Open, What::Message(Kind::Text)]);
    }
}

#[test]
fn free_on_another_thread_returns_after_the_callback_that_runs_and_none_follows() {
    for mode in CALLBACKS {
        let running = Running::new(mode);
        let server = ten_messages();
        let ((inside, is_inside), (go, may_go)) = (mpsc::channel(), mpsc::channel::<()>());
        let may_go = std::sync::Mutex::new(may_go);
        let left = Arc::new(AtomicBool::new(false));
        let leaves = left.clone();
        let (report, seen) = mpsc::channel();
        let socket = running.connect(&server, move |_, what, _| {
            report.send(what).unwrap();
            if matches!(what, What::Message(_)) {
                inside.send(()).unwrap();
                wait(&may_go.lock().unwrap());
                leaves.store(true, SeqCst);
            }
        });
        wait(&is_inside);
        let (freed, is_freed) = mpsc::channel();
        let thread = thread::spawn(move || {
            socket.free();
            freed.send(left.load(SeqCst)).unwrap();
        });
        assert!(is_freed.recv_timeout(Duration::from_millis(30)).is_err(), "free does not return while the callback runs");
        go.send(()).unwrap();
        assert!(wait(&is_freed), "the callback has returned before free does");
        thread.join().unwrap();
        drop(server);
        assert_eq!(seen.iter().collect::<Vec<_>>(), [What::Open, What::Message(Kind::Text)], "no callback follows");
    }
}

#[test]
fn a_freed_socket_does_not_stop_others() {
    for mode in CALLBACKS {
        let running = Running::new(mode);
        let (go, may_go) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&may_go);
            peer.text("still here");
            peer.close_cleanly(1000, "");
        });
        let other = ten_messages();
        let (_socket, seen) = running.reporting(&server);
        assert_eq!(wait(&seen), OPEN);
        let (freed, seen_freed) = running.reporting(&other);
        assert_eq!(wait(&seen_freed), OPEN);
        freed.free();
        go.send(()).unwrap();
        assert_eq!([wait(&seen), wait(&seen)], [text("still here"), clean(1000, "")]);
    }
}

#[test]
fn a_callback_that_panics_fails_its_socket_and_no_other() {
    for mode in CALLBACKS {
        let running = Running::new(mode);
        let (go, may_go) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&may_go);
            peer.text("still here");
            peer.close_cleanly(1000, "");
        });
        let (_socket, seen) = running.reporting(&server);
        assert_eq!(wait(&seen), OPEN);
        let broken = ten_messages();
        let (report, seen_broken) = mpsc::channel();
        let socket = running.connect(&broken, move |socket, what, bytes| {
            report.send(describe(socket, what, bytes)).unwrap();
            if matches!(what, What::Message(_)) {
                // A panic without its message on the terminal.
                resume_unwind(Box::new("a bug"));
            }
        });
        let expected = [OPEN, &text("again"), "Closed: error", "Closed: close 1006 '' not clean"];
        assert_eq!(expected.map(|_| wait(&seen_broken)), expected);
        assert!(socket.failure().unwrap().text.contains("internal error"));
        go.send(()).unwrap();
        assert_eq!([wait(&seen), wait(&seen)], [text("still here"), clean(1000, "")], "{mode:?}");
    }
}

#[test]
fn a_panic_in_the_error_callback_of_an_attempt_that_was_closed_stops_no_other_socket() {
    for mode in CALLBACKS {
        let running = Running::new(mode);
        let (go, may_go) = mpsc::channel();
        let server = Server::open(move |peer| {
            wait(&may_go);
            peer.close_cleanly(1000, "");
        });
        let (_socket, seen) = running.reporting(&server);
        assert_eq!(wait(&seen), OPEN);
        let (accepted, is_accepted) = mpsc::channel();
        let silent = Server::new(move |peer| peer.read_request_and_expect_end(&accepted));
        let (report, seen_broken) = mpsc::channel();
        let socket = running.connect(&silent, move |_, what, _| {
            report.send(what).unwrap();
            resume_unwind(Box::new("a bug"));
        });
        wait(&is_accepted);
        socket.close(None, None).unwrap();
        assert_eq!(wait(&seen_broken), What::Error);
        go.send(()).unwrap();
        assert_eq!(seen.recv_timeout(Duration::from_secs(5)), Ok(clean(1000, "")), "{mode:?}");
    }
}

#[test]
fn a_callback_cannot_wait_for_its_own_loop() {
    for mode in CALLBACKS {
        let running = Running::new(mode);
        let server = Server::open(|peer| peer.echo_close(1000, ""));
        let (report, seen) = mpsc::channel();
        let _socket = running.connect(&server, move |socket, what, _| {
            if what == What::Open {
                report.send(socket.next_event(guard(), |_, _| ()).map(drop)).unwrap();
                socket.close(Some(1000), None).unwrap();
            }
        });
        assert!(matches!(wait(&seen), Err(Error::Busy(_))));
    }
}

#[test]
fn a_callback_may_connect_another_socket() {
    let server = Server::open(|peer| peer.close_cleanly(1000, "first"));
    let second = Server::open(|peer| peer.close_cleanly(1000, "second"));
    let (report, seen) = mpsc::channel();
    let (url, inner) = (second.url(), report.clone());
    let options = options(|options| {
        options.handler = Some(Arc::new(move |socket, what, bytes| {
            if what == What::Open {
                let inner = inner.clone();
                let handler: Handler = Arc::new(move |socket, what, bytes| inner.send(describe(socket, what, bytes)).unwrap());
                Socket::connect(&url, Options { handler: Some(handler), ..Options::default() }).unwrap();
            }
            report.send(describe(socket, what, bytes)).unwrap();
        }));
    });
    Socket::connect(&server.url(), options).unwrap();
    let mut all: Vec<_> = (0..4).map(|_| wait(&seen)).collect();
    all.sort();
    assert_eq!(all, [clean(1000, "first"), clean(1000, "second"), OPEN.into(), OPEN.into()]);
}
