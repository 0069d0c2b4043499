//! The numbers of the C API that are no statuses.

use std::ffi::c_int;

/// ws_ready_state: the connection is being made.
pub const WS_CONNECTING: c_int = 0;
/// ws_ready_state: messages can be sent.
pub const WS_OPEN: c_int = 1;
/// ws_ready_state: the closing handshake has begun.
pub const WS_CLOSING: c_int = 2;
/// ws_ready_state: it is over.
pub const WS_CLOSED: c_int = 3;

/// As a length: the text ends at its NUL.
pub const WS_NUL_TERMINATED: usize = usize::MAX;
/// As the code of ws_close: the argument is absent.
pub const WS_NO_CODE: i32 = -1;
/// As a timeout: for ever.
pub const WS_FOREVER: i32 = -1;

/// A text message: UTF-8.
pub const WS_TEXT: c_int = 1;
/// A binary message.
pub const WS_BINARY: c_int = 2;
/// Or-ed to the type in ws_send: more follows at once, so nothing need be written yet. Ended by a message without it, by ws_flush or
/// by the loop's next turn. In ws_message_begin: the same for each part of the message, until 128 KiB wait.
pub const WS_MORE: c_int = 0x100;
/// Or-ed to the type in ws_send: the message is not compressed, though the server would take it so. For what is compressed already,
/// and for secrets beside text that others choose: the size of a compressed message tells what is alike.
pub const WS_NO_COMPRESS: c_int = 0x200;

/// ws_event.type: no event.
pub const WS_EVENT_NONE: i32 = 0;
/// ws_event.type: the connection is open. data: the subprotocol agreed on, or "".
pub const WS_EVENT_OPEN: i32 = 1;
/// ws_event.type: a message. kind: WS_TEXT (UTF-8, checked) or WS_BINARY; data: its payload.
pub const WS_EVENT_MESSAGE: i32 = 2;
/// ws_event.type: the connection was failed; the close event follows. data: why, in words, as ws_failure.text.
pub const WS_EVENT_ERROR: i32 = 3;
/// ws_event.type: the end, always the last event. code, was_clean; data: the server's reason, or "".
pub const WS_EVENT_CLOSE: i32 = 4;
/// ws_event.type: the answer to a ws_ping. data: the ping's payload; rtt_us.
pub const WS_EVENT_PONG: i32 = 5;
/// ws_event.type: ws_buffered_amount has fallen to the mark of ws_options_set_low_water. data: "".
pub const WS_EVENT_DRAIN: i32 = 6;

/// ws_event.type: a part of a message, with ws_options_set_chunks. kind: WS_TEXT (UTF-8 by itself, checked) or WS_BINARY; data: its
/// bytes; flags: WS_FIRST, WS_FINAL.
pub const WS_EVENT_CHUNK: i32 = 7;

/// In ws_event.flags: the message begins with this chunk.
pub const WS_FIRST: u32 = 1;
/// In ws_event.flags: the message ends with this chunk.
pub const WS_FINAL: u32 = 2;

/// ws_failure.phase: nothing failed.
pub const WS_PHASE_NONE: i32 = 0;
/// ws_failure.phase: the URL.
pub const WS_PHASE_URL: i32 = 1;
/// ws_failure.phase: the look-up of the host's name.
pub const WS_PHASE_DNS: i32 = 2;
/// ws_failure.phase: the TCP connection.
pub const WS_PHASE_TCP: i32 = 3;
/// ws_failure.phase: the proxy.
pub const WS_PHASE_PROXY: i32 = 4;
/// ws_failure.phase: the TLS handshake.
pub const WS_PHASE_TLS: i32 = 5;
/// ws_failure.phase: the opening handshake.
pub const WS_PHASE_HANDSHAKE: i32 = 6;
/// ws_failure.phase: the open connection.
pub const WS_PHASE_OPEN: i32 = 7;
/// ws_failure.phase: the closing handshake.
pub const WS_PHASE_CLOSING: i32 = 8;

/// ws_failure.timeout: no time was over.
pub const WS_TIMEOUT_NONE: i32 = 0;
/// ws_failure.timeout: that of ws_options_set_connect_timeout.
pub const WS_TIMEOUT_CONNECT: i32 = 1;
/// ws_failure.timeout: that of ws_options_set_handshake_timeout.
pub const WS_TIMEOUT_HANDSHAKE: i32 = 2;
/// ws_failure.timeout: that of ws_options_set_close_timeout.
pub const WS_TIMEOUT_CLOSE: i32 = 3;
/// ws_failure.timeout: that of ws_options_set_ping_timeout.
pub const WS_TIMEOUT_PING: i32 = 4;

/// ws_set_log: nothing.
pub const WS_LOG_OFF: c_int = 0;
/// ws_set_log: something in libws or the system is wrong.
pub const WS_LOG_ERROR: c_int = 1;
/// ws_set_log: connections that failed or were lost, too.
pub const WS_LOG_WARN: c_int = 2;
/// ws_set_log: connections that come and go, too.
pub const WS_LOG_INFO: c_int = 3;
/// ws_set_log: each step of a connection, too.
pub const WS_LOG_DEBUG: c_int = 4;
/// ws_set_log: what is common on an open connection, too: how much was read, pings and pongs.
pub const WS_LOG_TRACE: c_int = 5;
