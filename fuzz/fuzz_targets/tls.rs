//! The fuzzer's entry to what comes over TLS.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libws_fuzz::tls::run(data));
