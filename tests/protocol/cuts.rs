//! Every script, cut after every byte by FIN, by RST and by silence: one close event, the right one, and no hang.

use crate::{
    harness::{Connection, HEAD},
    script::{self, Progress, Script},
    trace::{Entry, check},
};
use std::time::Duration;
use ws::protocol::limits::LINGER;

const INTERVAL: Duration = Duration::from_secs(15);

#[derive(Debug, Clone, Copy)]
enum Cut {
    Fin,
    Reset,
    Silence,
}

/// Where a script is cut: everywhere, but in long ones only near the ends. The opening handshake is the same in all.
fn places(script: &Script, from: usize) -> impl Iterator<Item = usize> {
    let len = script.len();
    (from..=len).filter(move |place| *place < HEAD.len() + 300 || *place + 50 >= len)
}

/// How many entries the trace has after each number of bytes, one by one.
fn lengths(script: &Script) -> Vec<usize> {
    let mut lengths = vec![0; script.len() + 1];
    let mut connection = Connection::connecting(script.limits);
    script.play(&mut connection, script.len(), || 1, |connection, played| lengths[played] = connection.trace.len());
    lengths
}

/// `room` is what the network takes of our frames: nothing or everything.
fn cut(script: &Script, place: usize, seen: usize, how: Cut, room: usize) {
    let mut limits = script.limits;
    if matches!(how, Cut::Silence) {
        // Else silence alone never ends an open connection.
        limits.ping_interval = Some(INTERVAL);
    }
    let mut connection = Connection::connecting(limits);
    connection.room = room;
    script.play(&mut connection, place, || usize::MAX, |_, _| ());
    let context = format!("\"{}\" cut after {place} bytes by {how:?}, room {room}", script.name);
    let mut expected = script.expected[..seen].to_vec();
    if room == 0 {
        expected.retain(|entry| !matches!(entry, Entry::Sent(..) | Entry::Shutdown));
    }
    check(&connection.trace, &expected, &context);

    let progress = script.progress(place);
    match how {
        Cut::Fin => connection.fin(),
        Cut::Reset => connection.reset(),
        Cut::Silence => connection.run_out(),
    }
    let tail: Vec<Entry> = connection.trace[expected.len()..].iter().filter(|entry| !is_keep_alive(entry)).cloned().collect();
    // It is clean only if our Close frame has gone out, too.
    let clean = room > 0 && !matches!(how, Cut::Reset);
    check(&tail, &Script::ending(progress, clean), &context);
    assert!(connection.is_over(), "{context}");
    assert_eq!(connection.deadline(), None, "{context}");
    let closes = connection.trace.iter().filter(|entry| matches!(entry, Entry::Close { .. })).count();
    assert_eq!(closes, 1, "{context}");
    if matches!(how, Cut::Silence) {
        assert_eq!(connection.closed_at, Some(time_out(script, progress, room)), "{context}");
    }
}

fn is_keep_alive(entry: &Entry) -> bool {
    matches!(entry, Entry::Sent(0x89, payload) if payload.starts_with(b"live"))
}

/// When silence from the start on ends a connection that has come so far.
fn time_out(script: &Script, progress: &Progress, room: usize) -> Duration {
    let limits = &script.limits;
    match progress {
        Progress { opened: false, .. } => limits.handshake_timeout,
        Progress { breached: true, .. } => Duration::ZERO,
        Progress { server: Some(_), .. } if room > 0 => LINGER,
        Progress { server: Some(_), .. } | Progress { ours: true, .. } => limits.close_timeout,
        _ => INTERVAL + limits.ping_timeout,
    }
}

fn cut_all(how: Cut, room: usize) {
    for (index, script) in script::all().iter().enumerate() {
        let lengths = lengths(script);
        let from = if index == 0 { 0 } else { HEAD.len() };
        for place in places(script, from) {
            cut(script, place, lengths[place], how, room);
        }
    }
}

#[test]
fn every_script_cut_after_every_byte_by_fin() {
    cut_all(Cut::Fin, usize::MAX);
}

#[test]
fn every_script_cut_after_every_byte_by_rst() {
    cut_all(Cut::Reset, usize::MAX);
}

#[test]
fn every_script_cut_after_every_byte_by_silence() {
    cut_all(Cut::Silence, usize::MAX);
}

#[test]
fn every_script_cut_after_every_byte_by_fin_while_nothing_goes_out() {
    cut_all(Cut::Fin, 0);
}

#[test]
fn every_script_cut_after_every_byte_by_rst_while_nothing_goes_out() {
    cut_all(Cut::Reset, 0);
}

#[test]
fn every_script_cut_after_every_byte_by_silence_while_nothing_goes_out() {
    cut_all(Cut::Silence, 0);
}
