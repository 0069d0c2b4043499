//! The log: one callback for the whole process, off until it is set.

use super::{
    background::Process,
    sync::{lock, try_lock},
};
use crate::spec::{shown, url};
use std::{
    fmt,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
    time::Duration,
};

/// How much is told.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
#[repr(u8)]
pub enum Level {
    /// Something in libws or the system is wrong.
    Error = 1,
    /// A connection failed or was lost.
    Warn = 2,
    /// Connections come and go.
    Info = 3,
    /// Each step of a connection.
    Debug = 4,
    /// What is common on an open one: reads, pings and pongs.
    Trace = 5,
}

/// What is called with each line, on whatever thread it arises.
pub type Logger = Arc<dyn Fn(Level, &str) + Send + Sync>;

static LEVEL: AtomicU8 = AtomicU8::new(0);

/// Where a process keeps its logger.
pub(super) struct Place(Mutex<Option<Logger>>);

impl fmt::Debug for Place {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.debug_struct("Place").finish_non_exhaustive()
    }
}

impl Place {
    /// Without a logger.
    pub const fn new() -> Self {
        Place(Mutex::new(None))
    }

    /// That of a child of the process whose place this is: with the same logger, unless a thread that is not there any more was about
    /// to call or to set it.
    pub fn of_child(&self) -> Self {
        Place(Mutex::new(try_lock(&self.0).and_then(|logger| logger.clone())))
    }
}

/// Sets or, with `None`, removes the logger; it gets lines up to `level`.
pub fn set(logger: Option<(Logger, Level)>) {
    let mut current = lock(&Process::current().logger.0);
    LEVEL.store(logger.as_ref().map_or(0, |(_, level)| *level as u8), Relaxed);
    *current = logger.map(|(logger, _)| logger);
}

/// Logs the line that `text` makes, if anybody listens. Called with no lock held but the driver's and a taker's.
pub fn log(level: Level, text: impl FnOnce() -> String) {
    if LEVEL.load(Relaxed) >= level as u8 {
        tell(level, &text());
    }
}

/// Logs the line that `text` makes about the connection to a URL, if anybody listens.
pub fn note(level: Level, url: impl AsRef<[u8]>, text: impl FnOnce() -> String) {
    log(level, || format!("{}: {}", url::without_userinfo(&String::from_utf8_lossy(url.as_ref())), text()));
}

/// Logs a step of the connection to a URL, if anybody listens to steps.
pub fn step(url: impl AsRef<[u8]>, text: impl FnOnce() -> String) {
    note(Level::Debug, url, text);
}

/// Logs the head of a request (`sign` is `>`) or of its response (`<`), each line for itself, without its secrets.
pub fn head(url: impl AsRef<[u8]>, sign: char, head: &[u8]) {
    if LEVEL.load(Relaxed) >= Level::Debug as u8 {
        shown::lines(head).for_each(|line| step(url.as_ref(), || format!("{sign} {line}")));
    }
}

/// A time as lines show it.
#[must_use]
pub fn ms(time: Duration) -> String {
    format!("{:.1} ms", time.as_secs_f64() * 1000.0)
}

#[cold]
fn tell(level: Level, text: &str) {
    let logger = lock(&Process::current().logger.0).clone();
    if let Some(logger) = logger {
        logger(level, text);
    }
}
