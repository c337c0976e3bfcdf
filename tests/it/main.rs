//! Integration tests: one binary, one module for each room of `src`.

mod check;
mod paths;
mod policy;
mod schema;
