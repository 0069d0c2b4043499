//! From C's pointers to Rust's references: NULL and lengths are checked here, what cannot be checked is the caller's to keep.

use super::constants::WS_NUL_TERMINATED;
use crate::error::{Error, Result};
use std::ffi::{CStr, c_char, c_void};

/// The bytes of a (pointer, length) pair. NULL is fine for a length of 0.
///
/// # Safety
///
/// `data` is NULL or readable for `len` bytes, unchanged while the slice is used.
pub unsafe fn bytes<'a>(what: &'static str, data: *const c_void, len: usize) -> Result<&'a [u8]> {
    if len == 0 {
        return Ok(&[]);
    }
    if data.is_null() {
        return Err(Error::NullPointer(what));
    }
    if isize::try_from(len).is_err() {
        return Err(Error::InvalidArgument(format!("{what}: a length of {len} bytes is more than memory can hold")));
    }
    // SAFETY: not NULL, of a possible length, and the caller promises the rest.
    Ok(unsafe { std::slice::from_raw_parts(data.cast(), len) })
}

/// The bytes of a text, of which `None` is NULL. A length of `WS_NUL_TERMINATED` ends at the NUL.
///
/// # Safety
///
/// As [`bytes`]; with `WS_NUL_TERMINATED` the text has a NUL.
pub unsafe fn optional_text<'a>(what: &'static str, text: *const c_char, len: usize) -> Result<Option<&'a [u8]>> {
    if text.is_null() {
        // A length without a text is a mistake worth telling.
        return if len == 0 || len == WS_NUL_TERMINATED { Ok(None) } else { Err(Error::NullPointer(what)) };
    }
    if len == WS_NUL_TERMINATED {
        // SAFETY: not NULL; the caller promises the NUL.
        return Ok(Some(unsafe { CStr::from_ptr(text) }.to_bytes()));
    }
    // SAFETY: the caller's promise is passed on.
    unsafe { bytes(what, text.cast(), len) }.map(Some)
}

/// The bytes of a text that must be there.
///
/// # Safety
///
/// As [`optional_text`].
pub unsafe fn text<'a>(what: &'static str, text: *const c_char, len: usize) -> Result<&'a [u8]> {
    // SAFETY: the caller's promise is passed on.
    unsafe { optional_text(what, text, len) }?.ok_or(Error::NullPointer(what))
}

/// The same, as UTF-8.
///
/// # Safety
///
/// As [`optional_text`].
pub unsafe fn utf8<'a>(what: &'static str, pointer: *const c_char, len: usize) -> Result<&'a str> {
    // SAFETY: the caller's promise is passed on.
    unsafe { optional_utf8(what, pointer, len) }?.ok_or(Error::NullPointer(what))
}

/// The same, where NULL stands for none.
///
/// # Safety
///
/// As [`optional_text`].
pub unsafe fn optional_utf8<'a>(what: &'static str, pointer: *const c_char, len: usize) -> Result<Option<&'a str>> {
    // SAFETY: the caller's promise is passed on.
    let Some(bytes) = unsafe { optional_text(what, pointer, len) }? else { return Ok(None) };
    std::str::from_utf8(bytes).map(Some).map_err(|error| Error::InvalidUtf8 { what, offset: error.valid_up_to() })
}

/// A place to write to.
///
/// # Safety
///
/// `pointer` is NULL or valid for writing a `T`, used by nobody else meanwhile.
pub unsafe fn out<'a, T>(what: &'static str, pointer: *mut T) -> Result<&'a mut T> {
    // SAFETY: the caller's promise is passed on.
    unsafe { pointer.as_mut() }.ok_or(Error::NullPointer(what))
}

/// The largest size that a struct is believed to have: a larger one was not set.
const LARGEST: u64 = 4096;

/// Fills a struct that begins with its size, a `u64` which the caller has set to what it knows of the struct: `fill` gets that number.
/// Fields beyond are left alone, those of a later version become 0. `name` is the struct's in C.
///
/// # Errors
///
/// NULL; a size that the struct has in no version; those of `fill`. Nothing is written then.
///
/// # Safety
///
/// `place` is NULL or begins with a size, and is writable for as many bytes, used by nobody else meanwhile. `T` is `repr(C)`, may be
/// copied byte by byte, and begins with that size.
pub unsafe fn fill<T: Copy>(what: &'static str, name: &str, place: *mut T, fill: impl FnOnce(u64) -> Result<T>) -> Result<()> {
    if place.is_null() {
        return Err(Error::NullPointer(what));
    }
    // SAFETY: the caller's promise. The place may be smaller than this version's: there is no reference.
    let size = unsafe { place.cast::<u64>().read() };
    let whole = (16..=LARGEST).contains(&size) && size.is_multiple_of(align_of::<T>() as u64);
    let Some(room) = usize::try_from(size).ok().filter(|_| whole) else {
        return Err(Error::InvalidArgument(format!("{what}: its size field is {size}: set it to sizeof({name}) before the call")));
    };
    let filled = fill(size)?;
    let known = room.min(size_of::<T>());
    // SAFETY: the caller's place has `room` bytes, as it says itself, of which `known` are filled and the rest becomes 0.
    unsafe {
        place.cast::<u8>().copy_from_nonoverlapping((&raw const filled).cast(), known);
        place.cast::<u8>().add(known).write_bytes(0, room - known);
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::ptr::null_mut;

    #[test]
    fn a_length_of_0_needs_no_pointer_and_any_other_does() {
        let some = b"abc";
        // SAFETY: NULL, or three readable bytes.
        unsafe {
            assert_eq!(bytes("it", std::ptr::null(), 0), Ok(&[][..]));
            assert_eq!(bytes("it", std::ptr::null(), 1), Err(Error::NullPointer("it")));
            assert_eq!(bytes("it", some.as_ptr().cast(), 3), Ok(&some[..]));
            assert!(matches!(bytes("it", some.as_ptr().cast(), usize::MAX), Err(Error::InvalidArgument(_))));
        }
    }

    #[test]
    fn a_text_ends_at_its_nul_or_at_its_length() {
        let text = c"ab\xff";
        // SAFETY: NULL, or a text with a NUL.
        unsafe {
            assert_eq!(optional_text("it", text.as_ptr(), WS_NUL_TERMINATED), Ok(Some(&b"ab\xff"[..])));
            assert_eq!(optional_text("it", text.as_ptr(), 1), Ok(Some(&b"a"[..])));
            assert_eq!(optional_text("it", text.as_ptr(), 0), Ok(Some(&b""[..])));
            assert_eq!(optional_text("it", std::ptr::null(), WS_NUL_TERMINATED), Ok(None));
            assert_eq!(optional_text("it", std::ptr::null(), 0), Ok(None));
            assert_eq!(optional_text("it", std::ptr::null(), 5), Err(Error::NullPointer("it")));
            assert_eq!(utf8("it", text.as_ptr(), 2), Ok("ab"));
            assert_eq!(utf8("it", text.as_ptr(), 3), Err(Error::InvalidUtf8 { what: "it", offset: 2 }));
            assert_eq!(utf8("it", std::ptr::null(), 0), Err(Error::NullPointer("it")));
        }
    }

    #[test]
    fn a_struct_is_filled_as_far_as_its_size_says() {
        let fill = |place: &mut [u64; 6]| {
            // SAFETY: a place of 48 bytes, which is what the largest good size below says.
            unsafe { super::fill("it", "ws_it", place.as_mut_ptr().cast::<[u64; 4]>(), |size| Ok([size, 1, 2, 3])) }
        };
        for (size, filled) in [(16, [16, 1, 9, 9, 9, 9]), (32, [32, 1, 2, 3, 9, 9]), (48, [48, 1, 2, 3, 0, 0])] {
            let mut place = [size, 9, 9, 9, 9, 9];
            assert_eq!((fill(&mut place), place), (Ok(()), filled));
        }
        for size in [0, 8, 20, 4104, u64::MAX] {
            let mut place = [size, 9, 9, 9, 9, 9];
            let text = format!("it: its size field is {size}: set it to sizeof(ws_it) before the call");
            assert_eq!((fill(&mut place), place), (Err(Error::InvalidArgument(text)), [size, 9, 9, 9, 9, 9]));
        }
        // SAFETY: NULL.
        assert_eq!(unsafe { super::fill("it", "ws_it", null_mut::<u64>(), Ok) }, Err(Error::NullPointer("it")));
    }

    #[test]
    fn a_place_to_write_to_is_not_null() {
        // SAFETY: NULL.
        assert_eq!(unsafe { out::<u8>("it", null_mut()) }, Err(Error::NullPointer("it")));
    }
}
