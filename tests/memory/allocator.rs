//! An allocator that counts, thread by thread, what is asked of it.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
};

/// What a thread took of the heap, in bytes.
#[derive(Debug, Clone, Copy, Default)]
pub struct Taken {
    /// At the moment; less than nothing if it gave back what others had taken.
    now: isize,
    /// The most at a time.
    pub peak: isize,
    /// In all, whether it was given back or not.
    pub total: usize,
    /// The largest piece.
    pub largest: usize,
}

impl Taken {
    fn grow(&mut self, size: usize, before: usize) {
        self.now += isize::try_from(size).unwrap_or(isize::MAX) - isize::try_from(before).unwrap_or(isize::MAX);
        self.peak = self.peak.max(self.now);
        self.total += size;
        self.largest = self.largest.max(size);
    }
}

thread_local!(static TAKEN: Cell<Taken> = const { Cell::new(Taken { now: 0, peak: 0, total: 0, largest: 0 }) });

fn note(change: impl FnOnce(&mut Taken)) {
    let mut taken = TAKEN.get();
    change(&mut taken);
    TAKEN.set(taken);
}

/// Does `work` and says what this thread took of the heap meanwhile.
pub fn measure<T>(work: impl FnOnce() -> T) -> (T, Taken) {
    let before = TAKEN.replace(Taken::default());
    let result = work();
    let taken = TAKEN.get();
    note(|all| all.now += before.now);
    (result, taken)
}

/// What this thread holds now that it did not when the [`measure`] that it is in began.
pub fn held() -> isize {
    TAKEN.get().now
}

struct Counting;

// SAFETY: every call is passed on to the system's allocator as it came; counting needs no memory of the heap.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        note(|taken| taken.grow(layout.size(), 0));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn alloc_zeroed(&self, layout: Layout) -> *mut u8 {
        note(|taken| taken.grow(layout.size(), 0));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc_zeroed(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        note(|taken| taken.now -= isize::try_from(layout.size()).unwrap_or(isize::MAX));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        note(|taken| taken.grow(size, layout.size()));
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

#[global_allocator]
static ALLOCATOR: Counting = Counting;

#[test]
fn what_is_taken_is_counted() {
    let (kept, taken) = measure(|| {
        drop(vec![0_u8; 1000]);
        vec![1_u8; 600]
    });
    assert_eq!((taken.now, taken.peak, taken.total, taken.largest), (600, 1000, 1600, 1000));
    let ((), taken) = measure(|| drop(kept));
    assert_eq!((taken.now, taken.peak, taken.total), (-600, 0, 0));
}
