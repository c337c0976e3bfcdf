//! See `tests/it/fuzz/paths.rs`.
#![no_main]

#[path = "../../it/paths/reference.rs"]
mod reference;

#[path = "../../it/fuzz/paths.rs"]
mod paths;

libfuzzer_sys::fuzz_target!(|data: &[u8]| paths::run(data));
