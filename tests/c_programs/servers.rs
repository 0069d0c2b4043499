//! The servers that some programs need beside the echo server, from `tests/support`: each runs for one run of one program, which gets
//! its URL as a further argument.

use super::support::{
    ports::RefusingPort,
    server::{CLOSE, Listener, Peer, Server, TEXT, frame},
};
use std::any::Any;

/// A server, for as long as it is kept.
pub struct Further {
    pub url: String,
    _kept: Box<dyn Any>,
}

/// Refuses connections: nobody listens.
pub fn refusing() -> Further {
    let port = RefusingPort::new();
    Further { url: port.url(), _kept: Box::new(port) }
}

/// Never answers: the kernel makes the connections and nobody accepts them.
pub fn silent() -> Further {
    let port = Listener::new();
    Further { url: port.url(), _kept: Box::new(port) }
}

/// Does what the program tells it on its first connection, message by message, with the connections that come after that one:
///
/// - `read the request`: of the next connection, and say `done`;
/// - `answer by half`: the same, and send half of a response;
///
/// and then see that connection end with nothing more on the wire, and say `gone`.
pub fn directed() -> Further {
    let server = Server::listening(|listener| {
        let mut program = listener.next();
        program.accept();
        while let Some(told) = next_message(&mut program) {
            let mut peer = listener.next();
            let head = peer.read_request();
            match told.as_str() {
                "read the request" => {}
                "answer by half" => {
                    peer.send(&head.as_bytes()[..60]);
                    peer.wait_until_received();
                }
                other => panic!("told to {other:?}"),
            }
            program.text("done");
            peer.expect_end();
            program.text("gone");
        }
    });
    Further { url: server.url(), _kept: Box::new(server) }
}

/// The next text message; `None` when the program has closed, which is answered.
fn next_message(program: &mut Peer) -> Option<String> {
    let (first, payload) = program.read_frame();
    match first {
        TEXT => Some(String::from_utf8(payload).expect("UTF-8")),
        CLOSE => {
            program.send(&frame(CLOSE, &payload));
            program.end();
            None
        }
        other => panic!("the program sends a frame that begins with {other:#x}"),
    }
}
