//! Cookies of a request: each a pair, all of them one header (RFC 6265 section 4.2).

use simdutf8::compat::from_utf8;

use super::header::OPTIONAL_WHITESPACE;
use crate::error::{Error, Result};

/// What stands between two cookies.
pub const SEPARATOR: &str = "; ";

/// Checks a cookie and returns it as it stands in the header.
///
/// Names and values are what servers set, which is more than the grammar of RFC 6265 section 4.1.1 allows: only what would
/// make another cookie, or another header, of them is refused.
///
/// # Errors
///
/// [`Error::Syntax`] for an empty name, `=` in the name, `;` or a control character in either, or a space at the end of one, which
/// servers would drop. [`Error::InvalidUtf8`]. The text shows neither: a cookie may be a credential.
pub fn pair(name: &[u8], value: &[u8]) -> Result<String> {
    if name.is_empty() {
        return Err(Error::Syntax("a cookie has no name".into()));
    }
    if let Some(offset) = name.iter().position(|&byte| byte == b'=') {
        return Err(Error::Syntax(format!("the cookie's name has a \"=\" at offset {offset}: the value is an argument of its own")));
    }
    Ok([part("the cookie's name", name)?, "=", part("the cookie's value", value)?].concat())
}

fn part<'a>(what: &'static str, bytes: &'a [u8]) -> Result<&'a str> {
    let text = from_utf8(bytes).map_err(|error| Error::InvalidUtf8 { what, offset: error.valid_up_to() })?;
    if let Some((offset, byte)) = text.bytes().enumerate().find(|&(_, byte)| byte.is_ascii_control() || byte == b';') {
        let which = if byte == b';' { "a \";\"".to_owned() } else { format!("the control character {byte:#04x}") };
        return Err(Error::Syntax(format!("{what} has {which} at offset {offset}, which cannot be in a cookie: encode it")));
    }
    if text.starts_with(OPTIONAL_WHITESPACE) || text.ends_with(OPTIONAL_WHITESPACE) {
        return Err(Error::Syntax(format!("{what} begins or ends with a space, which servers drop: encode it")));
    }
    Ok(text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_cookie_is_its_name_and_its_value() {
        for (name, value, whole) in [
            ("SID", "31d4d96e407aad42", "SID=31d4d96e407aad42"),
            ("a", "", "a="),
            ("user[1]", "\"x, y\"=z", "user[1]=\"x, y\"=z"),
            ("größe", "2 m", "größe=2 m"),
        ] {
            assert_eq!(pair(name.as_bytes(), value.as_bytes()), Ok(whole.into()));
        }
    }

    #[test]
    fn what_would_make_another_cookie_or_header_is_refused_and_not_shown() {
        for byte in (0..32).chain([127, b';']) {
            for (name, value) in [(&[b'a', byte, b'b'][..], &b"secret"[..]), (b"a", &[b's', byte, b's'])] {
                match pair(name, value) {
                    Err(Error::Syntax(text)) => assert!(text.contains("at offset 1") && !text.contains("secret"), "{text}"),
                    other => panic!("{name:?} {value:?}: {other:?}"),
                }
            }
        }
        assert!(matches!(pair(b"a=b", b"c"), Err(Error::Syntax(text)) if text.contains("\"=\" at offset 1")));
    }

    #[test]
    fn what_would_not_come_back_as_it_is_is_refused() {
        assert!(matches!(pair(b"", b"a"), Err(Error::Syntax(_))));
        for (name, value) in [(" a", "b"), ("a ", "b"), ("a", " b"), ("a", "b ")] {
            assert!(matches!(pair(name.as_bytes(), value.as_bytes()), Err(Error::Syntax(text)) if text.contains("space")), "{name:?}");
        }
        assert_eq!(pair(b"\xff", b"a"), Err(Error::InvalidUtf8 { what: "the cookie's name", offset: 0 }));
        assert_eq!(pair(b"a", b"b\xff"), Err(Error::InvalidUtf8 { what: "the cookie's value", offset: 1 }));
    }

    proptest! {
        #[test]
        fn what_is_accepted_is_one_cookie_with_this_name_and_value(name: Vec<u8>, value: Vec<u8>) {
            if let Ok(pair) = pair(&name, &value) {
                prop_assert_eq!(pair.split(';').count(), 1);
                prop_assert_eq!(pair.split_once('=').map(|(n, v)| (n.as_bytes(), v.as_bytes())), Some((&name[..], &value[..])));
                prop_assert!(!pair.contains(['\r', '\n', '\0']));
            }
        }
    }
}
