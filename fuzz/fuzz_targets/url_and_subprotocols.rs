//! The fuzzer's entry to the URL and what else the request is made of.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libws_fuzz::url_and_subprotocols::run(data));
