//! The loop from outside: what any thread may do with it, and how one thread at a time runs it.

use super::{
    background::Process,
    connecting::Found,
    deadline::Deadline,
    driver::Driver,
    event::Sink,
    options::Plan,
    socket::Socket,
    sync::{lock, thread_number, try_lock},
};
use crate::{
    error::{Error, Result},
    net::{fork::Generation, random, reactor::Reactor},
    protocol::segments::Supply,
};
use std::{
    os::fd::RawFd,
    sync::{
        Arc, Condvar, Mutex,
        atomic::{
            AtomicBool, AtomicU64,
            Ordering::{Relaxed, SeqCst},
        },
    },
    time::{Duration, Instant},
};

/// What other threads have for the driver.
#[derive(Debug, Default)]
pub(super) struct Mail {
    /// Sockets to connect.
    pub new: Vec<(Arc<Socket>, Box<Plan>)>,
    /// Names looked up.
    pub resolved: Vec<(Arc<Socket>, Found)>,
    /// Sockets on which something happened.
    pub attend: Vec<Arc<Socket>>,
    /// Sockets with messages that gather.
    pub write: Vec<Arc<Socket>>,
    /// All sockets are to close with 1001.
    pub shutdown: bool,
}

/// The connections of a loop.
#[derive(Debug, Default)]
pub(super) struct Connections {
    pub count: usize,
    /// Whether a call waits for the last one.
    pub awaited: bool,
}

/// How a run of the loop ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Ran {
    /// Events were delivered, or what was waited for came.
    Delivered,
    /// No socket lives on the loop: nothing can happen.
    Done,
}

/// Where the I/O of a set of sockets runs. Shared by its sockets and whoever runs it.
#[derive(Debug)]
pub struct EventLoop {
    generation: Generation,
    background: bool,
    fd: RawFd,
    waker: Arc<mio::Waker>,
    driver: Mutex<Driver>,
    mail: Mutex<Mail>,
    has_mail: AtomicBool,
    /// A thread waits in the kernel, or is about to.
    parked: AtomicBool,
    /// The background loop will write what gathers in a moment: no need to wake it for more.
    pub(super) lingering: AtomicBool,
    /// `wake` was called.
    woken: AtomicBool,
    /// The loop was given up.
    closed: AtomicBool,
    /// The library's thread, which ran it, has left it.
    finished: AtomicBool,
    /// Another event loop watches our descriptor: it must show all work.
    embedded: AtomicBool,
    /// Sockets have lived on it since the program was last told that none does.
    end_due: AtomicBool,
    /// The thread that runs the loop now.
    runner: AtomicU64,
    turn: AtomicU64,
    supply: Arc<Supply>,
    pub(super) connections: Mutex<Connections>,
    /// Tells when the last connection is gone.
    pub(super) emptied: Condvar,
}

impl EventLoop {
    /// A loop without sockets.
    ///
    /// # Errors
    ///
    /// [`Error::Quota`] if the system has no more file descriptors.
    pub fn new(background: bool) -> Result<Arc<Self>> {
        let generation = Generation::register();
        let (reactor, waker) =
            Reactor::new().map_err(|error| Error::Quota(format!("the system gives no file descriptors for a loop: {error}")))?;
        let event_loop = Arc::new(EventLoop {
            generation,
            background,
            fd: reactor.fd(),
            waker,
            driver: Mutex::new(Driver::new(reactor)),
            mail: Mutex::default(),
            has_mail: AtomicBool::new(false),
            parked: AtomicBool::new(false),
            lingering: AtomicBool::new(false),
            woken: AtomicBool::new(false),
            closed: AtomicBool::new(false),
            finished: AtomicBool::new(false),
            embedded: AtomicBool::new(false),
            end_due: AtomicBool::new(false),
            runner: AtomicU64::new(0),
            turn: AtomicU64::new(1),
            supply: Arc::new(Supply::new(random::fill)),
            connections: Mutex::default(),
            emptied: Condvar::new(),
        });
        Process::current().add_loop(&event_loop);
        Ok(event_loop)
    }

    // ---- getters ----

    /// # Errors
    ///
    /// [`Error::Forked`] in a child of the process that made the loop; [`Error::InvalidState`] if it was given up.
    pub fn check(&self) -> Result<()> {
        if self.generation != Generation::current() {
            return Err(Error::Forked);
        }
        if self.closed.load(SeqCst) { Err(Error::InvalidState("the loop was freed".into())) } else { Ok(()) }
    }

    /// Whether a thread of the library runs it.
    #[inline]
    #[must_use]
    pub fn is_background(&self) -> bool {
        self.background
    }

    /// The number of the loop's turn.
    #[inline]
    #[must_use]
    pub fn turn(&self) -> u64 {
        self.turn.load(Relaxed)
    }

    /// Whether this thread runs it now: the caller is inside a callback.
    #[must_use]
    pub fn runs_here(&self) -> bool {
        self.runner.load(SeqCst) == thread_number()
    }

    /// The descriptor that is readable when there is work.
    #[must_use]
    pub fn fd(&self) -> RawFd {
        self.embedded.store(true, SeqCst);
        self.fd
    }

    /// The time until the loop must run at the latest; `None`: no limit.
    #[must_use]
    pub fn timeout(&self) -> Option<Duration> {
        if self.has_mail.load(SeqCst) || self.woken.load(SeqCst) {
            return Some(Duration::ZERO);
        }
        let driver = try_lock(&self.driver)?;
        let ended = self.end_due.load(SeqCst) && driver.has_ended(self);
        if ended { Some(Duration::ZERO) } else { driver.timeout(Instant::now()) }
    }

    // ---- from any thread ----

    pub(super) fn add(&self, socket: Arc<Socket>, plan: Box<Plan>) {
        lock(&self.connections).count += 1;
        self.post(|mail| mail.new.push((socket, plan)));
        self.end_due.store(true, SeqCst);
    }

    pub(super) fn resolved(&self, socket: Arc<Socket>, found: Found) {
        self.post(|mail| mail.resolved.push((socket, found)));
    }

    /// Has the driver look at a socket.
    pub(super) fn attend(&self, socket: &Arc<Socket>) {
        self.post(|mail| mail.attend.push(socket.clone()));
    }

    /// Has the driver write what gathers on a socket.
    pub(super) fn list(&self, socket: &Arc<Socket>) {
        if self.lingering.load(SeqCst) {
            lock(&self.mail).write.push(socket.clone());
            self.has_mail.store(true, SeqCst);
            if !self.lingering.load(SeqCst) {
                // It has stopped lingering meanwhile, and may have parked before there was mail.
                self.wake_if_parked();
            }
        } else {
            self.post(|mail| mail.write.push(socket.clone()));
        }
    }

    pub(super) fn start_shutdown(&self) {
        // The order is for the connections that are there, not for later ones.
        if !self.is_empty() {
            self.post(|mail| mail.shutdown = true);
        }
    }

    fn post(&self, write: impl FnOnce(&mut Mail)) {
        write(&mut lock(&self.mail));
        self.has_mail.store(true, SeqCst);
        if self.closed.load(SeqCst) {
            // Nobody will read it: what it holds on to is let go.
            self.tear_down();
        } else {
            self.wake_if_parked();
        }
    }

    fn wake_if_parked(&self) {
        if self.parked.load(SeqCst) || (self.embedded.load(SeqCst) && !self.runs_here()) {
            self.nudge();
        }
    }

    /// Makes the thread that waits in the kernel look around; it goes on waiting if there is nothing.
    pub(super) fn nudge(&self) {
        // The waker fails only if its descriptor is gone, and then nobody waits on it.
        let _ = self.waker.wake();
    }

    /// Makes the run that waits now, else the next one, return [`Error::Aborted`]. Async-signal-safe.
    ///
    /// # Errors
    ///
    /// Those of [`EventLoop::check`].
    pub fn wake(&self) -> Result<()> {
        self.check()?;
        self.woken.store(true, SeqCst);
        self.nudge();
        Ok(())
    }

    pub(super) fn take_mail(&self) -> Option<Mail> {
        if !self.has_mail.swap(false, SeqCst) {
            return None;
        }
        Some(std::mem::take(&mut *lock(&self.mail)))
    }

    /// The sockets with messages that gather. They are in the mail as well as everything else, but go first.
    pub(super) fn take_writes(&self) -> Vec<Arc<Socket>> {
        if self.has_mail() { std::mem::take(&mut lock(&self.mail).write) } else { Vec::new() }
    }

    pub(super) fn has_mail(&self) -> bool {
        self.has_mail.load(SeqCst)
    }

    pub(super) fn is_woken(&self) -> bool {
        self.woken.load(SeqCst)
    }

    /// The buffers for what is sent.
    pub(super) fn supply(&self) -> &Arc<Supply> {
        &self.supply
    }

    // ---- for the driver ----

    pub(super) fn next_turn(&self) {
        self.turn.fetch_add(1, Relaxed);
    }

    /// Says that this thread is about to wait. `false`: it must not, there is mail.
    pub(super) fn park(&self) -> bool {
        self.parked.store(true, SeqCst);
        !self.has_mail() && !self.is_woken()
    }

    pub(super) fn unpark(&self) {
        self.parked.store(false, SeqCst);
    }

    /// Whether it has no connections.
    pub(super) fn is_empty(&self) -> bool {
        lock(&self.connections).count == 0
    }

    pub(super) fn removed(&self) {
        let mut connections = lock(&self.connections);
        connections.count -= 1;
        if connections.count == 0 && connections.awaited {
            self.emptied.notify_all();
        }
    }

    // ---- running ----

    /// Runs the loop, turn by turn, until `until` holds or `deadline`.
    ///
    /// # Errors
    ///
    /// [`Error::Timeout`]; [`Error::Aborted`] after [`EventLoop::wake`] or if the loop is given up meanwhile; [`Error::Busy`] if
    /// another thread runs it, or this one further up its stack; those of [`EventLoop::check`].
    pub fn run<S: Sink>(&self, sink: &mut S, deadline: Deadline, until: impl Fn(&S) -> bool) -> Result<Ran> {
        self.check()?;
        let busy = if self.runs_here() {
            "a callback cannot run its own loop"
        } else {
            "another thread runs this loop: one at a time takes events from it or from its sockets"
        };
        let mut driver = try_lock(&self.driver).ok_or(Error::Busy(busy))?;
        let running = Running::new(self);
        driver.begin(sink);
        let deadline = deadline.start();
        let mut first = true;
        let ran = loop {
            driver.turn(self, sink, deadline);
            if self.closed.load(SeqCst) {
                break Err(Error::Aborted);
            }
            if until(sink) {
                break Ok(Ran::Delivered);
            }
            if self.woken.swap(false, SeqCst) {
                break Err(Error::Aborted);
            }
            if driver.is_idle(self, sink) {
                break Ok(Ran::Done);
            }
            // A call that does not wait makes one whole turn: mail, then what is ready.
            let over = if deadline == Deadline::Now { !first || !self.has_mail() } else { deadline.is_over(Instant::now()) };
            if over {
                break Err(Error::Timeout);
            }
            first = false;
        };
        if ran == Ok(Ran::Done) && sink.tells_end() {
            // A socket that came meanwhile is in the mail, or makes it due again after this.
            self.end_due.store(false, SeqCst);
            self.end_due.fetch_or(self.has_mail(), SeqCst);
        }
        driver.queue(sink.take_touched());
        let more = driver.has_work() || self.has_mail();
        drop(running);
        drop(driver);
        if self.embedded.load(SeqCst) && more {
            self.nudge();
        }
        if self.closed.load(SeqCst) {
            self.tear_down();
        }
        ran
    }

    /// Gives the loop up: the connections left on it are cut; their close events wait in their queues.
    pub fn close(&self) {
        if self.check().is_err() {
            return;
        }
        self.closed.store(true, SeqCst);
        self.nudge();
        self.tear_down();
    }

    /// The library's thread leaves its loop, which was given up: it cuts what is left and calls the callbacks that are to know.
    pub(super) fn finish(&self) {
        self.cut(true);
        self.finished.store(true, SeqCst);
        // What callbacks and other threads have posted meanwhile.
        self.cut(true);
    }

    /// Cuts what is left of a loop that was given up. If another thread runs it, that one does so when it leaves.
    fn tear_down(&self) {
        if !self.background || self.finished.load(SeqCst) {
            self.cut(false);
        }
    }

    fn cut(&self, call: bool) {
        while let Some(mut driver) = try_lock(&self.driver) {
            let running = Running::new(self);
            driver.tear_down(self, call);
            drop((running, driver));
            // Who posts something meanwhile finds the driver locked and leaves it to us.
            if !self.has_mail() {
                break;
            }
        }
    }
}

/// Notes which thread runs a loop for as long as it does.
struct Running<'a>(&'a EventLoop);

impl<'a> Running<'a> {
    fn new(event_loop: &'a EventLoop) -> Self {
        event_loop.runner.store(thread_number(), SeqCst);
        Running(event_loop)
    }
}

impl Drop for Running<'_> {
    fn drop(&mut self) {
        self.0.runner.store(0, SeqCst);
    }
}
