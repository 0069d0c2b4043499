//! Header fields that the application adds to the handshake request (RFC 9110 5).

use simdutf8::compat::from_utf8;

use super::quote::quote;
use super::token::is_token_byte;
use crate::error::{Error, Result};

/// The spaces that HTTP allows around a value and that do not belong to it (RFC 9110 5.6.3, `OWS`).
pub const OPTIONAL_WHITESPACE: [char; 2] = [' ', '\t'];

/// The header names that the application may not use, in lower case, and what to do instead.
const RESERVED: [(&str, &str); 12] = [
    ("host", "it is written from the URL; ws_options_add_resolve connects to another address"),
    ("connection", "the handshake writes it"),
    ("upgrade", "the handshake writes it"),
    ("sec-websocket-key", "the handshake writes it"),
    ("sec-websocket-version", "the handshake writes it"),
    ("sec-websocket-extensions", "the handshake writes it"),
    ("sec-websocket-protocol", "use ws_options_add_protocol"),
    ("content-length", "the handshake has no body"),
    ("transfer-encoding", "the handshake has no body"),
    ("origin", "use ws_options_set_origin"),
    ("user-agent", "use ws_options_set_user_agent"),
    ("proxy-authorization", "it is for a proxy, and this request goes to the server"),
];

/// Checks a header that the application adds, and returns its name and its value without the spaces around it.
///
/// # Errors
///
/// [`Error::Syntax`] for a name that is no token, or a control character other than tab in the value;
/// [`Error::InvalidUtf8`] for a value that is not UTF-8; [`Error::InvalidArgument`] for a name that the handshake uses
/// itself, in any case: the text says what to do instead.
pub fn check_extra(name: &[u8], value: &[u8]) -> Result<(String, String)> {
    let name = check_name(name)?;
    let lower = name.to_ascii_lowercase();
    if let Some((_, instead)) = RESERVED.iter().find(|(reserved, _)| *reserved == lower) {
        return Err(Error::InvalidArgument(format!("the header {name} cannot be added: {instead}")));
    }
    if lower.starts_with("sec-websocket-") {
        return Err(Error::InvalidArgument(format!(
            "the header {} cannot be added: names with Sec-WebSocket- belong to the handshake",
            quote(&name)
        )));
    }
    let value = check_value("header value", value)?;
    Ok((name, value))
}

/// A header's name as text. The error shows nothing after the first bad byte: a program that passes the whole header as
/// its name would put a credential there.
fn check_name(name: &[u8]) -> Result<String> {
    if name.is_empty() {
        return Err(Error::Syntax("a header has no name".into()));
    }
    // The characters of a token are ASCII.
    let text = |bytes: &[u8]| bytes.iter().copied().map(char::from).collect::<String>();
    match name.iter().position(|&byte| !is_token_byte(byte)) {
        None => Ok(text(name)),
        Some(offset) => Err(Error::Syntax(format!(
            "a header name has {} at offset {offset}, after {}: use letters, digits and !#$%&'*+-.^_`|~",
            quote(&name[offset..=offset]),
            quote(&name[..offset])
        ))),
    }
}

/// Checks the value of a header, and returns it without the spaces around it; `what` names it in the error.
///
/// # Errors
///
/// [`Error::InvalidUtf8`] if it is not UTF-8; [`Error::Syntax`] if it has a control character (CR, LF and NUL are some)
/// other than tab. The text shows the character and its offset, not the value: that may be a credential.
pub fn check_value(what: &'static str, value: &[u8]) -> Result<String> {
    let value = from_utf8(value).map_err(|error| Error::InvalidUtf8 { what, offset: error.valid_up_to() })?;
    if let Some((offset, byte)) = value.bytes().enumerate().find(|&(_, b)| b.is_ascii_control() && b != b'\t') {
        return Err(Error::Syntax(format!(
            "the {what} has the control character {byte:#04x} at offset {offset}: only tab may be in a header"
        )));
    }
    Ok(value.trim_matches(OPTIONAL_WHITESPACE).to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::token::is_token;
    use proptest::prelude::*;

    fn extra(name: &str, value: &str) -> Result<(String, String)> {
        check_extra(name.as_bytes(), value.as_bytes())
    }

    #[test]
    fn an_ordinary_header_passes_unchanged() {
        for (name, value) in [
            ("Authorization", "Bearer a.b-c=="),
            ("Cookie", "a=1; b=\"2\""),
            ("X-Empty", ""),
            ("x_1", "tab\tinside"),
            ("X-Umlaut", "grüße 😀"),
        ] {
            assert_eq!(extra(name, value), Ok((name.to_owned(), value.to_owned())));
        }
    }

    #[test]
    fn spaces_around_a_value_are_trimmed() {
        assert_eq!(extra("A", " \t b c\t "), Ok(("A".into(), "b c".into())));
        assert_eq!(extra("A", " \t "), Ok(("A".into(), String::new())));
        assert_eq!(check_value("Origin", b" https://example.com "), Ok("https://example.com".into()));
        assert_eq!(check_value("Origin", "\u{a0}x".as_bytes()), Ok("\u{a0}x".into()));
    }

    #[test]
    fn a_name_that_is_no_token_is_refused() {
        for (name, offset) in [
            (&b"A B"[..], 1),
            (b" A", 0),
            (b"A ", 1),
            (b"A:", 1),
            (b"A\r\nB", 1),
            (b"A\0", 1),
            (b"A\t", 1),
            (b"(A)", 0),
            (b"A\xc3\xa4", 1),
            (b"\xff", 0),
            (b"Host ", 4),
        ] {
            match check_extra(name, b"x") {
                Err(Error::Syntax(text)) => assert!(text.contains(&format!("at offset {offset}, after")), "{text}"),
                other => panic!("{name:?}: {other:?}"),
            }
        }
    }

    #[test]
    fn an_empty_name_is_refused() {
        assert_eq!(check_extra(b"", b"x"), Err(Error::Syntax("a header has no name".into())));
    }

    #[test]
    fn a_whole_header_given_as_the_name_does_not_show_its_value() {
        assert_eq!(
            extra("Authorization: Bearer secret", "").unwrap_err().to_string(),
            "a header name has \":\" at offset 13, after \"Authorization\": use letters, digits and !#$%&'*+-.^_`|~"
        );
    }

    #[test]
    fn every_control_character_but_tab_is_refused_in_a_value() {
        for byte in (0..32).chain([127]).filter(|&b| b != b'\t') {
            for value in [vec![byte], vec![b'a', byte], vec![b'a', byte, b'b']] {
                match check_extra(b"A", &value) {
                    Err(Error::Syntax(text)) => assert!(text.contains(&format!("{byte:#04x} at offset")), "{text}"),
                    other => panic!("{value:?}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn a_line_break_cannot_smuggle_in_a_header() {
        for value in ["x\r\nHost: evil", "x\nHost: evil", "x\rHost: evil", "x\r\n\r\nGET / HTTP/1.1", "x\r\n folded"] {
            assert!(matches!(extra("A", value), Err(Error::Syntax(_))), "{value:?}");
            assert!(matches!(check_value("User-Agent", value.as_bytes()), Err(Error::Syntax(_))), "{value:?}");
        }
    }

    #[test]
    fn a_value_that_is_not_utf_8_is_refused_with_the_offset() {
        assert_eq!(check_extra(b"A", b"ab\xff"), Err(Error::InvalidUtf8 { what: "header value", offset: 2 }));
        assert_eq!(check_value("Origin", b"\xc3"), Err(Error::InvalidUtf8 { what: "Origin", offset: 0 }));
    }

    #[test]
    fn no_error_text_shows_the_value() {
        let error = extra("Authorization", "Bearer secret\n").unwrap_err().to_string();
        assert_eq!(error, "the header value has the control character 0x0a at offset 13: only tab may be in a header");
    }

    #[test]
    fn the_names_of_the_handshake_are_refused_in_any_case() {
        for name in [
            "Host",
            "Connection",
            "Upgrade",
            "Content-Length",
            "Transfer-Encoding",
            "Sec-WebSocket-Key",
            "Sec-WebSocket-Version",
            "Sec-WebSocket-Extensions",
            "Sec-WebSocket-Accept",
            "Sec-WebSocket-",
            "Proxy-Authorization",
        ] {
            for name in [name.to_owned(), name.to_lowercase(), name.to_uppercase()] {
                match extra(&name, "x") {
                    Err(Error::InvalidArgument(text)) => assert!(text.contains(&name), "{text}"),
                    other => panic!("{name}: {other:?}"),
                }
            }
        }
    }

    #[test]
    fn the_names_with_a_call_of_their_own_say_which() {
        for (name, call) in [
            ("Origin", "ws_options_set_origin"),
            ("user-agent", "ws_options_set_user_agent"),
            ("SEC-WEBSOCKET-PROTOCOL", "ws_options_add_protocol"),
        ] {
            match extra(name, "x") {
                Err(Error::InvalidArgument(text)) => assert!(text.ends_with(&format!("use {call}")), "{text}"),
                other => panic!("{name}: {other:?}"),
            }
        }
    }

    #[test]
    fn names_that_only_resemble_those_of_the_handshake_pass() {
        for name in ["Hosts", "X-Host", "Sec-WebSocke", "Sec-Fetch-Mode", "Origin-Trial", "Proxy-Connection"] {
            assert!(extra(name, "x").is_ok(), "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_has_no_line_break_and_no_space_around(name: Vec<u8>, value: Vec<u8>) {
            for (name, value) in [(&b"A"[..], &value[..]), (&name, b"x"), (&name, &value)] {
                if let Ok((name, value)) = check_extra(name, value) {
                    prop_assert!(is_token(name.as_bytes()));
                    prop_assert!(!value.contains(['\r', '\n', '\0']));
                    prop_assert_eq!(value.trim_matches([' ', '\t']), &value);
                }
            }
        }
    }
}
