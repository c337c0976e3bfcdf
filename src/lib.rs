//! portcullis guards a git server at the moment of the push.

pub mod git;
pub mod paths;
pub mod push;
pub mod report;
