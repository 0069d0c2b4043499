//! The fuzzer's entry to the response head.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libws_fuzz::response_head::run(data));
