//! Integration tests: one binary, one module for each room of `src`.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests drive real processes, and fail by panicking"
)]

mod bypasses;
mod check;
mod examples;
mod faults;
mod fuzz;
mod huge;
mod install;
mod message;
mod oracle;
mod paths;
mod policy;
mod push;
mod remedy;
mod schema;
mod shell;
mod support;
mod transports;
