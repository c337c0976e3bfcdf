//! See `tests/it/fuzz/decision.rs`.
#![no_main]

#[path = "../../it/fuzz/decision.rs"]
mod decision;

libfuzzer_sys::fuzz_target!(|data: &[u8]| decision::run(data));
