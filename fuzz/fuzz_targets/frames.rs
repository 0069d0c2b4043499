//! The fuzzer's entry to the open connection.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libws_fuzz::frames::run(data));
