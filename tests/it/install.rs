//! `install.sh`, run by dash as an administrator would, in folders with spaces and quotes in their names.

mod demo;
mod gitea;
mod gitlab;
mod gitolite;
pub(crate) mod machine;
mod repository;
mod usage;
