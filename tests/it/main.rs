//! Integration tests: one binary, one module for each room of `src`.

mod paths;
