//! `ws_options`: whom to trust and what to show (`wss:`).

use super::{
    options::{set, ws_options},
    pointers,
    status::ws_status,
};
use crate::{
    client::options::switch,
    error::{Error, Result},
    net::tls::options::TlsOptions,
};
use std::{
    ffi::{OsStr, c_char, c_int, c_void},
    os::unix::ffi::OsStrExt,
    path::Path,
    sync::Arc,
};

/// Changes what the options say about TLS.
///
/// # Safety
///
/// As [`set`].
unsafe fn set_tls(options: *mut ws_options, change: impl FnOnce(&mut TlsOptions) -> Result<()>) -> ws_status {
    // An error changes nothing: each of the setters below checks before it changes.
    let change = |options: &mut ws_options| change(Arc::make_mut(&mut options.options.tls));
    // SAFETY: the caller's promise is passed on.
    unsafe { set(options, change) }
}

/// A path, which is any bytes but NUL.
///
/// # Safety
///
/// As [`pointers::optional_text`].
unsafe fn path<'a>(what: &'static str, path: *const c_char, len: usize) -> Result<Option<&'a Path>> {
    // SAFETY: the caller's promise is passed on.
    let bytes = unsafe { pointers::optional_text(what, path, len) }?;
    Ok(bytes.map(|bytes| Path::new(OsStr::from_bytes(bytes))))
}

/// Trusts the certificate authorities in a file, beside the system's; without the system's with ws_options_set_system_ca(options, 0).
///
/// options: the options. path: the file, one or several certificates as PEM or one as DER, len bytes or WS_NUL_TERMINATED; read now.
/// It takes the place of what this and ws_options_set_ca set before; NULL: the system's alone, the default.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: the file cannot be read or has something else in it (ws_last_error says in which line);
/// WS_ERR_NULL_POINTER: no options. Blocks while the file is read; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_ca_file(options: *mut ws_options, path: *const c_char, len: usize) -> ws_status {
    // SAFETY: the caller gives NULL or a text; NULL or options.
    unsafe {
        let change = |tls: &mut TlsOptions| match self::path("the path", path, len)? {
            Some(path) => tls.set_authorities_file(path),
            None => tls.set_authorities(&[]),
        };
        set_tls(options, change)
    }
}

/// Trusts certificate authorities, beside the system's; without the system's with ws_options_set_system_ca(options, 0).
///
/// options: the options. data: one or several certificates as PEM or one as DER, len bytes; copied. It takes the place of what this and
/// ws_options_set_ca_file set before; a len of 0: the system's alone, the default.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: there is something else in it (ws_last_error says in which line); WS_ERR_NULL_POINTER: no
/// options, or a len without data. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_ca(options: *mut ws_options, data: *const c_void, len: usize) -> ws_status {
    // SAFETY: the caller gives NULL or `len` bytes; NULL or options.
    unsafe { set_tls(options, |tls| tls.set_authorities(pointers::bytes("the authorities", data, len)?)) }
}

/// Sets whether the certificate authorities of the system are trusted.
///
/// options: the options. on: 1: they are, the default; 0: only those of ws_options_set_ca_file and ws_options_set_ca.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. They are read
/// once a process, on a thread, when the first connection needs them; on Linux the environment variables SSL_CERT_FILE and
/// SSL_CERT_DIR, if set, say where they are.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_system_ca(options: *mut ws_options, on: c_int) -> ws_status {
    let change = |tls: &mut TlsOptions| {
        tls.system = switch("system_ca", on)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set_tls(options, change) }
}

/// Shows a certificate to servers that ask for one.
///
/// options: the options. certificate: a file with the client's certificate and those that lead from it to its authority, PEM, or the
/// one as DER, a path of certificate_len bytes or WS_NUL_TERMINATED; NULL: none, the default. key: a file with its private key, not
/// encrypted, PEM or DER (PKCS#8, PKCS#1, SEC1), a path of key_len bytes or WS_NUL_TERMINATED; NULL: it is in the same file. Both are read
/// now.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: a file cannot be read or has something else in it, the key is encrypted, of a kind that is
/// not supported or not the certificate's (ws_last_error says what); WS_ERR_NULL_POINTER: no options. Blocks while the files are read;
/// a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_client_cert_file(
    options: *mut ws_options,
    certificate: *const c_char,
    certificate_len: usize,
    key: *const c_char,
    key_len: usize,
) -> ws_status {
    // SAFETY: the caller gives NULL or texts; NULL or options.
    unsafe {
        let change = |tls: &mut TlsOptions| {
            let (certificate, key) = (path("the certificate", certificate, certificate_len)?, path("the key", key, key_len)?);
            let Some(certificate) = certificate else {
                tls.identity = None;
                return Ok(());
            };
            tls.set_identity_files(certificate, key.unwrap_or(certificate))
        };
        set_tls(options, change)
    }
}

/// Shows a certificate to servers that ask for one.
///
/// options: the options. certificate: the client's certificate and those that lead from it to its authority, PEM, or the one as DER;
/// certificate_len bytes; 0: none, the default. key: its private key, not encrypted, PEM or DER (PKCS#8, PKCS#1, SEC1), key_len bytes;
/// 0: it is with the certificates. Both are copied.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: there is something else in them, the key is encrypted, of a kind that is not supported or not
/// the certificate's (ws_last_error says what); WS_ERR_NULL_POINTER: no options, or a len without data. Does not block; a callback may
/// call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_client_cert(
    options: *mut ws_options,
    certificate: *const c_void,
    certificate_len: usize,
    key: *const c_void,
    key_len: usize,
) -> ws_status {
    // SAFETY: the caller gives NULL or so many bytes; NULL or options.
    unsafe {
        let change = |tls: &mut TlsOptions| {
            let certificate = pointers::bytes("the certificate", certificate, certificate_len)?;
            let key = pointers::bytes("the key", key, key_len)?;
            if certificate.is_empty() {
                tls.identity = None;
                return Ok(());
            }
            tls.set_identity(certificate, if key.is_empty() { certificate } else { key })
        };
        set_tls(options, change)
    }
}

/// Pins a key: beside all other checks, a certificate on the way from the server's own to its authority must have a pinned key.
///
/// options: the options. pin: "sha256/" and the Base64 of the SHA-256 of a public key (SubjectPublicKeyInfo), as browsers and curl write
/// it; len bytes or WS_NUL_TERMINATED. Each call adds one: any of them will do. A certificate that the server sends along and that has
/// signed nothing on that way does not count.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: no pin; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER. Does not block; a callback may call it. Where
/// certificates are not verified (ws_options_set_dangerous_no_verification) it is the server's own that must have the key. To make one:
/// openssl x509 -in cert.pem -pubkey -noout | openssl pkey -pubin -outform der | openssl dgst -sha256 -binary | base64
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_add_pin(options: *mut ws_options, pin: *const c_char, len: usize) -> ws_status {
    // SAFETY: the caller gives NULL or a text; NULL or options.
    unsafe { set_tls(options, |tls| tls.add_pin(pointers::utf8("the pin", pin, len)?)) }
}

/// Sets the server's name for TLS, in place of the URL's host: it is asked for (SNI) and the certificate must be for it.
///
/// options: the options. name: a host's name or an IP address, len bytes or WS_NUL_TERMINATED; NULL: the URL's host, the default.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: no such name; WS_ERR_INVALID_UTF8; WS_ERR_NULL_POINTER: no options. Does not block; a callback
/// may call it. The request's Host header stays the URL's.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_server_name(options: *mut ws_options, name: *const c_char, len: usize) -> ws_status {
    // SAFETY: the caller gives NULL or a text; NULL or options.
    unsafe {
        let change = |tls: &mut TlsOptions| {
            let name = if name.is_null() { None } else { Some(pointers::utf8("the name", name, len)?) };
            tls.set_server_name(name)
        };
        set_tls(options, change)
    }
}

/// Sets the lowest version of TLS that is spoken.
///
/// options: the options. version: 12: TLS 1.2, the default; 13: TLS 1.3. What is older is never spoken.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_min_tls(options: *mut ws_options, version: c_int) -> ws_status {
    let change = |tls: &mut TlsOptions| {
        tls.tls13_only = match version {
            12 => false,
            13 => true,
            other => return Err(Error::InvalidArgument(format!("a min_tls of {other}: give 12 or 13"))),
        };
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set_tls(options, change) }
}

/// Sets whether TLS sessions are resumed: a later connection with the same options to the same host then saves a part of the handshake.
///
/// options: the options. on: 1: yes, the default; 0: each handshake is a whole one.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. RFC 8446 section
/// 2.2, RFC 5077.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_session_resumption(options: *mut ws_options, on: c_int) -> ws_status {
    let change = |tls: &mut TlsOptions| {
        tls.resumption = switch("session_resumption", on)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set_tls(options, change) }
}

/// Appends the secrets of the connections to a file, with which tools like Wireshark decrypt their traffic. Who can read it reads all.
///
/// options: the options. path: the file, in NSS's format, len bytes or WS_NUL_TERMINATED; opened now, made readable by its owner only if
/// it is new; NULL: none, the default.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: the file cannot be opened; WS_ERR_NULL_POINTER: no options. Blocks while the file is opened; a
/// callback may call it.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_key_log_file(options: *mut ws_options, path: *const c_char, len: usize) -> ws_status {
    // SAFETY: the caller gives NULL or a text; NULL or options.
    unsafe { set_tls(options, |tls| tls.set_key_log(self::path("the path", path, len)?)) }
}

/// Appends the secrets of the connections to the file that the environment variable SSLKEYLOGFILE names, as browsers do; without this
/// call it is not looked at.
///
/// options: the options.
///
/// Returns WS_OK, also if the variable is not set or empty: nothing changes then; WS_ERR_INVALID_ARGUMENT: the file cannot be opened;
/// WS_ERR_NULL_POINTER. Blocks while the file is opened; a callback may call it. See ws_options_set_key_log_file.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_key_log_from_environment(options: *mut ws_options) -> ws_status {
    let change = |tls: &mut TlsOptions| match std::env::var_os("SSLKEYLOGFILE").filter(|path| !path.is_empty()) {
        Some(path) => tls.set_key_log(Some(Path::new(&path))),
        None => Ok(()),
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set_tls(options, change) }
}

/// DANGEROUS. Sets whether certificates are taken without a check: then anybody on the way can read and change everything. For tests.
///
/// options: the options. on: 1: no certificate is verified; 0: all are, the default.
///
/// Returns WS_OK; WS_ERR_INVALID_ARGUMENT: another number; WS_ERR_NULL_POINTER. Does not block; a callback may call it. Pins
/// (ws_options_add_pin) hold all the same. For a server with a certificate of its own give that with ws_options_set_ca_file instead.
#[unsafe(no_mangle)]
pub unsafe extern "C" fn ws_options_set_dangerous_no_verification(options: *mut ws_options, on: c_int) -> ws_status {
    let change = |tls: &mut TlsOptions| {
        tls.no_verification = switch("dangerous_no_verification", on)?;
        Ok(())
    };
    // SAFETY: the caller gives NULL or options.
    unsafe { set_tls(options, change) }
}
