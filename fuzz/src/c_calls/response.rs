//! The headers of the server's response, by name and by place: both say the same.

use super::{World, arguments::Bytes};
use std::{
    ffi::{CStr, c_char},
    ptr::{null, null_mut},
};
use ws::ffi::{constants::*, response::*, socket::*, status::*};

/// Asks for a header by a name of the input, then for all of them.
pub fn headers(world: &World) {
    let handle = world.a_socket();
    let name = Bytes::new(&world.input);
    // SAFETY: NULL, a socket or a handle that is none; the name lives during the call, or its length is refused.
    let value = unsafe { ws_response_header(handle, name.pointer, name.len, usize::from(world.input.byte())) };
    let is_slots = world.slot_of(handle).is_some();
    assert!(value.is_null() || !handle.is_null());
    let mut names: Vec<String> = Vec::new();
    for index in 0.. {
        let (mut name, mut value) = (null::<c_char>(), null::<c_char>());
        // SAFETY: as above, with two places, or none.
        let status = unsafe {
            world.expect(ws_response_header_at(handle, index, null_mut(), &raw mut value), &[]);
            ws_response_header_at(handle, index, &raw mut name, &raw mut value)
        };
        world.expect(status, &[WS_DONE]);
        if status < 0 {
            assert!(name.is_null() && value.is_null() && !is_slots, "an error writes nothing");
            return;
        }
        // SAFETY: both are texts until the socket is freed.
        let (name, value) = unsafe { (CStr::from_ptr(name), CStr::from_ptr(value)) };
        if status == WS_DONE {
            assert!(name.is_empty() && value.is_empty());
            return;
        }
        // SAFETY: NULL, a socket or a handle that is none.
        assert!(unsafe { ws_ready_state(handle) } != WS_CONNECTING, "a header before the open event");
        let (text, value) = (name.to_str().expect("a name"), value.to_str().expect("a value"));
        assert!(!value.starts_with([' ', '\t']) && !value.ends_with([' ', '\t']), "{value:?}");
        let before = names.iter().filter(|other| other.eq_ignore_ascii_case(text)).count();
        // SAFETY: the name is a text.
        let same = unsafe { ws_response_header(handle, name.as_ptr(), WS_NUL_TERMINATED, before) };
        assert!(!same.is_null(), "the header {text:?} is there by its place and not by its name");
        // SAFETY: a text until the socket is freed.
        assert_eq!(unsafe { CStr::from_ptr(same) }.to_str(), Ok(value));
        names.push(text.to_owned());
    }
}
