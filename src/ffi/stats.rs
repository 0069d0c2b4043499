//! `ws_stats`: what a connection has done so far.

use super::{
    pointers,
    socket::{with_socket, ws_socket},
    status::{WS_OK, ws_status},
};
use crate::{
    client::{socket::Socket, stats::Stats},
    protocol::counts::Counts,
};
use std::sync::Arc;

/// What a connection has done so far. Later versions of the library add fields at the end; `size` says how many the program knows.
///
/// Bytes of payload are those of messages as the program has them. Bytes on the wire are those of the TCP connection behind the opening
/// handshake, with frame headers and control frames. Of compressed messages, "wire" is what is left of their payloads, without headers:
/// compressed_payload_received / compressed_wire_received is how many times smaller they were made.
#[derive(Debug, Clone, Copy, Default)]
#[repr(C)]
pub struct ws_stats {
    /// To be set to sizeof(ws_stats) before the call.
    pub size: u64,
    /// Messages that ws_send accepted, those included that wait to go out (ws_buffered_amount) or were lost with the connection; one in
    /// parts when ws_message_end ends it.
    pub messages_sent: u64,
    /// Whole messages that came before the socket was closed or freed, whether the program has taken them yet or not.
    pub messages_received: u64,
    /// Bytes of payload of messages_sent.
    pub payload_sent: u64,
    /// Bytes of payload of messages_received. Of a message that comes in chunks (ws_options_set_chunks) they count as they come, the
    /// message with the last of them.
    pub payload_received: u64,
    /// Bytes on the wire that the operating system took.
    pub wire_sent: u64,
    /// Bytes on the wire that the operating system gave.
    pub wire_received: u64,
    /// Bytes of payload of those of messages_sent that were compressed, before.
    pub compressed_payload_sent: u64,
    /// The same bytes compressed.
    pub compressed_wire_sent: u64,
    /// Bytes of payload of those of messages_received that came compressed, after they were inflated.
    pub compressed_payload_received: u64,
    /// The same bytes as they came.
    pub compressed_wire_received: u64,
    /// Pings of ws_ping and of the keep-alive (ws_options_set_ping_interval), those included that wait to go out.
    pub pings_sent: u64,
    /// Pong frames that came, those that answer no ping included.
    pub pongs_received: u64,
    /// The round trip of the last ping that was answered, of either kind, in microseconds; 0: none was.
    pub rtt_last_us: u64,
    /// The shortest round trip so far, in microseconds; 0: no ping was answered.
    pub rtt_min_us: u64,
    /// How long the look-up of the host's name took, in microseconds (this and the next two: 2^32 - 1 at most), whatever came of
    /// it; 0: it is not over, or there was none (an address, localhost).
    pub dns_us: u64,
    /// How long it took to make a TCP connection (to the proxy, if there is one), or to fail to, in microseconds, all addresses that
    /// were tried and the turns that were waited for (ws_options_set_one_connecting) included; 0: it is not over or was not reached.
    pub tcp_us: u64,
    /// How long the opening handshake took, in microseconds, from the connection (TCP, a proxy's way behind it, TLS for wss:) to the whole
    /// response or the refusal; 0: it is not over or was not reached.
    pub handshake_us: u64,
    /// Bytes of memory that the connection holds now for what it sends and receives: messages that wait to be taken, the buffers (of
    /// 512 KiB each) of what waits to be sent, the part of a message that has come, compressor and decompressor. A connection on
    /// which nothing happens holds next to nothing.
    pub memory: u64,
    /// How long the TLS handshake took, in microseconds, whatever came of it; 0: it is not over, was not reached, or there was none.
    pub tls_us: u64,
}

impl ws_stats {
    fn new(size: u64, stats: &Stats) -> Self {
        let Stats { sent: Counts { traffic, compressed, answers }, compressed_received, phases, .. } = stats;
        ws_stats {
            size,
            messages_sent: traffic.messages,
            messages_received: stats.messages_received,
            payload_sent: traffic.payload,
            payload_received: stats.payload_received,
            wire_sent: traffic.wire,
            wire_received: stats.wire_received,
            compressed_payload_sent: compressed.payload,
            compressed_wire_sent: compressed.wire,
            compressed_payload_received: compressed_received.payload,
            compressed_wire_received: compressed_received.wire,
            pings_sent: answers.pings,
            pongs_received: answers.pongs,
            rtt_last_us: answers.last_rtt,
            rtt_min_us: answers.min_rtt,
            dns_us: phases.dns.into(),
            tcp_us: phases.tcp.into(),
            handshake_us: phases.handshake.into(),
            memory: stats.memory,
            tls_us: phases.tls.into(),
        }
    }
}

/// What a connection has done so far: messages, bytes, pings, times, memory.
///
/// ws: a socket. stats: its field size is set to sizeof(ws_stats) by the caller; the other fields are filled, as far as they lie within
/// that size. Fields of a later version that the running library does not know become 0.
///
/// Returns WS_OK, in every state: while CONNECTING what is known by then, and when the connection is gone what it was, until ws_free;
/// WS_ERR_INVALID_ARGUMENT: stats->size is 0 or no size that a ws_stats has; WS_ERR_NULL_POINTER; WS_ERR_FORKED. An error writes
/// nothing.
///
/// Each field is exact when nothing happens on the connection, and a message is counted when an event or a callback shows it. While
/// messages come and go the fields are not of the same instant, and memory is as of the loop's last turn. Does not block; any thread;
/// a callback may call it. The standard has nothing like it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_get_stats(ws: *const ws_socket, stats: *mut ws_stats) -> ws_status {
    let body = |socket: &Arc<Socket>| {
        // SAFETY: the caller gives NULL or a place that begins with its size.
        unsafe { pointers::fill("the statistics", "ws_stats", stats, |size| Ok(ws_stats::new(size, &socket.stats()?))) }?;
        Ok(WS_OK)
    };
    // SAFETY: the caller gives NULL or a socket.
    unsafe { with_socket(ws, body) }
}
