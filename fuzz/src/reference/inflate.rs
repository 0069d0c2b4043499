//! Inflating (RFC 1951, RFC 7692 7.2.2), written once more: bit by bit, and from the last block's beginning each time.

/// What a compressed message's last frame leaves out.
const TAIL: [u8; 4] = [0x00, 0x00, 0xff, 0xff];

/// How far back a reference can go.
const LARGEST_WINDOW: usize = 1 << 15;

/// The longest a code can be, in bits.
const LONGEST: usize = 15;

/// Why no more comes out of a stream.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Bad {
    /// It is no deflate stream.
    Corrupt,
    /// It refers back by more than the window that was agreed on, but to what was there once.
    Far,
}

/// The server's messages as far as they have come.
#[derive(Debug, Clone)]
pub struct Messages {
    takeover: bool,
    window: usize,
    /// How far a stream may refer back to its own bytes.
    reach: usize,
    /// What came out of all blocks before this one, as far as any window reaches.
    before: Vec<u8>,
    /// The stream from the byte where the block begins, how many bits of that are others', and how much has come out of the block.
    stream: Vec<u8>,
    skip: usize,
    out: usize,
    begun: bool,
    ended: bool,
}

impl Messages {
    /// Messages that refer back by 2 to the power of `bits` bytes at most, to other messages too if `takeover`.
    pub fn new(bits: u8, takeover: bool) -> Self {
        let window = 1 << bits;
        Messages { takeover, window, reach: window, before: Vec::new(), stream: Vec::new(), skip: 0, out: 0, begun: false, ended: false }
    }

    /// The same as libws reads them while it does not rest: a stream may refer back by the largest window. Nobody must refuse that.
    pub fn lenient(bits: u8, takeover: bool) -> Self {
        Messages { reach: LARGEST_WINDOW, ..Self::new(bits, takeover) }
    }

    /// What comes out of some bytes of a message, and whether more can.
    pub fn feed(&mut self, bytes: &[u8]) -> (Vec<u8>, Result<(), Bad>) {
        if !bytes.is_empty() {
            (self.begun, self.ended) = (true, false);
        }
        self.stream.extend(bytes);
        let mut new = Vec::new();
        loop {
            let (known, (at, len), end) = decode(&self.stream, self.skip, &self.before, self.reach);
            new.extend_from_slice(&known[self.before.len() + self.out..]);
            // A stream behind a final block knows what came before it.
            let keep = if end == Ok(true) { self.window } else { LARGEST_WINDOW };
            self.before = known[len.saturating_sub(keep)..len].to_vec();
            self.out = known.len() - len;
            self.stream.drain(..at / 8);
            self.skip = at % 8;
            if end == Ok(true) {
                self.ended = self.stream.is_empty();
                if !self.ended {
                    continue;
                }
            }
            return (new, end.map(|_| ()));
        }
    }

    /// The message ends here.
    pub fn finish(&mut self) -> Result<(), Bad> {
        if self.begun && !self.ended {
            let (beyond, end) = self.feed(&TAIL);
            // All of it must be blocks: the next message begins with another.
            if !beyond.is_empty() || end.is_err() || !self.stream.is_empty() || self.skip > 0 {
                return Err(Bad::Corrupt);
            }
        }
        (self.begun, self.ended) = (false, false);
        if !self.takeover {
            (self.before, self.stream, self.skip, self.out) = (Vec::new(), Vec::new(), 0, 0);
        }
        Ok(())
    }
}

/// Why a stream could not be read on.
enum Stop {
    /// It is not all there.
    End,
    Bad(Bad),
}

const CORRUPT: Stop = Stop::Bad(Bad::Corrupt);

/// The stream's bits.
struct Bits<'a> {
    bytes: &'a [u8],
    at: usize,
}

impl Bits<'_> {
    fn bit(&mut self) -> Result<usize, Stop> {
        let byte = *self.bytes.get(self.at / 8).ok_or(Stop::End)?;
        let bit = byte >> (self.at % 8) & 1;
        self.at += 1;
        Ok(usize::from(bit))
    }

    fn number(&mut self, bits: usize) -> Result<usize, Stop> {
        (0..bits).try_fold(0, |number, place| Ok(number | self.bit()? << place))
    }

    fn align(&mut self) {
        self.at = self.at.next_multiple_of(8);
    }
}

/// A prefix code: how many codes there are of each length, and the symbols in their order.
struct Code {
    counts: [usize; LONGEST + 1],
    symbols: Vec<usize>,
}

impl Code {
    /// The code that these lengths of the symbols' codes make, and how many codes of the longest length are missing in it; `None` if
    /// there are more than fit.
    fn new(lengths: &[usize]) -> Option<(Self, usize)> {
        let mut counts = [0; LONGEST + 1];
        for length in lengths {
            counts[*length] += 1;
        }
        counts[0] = 0;
        let left = counts[1..].iter().try_fold(1_usize, |left, count| (2 * left).checked_sub(*count))?;
        let symbols = (1..=LONGEST).flat_map(|length| (0..lengths.len()).filter(move |symbol| lengths[*symbol] == length)).collect();
        Some((Code { counts, symbols }, left))
    }

    /// One symbol; an incomplete code has one of one bit at most.
    fn symbol(&self, bits: &mut Bits<'_>) -> Result<usize, Stop> {
        let (mut code, mut first, mut index) = (0, 0, 0);
        let longest = self.counts.iter().rposition(|count| *count > 0).unwrap_or(1);
        for count in &self.counts[1..=longest] {
            code |= bits.bit()?;
            if code < first + count {
                return Ok(self.symbols[index + code - first]);
            }
            index += count;
            first = (first + count) << 1;
            code <<= 1;
        }
        Err(CORRUPT)
    }
}

/// What comes out of a stream, behind `before`; how many bits and how much output its whole blocks are; whether its final block has ended.
fn decode(bytes: &[u8], skip: usize, before: &[u8], reach: usize) -> (Vec<u8>, (usize, usize), Result<bool, Bad>) {
    let mut bits = Bits { bytes, at: skip };
    let mut out = before.to_vec();
    let mut whole = (skip, out.len());
    loop {
        match block(&mut bits, &mut out, reach) {
            Ok(true) => {
                bits.align();
                whole = (bits.at, out.len());
                return (out, whole, Ok(true));
            }
            Ok(false) => whole = (bits.at, out.len()),
            Err(Stop::End) => return (out, whole, Ok(false)),
            Err(Stop::Bad(bad)) => return (out, whole, Err(bad)),
        }
    }
}

/// One block (RFC 1951 3.2.3); whether it is the final one.
fn block(bits: &mut Bits<'_>, out: &mut Vec<u8>, reach: usize) -> Result<bool, Stop> {
    let last = bits.bit()? == 1;
    match bits.number(2)? {
        0 => {
            bits.align();
            let (len, check) = (bits.number(16)?, bits.number(16)?);
            if len != !check & 0xffff {
                return Err(CORRUPT);
            }
            for _ in 0..len {
                out.push(u8::try_from(bits.number(8)?).unwrap_or_default());
            }
        }
        1 => {
            let lengths: Vec<usize> = (0..288)
                .map(|symbol| [8, 9, 7, 8][usize::from(symbol > 143) + usize::from(symbol > 255) + usize::from(symbol > 279)])
                .collect();
            let (literals, _) = Code::new(&lengths).ok_or(CORRUPT)?;
            let (distances, _) = Code::new(&[5; 32]).ok_or(CORRUPT)?;
            symbols(bits, out, reach, &literals, &distances)?;
        }
        2 => {
            let (literals, distances) = codes(bits)?;
            symbols(bits, out, reach, &literals, &distances)?;
        }
        _ => return Err(CORRUPT),
    }
    Ok(last)
}

/// The codes of a dynamic block (RFC 1951 3.2.7).
fn codes(bits: &mut Bits<'_>) -> Result<(Code, Code), Stop> {
    const ORDER: [usize; 19] = [16, 17, 18, 0, 8, 7, 9, 6, 10, 5, 11, 4, 12, 3, 13, 2, 14, 1, 15];
    let (literals, distances, count) = (257 + bits.number(5)?, 1 + bits.number(5)?, 4 + bits.number(4)?);
    if literals > 286 || distances > 30 {
        return Err(CORRUPT);
    }
    let mut lengths = [0; 19];
    for place in &ORDER[..count] {
        lengths[*place] = bits.number(3)?;
    }
    let (code, left) = Code::new(&lengths).ok_or(CORRUPT)?;
    if left > 0 {
        return Err(CORRUPT);
    }
    let mut lengths = Vec::new();
    while lengths.len() < literals + distances {
        let (length, times) = match code.symbol(bits)? {
            16 => {
                let times = 3 + bits.number(2)?;
                (*lengths.last().ok_or(CORRUPT)?, times)
            }
            17 => (0, 3 + bits.number(3)?),
            18 => (0, 11 + bits.number(7)?),
            length => (length, 1),
        };
        lengths.extend(std::iter::repeat_n(length, times));
    }
    if lengths.len() > literals + distances || lengths[256] == 0 {
        return Err(CORRUPT);
    }
    let (literals, distances) = lengths.split_at(literals);
    let whole_or_of_one_bit = |lengths: &[usize]| {
        let (code, left) = Code::new(lengths)?;
        (left == 0 || lengths.iter().all(|length| *length <= 1)).then_some(code)
    };
    Ok((whole_or_of_one_bit(literals).ok_or(CORRUPT)?, whole_or_of_one_bit(distances).ok_or(CORRUPT)?))
}

/// Literals and references up to the end of the block (RFC 1951 3.2.5).
fn symbols(bits: &mut Bits<'_>, out: &mut Vec<u8>, reach: usize, literals: &Code, distances: &Code) -> Result<(), Stop> {
    loop {
        let symbol = literals.symbol(bits)?;
        let len = match symbol {
            0..256 => {
                out.push(u8::try_from(symbol).unwrap_or_default());
                continue;
            }
            256 => return Ok(()),
            257..265 => symbol - 254,
            265..285 => {
                let extra = (symbol - 261) / 4;
                3 + ((4 + (symbol - 261) % 4) << extra) + bits.number(extra)?
            }
            285 => 258,
            _ => return Err(CORRUPT),
        };
        let distance = match distances.symbol(bits)? {
            symbol @ 0..4 => symbol + 1,
            symbol @ 4..30 => {
                let extra = symbol / 2 - 1;
                1 + ((2 + symbol % 2) << extra) + bits.number(extra)?
            }
            _ => return Err(CORRUPT),
        };
        if distance > out.len() {
            return Err(CORRUPT);
        }
        if distance > reach {
            return Err(Stop::Bad(Bad::Far));
        }
        for _ in 0..len {
            out.push(out[out.len() - distance]);
        }
    }
}
