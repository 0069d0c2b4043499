//! The end of all sockets of the process: the standard's "make disappear", when a document goes away.

use super::{background::Process, deadline::Deadline, sinks::QueueSink, sync::lock};
use crate::error::{Error, Result};
use std::{sync::PoisonError, time::Instant};

/// Closes every socket with 1001 and waits until all connections are gone, those of freed sockets too. Then the background thread
/// ends; the next connection starts it again. Own loops that no other thread runs are run here meanwhile.
///
/// # Errors
///
/// [`Error::Timeout`]: some were not gone in time; those on the background loop are cut. [`Error::Busy`] in a callback: the closing
/// was started and is not waited for.
pub fn shutdown(deadline: Deadline) -> Result<()> {
    let deadline = deadline.start();
    let process = Process::current();
    let loops = process.loops();
    for event_loop in &loops {
        event_loop.start_shutdown();
    }
    if loops.iter().any(|event_loop| event_loop.runs_here()) {
        return Err(Error::Busy("a callback cannot wait for its own loop: the closing was started"));
    }
    let mut all_gone = true;
    for event_loop in &loops {
        // An own loop is run here, unless another thread does so: then its progress is waited for.
        while !event_loop.is_empty() && !event_loop.is_background() {
            match event_loop.run(&mut QueueSink::patient(), deadline, |_| event_loop.is_empty()) {
                Ok(_) => {}
                Err(Error::Aborted) if event_loop.check().is_ok() => {}
                Err(_) => break,
            }
        }
        let mut connections = lock(&event_loop.connections);
        connections.awaited = true;
        while connections.count > 0 {
            let left = deadline.left(Instant::now());
            if left.is_some_and(|left| left.is_zero()) {
                all_gone = false;
                break;
            }
            connections = match left {
                None => event_loop.emptied.wait(connections).unwrap_or_else(PoisonError::into_inner),
                Some(left) => event_loop.emptied.wait_timeout(connections, left).unwrap_or_else(PoisonError::into_inner).0,
            };
        }
    }
    process.stop_background(!all_gone);
    if all_gone { Ok(()) } else { Err(Error::Timeout) }
}
