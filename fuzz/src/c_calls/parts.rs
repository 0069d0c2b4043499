//! Messages that are sent in parts, held against what is known of the socket; and the arithmetic of what waits to be sent.

use super::{Slot, World, arguments, arguments::Bytes};
use std::ffi::c_int;
use ws::ffi::{constants::*, socket::*, stats::*, status::*, streaming::*};

/// A message that was begun and not ended.
#[derive(Debug, Default)]
pub struct Parts {
    text: bool,
    /// Of a text, the beginning of a character that was cut.
    cut: Vec<u8>,
}

impl Parts {
    /// The cut character with `part` behind it; `None`: that would not be UTF-8.
    fn with(&self, part: &[u8]) -> Option<Vec<u8>> {
        if !self.text {
            return Some(Vec::new());
        }
        let all = [&self.cut, part].concat();
        match std::str::from_utf8(&all) {
            Ok(_) => Some(Vec::new()),
            Err(error) if error.error_len().is_none() => Some(all[error.valid_up_to()..].to_vec()),
            Err(_) => None,
        }
    }
}

/// Begins, goes on with or ends a message.
pub fn one(world: &World) {
    let handle = world.a_socket();
    let slot = world.slot_of(handle);
    match world.input.byte() % 8 {
        0 | 1 => begin(world, handle, slot),
        2 => end(world, handle, slot),
        _ => append(world, handle, slot),
    }
}

/// What a call that sends returns in a state other than OPEN; OPEN, a server that has closed makes it [`WS_DISCARDED`], too.
fn not_open(handle: *mut ws_socket, status: ws_status) -> Option<ws_status> {
    // SAFETY: the slot's socket was not freed.
    match unsafe { ws_ready_state(handle) } {
        WS_CONNECTING => Some(WS_ERR_INVALID_STATE),
        WS_OPEN => (status == WS_DISCARDED).then_some(WS_DISCARDED),
        _ => Some(WS_DISCARDED),
    }
}

fn begin(world: &World, handle: *mut ws_socket, slot: Option<&Slot>) {
    let kind: c_int = arguments::kind(&world.input);
    // SAFETY: NULL, a socket or a handle that is none.
    let status = unsafe { ws_message_begin(handle, kind) };
    world.expect(status, &[WS_DISCARDED, WS_ERR_INVALID_STATE, WS_ERR_INVALID_ARGUMENT]);
    let Some(slot) = slot else { return };
    let plain = kind & !(WS_MORE | WS_NO_COMPRESS);
    let begun = slot.parts.borrow().is_some();
    let right = match not_open(handle, status) {
        _ if plain != WS_TEXT && plain != WS_BINARY => WS_ERR_INVALID_ARGUMENT,
        Some(status) => status,
        None if begun => WS_ERR_INVALID_STATE,
        None => WS_OK,
    };
    assert_eq!(status, right, "ws_message_begin({kind}), begun: {begun}");
    if status == WS_OK {
        slot.parts.replace(Some(Parts { text: plain == WS_TEXT, cut: Vec::new() }));
    }
}

fn append(world: &World, handle: *mut ws_socket, slot: Option<&Slot>) {
    let part = Bytes::new(&world.input);
    let before = Amounts::of(handle);
    // SAFETY: NULL, a socket or a handle that is none; the bytes live during the call, or their length is refused.
    let status = unsafe { ws_message_append(handle, part.data(), part.len) };
    let statuses = [WS_DISCARDED, WS_ERR_INVALID_STATE, WS_ERR_INVALID_UTF8, WS_ERR_QUOTA, WS_ERR_INVALID_ARGUMENT];
    world.expect(status, &statuses);
    let Some(slot) = slot else { return };
    let mut parts = slot.parts.borrow_mut();
    if let Some(refused) = part.refused() {
        assert_eq!(status, refused);
    } else if let Some(right) = not_open(handle, status) {
        assert_eq!(status, right);
    } else if let Some(parts) = &mut *parts {
        match parts.with(part.bytes()) {
            None => assert_eq!(status, WS_ERR_INVALID_UTF8, "{:?} behind {parts:?}", part.bytes().escape_ascii()),
            Some(_) if status == WS_ERR_QUOTA => assert!(slot.said.get().max_buffered > 0, "a quota that nobody has set"),
            Some(cut) => {
                assert_eq!(status, WS_OK, "{:?} behind {parts:?}", part.bytes().escape_ascii());
                parts.cut = cut;
            }
        }
    } else {
        assert_eq!(status, WS_ERR_INVALID_STATE);
    }
    drop(parts);
    before.check_sent(slot, status, part.len);
}

fn end(world: &World, handle: *mut ws_socket, slot: Option<&Slot>) {
    let before = Amounts::of(handle);
    // SAFETY: NULL, a socket or a handle that is none.
    let status = unsafe { ws_message_end(handle) };
    world.expect(status, &[WS_DISCARDED, WS_ERR_INVALID_STATE, WS_ERR_INVALID_UTF8]);
    let Some(slot) = slot else { return };
    let right = match (not_open(handle, status), &*slot.parts.borrow()) {
        (Some(status), _) => status,
        (None, None) => WS_ERR_INVALID_STATE,
        (None, Some(parts)) if !parts.cut.is_empty() => WS_ERR_INVALID_UTF8,
        (None, Some(_)) => WS_OK,
    };
    assert_eq!(status, right);
    let sent = Amounts::of(handle).messages - before.messages;
    assert_eq!(sent, u64::from(status == WS_OK), "messages that were sent, by ws_message_end with status {status}");
    if status == WS_OK {
        slot.parts.take();
    }
}

/// What a socket says about what it sends.
pub struct Amounts {
    handle: *mut ws_socket,
    buffered: u64,
    messages: u64,
    payload: u64,
}

impl Amounts {
    pub fn of(handle: *mut ws_socket) -> Self {
        // SAFETY: a struct of numbers; NULL, a socket or a handle that is none.
        unsafe {
            let mut stats = std::mem::zeroed::<ws_stats>();
            stats.size = size_of::<ws_stats>() as u64;
            ws_get_stats(handle, &raw mut stats);
            Amounts { handle, buffered: ws_buffered_amount(handle), messages: stats.messages_sent, payload: stats.payload_sent }
        }
    }

    /// A message of `len` bytes was sent whole.
    #[track_caller]
    pub fn check_message(&self, slot: &Slot, status: ws_status, len: usize) {
        let after = Amounts::of(self.handle);
        let sent = (after.messages - self.messages, after.payload - self.payload);
        assert_eq!(sent, if status == WS_OK { (1, len as u64) } else { (0, 0) }, "messages and bytes, with status {status}");
        self.check_sent(slot, status, len);
        let most = slot.said.get().max_buffered;
        if status == WS_ERR_QUOTA {
            assert!(most > 0 && (after.buffered > 0 && after.buffered + len as u64 > most || !slot.said.get().has_loop));
        }
    }

    /// `len` bytes were sent, discarded or refused: what waits is no more than it can be, and where nobody else writes, just that.
    #[track_caller]
    fn check_sent(&self, slot: &Slot, status: ws_status, len: usize) {
        // SAFETY: the slot's socket was not freed.
        let (after, state) = unsafe { (ws_buffered_amount(self.handle), ws_ready_state(self.handle)) };
        let (before, len) = (self.buffered, len as u64);
        match status {
            WS_DISCARDED if slot.said.get().has_loop || state == WS_CLOSED => assert_eq!(after, before + len),
            WS_DISCARDED => assert!((len..=before + len).contains(&after), "{before} + {len}: {after}"),
            WS_OK => assert!(after <= before + len, "{before} + {len}: {after}"),
            _ => assert!(after <= before, "{before}, then {after} with status {status}"),
        }
    }
}
