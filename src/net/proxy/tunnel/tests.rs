//! The dialogs with a proxy, byte for byte: whole, in every chunking, cut after every byte, silent, and with what is no answer.

use super::*;
use crate::spec::url::Host;
use proptest::prelude::*;
use std::{io, net::Ipv4Addr};

fn endpoint(host: &str, port: u16) -> Endpoint {
    let url = crate::spec::url::parse(&format!("ws://{host}/")).unwrap();
    Endpoint { host: url.host, port }
}

fn tunnel_at(proxy: &str, target: &Endpoint, deadline: Instant) -> Tunnel {
    Tunnel::new(&Proxy::parse(proxy).unwrap(), target, Some("libws/test"), &Limits::default(), deadline).unwrap()
}

fn tunnel(proxy: &str, target: &Endpoint) -> Tunnel {
    tunnel_at(proxy, target, Instant::now() + Duration::from_secs(60))
}

/// All that is to be sent now.
fn take_out(tunnel: &mut Tunnel) -> Vec<u8> {
    let out = tunnel.poll_transmit().to_vec();
    tunnel.handle_transmitted(out.len());
    out
}

/// What became of a dialog in which the proxy says these bytes, in chunks that end there.
#[derive(Debug, PartialEq, Eq)]
struct Trace {
    sent: Vec<u8>,
    /// How many of the bytes were the proxy's, if it opened a way.
    through: Option<usize>,
    failure: Option<Failure>,
    /// Another address may do.
    unreachable: bool,
}

fn play(mut tunnel: Tunnel, bytes: &[u8], ends: impl Iterator<Item = usize>) -> Trace {
    let mut trace = Trace { sent: take_out(&mut tunnel), through: None, failure: None, unreachable: false };
    let mut start = 0;
    for end in ends.chain([bytes.len()]) {
        match tunnel.handle_bytes(&bytes[start..end], Instant::now()) {
            Progress::More => {}
            Progress::Through(size) => trace.through = Some(start + size),
            Progress::Unreachable(failure) => (trace.unreachable, trace.failure) = (true, Some(*failure)),
            Progress::Refused(failure) => trace.failure = Some(*failure),
        }
        trace.sent.extend(take_out(&mut tunnel));
        if trace.through.is_some() || trace.failure.is_some() {
            break;
        }
        start = end;
    }
    trace
}

/// The same result whole, byte by byte and cut once anywhere.
#[track_caller]
fn talk(proxy: &str, target: &Endpoint, bytes: &[u8]) -> Trace {
    let whole = play(tunnel(proxy, target), bytes, [].into_iter());
    assert_eq!(play(tunnel(proxy, target), bytes, 0..bytes.len()), whole, "byte by byte");
    for cut in 1..bytes.len() {
        assert_eq!(play(tunnel(proxy, target), bytes, [cut].into_iter()), whole, "cut at {cut}");
    }
    whole
}

/// The text of the refusal that some bytes are, without its beginning, which all have.
#[track_caller]
fn refused(proxy: &str, bytes: &[u8]) -> String {
    let Trace { failure, through, .. } = talk(proxy, &endpoint("h", 80), bytes);
    let failure = failure.unwrap_or_else(|| panic!("{} is no refusal: {through:?}", bytes.escape_ascii()));
    assert_eq!(failure.phase, Phase::Proxy);
    assert!(!failure.text.contains("alice") && !failure.text.contains("secret"), "{}", failure.text);
    failure.text.strip_prefix("the proxy p:9 ").unwrap_or_else(|| panic!("{}", failure.text)).to_owned()
}

// ---- HTTP ----

#[test]
fn the_connect_request_names_the_target_with_its_port_twice() {
    for (host, authority) in [("example.com", "example.com:80"), ("10.0.0.1", "10.0.0.1:80"), ("[::1]", "[::1]:80")] {
        let expected = format!("CONNECT {authority} HTTP/1.1\r\nHost: {authority}\r\nUser-Agent: libws/test\r\n\r\n");
        assert_eq!(take_out(&mut tunnel("p:9", &endpoint(host, 80))).escape_ascii().to_string(), expected.escape_default().to_string());
    }
}

#[test]
fn user_name_and_password_go_into_the_connect_request_as_basic() {
    let proxy = Proxy::parse("http://Aladdin:open%20sesame@p:9").unwrap();
    let mut tunnel = Tunnel::new(&proxy, &endpoint("h", 443), None, &Limits::default(), Instant::now()).unwrap();
    let expected = "CONNECT h:443 HTTP/1.1\r\nHost: h:443\r\nProxy-Authorization: Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==\r\n\r\n";
    assert_eq!(String::from_utf8(take_out(&mut tunnel)).unwrap(), expected);
    assert!(!format!("{tunnel:?}").contains("Aladdin") && !format!("{tunnel:?}").contains("QWx"));
}

#[test]
fn any_2xx_opens_the_way_and_what_follows_its_head_is_the_servers() {
    for head in [
        "HTTP/1.1 200 Connection established\r\n\r\n",
        "HTTP/1.0 200 OK\r\nProxy-agent: tinyproxy/1.11.1\r\n\r\n",
        "HTTP/1.1 200\r\n\r\n",
        "HTTP/1.1 201 Created\n\n",
        "HTTP/1.1 299 x\r\nContent-Length: 5\r\nTransfer-Encoding: chunked\r\n\r\n",
    ] {
        for behind in ["", "H", "HTTP/1.1 101 too early\r\n\r\n", "\0\u{1}"] {
            let trace = talk("p:9", &endpoint("h", 80), [head, behind].concat().as_bytes());
            assert_eq!((trace.through, trace.failure), (Some(head.len()), None), "{head}");
        }
    }
}

#[test]
fn another_status_is_a_refusal_with_status_head_and_body() {
    for (status, reason) in [(100, "Continue"), (101, "x"), (199, ""), (300, "x"), (302, "Found"), (403, "Filtered"), (502, "Bad Gateway")]
    {
        let head = format!("HTTP/1.1 {status} {reason}\r\nContent-Length: 5\r\n\r\n");
        let Trace { failure, .. } = talk("p:9", &endpoint("h", 80), format!("{head}why and more").as_bytes());
        let failure = failure.expect("a refusal");
        assert_eq!(failure.text, format!("the proxy p:9 refused CONNECT to h:80: {status} {reason:?}"));
        assert_eq!((failure.phase, failure.http_status), (Phase::Proxy, status));
        assert_eq!(failure.head, head.as_bytes());
        assert_eq!(failure.body, if status < 200 { &b""[..] } else { b"why a" });
    }
}

#[test]
fn a_407_says_what_the_proxy_wants_and_what_can_be_done() {
    let advice = "give them in its URL or with ws_options_set_proxy_credentials";
    for (challenges, without, with) in [
        (
            "Proxy-Authenticate: Basic realm=\"Office\"\r\n",
            format!("it wants a user name and a password for \"Office\": {advice}"),
            "it does not accept user name and password for \"Office\"".to_owned(),
        ),
        (
            "proxy-authenticate: BASIC charset=\"UTF-8\", Realm=x\r\n",
            format!("it wants a user name and a password for \"x\": {advice}"),
            "it does not accept user name and password for \"x\"".to_owned(),
        ),
        (
            "Proxy-Authenticate: Negotiate\r\nProxy-Authenticate: Basic\r\n",
            format!("it wants a user name and a password: {advice}"),
            "it does not accept user name and password".to_owned(),
        ),
        (
            "Proxy-Authenticate: Digest realm=\"a\\b\", nonce=\"x\"\r\n",
            "it wants the authentication \"Digest\" for \"a\\\\b\", and libws has only Basic".to_owned(),
            "it wants the authentication \"Digest\" for \"a\\\\b\", and libws has only Basic".to_owned(),
        ),
    ] {
        let head = format!("HTTP/1.1 407 Proxy Authentication Required\r\n{challenges}Content-Length: 0\r\n\r\n");
        let start = "refused CONNECT to h:80: 407 \"Proxy Authentication Required\": ";
        assert_eq!(refused("p:9", head.as_bytes()), format!("{start}{without}"));
        assert_eq!(refused("http://alice:secret@p:9", head.as_bytes()), format!("{start}{with}"));
    }
    assert_eq!(
        refused("p:9", b"HTTP/1.1 407 x\r\nContent-Length: 0\r\n\r\n"),
        "refused CONNECT to h:80: 407 \"x\", without saying which authentication it wants"
    );
}

#[test]
fn what_is_no_http_is_refused_at_its_first_byte() {
    for bytes in [&b"SSH-2.0"[..], b"\x05\x00", b"\x15\x03\x01", b"HTTQ/1.1 200", b"\n", b" HTTP/1.1 200 OK\r\n\r\n"] {
        for chunked in [false, true] {
            let ends = if chunked { 0..bytes.len() } else { 0..0 };
            let text = play(tunnel("p:9", &endpoint("h", 80)), bytes, ends).failure.expect("a refusal").text;
            let start = "the proxy p:9 did not answer CONNECT to h:80: the proxy does not speak HTTP: its answer begins with ";
            assert!(text.starts_with(start), "{text}");
        }
    }
    assert_eq!(
        refused("p:9", b"HTTP/1.1 20 OK\r\n"),
        "did not answer CONNECT to h:80: the proxy's answer begins with \"HTTP/1.1 20 OK\", which is not a status line: \
         \"HTTP/1.1 200 OK\" was expected"
    );
    assert_eq!(refused("p:9", b"HTTP/1.1 200 OK\r\nA: \0"), "did not answer CONNECT to h:80: the response head has a NUL at offset 20");
}

#[test]
fn a_head_over_its_limits_is_refused() {
    let limits = Limits { max_head: 256, max_head_lines: 8, ..Limits::default() };
    for (head, what) in [
        (format!("HTTP/1.1 200 OK\r\nA: {}", "x".repeat(300)), "256 bytes"),
        ("HTTP/1.1 200 OK\r\n".to_owned() + &"A: b\r\n".repeat(9), "8 lines"),
    ] {
        let tunnel = Tunnel::new(&Proxy::parse("p:9").unwrap(), &endpoint("h", 80), None, &limits, Instant::now()).unwrap();
        let failure = play(tunnel, head.as_bytes(), 0..head.len()).failure.expect("a refusal");
        assert!(failure.text.contains(what), "{}", failure.text);
        assert!(failure.head.starts_with(b"HTTP/1.1 200 OK\r\n"));
    }
}

// ---- SOCKS5 ----

/// A reply that opens the way.
const GRANTED: &[u8] = b"\x05\x00\x00\x01\x7f\0\0\x01\x12\x34";

#[test]
fn socks_sends_greeting_and_request_for_each_kind_of_address() {
    let requests: [(&str, &[u8]); 3] = [
        ("10.1.2.3", b"\x05\x01\x00\x01\x0a\x01\x02\x03\x1f\x90"),
        ("[2001:db8::1]", b"\x05\x01\x00\x04\x20\x01\x0d\xb8\0\0\0\0\0\0\0\0\0\0\0\x01\x1f\x90"),
        ("example.com", b"\x05\x01\x00\x03\x0bexample.com\x1f\x90"),
    ];
    for (host, request) in requests {
        for scheme in ["socks5", "socks5h"] {
            let trace = talk(&format!("{scheme}://p:9"), &endpoint(host, 8080), &[b"\x05\x00", GRANTED].concat());
            let sent = [b"\x05\x01\x00", request].concat();
            assert_eq!(trace, Trace { sent, through: Some(12), failure: None, unreachable: false }, "{host}");
        }
    }
}

#[test]
fn socks_sends_user_name_and_password_if_the_proxy_chooses_so() {
    let request = b"\x05\x01\x00\x03\x01h\x00\x50";
    for (bytes, exchange) in [
        (&b"\x05\x00"[..], &b""[..]),
        (b"\x05\x02\x01\x00", b"\x01\x05alice\x06secret"),
        // Some proxies say SOCKS's version here.
        (b"\x05\x02\x05\x00", b"\x01\x05alice\x06secret"),
    ] {
        let trace = talk("socks5h://alice:secret@p:9", &endpoint("h", 80), &[bytes, GRANTED].concat());
        let sent = [b"\x05\x02\x00\x02", exchange, request].concat();
        assert_eq!(trace, Trace { sent, through: Some(bytes.len() + GRANTED.len()), failure: None, unreachable: false });
    }
    let long = "x".repeat(255);
    let trace = talk(&format!("socks5://{long}:@p:9"), &endpoint("h", 80), &[b"\x05\x02\x01\x00", GRANTED].concat());
    assert_eq!(trace.sent[4..], [b"\x01\xff", long.as_bytes(), b"\x00", request].concat());
}

#[test]
fn what_follows_a_reply_of_any_form_is_the_servers() {
    for reply in [
        GRANTED.to_vec(),
        [b"\x05\x00\x00\x04", &[7; 16][..], b"\0\0"].concat(),
        b"\x05\x00\xff\x03\x00\0\0".to_vec(),
        b"\x05\x00\x00\x03\x04name\0\x50".to_vec(),
        [b"\x05\x00\x00\x03\xff", &[b'x'; 255][..], b"\0\0"].concat(),
    ] {
        for behind in [&b""[..], b"\x05", b"HTTP/1.1 101"] {
            let trace = talk("socks5h://p:9", &endpoint("h", 80), &[b"\x05\x00", &reply[..], behind].concat());
            assert_eq!((trace.through, trace.failure), (Some(2 + reply.len()), None));
        }
    }
}

#[test]
fn every_code_of_a_reply_is_a_refusal_in_words() {
    for code in 1..=255_u8 {
        let meaning = match code {
            1 => "general failure of the proxy",
            2 => "connection not allowed by its rules",
            3 => "network unreachable",
            4 => "host unreachable",
            5 => "connection refused",
            6 => "time to live expired",
            7 => "command not supported",
            8 => "kind of address not supported",
            _ => "for a reason that has no name",
        };
        let answer = [5, 0, 5, code, 0, 1, 0, 0, 0, 0, 0, 0];
        let text = refused("socks5://p:9", &answer);
        let other_may_do = matches!(code, 1 | 3 | 4 | 5 | 6 | 8);
        assert_eq!(talk("socks5://p:9", &endpoint("h", 80), &answer).unreachable, other_may_do, "{code}");
        assert_eq!(text, format!("refused to connect to h:80: {meaning} (SOCKS5 reply {code})"));
    }
}

#[test]
fn a_proxy_that_wants_another_authentication_is_a_refusal() {
    assert_eq!(
        refused("socks5://p:9", b"\x05\xff"),
        "refused to connect to h:80: it wants authentication: give a user name and a password in its URL or with \
         ws_options_set_proxy_credentials"
    );
    let with = "socks5://alice:secret@p:9";
    assert_eq!(refused(with, b"\x05\xff"), "refused to connect to h:80: it wants another authentication than by user name and password");
    for status in [1, 5, 255] {
        let text = refused(with, &[5, 2, 1, status]);
        assert_eq!(text, format!("refused to connect to h:80: user name and password are not accepted (status {status})"));
    }
}

#[test]
fn what_is_no_socks5_is_refused() {
    let start = "did not answer the request for h:80: the proxy";
    for byte in (0..=255_u8).filter(|&byte| byte != 5) {
        let wrong = format!("{start} does not speak SOCKS5: its answer begins with {byte:#04x} instead of 0x05");
        assert_eq!(refused("socks5://p:9", &[byte, 0]), wrong);
        assert_eq!(refused("socks5://p:9", &[5, 0, byte, 0]), wrong);
    }
    for method in [1, 2, 3, 0x80, 0xfe] {
        let wrong = format!("{start} chooses the authentication method {method}, which was not offered");
        assert_eq!(refused("socks5://p:9", &[5, method]), wrong);
    }
    for kind in [0, 2, 5, 255] {
        assert_eq!(refused("socks5://p:9", &[5, 0, 5, 0, 0, kind]), format!("{start}'s answer has an address of the unknown kind {kind}"));
    }
}

#[test]
fn a_name_of_255_bytes_goes_through_socks_and_a_longer_one_is_refused() {
    let name = |len: usize| Endpoint { host: Host::Name("x".repeat(len)), port: 80 };
    let sent = talk("socks5h://p:9", &name(255), b"\x05\x00").sent;
    assert_eq!(sent[3..8], [5, 1, 0, 3, 255]);
    let proxy = Proxy::parse("socks5h://p:9").unwrap();
    let failure = Tunnel::new(&proxy, &name(256), None, &Limits::default(), Instant::now()).unwrap_err();
    assert_eq!(failure.phase, Phase::Proxy);
    assert!(failure.text.ends_with(": its name is longer than the 255 bytes that SOCKS5 carries"), "{}", failure.text);
    assert!(Tunnel::new(&Proxy::parse("http://p:9").unwrap(), &name(256), None, &Limits::default(), Instant::now()).is_ok());
}

// ---- both ----

const HEAD: &[u8] = b"HTTP/1.1 200 Connection established\r\nVia: x\r\n\r\n";

/// The answers that open a way, by proxy.
fn answers() -> [(&'static str, Vec<u8>); 3] {
    [
        ("http://alice:secret@p:9", HEAD.to_vec()),
        ("socks5://p:9", [b"\x05\x00", GRANTED].concat()),
        ("socks5h://alice:secret@p:9", [b"\x05\x02\x01\x00", GRANTED].concat()),
    ]
}

#[test]
fn an_end_after_any_byte_of_the_answer_is_a_failure_that_says_how_far_it_came() {
    for (proxy, answer) in answers() {
        for cut in 0..answer.len() {
            let until = || {
                let mut tunnel = tunnel(proxy, &endpoint("h", 80));
                assert!(matches!(tunnel.handle_bytes(&answer[..cut], Instant::now()), Progress::More));
                tunnel
            };
            let text = format!("the proxy p:9 ended the connection after {cut} bytes of its answer to the request for h:80");
            let head = if proxy.starts_with("http") { &answer[..cut] } else { b"" };
            let failure = until().handle_end(End::Fin);
            assert_eq!((failure.phase, &failure.text, failure.os_error, failure.head.as_slice()), (Phase::Proxy, &text, 0, head));
            let failure = until().handle_end(End::Reset(io::Error::from_raw_os_error(libc::ECONNRESET)));
            assert_eq!((failure.phase, failure.os_error, failure.head.as_slice()), (Phase::Proxy, libc::ECONNRESET, head));
            assert!(failure.text.starts_with(&format!("{text}: Connection reset by peer")), "{}", failure.text);
        }
    }
}

#[test]
fn silence_after_any_byte_of_the_answer_ends_at_the_deadline() {
    let now = Instant::now();
    let (before, deadline) = (now + Duration::from_millis(6999), now + Duration::from_secs(7));
    for (proxy, answer) in answers() {
        for cut in 0..answer.len() {
            let mut tunnel = tunnel_at(proxy, &endpoint("h", 80), deadline);
            assert!(matches!(tunnel.handle_bytes(&answer[..cut], now), Progress::More));
            assert_eq!(tunnel.poll_deadline(), deadline);
            assert_eq!(tunnel.handle_timeout(before), None);
            let failure = tunnel.handle_timeout(deadline).expect("it is over");
            assert_eq!(failure.phase, Phase::Proxy);
            assert_eq!(
                failure.text,
                "the proxy p:9 did not open a way to h:80, the connection to it included, within 30s (ws_options_set_connect_timeout)"
            );
        }
    }
}

#[test]
fn the_body_of_a_refusal_is_waited_for_a_second_at_the_most() {
    let now = Instant::now();
    let refusing = || {
        let mut tunnel = tunnel_at("p:9", &endpoint("h", 80), now + Duration::from_secs(60));
        assert!(matches!(tunnel.handle_bytes(b"HTTP/1.1 403 No\r\n\r\nbec", now), Progress::More));
        assert!(matches!(tunnel.handle_bytes(b"ause", now), Progress::More));
        tunnel
    };
    let mut tunnel = refusing();
    assert_eq!(tunnel.poll_deadline(), now + BODY_WAIT);
    let late = tunnel.handle_timeout(now + BODY_WAIT).expect("it is over");
    let ended = refusing().handle_end(End::Fin);
    assert_eq!(late, ended);
    assert_eq!((late.http_status, late.body.as_slice()), (403, &b"because"[..]));
}

#[test]
fn a_request_that_cannot_go_out_leaves_the_answer_to_be_read() {
    let mut tunnel = tunnel("p:9", &endpoint("h", 80));
    tunnel.handle_transmitted(3);
    assert!(tunnel.poll_transmit().starts_with(b"NECT "));
    tunnel.handle_write_error(io::ErrorKind::BrokenPipe.into(), Instant::now());
    assert_eq!(tunnel.poll_transmit(), b"");
    assert!(matches!(tunnel.handle_bytes(HEAD, Instant::now()), Progress::Through(_)));
}

#[test]
fn a_request_that_cannot_go_out_and_is_not_answered_fails_with_the_error_two_seconds_later_or_when_the_stream_ends() {
    let now = Instant::now();
    let [mut silent, mut ended] = ["p:9", "socks5://p:9"].map(|proxy| tunnel(proxy, &endpoint("h", 80)));
    for tunnel in [&mut silent, &mut ended] {
        tunnel.handle_write_error(io::Error::from_raw_os_error(libc::ENOBUFS), now);
    }
    assert_eq!(silent.poll_deadline(), now + LINGER);
    for failure in [silent.handle_timeout(now + LINGER).expect("it is over"), ended.handle_end(End::Fin)] {
        assert_eq!((failure.os_error, failure.timeout), (libc::ENOBUFS, None), "{}", failure.text);
    }
}

/// Answers that are mostly right, with a few bytes that are not.
fn nearly() -> impl Strategy<Value = (&'static str, Vec<u8>)> {
    let one = prop::sample::select(answers().to_vec());
    (one, prop::collection::vec((any::<prop::sample::Index>(), any::<u8>()), 0..3), prop::collection::vec(any::<u8>(), 0..6)).prop_map(
        |((proxy, mut answer), changes, behind)| {
            for (index, byte) in changes {
                let at = index.index(answer.len());
                answer[at] = byte;
            }
            answer.extend(behind);
            (proxy, answer)
        },
    )
}

proptest! {
    #[test]
    fn the_same_bytes_in_any_chunking_give_the_same_result((proxy, bytes) in nearly(), mut ends in prop::collection::vec(0..60_usize, 0..6)) {
        ends.retain(|&end| end <= bytes.len());
        ends.sort_unstable();
        let target = Endpoint { host: Host::V4(Ipv4Addr::LOCALHOST), port: 1 };
        let mut whole = play(tunnel(proxy, &target), &bytes, [].into_iter());
        let mut chunked = play(tunnel(proxy, &target), &bytes, ends.into_iter());
        for trace in [&mut whole, &mut chunked] {
            // It shows as much as has come.
            if let Some(failure) = trace.failure.as_mut().filter(|failure| failure.text.contains("does not speak HTTP")) {
                failure.text.clear();
            }
        }
        prop_assert_eq!(whole, chunked);
    }

    #[test]
    fn no_answer_is_too_odd(socks: bool, bytes: Vec<u8>) {
        let target = Endpoint { host: Host::Name("h".into()), port: 1 };
        play(tunnel(if socks { "socks5://p" } else { "http://p" }, &target), &bytes, [].into_iter());
    }
}
