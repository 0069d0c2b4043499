//! `ws_options`: how much may wait to be sent, and when the program hears that little of it is left.

use super::{
    options::{set, ws_options},
    status::ws_status,
};

/// Sets how much may wait to be sent: beyond it ws_send refuses messages with WS_ERR_QUOTA.
///
/// options: the options. bytes: of payload, as in ws_buffered_amount; 0: no limit, the default, as in a browser.
///
/// Returns WS_OK; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
///
/// A message of len bytes is refused if, after the system was offered what waits, ws_buffered_amount() > 0 and
/// ws_buffered_amount() + len > bytes. So a message that is longer than the limit alone goes out when nothing waits. A refused message
/// is neither queued nor counted. Pings, pongs and Close frames are not concerned. CLOSING or CLOSED, messages are counted and not
/// sent (WS_DISCARDED), whatever the limit. (A browser closes a connection that it has no room for: WHATWG WebSockets, "send(data)".)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_max_buffered(options: *mut ws_options, bytes: u64) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.max_buffered = if bytes == 0 { u64::MAX } else { bytes };
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the low-water mark: a WS_EVENT_DRAIN comes when what waits to be sent has become so little.
///
/// options: the options. bytes: of payload, as in ws_buffered_amount; 0: when the system has taken all; UINT64_MAX: no such event, the
/// default.
///
/// Returns WS_OK; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
///
/// One event comes when ws_buffered_amount has fallen to the mark or below it after a ws_send had left it above the mark; the next one
/// after another ws_send has left it above. What the system takes at once, in ws_send, makes no event. After a ws_send that returned
/// WS_ERR_QUOTA one comes in any case, but not before there is room for the refused message, too: a program that sends until it is
/// refused and then waits for the event does not wait in vain. None comes while CLOSING or CLOSED: the close event ends the wait then.
/// The event is in order with the others; when it is taken, more may wait again. (A browser has no such event: scripts poll
/// bufferedAmount.)
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_low_water(options: *mut ws_options, bytes: u64) -> ws_status {
    let change = |options: &mut ws_options| {
        options.options.limits.low_water = bytes;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}
