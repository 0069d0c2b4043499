//! Tests of WebSocket URLs: what the URL standard and the WebSocket constructor say, as tables.

use super::*;
use proptest::prelude::*;

fn ok(input: &str) -> Url {
    parse(input).unwrap_or_else(|error| panic!("{input:?}: {error}"))
}

/// The text of the `SyntaxError` for `input`.
fn syntax_error(input: &str) -> String {
    match parse(input) {
        Err(Error::Syntax(text)) => text,
        other => panic!("{input:?}: {other:?}"),
    }
}

#[test]
fn a_plain_url_is_taken_apart() {
    let url = ok("ws://example.com/chat?room=1");
    assert_eq!(
        url,
        Url {
            href: "ws://example.com/chat?room=1".into(),
            secure: false,
            host: Host::Name("example.com".into()),
            port: 80,
            authority: "example.com".into(),
            resource: "/chat?room=1".into(),
            username: String::new(),
            password: String::new(),
        }
    );
}

#[test]
fn http_and_https_become_ws_and_wss() {
    for (input, href, secure, port) in [
        ("ws://h/", "ws://h/", false, 80),
        ("wss://h/", "wss://h/", true, 443),
        ("http://h/", "ws://h/", false, 80),
        ("https://h/", "wss://h/", true, 443),
        ("HTTPS://h/", "wss://h/", true, 443),
        ("https://h:80/", "wss://h:80/", true, 80),
        ("http://h:443/", "ws://h:443/", false, 443),
        ("https://u:p@h:444/x?y", "wss://u:p@h:444/x?y", true, 444),
    ] {
        let url = ok(input);
        assert_eq!((url.href.as_str(), url.secure, url.port), (href, secure, port), "{input}");
    }
}

#[test]
fn a_caret_is_escaped_in_the_path_and_nowhere_else() {
    let url = ok("ws://u^v:p^q@h:9001/a^b/^?c^d");
    assert_eq!(url.href, "ws://u%5Ev:p%5Eq@h:9001/a%5Eb/%5E?c^d");
    assert_eq!(url.resource, "/a%5Eb/%5E?c^d");
    assert_eq!(ok("ws://h?^").href, "ws://h/?^");
    assert_eq!(ok("ws://h/%5E").resource, "/%5E", "what is escaped stays so");
}

#[test]
fn a_fragment_even_an_empty_one_is_refused() {
    for input in ["ws://h/#a", "ws://h/#", "ws://h#", "https://h/?q#"] {
        assert!(syntax_error(input).contains("has a fragment"), "{input}");
    }
    assert_eq!(ok("ws://h/%23").resource, "/%23");
}

#[test]
fn another_scheme_is_refused_and_named() {
    for (input, scheme) in [
        ("ftp://h/", "ftp"),
        ("mailto:a@b", "mailto"),
        ("about:blank", "about"),
        ("file:///etc/passwd", "file"),
        ("localhost:9001", "localhost"),
        ("wsx://h/", "wsx"),
        ("data:,x#f", "data"),
    ] {
        let text = syntax_error(input);
        assert!(text.contains(&format!("the scheme \"{scheme}\": use ws or wss")), "{text}");
    }
}

#[test]
fn no_host_is_refused() {
    for input in ["ws://", "wss:///", "http://", "ws://:80/", "ws://u:p@/", "ws:"] {
        assert!(syntax_error(input).contains("has no host"), "{input}: {}", syntax_error(input));
    }
}

#[test]
fn a_relative_url_is_refused_because_there_is_no_base() {
    for input in ["", "/chat", "chat", "//host/chat", "?q", "../x", "127.0.0.1/x", "://h"] {
        assert!(syntax_error(input).contains("is relative"), "{input}: {}", syntax_error(input));
    }
}

#[test]
fn what_cannot_be_parsed_is_refused_with_the_reason() {
    for (input, reason) in [
        ("ws://h:65536/", "invalid port number"),
        ("ws://h:-1/", "invalid port number"),
        ("ws://h:8o/", "invalid port number"),
        ("ws://1.2.3.256/", "invalid IPv4 address"),
        ("ws://1.2.3.4.5/", "invalid IPv4 address"),
        ("ws://0x1ffffffff/", "invalid IPv4 address"),
        ("ws://[::1/", "invalid IPv6 address"),
        ("ws://[::g]/", "invalid IPv6 address"),
        ("ws://[fe80::1%25eth0]/", "invalid IPv6 address"),
        ("ws://[fe80::1%eth0]/", "invalid IPv6 address"),
        ("ws://a b/", "invalid international domain name"),
        ("ws://a%00b/", "invalid international domain name"),
        ("ws://a%0d%0ab/", "invalid international domain name"),
        ("ws://a\0b/", "invalid international domain name"),
        ("ws://%ff/", "invalid international domain name"),
        ("ws://xn--a/", "invalid international domain name"),
        ("ws://a<b/", "invalid international domain name"),
    ] {
        let text = syntax_error(input);
        assert!(text.ends_with(&format!("is not a URL: {reason}")), "{text}");
    }
}

#[test]
fn every_way_to_write_an_ipv4_address_is_one() {
    for input in ["127.0.0.1", "127.1", "0x7f.0.0.1", "2130706433", "017700000001", "127.0.0.1.", "%31%32%37.1", "１２７.1"] {
        let url = ok(&format!("ws://{input}/"));
        assert_eq!(url.host, Host::V4(Ipv4Addr::LOCALHOST), "{input}");
        assert_eq!(url.href, "ws://127.0.0.1/", "{input}");
        assert_eq!(url.authority, "127.0.0.1", "{input}");
    }
}

#[test]
fn ipv6_addresses_keep_their_brackets_in_the_authority_only() {
    for (input, address, authority) in [
        ("ws://[::1]/", Ipv6Addr::LOCALHOST, "[::1]"),
        ("ws://[0:0::0:1]:9001/", Ipv6Addr::LOCALHOST, "[::1]:9001"),
        ("wss://[2001:DB8::A]:443/", "2001:db8::a".parse().unwrap(), "[2001:db8::a]"),
        ("ws://[::ffff:1.2.3.4]/", "::ffff:102:304".parse().unwrap(), "[::ffff:102:304]"),
    ] {
        let url = ok(input);
        assert_eq!(url.host, Host::V6(address), "{input}");
        assert_eq!(url.authority, authority, "{input}");
    }
}

#[test]
fn names_are_lower_case_and_punycode() {
    for (input, name) in [
        ("EXAMPLE.Com", "example.com"),
        ("bücher.example", "xn--bcher-kva.example"),
        ("b%C3%BCcher.example", "xn--bcher-kva.example"),
        ("faß.de", "xn--fa-hia.de"),
        ("日本。jp", "xn--wgv71a.jp"),
        ("example.com.", "example.com."),
        ("under_score", "under_score"),
    ] {
        let url = ok(&format!("ws://{input}/"));
        assert_eq!(url.host, Host::Name(name.into()), "{input}");
        assert_eq!(url.authority, name, "{input}");
    }
}

#[test]
fn the_default_port_is_dropped_and_any_other_kept() {
    for (input, port, authority) in [
        ("ws://h:80/", 80, "h"),
        ("wss://h:443/", 443, "h"),
        ("http://h:80/", 80, "h"),
        ("https://h:443/", 443, "h"),
        ("ws://h:/", 80, "h"),
        ("ws://h:00080/", 80, "h"),
        ("ws://h:443/", 443, "h:443"),
        ("wss://h:80/", 80, "h:80"),
        ("ws://h:0/", 0, "h:0"),
        ("ws://h:65535/", 65535, "h:65535"),
    ] {
        let url = ok(input);
        assert_eq!((url.port, url.authority.as_str()), (port, authority), "{input}");
        assert!(url.href.ends_with(&format!("//{authority}/")), "{input}");
    }
}

#[test]
fn the_resource_is_path_and_query_and_never_empty() {
    for (input, resource) in [
        ("ws://h", "/"),
        ("ws://h/", "/"),
        ("ws://h?q", "/?q"),
        ("ws://h/?", "/?"),
        ("ws://h/a/../b/./c", "/b/c"),
        ("ws://h\\a\\b", "/a/b"),
        ("ws:h/a", "/a"),
        ("ws:////h/a", "/a"),
        ("ws://h/a b\"<>`{}é%zz", "/a%20b%22%3C%3E%60%7B%7D%C3%A9%zz"),
        ("ws://h/?a b\"<>'é", "/?a%20b%22%3C%3E%27%C3%A9"),
        ("ws://h/?a=1&b=?/@", "/?a=1&b=?/@"),
        ("ws://h//x", "//x"),
    ] {
        assert_eq!(ok(input).resource, resource, "{input}");
    }
}

#[test]
fn tabs_and_newlines_are_removed_and_spaces_around_trimmed() {
    for input in [" ws://h/a ", "\0\x1fws://h/a\x01", "w\ns://h/a", "ws:/\t/h/\r\na", "\r\nws://\nh/a\n"] {
        assert_eq!(ok(input).href, "ws://h/a", "{input:?}");
    }
}

#[test]
fn userinfo_is_kept_in_href_and_is_nowhere_else() {
    let url = ok("ws://us er:p@ss:wörd@h:81/x?y");
    assert_eq!(url.href, "ws://us%20er:p%40ss%3Aw%C3%B6rd@h:81/x?y");
    assert_eq!(url.username, "us%20er");
    assert_eq!(url.password, "p%40ss%3Aw%C3%B6rd");
    assert_eq!(url.authority, "h:81");
    assert_eq!(url.resource, "/x?y");
    let url = ok("ws://user@h/");
    assert_eq!((url.username.as_str(), url.password.as_str()), ("user", ""));
    assert_eq!(ok("ws://:@h/").href, "ws://h/");
}

#[test]
fn what_is_shown_of_a_url_is_all_but_its_userinfo() {
    for (input, shown) in [
        ("ws://h/", "ws://h/"),
        ("ws://us er:p@ss:wörd@h:81/x?y", "ws://h:81/x?y"),
        ("wss://user@[::1]/", "wss://[::1]/"),
        ("ws://h/a@b/c:d@e?f@g", "ws://h/a@b/c:d@e?f@g"),
        ("ws://user:pw@h?at=@", "ws://h/?at=@"),
    ] {
        assert_eq!(without_userinfo(&ok(input).href), shown);
    }
}

#[test]
fn no_error_text_shows_a_password() {
    for input in [
        "ws://user:secret@h/#f",
        "ws://user:secret@h:99999/",
        "ws:user:secret@h:99999/",
        "ws:/\tuser:secret@h:99999/",
        "ws:\\\\user:secret@h:99999/",
        "ws://user:secret@",
        "ws://user:x/secret@h/",
        "ws://user:x#secret@h/",
        "ws://user:1/secret@h/#f",
        "ws:user:x://secret@h/#f",
        "ws:user:secret://x@h/#f",
        "ws://user:x@secret@h/#f",
        "ftp://user:secret@h/",
        "user:secret@h/",
        "//user:secret@h/",
        " ws://user:secret@h/#f",
    ] {
        let text = syntax_error(input);
        assert!(!text.contains("secret"), "{text}");
        assert!(text.contains("***@"), "{text}");
    }
}

#[test]
fn an_error_text_quotes_the_url_and_escapes_it() {
    assert_eq!(syntax_error("ws://h\x1b/"), "the URL \"ws://h\\u{1b}/\" is not a URL: invalid international domain name");
    assert!(syntax_error("ws://user:pw@h:1x/").starts_with("the URL \"ws://***@h:1x/\" is not"));
    assert!(syntax_error(&"x".repeat(1_000_000)).len() < 300);
}

#[test]
fn the_debug_form_shows_no_secret() {
    let text = format!("{:?}", ok("ws://user:secret@h:81/?token=hidden"));
    assert_eq!(text, "Url { secure: false, authority: \"h:81\", .. }");
}

/// Checks every text of up to `length` of the symbols behind `start`: it is refused, or is a URL that reads the same again.
fn check_all(start: &str, length: u32) -> usize {
    const SYMBOLS: [char; 12] = ['a', '0', ':', '/', '@', '.', '[', ']', '%', '?', '\\', '\u{e9}'];
    let (mut text, mut accepted) = (String::new(), 0);
    for length in 0..=length {
        for number in 0..SYMBOLS.len().pow(length) {
            text.clear();
            text.push_str(start);
            let mut rest = number;
            for _ in 0..length {
                text.push(SYMBOLS[rest % SYMBOLS.len()]);
                rest /= SYMBOLS.len();
            }
            if let Ok(url) = parse(&text) {
                accepted += 1;
                assert_eq!(parse(&url.href).as_ref(), Ok(&url), "{text:?}");
                assert!(url.resource.starts_with('/') && !url.authority.is_empty(), "{text:?}: {url:?}");
            }
        }
    }
    accepted
}

#[test]
fn every_short_text_is_refused_or_a_url_that_reads_the_same_again() {
    assert_eq!(check_all("", 5), 0, "no text of so few characters without its scheme is a URL");
    assert!(check_all("ws:", 4) > 1000);
    assert!(check_all("ws://", 4) > 1000);
    assert!(check_all("ws://a", 3) > 100);
    assert!(check_all("ws://[", 4) > 0);
}

/// Texts that look enough like URLs to reach every corner of the parser, and texts that do not.
fn inputs() -> impl Strategy<Value = String> {
    prop_oneof![
        "(ws|wss|http|https|ftp|w\ns)?[:/\\\\]{0,4}[a-z0-9.:@%\\[\\]\u{e9}\0-\x20]{0,12}[/?#\\\\]{0,2}\\PC{0,12}",
        "(ws|https)://([a-z:]{0,6}@)?[a-z0-9.]{1,8}(:[0-9]{0,5})?(/\\PC{0,10})?([?][\0-\u{ff}]{0,10})?",
        any::<String>(),
    ]
}

#[test]
fn a_host_is_parsed_as_in_a_url_and_brackets_may_be_left_out() {
    let host = |input| parse_host(input).unwrap_or_else(|error| panic!("{input:?}: {error}"));
    assert_eq!(host("Server.EXAMPLE"), Host::Name("server.example".into()));
    assert_eq!(host("bücher.example"), Host::Name("xn--bcher-kva.example".into()));
    assert_eq!(host("127.1"), Host::V4(Ipv4Addr::LOCALHOST));
    assert_eq!((host("::1"), host("[::1]")), (Host::V6(Ipv6Addr::LOCALHOST), Host::V6(Ipv6Addr::LOCALHOST)));
    for bad in ["", "a b", "a/b", "[::1", "256.1.1.1"] {
        let Err(Error::Syntax(text)) = parse_host(bad) else { panic!("{bad:?} is accepted") };
        assert!(text.starts_with(&format!("{} is not a host: ", quote(bad))), "{text}");
    }
}

proptest! {
    #[test]
    fn a_url_that_is_accepted_can_go_into_a_request(input in inputs()) {
        if let Ok(url) = parse(&input) {
            for part in [&url.href, &url.authority, &url.resource, &url.username, &url.password] {
                prop_assert!(part.bytes().all(|b| b.is_ascii_graphic()), "{part:?}");
            }
            prop_assert!(url.resource.starts_with('/'));
            prop_assert!(!url.authority.is_empty());
            prop_assert!(!url.authority.contains('@'));
            prop_assert!(!url.resource.contains('#'));
            prop_assert_eq!(url.href.starts_with("wss://"), url.secure);
            let shown = [if url.secure { "wss://" } else { "ws://" }, &url.authority, &url.resource].concat();
            prop_assert_eq!(without_userinfo(&url.href), shown);
            let end = [&*url.authority, &url.resource].concat();
            prop_assert!(url.href.ends_with(&end));
        }
    }

    #[test]
    fn parsing_what_was_serialised_changes_nothing(input in inputs()) {
        if let Ok(url) = parse(&input) {
            prop_assert_eq!(parse(&url.href).unwrap(), url);
        }
    }
}
