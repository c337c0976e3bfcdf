//! What history says of changes, in words: of one ([`reasons`]), of what was learned ([`training`]), of how well
//! ([`evaluation`]), and of what became of a policy's rules ([`advice`]).

pub mod advice;
pub mod evaluation;
pub mod reasons;
pub mod training;
