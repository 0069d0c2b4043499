//! What the standards say, written once more, as simply as can be and for whole inputs: libws must agree.

use crate::trace::Entry;
use ws::{
    protocol::{Kind, limits::Limits, opening::Asked},
    spec::handshake::Agreed,
};

pub mod extensions;
pub mod inflate;

/// The answer to the key of RFC 6455's example (section 1.3).
const ACCEPT: &[u8] = b"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=";

/// The head of an HTTP response, in lines.
pub struct Head<'a> {
    /// How many bytes it has, the blank line included.
    pub size: usize,
    /// Its status, as it is written.
    pub status: &'a [u8],
    /// All lines but the blank one.
    lines: Vec<&'a [u8]>,
}

/// The head that `response` begins with; `None`: it is none, or not whole.
pub fn head(response: &[u8], max_bytes: usize, max_lines: usize) -> Option<Head<'_>> {
    let mut lines: Vec<&[u8]> = Vec::new();
    let mut size = 0;
    loop {
        let line = &response[size..];
        let line = &line[..=line.iter().position(|byte| *byte == b'\n')?];
        size += line.len();
        let line = &line[..line.len() - 1];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        if line.is_empty() {
            break;
        }
        lines.push(line);
    }
    if size > max_bytes || lines.len() > max_lines || lines.iter().any(|line| line.contains(&b'\r') || line.contains(&0)) {
        return None;
    }
    let [b'H', b'T', b'T', b'P', b'/', major, b'.', minor, status @ ..] = *lines.first()? else { return None };
    let (status, code) = (trim(status), status.first().copied().is_some_and(is_space).then(|| trim(status).get(..3))??);
    let is_status = code.iter().all(u8::is_ascii_digit) && status.get(3).copied().is_none_or(is_space);
    (major.is_ascii_digit() && minor.is_ascii_digit() && is_status).then_some(Head { size, status: code, lines })
}

/// The size of the head and what was agreed on, if `response` opens a connection for which `asked` was asked.
pub fn handshake(response: &[u8], max_bytes: usize, max_lines: usize, asked: &Asked) -> Option<(usize, Agreed)> {
    let Head { size, status: b"101", lines } = head(response, max_bytes, max_lines)? else { return None };

    let headers = headers(&lines[1..]);
    let all = |name: &'static str| {
        headers.iter().filter(|(n, _)| n.eq_ignore_ascii_case(name.as_bytes())).map(|(_, value)| value.as_slice()).collect::<Vec<_>>()
    };
    let only = |name| <[&[u8]; 1]>::try_from(all(name)).ok().map(|[value]| value);
    let upgrades =
        all("connection").iter().any(|value| value.split(|byte| *byte == b',').any(|word| trim(word).eq_ignore_ascii_case(b"upgrade")));
    if !only("upgrade")?.eq_ignore_ascii_case(b"websocket") || !upgrades || only("sec-websocket-accept")? != ACCEPT {
        return None;
    }
    let extensions: Vec<_> = all("sec-websocket-extensions").into_iter().map(String::from_utf8_lossy).collect();
    let accepted = match asked.deflate {
        _ if extensions.is_empty() => None,
        Some(offer) => Some(extensions::accepted(offer, &extensions)?),
        None => return None,
    };
    let protocol = if asked.protocols.is_empty() {
        all("sec-websocket-protocol").is_empty().then(String::new)?
    } else {
        let chosen = only("sec-websocket-protocol")?;
        asked.protocols.iter().find(|protocol| protocol.as_bytes() == chosen)?.clone()
    };
    let (deflate, extensions) = accepted.unzip();
    Some((size, Agreed { protocol, extensions: extensions.unwrap_or_default(), deflate }))
}

fn headers<'a>(lines: &[&'a [u8]]) -> Vec<(&'a [u8], Vec<u8>)> {
    let mut headers: Vec<(&[u8], Vec<u8>)> = Vec::new();
    let mut continued = false;
    for line in lines {
        if is_space(line[0]) {
            if continued && let Some((_, value)) = headers.last_mut() {
                *value = trim(&[value.as_slice(), b" ", trim(line)].concat()).to_vec();
            }
            continue;
        }
        let mut halves = line.splitn(2, |byte| *byte == b':');
        let (name, value) = (halves.next().unwrap_or_default(), halves.next());
        let name = &name[..name.iter().rposition(|byte| !is_space(*byte)).map_or(0, |last| last + 1)];
        let is_token = !name.is_empty() && name.iter().all(|byte| byte.is_ascii_alphanumeric() || b"!#$%&'*+-.^_`|~".contains(byte));
        continued = is_token && value.is_some();
        if let Some(value) = value.filter(|_| continued) {
            headers.push((name, trim(value).to_vec()));
        }
    }
    headers
}

fn is_space(byte: u8) -> bool {
    matches!(byte, b' ' | b'\t')
}

fn trim(mut bytes: &[u8]) -> &[u8] {
    while let [b' ' | b'\t', rest @ ..] | [rest @ .., b' ' | b'\t'] = bytes {
        bytes = rest;
    }
    bytes
}

/// How the server's stream ends the connection, if it does.
#[derive(Debug, PartialEq, Eq)]
pub enum Ending {
    /// Nothing in it does.
    Nothing,
    /// A good Close frame; its body, apart and as it was.
    Close(u16, String, Vec<u8>),
    /// A breach of the protocol, and the code that it is answered with.
    Violation(u16),
}

/// What is in a server's stream of frames, as far as it is good.
#[derive(Debug)]
pub struct Stream {
    /// The messages, as the trace has them.
    pub messages: Vec<Entry>,
    /// The payloads of the pings.
    pub pings: Vec<Vec<u8>>,
    /// How it ends.
    pub ending: Ending,
}

/// Takes a server's stream apart (RFC 6455 section 5).
pub fn frames(mut bytes: &[u8], limits: &Limits) -> Stream {
    let mut stream = Stream { messages: Vec::new(), pings: Vec::new(), ending: Ending::Nothing };
    let mut message: Option<(Kind, Vec<u8>)> = None;
    while let Some(outcome) = frame(bytes) {
        let Ok(frame) = outcome else {
            stream.ending = Ending::Violation(1002);
            break;
        };
        bytes = frame.rest;
        stream.ending = match frame.opcode {
            8..=10 if !frame.whole => break,
            8 => close(frame.payload),
            9 => {
                stream.pings.push(frame.payload.to_vec());
                Ending::Nothing
            }
            10 => Ending::Nothing,
            _ => data(&frame, &mut message, &mut stream.messages, limits),
        };
        if stream.ending != Ending::Nothing || !frame.whole {
            break;
        }
    }
    stream
}

struct Frame<'a> {
    fin: bool,
    opcode: u8,
    len: u64,
    /// As much of it as is there.
    payload: &'a [u8],
    whole: bool,
    rest: &'a [u8],
}

/// The frame that `bytes` begin with; `None` if its header is not all there; an error if the header may not be.
fn frame(bytes: &[u8]) -> Option<Result<Frame<'_>, ()>> {
    let first = *bytes.first()?;
    let (fin, opcode) = (first & 0x80 != 0, first & 15);
    if first & 0x70 != 0 || !matches!(opcode, 0..=2 | 8..=10) || (opcode >= 8 && !fin) {
        return Some(Err(()));
    }
    let second = *bytes.get(1)?;
    if second >= 128 || (opcode >= 8 && second > 125) {
        return Some(Err(()));
    }
    let (size, least) = match second {
        126 => (4, 126),
        127 => (10, 65536),
        _ => (2, 0),
    };
    if size == 10 && *bytes.get(2)? >= 128 {
        return Some(Err(()));
    }
    let extended = bytes.get(2..size)?;
    let len = if size == 2 { u64::from(second) } else { extended.iter().fold(0, |len, byte| len << 8 | u64::from(*byte)) };
    if len < least {
        return Some(Err(()));
    }
    let after = &bytes[size..];
    let there = usize::try_from(len).unwrap_or(usize::MAX).min(after.len());
    let (payload, rest) = after.split_at(there);
    Some(Ok(Frame { fin, opcode, len, payload, whole: there as u64 == len, rest }))
}

fn close(body: &[u8]) -> Ending {
    if body.is_empty() {
        return Ending::Close(1005, String::new(), Vec::new());
    }
    let [high, low, reason @ ..] = body else { return Ending::Violation(1002) };
    let code = u16::from_be_bytes([*high, *low]);
    if !matches!(code, 1000..=1003 | 1007..=1014 | 3000..=4999) {
        return Ending::Violation(1002);
    }
    match std::str::from_utf8(reason) {
        Ok(reason) => Ending::Close(code, reason.into(), body.to_vec()),
        Err(_) => Ending::Violation(1007),
    }
}

fn data(frame: &Frame<'_>, message: &mut Option<(Kind, Vec<u8>)>, messages: &mut Vec<Entry>, limits: &Limits) -> Ending {
    let (kind, mut bytes) = match (message.take(), frame.opcode) {
        (Some(begun), 0) => begun,
        (None, 1) => (Kind::Text, Vec::new()),
        (None, 2) => (Kind::Binary, Vec::new()),
        _ => return Ending::Violation(1002),
    };
    if frame.len > limits.max_frame || bytes.len() as u64 + frame.len > limits.max_message {
        return Ending::Violation(1009);
    }
    bytes.extend_from_slice(frame.payload);
    let complete = frame.fin && frame.whole;
    if kind == Kind::Text
        && let Err(error) = std::str::from_utf8(&bytes)
        && (complete || error.error_len().is_some())
    {
        return Ending::Violation(1007);
    }
    if complete {
        messages.push(Entry::Message(kind, bytes));
    } else {
        *message = Some((kind, bytes));
    }
    Ending::Nothing
}
