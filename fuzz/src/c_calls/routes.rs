//! The ways to a server: addresses that were given, proxies, sockets that are handed over. Nothing leaves the loopback interface, and
//! no name is looked up.

use super::{World, calls};
use crate::input::Input;
use std::{
    ffi::{CString, c_char, c_int},
    net::TcpStream,
    os::fd::{AsRawFd, FromRawFd, IntoRawFd, OwnedFd},
    ptr::null,
};
use ws::ffi::{options::ws_options, options_addresses::*, options_proxy::*, status::*};

/// A name that nobody has: it is only used with addresses of its own.
const HOST: &str = "fuzz.test";
/// Connections that are handed over in an input: so many wait to be accepted at the most.
const HANDED: u32 = 16;

/// A text as C passes it; NULL if there is none.
fn with<T>(text: Option<&str>, call: impl FnOnce(*const c_char, usize) -> T) -> T {
    call(text.map_or(null(), |text| text.as_ptr().cast()), text.map_or(0, str::len))
}

/// Chooses a way.
pub fn choose(world: &World) {
    let (handle, input) = (world.some_options(), &world.input);
    // SAFETY: NULL, options or a handle that is none; the texts live during the calls.
    unsafe {
        match input.byte() % 8 {
            0 | 1 => {
                let url = proxy(world, input);
                let status = with(url.as_deref(), |url, len| ws_options_set_proxy(handle, url, len));
                world.expect(status, &[WS_ERR_SYNTAX]);
            }
            2 => {
                let names = [None, Some(""), Some("alice"), Some("a:b"), Some("a\nb"), Some("κόσμε")];
                let long = "x".repeat(256);
                let names = [&names[..], &[Some(long.as_str())]].concat();
                let (user, password) = (input.choose(&names), input.choose(&names));
                let status = with(user, |user, user_len| {
                    with(password, |password, len| ws_options_set_proxy_credentials(handle, user, user_len, password, len))
                });
                world.expect(status, &[WS_ERR_INVALID_STATE, WS_ERR_SYNTAX]);
            }
            3 => {
                let lists =
                    [None, Some(""), Some("*"), Some("127.0.0.0/8,::1"), Some("fuzz.test:80 127.0.0.1:1"), Some(",,/33 [::"), Some("test")];
                let status = with(input.choose(&lists), |list, len| ws_options_set_no_proxy(handle, list, len));
                world.expect(status, &[]);
                world.expect(ws_options_set_proxy_from_environment(handle, input.choose(&[0, 1, 2])), &[WS_ERR_INVALID_ARGUMENT]);
            }
            4 => {
                let paths = [None, Some("@libws-fuzz-nobody"), Some(""), Some("/nonexistent/socket"), Some("@"), Some("/\0")];
                let long = "x".repeat(usize::from(input.choose(&[106_u8, 107, 108, 109])));
                let path = input.choose(&[&paths[..], &[Some(long.as_str())]].concat());
                let status = with(path, |path, len| ws_options_set_unix_socket(handle, path, len));
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
            }
            5 => {
                let addresses = [None, Some("127.0.0.1"), Some("127.0.0.2"), Some("::1"), Some("192.0.2.1"), Some("none"), Some("")];
                let status = with(input.choose(&addresses), |address, len| ws_options_set_bind_address(handle, address, len));
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
            }
            6 => {
                let names = [None, Some("lo"), Some("nobody0"), Some(""), Some("a/b"), Some("abcdefghijklmnopqrst")];
                let status = with(input.choose(&names), |name, len| ws_options_set_bind_interface(handle, name, len));
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
                let version: c_int = input.choose(&[0, 4, 6, 5, -1]);
                world.expect(ws_options_set_ip_version(handle, version), &[WS_ERR_INVALID_ARGUMENT]);
            }
            _ => hand_over(world, handle),
        }
    }
}

/// A proxy's URL: most are those of the peer.
fn proxy(world: &World, input: &Input) -> Option<String> {
    let port = world.peer.port();
    Some(match input.byte() % 12 {
        0 | 1 => format!("http://127.0.0.1:{port}"),
        2 => format!("socks5://127.0.0.1:{port}"),
        3 => format!("socks5h://alice:secret@127.0.0.1:{port}/"),
        4 => format!("alice:%73ecret@127.0.0.1:{port}"),
        5 => format!("https://127.0.0.1:{port}"),
        6 => "http://127.0.0.1:1".into(),
        7 => "ftp://127.0.0.1".into(),
        8 => "http://127.0.0.1:0".into(),
        9 => "socks5://al%0Aice@127.0.0.1".into(),
        10 => String::new(),
        _ => return None,
    })
}

/// Hands a connection over, or a descriptor that is none.
unsafe fn hand_over(world: &World, handle: *mut ws_options) {
    let input = &world.input;
    let connected =
        if input.flag() && world.handed.get() < HANDED { TcpStream::connect(("127.0.0.1", world.peer.port())).ok() } else { None };
    let listener = world.peer.descriptor();
    let Some(stream) = connected else {
        let none = input.choose(&[-1, -2, c_int::MIN, c_int::MAX, listener.unwrap_or(-3)]);
        // SAFETY: NULL, options or a handle that is none; the number is of no descriptor, or of a listener, which is no connection.
        world.expect(unsafe { ws_options_set_socket(handle, none) }, &[WS_ERR_INVALID_ARGUMENT]);
        return;
    };
    world.handed.set(world.handed.get() + 1);
    let before = stream.as_raw_fd();
    let fd = stream.into_raw_fd();
    // SAFETY: NULL, options or a handle that is none; the connection is given away.
    let status = unsafe { ws_options_set_socket(handle, fd) };
    world.expect(status, &[]);
    if status != WS_OK {
        // SAFETY: it stays ours.
        drop(unsafe { OwnedFd::from_raw_fd(before) });
    }
}

/// Gives a name addresses and connects to it; or to the peer, through whatever was chosen.
pub fn connect(world: &World) {
    let input = &world.input;
    let scheme = input.choose(&["ws", "ws", "wss"]);
    let port = world.peer.port();
    if input.flag() {
        let url = format!("{scheme}://user:secret@127.0.0.1:{port}/");
        return calls::connect_to(world, &CString::new(url).expect("no NUL"));
    }
    let addresses = input.choose(&["127.0.0.1", "::1,127.0.0.1", "127.0.0.2,127.0.0.1", "::1", "", "none", "127.0.0.1:80"]);
    let mut good = true;
    // All options have the name's addresses: whichever is taken, nothing is looked up.
    for slot in &world.options {
        let handle = slot.handle.get();
        let number = input.choose(&[c_int::from(port), c_int::from(port), 0, 65_536, -1]);
        // SAFETY: NULL or options; the texts live during the call.
        let status =
            unsafe { ws_options_add_resolve(handle, HOST.as_ptr().cast(), HOST.len(), number, addresses.as_ptr().cast(), addresses.len()) };
        world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
        good &= status == WS_OK;
    }
    if good {
        calls::connect_to(world, &CString::new(format!("{scheme}://{HOST}:{port}/")).expect("no NUL"));
    }
}
