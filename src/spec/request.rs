//! The handshake request (RFC 6455 4.1), with its headers in a browser's order.

use data_encoding::BASE64;

use super::{deflate::Offer, url::Url};

/// Bytes that most requests fit into.
const USUAL: usize = 512;

/// What a handshake request says. Each part has passed its check: nothing here can contain a line break. It has
/// no `Debug` form, because headers hold credentials.
#[derive(Clone, Copy)]
pub struct Request<'a> {
    /// Where to; [`super::url::parse`] made it. Its user name and password are not sent.
    pub url: &'a Url,
    /// The subprotocols offered, the preferred one first; checked by [`super::subprotocol::check`].
    pub protocols: &'a [String],
    /// The application's own headers, in its order; checked by [`super::header::check_extra`].
    pub headers: &'a [(String, String)],
    /// The `Origin` header; checked by [`super::header::check_value`].
    pub origin: Option<&'a str>,
    /// The `User-Agent` header; checked by [`super::header::check_value`].
    pub user_agent: Option<&'a str>,
    /// What permessage-deflate is offered with, if it is.
    pub deflate: Option<&'a Offer>,
    /// The `Sec-WebSocket-Key`; [`key`] made it.
    pub key: &'a str,
}

/// The bytes of the request, the blank line at its end included.
#[must_use]
pub fn render(request: &Request<'_>) -> Vec<u8> {
    let mut text = String::with_capacity(USUAL);
    text.extend(["GET ", &request.url.resource, " HTTP/1.1\r\n"]);
    let mut header = |name: &str, value: &str| text.extend([name, ": ", value, "\r\n"]);
    header("Host", &request.url.authority);
    header("Connection", "Upgrade");
    // The handshake's cache mode is "no-store", for which Fetch adds these two, unless the request has them already.
    for name in ["Pragma", "Cache-Control"] {
        if !request.headers.iter().any(|(own, _)| own.eq_ignore_ascii_case(name)) {
            header(name, "no-cache");
        }
    }
    if let Some(agent) = request.user_agent {
        header("User-Agent", agent);
    }
    header("Upgrade", "websocket");
    if let Some(origin) = request.origin {
        header("Origin", origin);
    }
    header("Sec-WebSocket-Version", "13");
    for (name, value) in request.headers {
        header(name, value);
    }
    header("Sec-WebSocket-Key", request.key);
    if let Some(offer) = request.deflate {
        header("Sec-WebSocket-Extensions", &offer.header());
    }
    if !request.protocols.is_empty() {
        header("Sec-WebSocket-Protocol", &request.protocols.join(", "));
    }
    text.push_str("\r\n");
    text.into_bytes()
}

/// The `Sec-WebSocket-Key` made of 16 random bytes: their Base64.
#[must_use]
pub fn key(random: [u8; 16]) -> String {
    BASE64.encode(&random)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{header, subprotocol, url};
    use proptest::prelude::*;

    const KEY: &str = "dGhlIHNhbXBsZSBub25jZQ==";

    #[test]
    fn the_key_is_the_base64_of_16_bytes() {
        assert_eq!(key(*b"the sample nonce"), KEY);
        assert_eq!(key([0; 16]), "AAAAAAAAAAAAAAAAAAAAAA==");
    }

    #[test]
    fn the_smallest_request_has_exactly_the_headers_that_rfc_6455_and_fetch_require() {
        let url = url::parse("ws://server.example.com/chat").unwrap();
        let request = Request { url: &url, protocols: &[], headers: &[], origin: None, user_agent: None, deflate: None, key: KEY };
        assert_eq!(
            String::from_utf8(render(&request)).unwrap(),
            "GET /chat HTTP/1.1\r\n\
             Host: server.example.com\r\n\
             Connection: Upgrade\r\n\
             Pragma: no-cache\r\n\
             Cache-Control: no-cache\r\n\
             Upgrade: websocket\r\n\
             Sec-WebSocket-Version: 13\r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             \r\n"
        );
    }

    #[test]
    fn the_headers_stand_in_a_browsers_order() {
        let url = url::parse("https://user:secret@[::1]:9001?q=1").unwrap();
        let request = Request {
            url: &url,
            protocols: &["superchat".into(), "chat".into()],
            headers: &[("Cookie".into(), "a=1".into()), ("X-Two".into(), String::new())],
            origin: Some("https://example.com"),
            user_agent: Some("libws/0.1.0"),
            deflate: Some(&Offer::default()),
            key: KEY,
        };
        assert_eq!(
            String::from_utf8(render(&request)).unwrap(),
            "GET /?q=1 HTTP/1.1\r\n\
             Host: [::1]:9001\r\n\
             Connection: Upgrade\r\n\
             Pragma: no-cache\r\n\
             Cache-Control: no-cache\r\n\
             User-Agent: libws/0.1.0\r\n\
             Upgrade: websocket\r\n\
             Origin: https://example.com\r\n\
             Sec-WebSocket-Version: 13\r\n\
             Cookie: a=1\r\n\
             X-Two: \r\n\
             Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\
             Sec-WebSocket-Extensions: permessage-deflate; client_max_window_bits\r\n\
             Sec-WebSocket-Protocol: superchat, chat\r\n\
             \r\n"
        );
    }

    #[test]
    fn the_applications_own_cache_headers_stand_alone() {
        let url = url::parse("ws://h/").unwrap();
        let headers = [("PRAGMA".into(), "mine".into()), ("cache-control".into(), "max-age=0".into())];
        let request = Request { url: &url, protocols: &[], headers: &headers, origin: None, user_agent: None, deflate: None, key: KEY };
        let text = String::from_utf8(render(&request)).unwrap();
        assert_eq!(text.to_lowercase().matches("pragma:").count(), 1, "{text}");
        assert_eq!(text.to_lowercase().matches("cache-control:").count(), 1, "{text}");
        assert!(text.contains("PRAGMA: mine\r\n") && text.contains("cache-control: max-age=0\r\n"), "{text}");
    }

    #[test]
    fn userinfo_is_not_sent() {
        let url = url::parse("ws://user:secret@h/").unwrap();
        let request = Request { url: &url, protocols: &[], headers: &[], origin: None, user_agent: None, deflate: None, key: KEY };
        let text = String::from_utf8(render(&request)).unwrap();
        assert!(!text.contains("user") && !text.contains("secret"), "{text}");
    }

    /// URLs that are mostly accepted, with every character somewhere.
    fn urls() -> impl Strategy<Value = String> {
        "(ws|wss|http|w\ns)://([\0-\u{ff}]{0,4}@)?[a-z\r\n\t]{1,5}(/[\0-\u{ff}]{0,8})?([?][\0-\u{ff}]{0,8})?"
    }

    /// Text in which line breaks and what else separates are frequent.
    fn nasty() -> impl Strategy<Value = Vec<u8>> {
        prop::collection::vec(prop_oneof![Just(b'\r'), Just(b'\n'), Just(0), Just(b':'), 97..123_u8, 97..123_u8, any::<u8>()], 0..5)
    }

    proptest! {
        #[test]
        fn whatever_the_checks_accept_makes_one_head_with_one_blank_line(
            address in urls(),
            protocols in prop::collection::vec("[a-z]{1,3}|\\PC{1,2}|[\0-\x20a]{1,2}", 0..3),
            headers in prop::collection::vec((nasty(), nasty()), 0..6),
            origin in nasty(),
            agent in nasty(),
            random: [u8; 16],
        ) {
            let Ok(url) = url::parse(&address) else { return Ok(()) };
            let protocols = if subprotocol::check(&protocols).is_ok() { protocols } else { Vec::new() };
            let headers: Vec<_> = headers.iter().filter_map(|(n, v)| header::check_extra(n, v).ok()).collect();
            let origin = header::check_value("Origin", &origin).ok();
            let agent = header::check_value("User-Agent", &agent).ok();
            let key = key(random);
            let request = Request {
                url: &url,
                protocols: &protocols,
                headers: &headers,
                origin: origin.as_deref(),
                user_agent: agent.as_deref(),
                deflate: None,
                key: &key,
            };
            let text = String::from_utf8(render(&request)).unwrap();

            let lines: Vec<&str> = text.split("\r\n").collect();
            let count = 8
                + headers.len()
                + usize::from(origin.is_some())
                + usize::from(agent.is_some())
                + usize::from(!protocols.is_empty());
            prop_assert_eq!(lines.len(), count + 2, "{:?}", text);
            prop_assert_eq!(&lines[count..], &["", ""]);
            for (number, line) in lines[..count].iter().enumerate() {
                prop_assert!(!line.is_empty() && !line.contains(['\r', '\n', '\0']), "{:?}", text);
                prop_assert!(number == 0 || line.contains(": "), "{:?}", text);
            }
            prop_assert_eq!(lines[0].split(' ').count(), 3, "{:?}", text);
        }
    }
}
