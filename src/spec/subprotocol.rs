//! The list of subprotocols that the WebSocket constructor takes (WHATWG, `new WebSocket`; RFC 6455 4.1, item 10).

use std::collections::BTreeSet;

use super::quote::quote;
use super::token::is_token_byte;
use crate::error::{Error, Result};

/// Checks that each of `protocols` may be a value in the `Sec-WebSocket-Protocol` header, and none is given twice.
///
/// Names are compared exactly: `Chat` and `chat` are two.
///
/// # Errors
///
/// [`Error::Syntax`] for an empty name, a character that is not visible ASCII or is a separator, or a duplicate.
pub fn check(protocols: &[String]) -> Result<()> {
    let mut seen = BTreeSet::new();
    for protocol in protocols {
        if protocol.is_empty() {
            return Err(Error::Syntax("a subprotocol is empty: give it a name or leave it out".into()));
        }
        let stray = |c: char| !u8::try_from(c).is_ok_and(is_token_byte);
        if let Some((offset, character)) = protocol.char_indices().find(|&(_, c)| stray(c)) {
            return Err(Error::Syntax(format!(
                "the subprotocol {} has {} at offset {offset}: use visible ASCII other than ()<>@,;:\\\"/[]?={{}}",
                quote(protocol),
                quote(character.to_string()),
            )));
        }
        if !seen.insert(protocol) {
            return Err(Error::Syntax(format!("the subprotocol {} is given twice", quote(protocol))));
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn checked(protocols: &[&str]) -> Result<()> {
        check(&protocols.iter().map(ToString::to_string).collect::<Vec<_>>())
    }

    fn syntax_error(protocols: &[&str]) -> String {
        match checked(protocols) {
            Err(Error::Syntax(text)) => text,
            other => panic!("{protocols:?}: {other:?}"),
        }
    }

    #[test]
    fn no_subprotocol_is_fine() {
        assert_eq!(checked(&[]), Ok(()));
    }

    #[test]
    fn names_of_token_characters_are_fine() {
        assert_eq!(checked(&["chat", "superchat", "v1.x_y-z+~!#$%&'*^`|", "7"]), Ok(()));
    }

    #[test]
    fn an_empty_name_is_refused() {
        assert!(syntax_error(&[""]).contains("is empty"));
        assert!(syntax_error(&["chat", ""]).contains("is empty"));
    }

    #[test]
    fn a_duplicate_is_refused_wherever_it_stands() {
        assert_eq!(syntax_error(&["a", "b", "a"]), "the subprotocol \"a\" is given twice");
        assert!(syntax_error(&["a", "a"]).contains("given twice"));
    }

    #[test]
    fn another_case_is_another_name() {
        assert_eq!(checked(&["chat", "Chat", "CHAT"]), Ok(()));
    }

    #[test]
    fn separators_are_refused() {
        for separator in "()<>@,;:\\\"/[]?={} \t".chars() {
            let text = syntax_error(&["chat", &format!("a{separator}b")]);
            assert!(text.contains("at offset 1"), "{text}");
        }
    }

    #[test]
    fn control_characters_are_refused_and_shown_escaped() {
        for control in (0..32).chain([127]).map(char::from) {
            assert!(syntax_error(&[&format!("a{control}")]).contains("at offset 1"), "{control:?}");
        }
        assert!(syntax_error(&["a\r\nHost: x"]).contains(r#""a\r\nHost: x" has "\r" at offset 1"#));
    }

    #[test]
    fn non_ascii_is_refused() {
        // U+0142 ends in the byte 'B', U+0080 to U+00FF fit in a byte.
        for name in ["é", "日本", "\u{80}", "\u{ff}", "\u{142}"] {
            assert!(syntax_error(&[name]).contains("at offset 0"), "{name}");
        }
    }

    proptest! {
        #[test]
        fn an_accepted_list_survives_being_joined_and_split(list in prop::collection::vec("[a-c,\" \r\n]{0,2}|\\PC{1,3}", 0..5)) {
            if check(&list).is_ok() && !list.is_empty() {
                let joined = list.join(", ");
                prop_assert!(joined.bytes().all(|b| (b' '..=b'~').contains(&b)));
                prop_assert_eq!(joined.split(", ").collect::<Vec<_>>(), list);
            }
        }
    }
}
