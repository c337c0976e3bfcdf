//! The answer in words: for the person whose push was refused ([`text`]), and for programs ([`json`]).
//!
//! Names come from the push and may hold anything; they pass through [`escape`] before they reach a terminal.

pub mod approving;
pub mod audit;
pub mod cases;
pub mod doctor;
pub mod escape;
pub mod exceptions;
pub mod json;
pub mod layout;
pub mod ledger;
pub mod map;
pub mod page;
pub mod paragraphs;
pub mod paths;
pub mod people;
pub mod pipeline;
pub mod remedy;
pub mod risk;
pub mod shell;
pub mod simulation;
pub mod standing;
pub mod survey;
pub mod text;
pub mod trace;
pub mod verify;
pub mod words;
