//! See `tests/it/fuzz/commit.rs`.
#![no_main]

#[path = "../../it/fuzz/commit.rs"]
mod commit;

libfuzzer_sys::fuzz_target!(|data: &[u8]| commit::run(data));
