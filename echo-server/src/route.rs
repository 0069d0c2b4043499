//! What the path and query of a request ask the server to do.

use tungstenite::http::{StatusCode, Uri};
use tungstenite::protocol::CloseFrame;

/// What a connection is for.
#[derive(Debug, PartialEq, Eq)]
pub enum Route {
    /// Every message comes back.
    Echo,
    /// No echo; the Close frame that answers the client's says what came before it.
    Count,
    /// After the handshake nothing is read or written.
    Hold,
    /// After the first message the TCP connection ends without a Close frame.
    Drop,
    /// The first message is the request's head, then as `Echo`.
    Headers,
    /// The first message comes back, then the server starts the closing handshake with this.
    Close(Option<CloseFrame>),
    /// The handshake is refused, with this status and body.
    Refuse(StatusCode, String),
}

impl Route {
    /// Reads the target of a request. What it does not know is an echo, so that any path may be tried.
    pub fn of(target: &Uri) -> Self {
        let path = target.path();
        match path {
            "/count" => Self::Count,
            "/hold" => Self::Hold,
            "/drop" => Self::Drop,
            "/headers" => Self::Headers,
            "/close" => close(target.query().unwrap_or("")),
            _ => path.strip_prefix("/status/").map_or(Self::Echo, refuse),
        }
    }
}

fn refuse(number: &str) -> Route {
    match number.parse().map(StatusCode::from_u16) {
        Ok(Ok(status)) if status.as_u16() >= 300 => Route::Refuse(status, format!("refused with {number}\n")),
        _ => bad_request(&format!("/status/{number}: the status must be a number from 300 to 999")),
    }
}

fn close(query: &str) -> Route {
    let (mut code, mut reason) = (None, None);
    for pair in query.split('&').filter(|pair| !pair.is_empty()) {
        match pair.split_once('=') {
            Some(("code", value)) => match value.parse::<u16>() {
                Ok(number) => code = Some(number),
                Err(_) => return bad_request(&format!("code={value}: not a number from 0 to 65535")),
            },
            Some(("reason", value)) => match decode(value) {
                Some(text) if text.len() <= 123 => reason = Some(text),
                _ => return bad_request("reason: not UTF-8, percent-encoded, of at most 123 bytes"),
            },
            _ => return bad_request(&format!("{pair}: only code and reason are known")),
        }
    }
    match (code, reason) {
        (None, None) => Route::Close(None),
        (None, Some(_)) => bad_request("a reason needs a code"),
        (Some(code), reason) => Route::Close(Some(CloseFrame { code: code.into(), reason: reason.unwrap_or_default().into() })),
    }
}

fn bad_request(message: &str) -> Route {
    Route::Refuse(StatusCode::BAD_REQUEST, format!("{message}\n"))
}

/// Percent-decoding; `None` if a `%` is not followed by two hexadecimal digits or the result is not UTF-8.
fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((&first, after)) = rest.split_first() {
        if first == b'%' {
            let digits = std::str::from_utf8(after.get(..2)?).ok()?;
            // from_str_radix would take a sign.
            if !digits.bytes().all(|digit| digit.is_ascii_hexdigit()) {
                return None;
            }
            bytes.push(u8::from_str_radix(digits, 16).ok()?);
            rest = &after[2..];
        } else {
            bytes.push(first);
            rest = after;
        }
    }
    String::from_utf8(bytes).ok()
}

#[cfg(test)]
mod tests {
    use super::Route;
    use tungstenite::http::StatusCode;
    use tungstenite::protocol::CloseFrame;

    fn route(target: &str) -> Route {
        Route::of(&target.parse().unwrap())
    }

    #[test]
    fn a_path_it_does_not_know_is_an_echo() {
        assert_eq!(route("/"), Route::Echo);
        assert_eq!(route("/chat?room=1"), Route::Echo);
    }

    #[test]
    fn the_named_paths_are_known() {
        assert_eq!(route("/count"), Route::Count);
        assert_eq!(route("/hold?x"), Route::Hold);
        assert_eq!(route("/drop"), Route::Drop);
        assert_eq!(route("/headers"), Route::Headers);
    }

    #[test]
    fn a_close_has_the_code_and_reason_of_the_query() {
        assert_eq!(route("/close"), Route::Close(None));
        let frame = CloseFrame { code: 4001.into(), reason: "bye, ü".into() };
        assert_eq!(route("/close?code=4001&reason=bye,%20%c3%BC"), Route::Close(Some(frame)));
        let bare = CloseFrame { code: 1000.into(), reason: "".into() };
        assert_eq!(route("/close?code=1000"), Route::Close(Some(bare)));
    }

    #[test]
    fn a_query_that_makes_no_sense_is_a_bad_request() {
        let long = format!("/close?code=1000&reason={}", "x".repeat(124));
        for target in ["/close?code=65536", "/close?reason=why", "/close?code=1000&reason=%c3", "/close?reason=%+1", "/close?why=1", &long]
        {
            assert!(matches!(route(target), Route::Refuse(StatusCode::BAD_REQUEST, _)), "{target}");
        }
    }

    #[test]
    fn a_status_refuses() {
        assert_eq!(route("/status/404"), Route::Refuse(StatusCode::NOT_FOUND, "refused with 404\n".into()));
    }

    #[test]
    fn a_status_that_would_not_refuse_is_a_bad_request() {
        for target in ["/status/101", "/status/200", "/status/x", "/status/1000"] {
            assert!(matches!(route(target), Route::Refuse(StatusCode::BAD_REQUEST, _)), "{target}");
        }
    }
}
