//! `ws_options`: a browser's rules about where one may connect.

use super::{
    options::{set, ws_options},
    status::ws_status,
};
use crate::client::options;
use std::ffi::c_int;

/// Sets whether the ports that browsers block are refused: those where servers of other protocols listen, such as 22, 25 or 6000.
///
/// options: the options. on: 1: they are refused, the default; 0: every port but 0 is allowed.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. With a
/// blocked port ws_connect returns a CONNECTING socket as ever; nothing is looked up, nothing connected; an error event and a close
/// event (1006, not clean) follow, and ws_get_failure has the phase WS_PHASE_URL. Fetch, "port blocking", which has the list.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_block_ports(options: *mut ws_options, on: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.block_ports = options::switch("block_ports", on)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}
