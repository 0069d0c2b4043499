//! Messages of JSON-like text, compressed beforehand with context takeover (RFC 7692).

use crate::frames::{self, Block};
use zlib_rs::{Deflate, DeflateFlush, Status};

/// Different messages in a block.
const MESSAGES: usize = 1024;
/// zlib's default.
const LEVEL: i32 = 6;
/// What a compressed message leaves out.
const TAIL: [u8; 4] = [0, 0, 0xff, 0xff];

/// A block of messages of `size` bytes. The first refers to nothing before it, so that it can follow the last.
pub fn messages(size: usize) -> Block {
    let mut text = Text(1);
    let mut stream = Deflate::new(LEVEL, false, 15);
    Block::new((0..MESSAGES).map(|_| {
        let mut frame = Vec::new();
        frames::write_frame(&mut frame, frames::COMPRESSED | frames::TEXT, &compressed(&mut stream, &text.message(size)));
        frame
    }))
}

fn compressed(stream: &mut Deflate, message: &[u8]) -> Vec<u8> {
    let mut out = vec![0; message.len() + 64];
    let before = stream.total_out();
    let status = stream.compress(message, &mut out, DeflateFlush::SyncFlush).expect("a good stream");
    out.truncate(usize::try_from(stream.total_out() - before).expect("no more than there is room"));
    assert!(status == Status::Ok && out.ends_with(&TAIL), "there was room for all of it");
    out.truncate(out.len() - TAIL.len());
    out
}

/// Text as `drivers/bench.h` makes it, too.
struct Text(u32);

impl Text {
    fn number(&mut self, below: u32) -> u32 {
        self.0 = self.0.wrapping_mul(1_664_525).wrapping_add(1_013_904_223);
        (self.0 >> 8) % below
    }

    fn message(&mut self, len: usize) -> Vec<u8> {
        const SYMBOLS: [&str; 4] = ["BTC-USD", "ETH-USD", "SOL-EUR", "XRP-USD"];
        let mut text = String::new();
        while text.len() < len {
            let (id, symbol, price) = (self.number(1_000_000), SYMBOLS[self.number(4) as usize], self.number(100_000));
            let (amount, side) = (self.number(1_000), ["buy", "sell"][self.number(2) as usize]);
            let (whole, cents) = (price / 100, price % 100);
            text.extend([r#"{"id":"#, &id.to_string(), r#","symbol":""#, symbol, r#"","price":"#, &format!("{whole}.{cents:02}")]);
            text.extend([r#","amount":"#, &amount.to_string(), r#","side":""#, side, r#""},"#]);
        }
        text.truncate(len);
        text.into_bytes()
    }
}
