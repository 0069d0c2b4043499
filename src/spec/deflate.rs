//! What permessage-deflate is offered and accepted with (RFC 7692 sections 5 and 7.1).

use super::{extension, quote::quote};
use std::fmt::Write as _;

/// The extension's name.
const NAME: &str = "permessage-deflate";
const SERVER_NO_CONTEXT_TAKEOVER: &str = "server_no_context_takeover";
const CLIENT_NO_CONTEXT_TAKEOVER: &str = "client_no_context_takeover";
const SERVER_MAX_WINDOW_BITS: &str = "server_max_window_bits";
const CLIENT_MAX_WINDOW_BITS: &str = "client_max_window_bits";

/// The largest window: 2^15 bytes.
pub const MAX_WINDOW_BITS: u8 = 15;
/// The smallest window: 2^8 bytes.
pub const MIN_WINDOW_BITS: u8 = 8;

/// What the client asks for. The default is a browser's.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Offer {
    /// The server is to compress each message by itself.
    pub server_no_context_takeover: bool,
    /// This client will compress each message by itself.
    pub client_no_context_takeover: bool,
    /// The largest window that the server is to use, as a power of two: 8 to 15.
    pub server_max_window_bits: u8,
    /// The largest window that this client will use, as a power of two: 8 to 15.
    pub client_max_window_bits: u8,
}

impl Default for Offer {
    fn default() -> Self {
        Offer {
            server_no_context_takeover: false,
            client_no_context_takeover: false,
            server_max_window_bits: MAX_WINDOW_BITS,
            client_max_window_bits: MAX_WINDOW_BITS,
        }
    }
}

/// What both sides do.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Parameters {
    /// Whether a message of the server may refer to those before it.
    pub server_context_takeover: bool,
    /// Whether a message of this client may refer to those before it.
    pub client_context_takeover: bool,
    /// How far a message of the server refers back, as a power of two of bytes.
    pub server_window_bits: u8,
    /// How far a message of this client may refer back, as a power of two of bytes.
    pub client_window_bits: u8,
}

impl Offer {
    /// The value of the request's `Sec-WebSocket-Extensions`.
    #[must_use]
    pub fn header(&self) -> String {
        let mut text = NAME.to_owned();
        if self.server_no_context_takeover {
            text.extend(["; ", SERVER_NO_CONTEXT_TAKEOVER]);
        }
        if self.client_no_context_takeover {
            text.extend(["; ", CLIENT_NO_CONTEXT_TAKEOVER]);
        }
        for (name, bits, always) in
            [(SERVER_MAX_WINDOW_BITS, self.server_max_window_bits, false), (CLIENT_MAX_WINDOW_BITS, self.client_max_window_bits, true)]
        {
            if bits < MAX_WINDOW_BITS {
                // Writing to a String does not fail.
                let _ = write!(text, "; {name}={bits}");
            } else if always {
                text.extend(["; ", name]);
            }
        }
        text
    }

    /// Checks what the server answered to this offer, one value for each `Sec-WebSocket-Extensions` header of its response. With what
    /// it means comes the value itself, the "extensions in use" (RFC 6455 section 4.1). `None` if the server accepts no extension.
    ///
    /// # Errors
    ///
    /// What is wrong, in words that go on after "the header …".
    pub fn accepted<'a>(&self, values: impl IntoIterator<Item = &'a str>) -> Result<Option<(Parameters, String)>, String> {
        let mut accepted = None;
        for value in values {
            for extension in extension::parse(value)? {
                if extension.name != NAME {
                    return Err(format!("accepts the extension {}, which was not offered", quote(extension.name)));
                }
                if accepted.is_some() {
                    return Err(format!("accepts {NAME} twice"));
                }
                accepted = Some((self.parameters(&extension)?, value.to_owned()));
            }
        }
        Ok(accepted)
    }

    fn parameters(self, extension: &extension::Extension<'_>) -> Result<Parameters, String> {
        let (mut server_alone, mut client_alone, mut server_bits, mut client_bits) = (None, None, None, None);
        for (name, value) in &extension.parameters {
            let twice = match *name {
                SERVER_NO_CONTEXT_TAKEOVER => server_alone.replace(without_value(name, value.as_deref())?).is_some(),
                CLIENT_NO_CONTEXT_TAKEOVER => client_alone.replace(without_value(name, value.as_deref())?).is_some(),
                SERVER_MAX_WINDOW_BITS => server_bits.replace(bits(name, value.as_deref(), self.server_max_window_bits)?).is_some(),
                CLIENT_MAX_WINDOW_BITS => client_bits.replace(bits(name, value.as_deref(), self.client_max_window_bits)?).is_some(),
                _ => return Err(format!("accepts {NAME} with the unknown parameter {}", quote(name))),
            };
            if twice {
                return Err(format!("accepts {NAME} with {name} twice"));
            }
        }
        // RFC 7692 7.1.1: a server accepts an offer with one of these by saying the same.
        if self.server_no_context_takeover && server_alone.is_none() {
            return Err(format!("accepts {NAME} without {SERVER_NO_CONTEXT_TAKEOVER}, which was asked for"));
        }
        if self.server_max_window_bits < MAX_WINDOW_BITS && server_bits.is_none() {
            return Err(format!("accepts {NAME} without {SERVER_MAX_WINDOW_BITS}, which was asked for"));
        }
        Ok(Parameters {
            server_context_takeover: server_alone.is_none(),
            client_context_takeover: client_alone.is_none() && !self.client_no_context_takeover,
            server_window_bits: server_bits.unwrap_or(MAX_WINDOW_BITS),
            client_window_bits: client_bits.unwrap_or(self.client_max_window_bits),
        })
    }
}

fn without_value(name: &str, value: Option<&str>) -> Result<(), String> {
    match value {
        None => Ok(()),
        Some(value) => Err(format!("accepts {NAME} with {name}={}, which takes no value", quote(value))),
    }
}

/// A number from 8 to `most` without a leading zero.
fn bits(name: &str, value: Option<&str>, most: u8) -> Result<u8, String> {
    let Some(value) = value else { return Err(format!("accepts {NAME} with {name} without its value")) };
    (MIN_WINDOW_BITS..=most)
        .find(|bits| bits.to_string() == value)
        .ok_or_else(|| format!("accepts {NAME} with {name}={}; {MIN_WINDOW_BITS} to {most} was expected", quote(value)))
}

#[cfg(test)]
mod tests;
