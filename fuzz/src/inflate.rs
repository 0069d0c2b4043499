//! Compressed messages, good and bad: a naive decoder's result in any cuts and any room, in bounded memory.

use crate::{
    harness::Numbers,
    input::Input,
    memory::peak_of,
    reference::inflate::{Bad, Messages},
    trace::Entry,
    unfinished::Unfinished,
    wire,
};
use std::ops::RangeInclusive;
use ws::{
    protocol::{
        compress::{Compressor, Effort},
        inflate::{Corrupt, Inflater},
        limits::{Limits, RATIO_FREE, RATIO_STEP},
        pool::Pool,
        reader::{Reader, Received, Violation},
        window::Window,
    },
    spec::deflate::Parameters,
};

/// How much is inflated at a time.
const STEP: usize = 16 << 10;
/// Room that needs no allocation.
const ROOMY: RangeInclusive<usize> = STEP..=STEP;
/// What a decompressor takes, whose window always is the largest.
const STATE: usize = 48 << 10;
/// What packing and unpacking the history take meanwhile.
const PACKING: usize = 256 << 10;
/// Payloads are no longer than this, taken together.
const LONGEST: usize = 1_100_000;
/// What is longer than this is not worth the time that it takes in single bytes.
const LONG: usize = 5000;
/// And what is longer than this, in pieces at all.
const VERY_LONG: usize = 100_000;

/// A message, and what it was before it was compressed, if it is as it was made.
struct Sent {
    bytes: Vec<u8>,
    payload: Option<Vec<u8>>,
}

/// How messages are cut and inflated.
struct Way {
    name: &'static str,
    numbers: Numbers,
    /// Bytes of a message that come at once, and room for what comes out.
    pieces: RangeInclusive<usize>,
    room: RangeInclusive<usize>,
    /// Whether memory is given up now and then.
    rests: bool,
}

impl Way {
    fn new(name: &'static str, seed: u64, pieces: RangeInclusive<usize>, room: RangeInclusive<usize>) -> Self {
        Way { name, numbers: Numbers(seed), pieces, room, rests: false }
    }

    fn piece(&mut self) -> usize {
        within(&mut self.numbers, &self.pieces)
    }

    fn room(&mut self) -> usize {
        within(&mut self.numbers, &self.room)
    }

    fn rests_now(&mut self) -> bool {
        self.rests && self.numbers.below(3) == 0
    }
}

fn within(numbers: &mut Numbers, range: &RangeInclusive<usize>) -> usize {
    match range.end() - range.start() {
        0 => *range.start(),
        // Mostly small ones.
        width if numbers.below(8) > 0 => range.start() + numbers.below(width.min(300) + 1),
        width => range.start() + numbers.below(width + 1),
    }
}

/// Feeds messages.
///
/// # Panics
///
/// If the library does not keep its word.
pub fn run(data: &[u8]) {
    let input = Input::new(data);
    let (bits, takeover, seed) = (8 + (input.byte() & 7), input.flag(), u64::from(input.byte()));
    let limits = Limits {
        max_message: input.choose(&[64 << 20, 64 << 20, 0, 1, 100, 5000, 20_000, 1 << 20, (1 << 20) + 1]),
        max_ratio: input.choose(&[1100, 1, 2, 16, 300, 1000]),
        ..Limits::default()
    };
    let parameters = Parameters {
        server_context_takeover: takeover,
        client_context_takeover: takeover && input.flag(),
        server_window_bits: bits,
        client_window_bits: bits,
    };
    let messages = messages(&input, parameters);

    let strict = inflated(Messages::new(bits, takeover), &messages);
    let expected = inflated(Messages::lenient(bits, takeover), &messages);
    let total: usize = expected.0.iter().map(Vec::len).sum();
    let mut ways = vec![
        Way::new("whole", seed, usize::MAX..=usize::MAX, usize::MAX..=usize::MAX),
        Way::new("in random pieces", seed, 1..=70_000, 1..=70_000),
        Way::new("as it is read", seed, 1..=70_000, ROOMY),
        Way { rests: true, ..Way::new("with rests", seed, 1..=70_000, ROOMY) },
    ];
    if total > VERY_LONG {
        ways.truncate(1);
    }
    if total < LONG {
        ways.push(Way::new("in single bytes", seed, 1..=1, usize::MAX..=usize::MAX));
        ways.push(Way { rests: true, ..Way::new("into single bytes", seed, 1..=70_000, 1..=1) });
    }
    for way in &mut ways {
        // What goes too far back is refused only after a rest.
        let (expected, bad) = if way.rests { &strict } else { &expected };
        check(parameters, &messages, expected, *bad, way);
    }
    check_reader(parameters, &limits, &messages, seed);
}

/// Messages compressed by us, some of them damaged, and others.
fn messages(input: &Input, parameters: Parameters) -> Vec<Sent> {
    let effort = Effort { level: 1 + input.byte() % 9, memory: 1 + input.byte() % 9 };
    let mut compressor = Compressor::new(&parameters, effort);
    let mut messages: Vec<Sent> = Vec::new();
    let (mut intact, mut total) = (true, 0);
    while !input.is_empty() {
        let kind = input.byte();
        if kind & 1 == 0 {
            messages.push(Sent { bytes: input.field().to_vec(), payload: None });
            intact = false;
            continue;
        }
        let times = input.choose(&[1, 1, 1, 1, 1, 2, 3, 3, 10, 10, 30, 30, 30, 100, 300, 11_000]);
        let payload = input.field().repeat(times);
        total += payload.len();
        if total > LONGEST {
            break;
        }
        let mut bytes = Vec::new();
        compressor.compress(&payload, &mut bytes);
        if kind & 2 != 0 {
            // The first call only notes that it was used.
            assert!(!compressor.rest() && compressor.rest() && compressor.is_at_rest() && compressor.memory() == 0);
        }
        let whole = bytes.clone();
        for _ in 0..(kind >> 2) % 4 {
            edit(&mut bytes, input, &messages);
        }
        intact &= bytes == whole;
        messages.push(Sent { bytes, payload: intact.then_some(payload) });
    }
    messages
}

fn edit(bytes: &mut Vec<u8>, input: &Input, others: &[Sent]) {
    let at = usize::from(input.word()) % (bytes.len() + 1);
    match input.byte() % 6 {
        0 if at < bytes.len() => bytes[at] ^= input.byte(),
        1 => bytes.truncate(at),
        2 => drop(bytes.drain(..at)),
        3 => {
            if let Some(other) = others.get(usize::from(input.byte())) {
                bytes.extend_from_slice(&other.bytes);
            }
        }
        // A final block, which is empty.
        4 => bytes.extend([0, 0, 0xff, 0xff, 1, 0, 0, 0xff, 0xff]),
        _ => drop(bytes.splice(at..at, input.field().iter().copied())),
    }
}

/// What a naive decoder makes of the messages, up to the first that is bad: of that, what comes out before.
fn inflated(mut naive: Messages, messages: &[Sent]) -> (Vec<Vec<u8>>, Option<Bad>) {
    let mut results = Vec::new();
    for message in messages {
        let (out, end) = naive.feed(&message.bytes);
        let end = end.and_then(|()| naive.finish());
        if let Some(payload) = &message.payload {
            assert!(end.is_ok() && out == *payload, "what was compressed is {end:?} for a naive decoder");
        }
        results.push(out);
        if let Err(bad) = end {
            return (results, Some(bad));
        }
    }
    (results, None)
}

/// Inflates the messages in one way.
fn check(parameters: Parameters, messages: &[Sent], expected: &[Vec<u8>], bad: Option<Bad>, way: &mut Way) {
    // Into a buffer that has room enough, so that what is counted is the inflater's own.
    let fixed = way.room == ROOMY;
    let mut buffer = Vec::with_capacity(if fixed { STEP + 2 } else { 0 });
    let ((), peak) = peak_of(|| {
        let mut inflater = Inflater::new(&parameters);
        for (number, (message, right)) in messages.iter().zip(expected).enumerate() {
            let is_bad = bad.filter(|_| number + 1 == expected.len());
            if is_bad == Some(Bad::Far) {
                break;
            }
            if way.rests_now() {
                rest(&mut inflater);
            }
            let result = inflate(&mut inflater, &message.bytes, right, way, &mut buffer);
            assert_eq!(result, if is_bad.is_some() { Err(Corrupt) } else { Ok(()) }, "message {number} {}", way.name);
        }
    });
    if fixed {
        let window = 1 << parameters.server_window_bits;
        // The history is a vector that grows.
        let most = STATE + 2 * window + if way.rests { PACKING } else { 0 };
        assert!(peak <= most, "{peak} bytes were allocated {} with a window of {window}", way.name);
    }
}

/// Gives up memory.
fn rest(inflater: &mut Inflater) {
    // The first call only notes that it was used.
    inflater.rest();
    assert!(inflater.rest() && inflater.is_at_rest());
}

/// Inflates a message; what comes out must be `right`, whether it is good or not.
fn inflate(inflater: &mut Inflater, mut message: &[u8], right: &[u8], way: &mut Way, out: &mut Vec<u8>) -> Result<(), Corrupt> {
    let mut at = 0;
    while !message.is_empty() {
        let (mut piece, rest) = message.split_at(way.piece().min(message.len()));
        message = rest;
        loop {
            let room = way.room();
            if way.room == ROOMY {
                out.clear();
            } else {
                *out = Vec::new();
            }
            let result = inflater.inflate(&mut piece, out, room);
            assert!(out.len() <= room, "{} bytes into a room of {room}", out.len());
            assert!(out.capacity() <= room.saturating_add(2).max(STEP + 2), "{} bytes for a room of {room}", out.capacity());
            assert!(out.capacity() <= 2 * (out.len() + STEP + 1), "{} bytes for {}", out.capacity(), out.len());
            assert_eq!(right.get(at..at + out.len()), Some(out.as_slice()), "{} at {at}", way.name);
            at += out.len();
            if result.inspect_err(|Corrupt| assert_eq!(at, right.len(), "{}: a fault is told too early", way.name))? {
                assert!(piece.is_empty(), "{} bytes were left", piece.len());
                break;
            }
            assert_eq!(out.len(), room, "more was said to come");
        }
        if way.rests_now() {
            // In the middle of a message, nothing is given up.
            assert!(!inflater.rest() && !inflater.rest());
        }
    }
    assert_eq!(at, right.len(), "{}", way.name);
    inflater.finish()
}

/// The messages as frames, against the limits.
fn check_reader(parameters: Parameters, limits: &Limits, messages: &[Sent], seed: u64) {
    let mut naive = Messages::lenient(parameters.server_window_bits, parameters.server_context_takeover);
    let (mut expected, mut end) = (Vec::new(), Ok(()));
    for message in messages {
        match bounded(&mut naive, &message.bytes, limits) {
            Ok(out) => expected.push(out),
            Err(code) => {
                end = Err(code);
                break;
            }
        }
    }
    let largest = expected.iter().map(Vec::len).max().unwrap_or(0).max(if end.is_err() { usize::MAX } else { 0 });
    for pieces in [usize::MAX..=usize::MAX, 1..=5000] {
        let mut way = Way::new("frames", seed, pieces, 1..=1);
        let frames: Vec<u8> = messages.iter().flat_map(|message| framed(&message.bytes, &mut way.numbers)).collect();
        let (result, peak) = peak_of(|| read(parameters, limits, &frames, &expected, &mut way));
        assert_eq!(result, end, "{limits:?}");
        let window = 1 << parameters.server_window_bits;
        let message = usize::try_from(limits.max_message).unwrap_or(usize::MAX).min(largest.saturating_mul(2).max(STEP));
        let wire = frames.len().min(*way.pieces.end()) + 1;
        let most = message + STEP + 1 + STATE + 2 * window + wire;
        assert!(peak <= most, "{peak} bytes were allocated for messages of {} at the most", limits.max_message);

        let chunks = Limits { max_chunked: Some(limits.max_message), ..*limits };
        assert_eq!(read(parameters, &chunks, &frames, &expected, &mut way), end, "{chunks:?}");
    }
}

/// What comes out of a message, or the code of the violation.
fn bounded(naive: &mut Messages, message: &[u8], limits: &Limits) -> Result<Vec<u8>, u16> {
    let mut out = Vec::new();
    let mut arrived = 0;
    for step in message.chunks(usize::try_from(RATIO_STEP).unwrap_or(usize::MAX)) {
        arrived += RATIO_STEP;
        let (new, end) = naive.feed(step);
        out.extend(new);
        let most = limits.max_message.min(RATIO_FREE.max(arrived * u64::from(limits.max_ratio)));
        if out.len() as u64 > most {
            return Err(1009);
        }
        end.map_err(|_| 1002_u16)?;
    }
    naive.finish().map_or(Err(1002), |()| Ok(out))
}

/// A compressed message as frames.
fn framed(mut message: &[u8], numbers: &mut Numbers) -> Vec<u8> {
    let mut frames = Vec::new();
    let mut first = 0x42;
    while numbers.below(3) == 0 {
        let (part, rest) = message.split_at(numbers.below(message.len() + 1));
        frames.extend(wire::frame(first, part));
        (message, first) = (rest, 0);
    }
    frames.extend(wire::frame(0x80 | first, message));
    frames
}

/// Reads frames; the code of the violation if there is one.
fn read(parameters: Parameters, limits: &Limits, mut frames: &[u8], expected: &[Vec<u8>], way: &mut Way) -> Result<(), u16> {
    let mut reader = Reader::new(limits);
    reader.set_deflate(&parameters);
    let (mut pool, mut expected, mut unfinished) = (Pool::default(), expected.iter(), Unfinished::default());
    while !frames.is_empty() {
        let (piece, rest) = frames.split_at(way.piece().min(frames.len()));
        frames = rest;
        let mut buffer = Vec::with_capacity(piece.len() + 1);
        buffer.extend_from_slice(piece);
        buffer.push(0xee);
        let mut window = Window::new(&mut buffer);
        loop {
            match reader.poll(&mut window, &mut pool) {
                Ok(Some(Received::Message(_, payload))) => {
                    assert!(expected.next().is_some_and(|right| payload.bytes() == right), "a message of {}", payload.bytes().len());
                }
                Ok(Some(Received::Chunk(chunk, payload))) => {
                    if let Some(Entry::Message(_, message)) = unfinished.take(chunk, payload, &mut pool) {
                        assert!(expected.next() == Some(&message), "a message of {} in chunks", message.len());
                    }
                }
                Ok(Some(Received::Control(control))) => panic!("{control:?}"),
                Ok(None) => break,
                Err(Violation { code, text }) => {
                    assert!(!text.is_empty() && expected.next().is_none(), "{text}");
                    return Err(code);
                }
            }
        }
    }
    assert!(expected.next().is_none(), "a message is missing");
    Ok(())
}
