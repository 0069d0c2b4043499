//! Opening handshakes that do not succeed: error, close(1006), and the failure says why.

mod cut;
mod head;
mod headers;
mod silence;
mod status;

use super::support::{
    client::{Client, ERROR, LOST, Mode, in_every_mode, options},
    server::{Server, wait},
};
use std::sync::mpsc;
use ws::protocol::{failure::Phase, limits::BODY_BYTES};

/// Checks, in every mode, that an answer is refused: the events, the failure with the answer in it, nothing more on the wire.
///
/// `protocols` are asked for; `status` is what was made out of the answer, 0 if it has no head; `text` is in the failure's text;
/// `answer` gets the head that would be right, which lacks its blank line, and returns what the server sends in place of it.
#[track_caller]
fn is_refused(protocols: &[&str], status: u16, text: &str, answer: impl Fn(&str) -> Vec<u8> + Clone + Send + Sync + 'static) {
    in_every_mode(|mode| is_refused_in(mode, protocols, status, text, answer.clone()));
}

fn is_refused_in(mode: Mode, protocols: &[&str], status: u16, text: &str, answer: impl Fn(&str) -> Vec<u8> + Send + 'static) {
    let (sent, answered) = mpsc::channel();
    let server = Server::new(move |peer| {
        let bytes = answer(&peer.read_request());
        sent.send(bytes.clone()).expect("the test waits");
        peer.send_what_is_taken(&bytes);
        peer.expect_end();
    });
    let options = options(|options| {
        options.protocols = protocols.iter().map(|&name| name.into()).collect();
        // What is refused of an answer to that offer is in `deflate.rs`.
        options.deflate.on = false;
    });
    let mut client = Client::connect_to(mode, &server.url(), options);
    assert_eq!(client.rest(), [ERROR, LOST], "{text}");
    let failure = client.socket.failure().expect("it was refused");
    assert_eq!((failure.phase, failure.http_status, failure.os_error), (Phase::Handshake, status, 0), "{}", failure.text);
    assert!(failure.text.contains(text), "{text:?} in {:?}", failure.text);

    let answered = wait(&answered);
    let (head, body) = if status == 0 {
        // As much as could be the beginning of a head.
        assert!(answered.len() >= failure.head.len() - 1, "{text}: more than came");
        (&answered[..failure.head.len() - 1], &b""[..])
    } else {
        answered.split_at(head_size(&answered))
    };
    // What follows an answer with a status below 200 is no body.
    let body = if status < 200 { b"" } else { &body[..body.len().min(BODY_BYTES)] };
    assert_eq!(failure.head, [head, b"\0"].concat(), "{text}");
    assert_eq!(failure.body, [body, b"\0"].concat(), "{text}");
    assert_eq!((client.socket.protocol(), client.socket.extensions()), (c"", c""));
    assert!(!server.is_asked_again(), "one attempt is all");
}

/// Bytes of the head at the beginning, the blank line included.
fn head_size(answer: &[u8]) -> usize {
    answer.windows(4).position(|four| four == b"\r\n\r\n").expect("a blank line") + 4
}

/// Row V18 of `docs/vulnerabilities.md`: clients that took such answers for an opening. Each table has its tests, which have each of its
/// rows refused; the answers with another status come on top.
#[test]
fn the_tables_of_bad_answers_have_more_than_sixty_rows() {
    let rows = headers::ALL.iter().map(|table| table.len()).sum::<usize>() + head::ALL.iter().map(|table| table.len()).sum::<usize>();
    assert!(rows > 60, "{rows}");
}
