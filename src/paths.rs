//! Which paths, references and repositories a policy speaks of.
//!
//! A policy names paths by [`Pattern`]s, in one dialect: git's own
//! ([gitignore(5)](https://git-scm.com/docs/gitignore), `wildmatch.c`) with one rule made simpler.
//!
//! - `*`, `?` and `[..]` match within one component, `**` as a whole component matches any number of them.
//! - A pattern without a `/`, or with one only at its end, matches at any depth; any other is anchored at the root.
//! - A `/` at the end matches directories only.
//! - A pattern that matches a directory covers everything below it.
//! - `!` in front excludes. The last entry that matches wins, be it by the path itself or by a directory above it.
//!   This is where gitignore differs: there nothing can be included again below an excluded directory, and an `!`
//!   that matches a directory says nothing about what is below it.
//!
//! All patterns of a policy become one [`Automaton`], which a tree walk takes along: it knows in each directory which
//! pattern sets an entry is in, and whether the walk has to read the subtree at all.
//!
//! What differs only by what common file systems ignore is the same path to an inclusion ([`fold`]), because a checkout
//! on such a file system writes through it.

mod automaton;
mod component;
mod edges;
pub mod fold;
pub mod names;
mod node;
mod pattern;
mod sets;
mod state;

pub use automaton::{Automaton, AutomatonBuilder, EntryKind};
pub use pattern::{Pattern, PatternError};
pub use sets::{SetId, SetMask};
pub use state::State;
