//! The constructor: `new WebSocket(url, protocols)`.

use super::{ReadyState, Socket, c_string};
use crate::{
    client::{
        background::Process,
        options::{Options, Plan},
        queue::{Queue, Room},
        sinks::Gate,
        stats::Received,
    },
    error::Result,
    net::fork::Generation,
    spec::{subprotocol, url},
};
use std::sync::{
    Arc, Condvar, Mutex, OnceLock,
    atomic::{AtomicBool, AtomicU8, AtomicU64, AtomicUsize, Ordering::Relaxed},
};

impl Socket {
    /// Checks what the constructor checks and returns a CONNECTING socket at once.
    ///
    /// # Errors
    ///
    /// [`Error::Syntax`] for the URL, credentials in it that are to be sent, or the subprotocols; [`Error::Quota`] if the background thread cannot be started.
    pub fn connect(url: &str, options: Options) -> Result<Arc<Self>> {
        Self::connect_as(url, options, |_| Ok(0))
    }

    /// The same for an application that has a number of its own for the socket, which `name` makes: before anything happens.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect) and of `name`.
    pub fn connect_as(url: &str, mut options: Options, name: impl FnOnce(&Arc<Self>) -> Result<usize>) -> Result<Arc<Self>> {
        let url = url::parse(url)?;
        subprotocol::check(&options.protocols)?;
        options.take_credentials_of(&url)?;
        let mut plan = Plan::new(url, options)?;
        let (url, options) = (&plan.url, &plan.options);
        let (event_loop, _running) = match &options.event_loop {
            Some(event_loop) => (event_loop.clone(), None),
            None => Process::current().background().map(|(event_loop, running)| (event_loop, Some(running)))?,
        };
        event_loop.check()?;
        plan.given = options.addresses.take_socket()?;
        let socket = Arc::new(Socket {
            generation: Generation::register(),
            url: c_string(&url.href),
            state: AtomicU8::new(ReadyState::Connecting as u8),
            aborted: AtomicBool::default(),
            abort_taken: AtomicBool::default(),
            done: AtomicBool::default(),
            freed: AtomicBool::default(),
            paused: AtomicBool::default(),
            in_line: AtomicBool::default(),
            touched: AtomicBool::default(),
            reads: AtomicU64::new(1),
            id: AtomicUsize::new(usize::MAX),
            link: Mutex::default(),
            flushed: Condvar::new(),
            queue: Queue::default(),
            taker: Mutex::default(),
            gate: Gate::default(),
            handler: options.handler.clone(),
            user_data: options.user_data,
            handle: AtomicUsize::new(0),
            room: Room { bytes: options.limits.receive_queue, events: options.limits.receive_events },
            known: OnceLock::new(),
            failure: OnceLock::new(),
            received: Received::default(),
            event_loop: event_loop.clone(),
        });
        socket.handle.store(name(&socket)?, Relaxed);
        event_loop.add(socket.clone(), Box::new(plan));
        Ok(socket)
    }
}
