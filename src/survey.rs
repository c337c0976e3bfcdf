//! What a policy means in a repository that is there: which files its zones hold, which of its patterns and rules have
//! nothing to be about, which approvals nobody could give, and whom it forgets. A policy can be right and miss what it was written for.

pub mod against;
mod owners;
mod patterns;
mod unguarded;

use std::collections::BTreeSet;

use gix::bstr::{BString, ByteSlice as _};
use gix::refs::Target;
use serde::Serialize;

use crate::codeowners::CodeOwners;
use crate::forge;
use crate::git::tree::Mode;
use crate::git::walk::kind_of;
use crate::git::{Error, Repository, commit, files};
use crate::paths::SetMask;
use crate::policy::people::Kind;
use crate::policy::place::Place;
use crate::policy::rule::Rule;
use crate::policy::{Loaded, Policy, Tier};

/// The files and refs of a repository.
#[derive(Debug)]
pub struct Content {
    /// `owner/name`.
    pub repository: String,
    /// The branch whose files these are.
    pub branch: BString,
    /// What is in it.
    pub files: Vec<(BString, Mode)>,
    /// All refs.
    pub refs: Vec<BString>,
    /// Whom a CODEOWNERS of that branch names, where a rule asks for them.
    pub owners: Option<CodeOwners>,
}

/// What a policy covers in a repository.
#[derive(Debug, Serialize)]
pub struct Survey {
    /// `owner/name`.
    pub repository: String,
    /// The branch whose files were looked at.
    pub branch: String,
    /// How many those are.
    pub files: usize,
    /// What each zone holds.
    pub zones: Vec<Covered>,
    /// Files that are in no zone.
    pub in_no_zone: usize,
    /// Files that no rule in force looks at on that branch.
    pub in_no_rule: usize,
    /// People whom no group has.
    pub in_no_group: Vec<String>,
}

/// What a zone holds.
#[derive(Debug, Serialize)]
pub struct Covered {
    /// Its name.
    pub zone: String,
    /// Its tier.
    pub tier: Tier,
    /// How many files it holds.
    pub files: usize,
}

impl Content {
    /// Reads it from the default branch, with what a policy asks for.
    ///
    /// # Errors
    /// When it cannot be read, or there is no such branch.
    pub fn of(repository: &Repository, policy: &Policy) -> Result<Self, Error> {
        let none = || Error::Format("HEAD leads to no commit, so there are no files yet".into());
        let branch = repository.refs.default_branch()?.ok_or_else(none)?;
        let tip = repository.refs.resolve(branch.as_bstr())?.id;
        let objects = &repository.objects;
        let tip = commit::read_links(objects, tip.ok_or_else(none)?, &mut Vec::new())?;
        let refs = repository.refs.with_prefix(b"refs/")?;
        let refs = refs.filter(|(_, target)| matches!(target, Target::Object(_)));
        let asks_for_owners = policy.rules.iter().any(Rule::asks_codeowners);
        let owners = asks_for_owners.then(|| owners::read(policy, objects, tip.tree));
        Ok(Content {
            owners: owners.transpose()?.flatten(),
            repository: forge::repository_name(&repository.layout.git_dir),
            branch,
            files: files::list(objects, tip.tree)?,
            refs: refs.map(|(name, _)| name.to_owned()).collect(),
        })
    }

    /// The pattern sets of a policy that hold each file, in the order of the files.
    fn sets(&self, policy: &Policy) -> Vec<SetMask> {
        let sets = |(path, mode): &(BString, Mode)| policy.paths.matches_path(path, kind_of(*mode));
        self.files.iter().map(sets).collect()
    }
}

impl Survey {
    /// What the policy covers there; what it probably does not mean is added to its warnings.
    pub fn of(loaded: &mut Loaded, content: &Content, now: i64) -> Self {
        patterns::warn(loaded, content);
        let sets = content.sets(&loaded.policy);
        warn_of_rules(loaded, content, &sets, now);
        unguarded::warn(loaded, content, now);
        owners::warn(loaded, content, &sets);
        let policy = &loaded.policy;
        let holds =
            |zone: &crate::policy::Zone| sets.iter().filter(|sets| sets.contains(zone.set)).count();
        let zones: SetMask = policy.zones.iter().map(|zone| zone.set).collect();
        let guarded = guarded(policy, content, &sets);
        let covered = policy.zones.iter().map(|zone| Covered {
            zone: zone.name.clone(),
            tier: zone.tier,
            files: holds(zone),
        });
        Survey {
            repository: content.repository.clone(),
            branch: content.branch.to_string(),
            files: content.files.len(),
            zones: covered.collect(),
            in_no_zone: sets.iter().filter(|sets| !sets.intersects(&zones)).count(),
            in_no_rule: content.files.len() - guarded.len(),
            in_no_group: in_no_group(policy),
        }
    }
}

/// The files at which some rule looks that refuses on the branch, by their positions.
fn guarded(policy: &Policy, content: &Content, sets: &[SetMask]) -> BTreeSet<usize> {
    let in_force: Vec<_> = policy
        .rules
        .iter()
        .filter(|rule| {
            rule.is_enforced_in(&content.repository)
                && rule.applies_in(&content.repository)
                && rule.refs.matches(&content.branch)
        })
        .map(|rule| policy.selector(rule.selector))
        .collect();
    let sets = sets.iter().enumerate();
    sets.filter(|(_, sets)| in_force.iter().any(|selector| selector.selects(sets)))
        .map(|(position, _)| position)
        .collect()
}

/// Humans whom no group has, where there are groups.
fn in_no_group(policy: &Policy) -> Vec<String> {
    let groups = policy.people.groups();
    let grouped: BTreeSet<_> = groups.flat_map(|(_, members)| members).collect();
    if grouped.is_empty() {
        return Vec::new();
    }
    let people = policy.people.iter();
    people
        .filter(|(id, person)| person.kind == Kind::Human && !grouped.contains(id))
        .map(|(_, person)| person.name.clone())
        .collect()
}

/// Warns of rules that have nothing to be about in this repository.
fn warn_of_rules(loaded: &mut Loaded, content: &Content, sets: &[SetMask], now: i64) {
    let policy = &loaded.policy;
    let mut found = Vec::new();
    for (index, rule) in policy.rules.iter().enumerate() {
        let place = Place::top().key("rules").index(index);
        let id = &rule.id;
        if !rule.applies_in(&content.repository) {
            // It is meant for others.
            continue;
        }
        if rule.until.is_some_and(|until| until <= now) {
            let message = format!("the rule `{id}` has run out");
            found.push((place.key("until"), message, "remove it, or move the date"));
        } else if !content.refs.iter().any(|name| rule.refs.matches(name)) {
            let message = format!("no ref of this repository is governed by the rule `{id}`");
            let help = "it holds once there is one; if there should be, look for a slip in `refs`";
            found.push((place.key("refs"), message, help));
        }
        let selector = policy.selector(rule.selector);
        let is_empty = |sets: &SetMask| !selector.selects(sets);
        if !selector.is_everything() && sets.iter().all(is_empty) {
            let message = format!("the rule `{id}` is about no file of this repository");
            let help = "look for a slip in its paths, or limit it with `repos` to where they are";
            found.push((place.key("id"), message, help));
        }
    }
    let found = found
        .iter()
        .map(|(place, message, help)| (place, "rule-about-nothing", message.clone(), *help));
    loaded.warn_of(found);
}
