//! What compression holds while it is used and gives up when it is not, and what is counted of it.

use std::{sync::Arc, time::Instant};
use ws::{
    protocol::{
        Kind,
        compress::{Compressor, Effort},
        counts::Compressed,
        limits::Limits,
        pool::Pool,
        reader::{Reader, Received},
        segments::Supply,
        window::Window,
        writer::Writer,
    },
    spec::deflate::Parameters,
};

const PARAMETERS: Parameters =
    Parameters { server_context_takeover: true, client_context_takeover: true, server_window_bits: 15, client_window_bits: 15 };
const EFFORT: Effort = Effort { level: 1, memory: 8 };
const TEXT: &[u8] = b"{\"id\":1,\"name\":\"one\"},{\"id\":2,\"name\":\"two\"},{\"id\":3,\"name\":\"three\"}";

#[test]
fn a_writer_holds_a_compressor_from_the_first_message_until_it_is_quiet() {
    let now = Instant::now();
    let mut writer = Writer::new(&Limits::default(), Arc::new(Supply::new(|seed| seed.fill(1))), now);
    assert!(!writer.compresses(1000), "it was not agreed on");
    assert!(writer.is_at_rest() && writer.rest());
    writer.set_deflate(&PARAMETERS, EFFORT, TEXT.len());
    assert!(writer.compresses(TEXT.len()) && !writer.compresses(TEXT.len() - 1));
    assert!(writer.is_at_rest());
    assert_eq!(writer.memory(), 0);

    assert!(writer.send(Kind::Text, TEXT));
    assert!(!writer.is_at_rest());
    assert!(writer.memory() > 200_000, "{} bytes", writer.memory());
    let sent = writer.poll_transmit().len();
    writer.handle_transmitted(sent, || now);
    let counts = writer.counts();
    assert_eq!(
        (counts.compressed.payload, counts.compressed.wire),
        (TEXT.len() as u64, sent as u64 - 6),
        "a header and a mask are 6 bytes"
    );

    assert!(!writer.rest(), "it was used just now");
    assert!(writer.rest() && writer.is_at_rest());
    assert_eq!(writer.memory(), 0);
    assert_eq!(writer.counts().compressed, counts.compressed);
}

#[test]
fn a_closing_writer_takes_no_message_however_it_is_to_be_sent() {
    let now = Instant::now();
    let mut writer = Writer::new(&Limits::default(), Arc::new(Supply::new(|seed| seed.fill(1))), now);
    writer.close(None, now);
    assert!(!writer.send(Kind::Text, TEXT) && !writer.send_as_it_is(Kind::Text, TEXT));
}

#[test]
fn a_reader_holds_a_decompressor_from_the_first_message_until_it_is_quiet() {
    let mut reader = Reader::new(&Limits::default());
    assert!(reader.is_at_rest() && reader.rest());
    assert_eq!(reader.compressed(), Compressed::default());
    reader.set_deflate(&PARAMETERS);
    assert!(reader.is_at_rest());
    assert_eq!(reader.memory(), 0);

    let mut frame = vec![0xc1, 0];
    Compressor::new(&PARAMETERS, EFFORT).compress(TEXT, &mut frame);
    frame[1] = u8::try_from(frame.len() - 2).unwrap();
    frame.push(0);
    match reader.poll(&mut Window::new(&mut frame), &mut Pool::default()) {
        Ok(Some(Received::Message(Kind::Text, payload))) => assert_eq!(payload.bytes(), TEXT),
        other => panic!("{other:?}"),
    }
    let counted = reader.compressed();
    assert_eq!((counted.payload, counted.wire), (TEXT.len() as u64, frame.len() as u64 - 3), "a header is 2 bytes, and one is spare");
    assert!(!reader.is_at_rest());
    assert!(reader.memory() > 40_000, "{} bytes", reader.memory());

    assert!(!reader.rest(), "it was used just now");
    assert!(reader.rest() && reader.is_at_rest());
    assert!(reader.memory() <= TEXT.len(), "what the next message may refer to is all that is kept, {} bytes", reader.memory());
}

#[test]
fn no_key_and_no_payload_is_shown_by_debug() {
    let mut compressor = Compressor::new(&PARAMETERS, EFFORT);
    assert!(compressor.is_at_rest());
    compressor.compress(TEXT, &mut Vec::new());
    assert!(!compressor.is_at_rest() && compressor.memory() > 200_000);
    assert_eq!(format!("{compressor:?}"), "Compressor { window_bits: 15, .. }");
}
