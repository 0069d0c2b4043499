//! Any answer of a proxy, by HTTP's CONNECT and by SOCKS5: one outcome in every chunking, that of a naive reader; nobody else is told
//! who one is.

use crate::{harness::Numbers, input::Input, memory::peak_of, reference};
use std::{
    net::{Ipv4Addr, Ipv6Addr},
    time::Instant,
};
use ws::{
    net::proxy::{
        address::{Endpoint, Proxy},
        tunnel::{Progress, Tunnel},
    },
    protocol::{
        failure::{Failure, Phase},
        limits::{BODY_BYTES, Limits},
        writer::End,
    },
    spec::url::Host,
};

const USER: &str = "alice-of-the-fuzzer";
const PASSWORD: &str = "secret-of-the-fuzzer";

/// Proxies: scheme, and whether one has a name.
const PROXIES: [(&str, bool); 6] =
    [("http", false), ("http", true), ("socks5", false), ("socks5", true), ("socks5h", true), ("https", true)];

/// Pieces that the answer of an HTTP proxy can be made of.
const LINES: [&str; 16] = [
    "HTTP/1.1 200 Connection established\r\n",
    "HTTP/1.0 299\n",
    "HTTP/1.1 407 Proxy Authentication Required\r\n",
    "HTTP/1.1 502 Bad Gateway\r\n",
    "HTTP/1.1 100 Continue\r\n",
    "HTTP/1.1 204 None\r\n",
    "HTTP/1.1 2000 Odd\r\n",
    "Proxy-Authenticate: Basic realm=\"here\"\r\n",
    "Proxy-Authenticate: Digest realm=x, nonce=y\r\n",
    "proxy-authenticate:\tNegotiate\r\n",
    "Content-Length: 5\r\n",
    "Content-Length: 99999999999999999999\r\n",
    "Transfer-Encoding: chunked\r\n",
    " folded\r\n",
    "\r\n",
    "no colon\r\n",
];

/// Pieces that the answer of a SOCKS5 proxy can be made of.
const REPLIES: [&[u8]; 14] = [
    b"\x05\x00",
    b"\x05\x02",
    b"\x05\xff",
    b"\x05\x01",
    b"\x01\x00",
    b"\x05\x00\x00\x01\x7f\0\0\x01\x12\x34",
    b"\x05\x00\x00\x04\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\x01\x12\x34",
    b"\x05\x00\x00\x03\x03abc\x12\x34",
    b"\x05\x00\x00\x03\x00\x12\x34",
    b"\x05\x01",
    b"\x05\x02\x00\x01",
    b"\x05\x09",
    b"\x05\x00\x00\x05",
    b"\x04\x5a",
];

/// Feeds the answer of a proxy.
///
/// # Panics
///
/// If the library does not keep its word.
pub fn run(data: &[u8]) {
    let input = Input::new(data);
    let (scheme, with_name) = input.choose(&PROXIES);
    let (max_head, max_head_lines) = input.choose(&[(256 << 10, 4096), (256, 8), (300, 8), (1024, 16), (256, 4096)]);
    let limits = Limits { max_head, max_head_lines, ..Limits::default() };
    let host = match input.byte() % 5 {
        0 => Host::Name("target.example".into()),
        1 => Host::V4(Ipv4Addr::new(192, 0, 2, 1)),
        2 => Host::V6(Ipv6Addr::LOCALHOST),
        length => Host::Name("x".repeat(if length == 3 { 255 } else { 256 })),
    };
    let target = Endpoint { host, port: input.word().max(1) };
    let seed = input.byte();
    let late = seed >= 0xc0;
    let is_socks = scheme.starts_with("socks");
    let answer = if input.flag() { built(&input, is_socks) } else { input.rest().to_vec() };

    let userinfo = if with_name { format!("{USER}:{PASSWORD}@") } else { String::new() };
    let proxy = Proxy::parse(&format!("{scheme}://{userinfo}p.example:9")).expect("a good URL");
    let begun = Instant::now();
    let tunnel = || Tunnel::new(&proxy, &target, Some("fuzz"), &limits, begun + limits.connect_timeout);
    let too_long = matches!(&target.host, Host::Name(name) if is_socks && name.len() > 255);
    if too_long {
        check_failure(&tunnel().expect_err("a name that SOCKS5 cannot carry"), &limits, &[]);
        return;
    }
    let play = |sizes: &mut dyn FnMut() -> usize| play(tunnel().expect("a tunnel"), &answer, sizes, &limits, begun, late);

    let (whole, peak) = peak_of(|| play(&mut || usize::MAX));
    let most = 16 * max_head as usize + 128 * max_head_lines as usize + (16 << 10);
    assert!(peak <= most, "{peak} bytes were allocated for an answer of {} bytes with {limits:?}", answer.len());
    assert_eq!(play(&mut || 1), whole, "in single bytes");
    let mut numbers = Numbers(u64::from(seed));
    assert_eq!(play(&mut || 1 + numbers.below(40)), whole, "in chunks of seed {seed}");

    let (outcome, sent) = if is_socks { socks(&answer, &target, with_name) } else { http(&answer, &limits) };
    assert_eq!(whole.outcome, outcome, "a naive reader's outcome is on the right: {whole:?}");
    match sent {
        Some(sent) => assert_eq!(whole.sent, sent),
        None => check_request(&whole.sent, &target, with_name),
    }
}

/// Pieces one after the other, whole or cut, and other bytes.
fn built(input: &Input, is_socks: bool) -> Vec<u8> {
    let mut answer = Vec::new();
    while !input.is_empty() {
        let how = input.byte();
        let piece = match how % 4 {
            3 => input.field(),
            _ if is_socks => input.choose(&REPLIES),
            _ => input.choose(&LINES).as_bytes(),
        };
        for _ in 0..if how >= 0xf0 { usize::from(input.byte()) } else { 1 } {
            answer.extend_from_slice(piece);
        }
        if how & 0xf0 == 0xe0 {
            answer.truncate(answer.len().saturating_sub(usize::from(how & 15)));
        }
    }
    answer
}

/// What becomes of a request.
#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    /// The way is open; so many bytes were the proxy's.
    Through(usize),
    Unreachable,
    /// The status of an HTTP proxy's whole head; 0: it is none.
    Refused(u16),
    /// Neither, when the stream ended.
    Ended,
}

/// What was sent, and what came of it.
#[derive(Debug, PartialEq, Eq)]
struct Trace {
    sent: Vec<u8>,
    outcome: Outcome,
    failure: Option<Box<Failure>>,
}

/// Plays the proxy, whose stream ends behind the answer, or is silent until it is late.
fn play(mut tunnel: Tunnel, answer: &[u8], sizes: &mut dyn FnMut() -> usize, limits: &Limits, begun: Instant, late: bool) -> Trace {
    let mut sent = Vec::new();
    let mut transmit = |tunnel: &mut Tunnel, sizes: &mut dyn FnMut() -> usize| {
        while !tunnel.poll_transmit().is_empty() {
            let count = tunnel.poll_transmit().len().min(sizes());
            sent.extend_from_slice(&tunnel.poll_transmit()[..count]);
            tunnel.handle_transmitted(count);
        }
    };
    let now = Instant::now();
    let mut at = 0;
    let mut end = None;
    transmit(&mut tunnel, sizes);
    while end.is_none() && at < answer.len() {
        let until = answer.len().min(at.saturating_add(sizes()));
        let chunk = &answer[at..until];
        end = match tunnel.handle_bytes(chunk, now) {
            Progress::More => None,
            Progress::Through(used) => {
                assert!((1..=chunk.len()).contains(&used), "{used} of {} bytes were the proxy's", chunk.len());
                Some((Outcome::Through(at + used), None))
            }
            Progress::Unreachable(failure) => Some((Outcome::Unreachable, Some(failure))),
            Progress::Refused(failure) => Some((Outcome::Refused(failure.http_status), Some(failure))),
        };
        // After the answer that the way is open nothing more is said to the proxy, after a refusal nobody listens.
        transmit(&mut tunnel, sizes);
        at = until;
    }
    let (outcome, failure) = end.unwrap_or_else(|| {
        let deadline = tunnel.poll_deadline();
        assert!(deadline <= begun + limits.connect_timeout, "bytes of the proxy put the deadline off");
        assert!(tunnel.handle_timeout(begun).is_none(), "it is not late");
        let failure = if late { tunnel.handle_timeout(deadline).expect("it is late") } else { tunnel.handle_end(End::Fin) };
        // What has come of a refusal's body is enough.
        let outcome = if failure.http_status == 0 { Outcome::Ended } else { Outcome::Refused(failure.http_status) };
        assert_eq!(failure.timeout.is_some(), late && failure.http_status == 0, "{failure:?}");
        (outcome, Some(failure))
    });
    let failure = failure.map(|mut failure| {
        check_failure(&failure, limits, answer);
        if failure.text.contains("does not speak HTTP") {
            // This text shows what has come at once: it may differ.
            failure.text.clear();
        }
        failure
    });
    Trace { sent, outcome, failure }
}

fn check_failure(failure: &Failure, limits: &Limits, answer: &[u8]) {
    assert!(!failure.text.is_empty() && !failure.text.chars().any(char::is_control), "{failure:?}");
    assert!(failure.phase == Phase::Proxy && failure.os_error == 0, "{failure:?}");
    assert!(failure.head.len() <= limits.max_head as usize && failure.body.len() <= BODY_BYTES, "{failure:?}");
    for secret in [USER, PASSWORD] {
        let is_echo = answer.windows(secret.len()).any(|window| window == secret.as_bytes());
        assert!(is_echo || !failure.text.contains(secret), "{}", failure.text);
    }
}

/// The request to an HTTP proxy: these lines and no others.
fn check_request(sent: &[u8], target: &Endpoint, with_name: bool) {
    let text = std::str::from_utf8(sent).expect("a request is text");
    let lines: Vec<&str> = text.strip_suffix("\r\n\r\n").expect("a blank line").split("\r\n").collect();
    let begins = [format!("CONNECT {target} HTTP/1.1"), format!("Host: {target}")];
    assert_eq!(lines[..2], begins);
    let names: Vec<&str> = lines[2..].iter().map(|line| line.split(':').next().unwrap_or(line)).collect();
    assert_eq!(names, if with_name { &["Proxy-Authorization", "User-Agent"][..] } else { &["User-Agent"] });
    assert!(!text.contains(USER) && !text.contains(PASSWORD), "they are in Base64");
}

/// The outcome of CONNECT (RFC 9110 section 9.3.6).
fn http(answer: &[u8], limits: &Limits) -> (Outcome, Option<Vec<u8>>) {
    let outcome = match reference::head(answer, limits.max_head as usize, limits.max_head_lines as usize) {
        Some(head) if head.status[0] == b'2' => Outcome::Through(head.size),
        Some(head) => Outcome::Refused(head.status.iter().fold(0, |number, digit| 10 * number + u16::from(digit - b'0'))),
        None if is_good_so_far(answer, limits) => Outcome::Ended,
        None => Outcome::Refused(0),
    };
    (outcome, None)
}

/// Whether there are bytes that make a good head of an answer that has not ended.
fn is_good_so_far(answer: &[u8], limits: &Limits) -> bool {
    let (bytes, lines) = (limits.max_head as usize, limits.max_head_lines as usize);
    let begins_well = answer.iter().zip(b"HTTP").all(|(byte, right)| byte == right);
    let ended = answer.split_inclusive(|byte| *byte == b'\n').filter(|line| line.ends_with(b"\n")).count();
    // With its status line whole, an end of its last line and a blank one it would be a head; else its line might become a status line.
    let status_line = answer.split_inclusive(|byte| *byte == b'\n').next().filter(|line| line.ends_with(b"\n"));
    let good_status = status_line.is_none_or(|line| reference::head(&[line, b"\n"].concat(), usize::MAX, usize::MAX).is_some());
    let bad_byte = answer.contains(&0) || answer.windows(2).any(|pair| pair[0] == b'\r' && pair[1] != b'\n');
    begins_well && good_status && !bad_byte && answer.len() <= bytes && ended <= lines
}

/// The outcome of SOCKS5 (RFC 1928, RFC 1929), and all that is said.
fn socks(answer: &[u8], target: &Endpoint, with_name: bool) -> (Outcome, Option<Vec<u8>>) {
    let mut sent: Vec<u8> = if with_name { vec![5, 2, 0, 2] } else { vec![5, 1, 0] };
    let counted = |text: &[u8]| [&[u8::try_from(text.len()).expect("short")], text].concat();
    let request = || {
        let address = match &target.host {
            Host::Name(name) => [&[3], &counted(name.as_bytes())[..]].concat(),
            Host::V4(ip) => [&[1], &ip.octets()[..]].concat(),
            Host::V6(ip) => [&[4], &ip.octets()[..]].concat(),
        };
        [&[5, 1, 0], &address[..], &target.port.to_be_bytes()].concat()
    };
    let outcome = 'outcome: {
        let mut rest = match *answer {
            [] | [5] => break 'outcome Outcome::Ended,
            [5, 0, ref rest @ ..] => rest,
            [5, 2, ref rest @ ..] if with_name => {
                sent.extend([&[1], &counted(USER.as_bytes())[..], &counted(PASSWORD.as_bytes())].concat());
                match *rest {
                    [] | [_] => break 'outcome Outcome::Ended,
                    [_, 0, ref rest @ ..] => rest,
                    _ => break 'outcome Outcome::Refused(0),
                }
            }
            _ => break 'outcome Outcome::Refused(0),
        };
        sent.extend(request());
        let size = match *rest {
            [] | [5] | [5, 0] | [5, 0, _] | [5, 0, _, 3] => break 'outcome Outcome::Ended,
            [5, 1 | 3..=6 | 8, ..] => break 'outcome Outcome::Unreachable,
            [5, 0, _, 1, ..] => 10,
            [5, 0, _, 4, ..] => 22,
            [5, 0, _, 3, length, ..] => 7 + usize::from(length),
            _ => break 'outcome Outcome::Refused(0),
        };
        let before = answer.len() - rest.len();
        rest = &rest[..rest.len().min(size)];
        if rest.len() < size { Outcome::Ended } else { Outcome::Through(before + size) }
    };
    (outcome, Some(sent))
}
