//! Who has approved a change, and whether that is enough.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::ByteSlice as _;

use super::ChangeCase;
use super::ballot::Ballot;
use super::groups::{self, Group};
use crate::approval::contributors::Contributors;
use crate::approval::cover::{self, Change};
use crate::approval::quorum::{self, Demand, Fits};
use crate::decision::Counted;
use crate::policy::PersonId;
use crate::policy::people::Kind;
use crate::policy::rule::{ApprovalRequirement, Carry, Means};

/// Whoever is asked, and what they have said.
pub(super) struct Election<'a> {
    pub(super) asked: &'a [&'a ApprovalRequirement],
    pub(super) case: &'a ChangeCase<'a>,
    pub(super) ballots: &'a [Ballot<'a>],
    /// Those named by approving trailers of every new commit.
    pub(super) named: &'a BTreeSet<PersonId>,
}

/// What is voted on: all that is pushed, or one approved change that is part of it.
pub(super) struct Poll<'a> {
    pub(super) change: &'a Change<'a>,
    is_whole: bool,
    /// Those who have a hand in it.
    pub(super) contributors: Contributors,
    /// Of whom each entry asks its count.
    pub(super) groups: Vec<Vec<Group>>,
    pub(super) voters: Voters,
}

/// For each person, the entries for which their approval is of the right kind.
pub(super) type Voters = BTreeMap<PersonId, BTreeSet<usize>>;

impl<'a> Poll<'a> {
    /// On all that is pushed.
    pub(super) fn on_all(election: &Election<'_>, change: &'a Change<'a>) -> Self {
        let contributors = election.case.contributors(change);
        Poll::of(election, change, contributors, true)
    }

    /// On what a merge queue lands with other changes: whoever made those may approve this one.
    fn on_part(election: &Election<'_>, change: &'a Change<'a>) -> Self {
        let contributors = election
            .case
            .contributors_to(|touched| change.contains_key(touched.path.as_bstr()));
        Poll::of(election, change, contributors, false)
    }

    fn of(
        election: &Election<'_>,
        change: &'a Change<'a>,
        contributors: Contributors,
        is_whole: bool,
    ) -> Self {
        let groups = |asked: &&_| groups::of(asked, change, election.case);
        let mut poll = Poll {
            change,
            is_whole,
            contributors,
            groups: election.asked.iter().map(groups).collect(),
            voters: Voters::new(),
        };
        poll.voters = election.voters(&poll);
        poll
    }

    /// Is what is voted on what the ballot approves? Of the whole, that too which it is once re-applied.
    pub(super) fn covers(&self, ballot: &Ballot<'_>, asked: &ApprovalRequirement) -> bool {
        let is_carried = self.is_whole && ballot.is_carried && asked.carry == Carry::CleanMerge;
        is_carried || ballot.change == *self.change
    }

    /// Have enough different persons approved?
    pub(super) fn is_met(&self) -> bool {
        let (demands, fits) = self.ballot_box();
        quorum::is_met(&demands, &fits)
    }

    /// What is asked, and where each voter could stand.
    pub(super) fn ballot_box(&self) -> (Vec<Demand>, Vec<Fits>) {
        let needs = |groups: &Vec<Group>| groups.iter().map(|group| group.need).collect();
        let demands: Vec<Demand> = self.groups.iter().map(needs).collect();
        let fits = self.voters.iter().map(|(&person, entries)| {
            let of_entry = |(position, groups): (usize, &Vec<Group>)| {
                let fits = |(number, group): (usize, &Group)| {
                    (entries.contains(&position) && group.persons.contains(&person))
                        .then_some(number)
                };
                groups.iter().enumerate().filter_map(fits).collect()
            };
            self.groups.iter().enumerate().map(of_entry).collect()
        });
        (demands, fits.collect())
    }
}

impl<'a> Election<'a> {
    /// Those who approved what is voted on.
    fn voters(&self, poll: &Poll<'_>) -> Voters {
        let mut voters = Voters::new();
        for ballot in self.ballots {
            for (position, &asked) in self.asked.iter().enumerate() {
                if poll.covers(ballot, asked) && self.unfit(poll, ballot, asked).is_none() {
                    voters
                        .entry(ballot.approval.person)
                        .or_default()
                        .insert(position);
                }
            }
        }
        for &person in self.named.iter().filter(|_| poll.is_whole) {
            for (position, &asked) in self.asked.iter().enumerate() {
                let is_enough = asked.by.contains(&Means::Trailer) && !asked.presence;
                if is_enough && self.is_free(poll, person) {
                    voters.entry(person).or_default().insert(position);
                }
            }
        }
        voters
    }

    /// Is it a human who has no hand in what is voted on?
    pub(super) fn is_free(&self, poll: &Poll<'_>, person: PersonId) -> bool {
        self.case.policy.people.person(person).kind == Kind::Human
            && !poll.contributors.persons.contains(&person)
    }

    /// Why an approval, whatever it approves, is none for this entry.
    pub(super) fn unfit(
        &self,
        poll: &Poll<'_>,
        ballot: &Ballot<'_>,
        asked: &ApprovalRequirement,
    ) -> Option<String> {
        let approval = ballot.approval;
        let age = self.case.push.now.saturating_sub(approval.since);
        let max_age = i64::try_from(asked.max_age.as_secs()).unwrap_or(i64::MAX);
        if approval.spent {
            Some("it has let a change in before".to_owned())
        } else if !self.is_free(poll, approval.person)
            || ballot.authors.persons.contains(&approval.person)
        {
            Some("whoever has a hand in a change cannot approve it".to_owned())
        } else if !asked.by.contains(&approval.by) {
            Some(format!(
                "approvals by {} do not count here",
                word(approval.by)
            ))
        } else if asked.presence && !approval.presence {
            Some("it was not made with a security key that was touched for it".to_owned())
        } else if age > max_age {
            Some(format!(
                "it is older than {} days",
                max_age / (24 * 60 * 60)
            ))
        } else {
            None
        }
    }

    /// Several approved changes, each with its full quorum, that make up all that is pushed; empty if none do.
    pub(super) fn parts(&self, poll: &Poll<'_>) -> Vec<Poll<'a>> {
        let mut parts: Vec<Poll<'_>> = Vec::new();
        for Ballot { change, .. } in self.ballots {
            let is_new = change != poll.change
                && cover::is_part(change, poll.change)
                && parts.iter().all(|part| part.change != change);
            if is_new {
                let part = Poll::on_part(self, change);
                parts.extend(part.is_met().then_some(part));
            }
        }
        let changes: Vec<_> = parts.iter().map(|part| part.change).collect();
        if cover::is_covered(poll.change, &changes) {
            parts
        } else {
            Vec::new()
        }
    }

    /// The approvals that stand for what is pushed, or for one of its parts.
    pub(super) fn counted(&self, poll: &Poll<'_>, parts: &[Poll<'_>]) -> Vec<Counted> {
        let stands_for = |ballot: &Ballot<'_>, poll: &Poll<'_>| {
            let mut asked = self.asked.iter();
            asked.any(|asked| {
                poll.covers(ballot, asked) && self.unfit(poll, ballot, asked).is_none()
            })
        };
        let counts = |ballot: &&Ballot<'_>| {
            let mut polls = std::iter::once(poll).chain(parts);
            polls.any(|poll| stands_for(ballot, poll))
        };
        let of_ballot = |ballot: &Ballot<'_>| Counted {
            person: self.case.name(ballot.approval.person),
            by: ballot.approval.by,
            source: ballot.approval.source.to_string(),
            id: ballot.approval.id.clone(),
        };
        self.ballots.iter().filter(counts).map(of_ballot).collect()
    }
}

fn word(by: Means) -> &'static str {
    match by {
        Means::Signature => "signature",
        Means::Review => "review",
        Means::Trailer => "trailer",
    }
}
