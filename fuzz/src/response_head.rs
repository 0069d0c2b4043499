//! Any answer to the opening handshake: one verdict in every chunking, the verdict of a naive reader, within the limits.

use crate::{
    harness::{KEY, Numbers, REQUEST},
    input::Input,
    memory::peak_of,
    reference,
};
use std::time::Instant;
use ws::{
    protocol::{
        failure::Failure,
        limits::{BODY_BYTES, Limits},
        opening::{Asked, Opening, Progress},
        writer::End,
    },
    spec::{
        deflate::Offer,
        handshake::Agreed,
        response::{self, Collector},
    },
};

/// Lines that a response can be made of.
const LINES: [&str; 36] = [
    "HTTP/1.1 101 Switching Protocols",
    "HTTP/1.0 101",
    "HTTP/2.0\t101  x",
    "HTTP/1.1 200 OK",
    "HTTP/1.1 301 Moved",
    "HTTP/1.1 100 Continue",
    "Upgrade: websocket",
    "UPGRADE:WebSocket",
    "Upgrade: h2c, websocket",
    "Connection: Upgrade",
    "connection: keep-alive, upgrade",
    "Connection: close",
    "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=",
    "sec-websocket-accept:\ts3pPLMBiTxaQ9kYGzzhZRbK+xOo= ",
    "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=",
    "Sec-WebSocket-Accept: \"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\"",
    "Sec-WebSocket-Protocol: chat",
    "Sec-WebSocket-Protocol: superchat",
    "Sec-WebSocket-Protocol: chat, superchat",
    "Sec-WebSocket-Protocol:",
    "Sec-WebSocket-Extensions: permessage-deflate",
    "Sec-WebSocket-Extensions:",
    "Content-Length: 5",
    "Content-Length: 99999999999999999999",
    "Transfer-Encoding: chunked",
    "Location: ws://elsewhere/",
    " folded",
    "\tupgrade",
    "no colon",
    ": no name",
    "bad name: x",
    "X-Filler: 0123456789012345678901234567890123456789012345678901234567890123456789",
    "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=10; client_no_context_takeover",
    "sec-websocket-extensions: permessage-deflate;client_max_window_bits=\"9\"",
    "Sec-WebSocket-Extensions: permessage-deflate; server_max_window_bits=16",
    "Sec-WebSocket-Extensions: x-webkit-deflate-frame",
];

/// The lines, by their numbers, of a response that opens the connection.
const GOOD: [usize; 4] = [0, 6, 9, 12];

/// The bit of an input's seed that has permessage-deflate offered.
const DEFLATE: u8 = 0x80;

const ENDS: [&[u8]; 6] = [b"\r\n", b"\n", b"\r", b"", b"\r\n\r\n", b"\r\n "];

/// Feeds an answer to the opening handshake.
///
/// # Panics
///
/// If the library does not keep its word.
pub fn run(data: &[u8]) {
    let input = Input::new(data);
    let (max_head, max_head_lines) = input.choose(&[(256 << 10, 4096), (256, 8), (300, 8), (1024, 16), (256 << 10, 8), (256, 4096)]);
    let limits = Limits { max_head, max_head_lines, ..Limits::default() };
    let protocols: Vec<String> =
        input.choose::<&[&str]>(&[&[], &["chat"], &["superchat", "chat"]]).iter().map(ToString::to_string).collect();
    let seed = input.byte();
    let deflate = (seed & DEFLATE != 0).then(Offer::default);
    let seed = u64::from(seed);
    let response = if input.flag() { built(&input) } else { input.rest().to_vec() };

    let asked = Asked { key: KEY.into(), protocols, deflate };
    let (whole, peak) = peak_of(|| judge(&response, || usize::MAX, &limits, &asked));
    // Collected, made text (a bad byte becomes three), taken apart; a vector has up to twice the room it needs.
    let most = 16 * max_head as usize + 128 * max_head_lines as usize + (16 << 10);
    assert!(peak <= most, "{peak} bytes were allocated for a response of {} bytes with {limits:?}", response.len());
    check_collector(&response, &limits);

    assert_eq!(judge(&response, || 1, &limits, &asked), whole, "in single bytes");
    let mut numbers = Numbers(seed);
    assert_eq!(judge(&response, || 1 + numbers.below(40), &limits, &asked), whole, "in chunks of seed {seed}");

    let expected = reference::handshake(&response, max_head as usize, max_head_lines as usize, &asked);
    match (&whole, &expected) {
        (Verdict::Open(size, agreed), Some((right_size, right))) => assert_eq!((size, agreed), (right_size, right)),
        (Verdict::Refused(_), None) => {}
        _ => panic!("the verdict is {whole:?}, a naive reader's {expected:?}"),
    }
}

/// A response that is good but for some edits.
fn built(input: &Input) -> Vec<u8> {
    let mut lines: Vec<(Vec<u8>, &[u8])> = GOOD.iter().map(|&line| (LINES[line].as_bytes().to_vec(), ENDS[0])).collect();
    let mut tail = Vec::new();
    while !input.is_empty() {
        let edit = input.byte();
        let at = usize::from(input.byte()) % (lines.len() + 1);
        let line = |input: &Input| (input.choose(&LINES).as_bytes().to_vec(), ENDS[0]);
        match edit % 8 {
            0 => lines.insert(at, line(input)),
            1 => lines.insert(at, (input.field().to_vec(), ENDS[0])),
            2 if at < lines.len() => lines[at] = line(input),
            3 if at < lines.len() => drop(lines.remove(at)),
            4 if at < lines.len() => lines[at].1 = input.choose(&ENDS),
            5 if at < lines.len() => {
                let (position, byte) = (usize::from(input.byte()), input.byte());
                if let Some(place) = lines[at].0.get_mut(position) {
                    *place = byte;
                }
            }
            6 if at < lines.len() => {
                let times = usize::from(input.byte());
                let line = lines[at].clone();
                lines.splice(at..at, std::iter::repeat_n(line, times));
            }
            _ => tail.extend_from_slice(input.field()),
        }
        // Some edits double what is there.
        lines.truncate(5000);
    }
    let mut response: Vec<u8> = lines.into_iter().flat_map(|(line, end)| [line.as_slice(), end].concat()).collect();
    response.extend_from_slice(b"\r\n");
    response.extend(tail);
    response
}

/// What came of a response after which the server ended the stream.
#[derive(Debug, PartialEq, Eq)]
enum Verdict {
    /// The size of the head, and what was agreed on.
    Open(usize, Agreed),
    Refused(Box<Failure>),
}

fn judge(response: &[u8], mut sizes: impl FnMut() -> usize, limits: &Limits, asked: &Asked) -> Verdict {
    let mut opening = Opening::new(REQUEST.to_vec(), asked.clone(), limits, Instant::now());
    let now = Instant::now();
    let mut at = 0;
    while at < response.len() {
        let end = response.len().min(at.saturating_add(sizes()));
        match opening.handle_bytes(&response[at..end], now) {
            Progress::More => at = end,
            Progress::Open(agreed, used) => return Verdict::Open(at + used, agreed),
            Progress::Refused(failure) => return refused(failure, limits),
        }
    }
    refused(opening.handle_end(End::Fin), limits)
}

fn refused(mut failure: Box<Failure>, limits: &Limits) -> Verdict {
    assert!(!failure.text.is_empty() && !failure.text.chars().any(char::is_control), "{failure:?}");
    assert!(failure.head.len() <= limits.max_head as usize, "{} bytes of head were kept", failure.head.len());
    assert!(failure.body.len() <= BODY_BYTES, "{} bytes of body were kept", failure.body.len());
    if failure.text.contains("does not speak HTTP") {
        // This text shows what has come at once: it may differ.
        failure.text.clear();
    }
    Verdict::Refused(failure)
}

/// A head that has not ended takes no more memory than a vector of the limit's size.
fn check_collector(response: &[u8], limits: &Limits) {
    let bytes = limits.max_head as usize;
    let mut collector = Collector::new(response::Limits { bytes, lines: limits.max_head_lines as usize });
    let (pushed, peak) = peak_of(|| collector.push(response));
    if pushed == Ok(None) {
        assert!(collector.received().len() <= bytes && peak <= 2 * bytes + 64, "{peak} bytes for a head of at most {bytes}");
    }
}
