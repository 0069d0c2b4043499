//! Arguments from the edges: texts with lengths that lie within what C may say, numbers at and beside each limit.

use crate::input::Input;
use std::{
    ffi::{c_char, c_void},
    ptr::null,
};
use ws::ffi::{
    constants::WS_NUL_TERMINATED,
    status::{WS_ERR_INVALID_ARGUMENT, WS_ERR_NULL_POINTER, ws_status},
};

/// More than any object in memory can have.
const TOO_MUCH: usize = isize::MAX.cast_unsigned() + 1;

/// A text or data with its length, as C passes it; a NUL is always there.
pub struct Bytes {
    /// What the pointer points to, unless it is NULL.
    pub buffer: Vec<u8>,
    pub pointer: *const c_char,
    pub len: usize,
}

impl Bytes {
    pub fn new(input: &Input) -> Self {
        let how = input.byte();
        let mut buffer = match how >> 4 {
            0..=9 => input.field().to_vec(),
            10 => b"a\xff\xc3".to_vec(),
            11 | 12 => vec![b'x'; input.choose(&[122, 123, 124, 125, 126, 127, 65_535, 65_536, 200_000])],
            13 => "κόσμε".repeat(usize::from(input.byte())).into_bytes(),
            _ => input.choose(&["chat", "superchat", "a b", "X-Header", "Host", "a\r\nb", "\u{feff}"]).into(),
        };
        let size = buffer.len();
        buffer.push(0);
        let start = buffer.as_mut_ptr().cast_const();
        let (pointer, len) = match how & 15 {
            8 => (start, WS_NUL_TERMINATED),
            9 => (start, TOO_MUCH),
            10 => (start, usize::MAX - 1),
            11 => (start, 0),
            12 => (null(), 0),
            13 => (null(), 5),
            14 => (null(), WS_NUL_TERMINATED),
            15 => (null(), TOO_MUCH),
            _ => (start, size),
        };
        Bytes { buffer, pointer: pointer.cast(), len }
    }

    /// The bytes that are passed; none if they are refused.
    pub fn bytes(&self) -> &[u8] {
        if self.refused().is_some() { &[] } else { &self.buffer[..self.len] }
    }

    /// The status of a call that takes them as data, not as a text, and refuses them.
    pub fn refused(&self) -> Option<ws_status> {
        match self.len {
            0 => None,
            _ if self.pointer.is_null() => Some(WS_ERR_NULL_POINTER),
            TOO_MUCH.. => Some(WS_ERR_INVALID_ARGUMENT),
            _ => None,
        }
    }

    pub fn data(&self) -> *const c_void {
        self.pointer.cast()
    }
}

/// A time to wait: never long.
pub fn wait(input: &Input) -> i32 {
    input.choose(&[0, 0, 0, 0, 1, -2, i32::MIN])
}

/// A time for an option.
pub fn time(input: &Input) -> i32 {
    input.choose(&[1, 2, 10, 1000, 30_000, i32::MAX, 0, -1, i32::MIN])
}

/// A size for an option.
pub fn size(input: &Input) -> u64 {
    const KIB: u64 = 1 << 10;
    const MOST: u64 = 1 << 40;
    input.choose(&[1, 2, 100, 255, 256, KIB - 1, KIB, 65_536, 1 << 24, (1 << 24) + 1, MOST, MOST + 1, 0, 7, 8, u64::MAX])
}

/// A close code.
pub fn code(input: &Input) -> i32 {
    input.choose(&[-1, 1000, 3000, 4999, 1001, 999, 1005, 2999, 5000, 65_536 + 1000, 0, i32::MIN, i32::MAX, -2])
}

/// A type of message.
pub fn kind(input: &Input) -> i32 {
    input.choose(&[1, 2, 1, 2, 0x101, 0x102, 0, 3, -1, 0x100, 0x201, i32::MIN])
}
