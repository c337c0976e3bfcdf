//! What the name of a ref alone decides (SPEC 2.7), and of approvals their length.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};
use once_cell::sync::OnceCell;

use super::{Objection, Push, UpdateFacts};
use crate::facts::applies;
use crate::git::{Error, Repository, tag};
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
const RESERVED: [&[u8]; 2] = [b"refs/replace/", b"refs/namespaces/"];

/// Is a ref of this name accepted untouched, since what it leads to is judged when it reaches a branch?
pub(crate) fn is_proposal(name: &BStr) -> bool {
    PROPOSALS.iter().any(|prefix| name.starts_with(prefix))
}

/// Judges the names of a push.
pub(super) struct Names<'a> {
    repository: &'a Repository,
    policy: &'a Policy,
    push: &'a Push,
    /// Branches and tags by what a file system takes for their names, read when the first ref is created.
    folded: OnceCell<Folded>,
}

type Folded = BTreeMap<BString, BTreeSet<BString>>;

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
            let is_approval = self.policy.approvals.refs.matches(name);
            if begins(&RESERVED) {
                objections.push(Objection::ReservedNamespace);
            } else if is_approval && update.kind != UpdateKind::Create {
                objections.push(Objection::ApprovalIsFinal);
            } else if is_approval && self.is_too_long(update)? {
                objections.push(Objection::ApprovalTooLong);
            } else if !begins(&[HEADS, TAGS]) && !is_proposal(name.as_bstr()) && !is_approval {
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

    /// Would the approval be passed over for its length? Whoever gives one must not believe that it counts.
    fn is_too_long(&self, update: &UpdateFacts) -> Result<bool, Error> {
        match update.new {
            Some(new) => tag::is_too_long(&self.repository.objects, new),
            None => Ok(false),
        }
    }

    /// Another branch or tag that a reader of short names, or a file system, takes for `name`, where a rule is about
    /// one of the two.
    fn twin(&self, name: &BStr) -> Result<Option<BString>, Error> {
        let Some(short) = [HEADS, TAGS].iter().find_map(|&of| name.strip_prefix(of)) else {
            return Ok(None);
        };
        let folded = self.folded.get_or_try_init(|| self.fold_all())?;
        // `refs/heads/refs/heads/main` and `refs/tags/heads/main` are read as `refs/heads/main`.
        let longer = [short.to_vec(), [b"refs/", short].concat()].map(BString::from);
        let twins = folded.get(fold(short).as_ref().as_bstr());
        let twins = twins.into_iter().flatten().chain(&longer[..]);
        let (repository, now) = (&self.push.repository, self.push.now);
        let is_governed = |name: &BStr| applies::is_governed(self.policy, repository, now, name);
        let is_branch_or_tag = |twin: &BStr| twin.starts_with(HEADS) || twin.starts_with(TAGS);
        let is_twin = |twin: &&BString| {
            twin.as_bstr() != name
                && is_branch_or_tag(twin.as_bstr())
                && (is_governed(name) || is_governed(twin.as_bstr()))
        };
        Ok(twins.into_iter().find(is_twin).cloned())
    }

    /// Every branch and tag, before the push and in it, by its short name.
    fn fold_all(&self) -> Result<Folded, Error> {
        let mut all = Folded::new();
        for prefix in [HEADS, TAGS] {
            let existing = self.repository.refs.with_prefix(prefix)?;
            let created = self
                .push
                .updates
                .iter()
                .filter(|update| !update.new.is_null());
            let created = created.map(|update| update.name.as_bstr());
            for name in existing.map(|(name, _)| name).chain(created) {
                if let Some(short) = name.strip_prefix(prefix) {
                    let twins = all.entry(fold(short).into_owned().into()).or_default();
                    twins.insert(name.to_owned());
                }
            }
        }
        Ok(all)
    }
}
