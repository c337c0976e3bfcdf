//! portcullis guards a git server at the moment of the push.

#![forbid(unsafe_code)]

pub mod cli;
pub mod paths;
pub mod policy;
