//! Integration tests: one binary, one module for each room of `src`.

// Tests start git and shells, to compare with them.
#![allow(clippy::disallowed_methods)]

mod message;
mod paths;
mod push;
mod shell;
