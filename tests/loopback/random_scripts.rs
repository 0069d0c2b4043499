//! Random servers: every event comes exactly once, in order, and the close event last, in each way of taking them.

use super::support::{
    client::{Client, ERROR, LOST, OPEN, binary, clean, in_every_mode, text},
    server::{BINARY, CLOSE, PING, Peer, Server, TEXT, close_body, frame},
};
use std::{
    collections::hash_map::RandomState,
    hash::{BuildHasher, Hasher},
};

const SCRIPTS: u64 = 200;

/// A small generator: splitmix64.
struct Random(u64);

impl Random {
    fn below(&mut self, end: usize) -> usize {
        self.0 = self.0.wrapping_add(0x9e37_79b9_7f4a_7c15);
        let mut word = self.0;
        word = (word ^ (word >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
        word = (word ^ (word >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
        usize::try_from((word ^ (word >> 31)) >> 33).expect("31 bits") % end
    }
}

/// How the server ends the connection.
#[derive(Debug, Clone, Copy)]
enum Ending {
    Close(u16),
    EmptyClose,
    Fin,
    FinInAFrame,
    Reset,
    Breach,
    BadText,
}

/// What a server sends and what the application is to see.
#[derive(Debug)]
struct Play {
    packets: Vec<Vec<u8>>,
    ending: Ending,
    seen: Vec<String>,
}

fn random_play(seed: u64) -> Play {
    let mut random = Random(seed);
    let mut play = Play { packets: vec![vec![]], ending: Ending::Fin, seen: vec![OPEN.into()] };
    for number in 0..random.below(12) {
        let payload = format!("{number}{}", "x".repeat([0, 0, 120, 200, 900][random.below(5)]));
        let bytes = payload.as_bytes();
        let mut packet = vec![];
        match random.below(4) {
            0 => packet.extend(frame(TEXT, bytes)),
            1 => packet.extend(frame(BINARY, bytes)),
            2 => {
                // In parts, with a ping between them.
                let (first, second) = bytes.split_at(random.below(bytes.len() + 1));
                packet.extend([frame(TEXT & 0x7f, first), frame(PING, b"between"), frame(0x80, second)].concat());
            }
            _ => {
                packet.extend(frame(PING, b""));
                packet.extend(frame(BINARY, bytes));
            }
        }
        let is_text = packet[0] & 0x0f == 1;
        play.seen.push(if is_text { text(&payload) } else { binary(bytes) });
        if random.below(3) == 0 {
            play.packets.push(vec![]);
        }
        play.packets.last_mut().expect("there is one").extend(packet);
    }
    play.ending = match random.below(7) {
        0 => Ending::Close(1000 + u16::try_from(random.below(4)).expect("a code")),
        1 => Ending::EmptyClose,
        2 => Ending::Fin,
        3 => Ending::FinInAFrame,
        4 => Ending::Reset,
        5 => Ending::Breach,
        _ => Ending::BadText,
    };
    match play.ending {
        Ending::Close(code) => play.seen.push(clean(code, "bye")),
        Ending::EmptyClose => play.seen.push(clean(1005, "")),
        Ending::Fin | Ending::FinInAFrame | Ending::Reset => play.seen.push(LOST.into()),
        Ending::Breach | Ending::BadText => play.seen.extend([ERROR.into(), LOST.into()]),
    }
    play
}

/// Plays it: the last packet goes out together with the ending.
fn perform(peer: &mut Peer, play: &Play) {
    let (last, before) = play.packets.split_last().expect("there is one");
    peer.accept_with("", before.first().map_or(b"", Vec::as_slice));
    for packet in before.iter().skip(1) {
        peer.send(packet);
    }
    let ending = match play.ending {
        Ending::Close(code) => frame(CLOSE, &close_body(code, "bye")),
        Ending::EmptyClose => frame(CLOSE, b""),
        Ending::Fin | Ending::Reset => vec![],
        Ending::FinInAFrame => frame(TEXT, b"cut")[..3].to_vec(),
        Ending::Breach => frame(0x83, b""),
        Ending::BadText => frame(TEXT, b"\xc0"),
    };
    peer.send(&[last.as_slice(), &ending].concat());
    match play.ending {
        Ending::Reset => {
            peer.wait_until_received();
            peer.reset();
        }
        Ending::Fin | Ending::FinInAFrame => {
            peer.fin();
            peer.drain();
        }
        Ending::Breach | Ending::BadText => peer.drain(),
        Ending::Close(_) | Ending::EmptyClose => {
            // Pongs may come before the answer.
            while peer.read_frame().0 != CLOSE {}
            peer.end();
        }
    }
}

#[test]
fn every_event_of_a_random_server_comes_once_and_the_close_event_last() {
    let seed = RandomState::new().build_hasher().finish() >> 16;
    println!("seed {seed}");
    in_every_mode(|mode| {
        for number in 0..SCRIPTS {
            let play = random_play(seed + number);
            let expected = play.seen.clone();
            let ending = play.ending;
            let server = Server::new(move |peer| perform(peer, &play));
            let mut client = Client::connect(mode, &server);
            assert_eq!(client.rest(), expected, "{mode:?}, seed {}, {ending:?}", seed + number);
        }
    });
}
