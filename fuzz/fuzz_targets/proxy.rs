//! The fuzzer's entry to the answers of proxies.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libws_fuzz::proxy::run(data));
