//! `ws_options`: which addresses a connection is made to, and how.

use super::{
    options::{set, ws_options},
    pointers,
    status::ws_status,
};
use crate::{error::Error, net::os};
use std::{
    ffi::{c_char, c_int},
    os::fd::{FromRawFd, OwnedFd},
};

/// Gives a host and port addresses of their own: the name is not looked up then.
///
/// options: the options. host: a name or an address as in a URL, host_len bytes or WS_NUL_TERMINATED. port: 1 to 65535, the one
/// that is connected to. addresses: IPv4 and IPv6 addresses separated by commas, len bytes or WS_NUL_TERMINATED. All copied. Given
/// again for the same host and port, the later ones count.
///
/// Returns WS_OK; WS_ERR_SYNTAX: not a host; WS_ERR_INVALID_ARGUMENT: another port, or something that is no address;
/// WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may call it. The Host header, the certificate's name and the
/// rules about ports are the URL's as ever. curl's --resolve.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_add_resolve(
    options: *mut ws_options,
    host: *const c_char,
    host_len: usize,
    port: c_int,
    addresses: *const c_char,
    len: usize,
) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives readable bytes or NUL-terminated texts.
        let (host, addresses) = unsafe { (pointers::utf8("the host", host, host_len)?, pointers::utf8("the addresses", addresses, len)?) };
        options.options.addresses.add_override(host, port, addresses)
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets which version of IP is used.
///
/// options: the options. version: 4 or 6: only that; 0: both, the default: they race, IPv6 first (RFC 8305).
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. A host
/// without an address of that version is refused: error, close(1006).
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_ip_version(options: *mut ws_options, version: c_int) -> ws_status {
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, |options| options.options.addresses.set_ip_version(version)) }
}

/// Sets the local address that connections are made from.
///
/// options: the options. address: an IPv4 or IPv6 address of this machine, len bytes or WS_NUL_TERMINATED, copied; NULL: the
/// system chooses, the default. Only addresses of the same version are connected to then.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: not an address; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may
/// call it. That this machine does not have the address shows when it connects: ws_get_failure says so.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_bind_address(options: *mut ws_options, address: *const c_char, len: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives NULL, `len` readable bytes or a NUL-terminated text.
        let address = unsafe { pointers::optional_utf8("the local address", address, len) }?;
        options.options.addresses.set_bind_address(address)
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets the network interface that connections are made over.
///
/// options: the options. name: the interface's, such as "eth0", len bytes or WS_NUL_TERMINATED, copied; NULL: the system chooses,
/// the default.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: a name that no interface has; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a
/// callback may call it. Linux only (SO_BINDTODEVICE); elsewhere, and where there is no such interface, connecting fails and
/// ws_get_failure says why.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_bind_interface(options: *mut ws_options, name: *const c_char, len: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives NULL, `len` readable bytes or a NUL-terminated text.
        let name = unsafe { pointers::optional_utf8("the interface", name, len) }?;
        options.options.addresses.set_bind_interface(name)
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Connects to a Unix domain socket instead of the URL's host and port.
///
/// options: the options. path: the socket's, len bytes or WS_NUL_TERMINATED, copied; a leading @ stands for Linux's abstract
/// namespace (a file whose name begins so is ./@name); NULL: a TCP connection, the default, also after ws_options_set_socket.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: an empty path or one that is too long (107 bytes on Linux); WS_ERR_NULL_POINTER. Does not
/// block; a callback may call it. The URL stays what it is: its host is in the Host header, wss: still means TLS. No name is looked
/// up and no proxy asked.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_unix_socket(options: *mut ws_options, path: *const c_char, len: usize) -> ws_status {
    let change = |options: &mut ws_options| {
        // SAFETY: the caller gives NULL, `len` readable bytes or a NUL-terminated text.
        let path = unsafe { pointers::optional_text("the path", path, len) }?;
        options.options.addresses.set_unix_socket(path)
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Hands over a connection that the program has made itself: the handshake of the URL is done over it.
///
/// options: the options. fd: a stream socket (TCP, Unix domain, a socketpair) that is connected; with WS_OK it belongs to the
/// library, which makes it non-blocking and closes it, even if it is never used. -1: a TCP connection is made, the default.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: not a stream socket that is connected: it stays the caller's; WS_ERR_NULL_POINTER. Does not
/// block; a callback may call it. It is for one ws_connect: the first with these options, or a copy of them, takes it, and another
/// returns WS_ERR_INVALID_STATE. Options about addresses, TCP and proxies are not looked at then.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_socket(options: *mut ws_options, fd: c_int) -> ws_status {
    let change = |options: &mut ws_options| {
        let addresses = &mut options.options.addresses;
        match fd {
            -1 => addresses.set_unix_socket(None),
            0.. => {
                os::check_connected(fd).map_err(|error| {
                    Error::InvalidArgument(format!("the descriptor {fd} is no stream socket that is connected: {error}"))
                })?;
                // SAFETY: it is open, and the caller gives it away.
                addresses.set_socket(unsafe { OwnedFd::from_raw_fd(fd) });
                Ok(())
            }
            other => Err(Error::InvalidArgument(format!("the descriptor {other}: give a connected socket's, or -1"))),
        }
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, change) }
}

/// Sets TCP's own keep-alive: probes that the other machine's kernel answers, whatever its program does.
///
/// options: the options. idle: seconds without traffic before the first probe, 1 to 32767; 0: none are sent, the default. interval:
/// seconds between probes, 1 to 32767. count: probes without an answer after which the connection is lost, 1 to 127.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
/// ws_options_set_ping_interval asks the program at the other end, and proxies in between pass that on.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_tcp_keepalive(options: *mut ws_options, idle: c_int, interval: c_int, count: c_int) -> ws_status {
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, |options| options.options.addresses.set_keep_alive(idle, interval, count)) }
}

/// Sets the sizes of the kernel's buffers of a connection.
///
/// options: the options. send, receive: bytes for what is sent and received, up to 2^30; 0: the system's choice, the default, which
/// grows with the need.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: more; WS_ERR_NULL_POINTER. Does not block; a callback may call it. Systems have limits of
/// their own and take those silently.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_socket_buffers(options: *mut ws_options, send: usize, receive: usize) -> ws_status {
    // SAFETY: the caller gives NULL or options.
    unsafe { set(options, |options| options.options.addresses.set_buffers(send, receive)) }
}
