//! Break glass: going past rules in an emergency, and what is owed for it.
//!
//! [`claim`] says who claims to, and whether that counts; [`memory`] is what is remembered of it from push to push: how
//! often each person has, and the debts of review. All of it is pure. [`crate::facts::debts`] brings the changes that
//! reviews are owed for, [`crate::engine`] lets rules give way, and [`crate::state::bypasses`] keeps the memory where no
//! push can reach it.

pub mod claim;
pub mod memory;

pub use claim::{Claim, Void};
pub use memory::{Debt, Memory};
