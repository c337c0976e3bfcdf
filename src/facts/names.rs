//! What the name of a ref alone decides (SPEC 2.7).

use std::collections::BTreeMap;

use gix::bstr::{BStr, BString, ByteSlice as _};
use once_cell::sync::OnceCell;

use super::{Objection, Push, UpdateFacts};
use crate::engine::applies;
use crate::git::{Error, Repository};
use crate::paths::fold::fold;
use crate::policy::Policy;
use crate::policy::rule::UpdateKind;

const HEADS: &[u8] = b"refs/heads/";
const TAGS: &[u8] = b"refs/tags/";

/// Whatever stands here leads to nothing that a checkout, a fetch or a merge would take.
const PROPOSALS: [&[u8]; 4] = [
    b"refs/for/",
    b"refs/pull/",
    b"refs/merge-requests/",
    b"refs/changes/",
];
const APPROVALS: [&[u8]; 2] = [b"refs/approvals/", b"refs/tags/approved/"];
const RESERVED: [&[u8]; 2] = [b"refs/replace/", b"refs/namespaces/"];

/// Judges the names of a push.
pub(super) struct Names<'a> {
    repository: &'a Repository,
    policy: &'a Policy,
    push: &'a Push,
    /// Branches and tags by what a file system takes for their names, read when the first ref is created.
    folded: OnceCell<[Folded; 2]>,
}

type Folded = BTreeMap<BString, BString>;

impl<'a> Names<'a> {
    pub(super) fn new(repository: &'a Repository, policy: &'a Policy, push: &'a Push) -> Self {
        Names {
            repository,
            policy,
            push,
            folded: OnceCell::new(),
        }
    }

    /// What speaks against an update, by its names.
    pub(super) fn objections(&self, update: &UpdateFacts) -> Result<Vec<Objection>, Error> {
        let mut objections = Vec::new();
        for name in update.names() {
            let begins =
                |prefixes: &[&[u8]]| prefixes.iter().any(|prefix| name.starts_with(prefix));
            if begins(&RESERVED) {
                objections.push(Objection::ReservedNamespace);
            } else if begins(&APPROVALS) && update.kind != UpdateKind::Create {
                objections.push(Objection::ApprovalIsFinal);
            } else if !begins(&[HEADS, TAGS]) && !begins(&PROPOSALS) && !begins(&APPROVALS) {
                objections.extend(
                    self.policy
                        .namespaces
                        .deny_other
                        .then_some(Objection::OtherNamespace),
                );
            }
        }
        if update.kind == UpdateKind::Create {
            objections.extend(
                self.twin(update.resolved.as_bstr())?
                    .map(|twin| Objection::AmbiguousName { twin }),
            );
        }
        objections.dedup();
        Ok(objections)
    }

    /// A branch for a tag, a tag for a branch, of the same name as `name`, where a rule is about one of them.
    fn twin(&self, name: &BStr) -> Result<Option<BString>, Error> {
        let (own, others) = if name.starts_with(HEADS) {
            (HEADS, 1)
        } else if name.starts_with(TAGS) {
            (TAGS, 0)
        } else {
            return Ok(None);
        };
        let folded = self
            .folded
            .get_or_try_init(|| Ok::<_, Error>([self.fold_all(HEADS)?, self.fold_all(TAGS)?]))?;
        let twin = folded[others].get(fold(&name[own.len()..]).as_ref().as_bstr());
        let is_governed = |name: &BStr| applies::is_governed(self.policy, self.push, name);
        Ok(twin
            .filter(|twin| is_governed(name) || is_governed(twin.as_bstr()))
            .cloned())
    }

    /// Every ref below `prefix`, before the push and in it.
    fn fold_all(&self, prefix: &[u8]) -> Result<Folded, Error> {
        let existing = self
            .repository
            .refs
            .with_prefix(prefix)?
            .map(|(name, _)| name);
        let created = self
            .push
            .updates
            .iter()
            .filter(|update| !update.new.is_null())
            .map(|update| update.name.as_bstr());
        let created = created.filter(|name| name.starts_with(prefix));
        Ok(existing
            .chain(created)
            .map(|name| {
                (
                    fold(&name[prefix.len()..]).into_owned().into(),
                    name.to_owned(),
                )
            })
            .collect())
    }
}
