//! What the repository itself says of people and owners, as it stood before the push: what a push brings says nothing
//! about who made it, or who answers for it.

use std::sync::Arc;

use gix::hash::ObjectId;

use super::Sight;
use crate::codeowners::CodeOwners;
use crate::facts::{OwnersFile, UpdateFacts};
use crate::git::mailmap::Mailmap;
use crate::git::{Error, commit};
use crate::policy::rule::Rule;

/// Reads what the policy allows to be read, from the tree `before`.
pub(super) fn read(
    sight: Sight<'_>,
    update: &mut UpdateFacts,
    before: Option<ObjectId>,
) -> Result<(), Error> {
    let objects = &sight.repository.objects;
    if sight.policy.mailmap {
        update.mailmap = Mailmap::of_tree(objects, before)?.map(Arc::new);
    }
    if sight.policy.rules.iter().any(Rule::asks_codeowners) {
        update.owners_file = Some(Arc::new(owners(sight, update, before)?));
    }
    Ok(())
}

fn owners(
    sight: Sight<'_>,
    update: &UpdateFacts,
    before: Option<ObjectId>,
) -> Result<OwnersFile, Error> {
    let objects = &sight.repository.objects;
    let source = &sight.policy.codeowners;
    let dialect = source.dialect(sight.push.forge);
    let after = update.new.map(|new| commit::tree_behind(objects, new));
    let after = after.transpose()?;
    let find = |tree| source.find(sight.push.forge, objects, tree);
    let (before, after) = (find(before)?, find(after)?);
    let is_changed = before != after;
    let parse = |content: &[u8]| CodeOwners::parse(content, dialect).0;
    Ok(OwnersFile {
        paths: [&before, &after]
            .into_iter()
            .flatten()
            .map(|(path, _)| (*path).to_owned())
            .collect(),
        after: after
            .filter(|_| is_changed)
            .map(|(_, content)| parse(&content)),
        before: before.map(|(_, content)| parse(&content)),
    })
}
