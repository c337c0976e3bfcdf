//! What is known of agents' parts in commits.

mod catalogue;
