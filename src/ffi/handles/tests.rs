//! A number stands for one object until that is taken out, and for nothing afterwards.

use super::table::{LIFE, Table};
use std::{
    ptr::without_provenance_mut,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
};

fn object(number: usize) -> *mut () {
    without_provenance_mut(number)
}

#[test]
fn a_number_finds_its_object_until_that_is_taken_out() {
    let table = Table::new(LIFE);
    let numbers: Vec<usize> = (0..10_000).map(|n| table.insert(1, object(n)).unwrap()).collect();
    for (n, &number) in numbers.iter().enumerate() {
        assert_eq!(table.get(1, number), Some(object(n)));
        assert_eq!((table.get(2, number), table.remove(2, number)), (None, None), "it is of another kind");
        assert_eq!(table.remove(1, number), Some(object(n)));
        assert_eq!((table.get(1, number), table.remove(1, number)), (None, None), "it is gone");
        assert_eq!(table.get(0, number), None, "0 is no kind");
    }
}

#[test]
fn numbers_look_like_addresses_of_objects() {
    let table = Table::new(LIFE);
    for _ in 0..1000 {
        let number = table.insert(3, object(8)).unwrap();
        assert_eq!(number % 8, 0);
        if usize::BITS == 64 {
            assert!((1 << 46..1 << 47).contains(&number), "{number:x}");
        }
    }
}

#[test]
fn a_number_is_not_found_again_in_a_million_uses_of_its_place() {
    let table = Table::new(LIFE);
    let first = table.insert(1, object(8)).unwrap();
    table.remove(1, first).unwrap();
    let mut places = std::collections::BTreeSet::new();
    for _ in 0..1 << 20 {
        let number = table.insert(1, object(16)).unwrap();
        assert_eq!(table.get(1, first), None);
        table.remove(1, number).unwrap();
        places.insert(number & 0xff_ffff);
    }
    assert_eq!(places.len(), 1, "it was the same place each time");
}

#[test]
fn a_place_whose_numbers_would_come_again_is_given_up() {
    let table = Table::new(5);
    let use_one = |_| {
        let number = table.insert(1, object(8)).unwrap();
        assert_eq!(table.remove(1, number), Some(object(8)));
        number
    };
    let mut numbers: Vec<usize> = (0..1000).map(use_one).collect();
    numbers.sort_unstable();
    numbers.dedup();
    assert_eq!(numbers.len(), 1000, "no number came twice");
}

#[test]
fn random_numbers_find_nothing() {
    let table = Table::new(LIFE);
    let known: Vec<usize> = (0..5000).map(|_| table.insert(1, object(8)).unwrap()).collect();
    let mut word = 1_usize;
    for n in 0..100_000 {
        // A full period: no word comes twice.
        word = word.wrapping_mul(0x5851_f42d_4c95_7f2d).wrapping_add(0x1405_7b7e_f767_814f);
        for number in [word, n, word >> 17, known[n % 5000] ^ 1 << (word >> 58), usize::MAX - n] {
            if known.binary_search(&number).is_err() {
                assert_eq!((table.get(1, number), table.remove(1, number)), (None, None), "{number:x}");
            }
        }
    }
}

#[test]
fn a_full_table_refuses() {
    let table = Table::new(LIFE);
    let mut count = 0_u32;
    while table.insert(1, object(8)).is_some() {
        count += 1;
    }
    assert!(count > 65_000, "{count} objects");
    assert_eq!(table.insert(1, object(8)), None);
}

#[test]
fn threads_that_put_in_and_take_out_never_get_each_others_objects() {
    let table = Table::new(LIFE);
    let taken = AtomicUsize::new(0);
    thread::scope(|scope| {
        for worker in 1..=4_usize {
            let (table, taken) = (&table, &taken);
            scope.spawn(move || {
                let mut own = Vec::new();
                for n in 0..50_000 {
                    let object = object(worker << 32 | n << 3);
                    own.push((table.insert(worker % 3 + 1, object).unwrap(), object));
                    if n % 3 == 2 {
                        let (number, object) = own.swap_remove(n % own.len());
                        assert_eq!(table.get(worker % 3 + 1, number), Some(object));
                        assert_eq!(table.remove(worker % 3 + 1, number), Some(object));
                        taken.fetch_add(1, Relaxed);
                    }
                }
                for (number, object) in own {
                    assert_eq!(table.remove(worker % 3 + 1, number), Some(object));
                    taken.fetch_add(1, Relaxed);
                }
            });
        }
    });
    assert_eq!(taken.load(Relaxed), 200_000);
}

#[test]
fn of_threads_that_take_the_same_object_out_one_gets_it() {
    let table = Table::new(LIFE);
    for n in 1..2000 {
        let number = table.insert(1, object(n)).unwrap();
        let got = AtomicUsize::new(0);
        let take = || {
            if table.remove(1, number).is_some() {
                got.fetch_add(1, Relaxed);
            }
        };
        thread::scope(|scope| {
            scope.spawn(take);
            take();
        });
        assert_eq!(got.load(Relaxed), 1);
    }
}
