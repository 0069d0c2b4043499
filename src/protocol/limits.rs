//! Everything the network can push against has a limit: the numbers and their reasons.

use std::time::Duration;

/// The limits and timeouts of one connection. None that the network can push against can be "unlimited".
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Longest message received, in bytes. 64 MiB: what other libraries allow, and far below what hurts a small machine.
    pub max_message: u64,
    /// Longest frame received, in bytes. As the message: a server may send each message as one frame.
    pub max_frame: u64,
    /// Messages come in chunks, as they arrive, up to so many bytes each; then the two limits above are not looked at, because no chunk
    /// takes more memory for the size of its message. `None`: they come whole, as in a browser.
    pub max_chunked: Option<u64>,
    /// Longest response head, in bytes. 256 KiB, Chromium's.
    pub max_head: u32,
    /// How many times as long as what has arrived of it a compressed message may become, beyond the first MiB. 1,100: deflate itself
    /// reaches no more than 1,032, so this refuses nothing; the size above bounds a message all the same.
    pub max_ratio: u32,
    /// Most lines in a response head. Chromium takes 2,000 headers; this leaves room and bounds the parsing.
    pub max_head_lines: u32,
    /// Bytes of messages that wait to be taken before the socket is no longer read. 1 MiB keeps a fast stream busy.
    pub receive_queue: u64,
    /// Messages, or chunks of them, that wait to be taken before the socket is no longer read. 65,536: each is work for the application,
    /// however short, and those of 16 bytes and more meet the limit in bytes before this one.
    pub receive_events: u64,
    /// Bytes of messages that may wait to be sent; more are refused. `u64::MAX`, none, as in a browser: the application sends them.
    pub max_buffered: u64,
    /// The application is told when what waits to be sent has fallen to so many bytes. `u64::MAX`: never, as in a browser.
    pub low_water: u64,
    /// From `connect` to an established TCP connection, name resolution included. 30 s: a SYN is repeated after 1, 3, 7 and 15 s.
    pub connect_timeout: Duration,
    /// From the request to the end of the response head. 30 s, as long as for the connection before it.
    pub handshake_timeout: Duration,
    /// From the last byte given to the kernel to the server's Close frame. 10 s: browsers wait a minute, programs that exit do not.
    pub close_timeout: Duration,
    /// Time between keep-alive pings; `None` sends none, as browsers do.
    pub ping_interval: Option<Duration>,
    /// How long after a keep-alive ping something must have arrived. 20 s: beyond any radio's hiccup.
    pub ping_timeout: Duration,
}

impl Default for Limits {
    fn default() -> Self {
        Limits {
            max_message: 64 << 20,
            max_frame: 64 << 20,
            max_ratio: 1100,
            max_chunked: None,
            max_head: 256 << 10,
            max_head_lines: 4096,
            receive_queue: 1 << 20,
            receive_events: 1 << 16,
            max_buffered: u64::MAX,
            low_water: u64::MAX,
            connect_timeout: Duration::from_secs(30),
            handshake_timeout: Duration::from_secs(30),
            close_timeout: Duration::from_secs(10),
            ping_interval: None,
            ping_timeout: Duration::from_secs(20),
        }
    }
}

/// Up to here a message may be compressed as far as it likes: what may be refused later should be worth refusing.
pub const RATIO_FREE: u64 = 1 << 20;

/// After how many bytes of a compressed message the ratio is judged, each time as if all of them had come: so the verdict does not
/// depend on how many come at once.
pub const RATIO_STEP: u64 = 4 << 10;

/// How long no message was compressed or inflated before the memory for it is given up, at least; at most twice as long. Long beside
/// the microseconds that taking it again costs, short beside what makes connections many: that they are idle.
pub const REST_AFTER: Duration = Duration::from_secs(1);

/// How long the server has to end the TCP connection after both Close frames; then we do (Chromium's figure, RFC 6455 7.1.1). As long
/// after a write that failed: what the server sent before is still read.
pub const LINGER: Duration = Duration::from_secs(2);

/// How long the server's Close frame, or its breach of the protocol, is held back while messages before it have not been taken: the
/// application's answers to them can still go out. No longer, so that closings are finished though the application sleeps.
pub const ANSWER_WAIT: Duration = Duration::from_millis(100);

/// How long the body of a refusing response is waited for: it is only shown to people.
pub const BODY_WAIT: Duration = Duration::from_secs(1);

/// How much of that body is kept.
pub const BODY_BYTES: usize = 4096;

/// Pings of the application whose pongs are awaited; older ones are forgotten.
pub const PINGS_AWAITED: usize = 64;

/// How many bytes of answers to the server's pings gather before they are written. A write costs more than a hundred times what a ping
/// costs the server, and one read may bring 65,536 of them.
pub const PONGS_GATHER: usize = 4 << 10;

/// The longest payload of a control frame (RFC 6455 section 5.5).
pub const CONTROL_PAYLOAD: usize = 125;
