//! What is kept of a decision: enough to count it, and to find it again.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, BString, ByteSlice as _};

use super::Outcome;
use crate::decision::{Decision, Finding, Missing, Verdict, paths};
use crate::facts::{Commit, Identity, UpdateFacts, View};
use crate::judging::Judgement;
use crate::paths::SetMask;
use crate::policy::Policy;
use crate::policy::rule::Mode;
use crate::report::words;

/// Paths that are kept of each finding.
const MOST_PATHS: usize = 20;

/// What one rule has found.
#[derive(Debug, Clone)]
pub struct Found {
    /// Its id.
    pub rule: String,
    /// Its mode.
    pub mode: Mode,
    /// It asks for approvals, and nothing else is lacking.
    pub lacks_only_approval: bool,
    /// The zones of the paths in question.
    pub zones: BTreeSet<String>,
    /// The directories of the paths in question, to [`DEPTH`].
    pub directories: BTreeSet<BString>,
    /// Some of the paths.
    pub paths: Vec<BString>,
    /// How many there are.
    pub path_count: usize,
    /// Whose commits are in question: persons of the policy, or addresses.
    pub people: BTreeSet<String>,
}

/// How deep directories are told apart.
pub const DEPTH: usize = 3;

/// Someone who would have been asked to approve.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub struct Ask {
    /// Who.
    pub person: String,
    /// No other could have stood in.
    pub is_needed: bool,
}

/// What a decision comes to.
pub(super) fn outcome(decision: &Decision, found: &[Found]) -> Outcome {
    if decision.is_accepted() {
        let warns = found.iter().any(|found| found.mode == Mode::Warn);
        return if warns {
            Outcome::Warned
        } else {
            Outcome::Accepted
        };
    }
    let mut refusing = found.iter().filter(|found| found.mode == Mode::Enforce);
    if refusing.all(|found| found.lacks_only_approval) {
        Outcome::Approval
    } else {
        Outcome::Refused
    }
}

/// What rules have found, those that would refuse first.
pub(super) fn all(policy: &Policy, judgement: &Judgement, pusher: &str) -> Vec<Found> {
    let mut all = Vec::new();
    let updates = judgement.decision.updates.iter();
    for (outcome, facts) in updates.zip(&judgement.facts.updates) {
        all.extend(outcome.objections.iter().map(|objection| Found {
            rule: words::objection_id(objection).to_owned(),
            mode: Mode::Enforce,
            lacks_only_approval: false,
            zones: BTreeSet::new(),
            directories: BTreeSet::new(),
            paths: Vec::new(),
            path_count: 0,
            people: BTreeSet::from([pusher.to_owned()]),
        }));
        for (position, rule) in outcome.rules.iter().enumerate() {
            if let Verdict::Violated(finding) = &rule.verdict {
                let view = facts.views.get(&position);
                let place = Place {
                    policy,
                    facts,
                    view: view.map(AsRef::as_ref),
                    pusher,
                };
                all.push(place.found(finding, rule.mode));
            }
        }
    }
    all.sort_by_key(|found| std::cmp::Reverse(found.mode));
    all
}

/// Who would have been asked to approve, each once.
pub(super) fn asks(decision: &Decision) -> Vec<Ask> {
    let mut asks: BTreeMap<&str, bool> = BTreeMap::new();
    for missing in decision.findings(Mode::Enforce).flat_map(Finding::missing) {
        if let Missing::Approval {
            lacking,
            could_approve,
            ..
        } = missing
        {
            for person in could_approve {
                *asks.entry(person).or_default() |= could_approve.len() <= *lacking;
            }
        }
    }
    asks.into_iter()
        .map(|(person, is_needed)| Ask {
            person: person.to_owned(),
            is_needed,
        })
        .collect()
}

/// Who an identity is: a person of the policy, or an address.
pub(super) fn who(policy: &Policy, identity: &Identity) -> String {
    match policy.people.by_email(&identity.email) {
        Some(person) => policy.people.person(person).name.clone(),
        None => identity.email.to_str_lossy().into_owned(),
    }
}

/// What a finding is looked at with.
struct Place<'a> {
    policy: &'a Policy,
    facts: &'a UpdateFacts,
    view: Option<&'a View>,
    pusher: &'a str,
}

impl Place<'_> {
    fn found(&self, finding: &Finding, mode: Mode) -> Found {
        let paths = paths(&finding.charges);
        Found {
            rule: finding.rule.clone(),
            mode,
            lacks_only_approval: finding.missing().all(could_be_given),
            zones: self.zones(&paths),
            directories: paths.iter().map(|path| directory(path.as_bstr())).collect(),
            path_count: paths.len(),
            paths: paths.into_iter().take(MOST_PATHS).cloned().collect(),
            people: self.people(finding),
        }
    }

    fn zones(&self, paths: &BTreeSet<&BString>) -> BTreeSet<String> {
        let mut sets = SetMask::default();
        let touched = self.view.into_iter().flat_map(|view| {
            let of_commits = view.commits.iter().flat_map(|new| new.touched.iter());
            view.net.iter().chain(of_commits)
        });
        for touched in touched.filter(|touched| paths.contains(&touched.path)) {
            sets.union_with(&touched.sets);
        }
        let zones = self.policy.zones_of(&sets);
        zones.map(|zone| zone.name.clone()).collect()
    }

    /// The authors of the commits in question; where none is, whoever pushed.
    fn people(&self, finding: &Finding) -> BTreeSet<String> {
        let charged = finding.charges.iter().map(|charge| {
            let commit = charge.commit.as_ref();
            commit
                .and_then(|charged| self.commit(charged.id))
                .map_or_else(
                    || self.pusher.to_owned(),
                    |commit| who(self.policy, &commit.author),
                )
        });
        charged.collect()
    }

    fn commit(&self, id: gix::ObjectId) -> Option<&Commit> {
        let views = self
            .view
            .into_iter()
            .chain(self.facts.views.values().map(AsRef::as_ref));
        let mut commits = views.flat_map(|view| {
            let touching = view.commits.iter().map(|new| &new.commit);
            touching.chain(&view.tip)
        });
        commits.find(|commit| commit.id == id).map(AsRef::as_ref)
    }
}

/// Is it an approval that someone could have given?
fn could_be_given(missing: &Missing) -> bool {
    match missing {
        Missing::Approval {
            lacking,
            could_approve,
            ..
        } => lacking <= &could_approve.len(),
        _ => false,
    }
}

/// The directory of a path, to [`DEPTH`]; the root is `.`.
fn directory(path: &BStr) -> BString {
    let mut parts: Vec<&[u8]> = path.split_str("/").collect();
    parts.pop();
    parts.truncate(DEPTH);
    if parts.is_empty() {
        ".".into()
    } else {
        parts.join(&b'/').into()
    }
}

#[cfg(test)]
mod tests {
    use super::directory;

    #[test]
    fn directories_are_told_apart_to_a_depth() {
        assert_eq!(directory("README.md".into()), ".");
        assert_eq!(directory("src/git/walk/two.rs".into()), "src/git/walk");
        assert_eq!(directory("a/b/c/d/e".into()), "a/b/c");
    }
}
