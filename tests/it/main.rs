//! Integration tests: one binary, one module for each room of `src`.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    reason = "tests drive real processes, and fail by panicking"
)]

mod bypasses;
mod install;
mod message;
mod paths;
mod push;
mod shell;
mod support;
mod transports;
