//! Which libws this is.

use std::ffi::{CStr, c_char};

/// The version of the header, major number.
pub const WS_VERSION_MAJOR: u32 = 0;
/// The version of the header, minor number.
pub const WS_VERSION_MINOR: u32 = 1;
/// The version of the header, patch number.
pub const WS_VERSION_PATCH: u32 = 0;
/// The version of the header as one number: major * 0x10000 + minor * 0x100 + patch.
pub const WS_VERSION_NUMBER: u32 = 0x0000_0100;
/// The version of the header as a text.
pub const WS_VERSION: &CStr = c"0.1.0";

/// The version of the library that is running, as a text such as "0.1.0".
///
/// Returns a text that is valid for ever. Does not block; any thread; a callback may call it.
#[unsafe(no_mangle)]
pub extern "C" fn ws_version() -> *const c_char {
    WS_VERSION.as_ptr()
}

/// The version of the library that is running, as a number like WS_VERSION_NUMBER, to compare with.
///
/// Returns major * 0x10000 + minor * 0x100 + patch. Does not block; any thread; a callback may call it.
#[unsafe(no_mangle)]
pub extern "C" fn ws_version_number() -> u32 {
    WS_VERSION_NUMBER
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_version_macros_are_the_crates_version() {
        let parts = format!("{WS_VERSION_MAJOR}.{WS_VERSION_MINOR}.{WS_VERSION_PATCH}");
        assert_eq!(parts, env!("CARGO_PKG_VERSION"));
        assert_eq!(WS_VERSION.to_str(), Ok(parts.as_str()));
        assert_eq!(WS_VERSION_NUMBER, WS_VERSION_MAJOR << 16 | WS_VERSION_MINOR << 8 | WS_VERSION_PATCH);
    }
}
