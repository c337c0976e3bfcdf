//! Integration tests: one binary, one module for each room of `src`.

#![allow(
    clippy::unwrap_used,
    clippy::panic,
    reason = "what a test cannot go on without ends it, helpers included"
)]

mod check;
mod paths;
mod policy;
mod schema;
