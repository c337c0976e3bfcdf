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
//!
//! Where this differs from git:
//!
//! - In gitignore nothing can be included again below an excluded directory, and an `!` that matches a directory says
//!   nothing about what is below it. Here the last match wins, wherever it is made.
//! - `foo**/bar` means `foo*/bar`, as gitignore(5) says; git itself lets such stars cross directories after literal text.
//! - A list is no file: `#` and spaces at the end of an entry are part of a name.
//! - What git takes without a word and never matches (an open bracket, an empty component, `..`) is an error, and so is
//!   what git reads otherwise than its author (`{a,b}`, a letter beyond ASCII in brackets). See [`PatternError`].
//! - A file, symlink or submodule that stands where a pattern needs a directory is matched: see [`Automaton::matches`].
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
