//! The fuzzer's entry to the negotiation of permessage-deflate.
#![no_main]

libfuzzer_sys::fuzz_target!(|data: &[u8]| libws_fuzz::negotiation::run(data));
