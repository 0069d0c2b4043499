//! The process's background loop: one thread, started by the first socket that names no loop of its own.

use super::{
    deadline::Deadline,
    event::Sink,
    event_loop::{EventLoop, Ran},
    log::{self, Level, log},
    sinks::QueueSink,
    sync::lock,
    turns::Turns,
};
use crate::{
    error::{Error, Result},
    net::{fork::Generation, os, tls::config::Configs},
};
use std::{
    sync::{Arc, Condvar, Mutex, OnceLock, Weak},
    thread::JoinHandle,
};

/// The running background loop.
#[derive(Debug)]
struct Background {
    event_loop: Arc<EventLoop>,
    thread: JoinHandle<()>,
}

/// What a process has once. A child made by `fork` uses the next one: the locks of its parent's may be held by threads that are not
/// there in the child.
#[derive(Debug)]
pub(super) struct Process {
    generation: Generation,
    background: Mutex<Option<Background>>,
    loops: Mutex<Vec<Weak<EventLoop>>>,
    /// Whose turn it is to connect, among the sockets that wait for one another.
    pub(super) turns: Turns,
    /// The configurations of TLS that its sockets share.
    pub(super) tls: Configs,
    /// What is called with each line of the log.
    pub(super) logger: log::Place,
    /// Tells when a callback that is waited for has returned. One for all sockets: waiting is rare and short.
    pub(super) left: (Mutex<()>, Condvar),
    child: OnceLock<Box<Process>>,
}

impl Process {
    const fn new(generation: Generation, logger: log::Place) -> Self {
        Process {
            generation,
            background: Mutex::new(None),
            loops: Mutex::new(Vec::new()),
            turns: Turns::new(),
            tls: Configs::new(),
            logger,
            left: (Mutex::new(()), Condvar::new()),
            child: OnceLock::new(),
        }
    }

    /// This process's.
    pub(super) fn current() -> &'static Process {
        static FIRST: Process = Process::new(Generation::FIRST, log::Place::new());
        let generation = Generation::register();
        let mut process = &FIRST;
        while process.generation != generation {
            let child = || Box::new(Process::new(process.generation.next(), process.logger.of_child()));
            process = process.child.get_or_init(child);
        }
        process
    }

    /// All its loops.
    pub(super) fn loops(&self) -> Vec<Arc<EventLoop>> {
        let mut loops = lock(&self.loops);
        loops.retain(|event_loop| event_loop.strong_count() > 0);
        loops.shrink_to_fit();
        loops.iter().filter_map(Weak::upgrade).collect()
    }

    /// Notes a new loop.
    pub(super) fn add_loop(&self, event_loop: &Arc<EventLoop>) {
        let mut loops = lock(&self.loops);
        loops.retain(|event_loop| event_loop.strong_count() > 0);
        loops.push(Arc::downgrade(event_loop));
    }

    /// The background loop; started if it is not running. It is not stopped while the second value lives: a socket that is added by
    /// then is served.
    pub(super) fn background(&self) -> Result<(Arc<EventLoop>, impl Sized + '_)> {
        let mut background = lock(&self.background);
        if let Some(running) = background.as_ref().filter(|background| background.event_loop.check().is_ok()) {
            return Ok((running.event_loop.clone(), background));
        }
        let event_loop = EventLoop::new(true)?;
        let its_own = event_loop.clone();
        let thread = os::spawn("libws", move || run(&its_own))
            .map_err(|error| Error::Quota(format!("the system gives no thread for the background loop: {error}")))?;
        *background = Some(Background { event_loop: event_loop.clone(), thread });
        Ok((event_loop, background))
    }

    /// Ends the background thread, if it has no connections any more or `cut` says that they are to be cut.
    pub(super) fn stop_background(&self, cut: bool) {
        let may_end = |running: &mut Background| !running.event_loop.runs_here() && (cut || running.event_loop.is_empty());
        // Not locked while the thread is waited for: a callback that it is in may connect.
        let Some(Background { event_loop, thread }) = lock(&self.background).take_if(may_end) else { return };
        event_loop.close();
        if thread.join().is_err() {
            log(Level::Error, || "the background thread had panicked".into());
            event_loop.finish();
        }
    }
}

/// Runs the loop until it is given up.
fn run(event_loop: &EventLoop) {
    loop {
        match event_loop.run(&mut QueueSink::new(true), Deadline::Never, Sink::has_delivered) {
            Ok(Ran::Delivered | Ran::Done) | Err(Error::Timeout) => {}
            // Given up, or in a child of its process, where this thread cannot be.
            Err(_) => return event_loop.finish(),
        }
    }
}
