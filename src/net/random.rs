//! Random bytes from the operating system, for masking keys and the handshake's key (RFC 6455 sections 5.3 and 4.1).

/// Fills `bytes` with unpredictable ones.
///
/// # Panics
///
/// If the operating system has none to give, which supported systems do not do.
pub fn fill(bytes: &mut [u8]) {
    getrandom::fill(bytes).expect("the operating system gives random bytes");
}
