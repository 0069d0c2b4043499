//! Each function of the C API, called with what the input says.

use super::{Said, World, arguments, arguments::Bytes, choices, on_event, on_line, owned, parts, response, routes};
use std::{
    ffi::{CStr, c_char, c_void},
    ptr::{null, null_mut},
};
use ws::ffi::{constants::*, event::*, failure::*, log::*, r#loop::*, options::*, options_flow::*, options_limits::*, options_request::*};
use ws::ffi::{options_receiving::*, shutdown::*, socket::*, socket_events::*, stats::*, status::*, version::*};

/// Room for the events of one [`ws_loop_wait`].
const ROOM: usize = 16;

/// A number option's setter and the type of its number.
type Setter<T> = unsafe extern "C" fn(*mut ws_options, T) -> ws_status;

const TIMES: [Setter<i32>; 5] = [
    ws_options_set_connect_timeout,
    ws_options_set_handshake_timeout,
    ws_options_set_close_timeout,
    ws_options_set_ping_interval,
    ws_options_set_ping_timeout,
];
const SIZES: [Setter<u64>; 6] = [
    ws_options_set_max_message_size,
    ws_options_set_max_frame_size,
    ws_options_set_receive_queue,
    ws_options_set_max_buffered,
    ws_options_set_low_water,
    ws_options_set_chunks,
];
/// Where two of them are.
const MAX_BUFFERED: usize = 3;
const CHUNKS: usize = 5;
const COUNTS: [Setter<u32>; 3] = [ws_options_set_max_head_size, ws_options_set_max_head_lines, ws_options_set_receive_queue_count];
const TEXTS: [unsafe extern "C" fn(*mut ws_options, *const c_char, usize) -> ws_status; 3] =
    [ws_options_add_protocol, ws_options_set_origin, ws_options_set_user_agent];
const GETTERS: [unsafe extern "C" fn(*const ws_socket) -> *const c_char; 3] = [ws_url, ws_protocol, ws_extensions];
const SIMPLE: [unsafe extern "C" fn(*mut ws_socket) -> ws_status; 3] = [ws_pause, ws_resume, ws_interrupt];

/// Makes one call.
pub fn one(world: &World) {
    match world.input.byte() % 40 {
        0..=5 => world.peer.act(&world.input),
        6..=14 => run(world),
        15..=25 => socket(world),
        26..=28 => options(world),
        29..=31 => life(world),
        32 => loops(world),
        33 => status_and_log(world),
        34 => set_up_and_connect(world),
        35..=38 => send(world),
        _ => later(world),
    }
}

/// The calls that came later: behind one number, so that the inputs which were kept before mean what they meant.
fn later(world: &World) {
    match world.input.byte() % 16 {
        0..=4 => parts::one(world),
        5..=7 => owned::send(world),
        8 => response::headers(world),
        9..=11 => choices::one(world),
        12 => routes::choose(world),
        _ => routes::connect(world),
    }
}

/// What a callback on the library's thread does.
///
/// # Safety
///
/// `handle` is the socket of `event`.
pub unsafe fn answer(handle: *mut ws_socket, event: &ws_event) {
    if event.r#type == WS_EVENT_MESSAGE {
        // SAFETY: the socket lives until its callback returns; so do the event's bytes.
        unsafe {
            ws_send(handle, event.kind, event.data, event.len);
            if event.len == 0 {
                ws_close(handle, 1000, null(), 0);
            }
        }
    }
}

fn send(world: &World) {
    let (handle, kind) = (world.a_socket(), arguments::kind(&world.input));
    let bytes = Bytes::new(&world.input);
    // SAFETY: NULL or a socket; the bytes live during the call, or their length is refused.
    unsafe {
        let before = ws_buffered_amount(handle);
        let status = match world.input.byte() % 4 {
            0 if bytes.len == WS_NUL_TERMINATED => ws_send_text(handle, bytes.pointer),
            1 => ws_ping(handle, bytes.data(), bytes.len),
            _ => {
                let status = ws_send(handle, kind, bytes.data(), bytes.len);
                let discarded = if status == WS_DISCARDED { bytes.len as u64 } else { 0 };
                assert!(ws_buffered_amount(handle) >= discarded && (status >= 0 || ws_buffered_amount(handle) <= before));
                status
            }
        };
        world.check(status);
    }
}

fn socket(world: &World) {
    let (handle, input) = (world.a_socket(), &world.input);
    let mut event = ws_event::none();
    // SAFETY: NULL or a socket; every place lives during the call; the library's texts are looked at before the next call.
    unsafe {
        match input.byte() % 12 {
            0 => world.check(SIMPLE[usize::from(input.byte()) % SIMPLE.len()](handle)),
            1 => drop(CStr::from_ptr(GETTERS[usize::from(input.byte()) % GETTERS.len()](handle)).to_str().expect("UTF-8")),
            2 => {
                ws_buffered_amount(handle);
                ws_user_data(handle);
                stats(world, handle);
            }
            3 => failure(world, handle),
            4 => world.check(ws_flush(handle, arguments::wait(input))),
            5 => world.check(ws_wait_open(handle, arguments::wait(input))),
            6 => {
                let place = if input.flag() { &raw mut event } else { null_mut() };
                let status = ws_wait_closed(handle, place, arguments::wait(input));
                world.check(status);
                if status == WS_OK {
                    // The error event may have been dropped.
                    event = ws_event { r#type: WS_EVENT_CLOSE, socket: handle, code: event.code.max(1000), ..event };
                    world.note(&event, true);
                }
            }
            7 => world.check(ws_next_event(handle, null_mut(), 0)),
            8 | 9 => {
                let reason = Bytes::new(input);
                world.check(ws_close(handle, arguments::code(input), reason.pointer, reason.len));
            }
            _ => {
                let status = ws_next_event(handle, &raw mut event, arguments::wait(input));
                world.check(status);
                if status == WS_OK {
                    world.note(&event, true);
                }
            }
        }
    }
}

/// Asks for statistics: of a version before this one, of this one and of a later one, and with sizes that nothing has.
unsafe fn stats(world: &World, handle: *mut ws_socket) {
    const FIELDS: usize = size_of::<ws_stats>() / size_of::<u64>();
    const UNTOUCHED: u64 = 0xa5a5_a5a5_a5a5_a5a5;
    // SAFETY: NULL or a socket, and NULL or a place as large as it says, or which says that it has no size.
    unsafe {
        world.check(ws_get_stats(handle, null_mut()));
        for fields in [2, FIELDS, FIELDS + 3] {
            for size in [fields * 8, fields * 8 - 1, 0] {
                let mut place = [UNTOUCHED; FIELDS + 4];
                place[0] = size as u64;
                let status = ws_get_stats(handle, place.as_mut_ptr().cast());
                world.check(status);
                let filled = if status == WS_OK { fields } else { 1 };
                assert!(status != WS_OK || size == fields * 8, "{size} is no size");
                assert_eq!(place[0], size as u64, "the size stays what it was");
                assert!(place[filled..].iter().all(|field| *field == UNTOUCHED), "more was written than there was room for");
                assert!(place[FIELDS.min(filled)..filled].iter().all(|field| *field == 0), "what is not known is 0");
            }
        }
    }
}

/// Asks why it failed, and reads all of the answer.
unsafe fn failure(world: &World, handle: *mut ws_socket) {
    let mut failure = std::mem::MaybeUninit::<ws_failure>::uninit();
    // SAFETY: there is room for its first field.
    unsafe { failure.as_mut_ptr().cast::<u64>().write(size_of::<ws_failure>() as u64) };
    let place = if world.input.flag() { null_mut() } else { failure.as_mut_ptr() };
    // SAFETY: NULL or a socket, and NULL or a place.
    let status = unsafe { ws_get_failure(handle, place) };
    world.check(status);
    if status == WS_OK {
        // SAFETY: it was filled; each text has its length and a NUL.
        unsafe {
            let failure = failure.assume_init();
            assert!((WS_PHASE_NONE..=WS_PHASE_CLOSING).contains(&failure.phase));
            let texts = [
                (failure.text.cast(), failure.text_len),
                (failure.head.cast(), failure.head_len),
                (failure.body, failure.body_len),
                (failure.address.cast(), failure.address_len),
            ];
            for (text, len) in texts {
                assert_eq!(std::slice::from_raw_parts(text.cast::<u8>(), len + 1).last(), Some(&0));
            }
        }
    }
}

/// Runs a loop.
fn run(world: &World) {
    let (handle, wait) = (world.a_loop(), arguments::wait(&world.input));
    let mut events = [ws_event::none(); ROOM];
    let mut count = usize::MAX;
    // SAFETY: NULL or a loop; every place lives during the call.
    unsafe {
        match world.input.byte() % 8 {
            0 => world.check(ws_loop_wait(handle, null_mut(), 1, wait, &raw mut count)),
            1 => world.check(ws_loop_wait(handle, events.as_mut_ptr(), ROOM, wait, null_mut())),
            2..=4 => {
                let capacity = world.input.choose(&[ROOM, 1, 2, 0]);
                let status = ws_loop_wait(handle, events.as_mut_ptr(), capacity, wait, &raw mut count);
                world.check(status);
                assert!(if status == WS_OK { (1..=capacity).contains(&count) } else { count == 0 }, "{status}: {count} of {capacity}");
                for event in &events[..count] {
                    world.note(event, false);
                }
            }
            _ => world.check(ws_loop_dispatch(handle, wait)),
        }
    }
}

/// Options and their setters, but for the loop and the callbacks.
fn options(world: &World) {
    let (handle, input) = (world.some_options(), &world.input);
    // SAFETY: NULL or options; the texts live during the call, or their length is refused; the pointer is never looked at.
    unsafe {
        world.check(match input.byte() % 8 {
            0 => {
                let (name, value) = (Bytes::new(input), Bytes::new(input));
                ws_options_add_header(handle, name.pointer, name.len, value.pointer, value.len)
            }
            1 | 2 => {
                let text = Bytes::new(input);
                TEXTS[usize::from(input.byte()) % TEXTS.len()](handle, text.pointer, text.len)
            }
            3 => ws_options_set_no_delay(handle, input.choose(&[0, 1, 2, -1])),
            4 => ws_options_set_user_data(handle, usize::from(input.word()) as *mut c_void),
            5 => TIMES[usize::from(input.byte()) % TIMES.len()](handle, arguments::time(input)),
            6 => {
                let (index, size) = (usize::from(input.byte()) % SIZES.len(), arguments::size(input));
                let status = SIZES[index](handle, size);
                if let Some(slot) = world.options.iter().find(|slot| status == WS_OK && slot.handle.get() == handle) {
                    slot.say(|said| match index {
                        MAX_BUFFERED => said.max_buffered = size,
                        CHUNKS => said.chunks = size,
                        _ => {}
                    });
                }
                status
            }
            _ => {
                let count = u32::try_from(arguments::size(input)).unwrap_or(u32::MAX);
                COUNTS[usize::from(input.byte()) % COUNTS.len()](handle, count)
            }
        });
    }
}

/// Makes and ends things.
fn life(world: &World) {
    let input = &world.input;
    let at = usize::from(input.byte());
    let (socket, options) = (&world.sockets[at % world.sockets.len()].handle, &world.options[at % world.options.len()]);
    let event_loop = &world.loops[at % world.loops.len()];
    // SAFETY: NULL, or handles that are taken out of their slots before they end; every place lives during the call. What was freed
    // is freed again: the library refuses that.
    unsafe {
        if input.flag() {
            ws_free(world.freed());
            ws_options_free(world.freed());
            ws_loop_free(world.freed());
        }
        match input.byte() % 8 {
            0..=2 => connect(world),
            3 => ws_free(world.give_up(socket)),
            4 => {
                ws_options_free(world.give_up(&options.handle));
                options.handle.set(ws_options_new());
                options.said.set(Said::default());
            }
            5 => {
                let other = &world.options[(at + 1) % world.options.len()];
                ws_options_free(world.give_up(&other.handle));
                other.handle.set(ws_options_copy(options.handle.get()));
                other.said.set(options.said.get());
                ws_options_free(null_mut());
            }
            6 => {
                ws_loop_free(world.give_up(event_loop));
                world.check(ws_loop_new(event_loop.as_ptr()));
                world.check(ws_loop_new(null_mut()));
            }
            _ => ws_loop_free(world.give_up(event_loop)),
        }
    }
}

/// Chooses the loop or the callbacks of options, and connects.
fn set_up_and_connect(world: &World) {
    let input = &world.input;
    let slot = &world.options[usize::from(input.byte()) % world.options.len()];
    let handle = slot.handle.get();
    let call = |yes: bool| yes.then_some(on_event as unsafe extern "C" fn(_, *const ws_event, _));
    // SAFETY: NULL, options or a loop.
    unsafe {
        if input.flag() {
            let event_loop = world.loops[usize::from(input.byte()) % world.loops.len()].get();
            world.check(ws_options_set_loop(handle, event_loop));
            slot.say(|said| said.has_loop = !event_loop.is_null());
        } else {
            let which = input.byte();
            let [open, message, other] = [1, 2, 4].map(|bit| call(which & bit != 0));
            // The end is looked at wherever there are callbacks at all.
            let end = call(which & 15 != 0);
            world.check(ws_options_set_on_pong(handle, other));
            world.check(ws_options_set_on_drain(handle, other));
            world.check(ws_options_set_on_chunk(handle, message));
            world.check(ws_options_set_callbacks(handle, open, message, end, end, null_mut()));
            slot.say(|said| (said.has_callbacks, said.drops_chunks) = (end.is_some(), end.is_some() && message.is_none()));
        }
    }
    connect(world);
}

fn connect(world: &World) {
    let input = &world.input;
    let url = world.peer.some_url(input);
    connect_to(world, &url);
}

/// Connects, with some options.
pub fn connect_to(world: &World, url: &CStr) {
    let input = &world.input;
    let options = &world.options[usize::from(input.byte()) % world.options.len()];
    let slot = world.new_slot();
    // SAFETY: NULL or options, a URL with its NUL, NULL or a place.
    unsafe {
        world.check(ws_connect(null(), options.handle.get(), slot.handle.as_ptr()));
        world.check(ws_connect(url.as_ptr(), options.handle.get(), null_mut()));
        let said = options.said.get();
        slot.elsewhere.set(said.has_callbacks && !said.has_loop);
        slot.said.set(if options.handle.get().is_null() { Said::default() } else { said });
        let status = ws_connect(url.as_ptr(), options.handle.get(), slot.handle.as_ptr());
        world.check(status);
        assert_eq!(slot.handle.get().is_null(), status != WS_OK);
    }
}

fn loops(world: &World) {
    let (handle, input) = (world.a_loop(), &world.input);
    // SAFETY: NULL or a loop.
    unsafe {
        match input.byte() % 4 {
            0 => assert!(matches!(ws_loop_fd(handle), 0..|WS_ERR_NULL_POINTER| WS_ERR_BAD_HANDLE)),
            1 => assert!(ws_loop_timeout(handle) >= -1),
            2 => world.check(ws_loop_wake(handle)),
            _ => {
                let status = ws_shutdown(arguments::wait(input));
                assert!(status != WS_ERR_BUSY || world.depth.get() > 0);
                world.check(status);
            }
        }
    }
}

fn status_and_log(world: &World) {
    let input = &world.input;
    let number = input.choose(&[0, 1, -11, -101, -107, -1, 3, i32::MIN, i32::MAX]);
    // SAFETY: the library's texts are valid for ever, or until the next call; the logger may be called at any time.
    unsafe {
        for text in [ws_status_name(number), ws_status_text(number), ws_last_error(), ws_version()] {
            CStr::from_ptr(text).to_str().expect("UTF-8");
        }
        assert_eq!(ws_version_number(), WS_VERSION_NUMBER);
        let logger = input.flag().then_some(on_line as unsafe extern "C" fn(_, _, _, _));
        world.check(ws_set_log(logger, null_mut(), input.choose(&[4, 1, 0, 5, -1, 2])));
    }
}
