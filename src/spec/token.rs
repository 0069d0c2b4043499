//! The token of HTTP (RFC 2616 2.2, RFC 9110 5.6.2): what header names and subprotocols are made of.

/// Whether a token may contain `byte`: visible ASCII but for the separators `( ) < > @ , ; : \ " / [ ] ? = { }`.
#[inline]
#[must_use]
pub fn is_token_byte(byte: u8) -> bool {
    let separator = matches!(
        byte,
        b'(' | b')' | b'<' | b'>' | b'@' | b',' | b';' | b':' | b'\\' | b'"' | b'/' | b'[' | b']' | b'?' | b'=' | b'{' | b'}'
    );
    byte.is_ascii_graphic() && !separator
}

/// Whether `bytes` are a token: at least one byte, each of which a token may contain.
#[must_use]
pub fn is_token(bytes: &[u8]) -> bool {
    !bytes.is_empty() && bytes.iter().copied().all(is_token_byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn exactly_the_77_characters_of_rfc_9110_are_token_characters() {
        let allowed = b"!#$%&'*+-.^_`|~0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz";
        assert_eq!(allowed.len(), 77);
        for byte in 0..=255 {
            assert_eq!(is_token_byte(byte), allowed.contains(&byte), "byte {byte:#04x}");
            assert_eq!(is_token(&[b'a', byte]), allowed.contains(&byte), "byte {byte:#04x}");
        }
    }

    #[test]
    fn nothing_at_all_is_no_token() {
        assert!(!is_token(b""));
    }
}
