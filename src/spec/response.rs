//! The head of the server's response, or a proxy's: collected from any chunking, then read as leniently as a browser does.

use std::borrow::Cow;

use super::fields::{Collected, Fields};
use super::header::OPTIONAL_WHITESPACE;
use super::quote::quote;
use super::token::is_token;

/// What a head begins with.
const START: &[u8] = b"HTTP";

/// Bytes that most heads fit into.
const USUAL: usize = 512;

/// Why the server's answer is not the opening of a WebSocket.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{text}")]
pub struct Refused {
    /// What is wrong, with the value received and what was expected.
    pub text: String,
}

/// How large a response head may be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// Bytes, from the status line to the blank line, both included.
    pub bytes: usize,
    /// Lines, the status line included, the blank line not.
    pub lines: usize,
}

/// Collects a response head. Each byte is looked at a constant number of times, however few come at once.
#[derive(Debug)]
pub struct Collector {
    limits: Limits,
    /// Who answers, for people.
    who: &'static str,
    /// A status line that would be good news.
    example: &'static str,
    raw: Vec<u8>,
    /// What the first line says, once it has ended.
    status: Option<(u16, String)>,
    /// Lines that have ended.
    lines: usize,
    /// Where in `raw` the line begins that has not ended yet.
    line_start: usize,
}

impl Collector {
    /// A collector that has received nothing yet.
    #[must_use]
    pub fn new(limits: Limits) -> Self {
        Self::of("the server", "HTTP/1.1 101 Switching Protocols", limits)
    }

    /// The same for the answer of a proxy.
    #[must_use]
    pub fn of_proxy(limits: Limits) -> Self {
        Self::of("the proxy", "HTTP/1.1 200 OK", limits)
    }

    fn of(who: &'static str, example: &'static str, limits: Limits) -> Self {
        Self { limits, who, example, raw: Vec::new(), status: None, lines: 0, line_start: 0 }
    }

    /// Takes bytes from the network. `Some((head, n))`: the head ended after the first `n` bytes of `bytes`; the rest
    /// belongs to the connection, and the collector is at the end of its work. `None`: the head has not ended yet.
    ///
    /// # Errors
    ///
    /// [`Refused`] as soon as it is certain: the bytes do not begin with `HTTP`, the first line is not a status line, there
    /// is a NUL or a CR that no LF follows, or a limit is passed. The collector is at the end of its work then, too.
    pub fn push(&mut self, bytes: &[u8]) -> Result<Option<(Head, usize)>, Refused> {
        if self.raw.is_empty() {
            self.raw.reserve(bytes.len().min(USUAL));
        }
        let mut rest = bytes;
        while !rest.is_empty() {
            let (part, after) = rest.split_at(self.acceptable(rest));
            if part.is_empty() {
                return Err(self.refusal(rest));
            }
            self.raw.extend_from_slice(part);
            rest = after;
            if part.ends_with(b"\n")
                && let Some((status, reason)) = self.end_line()?
            {
                return Ok(Some((Head::new(status, reason, std::mem::take(&mut self.raw)), bytes.len() - rest.len())));
            }
        }
        Ok(None)
    }

    /// What has arrived so far and was not refused; empty once the head has been given out.
    #[must_use]
    pub fn received(&self) -> &[u8] {
        &self.raw
    }

    /// How many of `bytes` may be the head's next ones, up to the end of their line at the most.
    fn acceptable(&self, bytes: &[u8]) -> usize {
        let offset = self.raw.len();
        let bytes = &bytes[..bytes.len().min(self.limits.bytes - offset)];
        let start = START.get(offset..).unwrap_or_default();
        if let Some(wrong) = start.iter().zip(bytes).position(|(expected, byte)| byte != expected) {
            return wrong;
        }
        let mut after_cr = self.raw.last() == Some(&b'\r');
        for (index, &byte) in bytes.iter().enumerate() {
            match byte {
                b'\n' => return index + 1,
                0 => return index,
                _ if after_cr => return index,
                _ => after_cr = byte == b'\r',
            }
        }
        bytes.len()
    }

    /// Why the first byte of `rest` may not be the head's next one.
    fn refusal(&self, rest: &[u8]) -> Refused {
        let offset = self.raw.len();
        refused(if offset >= self.limits.bytes {
            format!(
                "the response head is longer than {} bytes: if it may be, raise the limit with ws_options_set_max_head_size",
                self.limits.bytes
            )
        } else if offset < START.len() {
            let beginning = [&self.raw, &rest[..rest.len().min(4 * super::quote::MAX_SHOWN)]].concat();
            format!("{} does not speak HTTP: its answer begins with {} instead of \"HTTP\"", self.who, quote(beginning))
        } else if rest.first() == Some(&0) {
            format!("the response head has a NUL at offset {offset}")
        } else {
            format!("the response head has a CR at offset {} that no LF follows", offset - 1)
        })
    }

    /// Accounts for the line that has just ended; status code and reason phrase if it was the blank one.
    fn end_line(&mut self) -> Result<Option<(u16, String)>, Refused> {
        let line = &self.raw[self.line_start..];
        if matches!(line, b"\n" | b"\r\n") {
            return Ok(self.status.take());
        }
        if self.lines >= self.limits.lines {
            return Err(refused(format!(
                "the response head has more than {} lines: if it may, raise the limit with ws_options_set_max_head_lines",
                self.limits.lines
            )));
        }
        if self.lines == 0 {
            let line = text(line);
            let status = status_line(&line).ok_or_else(|| {
                let (who, example, line) = (self.who, self.example, quote(without_cr(line.trim_end_matches('\n'))));
                refused(format!("{who}'s answer begins with {line}, which is not a status line: \"{example}\" was expected"))
            })?;
            self.status = Some(status);
        }
        self.lines += 1;
        self.line_start = self.raw.len();
        Ok(None)
    }
}

/// A response head.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Head {
    /// The status code: three digits.
    pub status: u16,
    /// The reason phrase; empty if there is none.
    pub reason: String,
    /// Names in the letters received, and values without the spaces around them, in the order received. Bytes that are
    /// not UTF-8 are replaced by U+FFFD.
    pub fields: Fields,
    /// All bytes of the head, the blank line included.
    pub raw: Vec<u8>,
}

impl Head {
    /// The values of all headers called `name` in any case, in the order received.
    pub fn get_all<'a>(&'a self, name: &str) -> impl Iterator<Item = &'a str> {
        self.fields.texts().filter(move |(own, _)| own.eq_ignore_ascii_case(name)).map(|(_, value)| value)
    }

    /// Reads the headers of a whole head. A line that is no header (no colon, or a name that is no token) is ignored; a line that begins
    /// with a space or tab continues the header before it.
    fn new(status: u16, reason: String, raw: Vec<u8>) -> Self {
        // Each line has at least as many bytes as what is kept of it.
        let mut fields = Collected::with_capacity(raw.len());
        // Whether the line before was a header, so that it can be continued.
        let mut open = false;
        for line in text(&raw).split('\n').skip(1).map(without_cr) {
            if line.starts_with(OPTIONAL_WHITESPACE) {
                if open {
                    fields.continue_value(line.trim_matches(OPTIONAL_WHITESPACE));
                }
            } else {
                let header = split_header(line);
                open = header.is_some();
                if let Some((name, value)) = header {
                    fields.push(name, value);
                }
            }
        }
        Self { status, reason, fields: fields.finish(), raw }
    }
}

/// Bytes as text: what is not UTF-8 is replaced.
fn text(bytes: &[u8]) -> Cow<'_, str> {
    // For what is UTF-8, which is nearly everything, this is much faster than the other alone.
    str::from_utf8(bytes).map_or_else(|_| String::from_utf8_lossy(bytes), Cow::Borrowed)
}

/// Name and value of a header's line; `None` if it is none.
fn split_header(line: &str) -> Option<(&str, &str)> {
    let (name, value) = line.split_once(':')?;
    let name = name.trim_end_matches(OPTIONAL_WHITESPACE);
    is_token(name.as_bytes()).then(|| (name, value.trim_matches(OPTIONAL_WHITESPACE)))
}

/// Status code and reason phrase of `HTTP/d.d ddd reason`; the version does not matter, the reason may be missing.
fn status_line(line: &str) -> Option<(u16, String)> {
    let line = without_cr(line.trim_end_matches('\n'));
    let (version, rest) = line.split_once(OPTIONAL_WHITESPACE)?;
    let rest = rest.trim_matches(OPTIONAL_WHITESPACE);
    let (code, reason) = rest.split_once(OPTIONAL_WHITESPACE).unwrap_or((rest, ""));
    let [b'H', b'T', b'T', b'P', b'/', b'0'..=b'9', b'.', b'0'..=b'9'] = version.as_bytes() else {
        return None;
    };
    let digits @ [b'0'..=b'9', b'0'..=b'9', b'0'..=b'9'] = code.as_bytes() else {
        return None;
    };
    let code = digits.iter().fold(0, |code, digit| 10 * code + u16::from(digit - b'0'));
    Some((code, reason.trim_start_matches(OPTIONAL_WHITESPACE).to_owned()))
}

fn without_cr(line: &str) -> &str {
    line.strip_suffix('\r').unwrap_or(line)
}

fn refused(text: String) -> Refused {
    Refused { text }
}

#[cfg(test)]
mod tests;
