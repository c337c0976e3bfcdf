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
    /// Refs by what a file system takes for their short names, read when the first ref is created.
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
        // What is not there under this spelling may be there under another.
        let is_spelled_anew = update.old.is_none() && self.repository.refs.ignore_case();
        if update.kind == UpdateKind::Create || is_spelled_anew {
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

    /// Another ref that a reader of short names, or a file system, takes for `name`, where a rule is about one of the two.
    ///
    /// git reads `release/1` as `refs/release/1` before it thinks of tags and branches (gitrevisions(7)), and so does
    /// `git fetch origin release/1`.
    fn twin(&self, name: &BStr) -> Result<Option<BString>, Error> {
        let Some(short) = short(name) else {
            return Ok(None);
        };
        let folded = self.folded.get_or_try_init(|| self.fold_all())?;
        // `refs/heads/refs/heads/main` and `refs/tags/heads/main` are read as `refs/heads/main`.
        let longer = [short.to_vec(), [b"refs/", short].concat()].map(BString::from);
        let longer = longer
            .iter()
            .filter(|twin| is_branch_or_tag(twin.as_bstr()));
        let twins = folded.get(fold(short).as_ref().as_bstr());
        let on_disk = if self.repository.refs.ignore_case() {
            let others = folded
                .values()
                .flatten()
                .filter(|other| share_a_folder(name, other));
            let in_small_letters = BString::from(name.to_ascii_lowercase());
            others.cloned().chain([in_small_letters]).collect()
        } else {
            Vec::new()
        };
        let twins = twins.into_iter().flatten().chain(longer).chain(&on_disk);
        let (repository, now) = (&self.push.repository, self.push.now);
        let is_governed = |name: &BStr| applies::is_governed(self.policy, repository, now, name);
        let is_twin = |twin: &&BString| {
            twin.as_bstr() != name
                && (is_branch_or_tag(name) || is_branch_or_tag(twin.as_bstr()))
                && (is_governed(name) || is_governed(twin.as_bstr()))
        };
        Ok(twins.into_iter().find(is_twin).cloned())
    }

    /// Every ref that has a short name, before the push and in it, by that name.
    fn fold_all(&self) -> Result<Folded, Error> {
        let mut all = Folded::new();
        let existing = self.repository.refs.with_prefix(b"refs/")?;
        let created = self
            .push
            .updates
            .iter()
            .filter(|update| !update.new.is_null());
        let created = created.map(|update| update.name.as_bstr());
        for name in existing.map(|(name, _)| name).chain(created) {
            if let Some(short) = short(name) {
                let twins = all.entry(fold(short).into_owned().into()).or_default();
                twins.insert(name.to_owned());
            }
        }
        Ok(all)
    }
}

/// What a ref is called for short; nothing for proposals, which nobody checks out by name.
fn short(name: &BStr) -> Option<&[u8]> {
    if is_proposal(name) {
        return None;
    }
    let prefixes = [HEADS, TAGS, b"refs/"];
    prefixes.iter().find_map(|&of| name.strip_prefix(of))
}

/// Does a disk that ignores the case of letters have one folder, or one file, for two names that spell it differently?
fn share_a_folder(one: &[u8], other: &[u8]) -> bool {
    let one = one.split(|&byte| byte == b'/');
    let mut parts = one.zip(other.split(|&byte| byte == b'/'));
    let differ = parts.find(|(one, other)| one != other);
    differ.is_some_and(|(one, other)| fold(one) == fold(other))
}

fn is_branch_or_tag(name: &BStr) -> bool {
    name.starts_with(HEADS) || name.starts_with(TAGS)
}
