//! Facts that all possible states share.

use super::{
    machine::Item,
    words::{Act, Body, Event},
};

/// What the server did, and what goes on around the socket.
#[derive(Debug, Clone)]
#[allow(clippy::struct_excessive_bools, reason = "independent facts, not states of one thing")]
pub struct World {
    /// What the server did, in order.
    pub acts: Vec<Act>,
    /// From now on the server answers our Close frame: with this one, if it has sent none, and with the end of TCP.
    pub answers: Option<Body>,
    /// I/O happens in the application's calls only.
    pub own_loop: bool,
    /// Reading was stopped when the server had done so much; `usize::MAX`: who knows what was under way.
    pub paused: Option<usize>,
    /// So much was accepted that the kernel may refuse some.
    pub blocks: bool,
    /// Messages were accepted.
    pub has_accepted: bool,
    /// Callbacks are called now.
    pub calls: bool,
    /// A call takes events: it goes on behind the server's Close frame, which is none.
    pub takes: bool,
    /// It drops all events but the close event.
    pub drops: bool,
    /// All sockets are told to close.
    pub shuts_down: bool,
    /// The server has had the two seconds in which it should end TCP after both Close frames.
    pub linger_over: bool,
    /// The server has had the close timeout.
    pub close_timeout_over: bool,
}

impl World {
    /// Whether the call that is under way goes on behind what is first in the queue.
    pub fn skips(&self, first: Option<&Item>) -> bool {
        match first {
            None | Some(Item::Event(Event::Close { .. })) => false,
            Some(Item::Closing) => self.takes || self.drops,
            Some(Item::Event(_)) => self.drops,
        }
    }
}
