//! A test in several modes, first over TCP and then over TLS: what holds of the one holds of the other.

use super::{
    client::{self, MODES, Mode},
    wire::over_tls,
};

/// Runs `test` in each mode, over both.
pub fn in_every_mode(test: impl Fn(Mode) + Sync) {
    in_modes(&MODES, test);
}

/// Runs `test` in each of `modes`, over both.
pub fn in_modes(modes: &[Mode], test: impl Fn(Mode) + Sync) {
    client::in_modes(modes, &test);
    over_tls(|| client::in_modes(modes, &test));
}
