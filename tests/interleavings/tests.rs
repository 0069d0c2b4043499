//! An object that is taken out is taken out once, and no thread ever finds another one's under its number.

use super::table::{LIFE, Table};
use loom::{sync::Arc, thread};
use std::ptr::without_provenance_mut;

fn object(number: usize) -> *mut () {
    without_provenance_mut(number << 8)
}

/// Runs `body` in every interleaving in which threads are interrupted at most three times each, which finds what is to be found.
fn in_every_interleaving(body: impl Fn() + Sync + Send + 'static) {
    let mut model = loom::model::Builder::new();
    model.preemption_bound = Some(3);
    model.check(body);
}

#[test]
fn two_threads_that_put_in_and_take_out_find_their_own_objects() {
    in_every_interleaving(|| {
        let table = Arc::new(Table::new(LIFE));
        let own = |table: &Table, worker: usize| {
            for n in 0..2 {
                let object = object(worker + n);
                let number = table.insert(1, object).unwrap();
                assert_eq!(table.get(1, number), Some(object));
                assert_eq!(table.remove(1, number), Some(object));
                assert_eq!((table.get(1, number), table.remove(1, number)), (None, None));
            }
        };
        let other = table.clone();
        let thread = thread::spawn(move || own(&other, 10));
        own(&table, 20);
        thread.join().unwrap();
    });
}

#[test]
fn places_that_are_free_are_given_to_one_thread_each() {
    in_every_interleaving(|| {
        let table = Arc::new(Table::new(LIFE));
        let first = table.insert(1, object(1)).unwrap();
        let second = table.insert(1, object(2)).unwrap();
        table.remove(1, first).unwrap();
        table.remove(1, second).unwrap();
        let other = table.clone();
        let thread = thread::spawn(move || {
            // Both are taken and one is given back: the head of the free places is as before, and what follows it is not.
            let third = other.insert(2, object(3)).unwrap();
            let fourth = other.insert(2, object(4)).unwrap();
            other.remove(2, third).unwrap();
            fourth
        });
        let fifth = table.insert(3, object(5)).unwrap();
        let fourth = thread.join().unwrap();
        let sixth = table.insert(3, object(6)).unwrap();
        let found = [table.get(2, fourth), table.get(3, fifth), table.get(3, sixth)];
        assert_eq!(found, [4, 5, 6].map(|number| Some(object(number))));
        assert_eq!((table.get(1, first), table.get(1, second)), (None, None));
    });
}

#[test]
fn of_two_threads_that_take_the_same_object_out_one_gets_it() {
    in_every_interleaving(|| {
        let table = Arc::new(Table::new(LIFE));
        let number = table.insert(1, object(1)).unwrap();
        let other = table.clone();
        let thread = thread::spawn(move || other.remove(1, number));
        let here = table.remove(1, number);
        let there = thread.join().unwrap();
        assert!(here.is_some() != there.is_some(), "{here:?} {there:?}");
    });
}
