//! What people see: text that is safe to show and lines that fit.

pub mod escape;
pub mod layout;
pub mod shell;
