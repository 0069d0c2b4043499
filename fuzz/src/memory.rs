//! Counts what is allocated: no server may make libws use more memory than its limits say, and nothing may stay behind.

use std::{
    alloc::{GlobalAlloc, Layout, System},
    cell::Cell,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
};

#[global_allocator]
static ALLOCATOR: Counting = Counting;

/// Bytes that the process has allocated now.
static LIVE: AtomicUsize = AtomicUsize::new(0);

thread_local! {
    /// What this thread has allocated, less what it has freed.
    static BALANCE: Cell<isize> = const { Cell::new(0) };
    static PEAK: Cell<isize> = const { Cell::new(0) };
}

/// The system's allocator, with a count.
struct Counting;

impl Counting {
    fn change(old: usize, new: usize) {
        LIVE.fetch_add(new.wrapping_sub(old), Relaxed);
        // A thread that ends has no storage left; then there is nobody to ask for its count either.
        let _ = BALANCE.try_with(|balance| {
            balance.set(balance.get() + new.cast_signed() - old.cast_signed());
            let _ = PEAK.try_with(|peak| peak.set(peak.get().max(balance.get())));
        });
    }
}

// SAFETY: every call is passed on as it is to the system's allocator, which keeps the contract.
unsafe impl GlobalAlloc for Counting {
    unsafe fn alloc(&self, layout: Layout) -> *mut u8 {
        Self::change(0, layout.size());
        // SAFETY: the caller's promise is passed on.
        unsafe { System.alloc(layout) }
    }

    unsafe fn dealloc(&self, pointer: *mut u8, layout: Layout) {
        Self::change(layout.size(), 0);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.dealloc(pointer, layout) }
    }

    unsafe fn realloc(&self, pointer: *mut u8, layout: Layout, size: usize) -> *mut u8 {
        Self::change(layout.size(), size);
        // SAFETY: the caller's promise is passed on.
        unsafe { System.realloc(pointer, layout, size) }
    }
}

/// Bytes that the whole process has allocated now.
#[must_use]
pub fn live() -> usize {
    LIVE.load(Relaxed)
}

/// Does `work` and says how many bytes more than before it were allocated on this thread at its greediest moment.
pub fn peak_of<T>(work: impl FnOnce() -> T) -> (T, usize) {
    let before = BALANCE.get();
    PEAK.set(before);
    let result = work();
    (result, (PEAK.get() - before).cast_unsigned())
}
