//! What a history says of changes: planted mistakes and what leads to them, line owners held against `git blame`, models
//! that are damaged, and rules that ask.

#[path = "risk/advise.rs"]
mod advise;
#[path = "risk/history.rs"]
mod history;
#[path = "risk/map.rs"]
mod map;
#[path = "risk/mining.rs"]
mod mining;
#[path = "risk/models.rs"]
mod models;
#[path = "risk/rules.rs"]
mod rules;
#[path = "risk/verbs.rs"]
mod verbs;
