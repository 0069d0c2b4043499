//! A socket whose events are taken in one of the ways there are, as lines of text that can be compared.

use super::{
    server::{GUARD, Server, wait},
    wire,
};
use std::{
    collections::VecDeque,
    panic::resume_unwind,
    sync::{
        Arc,
        mpsc::{self, Receiver, Sender, TryRecvError},
    },
    thread,
    time::{Duration, Instant},
};
use ws::{
    client::{
        deadline::Deadline,
        event::{Handler, Sink as _, What},
        event_loop::{EventLoop, Ran},
        options::Options,
        sinks::{BatchSink, QueueSink},
        socket::{ReadyState, Socket},
    },
    error::Error,
    protocol::{Kind, limits::Limits},
};

/// A way to take events.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Mode {
    /// One at a time from the queue that the background thread fills.
    Background,
    /// One at a time from a socket on an own loop.
    OwnNextEvent,
    /// So many at a time from an own loop.
    OwnBatch(usize),
    /// Callbacks in an own loop's run.
    OwnCallbacks,
    /// Callbacks on the background thread.
    BackgroundCallbacks,
}

pub const MODES: [Mode; 6] =
    [Mode::Background, Mode::OwnNextEvent, Mode::OwnBatch(1), Mode::OwnBatch(64), Mode::OwnCallbacks, Mode::BackgroundCallbacks];

/// Those in which events can wait to be taken one by one.
pub const QUEUES: [Mode; 2] = [Mode::Background, Mode::OwnNextEvent];

/// Runs `test` in each mode, side by side.
pub fn in_every_mode(test: impl Fn(Mode) + Sync) {
    in_modes(&MODES, test);
}

/// Runs `test` in each of `modes`, side by side.
pub fn in_modes(modes: &[Mode], test: impl Fn(Mode) + Sync) {
    thread::scope(|scope| {
        let (test, tls) = (&test, wire::is_over_tls());
        let threads = modes.iter().map(|&mode| {
            let name = format!("{} in {mode:?}", thread::current().name().unwrap_or("test"));
            thread::Builder::new().name(name).spawn_scoped(scope, move || wire::with_switch(tls, || test(mode))).expect("a thread")
        });
        for thread in threads.collect::<Vec<_>>() {
            if let Err(panic) = thread.join() {
                resume_unwind(panic);
            }
        }
    });
}

pub const OPEN: &str = "Open: open ''";
pub const ERROR: &str = "Closed: error";
pub const LOST: &str = "Closed: close 1006 '' not clean";

pub fn text(text: &str) -> String {
    format!("Open: text '{text}'")
}

pub fn binary(bytes: &[u8]) -> String {
    format!("Open: binary '{}'", bytes.escape_ascii())
}

pub fn clean(code: u16, reason: &str) -> String {
    format!("Closed: close {code} '{reason}' clean")
}

pub fn not_clean(code: u16, reason: &str) -> String {
    format!("Closed: close {code} '{reason}' not clean")
}

/// An event with the state that was seen in it. A failure's text is checked against [`Socket::failure`] and left out.
pub fn describe(socket: &Socket, what: What, bytes: &[u8]) -> String {
    let (nul, bytes) = bytes.split_last().expect("a NUL behind the bytes");
    assert_eq!(*nul, 0, "a NUL follows the bytes");
    let state = socket.ready_state();
    let shown = if bytes.len() > 1000 { format!("{} bytes", bytes.len()) } else { bytes.escape_ascii().to_string() };
    match what {
        What::Open => format!("{state:?}: open '{shown}'"),
        What::Message(Kind::Text) => format!("{state:?}: text '{shown}'"),
        What::Message(Kind::Binary) => format!("{state:?}: binary '{shown}'"),
        What::Chunk(chunk) => {
            // Whole, so that the lines of a message's chunks can be put together.
            let kind = if chunk.kind == Kind::Text { "text" } else { "binary" };
            let place = match (chunk.first, chunk.last) {
                (true, true) => "only",
                (true, false) => "first",
                (false, false) => "middle",
                (false, true) => "last",
            };
            format!("{state:?}: {place} {kind} chunk '{}'", bytes.escape_ascii())
        }
        What::Pong(_) => format!("{state:?}: pong '{shown}'"),
        What::Drain => {
            assert_eq!(bytes, b"");
            format!("{state:?}: drain")
        }
        What::Error => {
            let failure = socket.failure().expect("an error event has a reason");
            assert_eq!(failure.text.as_bytes(), [bytes, b"\0"].concat(), "the event's text is the failure's");
            assert!(!bytes.is_empty(), "the reason is said");
            format!("{state:?}: error")
        }
        What::Close { code, clean } => format!("{state:?}: close {code} '{shown}' {}", if clean { "clean" } else { "not clean" }),
        What::Closing | What::Aborted => panic!("{what:?} is not for applications"),
    }
}

/// From now.
pub fn within(time: Duration) -> Deadline {
    Deadline::At(Instant::now() + time)
}

/// How long at most anything is waited for.
pub fn guard() -> Deadline {
    within(GUARD)
}

/// Options with one thing changed.
pub fn options(change: impl FnOnce(&mut Options)) -> Options {
    let mut options = Options::default();
    change(&mut options);
    options
}

/// A socket, and where its events come from.
pub struct Client {
    pub socket: Arc<Socket>,
    pub event_loop: Option<Arc<EventLoop>>,
    mode: Mode,
    called: Receiver<String>,
    batch: VecDeque<String>,
}

/// A handler that sends what it is called with as text.
fn reporter(called: Sender<String>) -> Handler {
    // Nobody listens any more when a test has ended.
    Arc::new(move |socket, what, bytes| drop(called.send(describe(socket, what, bytes))))
}

impl Client {
    pub fn connect(mode: Mode, server: &Server) -> Self {
        Self::connect_to(mode, &server.url(), Options::default())
    }

    /// Connects and takes the open event.
    pub fn open(mode: Mode, server: &Server) -> Self {
        let mut client = Self::connect(mode, server);
        assert_eq!(client.take(), OPEN);
        client
    }

    pub fn connect_to(mode: Mode, url: &str, options: Options) -> Self {
        let own = !matches!(mode, Mode::Background | Mode::BackgroundCallbacks);
        let event_loop = own.then(|| EventLoop::new(false).expect("a loop"));
        Self::on_loop(mode, url, options, event_loop)
    }

    pub fn on_loop(mode: Mode, url: &str, mut options: Options, event_loop: Option<Arc<EventLoop>>) -> Self {
        let (report, called) = mpsc::channel();
        options.event_loop.clone_from(&event_loop);
        wire::trust(&mut options);
        // How soon a server answers is the machine's business, unless the test says otherwise.
        if options.limits.close_timeout == Limits::default().close_timeout {
            options.limits.close_timeout = GUARD;
        }
        if matches!(mode, Mode::OwnCallbacks | Mode::BackgroundCallbacks) {
            options.handler = Some(reporter(report));
        }
        let socket = Socket::connect(url, options).expect("a good URL");
        // Callbacks of the background thread may have been called already.
        assert!(mode == Mode::BackgroundCallbacks || socket.ready_state() == ReadyState::Connecting);
        Client { socket, event_loop, mode, called, batch: VecDeque::new() }
    }

    pub fn state(&self) -> ReadyState {
        self.socket.ready_state()
    }

    /// Takes one event, or what there is in one run; `None` if nothing came until `deadline`.
    pub fn take_by(&mut self, deadline: Deadline) -> Option<String> {
        if let Some(seen) = self.batch.pop_front() {
            return Some(seen);
        }
        let result = match self.mode {
            Mode::Background | Mode::OwnNextEvent => {
                let socket = &self.socket;
                let taken = socket.next_event(deadline, |what, bytes| describe(socket, what, bytes));
                taken.map(|taken| self.batch.push_back(taken.expect("the close event was not taken yet")))
            }
            Mode::OwnBatch(capacity) => self.run_batch(capacity, deadline).map(drop),
            Mode::OwnCallbacks => self.dispatch(deadline).map(drop),
            Mode::BackgroundCallbacks => {
                let left = deadline.left(Instant::now()).expect("no endless wait");
                self.batch.extend(self.called.recv_timeout(left));
                Ok(())
            }
        };
        self.batch.extend(self.called.try_iter());
        assert!(matches!(result, Ok(()) | Err(Error::Timeout)), "{result:?}");
        self.batch.pop_front()
    }

    /// One run of the own loop with room for so many events.
    fn run_batch(&mut self, capacity: usize, deadline: Deadline) -> ws::error::Result<Ran> {
        let (own, batch) = (&self.socket, &mut self.batch);
        let before = batch.len();
        let mut sink = BatchSink::new(capacity, |socket, what, bytes| {
            assert!(Arc::ptr_eq(socket, own), "the loop has one socket");
            batch.push_back(describe(socket, what, bytes));
        });
        let ran = self.event_loop.as_ref().expect("an own loop").run(&mut sink, deadline, BatchSink::has_delivered);
        assert_eq!(sink.delivered(), batch.len() - before);
        assert!(batch.len() - before <= capacity, "{} events in a batch of {capacity}", batch.len() - before);
        ran
    }

    /// One run of the own loop with callbacks.
    pub fn dispatch(&self, deadline: Deadline) -> ws::error::Result<Ran> {
        let event_loop = self.event_loop.as_ref().expect("an own loop");
        event_loop.run(&mut QueueSink::new(true), deadline, QueueSink::has_delivered)
    }

    /// Takes the next event.
    #[track_caller]
    pub fn take(&mut self) -> String {
        let deadline = guard();
        while !deadline.is_over(Instant::now()) {
            // A run of the loop may have been for another socket on it.
            if let Some(seen) = self.take_by(deadline) {
                return seen;
            }
        }
        panic!("{:?}: no event comes; the socket is {:?}", self.mode, self.state());
    }

    /// Takes everything up to the close event, behind which nothing may come.
    #[track_caller]
    pub fn rest(&mut self) -> Vec<String> {
        let mut all = vec![];
        while !all.last().is_some_and(|last: &String| last.contains(": close ")) {
            all.push(self.take());
        }
        self.check_over();
        all
    }

    /// Nothing may come any more, and nothing can.
    #[track_caller]
    pub fn check_over(&mut self) {
        assert_eq!(self.state(), ReadyState::Closed);
        assert_eq!(self.batch, [""; 0], "nothing follows the close event");
        match self.mode {
            Mode::Background | Mode::OwnNextEvent => assert_eq!(self.socket.next_event(guard(), |what, _| what), Ok(None)),
            Mode::OwnBatch(capacity) => assert_eq!(self.run_batch(capacity, guard()), Ok(Ran::Done)),
            Mode::OwnCallbacks => assert_eq!(self.dispatch(guard()), Ok(Ran::Done)),
            Mode::BackgroundCallbacks => assert!(matches!(self.socket.next_event(Deadline::Now, |what, _| what), Err(Error::Busy(_)))),
        }
        assert_eq!(self.called.try_iter().collect::<Vec<_>>(), [""; 0], "nothing follows the close event");
    }

    /// Lets the loop work until another thread says something; no event may come.
    #[track_caller]
    pub fn work_until<T>(&mut self, receiver: &Receiver<T>) -> T {
        if self.event_loop.is_none() {
            return wait(receiver);
        }
        let end = Instant::now() + GUARD;
        loop {
            match receiver.try_recv() {
                Ok(said) => return said,
                Err(TryRecvError::Empty) => assert!(Instant::now() < end, "the other thread says that it is ready"),
                Err(TryRecvError::Disconnected) => panic!("the other thread has failed"),
            }
            let taken = self.take_by(within(Duration::from_millis(2)));
            assert_eq!(taken, None);
        }
    }

    /// Takes until the state is this one; no event may come.
    #[track_caller]
    pub fn work_until_state(&mut self, state: ReadyState) {
        let end = Instant::now() + GUARD;
        while self.state() != state {
            assert!(Instant::now() < end, "the state becomes {state:?}");
            let taken = self.take_by(within(Duration::from_millis(2)));
            assert_eq!(taken, None);
        }
    }
}

impl Drop for Client {
    fn drop(&mut self) {
        self.socket.free();
        if let Some(event_loop) = &self.event_loop {
            event_loop.close();
        }
    }
}
