//! What a repository's own history says of a change: how much like changes that later had to be mended it is, and what
//! usually moves with it.
//!
//! ```text
//! history ─► mine ─► Past ─► model ─► score ◄─ the net change of a push
//!                      ├───► evaluate
//!                      └───► map
//! ```
//!
//! [`mine`] replays the first-parent history outside the hook: a *unit* is one of its steps, be it a commit or a merge, and
//! a unit was at fault if lines of it went in a later fix. [`features`] are what is known of a unit at the moment when it
//! lands. [`learn`] holds the two parts of a score: a prior that was learned once from public histories and needs nothing
//! of this one but where in it a feature lies, and words that this history's own mistakes have in common. [`model`] is
//! what the hook reads, one file; [`score`] puts a push among the last changes that landed, with reasons; [`evaluate`]
//! measures all this on history that was held back. [`map`] draws, out of the same past, where the weight lies, and
//! [`advise`] holds it and the ledger against a policy.
//!
//! Everything is a pure function of the history: two trainings give the same bytes.

pub mod advise;
pub mod companions;
pub mod evaluate;
pub mod features;
pub mod learn;
pub mod map;
pub mod mine;
pub mod model;
pub mod score;
