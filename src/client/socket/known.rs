//! What is known of a connection for good, once it is open: what was agreed on, where it goes to, the response's headers.

use super::Socket;
use crate::spec::{
    fields::{Collected, Fields},
    handshake::Agreed,
};
use std::ffi::CStr;

/// All of it in one piece of memory: a pair of subprotocol and extensions, one of the address and nothing, then each header.
#[derive(Debug)]
pub(super) struct Known(Fields);

impl Known {
    fn pair(&self, index: usize) -> (&CStr, &CStr) {
        self.0.iter().nth(index).unwrap_or_default()
    }

    pub fn protocol(&self) -> &CStr {
        self.pair(0).0
    }

    pub fn extensions(&self) -> &CStr {
        self.pair(0).1
    }

    pub fn address(&self) -> &str {
        self.pair(1).0.to_str().unwrap_or_default()
    }

    fn headers(&self) -> impl Iterator<Item = (&CStr, &CStr)> {
        self.0.iter().skip(2)
    }
}

impl Socket {
    /// The connection is open. Set once: a socket opens once.
    pub(in crate::client) fn set_agreed(&self, agreed: &Agreed, address: &str, headers: &Fields) {
        let Agreed { protocol, extensions, .. } = agreed;
        let mut known = Collected::with_capacity(protocol.len() + extensions.len() + address.len() + 4 + headers.size());
        known.push(protocol, extensions);
        known.push(address, "");
        known.append(headers);
        let _ = self.known.set(Known(known.finish()));
    }

    /// The names and values of the response that opened the connection, or refused it; none before one of both is known.
    pub fn response(&self) -> impl Iterator<Item = (&CStr, &CStr)> {
        let known = self.known();
        let refused = if known.is_none() { self.failure() } else { None };
        known.into_iter().flat_map(Known::headers).chain(refused.into_iter().flat_map(|failure| failure.fields.iter()))
    }
}
