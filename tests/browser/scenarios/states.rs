//! `send()` and `close()` in every state, with good and bad arguments.

use crate::{
    recorder::GOOD,
    scenario::{Scenario, Step, When, close, close_with},
    support::server::{TEXT, frame},
};

const KIND: &str = "states";

/// Arguments of `close()` that are refused, in the order in which they are tried.
fn bad_closes() -> Vec<Step> {
    let mut steps: Vec<Step> = [-1000, -2, 0, 1, 999, 1001, 1005, 1006, 1015, 2999, 5000, 65535, 66536].map(close).to_vec();
    steps.extend([
        close_with(1001, &"x".repeat(124)),
        close_with(1000, &"x".repeat(124)),
        close_with(3000, &"é".repeat(62)),
        Step::Close(None, Some("why".into())),
        Step::Close(None, Some(String::new())),
    ]);
    steps
}

pub fn all() -> Vec<Scenario> {
    let mut all = vec![
        Scenario::new(KIND, "bad arguments of close() while CONNECTING change nothing").on(When::Made, bad_closes()).accepted(|server| {
            server.close(1000, "");
        }),
        Scenario::new(KIND, "bad arguments of close() while OPEN change nothing")
            .on(When::Open, [bad_closes(), vec![Step::Text("still open"), close(1000)]].concat())
            .accepted_and_finished(),
        Scenario::new(KIND, "bad arguments of close() while CLOSING are refused too")
            .on(When::Open, [vec![close(1000)], bad_closes()].concat())
            .accepted_and_finished(),
        Scenario::new(KIND, "bad arguments of close() while CLOSED are refused too")
            .on(When::Open, [close(1000)])
            .on(When::Close, [bad_closes(), vec![close(1000), close_with(3000, "again"), Step::Close(None, None)]].concat())
            .accepted_and_finished(),
        Scenario::new(KIND, "send() while CONNECTING is refused and not counted")
            .on(When::Made, [Step::Text("early"), Step::Buffered, Step::Binary(3), Step::Buffered, Step::Go])
            .on(When::Open, [Step::Buffered, Step::Text("in time"), close(1000)])
            .server(|server| {
                server.answer(b"");
                server.wait_for_go();
                let head = GOOD.replace("{accept}", &server.accept_key());
                server.send(head.as_bytes());
                server.finish();
            }),
        Scenario::new(KIND, "send() in the close event is counted and not sent")
            .on(When::Open, [close(1000)])
            .on(When::Close, [Step::Text("late"), Step::Buffered])
            .accepted_and_finished(),
        Scenario::new(KIND, "send() and close() in the error event")
            .on(When::Error, [Step::Text("late"), Step::Buffered, close(1000)])
            .accepted(|server| {
                server.send(&frame(0x83, b""));
                server.until_end();
            }),
        Scenario::new(KIND, "send() and close() in the error event of a refused handshake")
            .on(When::Error, [Step::Text("late"), Step::Buffered, close(1000)])
            .on(When::Close, [Step::Buffered, Step::Attributes])
            .server(|server| {
                server.answer(b"HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n");
                server.until_end();
            }),
        Scenario::new(KIND, "close() in the open event, with messages behind the handshake").on(When::Open, [close(1000)]).server(
            |server| {
                server.answer(&[GOOD.as_bytes(), &frame(TEXT, b"not delivered")].concat());
                server.finish();
            },
        ),
        Scenario::new(KIND, "close() in the first of two messages of one packet").on(When::Message(1), [close(1000)]).accepted(|server| {
            server.frames(&[(TEXT, b"one"), (TEXT, b"two")]);
            server.finish();
        }),
    ];
    let aborted: [(&str, Step); 4] = [
        ("close() while CONNECTING", Step::Close(None, None)),
        ("close(1000) while CONNECTING", close(1000)),
        ("close(3000, reason) while CONNECTING", close_with(3000, "changed my mind")),
        ("close(4999, the longest reason) while CONNECTING", close_with(4999, &"x".repeat(123))),
    ];
    all.extend(aborted.map(|(name, step)| {
        let steps = [step, Step::Text("uncounted?"), Step::Buffered, close(1000)];
        Scenario::new(KIND, name).on(When::Made, steps).on(When::Close, [Step::Buffered, Step::Attributes])
    }));
    all.push(Scenario::new(KIND, "nobody listens").on(When::Close, [Step::Attributes, Step::Text("late"), Step::Buffered]));
    let phases: [(&str, &[u8]); 3] = [
        ("close() while the server is silent", b""),
        ("close() inside the response's head", b"HTTP/1.1 101 Switching Protocols\r\nUpg"),
        ("close() behind an interim response", b"HTTP/1.1 101"),
    ];
    all.extend(phases.map(|(name, head)| {
        let steps = [Step::Text("early"), Step::Buffered, Step::Close(None, None), Step::Text("late"), Step::Buffered];
        Scenario::new(KIND, name).on(When::Heard, steps).on(When::Close, [Step::Buffered]).server(move |server| {
            server.answer(head);
            server.peer.wait_until_received();
            server.say_heard();
            server.until_end();
        })
    }));
    all
}
