//! What is known of agents' part in commits.

mod catalogue;
mod commit;
mod note;
mod replay;
mod shares;
