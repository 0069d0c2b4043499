//! Messages to a server that never reads (RUSTSEC-2020-0043): they are counted as the standard says, and take their own size.

use super::allocator::measure;
use std::{sync::Arc, time::Instant};
use ws::protocol::{
    Kind,
    limits::Limits,
    segments::{SEGMENT, Supply},
    writer::Writer,
};

#[test]
fn what_waits_to_be_sent_is_counted_exactly_and_takes_no_more_memory_than_its_bytes() {
    const MESSAGES: usize = 100_000;
    const SIZE: usize = 300;
    let mut writer = Writer::new(&Limits::default(), Arc::new(Supply::new(|bytes| bytes.fill(7))), Instant::now());
    let ((), memory) = measure(|| {
        for sent in 1..=MESSAGES {
            assert!(writer.send(Kind::Binary, &[5; SIZE]));
            assert_eq!(writer.buffered_amount(), (sent * SIZE) as u64);
        }
    });
    // With a header each; the last buffer may be empty, the list of buffers is short.
    let most = isize::try_from(MESSAGES * (SIZE + 8) + 2 * SEGMENT).unwrap();
    assert!(memory.peak <= most, "{} bytes, {most} at most", memory.peak);
}
