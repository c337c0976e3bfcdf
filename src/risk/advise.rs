//! What reviewers and outcomes say of a policy, out of the ledger and of the history, and which changes of it that suggests.
//!
//! ```text
//! ledger ──► outcomes ─┐
//! history ─► Past ─────┼─► proposals ─► amend (a changed text) ─► a person
//! policy ──────────────┘
//! ```
//!
//! [`outcomes`] counts, for each rule and directory, what became of what it said. [`belief`] says how sure a share is, after
//! so few or so many cases. [`proposals`] asks of what is surely so what it would mean for the policy, and [`amend`] writes
//! that. Nothing is changed: not by itself, and not by time.

pub mod amend;
pub mod belief;
pub mod outcomes;
pub mod proposals;
