//! Close codes and reasons: the arguments of `close()` and the body of a Close frame (RFC 6455 5.5.1, 7.4).

use simdutf8::compat::from_utf8;

use crate::error::{Error, Result};

/// The longest reason, in bytes of UTF-8: a control frame's 125 less the two of the code.
pub const MAX_REASON: usize = 123;

/// Checks the arguments of `close()`, of which each may be absent (WHATWG, `close(code, reason)`, steps 1 and 2).
/// `Ok(None)` means a Close frame without a body.
///
/// # Errors
///
/// In this order: [`Error::InvalidAccess`] for a code other than 1000 and 3000 to 4999, or a reason without a code;
/// [`Error::Syntax`] for a reason of more than [`MAX_REASON`] bytes; [`Error::InvalidUtf8`] for one that is not UTF-8.
pub fn check_arguments(code: Option<i32>, reason: Option<&[u8]>) -> Result<Option<(u16, &str)>> {
    let code = match code {
        None if reason.is_none() => return Ok(None),
        None => {
            return Err(Error::InvalidAccess(
                "a close reason needs a close code: give 1000, which is a normal closure, or 3000 to 4999".into(),
            ));
        }
        Some(code) => u16::try_from(code)
            .ok()
            .filter(|code| matches!(code, 1000 | 3000..=4999))
            .ok_or_else(|| Error::InvalidAccess(format!("an application may not send the close code {code}: use 1000 or 3000 to 4999")))?,
    };
    let reason = reason.unwrap_or_default();
    if reason.len() > MAX_REASON {
        return Err(Error::Syntax(format!(
            "the close reason has {} bytes: shorten it to at most {MAX_REASON} bytes of UTF-8",
            reason.len()
        )));
    }
    let reason = from_utf8(reason).map_err(|error| Error::InvalidUtf8 { what: "reason", offset: error.valid_up_to() })?;
    Ok(Some((code, reason)))
}

/// Whether `code` may stand in a Close frame that the server sends: the codes that RFC 6455 7.4 and its registry allow
/// on the wire, and those of applications.
#[must_use]
pub fn may_be_received(code: u16) -> bool {
    matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999)
}

/// Why the body of a received Close frame fails the connection.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct BadClose {
    /// Whether it is that the reason is not UTF-8, to be answered with 1007; everything else is 1002.
    pub utf8: bool,
    /// What is wrong, with the value received.
    pub text: String,
}

/// The code and reason in the body of a received Close frame; `None` if it is empty.
///
/// # Errors
///
/// [`BadClose`] for a body of one byte, a code that may not be on the wire, or a reason that is not UTF-8; checked in
/// this order.
pub fn parse_body(body: &[u8]) -> std::result::Result<Option<(u16, String)>, BadClose> {
    let (code, reason) = match *body {
        [] => return Ok(None),
        [byte] => {
            return Err(BadClose {
                utf8: false,
                text: format!("the server's Close frame has a body of one byte ({byte:#04x}) where a code has two"),
            });
        }
        [high, low, ref reason @ ..] => (u16::from_be_bytes([high, low]), reason),
    };
    if !may_be_received(code) {
        return Err(BadClose { utf8: false, text: format!("the server's Close frame has the code {code}, which may not be sent") });
    }
    match from_utf8(reason) {
        Ok(reason) => Ok(Some((code, reason.to_owned()))),
        Err(error) => Err(BadClose {
            utf8: true,
            text: format!(
                "the server's Close frame (code {code}) has a reason that is not UTF-8: the byte {:#04x} at offset {} does not belong there",
                reason[error.valid_up_to()],
                error.valid_up_to()
            ),
        }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn neither_argument_means_a_frame_without_a_body() {
        assert_eq!(check_arguments(None, None), Ok(None));
    }

    #[test]
    fn a_code_without_a_reason_has_the_empty_one() {
        assert_eq!(check_arguments(Some(1000), None), Ok(Some((1000, ""))));
        assert_eq!(check_arguments(Some(1000), Some(b"")), Ok(Some((1000, ""))));
    }

    #[test]
    fn a_reason_without_a_code_is_refused_even_an_empty_or_a_bad_one() {
        for reason in [&b""[..], b"why", b"\xff", &[b'x'; 200]] {
            assert!(matches!(check_arguments(None, Some(reason)), Err(Error::InvalidAccess(_))), "{reason:?}");
        }
    }

    #[test]
    fn codes_of_the_application_are_1000_and_3000_to_4999() {
        for code in [1000, 3000, 3001, 4000, 4999] {
            assert_eq!(check_arguments(Some(code), Some(b"x")), Ok(Some((u16::try_from(code).unwrap(), "x"))));
        }
    }

    #[test]
    fn every_other_code_is_refused_and_named() {
        for code in [-1, 0, 999, 1001, 1005, 1006, 1015, 2999, 5000, 65535, 65536, 66536, i32::MIN, i32::MAX] {
            match check_arguments(Some(code), None) {
                Err(Error::InvalidAccess(text)) => assert!(text.contains(&format!("code {code}:")), "{text}"),
                other => panic!("{code}: {other:?}"),
            }
        }
    }

    #[test]
    fn the_code_is_checked_before_the_reason() {
        assert!(matches!(check_arguments(Some(1001), Some(&[0xff; 124])), Err(Error::InvalidAccess(_))));
    }

    #[test]
    fn a_reason_of_123_bytes_passes() {
        for len in [1, 122, 123] {
            let reason = "x".repeat(len);
            assert_eq!(check_arguments(Some(4000), Some(reason.as_bytes())), Ok(Some((4000, reason.as_str()))));
        }
    }

    #[test]
    fn a_reason_of_124_bytes_is_refused() {
        match check_arguments(Some(1000), Some(&[b'x'; 124])) {
            Err(Error::Syntax(text)) => assert!(text.contains("124 bytes"), "{text}"),
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn a_reason_is_measured_in_bytes_not_characters() {
        let fits = format!("{}é", "x".repeat(121));
        assert_eq!(check_arguments(Some(1000), Some(fits.as_bytes())), Ok(Some((1000, fits.as_str()))));
        let across = format!("{}é", "x".repeat(122));
        assert!(matches!(check_arguments(Some(1000), Some(across.as_bytes())), Err(Error::Syntax(_))));
    }

    #[test]
    fn a_reason_that_is_not_utf_8_is_refused_with_the_offset() {
        for (reason, offset) in [(&b"\xff"[..], 0), (b"why\xc3", 3), (b"\xed\xa0\x80", 0), (b"a\xc0\xafb", 1), (b"\xf4\x90\x80\x80", 0)] {
            assert_eq!(check_arguments(Some(1000), Some(reason)), Err(Error::InvalidUtf8 { what: "reason", offset }), "{reason:?}");
        }
    }

    #[test]
    fn the_length_is_checked_before_the_encoding() {
        assert!(matches!(check_arguments(Some(1000), Some(&[0xff; 124])), Err(Error::Syntax(_))));
        assert!(matches!(check_arguments(Some(1000), Some(&[0xff; 123])), Err(Error::InvalidUtf8 { offset: 0, .. })));
    }

    #[test]
    fn nul_controls_bom_and_noncharacters_pass_unchanged() {
        for reason in ["\0", "a\u{7}\r\nb", "\u{feff}x", "\u{fffe}\u{10ffff}"] {
            assert_eq!(check_arguments(Some(1000), Some(reason.as_bytes())), Ok(Some((1000, reason))));
            assert_eq!(parse_body(&body(1000, reason.as_bytes())), Ok(Some((1000, reason.to_owned()))));
        }
    }

    /// The body of a Close frame.
    fn body(code: u16, reason: &[u8]) -> Vec<u8> {
        [&code.to_be_bytes(), reason].concat()
    }

    #[test]
    fn the_codes_that_may_be_received_are_those_of_the_registry_and_of_applications() {
        for code in 0..=u16::MAX {
            let legal = (1000..=1003).contains(&code) || (1007..=1014).contains(&code) || (3000..=4999).contains(&code);
            assert_eq!(may_be_received(code), legal, "{code}");
            assert_eq!(parse_body(&body(code, b"")).is_ok(), legal, "{code}");
        }
        for code in [0, 999, 1004, 1005, 1006, 1015, 1016, 2999, 5000, 65535] {
            assert!(!may_be_received(code), "{code}");
        }
    }

    #[test]
    fn an_empty_body_has_neither_code_nor_reason() {
        assert_eq!(parse_body(b""), Ok(None));
    }

    #[test]
    fn a_body_of_one_byte_is_a_protocol_error() {
        let error = parse_body(&[3]).unwrap_err();
        assert!(!error.utf8);
        assert_eq!(error.to_string(), "the server's Close frame has a body of one byte (0x03) where a code has two");
    }

    #[test]
    fn a_code_that_may_not_be_on_the_wire_is_a_protocol_error_and_named() {
        let error = parse_body(&body(1005, b"\xff")).unwrap_err();
        assert!(!error.utf8, "the code comes before the reason");
        assert_eq!(error.text, "the server's Close frame has the code 1005, which may not be sent");
    }

    #[test]
    fn a_received_reason_that_is_not_utf_8_asks_for_1007() {
        let error = parse_body(&body(1000, b"ab\xce")).unwrap_err();
        assert!(error.utf8);
        assert!(error.text.contains("code 1000") && error.text.contains("0xce at offset 2"), "{error}");
    }

    proptest! {
        #[test]
        fn what_close_accepts_a_server_may_echo(code in 0..6000, reason in "\\PC{0,140}") {
            if let Ok(Some((code, reason))) = check_arguments(Some(code), Some(reason.as_bytes())) {
                let received = body(code, reason.as_bytes());
                prop_assert!(received.len() <= 125);
                prop_assert_eq!(parse_body(&received), Ok(Some((code, reason.to_owned()))));
            }
        }

        #[test]
        fn any_body_is_judged_as_the_standard_library_judges_its_reason(reason: Vec<u8>) {
            match parse_body(&body(1000, &reason)) {
                Ok(parsed) => prop_assert_eq!(parsed, Some((1000, String::from_utf8(reason).unwrap()))),
                Err(error) => prop_assert!(error.utf8 && String::from_utf8(reason).is_err()),
            }
        }
    }
}
