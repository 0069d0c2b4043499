//! Whether a response head opens the WebSocket (RFC 6455 4.1), with a browser's verdicts.

use tungstenite::handshake::derive_accept_key;

use super::deflate::{Offer, Parameters};
use super::header::OPTIONAL_WHITESPACE;
use super::quote::quote;
use super::response::{Head, Refused};

/// What the request said, as far as the response must fit it.
#[derive(Debug, Clone, Copy)]
pub struct Expected<'a> {
    /// The `Sec-WebSocket-Key` that was sent.
    pub key: &'a str,
    /// The subprotocols that were offered.
    pub protocols: &'a [String],
    /// What permessage-deflate was offered with, if it was.
    pub deflate: Option<&'a Offer>,
}

/// What the two sides have agreed on: the values of the attributes `protocol` and `extensions`.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Agreed {
    /// The subprotocol; empty if none was offered.
    pub protocol: String,
    /// The extensions, as the header has them; empty if there are none.
    pub extensions: String,
    /// What both sides do if permessage-deflate is among them.
    pub deflate: Option<Parameters>,
}

/// Checks the response to a handshake request, in the order of RFC 6455 4.1.
///
/// # Errors
///
/// [`Refused`] names the header, the value received and what was expected.
pub fn check(head: &Head, expected: &Expected<'_>) -> Result<Agreed, Refused> {
    check_status(head)?;
    let headers = Headers(head.fields.texts().collect());
    let upgrade = headers.the_only("Upgrade", || "\"websocket\"".into())?;
    if !upgrade.eq_ignore_ascii_case("websocket") {
        return Err(unexpected("Upgrade", upgrade, "\"websocket\""));
    }
    check_connection(&headers)?;
    let right = derive_accept_key(expected.key.as_bytes());
    let accept = headers.the_only("Sec-WebSocket-Accept", || quote(&right))?;
    if accept != right {
        return Err(unexpected("Sec-WebSocket-Accept", accept, &quote(&right)));
    }
    let (deflate, extensions) = check_extensions(&headers, expected.deflate)?.unzip();
    let protocol = check_protocol(&headers, expected.protocols)?;
    Ok(Agreed { protocol, extensions: extensions.unwrap_or_default(), deflate })
}

/// The headers of a response, at hand for one look after the other.
struct Headers<'a>(Vec<(&'a str, &'a str)>);

impl<'a> Headers<'a> {
    /// The values of all headers called `name` in any case, in the order received.
    fn get_all(&self, name: &str) -> impl Iterator<Item = &'a str> {
        self.0.iter().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| *value)
    }

    /// The value of the header `name`, which must be there exactly once; a refusal says what was `wanted`.
    fn the_only(&self, name: &str, wanted: impl FnOnce() -> String) -> Result<&'a str, Refused> {
        let mut values = self.get_all(name);
        let Some(value) = values.next() else { return Err(missing(name, &wanted())) };
        match values.next() {
            None => Ok(value),
            Some(second) => refuse(format!(
                "the response has more than one {name} header ({}, then {}); exactly one was expected: {}",
                quote(value),
                quote(second),
                wanted()
            )),
        }
    }
}

fn check_status(head: &Head) -> Result<(), Refused> {
    if head.status == 101 {
        return Ok(());
    }
    let hint = match (head.status, head.get_all("Location").next()) {
        (300..=399, Some(location)) => format!(" (redirects are not followed; this one leads to {})", quote(location)),
        _ => String::new(),
    };
    let Head { status, reason, .. } = head;
    refuse(format!("the server answered with the HTTP status {status} {}; 101 was expected{hint}", quote(reason)))
}

/// One `Connection` header or several make one list, in which one word must be `upgrade`.
fn check_connection(headers: &Headers<'_>) -> Result<(), Refused> {
    let mut words = headers.get_all("Connection").flat_map(|value| value.split(','));
    if words.any(|word| word.trim_matches(OPTIONAL_WHITESPACE).eq_ignore_ascii_case("upgrade")) {
        return Ok(());
    }
    let values: Vec<&str> = headers.get_all("Connection").collect();
    if values.is_empty() {
        return Err(missing("Connection", "\"Upgrade\""));
    }
    Err(unexpected("Connection", &values.join(", "), "a list with \"Upgrade\""))
}

/// The extensions: none but permessage-deflate, as it was offered. If none was offered the server may not even say that it uses none.
fn check_extensions(headers: &Headers<'_>, offered: Option<&Offer>) -> Result<Option<(Parameters, String)>, Refused> {
    const NAME: &str = "Sec-WebSocket-Extensions";
    let mut values = headers.get_all(NAME);
    match offered {
        Some(offer) => offer.accepted(values).map_err(|text| Refused { text: format!("the response's {NAME} header {text}") }),
        None => match values.next() {
            Some(value) => Err(unexpected(NAME, value, "no such header, as no extension was offered")),
            None => Ok(None),
        },
    }
}

/// The subprotocol: exactly one of those offered, to the letter; none if none was.
fn check_protocol(headers: &Headers<'_>, offered: &[String]) -> Result<String, Refused> {
    const NAME: &str = "Sec-WebSocket-Protocol";
    if offered.is_empty() {
        return match headers.get_all(NAME).next() {
            Some(value) => Err(unexpected(NAME, value, "no such header, as no subprotocol was offered")),
            None => Ok(String::new()),
        };
    }
    let wanted = || format!("one of {}", quote(offered.join(", ")));
    let protocol = headers.the_only(NAME, wanted)?;
    if offered.iter().any(|offer| offer == protocol) {
        return Ok(protocol.to_owned());
    }
    Err(unexpected(NAME, protocol, &wanted()))
}

fn missing(name: &str, wanted: &str) -> Refused {
    Refused { text: format!("the response has no {name} header; expected was {wanted}") }
}

fn unexpected(name: &str, value: &str, wanted: &str) -> Refused {
    Refused { text: format!("the response's {name} header is {}; expected was {wanted}", quote(value)) }
}

fn refuse<T>(text: String) -> Result<T, Refused> {
    Err(Refused { text })
}

#[cfg(test)]
mod tests;
