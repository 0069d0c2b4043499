//! Values from outside, made fit for a text that a person reads on a terminal.

/// The most characters of a value that a text shows.
pub const MAX_SHOWN: usize = 100;

/// `value` in double quotes: control and other unprintable characters escaped, bytes that are not UTF-8 replaced by
/// U+FFFD, an ellipsis after the closing quote if it is longer than [`MAX_SHOWN`] characters.
#[must_use]
pub fn quote(value: impl AsRef<[u8]>) -> String {
    let value = value.as_ref();
    // A character has four bytes at most: this many bytes hold one character more than is shown.
    let start = &value[..value.len().min(4 * (MAX_SHOWN + 1))];
    let text = String::from_utf8_lossy(start);
    let mut characters = text.chars();
    let shown: String = characters.by_ref().take(MAX_SHOWN).collect();
    let ellipsis = if characters.next().is_some() { "…" } else { "" };
    format!("{shown:?}{ellipsis}")
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_plain_value_is_only_quoted() {
        assert_eq!(quote("websocket"), r#""websocket""#);
        assert_eq!(quote(""), r#""""#);
        assert_eq!(quote("grüße"), r#""grüße""#);
    }

    #[test]
    fn control_characters_and_quotes_are_escaped() {
        assert_eq!(quote("a\r\n\0\x1b[31m\"b"), r#""a\r\n\0\u{1b}[31m\"b""#);
        assert_eq!(quote("a\u{202e}b"), r#""a\u{202e}b""#);
    }

    #[test]
    fn bytes_that_are_not_utf_8_are_replaced() {
        assert_eq!(quote(b"a\xffb"), "\"a\u{fffd}b\"");
    }

    #[test]
    fn a_value_of_100_characters_is_shown_whole_and_one_of_101_is_cut() {
        for character in ["x", "ü", "€", "😀"] {
            assert_eq!(quote(character.repeat(100)), format!("\"{}\"", character.repeat(100)));
            assert_eq!(quote(character.repeat(101)), format!("\"{}\"…", character.repeat(100)));
            assert_eq!(quote(character.repeat(9999)), format!("\"{}\"…", character.repeat(100)));
        }
    }

    proptest! {
        #[test]
        fn no_value_brings_a_control_character_into_the_text(value: Vec<u8>) {
            let text = quote(&value);
            prop_assert!(!text.chars().any(char::is_control), "{text:?}");
        }
    }
}
