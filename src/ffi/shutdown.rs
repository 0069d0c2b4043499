//! `ws_shutdown`: the end of everything.

use super::{
    guard::guard,
    status::{WS_OK, ws_status},
};
use crate::client::{deadline::Deadline, shutdown};

/// Closes every socket of the process with the code 1001 and waits until all connections are gone, those of freed sockets too. Then
/// the library's thread has ended; a later ws_connect starts it again. To be called before the library is unloaded.
///
/// timeout_ms: how long it may take, in milliseconds; 0: no waiting; WS_FOREVER.
///
/// Returns WS_OK; WS_ERR_TIMEOUT: some connections were not gone in time; those on the background loop are cut. WS_ERR_BUSY: called
/// in a callback: the closing was started and is not waited for. WS_ERR_INVALID_ARGUMENT: another negative number.
///
/// Blocks for timeout_ms at most. Any thread. Loops of one's own that no thread is running are run meanwhile (without callbacks).
/// Handles stay valid: their events can be taken, and ws_free must end them. WHATWG WebSockets, "make disappear".
#[unsafe(no_mangle)]
pub extern "C" fn ws_shutdown(timeout_ms: i32) -> ws_status {
    guard(|| shutdown::shutdown(Deadline::from_millis(timeout_ms)?).map(|()| WS_OK))
}
