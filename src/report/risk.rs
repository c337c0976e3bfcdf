//! What history says of changes, in words: of one ([`reasons`]), of what was learned ([`training`]), and of how well
//! ([`evaluation`]).

pub mod evaluation;
pub mod reasons;
pub mod training;
