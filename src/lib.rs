//! portcullis guards a git server at the moment of the push.

pub mod cli;
pub mod git;
pub mod paths;
pub mod policy;
pub mod push;
pub mod report;
