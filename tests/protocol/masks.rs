//! Masking keys that nobody can foresee (RFC 6455 section 5.3; CVE-2025-10148, GHSA-w67g-5rqw-f597): those of real connections, with
//! the operating system's randomness. Each bound is so wide that chance breaks it less than once in 10^9 runs.

use crate::harness::KEY;
use std::{collections::HashSet, sync::Arc, time::Instant};
use ws::{
    net::random,
    protocol::{Kind, frame, limits::Limits, reader::Control, segments::Supply, writer::Writer},
};

const FRAMES: usize = 10_000;

/// The masking keys of so many frames of one connection: messages of changing lengths with pongs among them.
fn keys(frames: usize, now: Instant) -> Vec<[u8; 4]> {
    let mut writer = Writer::new(&Limits::default(), Arc::new(Supply::new(random::fill)), now);
    let mut keys = Vec::new();
    while keys.len() < frames {
        match keys.len() % 10 {
            9 => writer.handle_control(Control::Ping(vec![0; 5]), now),
            number => assert!(writer.send(Kind::Binary, &vec![0; number * 40])),
        }
        let mut bytes = Vec::new();
        while !writer.poll_transmit().is_empty() {
            bytes.extend_from_slice(writer.poll_transmit());
            writer.handle_transmitted(writer.poll_transmit().len(), || now);
        }
        let (header, payload) = frame::client_sizes(&bytes);
        assert_eq!(bytes.len(), header + payload, "one frame at a time");
        keys.push(bytes[header - 4..header].try_into().unwrap());
    }
    keys
}

/// How many of the keys were there before.
fn repeated(keys: &[[u8; 4]]) -> usize {
    keys.len() - keys.iter().collect::<HashSet<_>>().len()
}

#[test]
fn ten_thousand_frames_have_as_many_masking_keys_but_for_chance() {
    // 0.012 pairs are expected; 4 or more come about in 8 of 10^10 runs.
    let repeated = repeated(&keys(FRAMES, Instant::now()));
    assert!(repeated < 4, "{repeated} masking keys were there before");
}

#[test]
fn every_byte_of_the_masking_keys_is_evenly_distributed_and_not_too_evenly() {
    let keys = keys(FRAMES, Instant::now());
    for place in 0..4 {
        let mut counts = [0_u32; 256];
        for key in &keys {
            counts[usize::from(key[place])] += 1;
        }
        let expected = 10_000.0 / 256.0;
        let chi_squared: f64 = counts.iter().map(|count| (f64::from(*count) - expected).powi(2) / expected).sum();
        // 255 degrees of freedom: beyond 450 in 1 of 10^11 runs; below 120, as a counter would be, in 1 of 10^13.
        assert!((120.0..450.0).contains(&chi_squared), "byte {place}: chi squared is {chi_squared}");
    }
}

#[test]
fn at_one_and_the_same_moment_each_connection_has_other_masking_keys() {
    let now = Instant::now();
    let all: Vec<[u8; 4]> = (0..20).flat_map(|_| keys(100, now)).collect();
    // 2,000 keys: 0.0005 pairs are expected; 3 or more come about in 2 of 10^11 runs.
    assert!(repeated(&all) < 3, "connections that begin at the same moment share masking keys");
}

#[test]
fn a_masking_key_does_not_follow_from_the_one_before() {
    let keys = keys(FRAMES, Instant::now());
    let numbers: Vec<u32> = keys.iter().map(|key| u32::from_be_bytes(*key)).collect();
    for (name, step) in [("difference", u32::wrapping_sub as fn(u32, u32) -> u32), ("exclusive or", |a, b| a ^ b)] {
        let steps: HashSet<u32> = numbers.windows(2).map(|pair| step(pair[1], pair[0])).collect();
        assert!(numbers.len() - 1 - steps.len() < 4, "one {name} comes again and again");
    }
}

#[test]
fn the_key_of_the_handshake_is_sixteen_bytes_and_another_each_time() {
    let keys: HashSet<String> = (0..1000)
        .map(|_| {
            let mut bytes = [0; 16];
            random::fill(&mut bytes);
            ws::spec::request::key(bytes)
        })
        .collect();
    assert_eq!(keys.len(), 1000);
    assert!(keys.iter().all(|key| key.len() == KEY.len() && key.ends_with("==")));
}
