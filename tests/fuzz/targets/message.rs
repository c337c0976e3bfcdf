//! See `tests/it/fuzz/message.rs`.
#![no_main]

#[path = "../../it/fuzz/message.rs"]
mod message;

libfuzzer_sys::fuzz_target!(|data: &[u8]| message::run(data));
