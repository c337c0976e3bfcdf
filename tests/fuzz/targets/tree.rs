//! See `tests/it/fuzz/tree.rs`.
#![no_main]

#[path = "../../it/fuzz/tree.rs"]
mod tree;

libfuzzer_sys::fuzz_target!(|data: &[u8]| tree::run(data));
