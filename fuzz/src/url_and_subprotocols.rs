//! Any URL, subprotocols and headers: either an error, or a request of exactly the lines that were asked for.
//!
//! An input is readable: the URL, then fields, each after a byte 0xff and a letter that says what it is: `p`rotocol, `o`rigin, user
//! `a`gent, or `h`eader, whose name ends at a byte 0xfe. None of these two bytes can be in UTF-8.

use std::net::Ipv6Addr;
use ws::{
    client::options::Options,
    error::Error,
    spec::{
        close,
        request::{self, Request},
        subprotocol,
        url::{self, Host, Url},
    },
};

/// A user name or password that the texts of errors must not show.
const SECRET: &str = "hunter2";

/// Checks what `ws_connect` and the options check, and renders the request.
///
/// # Panics
///
/// If the library does not keep its word.
pub fn run(data: &[u8]) {
    let mut fields = data.split(|byte| *byte == 0xff);
    let url = fields.next().map(String::from_utf8_lossy).unwrap_or_default();
    let mut options = Options::default();
    let (mut own, mut protocols) = (Vec::new(), Vec::new());
    for field in fields {
        let Some((kind, text)) = field.split_first() else { continue };
        match kind {
            b'p' => add_protocol(&mut protocols, text),
            b'o' if refused(options.set_origin(Some(text))) => {}
            b'o' => own.push(line("Origin", text)),
            b'a' if refused(options.set_user_agent(Some(text))) => {}
            b'a' => own.push(line("User-Agent", text)),
            b'h' => {
                let mut halves = text.splitn(2, |byte| *byte == 0xfe);
                let (name, value) = (halves.next().unwrap_or_default(), halves.next().unwrap_or_default());
                if !refused(options.add_header(name, value)) {
                    own.push(line(&String::from_utf8_lossy(name), value));
                }
            }
            // What can be said at the end of a connection is text of the same kind.
            _ => check_reason(i32::from(*kind) * 40, text),
        }
    }
    match url::parse(&url) {
        Ok(url) => check_request(&url, &protocols, &options, own),
        Err(error) => check_refused_url(&url, &error),
    }
}

/// Whether a value was refused; then the error is for people.
fn refused(result: Result<(), Error>) -> bool {
    let Err(error) = result else { return false };
    assert!(matches!(error, Error::Syntax(_) | Error::InvalidUtf8 { .. } | Error::InvalidArgument(_)), "{error:?}");
    check_text(&error);
    true
}

fn check_text(error: &Error) {
    let text = error.to_string();
    assert!(!text.is_empty() && !text.chars().any(char::is_control), "{text:?}");
}

/// A line of the request with a header of the application's, which is known to be UTF-8.
fn line(name: &str, value: &[u8]) -> String {
    format!("{name}: {}", std::str::from_utf8(value).expect("an accepted value is UTF-8").trim_matches([' ', '\t']))
}

/// As the C function does it.
fn add_protocol(protocols: &mut Vec<String>, name: &[u8]) {
    let Ok(name) = std::str::from_utf8(name) else { return };
    let is_token = !name.is_empty() && name.bytes().all(|byte| byte.is_ascii_graphic() && !b"()<>@,;:\\\"/[]?={}".contains(&byte));
    let is_good = is_token && !protocols.iter().any(|protocol| protocol == name);
    protocols.push(name.to_owned());
    match subprotocol::check(protocols) {
        Ok(()) => assert!(is_good, "{protocols:?} were accepted"),
        Err(error) => {
            assert!(!is_good && matches!(error, Error::Syntax(_)), "{protocols:?}: {error}");
            check_text(&error);
            protocols.pop();
        }
    }
}

fn check_reason(code: i32, reason: &[u8]) {
    match close::check_arguments(Some(code), Some(reason)) {
        Ok(accepted) => {
            assert_eq!(accepted, Some((u16::try_from(code).unwrap(), std::str::from_utf8(reason).unwrap())));
            assert!((code == 1000 || (3000..5000).contains(&code)) && reason.len() <= 123, "{code}, {} bytes", reason.len());
        }
        Err(error) => check_text(&error),
    }
}

fn check_refused_url(url: &str, error: &Error) {
    assert!(matches!(error, Error::Syntax(_)), "{error:?}");
    check_text(error);
    // What stands between the scheme and the last @ is no part of the text; what it takes for the scheme is.
    let (before, after) = url.rsplit_once('@').unwrap_or(("", url));
    let scheme = before.split(':').next().unwrap_or_default();
    if !scheme.contains(SECRET) && !after.contains(SECRET) {
        assert!(!error.to_string().contains(SECRET), "{error}");
    }
}

fn check_request(url: &Url, protocols: &[String], options: &Options, own: Vec<String>) {
    check_url(url);
    let key = request::key(*b"the sample nonce");
    let request = request::render(&Request {
        url,
        protocols,
        headers: &options.headers,
        origin: options.origin.as_deref(),
        user_agent: options.user_agent.as_deref(),
        deflate: None,
        key: &key,
    });
    let text = String::from_utf8(request).expect("a request is UTF-8");
    let head = text.strip_suffix("\r\n\r\n").expect("a blank line ends it");
    let lines: Vec<&str> = head.split("\r\n").collect();
    for line in &lines {
        assert!(!line.is_empty() && !line.chars().any(|c| c.is_ascii_control() && c != '\t'), "{text:?}");
    }

    let target = lines[0].strip_prefix("GET ").and_then(|rest| rest.strip_suffix(" HTTP/1.1")).expect("a request line");
    assert!(target.starts_with('/') && target.bytes().all(|byte| byte.is_ascii_graphic() && byte != b'#'), "{target:?}");
    assert!(url.href.ends_with(target), "{target} in {}", url.href);
    check_host(lines[1].strip_prefix("Host: ").expect("the Host header"), url);

    // The last origin and the last user agent count, each in its place; the others keep their order.
    let last = |name: &str| own.iter().rfind(|line| line.starts_with(name)).cloned();
    let agent = last("User-Agent: ").or_else(|| options.user_agent.as_ref().map(|agent| format!("User-Agent: {agent}")));
    let mut expected: Vec<String> = vec!["Connection: Upgrade".into()];
    for name in ["Pragma: ", "Cache-Control: "] {
        let is_own = own.iter().any(|line| line.get(..name.len()).is_some_and(|start| start.eq_ignore_ascii_case(name)));
        expected.extend((!is_own).then(|| format!("{name}no-cache")));
    }
    expected.extend(agent);
    expected.push("Upgrade: websocket".into());
    expected.extend(last("Origin: "));
    expected.push("Sec-WebSocket-Version: 13".into());
    let others = own.into_iter().filter(|line| !line.starts_with("Origin: ") && !line.starts_with("User-Agent: "));
    expected.extend(with_one_cookie_header(others));
    expected.push(format!("Sec-WebSocket-Key: {key}"));
    if !protocols.is_empty() {
        expected.push(format!("Sec-WebSocket-Protocol: {}", protocols.join(", ")));
    }
    assert_eq!(lines[2..], expected);
}

/// The lines with each cookie header appended to the first (RFC 6265 section 5.4).
fn with_one_cookie_header(lines: impl Iterator<Item = String>) -> Vec<String> {
    let is_cookie = |line: &str| line.split(':').next().is_some_and(|name| name.eq_ignore_ascii_case("cookie"));
    let mut result: Vec<String> = Vec::new();
    for line in lines {
        let value = line.split_once(": ").map_or("", |(_, value)| value).to_owned();
        match result.iter_mut().find(|before| is_cookie(before)).filter(|_| is_cookie(&line)) {
            Some(before) if value.is_empty() || before.ends_with(": ") => before.push_str(&value),
            Some(before) => before.extend(["; ", &value]),
            None => result.push(line),
        }
    }
    result
}

/// A URL that was accepted is one that can be shown, and the same when it is parsed again.
fn check_url(url: &Url) {
    assert!(url.href.bytes().all(|byte| byte.is_ascii_graphic()), "{:?}", url.href);
    assert!(url.href.starts_with(if url.secure { "wss://" } else { "ws://" }), "{}", url.href);
    assert!(!url.href.contains('#') && url.port > 0 || url.authority.ends_with(":0"), "{}", url.href);
    match url::parse(&url.href) {
        Ok(again) => assert!(again == *url, "{} became {}", url.href, again.href),
        Err(error) => panic!("{} is accepted once, then {error}", url.href),
    }
    let shown = format!("{url:?}");
    assert!(!shown.contains(SECRET) || url.authority.contains(SECRET), "{shown}");
}

/// The Host header names the host and the port that the connection goes to.
fn check_host(header: &str, url: &Url) {
    let (host, port) = match header.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (header, None),
    };
    let default = if url.secure { 443 } else { 80 };
    assert_eq!(port.map_or(Ok(default), str::parse), Ok(url.port), "{header}");
    assert!(port.is_none_or(|port| port.bytes().all(|byte| byte.is_ascii_digit()) && url.port != default), "{header}");
    match &url.host {
        Host::Name(name) => {
            assert_eq!(name, host);
            assert!(!host.is_empty() && host.bytes().all(|byte| byte.is_ascii_graphic() && !b":/?#[]@\\<>^|%".contains(&byte)), "{host:?}");
        }
        Host::V4(address) => assert_eq!(address.to_string(), host),
        Host::V6(address) => {
            let inner = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')).expect("brackets around an IPv6 address");
            assert_eq!(inner.parse::<Ipv6Addr>(), Ok(*address));
        }
    }
}
