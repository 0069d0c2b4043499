//! Sequences of C calls, as a C program would make them: on a few sockets, options and loops, in callbacks too, with arguments from
//! the edges, against a peer on the loopback interface that the same thread plays.

#![allow(clippy::wildcard_imports, reason = "all of the C API, as a C program includes its header")]

mod arguments;
mod calls;
mod choices;
mod owned;
mod parts;
mod peer;
mod response;
mod routes;
mod slots;

use crate::{input::Input, memory};
use peer::Peer;
use slots::{OptionsSlot, Said, Slot};
use std::{
    cell::{Cell, RefCell},
    ffi::{CStr, c_char, c_int, c_void},
    path::PathBuf,
    ptr::{null, null_mut},
    rc::Rc,
    sync::atomic::{AtomicUsize, Ordering::Relaxed},
    thread,
    time::{Duration, Instant},
};
use ws::ffi::{
    constants::*,
    event::ws_event,
    log::ws_set_log,
    r#loop::{ws_loop, ws_loop_free, ws_loop_new},
    options::{ws_options, ws_options_free, ws_options_new, ws_options_set_callbacks, ws_options_set_loop},
    options_receiving::ws_options_set_on_chunk,
    shutdown::ws_shutdown,
    socket::{ws_close, ws_connect, ws_free, ws_ready_state, ws_resume, ws_socket},
    socket_events::{ws_next_event, ws_wait_open},
    status::*,
};

/// Calls of one input at the most.
const CALLS: usize = 200;
/// Callbacks in callbacks at the most.
const DEPTH: u32 = 2;
/// How long something may take that must happen, in milliseconds: only a call that hangs takes so long.
const PATIENCE: i32 = 20_000;
/// Runs until all that is kept for the next time is there.
const WARM_UP: usize = 100;

/// Makes the calls that the input says.
///
/// # Panics
///
/// If the library does not keep its word.
pub fn run(data: &[u8]) {
    let world = Rc::new(World::new(data));
    WORLD.set(Some(world.clone()));
    world.open_some();
    for _ in 0..CALLS {
        if world.input.is_empty() {
            break;
        }
        calls::one(&world);
        world.check_states();
    }
    world.finish();
    WORLD.set(None);
    drop(world);
    check_growth();
}

thread_local! {
    /// For callbacks on this thread.
    static WORLD: RefCell<Option<Rc<World>>> = const { RefCell::new(None) };
}

/// All that an input's calls are made on.
struct World {
    input: Input,
    sockets: [Slot; 4],
    options: [OptionsSlot; 2],
    loops: [Cell<*mut ws_loop>; 2],
    peer: Peer,
    /// Callbacks further up the stack.
    depth: Cell<u32>,
    /// Handles that were freed.
    stale: RefCell<Vec<usize>>,
    /// Whether sockets are freed at the end without waiting for their close events.
    hasty: bool,
    /// Connections that were handed over.
    handed: Cell<u32>,
}

impl World {
    fn new(data: &[u8]) -> Self {
        let input = Input::new(data);
        World {
            hasty: input.flag(),
            input,
            sockets: Default::default(),
            options: Default::default(),
            loops: Default::default(),
            peer: Peer::new(),
            depth: Cell::new(0),
            stale: RefCell::default(),
            handed: Cell::new(0),
        }
    }

    /// A handle for a call: the one in a slot, NULL, and perhaps one that is none.
    fn pick<T>(&self, slots: &[&Cell<*mut T>]) -> *mut T {
        let choice = self.input.byte();
        match choice >> 4 {
            15 => null_mut(),
            // Handles that were freed, and numbers that never were any.
            14 => self.freed(),
            13 => self.input.choose(&[1, 7, 8, usize::MAX, isize::MAX.cast_unsigned(), usize::from(self.input.word())]) as *mut T,
            _ => slots[usize::from(choice) % slots.len()].get(),
        }
    }

    /// A handle that was freed, of whatever it was; NULL if there is none yet.
    fn freed<T>(&self) -> *mut T {
        let stale = self.stale.borrow();
        stale.get(usize::from(self.input.byte()) % stale.len().max(1)).copied().unwrap_or_default() as *mut T
    }

    fn a_socket(&self) -> *mut ws_socket {
        self.pick(&self.sockets.each_ref().map(|slot| &slot.handle))
    }

    fn a_loop(&self) -> *mut ws_loop {
        self.pick(&self.loops.each_ref())
    }

    fn some_options(&self) -> *mut ws_options {
        self.pick(&self.options.each_ref().map(|slot| &slot.handle))
    }

    /// The slot of a socket whose calls all come from this thread; none for NULL, a handle that is none, or one that is used elsewhere.
    fn slot_of(&self, handle: *mut ws_socket) -> Option<&Slot> {
        self.sockets.iter().find(|slot| !handle.is_null() && slot.handle.get() == handle && !slot.elsewhere.get())
    }

    /// Takes a handle out of its slot, to be freed.
    fn give_up<T>(&self, slot: &Cell<*mut T>) -> *mut T {
        let handle = slot.replace(null_mut());
        if !handle.is_null() {
            self.stale.borrow_mut().push(handle as usize);
        }
        handle
    }

    fn new_slot(&self) -> &Slot {
        let empty = self.sockets.iter().find(|slot| slot.handle.get().is_null());
        let slot = empty.unwrap_or_else(|| &self.sockets[usize::from(self.input.byte()) % self.sockets.len()]);
        // SAFETY: NULL or a socket, which nobody uses afterwards.
        unsafe { ws_free(self.give_up(&slot.handle)) };
        slot.state.set(WS_CONNECTING);
        slot.error.set(false);
        slot.closed.set(false);
        slot.parts.take();
        slot.chunks.set(None);
        slot
    }

    /// Begins with sockets that are open: most calls do something else then.
    fn open_some(&self) {
        let how = self.input.byte();
        let (own, callbacks) = (how & 4 != 0, how & 8 != 0 && how & 4 != 0);
        let options = &self.options[0];
        // SAFETY: each pointer is a place that lives during the call, or a handle that was just made.
        unsafe {
            options.handle.set(ws_options_new());
            let mut event_loop = null_mut();
            if own {
                assert_eq!(ws_loop_new(&raw mut event_loop), WS_OK);
                ws_options_set_loop(options.handle.get(), event_loop);
                self.loops[0].set(event_loop);
                options.say(|said| said.has_loop = true);
            }
            if callbacks {
                let call = Some(on_event as unsafe extern "C" fn(_, *const ws_event, _));
                ws_options_set_callbacks(options.handle.get(), call, call, call, call, null_mut());
                ws_options_set_on_chunk(options.handle.get(), call);
                options.say(|said| said.has_callbacks = true);
            }
            for slot in &self.sockets[..usize::from(how & 3)] {
                let url = self.peer.url("/");
                let mut handle = null_mut();
                assert_eq!(ws_connect(url.as_ptr(), options.handle.get(), &raw mut handle), WS_OK);
                slot.handle.set(handle);
                slot.said.set(options.said.get());
                let mut status = WS_ERR_TIMEOUT;
                while status == WS_ERR_TIMEOUT {
                    status = ws_wait_open(handle, i32::from(!own));
                    self.peer.welcome_all();
                }
                self.check(status);
            }
        }
    }

    // ---- what must hold ----

    /// Every status is a known one, and none says that libws has a bug.
    #[track_caller]
    fn check(&self, status: ws_status) {
        // SAFETY: the function takes any number, and its text is valid for ever.
        let name = unsafe { CStr::from_ptr(ws_status_name(status)) };
        // SAFETY: as above.
        let said = unsafe { CStr::from_ptr(ws_last_error()) };
        assert!(name != c"unknown" && status != WS_ERR_INTERNAL && status != WS_ERR_FORKED, "{status}, {name:?}: {said:?}");
        let _ = self;
    }

    /// The status is one that the call's comment has, beside those of every call.
    #[track_caller]
    fn expect(&self, status: ws_status, documented: &[ws_status]) {
        self.check(status);
        let every = [WS_OK, WS_ERR_NULL_POINTER, WS_ERR_BAD_HANDLE];
        assert!(every.contains(&status) || documented.contains(&status), "{status} is not documented for this call");
    }

    /// No `readyState` goes back.
    fn check_states(&self) {
        for slot in self.sockets.iter().filter(|slot| !slot.handle.get().is_null()) {
            // SAFETY: the slot's socket was not freed.
            let state = unsafe { ws_ready_state(slot.handle.get()) };
            assert!((slot.state.get()..=WS_CLOSED).contains(&state), "from state {} to {state}", slot.state.get());
            slot.state.set(state);
        }
    }

    /// An event was taken; `alone` if it is the last that was.
    fn note(&self, event: &ws_event, alone: bool) {
        check_event(event);
        let slot = self.sockets.iter().find(|slot| slot.handle.get() == event.socket).expect("the event's socket is not freed");
        assert!(!slot.closed.get(), "an event of type {} after the close event", event.r#type);
        assert!(!slot.error.get() || event.r#type == WS_EVENT_CLOSE, "an event of type {} after the error event", event.r#type);
        slot.error.set(slot.error.get() || event.r#type == WS_EVENT_ERROR);
        slot.note_chunk(event);
        slot.closed.set(event.r#type == WS_EVENT_CLOSE);
        if alone {
            let right = if matches!(event.r#type, WS_EVENT_CLOSE | WS_EVENT_ERROR) { WS_CLOSED } else { WS_OPEN };
            // SAFETY: the slot's socket was not freed.
            assert_eq!(unsafe { ws_ready_state(event.socket) }, right, "with an event of type {}", event.r#type);
        }
    }

    // ---- the end ----

    /// Ends everything; each socket has its close event, unless it is given up before.
    fn finish(&self) {
        self.peer.leave();
        for slot in &self.sockets {
            let handle = slot.handle.get();
            if !(handle.is_null() || self.hasty || slot.elsewhere.get()) {
                self.take_all(handle);
                assert!(slot.closed.get(), "no close event");
            }
            self.check_states();
            // SAFETY: NULL or a socket, which nobody uses afterwards.
            unsafe { ws_free(self.give_up(&slot.handle)) };
        }
        // SAFETY: NULL or handles that nobody uses afterwards; no logger takes the place of the one before.
        unsafe {
            for slot in &self.options {
                ws_options_free(self.give_up(&slot.handle));
            }
            for slot in &self.loops {
                ws_loop_free(self.give_up(slot));
            }
            assert_eq!(ws_shutdown(PATIENCE), WS_OK);
            assert_eq!(ws_set_log(None, null_mut(), WS_LOG_OFF), WS_OK);
        }
        owned::check_all_freed();
    }

    fn take_all(&self, handle: *mut ws_socket) {
        // SAFETY: the socket was not freed, and the event lives during the calls.
        unsafe {
            ws_resume(handle);
            assert_eq!(ws_close(handle, WS_NO_CODE, null(), 0), WS_OK);
            loop {
                let mut event = ws_event::none();
                match ws_next_event(handle, &raw mut event, PATIENCE) {
                    WS_OK => self.note(&event, true),
                    WS_DONE => return,
                    // An interruption was still to come.
                    status => assert_eq!(status, WS_ERR_ABORTED),
                }
            }
        }
    }
}

/// What must hold for every event.
fn check_event(event: &ws_event) {
    assert!(!event.data.is_null() && event.reserved == 0);
    assert!(event.flags == 0 || event.r#type == WS_EVENT_CHUNK && event.flags <= WS_FIRST | WS_FINAL);
    assert!(event.r#type != WS_EVENT_CHUNK || event.len > 0 || event.flags & WS_FINAL != 0);
    // SAFETY: the library promises `len` bytes and a NUL.
    let bytes = unsafe { std::slice::from_raw_parts(event.data.cast::<u8>(), event.len + 1) };
    let (nul, bytes) = bytes.split_last().expect("a NUL");
    assert_eq!(*nul, 0);
    match event.r#type {
        WS_EVENT_MESSAGE | WS_EVENT_CHUNK => {
            assert!(event.kind == WS_BINARY || event.kind == WS_TEXT && std::str::from_utf8(bytes).is_ok());
        }
        WS_EVENT_CLOSE => {
            assert!(matches!(event.code, 1000..=1003 | 1005..=1014 | 3000..=4999), "{}", event.code);
            assert!(bytes.len() <= 123 && (event.was_clean == 0 || event.was_clean == 1 && event.code != 1006));
        }
        WS_EVENT_OPEN | WS_EVENT_PONG => {}
        WS_EVENT_DRAIN => assert!(bytes.is_empty()),
        WS_EVENT_ERROR => assert!(!bytes.is_empty()),
        other => panic!("an event of type {other}"),
    }
}

/// Every callback of every socket: makes some calls more.
unsafe extern "C" fn on_event(handle: *mut ws_socket, event: *const ws_event, _user_data: *mut c_void) {
    // SAFETY: the library promises an event that lives until this returns.
    let event = unsafe { &*event };
    assert_eq!(handle, event.socket);
    let Some(world) = WORLD.with_borrow(Clone::clone) else {
        // The library's thread.
        check_event(event);
        // SAFETY: the socket lives until this returns.
        unsafe {
            calls::answer(handle, event);
        }
        return;
    };
    world.note(event, true);
    if world.depth.get() < DEPTH {
        world.depth.set(world.depth.get() + 1);
        for _ in 0..world.input.byte() % 4 {
            calls::one(&world);
            world.check_states();
        }
        world.depth.set(world.depth.get() - 1);
    }
}

/// The logger: a line is text.
unsafe extern "C" fn on_line(level: c_int, text: *const c_char, len: usize, _user_data: *mut c_void) {
    // SAFETY: the library promises a NUL.
    let line = unsafe { CStr::from_ptr(text) };
    assert!((WS_LOG_ERROR..=WS_LOG_TRACE).contains(&level) && line.count_bytes() == len && line.to_str().is_ok(), "{level}, {line:?}");
}

/// Neither memory nor descriptors are left behind, however many runs there are.
fn check_growth() {
    static RUNS: AtomicUsize = AtomicUsize::new(0);
    static MEMORY: AtomicUsize = AtomicUsize::new(0);
    static DESCRIPTORS: AtomicUsize = AtomicUsize::new(0);
    let run = RUNS.fetch_add(1, Relaxed);
    if run < WARM_UP {
        return;
    }
    let mut memory = memory::live();
    let mut descriptors = descriptors();
    // A thread that looks a name up or reads the system's authorities holds the loop of its socket until it is done.
    let begun = Instant::now();
    while run > WARM_UP && descriptors.len() > DESCRIPTORS.load(Relaxed) && begun.elapsed().as_millis() < PATIENCE as u128 {
        thread::sleep(Duration::from_millis(1));
        (memory, descriptors) = (memory::live(), self::descriptors());
    }
    if run == WARM_UP {
        MEMORY.store(memory, Relaxed);
        DESCRIPTORS.store(descriptors.len(), Relaxed);
    }
    let (memory_before, count_before) = (MEMORY.load(Relaxed), DESCRIPTORS.load(Relaxed));
    assert!(memory <= memory_before + (1 << 20), "{memory_before} bytes after run {WARM_UP}, {memory} after run {run}");
    assert!(descriptors.len() <= count_before, "{count_before} descriptors after run {WARM_UP}, after run {run} {descriptors:?}");
}

/// The process's descriptors of the kinds that libws uses (the fuzzer has files and pipes); none where that cannot be asked.
fn descriptors() -> Vec<PathBuf> {
    let entries = std::fs::read_dir("/proc/self/fd").into_iter().flatten().flatten();
    let links = entries.filter_map(|entry| std::fs::read_link(entry.path()).ok());
    links.filter(|link| ["socket:", "anon_inode:"].iter().any(|kind| link.to_string_lossy().starts_with(kind))).collect()
}
