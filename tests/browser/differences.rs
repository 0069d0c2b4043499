//! Where libws does something else than Chromium, to the line, and why: the reasons are explained in docs/semantics.md.

/// A difference that some scenarios have.
pub struct Difference {
    /// The reason, by its name in docs/semantics.md.
    pub reason: &'static str,
    /// The scenarios' names.
    pub scenarios: &'static [&'static str],
    /// The lines that only Chromium's trace has.
    pub chromium: &'static [&'static str],
    /// The lines that only libws' trace has.
    pub libws: &'static [&'static str],
}

/// Those of one scenario.
pub fn of(scenario: &str) -> Vec<&'static Difference> {
    DIFFERENCES.iter().filter(|difference| difference.scenarios.contains(&scenario)).collect()
}

/// The connection is open and closed by the client at once.
const OPENED: &[&str] = &[
    "open: state 1, protocol '', extensions ''",
    "open: close(1000): done, state 2",
    "close: state 3, 1000 '', clean",
    "server: Close 1000 ''",
];
/// The connection was failed.
const FAILED: &[&str] = &["error: state 3", "close: state 3, 1006 '', not clean"];
/// It was failed, and the server was told.
const FAILED_OPEN: &[&str] = &["error: state 3", "close: state 3, 1006 '', not clean", "server: Close 1002 ''"];

/// All of them.
pub const DIFFERENCES: &[Difference] = &[
    // ---- the closing handshake ----
    Difference {
        reason: "codes-not-on-the-wire",
        scenarios: &["the server closes with 0"],
        chromium: &["close: state 3, 0 'why', clean", "server: Close 0 'why'"],
        libws: FAILED_OPEN,
    },
    Difference {
        reason: "codes-not-on-the-wire",
        scenarios: &["the server closes with 999"],
        chromium: &["close: state 3, 999 'why', clean", "server: Close 999 'why'"],
        libws: FAILED_OPEN,
    },
    Difference {
        reason: "codes-not-on-the-wire",
        scenarios: &["the server closes with 1004"],
        chromium: &["close: state 3, 1004 'why', clean", "server: Close 1004 'why'"],
        libws: FAILED_OPEN,
    },
    Difference {
        reason: "codes-not-on-the-wire",
        scenarios: &["the server closes with 1016"],
        chromium: &["close: state 3, 1016 'why', clean", "server: Close 1016 'why'"],
        libws: FAILED_OPEN,
    },
    Difference {
        reason: "codes-not-on-the-wire",
        scenarios: &["the server closes with 2999"],
        chromium: &["close: state 3, 2999 'why', clean", "server: Close 2999 'why'"],
        libws: FAILED_OPEN,
    },
    Difference {
        reason: "codes-not-on-the-wire",
        scenarios: &["the server closes with 5000"],
        chromium: &["close: state 3, 5000 'why', clean", "server: Close 5000 'why'"],
        libws: FAILED_OPEN,
    },
    Difference {
        reason: "codes-not-on-the-wire",
        scenarios: &["the server closes with 65535"],
        chromium: &["close: state 3, 65535 'why', clean", "server: Close 65535 'why'"],
        libws: FAILED_OPEN,
    },
    Difference {
        reason: "codes-not-on-the-wire",
        scenarios: &["the server answers with a code below 1000"],
        chromium: &["close: state 3, 999 'why', clean"],
        libws: FAILED,
    },
    Difference {
        reason: "data-after-close",
        scenarios: &["a text behind the server's Close", "a ping behind the server's Close"],
        chromium: FAILED,
        libws: &["close: state 3, 1000 'end', clean"],
    },
    Difference {
        reason: "data-after-close",
        scenarios: &["a second Close behind the server's Close"],
        chromium: FAILED,
        libws: &["close: state 3, 1000 'one', clean"],
    },
    Difference {
        reason: "last-answers",
        scenarios: &["send() in a message event whose packet has the server's Close"],
        chromium: &[],
        libws: &["server: text 'answer'"],
    },
    // ---- the Close frame that fails a connection ----
    Difference {
        reason: "close-code-1007",
        scenarios: &["the server closes with a reason that is not UTF-8", "the server closes with a reason cut inside a character"],
        chromium: &["server: Close 1002 'Invalid UTF-8 in Close frame'"],
        libws: &["server: Close 1007 ''"],
    },
    Difference {
        reason: "close-code-1007",
        scenarios: &[
            "a byte that never occurs in UTF-8",
            "an overlong slash of two bytes",
            "an overlong slash of three bytes",
            "an overlong NUL",
            "a surrogate",
            "a pair of surrogates",
            "a code point past the last",
            "a sequence of five bytes",
            "a continuation byte alone",
            "a character cut by the message's end",
            "a character cut by the end of a fragmented message",
            "a character cut by the end, which is an empty frame",
            "a character broken across fragments",
            "a bad byte in the second of three fragments, before the third",
            "a good text before a bad one",
            "a bad byte fails the connection before the frame ends",
        ],
        chromium: &["server: Close 1002 'Invalid UTF-8 in text frame'"],
        libws: &["server: Close 1007 ''"],
    },
    Difference {
        reason: "claimed-length",
        scenarios: &["a length of 2^32"],
        chromium: &[],
        libws: &["error: state 3", "server: Close 1009 ''"],
    },
    Difference {
        reason: "no-reason-for-the-server",
        scenarios: &["a masked frame", "a masked ping"],
        chromium: &["server: Close 1002 'Masked frame from server'"],
        libws: &["server: Close 1002 ''"],
    },
    Difference {
        reason: "no-reason-for-the-server",
        scenarios: &["RSV2", "RSV3", "RSV1 on a ping", "RSV1 on a Close"],
        chromium: &["server: Close 1002 'Invalid reserved bit'"],
        libws: &["server: Close 1002 ''"],
    },
    Difference {
        reason: "no-reason-for-the-server",
        scenarios: &[
            "a fragmented ping",
            "a fragmented Close",
            "a ping of 126 bytes",
            "a Close of 126 bytes",
            "the header of a ping of 126 bytes alone",
            "a length of 125 in two bytes",
            "a length of 65535 in eight bytes",
            "a length with the top bit set",
        ],
        chromium: &["server: Close 1002 'WebSocket Protocol Error'"],
        libws: &["server: Close 1002 ''"],
    },
    Difference {
        reason: "no-reason-for-the-server",
        scenarios: &["a continuation without a beginning", "a continuation behind a whole message"],
        chromium: &["server: Close 1002 'Unexpected continuation'"],
        libws: &["server: Close 1002 ''"],
    },
    Difference {
        reason: "no-reason-for-the-server",
        scenarios: &["a text inside a fragmented message", "a binary inside a fragmented message"],
        chromium: &["server: Close 1002 'Previous data frame unfinished'"],
        libws: &["server: Close 1002 ''"],
    },
    Difference {
        reason: "no-reason-for-the-server",
        scenarios: &[
            "the message before a violation is delivered",
            "behind a violation nothing counts",
            "a violation comes in the same packet as the head",
            "the reserved opcode 3",
            "the reserved opcode 7",
            "the reserved opcode 11",
            "the reserved opcode 15",
            "send() and close() in the error event",
        ],
        chromium: &["server: Close 1002 'Unknown opcode'"],
        libws: &["server: Close 1002 ''"],
    },
    Difference {
        reason: "no-takeover-kept",
        scenarios: &["a compressed message that refers to one that it may not refer to"],
        chromium: &["message: state 1, text 'Hello' (2 times)", "close: state 3, 1000 '', clean", "server: Close 1000 ''"],
        libws: &["message: state 1, text 'Hello'", "error: state 3", "close: state 3, 1006 '', not clean", "server: Close 1002 ''"],
    },
    // ---- sending ----
    Difference {
        reason: "buffered-at-once",
        scenarios: &["bufferedAmount is looked at right behind send()"],
        chromium: &["open: bufferedAmount: 7, state 1"],
        libws: &["open: bufferedAmount: 0, state 1"],
    },
    Difference {
        reason: "fragments",
        scenarios: &["16 MiB accepted before close() go out before the Close frame", "bufferedAmount is 0 when all has been sent"],
        chromium: &["server: binary in fragments, 16777216 bytes, checksum 3c1c9dc5"],
        libws: &["server: binary 16777216 bytes, checksum 3c1c9dc5"],
    },
    Difference {
        reason: "fragments",
        scenarios: &["64 messages of 256 KiB accepted before close() go out before the Close frame"],
        chromium: &["server: binary in fragments, 262144 bytes, checksum 08089dc5 (64 times)"],
        libws: &["server: binary 262144 bytes, checksum 08089dc5 (64 times)"],
    },
    // ---- the constructor ----
    Difference {
        reason: "forbidden-hosts",
        scenarios: &["a URL with a blank in the host"],
        chromium: &[
            "new WebSocket: state 0, bufferedAmount 0, url 'ws://a%20b/', protocol '', extensions ''",
            "error: state 3",
            "close: state 3, 1006 '', not clean",
        ],
        libws: &["new WebSocket: SyntaxError"],
    },
    Difference {
        reason: "forbidden-hosts",
        scenarios: &["a URL with a bad punycode label"],
        chromium: &[
            "new WebSocket: state 0, bufferedAmount 0, url 'ws://xn--a/', protocol '', extensions ''",
            "error: state 3",
            "close: state 3, 1006 '', not clean",
        ],
        libws: &["new WebSocket: SyntaxError"],
    },
    Difference {
        reason: "relative-urls",
        scenarios: &["a URL with no scheme but a host"],
        chromium: &[
            "new WebSocket: state 0, bufferedAmount 0, url 'ws://127.0.0.1:<port>/', protocol '', extensions ''",
            "error: state 3",
            "close: state 3, 1006 '', not clean",
        ],
        libws: &["new WebSocket: SyntaxError"],
    },
    Difference {
        reason: "vertical-bar",
        scenarios: &["a URL with more characters to be escaped or not"],
        chromium: &[
            r"new WebSocket: state 0, bufferedAmount 0, url 'ws://127.0.0.1:<port>/%5E%7C~!$&\x27()*+,;=:@[]_?^|~!$&()*+,;=:@[]_/?', protocol '', extensions ''",
            "server: GET /%5E%7C~!$&'()*+,;=:@[]_?^|~!$&()*+,;=:@[]_/? HTTP/1.1",
        ],
        libws: &[
            r"new WebSocket: state 0, bufferedAmount 0, url 'ws://127.0.0.1:<port>/%5E|~!$&\x27()*+,;=:@[]_?^|~!$&()*+,;=:@[]_/?', protocol '', extensions ''",
            "server: GET /%5E|~!$&'()*+,;=:@[]_?^|~!$&()*+,;=:@[]_/? HTTP/1.1",
        ],
    },
    // ---- the opening handshake ----
    Difference {
        reason: "bad-status-line",
        scenarios: &[
            "the response has lower case http in the status line",
            "the response has HTTP without a version",
            "the response has blank lines before the status line",
            "the response has a blank before the status line",
            "the response has a byte of garbage before the status line",
            "the response has a version of two digits",
            "the response has a version without a point",
            "the response has a status with letters behind it",
        ],
        chromium: OPENED,
        libws: FAILED,
    },
    Difference {
        reason: "credentials-of-the-url",
        scenarios: &["status 401, with a user name and a password in the URL"],
        chromium: &[
            "open: state 1, protocol '', extensions ''",
            "open: close(1000): done, state 2",
            "close: state 3, 1000 '', clean",
            "server: a second connection",
            "server: GET / HTTP/1.1",
            "server: Host: 127.0.0.1:<port>",
            "server: Authorization: Basic dXNlcjpwYXNz",
            "server: Close 1000 ''",
            "server: FIN",
        ],
        libws: &["error: state 3", "close: state 3, 1006 '', not clean", "server: no second connection"],
    },
    Difference {
        reason: "bare-cr",
        scenarios: &["the response has a CR inside a value", "the response has two CRs at a line's end"],
        chromium: OPENED,
        libws: FAILED,
    },
    Difference { reason: "tab-in-status-line", scenarios: &["the response has a tab before the status"], chromium: FAILED, libws: OPENED },
    Difference {
        reason: "content-lengths",
        scenarios: &["the response has two different Content-Lengths"],
        chromium: FAILED,
        libws: OPENED,
    },
    Difference {
        reason: "origin",
        scenarios: &["the request has these headers in this order"],
        chromium: &["server: Origin: …"],
        libws: &[],
    },
    Difference {
        reason: "accept-headers",
        scenarios: &["the request has these headers in this order"],
        chromium: &["server: Accept-Encoding: gzip, deflate, br, zstd", "server: Accept-Language: …"],
        libws: &[],
    },
];
