//! The fuzzer's entry to inflating messages.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libws_fuzz::inflate::run(data));
