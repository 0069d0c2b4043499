//! Scripts made at random: frames in good and bad order, cut anywhere; changed response heads; paths and queries. The same ones each
//! time; `$BROWSER_SEED`, a number, makes others.

use crate::{
    scenario::{Scenario, When, close},
    support::server::{CLOSE, close_body, frame},
};

const KIND: &str = "random";

/// How many of each sort.
const COUNT: usize = 60;

/// Numbers at random (xorshift).
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 >> 33).expect("31 bits") % end
    }

    fn one_of<T: Copy>(&mut self, all: &[T]) -> T {
        all[self.below(all.len())]
    }
}

pub fn all() -> Vec<Scenario> {
    let seed: u64 = std::env::var("BROWSER_SEED").map_or(1, |seed| seed.parse().expect("BROWSER_SEED is a number"));
    let mut random = Random(seed.wrapping_mul(0x9e37_79b9_7f4a_7c15) | 1);
    let mut all = Vec::new();
    for number in 0..COUNT {
        all.push(frames(&mut random, &format!("random frames {number} of seed {seed}")));
        all.push(head(&mut random, &format!("random head {number} of seed {seed}")));
        all.push(resource(&mut random, &format!("random path and query {number} of seed {seed}")));
    }
    all
}

/// Frames, mostly in an order that may be; then the server closes, ends or cuts the connection.
fn frames(random: &mut Random, name: &str) -> Scenario {
    let payloads: [&[u8]; 8] = [b"", b"a", "€".as_bytes(), b"\xe2\x82", b"\xac", "😀".as_bytes(), b"\xc3", b"hello"];
    let firsts = [0x81, 0x81, 0x82, 0x01, 0x02, 0x00, 0x80, 0x80, 0x89, 0x8a];
    let (mut bytes, mut inside) = (Vec::new(), false);
    for _ in 0..=random.below(10) {
        let (first, payload) = (random.one_of(&firsts), random.one_of(&payloads));
        let fits = first >= CLOSE || inside == matches!(first, 0x00 | 0x80);
        if !fits && random.below(4) > 0 {
            continue;
        }
        if first < CLOSE {
            inside = first & 0x80 == 0;
        }
        bytes.extend(frame(first, payload));
    }
    let closes = random.below(2) == 0;
    if !closes && random.below(2) == 0 {
        bytes.truncate(random.below(bytes.len() + 1));
    }
    let mut cuts: Vec<usize> = (0..random.below(4)).map(|_| random.below(bytes.len() + 1)).collect();
    cuts.push(bytes.len());
    cuts.sort_unstable();
    let name = format!("{name}: {}{} in {} pieces", bytes.escape_ascii(), if closes { " and Close" } else { "" }, cuts.len());
    Scenario::new(KIND, name).accepted(move |server| {
        server.hide_why();
        let mut sent = 0;
        for cut in &cuts {
            server.send(&bytes[sent..*cut]);
            sent = *cut;
        }
        if !closes {
            server.end();
            return;
        }
        server.frames(&[(CLOSE, &close_body(1001, "end"))]);
        if server.until_close().is_some() {
            server.end();
        }
    })
}

/// A good response behind whose status line something was put in, taken away or replaced. (No CR alone and no other end of the
/// head: those are scenarios of their own.)
fn head(random: &mut Random, name: &str) -> Scenario {
    const BODY: &str = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: {accept}\r\nX-Y: z, w";
    let pieces = ["\r\n", "\n", " ", "\t", ":", ",", ";", "\"", "\0", "é", "\r\n ", "\n\t", "\u{b}", "(", "=", "Upgrade", "websocket", "0"];
    let mut lines = BODY.replace("\r\n", "\n");
    for _ in 0..=random.below(3) {
        let at = loop {
            let at = random.below(lines.len() + 1);
            if lines.is_char_boundary(at) {
                break at;
            }
        };
        if random.below(3) > 0 {
            lines.insert_str(at, random.one_of(&pieces).trim_start_matches('\r'));
        }
        if random.below(3) > 0 && at < lines.len() {
            lines.remove(at);
        }
    }
    while lines.contains("\n\n") {
        lines = lines.replace("\n\n", "\n");
    }
    let head = format!("HTTP/1.1 101 Switching Protocols\r\n{}\r\n\r\n", lines.trim_matches('\n').replace('\n', "\r\n"));
    Scenario::new(KIND, format!("{name}: {}", lines.escape_debug())).on(When::Open, [close(1000)]).server(move |server| {
        server.answer(head.as_bytes());
        server.finish();
    })
}

/// A path and a query of letters, escapes and all that is special in a URL.
fn resource(random: &mut Random, name: &str) -> Scenario {
    let pieces = [
        "/", "/", "//", "\\", ".", "..", "%2e", "%2E%2e", "%", "%4", "%zz", "?", "?", "&", "=", "+", " ", "\t", "\n", "\"", "'", "<", ">",
        "`", "{", "}", "^", "~", "é", "€", "😀", "\u{ad}", "\u{feff}", "\u{7f}", "\u{1}", ";", ":", "@", "[", "]", "*", "(", "!", "$", "a",
        "B", "#",
    ];
    let resource: String = (0..random.below(12)).map(|_| random.one_of(&pieces)).collect();
    let url = format!("ws://127.0.0.1:{{port}}/{resource}");
    Scenario::new(KIND, format!("{name}: {}", resource.escape_debug())).url(&url).on(When::Made, [close(1000)])
}
