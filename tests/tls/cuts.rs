//! A session over TLS that is cut, reset or falls silent after each byte that the server sends: one close event with the right code,
//! the right phase and words, and a loop that waits in the kernel.

use super::support::{
    certificates::{Authority, NAMES},
    client::{Client, ERROR, LOST, MODES, OPEN, clean, in_every_mode, not_clean, options, text, within},
    server::{CLOSE, Peer, Server, TEXT, close_body, frame, wait},
    wire::{Fault, trust},
};
use rustls::{
    SupportedProtocolVersion,
    version::{TLS12, TLS13},
};
use std::{
    io::{self, Write},
    net::Shutdown,
    sync::{Arc, mpsc},
    time::Duration,
};
use ws::{
    client::{options::Options, socket::ReadyState},
    protocol::failure::{Failure, Phase},
};

/// What the server does after a byte.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Act {
    Fin,
    Reset,
    Silence,
}

/// A whole session: handshake, response, message, Close and its echo, the end of TLS.
pub fn session(peer: &mut Peer) -> io::Result<()> {
    messages(peer)?;
    peer.wire().with_tls(|tls| tls.send_close_notify());
    peer.wire().flush()
}

/// The same without its end.
fn messages(peer: &mut Peer) -> io::Result<()> {
    let head = peer.read_request_or_end()? + "\r\n";
    peer.wire().write_all(head.as_bytes())?;
    peer.wire().write_all(&frame(TEXT, b"message"))?;
    peer.wire().write_all(&frame(CLOSE, &close_body(1000, "bye")))?;
    let echo = peer.read_frame_or_end()?;
    assert_eq!(echo, (CLOSE, close_body(1000, "bye")));
    Ok(())
}

/// Options with which each handshake is a whole one.
pub fn whole_handshakes() -> Options {
    options(|options| {
        trust(options);
        Arc::make_mut(&mut options.tls).resumption = false;
        options.limits.close_timeout = Duration::from_millis(1);
    })
}

/// Runs sessions that end after each number of bytes, each in one of the modes; what `check` is given: the events, and why.
fn everywhere(version: &'static SupportedProtocolVersion, act: Act, check: impl Fn(&[String], Option<&Failure>, &str) + Sync) {
    in_every_mode(|mode| {
        let first = MODES.iter().position(|other| *other == mode).unwrap();
        let config = Authority::of_tests().sign(&NAMES, |_| ()).server_of(&[version]);
        let (said, is_said) = mpsc::channel();
        let server = Server::secure(config, move |peer| {
            let mut place = first;
            loop {
                peer.wire().spoil(Fault::CutAfter(place));
                // For the end the client waits some seconds: once is enough.
                let whole = if act == Act::Silence { messages(peer) } else { session(peer) }.is_ok();
                match act {
                    Act::Fin => drop(peer.tcp().shutdown(Shutdown::Write)),
                    Act::Reset => {
                        peer.wait_until_received();
                        peer.reset();
                    }
                    Act::Silence => peer.wait_until_received(),
                }
                said.send(whole).unwrap();
                if act != Act::Reset {
                    io::copy(&mut peer.tcp(), &mut io::sink()).ok();
                }
                if whole {
                    return;
                }
                place += MODES.len();
                assert!(peer.next_connection(super::support::server::GUARD));
            }
        });
        let mut place = first;
        loop {
            let mut client = Client::connect_to(mode, &server.url(), whole_handshakes());
            let (seen, whole) = if act == Act::Silence { silent(&mut client, &is_said) } else { (client.rest(), wait(&is_said)) };
            let name = format!("{act:?} after {place} bytes in {mode:?}");
            let failure = client.socket.failure();
            // Without a failure both Close frames have come.
            assert!(failure.is_some() || seen.last().is_some_and(|last| last.contains("close 1000 'bye'")), "{name}: {seen:?}");
            check(&seen, failure, &name);
            if whole {
                return;
            }
            place += MODES.len();
        }
    });
}

/// The events of a socket whose server falls silent, which is closed then; and whether the session was whole.
fn silent(client: &mut Client, is_said: &mpsc::Receiver<bool>) -> (Vec<String>, bool) {
    let mut seen = vec![];
    let whole = loop {
        if client.state() == ReadyState::Closed {
            break wait(is_said);
        }
        seen.extend(client.take_by(within(Duration::from_millis(1))));
        if let Ok(whole) = is_said.try_recv() {
            break whole;
        }
    };
    if client.state() != ReadyState::Closed
        && let Some(event_loop) = client.event_loop.clone()
    {
        // What has come is worked on.
        seen.extend(client.take_by(within(Duration::from_millis(2))));
        let before = event_loop.turn();
        if client.state() != ReadyState::Closed {
            seen.extend(client.take_by(within(Duration::from_millis(4))));
        }
        let turns = event_loop.turn() - before;
        assert!(turns <= 12, "{turns} turns while nothing comes");
    }
    client.socket.close(None, None).unwrap();
    while !seen.last().is_some_and(|last| last.contains(": close ")) {
        seen.push(client.take());
    }
    client.check_over();
    (seen, whole)
}

/// The events of a session that ended somewhere.
pub fn check_events(seen: &[String], name: &str) {
    let (open, message) = (OPEN.to_owned(), text("message"));
    let ways = [
        vec![ERROR.to_owned(), LOST.to_owned()],
        vec![open.clone(), LOST.to_owned()],
        vec![open.clone(), message.clone(), LOST.to_owned()],
        vec![open.clone(), message.clone(), clean(1000, "bye")],
        // A reset behind both Close frames.
        vec![open, message, not_clean(1000, "bye")],
    ];
    let ways = &ways[..if name.starts_with("Reset") { 5 } else { 4 }];
    assert!(ways.iter().any(|way| way == seen), "{name}: {seen:?}");
}

#[test]
fn a_fin_after_any_byte_is_one_close_event_and_the_failure_says_where() {
    for version in [&TLS12, &TLS13] {
        let reached = std::sync::Mutex::new(std::collections::BTreeSet::new());
        everywhere(version, Act::Fin, |seen, failure, name| {
            check_events(seen, name);
            let refused = seen[0] == ERROR;
            reached.lock().unwrap().insert(failure.map_or(0, |failure| failure.phase as u8));
            let Some(failure) = failure else { return };
            assert_eq!((failure.os_error, failure.tls_alert, failure.http_status), (0, None, 0), "{name}");
            let (phases, words) = if !refused {
                (vec![Phase::Open, Phase::Closing], "without TLS's close_notify")
            } else if failure.phase == Phase::Tls {
                (vec![Phase::Tls], "failed: the server ended the TCP connection during the TLS handshake\0")
            } else {
                (vec![Phase::Handshake], "")
            };
            assert!(phases.contains(&failure.phase) && failure.text.contains(words), "{name}: {failure:?}");
        });
        let reached = reached.into_inner().unwrap();
        for phase in [Phase::Tls as u8, Phase::Handshake as u8, Phase::Open as u8, 0] {
            assert!(reached.contains(&phase), "{phase} in {reached:?}");
        }
    }
}

#[test]
fn a_reset_after_any_byte_is_one_close_event() {
    for version in [&TLS12, &TLS13] {
        everywhere(version, Act::Reset, |seen, failure, name| {
            check_events(seen, name);
            if let Some(failure) = failure {
                let phases = if seen[0] == ERROR { &[Phase::Tls, Phase::Handshake] } else { &[Phase::Open, Phase::Closing] };
                assert!(phases.contains(&failure.phase), "{name}: {failure:?}");
                assert!([libc::ECONNRESET, libc::EPIPE].contains(&failure.os_error), "{name}: {failure:?}");
            }
        });
    }
}

#[test]
fn silence_after_any_byte_lets_the_loop_wait_and_a_close_end_it() {
    for version in [&TLS12, &TLS13] {
        everywhere(version, Act::Silence, |seen, failure, name| {
            check_events(seen, name);
            let Some(failure) = failure else { return };
            // A thread that is busy may not have looked at what has come.
            let phases = if seen[0] == ERROR { &[Phase::Tcp, Phase::Tls, Phase::Handshake][..] } else { &[Phase::Open, Phase::Closing] };
            assert!(phases.contains(&failure.phase), "{name}: {failure:?}");
        });
    }
}

/// TLS ends as soon as all is said: our echo goes the other way.
#[test]
fn an_end_of_tls_right_behind_the_close_frame_is_clean() {
    for version in [&TLS12, &TLS13] {
        in_every_mode(|mode| {
            let config = Authority::of_tests().sign(&NAMES, |_| ()).server_of(&[version]);
            let server = Server::secure(config, |peer| {
                peer.accept_with("", &[frame(TEXT, b"message"), frame(CLOSE, &close_body(1000, "bye"))].concat());
                peer.fin();
                peer.expect_close(1000, "bye");
                peer.expect_end();
            });
            let mut client = Client::connect(mode, &server);
            assert_eq!(client.rest(), [OPEN, &text("message"), &clean(1000, "bye")]);
        });
    }
}
