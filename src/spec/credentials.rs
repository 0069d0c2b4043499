//! Credentials in a request: how they are written (RFC 7617 "Basic", RFC 6750 "Bearer"), and which headers hold some.

use data_encoding::BASE64;

use super::url::Url;
use crate::error::{Error, Result};

/// The value of an `Authorization` header with a bearer token (RFC 6750 section 2.1).
///
/// # Errors
///
/// [`Error::Syntax`] for an empty token, or one with anything but visible ASCII. (RFC 6750 allows fewer characters than
/// that; servers hand out tokens with others, such as `|`.) The text does not show it.
pub fn bearer(token: &[u8]) -> Result<String> {
    if token.is_empty() {
        return Err(Error::Syntax("the bearer token is empty: give NULL for no Authorization header".into()));
    }
    match token.iter().position(|byte| !byte.is_ascii_graphic()) {
        None => Ok(["Bearer ", &String::from_utf8_lossy(token)].concat()),
        Some(offset) => Err(Error::Syntax(format!(
            "the bearer token has the byte {:#04x} at offset {offset}: a token is visible ASCII without spaces",
            token[offset]
        ))),
    }
}

/// The value of an `Authorization` header with a user name and a password in UTF-8 (RFC 7617 section 2).
///
/// # Errors
///
/// [`Error::Syntax`] for a colon in the user name, which ends there, or a control character in either. [`Error::InvalidUtf8`].
/// The text shows neither.
pub fn basic(user: &[u8], password: &[u8]) -> Result<String> {
    for (what, part) in [("the user name", user), ("the password", password)] {
        if let Err(error) = simdutf8::compat::from_utf8(part) {
            return Err(Error::InvalidUtf8 { what, offset: error.valid_up_to() });
        }
    }
    encoded(user, password)
}

/// The same for the user name and the password of a URL, percent-decoded; `None` if it has neither.
///
/// # Errors
///
/// [`Error::Syntax`] as [`basic`]. Bytes that are not UTF-8 are sent as they are.
pub fn of_url(url: &Url) -> Result<Option<String>> {
    if url.username.is_empty() && url.password.is_empty() {
        return Ok(None);
    }
    encoded(&percent_decoded(&url.username), &percent_decoded(&url.password)).map(Some)
}

fn encoded(user: &[u8], password: &[u8]) -> Result<String> {
    if let Some(offset) = user.iter().position(|&byte| byte == b':') {
        return Err(Error::Syntax(format!(
            "the user name has a colon at offset {offset}: with Basic authentication it ends there, so no server could tell"
        )));
    }
    for (what, part) in [("the user name", user), ("the password", password)] {
        if let Some(offset) = part.iter().position(u8::is_ascii_control) {
            return Err(Error::Syntax(format!(
                "{what} has the control character {:#04x} at offset {offset}: Basic authentication allows none",
                part[offset]
            )));
        }
    }
    Ok(format!("Basic {}", BASE64.encode(&[user, b":", password].concat())))
}

/// The bytes that a part of a URL stands for. A `%` that two hexadecimal digits do not follow stands for itself.
#[must_use]
pub fn percent_decoded(text: &str) -> Vec<u8> {
    let mut bytes = Vec::new();
    let mut rest = text.as_bytes();
    while let Some((&byte, after)) = rest.split_first() {
        let digits = after.first_chunk::<2>().filter(|digits| digits.iter().all(u8::is_ascii_hexdigit));
        let escaped = digits.and_then(|digits| u8::from_str_radix(std::str::from_utf8(digits).ok()?, 16).ok());
        bytes.push(if byte == b'%' { escaped.unwrap_or(byte) } else { byte });
        rest = if byte == b'%' && escaped.is_some() { &after[2..] } else { after };
    }
    bytes
}

/// Words in the names of headers whose values are secrets.
const SECRET: [&str; 9] = ["authorization", "cookie", "token", "secret", "password", "credential", "session", "api-key", "apikey"];

/// A header's value as logs show it: of a header whose name says that it holds a secret, no more than the scheme before
/// the first space of an `Authorization` or `Proxy-Authorization`.
#[must_use]
pub fn masked(name: &str, value: &str) -> String {
    let name = name.to_ascii_lowercase();
    if !SECRET.iter().any(|word| name.contains(word)) {
        return value.to_owned();
    }
    match value.split_once(' ') {
        Some((scheme, _)) if matches!(name.as_str(), "authorization" | "proxy-authorization") => format!("{scheme} ***"),
        _ => "***".to_owned(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::spec::{header, url};
    use proptest::prelude::*;

    fn of(text: &str) -> Result<Option<String>> {
        of_url(&url::parse(text).unwrap())
    }

    #[test]
    fn a_bearer_token_stands_behind_its_scheme() {
        assert_eq!(bearer(b"mF_9.B5f-4.1JqM"), Ok("Bearer mF_9.B5f-4.1JqM".into()));
        assert_eq!(bearer(b"7|a+b/c=="), Ok("Bearer 7|a+b/c==".into()));
    }

    #[test]
    fn a_bearer_token_that_is_empty_or_not_visible_ascii_is_refused_and_not_shown() {
        assert!(matches!(bearer(b""), Err(Error::Syntax(_))));
        for byte in (0..=b' ').chain(0x7f..=0xff) {
            let error = bearer(&[b's', b'e', b'c', byte]).unwrap_err();
            let text = format!("the bearer token has the byte {byte:#04x} at offset 3: a token is visible ASCII without spaces");
            assert_eq!(error, Error::Syntax(text));
        }
    }

    #[test]
    fn user_and_password_are_those_of_rfc_7617() {
        assert_eq!(basic(b"Aladdin", b"open sesame"), Ok("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".into()));
        // Section 2.1: UTF-8.
        assert_eq!(basic(b"test", "123£".as_bytes()), Ok("Basic dGVzdDoxMjPCow==".into()));
        assert_eq!(basic(b"", b""), Ok("Basic Og==".into()));
        assert_eq!(basic(b"a", b":b:"), Ok("Basic YTo6Yjo=".into()));
    }

    #[test]
    fn a_colon_in_the_user_is_refused() {
        let text = "the user name has a colon at offset 1: with Basic authentication it ends there, so no server could tell";
        assert_eq!(basic(b"a:b", b"c"), Err(Error::Syntax(text.into())));
        assert_eq!(of("ws://a%3Ab:c@h/"), Err(Error::Syntax(text.into())));
    }

    #[test]
    fn control_characters_and_what_is_not_utf_8_are_refused() {
        for byte in (0..32).chain([127]) {
            assert!(matches!(basic(&[b'a', byte], b"b"), Err(Error::Syntax(text)) if text.starts_with("the user name has the control")));
            assert!(matches!(basic(b"a", &[b'b', byte]), Err(Error::Syntax(text)) if text.contains("at offset 1")));
        }
        assert_eq!(basic(b"a\xff", b"b"), Err(Error::InvalidUtf8 { what: "the user name", offset: 1 }));
        assert_eq!(basic(b"a", b"\xff"), Err(Error::InvalidUtf8 { what: "the password", offset: 0 }));
        assert!(matches!(of("ws://a:%0d%0aX@h/"), Err(Error::Syntax(text)) if text.contains("0x0d at offset 0")));
    }

    #[test]
    fn what_a_url_holds_is_percent_decoded() {
        assert_eq!(of("ws://h/"), Ok(None));
        assert_eq!(of("ws://@h/"), Ok(None));
        assert_eq!(of("ws://test:123£@h/"), Ok(Some("Basic dGVzdDoxMjPCow==".into())));
        assert_eq!(of("ws://Aladdin:open%20sesame@h/"), Ok(Some("Basic QWxhZGRpbjpvcGVuIHNlc2FtZQ==".into())));
        assert_eq!(of("ws://u@h/"), basic(b"u", b"").map(Some));
        assert_eq!(of("ws://:p@h/"), basic(b"", b"p").map(Some));
        assert_eq!(of("ws://a:b%@h/"), basic(b"a", b"b%").map(Some));
        assert_eq!(of("ws://a:%zz%4@h/"), basic(b"a", b"%zz%4").map(Some));
        assert_eq!(of("ws://a:%ff@h/"), Ok(Some("Basic YTr/".into())));
    }

    #[test]
    fn a_log_shows_no_more_than_the_scheme_of_a_secret() {
        for (name, value, shown) in [
            ("Authorization", "Bearer abc", "Bearer ***"),
            ("proxy-authorization", "Basic YTpi", "Basic ***"),
            ("AUTHORIZATION", "abc", "***"),
            ("Cookie", "a=1; b=2", "***"),
            ("Set-Cookie", "id=1; Path=/", "***"),
            ("X-Api-Key", "abc", "***"),
            ("X-Auth-Token", "a b", "***"),
            ("X-Session-Id", "abc", "***"),
            ("Sec-WebSocket-Key", "dGhlIHNhbXBsZSBub25jZQ==", "dGhlIHNhbXBsZSBub25jZQ=="),
            ("WWW-Authenticate", "Basic realm=\"x\"", "Basic realm=\"x\""),
            ("Host", "h", "h"),
        ] {
            assert_eq!(masked(name, value), shown, "{name}");
        }
    }

    proptest! {
        #[test]
        fn what_is_accepted_can_go_into_a_header(one: Vec<u8>, two: Vec<u8>) {
            for value in [bearer(&one), basic(&one, &two)].into_iter().flatten() {
                prop_assert_eq!(header::check_value("it", value.as_bytes()), Ok(value));
            }
        }
    }
}
