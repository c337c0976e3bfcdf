//! `install.sh`, run by dash as an administrator would, in folders with spaces and quotes in their names.

mod demo;
mod gitea;
mod gitlab;
mod gitolite;
mod layouts;
pub(crate) mod machine;
mod recognise;
mod repository;
mod servers;
mod usage;
