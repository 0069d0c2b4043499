//! The grammar of `Sec-WebSocket-Extensions` (RFC 6455 9.1), as strict as browsers are.

use super::{quote::quote, token::is_token_byte};

/// An extension of a list with its parameters, in their order.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Extension<'a> {
    /// Its name; case matters.
    pub name: &'a str,
    /// Names and values. Quotes are taken off.
    pub parameters: Vec<(&'a str, Option<String>)>,
}

/// The extensions in a header's value: at least one; no element, name or value may be empty.
///
/// # Errors
///
/// What is wrong, in words that go on after "the header …".
pub fn parse(value: &str) -> Result<Vec<Extension<'_>>, String> {
    let mut rest = Rest(value);
    let mut list = Vec::new();
    loop {
        let mut extension = Extension { name: rest.token("an extension's name")?, parameters: Vec::new() };
        while rest.skip(';') {
            let name = rest.token("a parameter's name")?;
            let value = if rest.skip('=') { Some(rest.value()?) } else { None };
            extension.parameters.push((name, value));
        }
        list.push(extension);
        if !rest.skip(',') {
            break;
        }
    }
    if rest.0.is_empty() { Ok(list) } else { Err(format!("has {} where a comma, a semicolon or the end was expected", quote(rest.0))) }
}

/// What has not been parsed of a value.
struct Rest<'a>(&'a str);

impl<'a> Rest<'a> {
    fn skip_spaces(&mut self) {
        self.0 = self.0.trim_start_matches([' ', '\t']);
    }

    /// Takes `wanted`, with the spaces around it, if it comes next.
    fn skip(&mut self, wanted: char) -> bool {
        self.skip_spaces();
        match self.0.strip_prefix(wanted) {
            Some(rest) => {
                self.0 = rest;
                self.skip_spaces();
                true
            }
            None => false,
        }
    }

    fn token(&mut self, what: &str) -> Result<&'a str, String> {
        self.skip_spaces();
        let end = self.0.bytes().position(|byte| !is_token_byte(byte)).unwrap_or(self.0.len());
        // The first byte of a character of several is no token byte either.
        let (token, rest) = self.0.split_at(end);
        if token.is_empty() {
            let found = if rest.is_empty() { "its end".into() } else { quote(rest) };
            return Err(format!("has {found} where {what} was expected"));
        }
        self.0 = rest;
        Ok(token)
    }

    /// A token, in quotes or not.
    fn value(&mut self) -> Result<String, String> {
        let Some(quoted) = self.0.strip_prefix('"') else { return self.token("a parameter's value").map(str::to_owned) };
        let (mut value, mut escaped) = (String::new(), false);
        for (at, character) in quoted.char_indices() {
            match character {
                '\\' if !escaped => escaped = true,
                '"' if !escaped && !value.is_empty() => {
                    self.0 = &quoted[at + 1..];
                    return Ok(value);
                }
                _ if u8::try_from(character).is_ok_and(is_token_byte) => {
                    value.push(character);
                    escaped = false;
                }
                _ => break,
            }
        }
        Err(format!("has {} where a parameter's value was expected", quote(self.0)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn written(value: &str) -> Result<String, String> {
        let list = parse(value)?;
        let extensions = list.iter().map(|extension| {
            let parameters = extension.parameters.iter().map(|(name, value)| match value {
                Some(value) => format!("; {name}={value}"),
                None => format!("; {name}"),
            });
            extension.name.to_owned() + &parameters.collect::<String>()
        });
        Ok(extensions.collect::<Vec<_>>().join(", "))
    }

    #[test]
    fn spaces_and_quotes_do_not_matter() {
        for (value, expected) in [
            ("a", "a"),
            (" a ;\tb = 1 ;c , d ", "a; b=1; c, d"),
            ("a;b=\"10\"", "a; b=10"),
            ("a;b=\"\\1\\0\"", "a; b=10"),
            ("a; b; b=1, a", "a; b; b=1, a"),
        ] {
            assert_eq!(written(value).as_deref(), Ok(expected), "{value}");
        }
    }

    #[test]
    fn what_is_missing_or_too_much_is_named() {
        for (value, word) in [
            ("", "its end where an extension's name"),
            (" ", "its end where an extension's name"),
            (",a", "\",a\" where an extension's name"),
            ("a,", "its end where an extension's name"),
            ("a,,b", "\",b\" where an extension's name"),
            ("a;", "its end where a parameter's name"),
            ("a;;b", "\";b\" where a parameter's name"),
            ("a; =1", "\"=1\" where a parameter's name"),
            ("a;b=", "its end where a parameter's value"),
            ("a;b=\"\"", "where a parameter's value"),
            ("a;b=\"1", "where a parameter's value"),
            ("a;b=\"1\\", "where a parameter's value"),
            ("a;b=\"1 2\"", "where a parameter's value"),
            ("a;b=\"\u{e9}\"", "where a parameter's value"),
            ("a b", "\"b\" where a comma"),
            ("a;b=1 2", "\"2\" where a comma"),
            ("a;b=\"1\"2", "\"2\" where a comma"),
            ("\u{e9}", "\"é\" where an extension's name"),
        ] {
            let text = written(value).unwrap_err();
            assert!(text.contains(word), "{value:?}: {text}");
        }
    }

    proptest! {
        #[test]
        fn whatever_is_accepted_is_accepted_again_as_it_is_written(value in "[ab;=, \"\\\\\t]{0,16}") {
            if let Ok(text) = written(&value) {
                prop_assert_eq!(written(&text), Ok(text));
            }
        }
    }
}
