//! The scenarios, by kind. Those that open the WebSocket come first: a browser delays new connections after many failures.

mod closing;
mod constructor;
mod deflate;
mod frames;
mod handshake;
mod invalid_text;
mod ports;
mod random;
mod sending;
mod states;

use super::scenario::Scenario;

/// All of them.
pub fn all() -> Vec<Scenario> {
    let open = [closing::all(), frames::all(), invalid_text::all(), sending::all(), states::all()];
    let mixed = [constructor::all(), deflate::all(), handshake::all(), ports::all(), random::all()];
    [open.concat(), mixed.concat()].concat()
}
