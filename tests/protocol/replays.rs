//! Every script, replayed in every chunking and with every way of reading: the trace is always the expected one.

use crate::{
    harness::{Connection, Numbers},
    script::{self, Script, random_sizes},
    trace::check,
};

const SEEDS: u64 = 24;

/// Plays the whole script, ends the stream, and checks the trace. Returns how many direct reads there were.
fn replay(script: &Script, how: &str, set_up: impl FnOnce(&mut Connection), sizes: impl FnMut() -> usize) -> usize {
    let mut connection = Connection::connecting(script.limits);
    set_up(&mut connection);
    script.play(&mut connection, script.len(), sizes, |_, _| ());
    let context = format!("\"{}\" {how}", script.name);
    check(&connection.trace, &script.expected, &context);
    connection.fin();
    check(&connection.trace[script.expected.len()..], &Script::ending(script.progress(script.len()), true), &context);
    assert!(connection.is_over() && connection.wire.is_whole(), "{context}");
    connection.direct_reads
}

#[test]
fn there_are_enough_scripts() {
    assert!(script::all().len() >= 150, "{}", script::all().len());
}

#[test]
fn every_script_as_a_whole() {
    for script in script::all() {
        replay(&script, "as a whole", |_| (), || usize::MAX);
    }
}

#[test]
fn every_script_byte_by_byte() {
    for script in script::all() {
        replay(&script, "byte by byte", |_| (), || 1);
    }
}

#[test]
fn every_script_in_chunks_of_each_small_size() {
    for script in script::all() {
        for size in [2, 3, 5, 7, 13, 16_384] {
            replay(&script, &format!("in chunks of {size}"), |_| (), || size);
        }
    }
}

#[test]
fn every_script_in_random_chunks_with_and_without_direct_reads_and_windows_left_off() {
    let mut direct_reads = 0;
    for script in script::all() {
        for seed in 0..SEEDS {
            let mut numbers = Numbers(seed);
            let (direct, leave_off) = (seed % 2 == 1, seed % 4 > 1);
            let set_up = |connection: &mut Connection| {
                connection.direct = direct;
                connection.leave_off = leave_off;
            };
            let how = format!("in chunks of seed {seed}, direct {direct}, left off {leave_off}");
            direct_reads += replay(&script, &how, set_up, || random_sizes(&mut numbers));
        }
    }
    assert!(direct_reads > 100, "direct reads were offered {direct_reads} times only");
}

#[test]
fn every_script_as_a_whole_with_the_window_left_off_after_each_finding() {
    for script in script::all() {
        replay(&script, "left off", |connection| connection.leave_off = true, || usize::MAX);
    }
}

#[test]
fn every_script_over_a_network_that_takes_few_bytes_at_once() {
    for script in script::all() {
        for at_once in [1, 2, 3, 7] {
            replay(&script, &format!("written in pieces of {at_once}"), |connection| connection.at_once = at_once, || usize::MAX);
        }
    }
}
