//! The operations of the application that do not wait: outside and in callbacks.

use super::{
    c::{Ws, status_name},
    random::Random,
    run::Running,
    words::{Body, Payload, Sent, Took},
};
use std::time::Instant;
use ws::ffi::{
    constants::{WS_BINARY, WS_MORE, WS_NO_CODE, WS_TEXT},
    status::{WS_ERR_BUSY, WS_ERR_INVALID_UTF8, WS_ERR_NULL_POINTER, WS_ERR_SYNTAX, WS_OK},
};

/// A payload that no other message of the run has, but for the shortest.
pub fn payload(number: usize, len: usize) -> Vec<u8> {
    let mut bytes = format!("{number} ").into_bytes();
    let letter = b'a' + u8::try_from(number % 26).expect("a letter");
    bytes.resize(len, letter);
    bytes
}

/// The body of a server's Close frame.
pub fn body(random: &mut Random) -> Body {
    random.one_of(&[
        None,
        Some((1000, String::new())),
        Some((1001, "going".into())),
        Some((4999, "é".repeat(61))),
        Some((3000, "x".into())),
    ])
}

/// A response that is not the right one.
pub fn refuse(random: &mut Random) -> Vec<u8> {
    let head = "Upgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: AAAA\r\n";
    random.one_of(&[
        b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n".to_vec(),
        b"HTTP/1.1 302 Found\r\nLocation: /\r\nContent-Length: 0\r\n\r\n".to_vec(),
        format!("HTTP/1.1 101 Switching Protocols\r\n{head}\r\n").into_bytes(),
        b"garbage\r\n\r\n".to_vec(),
    ])
}

#[derive(Debug, Clone, Copy)]
enum Operation {
    Send,
    SendBad,
    Close,
    CloseBadly,
    Ping,
    Pause,
    Resume,
    Interrupt,
    Flush,
    ReadyState,
    BufferedAmount,
    Refuse,
    Free,
    /// Only in callbacks: what would wait for the loop that they run on.
    Take,
}

const OPERATIONS: [(usize, Operation); 13] = [
    (30, Operation::Send),
    (3, Operation::SendBad),
    (5, Operation::Close),
    (4, Operation::CloseBadly),
    (7, Operation::Ping),
    (3, Operation::Pause),
    (4, Operation::Resume),
    (3, Operation::Interrupt),
    (8, Operation::Flush),
    (20, Operation::ReadyState),
    (20, Operation::BufferedAmount),
    (2, Operation::Refuse),
    (3, Operation::Take),
];

/// One random operation.
pub fn operate(running: &mut Running, in_callback: bool) {
    let Some(ws) = running.ws else { return };
    // Outside, the run itself frees and takes.
    let frees = in_callback && running.random.percent(1);
    match if frees { Operation::Free } else { running.random.weighted(&OPERATIONS) } {
        Operation::Send => send(running, ws),
        Operation::SendBad => send_bad(running, ws),
        Operation::Close => close(running, ws),
        Operation::CloseBadly => close_badly(running, ws),
        Operation::Ping => ping(running, ws),
        Operation::Pause if running.settling => {}
        Operation::Pause => {
            let status = ws.pause(true);
            running.model.pauses();
            is_ok(running, "pause", status);
        }
        Operation::Resume => {
            let status = ws.pause(false);
            running.model.resumes();
            is_ok(running, "resume", status);
        }
        Operation::Interrupt => {
            let status = ws.interrupt();
            running.model.interrupts();
            is_ok(running, "interrupt", status);
        }
        Operation::Flush => {
            let status = ws.flush(0);
            let verdict = running.model.flushes(status, in_callback);
            running.note(&format!("flush(0): {}", status_name(status)), verdict);
        }
        Operation::ReadyState => {
            let state = ws.ready_state();
            let verdict = running.model.ready_state(state);
            running.note(&format!("ready_state: {state}"), verdict);
        }
        Operation::BufferedAmount => {
            let received = running.network.received().bytes;
            let amount = ws.buffered_amount();
            let verdict = running.model.buffered_amount(amount, received);
            running.note(&format!("buffered_amount: {amount}"), verdict);
        }
        Operation::Refuse => refuse_all(running),
        Operation::Free => {
            let before = ws.free();
            running.model.frees(before);
            running.note("free in the callback", Ok(()));
        }
        Operation::Take if in_callback => {
            let took = if running.random.percent(50) { ws.next_event(0) } else { Took::Status(ws.next_events(1, 0).0) };
            let verdict = running.model.asks_in_callback(&took);
            running.note(&format!("next_event(0) in the callback: {took:?}"), verdict);
            if let Some(own) = running.own_loop {
                let statuses = (own.dispatch(0), own.wait(1, 0).0);
                let verdict = if statuses == (WS_ERR_BUSY, WS_ERR_BUSY) { Ok(()) } else { Err(format!("not busy: {statuses:?}")) };
                running.note("dispatch and loop_wait in the callback", verdict);
            }
        }
        Operation::Take => {}
    }
}

fn is_ok(running: &mut Running, what: &str, status: i32) {
    let verdict = if status == WS_OK { Ok(()) } else { Err(status_name(status)) };
    running.note(what, verdict);
}

fn send(running: &mut Running, ws: Ws) {
    let random = &mut running.random;
    let len = match random.below(if running.large { 30 } else { 29 }) {
        0..4 => 0,
        4..18 => random.below(126),
        18..24 => random.below(1000),
        24..28 => random.below(70_000),
        28 => random.below(200_000),
        // More than the kernel takes while the server does not read.
        _ => 8 << 20,
    };
    let text = random.percent(50);
    let more = random.percent(20);
    running.number += 1;
    let bytes = payload(running.number, len);
    let kind = if text { WS_TEXT } else { WS_BINARY } | if more { WS_MORE } else { 0 };
    let status = ws.send(kind, &bytes);
    let payload = Payload::new(text, &bytes);
    let verdict = running.model.sends(Sent::Good, payload, status);
    running.note(&format!("send({payload:?}, more: {more}): {}", status_name(status)), verdict);
}

fn send_bad(running: &mut Running, ws: Ws) {
    let (sent, status) =
        if running.random.percent(50) { (Sent::BadType, ws.send(7, b"x")) } else { (Sent::BadText, ws.send(WS_TEXT, b"\xed\xa0\x80")) };
    let verdict = running.model.sends(sent, Payload::new(true, b""), status);
    running.note(&format!("send({sent:?}): {}", status_name(status)), verdict);
}

fn close(running: &mut Running, ws: Ws) {
    let longest = "r".repeat(123);
    let (code, reason) = running.random.one_of(&[
        (WS_NO_CODE, None),
        (1000, None),
        (1000, Some("done")),
        (3000, Some("")),
        (4999, Some("ü")),
        (4000, Some(longest.as_str())),
    ]);
    close_with(running, ws, code, reason.map(str::as_bytes));
}

fn close_badly(running: &mut Running, ws: Ws) {
    let long = [b'r'; 124];
    let (code, reason) = running.random.one_of(&[
        (0, None),
        (1001, None),
        (1005, Some(&b"x"[..])),
        (2999, None),
        (5000, None),
        (65_536 + 1000, None),
        (WS_NO_CODE, Some(b"a reason without a code")),
        (WS_NO_CODE, Some(b"")),
        (1000, Some(&long)),
        (1001, Some(&long)),
        (1000, Some(b"\xff")),
    ]);
    close_with(running, ws, code, reason);
}

fn close_with(running: &mut Running, ws: Ws, code: i32, reason: Option<&[u8]>) {
    let before = Instant::now();
    let status = ws.close(code, reason);
    let verdict = running.model.closes((code, reason), status, before);
    let reason = reason.map(|reason| reason.escape_ascii().to_string());
    running.note(&format!("close({code}, {reason:?}): {}", status_name(status)), verdict);
}

fn ping(running: &mut Running, ws: Ws) {
    running.number += 1;
    let long = running.random.percent(10);
    let bytes = if long { vec![0; 126] } else { payload(running.number, 8) };
    let status = ws.ping(&bytes);
    let payload = Payload::new(false, &bytes);
    let verdict = running.model.pings(payload, status);
    running.note(&format!("ping({payload:?}): {}", status_name(status)), verdict);
}

/// The constructor's errors, whatever other sockets do.
fn refuse_all(running: &mut Running) {
    let urls: [(Option<&[u8]>, i32); 8] = [
        (None, WS_ERR_NULL_POINTER),
        (Some(b""), WS_ERR_SYNTAX),
        (Some(b"no scheme"), WS_ERR_SYNTAX),
        (Some(b"ftp://127.0.0.1/"), WS_ERR_SYNTAX),
        (Some(b"ws://127.0.0.1/#"), WS_ERR_SYNTAX),
        (Some(b"ws://127.0.0.1:65536/"), WS_ERR_SYNTAX),
        (Some(b"ws://"), WS_ERR_SYNTAX),
        (Some(b"ws://127.0.0.1/\xff"), WS_ERR_INVALID_UTF8),
    ];
    let (url, right) = running.random.one_of(&urls);
    let status = Ws::refuse(url);
    let protocols = [&[c"a", c"b", c"a"][..], &[c""], &[c"with space"]];
    let protocol = Ws::refuse_protocol(running.random.one_of(&protocols));
    let verdict = if (status, protocol) == (right, WS_ERR_SYNTAX) { Ok(()) } else { Err("another error is right".into()) };
    running.note(&format!("connect to {url:?}: {}, protocols: {}", status_name(status), status_name(protocol)), verdict);
}
