//! `ws_options`: a browser's rules about where one may connect and when.

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

/// Sets whether a socket waits until no other one is CONNECTING to the same IP address and port.
///
/// options: the options. on: 1: of all sockets of the process with this option, on any loop, one at a time is between the start of
/// its TCP connection to an address and the end of its opening handshake, opened, refused or given up; the others wait in the order
/// in which they came to that address. 0: all connect at once, the default: a program that opens many connections to one server
/// (a pool, a load test) would wait a round trip or more for each.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
///
/// The wait does not count for the connect timeout of the one that waits: it is bounded by the timeouts of those before it. The
/// turn of a socket whose loop is not run ends after its connect and handshake timeouts, so that it does not hold up the others.
/// ws_close and ws_free end the wait at once. A name with several addresses waits at each one that is tried. Where a proxy looks
/// names up, each name and port counts as an address of its own. RFC 6455 section 4.1, step 2, which binds clients; browsers do it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_one_connecting(options: *mut ws_options, on: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.one_connecting = options::switch("one_connecting", on)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}
