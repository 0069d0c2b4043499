//! The fuzzer's entry to the C API.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libws_fuzz::c_calls::run(data));
