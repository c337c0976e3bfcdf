//! Starter policies: what `portcullis init` makes of a repository that has none.
//!
//! [`signals`] says what paths that carry weight look like, as data; [`survey`] looks for them in a tree, [`hands`] in the
//! history for those who know them, and [`page`] writes a policy that says why it has chosen what. It guesses, so the policy
//! only warns.

mod hands;
mod page;
mod signals;
mod survey;

use gix::hash::ObjectId;

use crate::git::commit::read_links;
use crate::git::{Error, Repository};
use signals::Signals;

/// What a starter policy is written for.
#[derive(Debug)]
pub struct Subject<'a> {
    /// The commit whose tree is looked at.
    pub commit: ObjectId,
    /// What people call that.
    pub name: &'a str,
    /// The branch that the rules are to govern.
    pub branch: &'a str,
}

/// The text of a starter policy for `subject`.
///
/// # Errors
/// When the repository cannot be read.
pub fn policy(repository: &Repository, subject: &Subject<'_>) -> Result<String, Error> {
    let objects = &repository.objects;
    let signals = Signals::built_in();
    let root = read_links(objects, subject.commit, &mut Vec::new())?.tree;
    let survey = survey::of(objects, root, signals)?;
    let proposals = page::proposals(&survey, signals);
    let patterns: Vec<_> = proposals.iter().map(page::Proposal::patterns).collect();
    let hands = hands::of(objects, subject.commit, &patterns)?;
    Ok(page::write(
        subject.name,
        subject.branch,
        &survey,
        &proposals,
        &hands,
    ))
}
