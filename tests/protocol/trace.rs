//! What can be seen of a connection: its events, what it transmitted and how it let go of the stream, in order.

use std::time::Duration;
use ws::protocol::{Kind, failure::Phase};

#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Entry {
    /// The opening handshake is done; the subprotocol.
    Open(String),
    Message(Kind, Vec<u8>),
    Pong(Vec<u8>, Duration),
    Drain,
    Closing,
    Error(Phase, String),
    Close {
        code: u16,
        reason: String,
        clean: bool,
    },
    /// A frame of ours: its first byte and its payload, unmasked.
    Sent(u8, Vec<u8>),
    /// Our direction of the stream was ended.
    Shutdown,
    /// The stream was dropped.
    Finished,
}

pub fn opened() -> Entry {
    Entry::Open(String::new())
}

pub fn text(text: &str) -> Entry {
    Entry::Message(Kind::Text, text.into())
}

pub fn binary(bytes: &[u8]) -> Entry {
    Entry::Message(Kind::Binary, bytes.to_vec())
}

pub fn sent(first: u8, payload: &[u8]) -> Entry {
    Entry::Sent(first, payload.to_vec())
}

pub fn closed(code: u16, reason: &str, clean: bool) -> Entry {
    Entry::Close { code, reason: reason.into(), clean }
}

impl Entry {
    /// Whether this is what was expected; of an error's text, a part is.
    pub fn fits(&self, expected: &Entry) -> bool {
        match (self, expected) {
            (Entry::Error(phase, text), Entry::Error(right, part)) => phase == right && text.contains(part.as_str()),
            _ => self == expected,
        }
    }

    fn short(&self) -> String {
        format!("{self:?}").chars().take(160).collect()
    }
}

/// Holds a trace against what was expected and shows the first difference.
pub fn check(got: &[Entry], expected: &[Entry], context: &str) {
    let same = got.iter().zip(expected).take_while(|(got, expected)| got.fits(expected)).count();
    if same == got.len() && same == expected.len() {
        return;
    }
    let show = |entries: &[Entry]| entries.get(same).map_or("nothing".into(), Entry::short);
    panic!("{context}: entry {same} is {}, expected was {}", show(got), show(expected));
}
