//! The constructor: `new WebSocket(url, protocols)`.

use super::{ReadyState, Socket, c_string};
use crate::{
    client::{
        background::Process,
        options::{Options, Plan},
        queue::Queue,
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
    /// [`Error::Syntax`] for the URL or the subprotocols; [`Error::Quota`] if the background thread cannot be started.
    pub fn connect(url: &str, options: Options) -> Result<Arc<Self>> {
        Self::connect_as(url, options, |_| Ok(0))
    }

    /// The same for an application that has a number of its own for the socket, which `name` makes: before anything happens.
    ///
    /// # Errors
    ///
    /// Those of [`connect`](Self::connect) and of `name`.
    pub fn connect_as(url: &str, options: Options, name: impl FnOnce(&Arc<Self>) -> Result<usize>) -> Result<Arc<Self>> {
        let url = url::parse(url)?;
        subprotocol::check(&options.protocols)?;
        let event_loop = match &options.event_loop {
            Some(event_loop) => event_loop.clone(),
            None => Process::current().background()?,
        };
        event_loop.check()?;
        let given = options.addresses.take_socket()?;
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
            receive_queue: options.limits.receive_queue,
            agreed: OnceLock::new(),
            failure: OnceLock::new(),
            received: Received::default(),
            event_loop: event_loop.clone(),
        });
        socket.handle.store(name(&socket)?, Relaxed);
        event_loop.add(socket.clone(), Box::new(Plan { url, options, given }));
        Ok(socket)
    }
}
