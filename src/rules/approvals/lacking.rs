//! What is lacking where too few have approved: how many, of whom, and what is wrong with the approvals that are there.

use gix::bstr::{BStr, ByteSlice as _};

use super::ballot::Ballot;
use super::election::{Election, Poll};
use super::groups::Group;
use crate::approval::cover;
use crate::approval::quorum;
use crate::decision::{Missing, NotCounted};
use crate::facts::{Commit, CommitTouches, View};
use crate::git::message;
use crate::policy::PersonId;
use crate::policy::rule::{ApprovalRequirement, Means};

impl Election<'_> {
    /// What is missing of each entry, but for the first ones, `told` elsewhere, unless only these lack something.
    pub(super) fn lacking(&self, poll: &Poll<'_>, told: usize) -> Vec<Missing> {
        let (demands, fits) = poll.ballot_box();
        let lacking = quorum::lacking(&demands, &fits);
        let mut missing = Vec::new();
        for (position, &asked) in self.asked.iter().enumerate() {
            for (group, &lacking) in poll.groups[position].iter().zip(&lacking[position]) {
                if lacking > 0 {
                    let entry = self.missing(poll, (position, asked), group, lacking);
                    missing.push((position >= told, entry));
                }
            }
        }
        let has_own = missing.iter().any(|(is_own, _)| *is_own);
        missing.retain(|(is_own, _)| *is_own || !has_own);
        missing.into_iter().map(|(_, entry)| entry).collect()
    }

    fn missing(
        &self,
        poll: &Poll<'_>,
        (position, asked): (usize, &ApprovalRequirement),
        group: &Group,
        lacking: usize,
    ) -> Missing {
        let has_approved = |person: &PersonId| {
            let entries = poll.voters.get(person);
            entries.is_some_and(|entries| entries.contains(&position))
        };
        let free = group
            .persons
            .iter()
            .copied()
            .filter(|&person| self.is_free(poll, person));
        let (have, could): (Vec<_>, Vec<_>) = free.partition(has_approved);
        let names = |persons: Vec<PersonId>| -> Vec<String> {
            persons
                .into_iter()
                .map(|person| self.case.name(person))
                .collect()
        };
        Missing::Approval {
            count: group.need,
            lacking,
            from: asked.from.names.clone(),
            who: group.who.clone(),
            zone: group.zone.clone(),
            by: self.means(asked),
            presence: asked.presence,
            approved_by: names(have),
            could_approve: names(could),
            not_counted: self.not_counted(poll, (position, asked)),
        }
    }

    /// By which means an approval could still be given: nobody reads reviews where no forge is named.
    fn means(&self, asked: &ApprovalRequirement) -> Vec<Means> {
        let is_read = |means: &Means| *means != Means::Review || self.case.policy.forge.is_some();
        asked.by.iter().copied().filter(is_read).collect()
    }

    /// Approvals of this ref that do not help, and why. What is of other paths is for another push, and of no interest.
    fn not_counted(
        &self,
        poll: &Poll<'_>,
        (position, asked): (usize, &ApprovalRequirement),
    ) -> Vec<NotCounted> {
        let is_asked = |person: &PersonId| {
            let mut groups = poll.groups[position].iter();
            groups.any(|group| group.persons.contains(person))
        };
        let of_ballot = |ballot: &Ballot<'_>| {
            let person = ballot.approval.person;
            let name = self.case.name(person);
            let unasked = || format!("{name} is not asked to approve this");
            let why = self
                .unfit(poll, ballot, asked)
                .or_else(|| uncovered(poll, ballot, asked, self.case.made))
                .or_else(|| (!is_asked(&person)).then(unasked))?;
            Some(NotCounted {
                source: ballot.approval.source.to_string(),
                person: Some(name),
                why,
            })
        };
        let discounted = self.case.votes.discounted.iter().map(|found| NotCounted {
            source: found.source.to_string(),
            person: None,
            why: found.why.clone(),
        });
        self.ballots
            .iter()
            .filter(|ballot| cover::overlap(&ballot.change, poll.change))
            .filter_map(of_ballot)
            .chain(discounted)
            .collect()
    }
}

/// Why an approval does not cover what is voted on, and since when.
fn uncovered(
    poll: &Poll<'_>,
    ballot: &Ballot<'_>,
    asked: &ApprovalRequirement,
    made: &View,
) -> Option<String> {
    if poll.covers(ballot, asked) {
        return None;
    }
    let path = cover::difference(&ballot.change, poll.change)?;
    let head = crate::git::short(&ballot.approval.head);
    let since = since(ballot, path, made).map_or_else(String::new, |commit| {
        let subject = message::subject(&commit.message);
        format!(", since {} {subject}", crate::git::short(&commit.id))
    });
    let entries = (ballot.change.get(path), poll.change.get(path));
    // Escaped where it is shown, like all that a push says.
    let path = path.to_str_lossy();
    let why = match entries {
        (None, _) => format!("{path} is not in what it approves ({head}){since}"),
        (_, None) => format!("{path}, which it approves ({head}), is not pushed"),
        (Some((approved_onto, _)), Some((pushed_onto, _))) if approved_onto != pushed_onto => {
            format!("{path} has moved on below what it approves ({head})")
        }
        _ => format!("{path} differs from what it approves ({head}){since}"),
    };
    Some(why)
}

/// The oldest of the new commits that touches `path` and is none of those that were approved.
fn since<'a>(ballot: &Ballot<'_>, path: &BStr, made: &'a View) -> Option<&'a Commit> {
    let approved = &ballot.approval.approved.commits;
    let is_it = |new: &&CommitTouches| {
        let is_approved = approved
            .iter()
            .any(|known| known.commit.id == new.commit.id);
        !is_approved && new.touched.iter().any(|touched| touched.path == path)
    };
    let oldest = made.commits.iter().rev().find(is_it)?;
    Some(&oldest.commit)
}
