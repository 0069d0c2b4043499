//! The log: one callback for the whole process, off until it is set.

use super::sync::lock;
use crate::spec::url;
use std::{
    ffi::CStr,
    sync::{
        Arc, Mutex,
        atomic::{AtomicU8, Ordering::Relaxed},
    },
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
}

/// What is called with each line, on whatever thread it arises.
pub type Logger = Arc<dyn Fn(Level, &str) + Send + Sync>;

static LEVEL: AtomicU8 = AtomicU8::new(0);
static LOGGER: Mutex<Option<Logger>> = Mutex::new(None);

/// Sets or, with `None`, removes the logger; it gets lines up to `level`.
pub fn set(logger: Option<(Logger, Level)>) {
    let mut current = lock(&LOGGER);
    LEVEL.store(logger.as_ref().map_or(0, |(_, level)| *level as u8), Relaxed);
    *current = logger.map(|(logger, _)| logger);
}

/// Logs the line that `text` makes, if anybody listens. Called with no lock held but the driver's.
pub fn log(level: Level, text: impl FnOnce() -> String) {
    if LEVEL.load(Relaxed) >= level as u8 {
        tell(level, &text());
    }
}

/// A socket's URL as lines show it: a log is read by others than those who know the password in it.
#[must_use]
pub fn shown(url: &CStr) -> String {
    url::without_userinfo(&url.to_string_lossy())
}

#[cold]
fn tell(level: Level, text: &str) {
    let logger = lock(&LOGGER).clone();
    if let Some(logger) = logger {
        logger(level, text);
    }
}
