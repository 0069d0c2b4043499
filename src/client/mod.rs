//! The WebSocket object: the socket, the loop it lives on, the queue its events wait in, the background thread.
//!
//! Who holds what: an application's handle is an `Arc<`[`Socket`](socket::Socket)`>`. Each socket belongs to an
//! [`EventLoop`](event_loop::EventLoop), whose [`Driver`](driver::Driver) owns the receiving half of each connection and is run by
//! one thread at a time. The sending half is behind the socket's own lock ([`Link`](link::Link)), so any thread can send while the
//! driver reads. Lock order: driver, taker, link, queue, background, mail; nothing is locked while an application's callback runs
//! except the driver and, for an event that had waited in the queue, the taker, which are only ever tried. The lines of those that
//! wait to connect ([`turns`]) are locked last: nothing is locked in there.
#![forbid(unsafe_code)]

pub mod addresses;
mod background;
mod conn;
mod connecting;
pub mod deadline;
pub mod driver;
pub mod event;
pub mod event_loop;
pub mod link;
pub mod log;
pub mod options;
pub mod queue;
pub mod shutdown;
pub mod sinks;
pub mod socket;
mod state;
pub mod stats;
mod sync;
mod turns;
