//! `send()` and `bufferedAmount`.

use crate::{
    scenario::{Scenario, Step, When, close},
    support::server::{TEXT, frame},
};

const KIND: &str = "sending";

/// More than the kernels of both sides take while the server does not read.
const MUCH: usize = 16 << 20;

/// The client sends this in its open event and closes; the server reads.
fn sends(name: &str, mut steps: Vec<Step>) -> Scenario {
    steps.push(close(1000));
    Scenario::new(KIND, name).on(When::Open, steps).accepted_and_finished()
}

pub fn all() -> Vec<Scenario> {
    vec![
        sends("an empty text", vec![Step::Text("")]),
        sends("an empty binary message", vec![Step::Binary(0)]),
        sends("a text of characters of every length", vec![Step::Text("a é € 😀 \0 \u{feff}")]),
        sends("binary messages of 125 and 126 bytes", vec![Step::Binary(125), Step::Binary(126)]),
        sends("binary messages of 65535 and 65536 bytes", vec![Step::Binary(65535), Step::Binary(65536)]),
        sends("a text of 65536 bytes", vec![Step::LongText(65536)]),
        sends("300 small messages", vec![Step::LongText(3); 300]),
        sends("messages keep their order", vec![Step::Text("one"), Step::Binary(2), Step::Text("three"), Step::Binary(4)]),
        sends("messages accepted before close() go out before the Close frame", vec![Step::LongText(100_000), Step::Text("last")]),
        Scenario::new(KIND, "16 MiB accepted before close() go out before the Close frame")
            .on(When::Open, [Step::Binary(MUCH), Step::Waiting, close(1000), Step::Waiting, Step::Go])
            .accepted(|server| {
                server.wait_for_go();
                server.finish();
            }),
        Scenario::new(KIND, "64 messages of 256 KiB accepted before close() go out before the Close frame")
            .on(When::Open, [vec![Step::Binary(256 << 10); 64], vec![close(1000), Step::Go]].concat())
            .accepted(|server| {
                server.wait_for_go();
                server.finish();
            }),
        Scenario::new(KIND, "bufferedAmount is 0 when all has been sent")
            .on(When::Open, [Step::Binary(MUCH), Step::Go])
            .on(When::Message(1), [Step::Buffered, close(1000)])
            .on(When::Close, [Step::Buffered])
            .accepted(|server| {
                server.wait_for_go();
                server.frame();
                server.frames(&[(TEXT, b"all here")]);
                server.finish();
            }),
        Scenario::new(KIND, "bufferedAmount is looked at right behind send()")
            .on(When::Open, [Step::Buffered, Step::Text("seven77"), Step::Buffered, close(1000)])
            .accepted_and_finished(),
        Scenario::new(KIND, "bufferedAmount counts bytes of UTF-8 while CLOSING and for ever")
            .on(When::Open, [close(1000), Step::Text("é€😀"), Step::Buffered, Step::Binary(10), Step::Buffered, Step::LongText(100_000)])
            .on(When::Close, [Step::Buffered, Step::Text("é"), Step::Buffered, Step::Binary(5), Step::Buffered])
            .accepted_and_finished(),
        // How much of it a browser still counts then depends on how far it has handed it on to its network process.
        Scenario::new(KIND, "bufferedAmount grows when the connection was lost with messages waiting")
            .on(When::Open, [Step::Binary(MUCH), Step::Waiting, Step::Go])
            .on(When::Close, [Step::Remember, Step::Text("seven77"), Step::Growth])
            .accepted(|server| {
                server.wait_for_go();
                server.peer.reset();
            }),
        Scenario::new(KIND, "the server's violation comes while 16 MiB wait")
            .on(When::Open, [Step::Binary(MUCH), Step::Go])
            .on(When::Error, [Step::Remember, Step::Text("seven77"), Step::Growth, Step::Go])
            .accepted(|server| {
                server.wait_for_go();
                server.send(&frame(0x83, b""));
                server.wait_for_go();
                server.drain();
            }),
        Scenario::new(KIND, "messages are echoed")
            .on(When::Open, [Step::Text("one")])
            .on(When::Message(1), [Step::Text("two")])
            .on(When::Message(2), [Step::Binary(3)])
            .on(When::Message(3), [close(1000)])
            .accepted(|server| {
                for _ in 0..3 {
                    if let Some((first, payload)) = server.frame() {
                        server.frames(&[(first, &payload)]);
                    }
                }
                server.finish();
            }),
        Scenario::new(KIND, "send() in a message event whose packet has the server's Close")
            .on(When::Message(1), [Step::Text("answer")])
            .accepted(|server| {
                server.send(&[frame(TEXT, b"question"), frame(0x88, b"\x03\xe8")].concat());
                server.until_close();
                server.end();
            }),
    ]
}
