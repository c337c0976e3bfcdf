//! Integration tests: one binary, one module for each room of `src`.
#![allow(
    clippy::disallowed_methods,
    clippy::panic,
    clippy::unwrap_used,
    reason = "tests drive real processes, and fail by panicking"
)]

mod approvals;
mod bypass;
mod bypasses;
mod cases;
mod channels;
mod check;
mod codeowners;
mod conditions;
mod doctor;
mod examples;
mod explain;
mod faults;
mod fuzz;
mod huge;
mod install;
mod ledger;
mod manual;
mod message;
mod oracle;
mod origin;
mod paths;
mod people;
mod policy;
mod provenance;
mod push;
mod quorum;
mod remedy;
mod reviews;
mod risk;
mod schema;
mod shell;
mod signature;
mod simulate;
mod starter;
mod state;
mod support;
mod survey;
mod tiers;
mod transports;
mod verify;
