//! The queue by itself: order, memory, interrupts, and when the driver is called.

use super::{batch::COPIED, *};
use crate::protocol::Kind;
use std::thread;

const TEXT: What = What::Message(Kind::Text);

fn push(queue: &Queue, text: &[u8]) {
    queue.push(TEXT, Data::Borrowed(text));
}

#[test]
fn events_come_in_order_through_both_batches() {
    let (queue, mut front) = (Queue::default(), Front::default());
    push(&queue, b"a\0");
    queue.push(What::Close { code: 1000, clean: true }, Data::Owned(b"b\0".to_vec()));
    assert!(queue.refill(&mut front, || unreachable!()));
    push(&queue, b"c\0");
    assert_eq!(front.peek(), Some((TEXT, &b"a\0"[..])));
    assert_eq!(front.take(), Some((TEXT, &b"a\0"[..])));
    assert_eq!(front.take(), Some((What::Close { code: 1000, clean: true }, &b"b\0"[..])));
    assert_eq!(front.take(), None);
    assert_eq!(queue.refill_by(&mut front, Deadline::Never, || unreachable!()), Refill::Filled);
    assert_eq!(front.take(), Some((TEXT, &b"c\0"[..])));
    assert_eq!(queue.refill_by(&mut front, Deadline::Now, || unreachable!()), Refill::Empty);
}

#[test]
fn a_large_message_keeps_its_own_buffer_and_a_small_one_gives_it_back() {
    let (queue, mut front) = (Queue::default(), Front::default());
    let large = vec![b'x'; COPIED + 1];
    let address = large.as_ptr();
    assert_eq!(queue.push(TEXT, Data::Owned(large)), None);
    assert_eq!(queue.push(TEXT, Data::Owned(b"y\0".to_vec())), Some(b"y\0".to_vec()));
    queue.refill(&mut front, || ());
    assert_eq!(front.take().map(|(_, bytes)| bytes.as_ptr()), Some(address));
    assert_eq!(front.take(), Some((TEXT, &b"y\0"[..])));
}

#[test]
fn the_driver_is_called_when_the_queue_is_not_locked() {
    let (queue, mut front) = (Queue::default(), Front::default());
    let calls = std::cell::Cell::new(0);
    // The driver may push: a loop that is freed meanwhile tells of the end.
    let call = || {
        calls.set(calls.get() + 1);
        assert!(queue.back.try_lock().is_ok(), "the queue is locked");
    };
    for waits in [false, true] {
        let refill = |front: &mut Front| {
            if waits { queue.refill_by(front, Deadline::Now, call) == Refill::Filled } else { queue.refill(front, call) }
        };
        calls.set(0);
        push(&queue, b"a\0");
        assert!(queue.back().note_full(Room { bytes: 1, events: 100 }));
        assert_eq!((refill(&mut front), calls.get()), (true, 1));
        assert!(queue.back().is_busy_then_call());
        assert_eq!((refill(&mut front), calls.get()), (false, 2));
        assert_eq!((refill(&mut front), calls.get()), (false, 2));
    }
}

#[test]
fn an_interrupt_ends_one_wait_and_events_come_first() {
    let (queue, mut front) = (Queue::default(), Front::default());
    queue.interrupt();
    push(&queue, b"a\0");
    assert_eq!(queue.refill_by(&mut front, Deadline::Never, || ()), Refill::Filled);
    assert_eq!(queue.refill_by(&mut front, Deadline::Never, || ()), Refill::Interrupted);
    assert_eq!(queue.refill_by(&mut front, Deadline::Now, || ()), Refill::Empty);
}

#[test]
fn a_taker_that_waits_is_woken_once_for_all_that_comes_meanwhile() {
    let queue = Queue::default();
    thread::scope(|scope| {
        let taker = scope.spawn(|| queue.refill_by(&mut Front::default(), Deadline::Never, || ()));
        loop {
            let mut back = queue.back();
            if back.take_waiting() {
                back.push(TEXT, Data::Borrowed(b"a\0"));
                assert!(!back.take_waiting(), "who has seen it wakes it");
                break;
            }
            drop(back);
            thread::yield_now();
        }
        queue.notify();
        assert_eq!(taker.join().expect("it does not panic"), Refill::Filled);
    });
}

#[test]
fn the_loop_leaves_an_interrupt_to_the_taker() {
    let (queue, mut front) = (Queue::default(), Front::default());
    queue.interrupt();
    assert!(!queue.refill(&mut front, || ()));
    assert_eq!(queue.refill_by(&mut front, Deadline::Now, || ()), Refill::Interrupted);
}

#[test]
fn a_burst_gives_its_memory_back() {
    let (queue, mut front) = (Queue::default(), Front::default());
    for _ in 0..10_000 {
        push(&queue, b"message\0");
    }
    queue.refill(&mut front, || ());
    while front.take().is_some() {}
    push(&queue, b"one\0");
    queue.refill(&mut front, || ());
    while front.take().is_some() {}
    queue.refill(&mut front, || ());
    assert!(!front.batch.is_large() && !queue.back().batch.is_large());
}
