//! Options about TLS, credentials, compression and the kernel: what may be said is taken, what may not is refused.

use super::{World, arguments, arguments::Bytes};
use crate::certificates::Authority;
use std::ffi::{c_char, c_int};
use ws::ffi::{
    options::ws_options, options_addresses::*, options_deflate::*, options_request::*, options_rules::*, options_tls::*, status::*,
};

/// A text option's setter.
type Setter = unsafe extern "C" fn(*mut ws_options, *const c_char, usize) -> ws_status;

const SWITCHES: [unsafe extern "C" fn(*mut ws_options, c_int) -> ws_status; 8] = [
    ws_options_set_deflate,
    ws_options_set_url_credentials,
    ws_options_set_block_ports,
    ws_options_set_one_connecting,
    ws_options_set_system_ca,
    ws_options_set_session_resumption,
    ws_options_set_dangerous_no_verification,
    ws_options_set_min_tls,
];
/// The last of them is none: it takes versions.
const MIN_TLS: usize = 7;
const FILES: [Setter; 2] = [ws_options_set_ca_file, ws_options_set_key_log_file];
const PATHS: [&str; 6] = ["/dev/null", "/nonexistent/file", "/", "", "\0", "/dev/null/none"];

/// Calls one setter.
pub fn one(world: &World) {
    let (handle, input) = (world.some_options(), &world.input);
    // SAFETY: NULL, options or a handle that is none; texts and data live during the calls, or their lengths are refused.
    unsafe {
        match input.byte() % 10 {
            0 | 1 => {
                let which = usize::from(input.byte()) % SWITCHES.len();
                let value = input.choose(&[1, 0, 2, -1, 12, 13, 11]);
                let status = SWITCHES[which](handle, value);
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
                let good = if which == MIN_TLS { matches!(value, 12 | 13) } else { matches!(value, 0 | 1) };
                assert!(good || status != WS_OK, "{value} was taken");
            }
            2 => {
                let path = input.choose(&PATHS);
                let status = FILES[usize::from(input.byte()) % FILES.len()](handle, path.as_ptr().cast(), path.len());
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
                let (first, second) = (input.choose(&PATHS), input.choose(&PATHS));
                let (first, second) = ((first.as_ptr().cast(), first.len()), (second.as_ptr().cast(), second.len()));
                world.expect(ws_options_set_client_cert_file(handle, first.0, first.1, second.0, second.1), &[WS_ERR_INVALID_ARGUMENT]);
                world.expect(ws_options_set_key_log_from_environment(handle), &[]);
            }
            3 => {
                let good = input.flag();
                let (first, second) = (Bytes::new(input), Bytes::new(input));
                let pem = Authority::of_tests().pem.as_bytes();
                let data = if good { (pem.as_ptr().cast(), pem.len()) } else { (first.data(), first.len) };
                let status = ws_options_set_ca(handle, data.0, data.1);
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
                // An authority's certificate has no key with it.
                let status = ws_options_set_client_cert(handle, data.0, data.1, second.data(), second.len);
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
                assert!(status != WS_OK || !good, "a certificate without a key was taken");
            }
            4 => {
                let text = Bytes::new(input);
                let status = match input.byte() % 3 {
                    0 => ws_options_set_bearer(handle, text.pointer, text.len),
                    1 => ws_options_set_server_name(handle, text.pointer, text.len),
                    _ => ws_options_add_pin(handle, text.pointer, text.len),
                };
                world.expect(status, &[WS_ERR_SYNTAX, WS_ERR_INVALID_ARGUMENT, WS_ERR_INVALID_UTF8]);
            }
            5 => {
                let pins = ["sha256/AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA=", "sha256/AAAA", "sha1/AAAA", "sha256/"];
                let pin = input.choose(&pins);
                let status = ws_options_add_pin(handle, pin.as_ptr().cast(), pin.len());
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
                assert!(status != WS_OK || pin == pins[0], "{pin} was taken");
            }
            6 => {
                let (first, second) = (Bytes::new(input), Bytes::new(input));
                let set = if input.flag() { ws_options_set_basic_auth } else { ws_options_add_cookie };
                let status = set(handle, first.pointer, first.len, second.pointer, second.len);
                world.expect(status, &[WS_ERR_SYNTAX, WS_ERR_INVALID_UTF8, WS_ERR_INVALID_ARGUMENT]);
            }
            7 => {
                let (first, second) = (input.choose(&[1, 9, 8, 15, 0, 16, 7, -1]), input.choose(&[1, 9, 8, 15, 0, 16, 7, -1]));
                let (status, good) = match input.byte() % 4 {
                    0 => (ws_options_set_deflate_effort(handle, first, second), (1..=9).contains(&first) && (1..=9).contains(&second)),
                    1 => (ws_options_set_deflate_window(handle, first, second), (8..=15).contains(&first) && (8..=15).contains(&second)),
                    2 => (ws_options_set_deflate_no_takeover(handle, first, second), first & !1 == 0 && second & !1 == 0),
                    _ => {
                        let ratio = input.choose(&[2, 1100, 1, 1101, 0, 100, u32::MAX]);
                        (ws_options_set_max_ratio(handle, ratio), (2..=1100).contains(&ratio))
                    }
                };
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
                assert!((status == WS_OK) <= good && (status != WS_ERR_INVALID_ARGUMENT || !good), "{first}, {second}: {status}");
            }
            8 => {
                let size = || usize::try_from(arguments::size(input)).unwrap_or(usize::MAX);
                world.expect(ws_options_set_deflate_threshold(handle, size()), &[]);
                let (send, receive) = (size(), size());
                let status = ws_options_set_socket_buffers(handle, send, receive);
                world.expect(status, &[WS_ERR_INVALID_ARGUMENT]);
                assert!(status != WS_OK || send.max(receive) <= 1 << 30, "{send}, {receive}");
            }
            _ => {
                let number = || input.choose(&[0, 1, 127, 128, 32_767, 32_768, -1]);
                world.expect(ws_options_set_tcp_keepalive(handle, number(), number(), number()), &[WS_ERR_INVALID_ARGUMENT]);
            }
        }
    }
}
