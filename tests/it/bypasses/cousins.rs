//! Cousins: two ways past a gate in one push, or in several pushes, by someone who has read its code.
//!
//! The names begin with the numbers of both in the catalogue of bypasses.

mod merges;
mod readings;
mod refs;
mod steps;
mod trees;

const PAYMENTS: &[&str] = &["payments-ticket"];
