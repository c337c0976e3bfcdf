//! See `tests/it/fuzz/updates.rs`.
#![no_main]

#[path = "../../it/fuzz/updates.rs"]
mod updates;

libfuzzer_sys::fuzz_target!(|data: &[u8]| updates::run(data));
