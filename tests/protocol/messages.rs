//! Whole messages of every kind and length class.

use crate::{
    harness::Connection,
    script::Script,
    trace::{binary, check, text},
    wire,
};
use ws::protocol::{Kind, limits::Limits};

/// The lengths where the form of the header changes, and their neighbours.
const LENGTHS: [usize; 10] = [0, 1, 2, 124, 125, 126, 127, 65_535, 65_536, 65_537];

/// Bytes of which each differs from its neighbours.
pub fn bytes(len: usize) -> Vec<u8> {
    (0..=250).cycle().take(len).collect()
}

pub fn scripts() -> Vec<Script> {
    let mut scripts = vec![
        Script::new("a text message").server(wire::text("hello")).gives(text("hello")),
        Script::new("an empty text message").server(wire::text("")).gives(text("")),
        Script::new("a text with a NUL, a BOM and all lengths of characters")
            .server(wire::text("\0\u{feff}aß水𝄞\u{10ffff}\0"))
            .gives(text("\0\u{feff}aß水𝄞\u{10ffff}\0")),
        Script::new("a long text of three-byte characters")
            .server(wire::text(&"水".repeat(30_000)))
            .gives(text(&"水".repeat(30_000)))
            .server_close(None),
        Script::new("three messages at once")
            .server(wire::text("one"))
            .gives(text("one"))
            .server(wire::binary(b"\x82\x02"))
            .gives(binary(b"\x82\x02"))
            .server(wire::text("three"))
            .gives(text("three")),
        Script::new("a hundred empty messages").server(wire::binary(b"").repeat(100)).gives_all(vec![binary(b""); 100]),
        Script::new("a message is answered")
            .server(wire::text("question"))
            .gives(text("question"))
            .send(Kind::Text, b"answer")
            .server(wire::text("thanks"))
            .gives(text("thanks")),
    ];
    for len in LENGTHS {
        scripts.push(
            Script::new(format!("a binary message of {len} bytes between two others"))
                .server(wire::text("before"))
                .gives(text("before"))
                .server(wire::binary(&bytes(len)))
                .gives(binary(&bytes(len)))
                .server(wire::text("after"))
                .gives(text("after"))
                .server_close(Some((1000, ""))),
        );
        scripts.push(Script::new(format!("we send a message of {len} bytes")).send(Kind::Binary, &bytes(len)).send(Kind::Text, b"after"));
    }
    scripts
}

#[test]
fn a_message_is_handed_out_in_place_when_it_came_as_a_whole_and_the_reader_takes_it_at_any_length() {
    for len in (0..300).chain(65_500..65_600) {
        let mut connection = Connection::open(Limits::default());
        connection.receive(&wire::binary(&bytes(len)).repeat(2));
        check(&connection.trace, &[binary(&bytes(len)), binary(&bytes(len))], &format!("{len} bytes"));
    }
}
