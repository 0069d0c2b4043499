//! Responses with the status 101 whose headers are not those that RFC 6455 section 4.1 demands.
//!
//! Chromium refuses the like of each of them; it offers permessage-deflate, and refuses what it did not offer.

use super::is_refused;

/// The header that is other than it should be, its lines in the response (`<accept>` stands for the right Sec-WebSocket-Accept), and
/// words of the failure's text.
type Row = (&'static str, &'static [&'static str], &'static str);

/// All tables of this file.
pub const ALL: [&[Row]; 6] = [UPGRADE, CONNECTION, ACCEPT, EXTENSIONS, PROTOCOL, PROTOCOL_NOT_ASKED_FOR];

/// The right head with the lines of one header replaced.
fn with_header(right: &str, name: &str, values: &[&str]) -> Vec<u8> {
    let accept = right.lines().find_map(|line| line.strip_prefix("Sec-WebSocket-Accept: ")).expect("an accept");
    let others = right.lines().filter(|line| !line.starts_with(&format!("{name}:"))).map(str::to_owned);
    let own = values.iter().map(|value| {
        let value = value.replace("<accept>", accept).replace("<lower>", &accept.to_lowercase());
        format!("{name}: {}", value.replace("<upper>", &accept.to_uppercase()).replace("<cut>", &accept[..27]))
    });
    let lines: Vec<String> = others.chain(own).chain([String::new(), String::new()]).collect();
    lines.join("\r\n").into_bytes()
}

#[track_caller]
fn all_are_refused(protocols: &[&str], rows: &[Row]) {
    for &(name, values, text) in rows {
        is_refused(protocols, 101, text, move |right| with_header(right, name, values));
    }
}

const UPGRADE: &[Row] = &[
    ("Upgrade", &[], "the response has no Upgrade header; expected was \"websocket\""),
    ("Upgrade", &[""], "the response's Upgrade header is \"\""),
    ("Upgrade", &["h2c"], "the response's Upgrade header is \"h2c\"; expected was \"websocket\""),
    ("Upgrade", &["websocket2"], "Upgrade header is \"websocket2\""),
    ("Upgrade", &["websocket/13"], "Upgrade header is \"websocket/13\""),
    ("Upgrade", &["\"websocket\""], "Upgrade header is"),
    ("Upgrade", &["websocket, h2c"], "Upgrade header is \"websocket, h2c\""),
    ("Upgrade", &["h2c, websocket"], "Upgrade header is \"h2c, websocket\""),
    ("Upgrade", &["websocket,"], "Upgrade header is \"websocket,\""),
    ("Upgrade", &["websocket", "websocket"], "more than one Upgrade header (\"websocket\", then \"websocket\")"),
    ("Upgrade", &["websocket", "h2c"], "more than one Upgrade header (\"websocket\", then \"h2c\")"),
    ("Upgrade", &["", "websocket"], "more than one Upgrade header (\"\", then \"websocket\")"),
];

#[test]
fn a_missing_upgrade_is_refused() {
    all_are_refused(&[], &UPGRADE[..1]);
}

#[test]
fn another_upgrade_or_a_list_of_them_is_refused() {
    all_are_refused(&[], &UPGRADE[1..9]);
}

#[test]
fn a_repeated_upgrade_is_refused() {
    all_are_refused(&[], &UPGRADE[9..]);
}

const CONNECTION: &[Row] = &[
    ("Connection", &[], "the response has no Connection header; expected was \"Upgrade\""),
    ("Connection", &[""], "the response's Connection header is \"\"; expected was a list with \"Upgrade\""),
    ("Connection", &["close"], "Connection header is \"close\""),
    ("Connection", &["Upgrades"], "Connection header is \"Upgrades\""),
    ("Connection", &["\"Upgrade\""], "Connection header is"),
    ("Connection", &["keep-alive Upgrade"], "Connection header is \"keep-alive Upgrade\""),
    ("Connection", &["keep-alive; Upgrade"], "Connection header is \"keep-alive; Upgrade\""),
    ("Connection", &["close", "keep-alive"], "Connection header is \"close, keep-alive\""),
];

#[test]
fn a_missing_connection_is_refused() {
    all_are_refused(&[], &CONNECTION[..1]);
}

#[test]
fn a_connection_without_the_word_upgrade_is_refused_once_or_repeated() {
    all_are_refused(&[], &CONNECTION[1..]);
}

const ACCEPT: &[Row] = &[
    ("Sec-WebSocket-Accept", &[], "the response has no Sec-WebSocket-Accept header"),
    ("Sec-WebSocket-Accept", &[""], "the response's Sec-WebSocket-Accept header is \"\"; expected was"),
    // The answer to the key in the example of RFC 6455.
    ("Sec-WebSocket-Accept", &["s3pPLMBiTxaQ9kYGzzhZRbK+xOo="], "Accept header is \"s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\"; expected was"),
    ("Sec-WebSocket-Accept", &["<lower>"], "the response's Sec-WebSocket-Accept header is"),
    ("Sec-WebSocket-Accept", &["<upper>"], "the response's Sec-WebSocket-Accept header is"),
    ("Sec-WebSocket-Accept", &["\"<accept>\""], "the response's Sec-WebSocket-Accept header is"),
    ("Sec-WebSocket-Accept", &["<cut>"], "the response's Sec-WebSocket-Accept header is"),
    ("Sec-WebSocket-Accept", &["<accept>="], "the response's Sec-WebSocket-Accept header is"),
    ("Sec-WebSocket-Accept", &["<accept>, <accept>"], "the response's Sec-WebSocket-Accept header is"),
    ("Sec-WebSocket-Accept", &["<accept>", "<accept>"], "more than one Sec-WebSocket-Accept header"),
    ("Sec-WebSocket-Accept", &["<accept>", "x"], "more than one Sec-WebSocket-Accept header"),
    ("Sec-WebSocket-Accept", &["x", "<accept>"], "more than one Sec-WebSocket-Accept header"),
];

#[test]
fn a_missing_accept_is_refused() {
    all_are_refused(&[], &ACCEPT[..1]);
}

#[test]
fn a_wrong_accept_is_refused_and_so_is_the_right_one_in_another_form() {
    all_are_refused(&[], &ACCEPT[1..9]);
}

#[test]
fn a_repeated_accept_is_refused_even_the_same() {
    all_are_refused(&[], &ACCEPT[9..]);
}

const EXTENSIONS: &[Row] = &[
    ("Sec-WebSocket-Extensions", &["permessage-deflate"], "Extensions header is \"permessage-deflate\"; expected was no such header"),
    ("Sec-WebSocket-Extensions", &["permessage-deflate; server_no_context_takeover"], "as no extension was offered"),
    ("Sec-WebSocket-Extensions", &["x-unknown"], "Extensions header is \"x-unknown\""),
    ("Sec-WebSocket-Extensions", &["a, b"], "Extensions header is \"a, b\""),
    ("Sec-WebSocket-Extensions", &[""], "Extensions header is \"\""),
    ("Sec-WebSocket-Extensions", &["permessage-deflate", "permessage-deflate"], "as no extension was offered"),
];

#[test]
fn an_extension_nobody_offered_is_refused_and_even_an_empty_header_or_a_repeated_one() {
    all_are_refused(&[], EXTENSIONS);
}

/// Asked for are a and b.
const PROTOCOL: &[Row] = &[
    ("Sec-WebSocket-Protocol", &[], "the response has no Sec-WebSocket-Protocol header; expected was one of \"a, b\""),
    ("Sec-WebSocket-Protocol", &[""], "the response's Sec-WebSocket-Protocol header is \"\"; expected was one of \"a, b\""),
    ("Sec-WebSocket-Protocol", &["A"], "Protocol header is \"A\""),
    ("Sec-WebSocket-Protocol", &["c"], "Protocol header is \"c\"; expected was one of \"a, b\""),
    ("Sec-WebSocket-Protocol", &["\"a\""], "Sec-WebSocket-Protocol header is"),
    ("Sec-WebSocket-Protocol", &["a, b"], "Protocol header is \"a, b\""),
    ("Sec-WebSocket-Protocol", &["a,"], "Protocol header is \"a,\""),
    ("Sec-WebSocket-Protocol", &["a", "a"], "more than one Sec-WebSocket-Protocol header (\"a\", then \"a\")"),
    ("Sec-WebSocket-Protocol", &["a", "b"], "more than one Sec-WebSocket-Protocol header (\"a\", then \"b\")"),
];

#[test]
fn a_subprotocol_that_is_not_confirmed_is_refused_and_so_is_an_empty_confirmation() {
    all_are_refused(&["a", "b"], &PROTOCOL[..2]);
}

#[test]
fn a_subprotocol_in_another_case_is_refused() {
    all_are_refused(&["a", "b"], &PROTOCOL[2..3]);
}

#[test]
fn a_subprotocol_that_was_not_offered_is_refused() {
    all_are_refused(&["a", "b"], &PROTOCOL[3..5]);
}

#[test]
fn two_subprotocols_are_refused_in_one_line_or_two() {
    all_are_refused(&["a", "b"], &PROTOCOL[5..]);
}

const PROTOCOL_NOT_ASKED_FOR: &[Row] = &[
    ("Sec-WebSocket-Protocol", &["chat"], "Protocol header is \"chat\"; expected was no such header, as no subprotocol was offered"),
    ("Sec-WebSocket-Protocol", &[""], "Protocol header is \"\"; expected was no such header"),
    ("Sec-WebSocket-Protocol", &["chat", "chat"], "as no subprotocol was offered"),
];

#[test]
fn a_subprotocol_nobody_asked_for_is_refused() {
    all_are_refused(&[], PROTOCOL_NOT_ASKED_FOR);
}
