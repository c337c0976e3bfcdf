//! Who has approved a change, and whether that is enough.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BStr, ByteSlice as _};

use super::ChangeCase;
use super::groups::{self, Group};
use crate::approval::Approval;
use crate::approval::contributors::Contributors;
use crate::approval::cover::{self, Change};
use crate::approval::quorum::{self, Demand, Fits};
use crate::decision::{Counted, Missing, NotCounted};
use crate::facts::{Commit, CommitTouches, Touched};
use crate::git::message;
use crate::policy::PersonId;
use crate::policy::people::Kind;
use crate::policy::rule::{ApprovalRequirement, Carry, Means};

/// An approval, with what it approves of the rule's paths.
pub(super) struct Ballot<'a> {
    approval: &'a Approval,
    change: Change<'a>,
    /// Those who made the approved commits: nobody approves their own work, squashed into another's commit or not.
    authors: Contributors,
    /// Re-applied, it is exactly what is pushed.
    is_carried: bool,
}

impl<'a> Ballot<'a> {
    pub(super) fn of(approval: &'a Approval, case: &ChangeCase<'_>) -> Self {
        let is_meant = |touched: &&Touched| case.selector.selects(&touched.sets);
        let mut authors = Contributors::default();
        for new in &approval.approved.commits {
            if new.touched.iter().any(|touched| is_meant(&touched)) {
                authors.add_commit(&new.commit, case.directory());
            }
        }
        Ballot {
            approval,
            change: cover::change(approval.approved.net.iter().filter(is_meant)),
            authors,
            is_carried: !approval.reapplied.iter().any(|touched| is_meant(&touched)),
        }
    }

    /// Where it is not the change that is pushed, and since when; `None` if it is.
    fn uncovered(
        &self,
        asked: &ApprovalRequirement,
        whole: &Change<'_>,
        case: &ChangeCase<'_>,
    ) -> Option<String> {
        if asked.carry == Carry::CleanMerge && self.is_carried {
            return None;
        }
        let path = cover::difference(&self.change, whole)?;
        let head = crate::git::short(&self.approval.head);
        let since = self.since(path, case).map_or_else(String::new, |commit| {
            let subject = message::subject(&commit.message);
            format!(", since {} {subject}", crate::git::short(&commit.id))
        });
        let entries = (self.change.get(path), whole.get(path));
        // Escaped where it is shown, like all that a push says.
        let path = path.to_str_lossy();
        Some(match entries {
            (None, _) => format!("{path} is not in what it approves ({head}){since}"),
            (_, None) => format!("{path}, which it approves ({head}), is not pushed"),
            (Some((approved_onto, _)), Some((pushed_onto, _))) if approved_onto != pushed_onto => {
                format!("{path} has moved on below what it approves ({head})")
            }
            _ => format!("{path} differs from what it approves ({head}){since}"),
        })
    }

    /// The oldest new commit that touches `path` and is none of those that were approved.
    fn since<'c>(&self, path: &BStr, case: &ChangeCase<'c>) -> Option<&'c Commit> {
        let approved = &self.approval.approved.commits;
        let is_it = |new: &&CommitTouches| {
            new.touched.iter().any(|touched| touched.path == path)
                && !approved
                    .iter()
                    .any(|known| known.commit.id == new.commit.id)
        };
        case.view
            .commits
            .iter()
            .rev()
            .find(is_it)
            .map(|new| &*new.commit)
    }
}

/// Is the change all that is pushed, or one part of it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Whole {
    Yes,
    No,
}

/// Who has approved, and what that makes.
pub(super) struct Election<'a> {
    pub(super) asked: &'a [ApprovalRequirement],
    pub(super) case: &'a ChangeCase<'a>,
    pub(super) contributors: &'a Contributors,
    pub(super) ballots: &'a [Ballot<'a>],
    /// Those named by approving trailers of every new commit.
    pub(super) named: &'a BTreeSet<PersonId>,
}

/// For each person, the entries for which their approval is of the right kind.
pub(super) type Voters = BTreeMap<PersonId, BTreeSet<usize>>;

impl Election<'_> {
    /// Those who approved `change`.
    pub(super) fn voters(&self, change: &Change<'_>, whole: Whole) -> Voters {
        let mut voters = Voters::new();
        for ballot in self.ballots {
            let is_same = ballot.change == *change;
            let may_be_carried = whole == Whole::Yes && ballot.is_carried;
            if !is_same && !may_be_carried {
                continue;
            }
            for (position, asked) in self.asked.iter().enumerate() {
                let covers = is_same || asked.carry == Carry::CleanMerge;
                if covers && self.unfit(ballot, asked).is_none() {
                    voters
                        .entry(ballot.approval.person)
                        .or_default()
                        .insert(position);
                }
            }
        }
        for &person in self.named.iter().filter(|_| whole == Whole::Yes) {
            for (position, asked) in self.asked.iter().enumerate() {
                if asked.by.contains(&Means::Trailer) && !asked.presence && self.is_free(person) {
                    voters.entry(person).or_default().insert(position);
                }
            }
        }
        voters
    }

    /// Did the person have no hand in what is pushed?
    fn is_free(&self, person: PersonId) -> bool {
        self.case.policy.people.person(person).kind == Kind::Human
            && !self.contributors.persons.contains(&person)
    }

    /// Why an approval, whatever it approves, is none for this entry.
    fn unfit(&self, ballot: &Ballot<'_>, asked: &ApprovalRequirement) -> Option<String> {
        let approval = ballot.approval;
        let age = self.case.push.now.saturating_sub(approval.since);
        let max_age = i64::try_from(asked.max_age.as_secs()).unwrap_or(i64::MAX);
        if approval.spent {
            Some("it has let a change in before".to_owned())
        } else if !self.is_free(approval.person)
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

    pub(super) fn is_met(&self, change: &Change<'_>, voters: &Voters) -> bool {
        let (demands, fits) = self.ballot_box(change, voters);
        quorum::is_met(&demands, &fits)
    }

    fn ballot_box(&self, change: &Change<'_>, voters: &Voters) -> (Vec<Demand>, Vec<Fits>) {
        let groups: Vec<Vec<Group>> = self
            .asked
            .iter()
            .map(|asked| groups::of(asked, change, self.case))
            .collect();
        let needs = |groups: &Vec<Group>| groups.iter().map(|group| group.need).collect();
        let demands: Vec<Demand> = groups.iter().map(needs).collect();
        let fits = voters.iter().map(|(&person, entries)| {
            let of_entry = |(position, groups): (usize, &Vec<Group>)| {
                let fits = |(number, group): (usize, &Group)| {
                    (entries.contains(&position) && group.persons.contains(&person))
                        .then_some(number)
                };
                groups.iter().enumerate().filter_map(fits).collect()
            };
            groups.iter().enumerate().map(of_entry).collect()
        });
        (demands, fits.collect())
    }

    /// Do several approved changes, each with its full quorum, make up the whole?
    pub(super) fn is_made_up(&self, whole: &Change<'_>) -> bool {
        !self.parts(whole).is_empty()
    }

    /// The approved changes that make up the whole; empty if none do.
    fn parts(&self, whole: &Change<'_>) -> Vec<&Change<'_>> {
        let mut parts: Vec<&Change<'_>> = Vec::new();
        for Ballot { change, .. } in self.ballots {
            let is_new =
                change != whole && cover::is_part(change, whole) && !parts.contains(&change);
            if is_new && self.is_met(change, &self.voters(change, Whole::No)) {
                parts.push(change);
            }
        }
        if cover::is_covered(whole, &parts) {
            parts
        } else {
            Vec::new()
        }
    }

    /// The approvals that stand for what is pushed, or for a part of it.
    pub(super) fn counted(&self, whole: &Change<'_>) -> Vec<Counted> {
        let parts = self.parts(whole);
        let counts = |ballot: &&Ballot<'_>| {
            let covers = ballot.change == *whole || parts.contains(&&ballot.change);
            let is_fit = |asked: &ApprovalRequirement| {
                let carries = ballot.is_carried && asked.carry == Carry::CleanMerge;
                (covers || carries) && self.unfit(ballot, asked).is_none()
            };
            self.asked.iter().any(is_fit)
        };
        let of_ballot = |ballot: &Ballot<'_>| Counted {
            person: self.case.name(ballot.approval.person),
            by: ballot.approval.by,
            source: ballot.approval.source.to_string(),
            tag: ballot.approval.tag,
        };
        self.ballots.iter().filter(counts).map(of_ballot).collect()
    }

    pub(super) fn lacking(&self, whole: &Change<'_>, voters: &Voters) -> Vec<Missing> {
        let (demands, fits) = self.ballot_box(whole, voters);
        let lacking = quorum::lacking(&demands, &fits);
        let mut missing = Vec::new();
        for (position, (asked, lacking)) in self.asked.iter().zip(lacking).enumerate() {
            for (group, lacking) in groups::of(asked, whole, self.case).into_iter().zip(lacking) {
                if lacking == 0 {
                    continue;
                }
                let has_approved = |person: &PersonId| {
                    voters
                        .get(person)
                        .is_some_and(|entries| entries.contains(&position))
                };
                let (have, could): (Vec<_>, Vec<_>) = self
                    .case
                    .policy
                    .people
                    .iter()
                    .map(|(person, _)| person)
                    .filter(|&person| self.is_free(person) && group.persons.contains(&person))
                    .partition(has_approved);
                let names = |persons: Vec<PersonId>| {
                    persons
                        .into_iter()
                        .map(|person| self.case.name(person))
                        .collect()
                };
                missing.push(Missing::Approval {
                    count: group.need,
                    lacking,
                    from: asked.from.names.clone(),
                    who: group.who,
                    zone: group.zone,
                    by: self.means(asked),
                    presence: asked.presence,
                    approved_by: names(have),
                    could_approve: names(could),
                    not_counted: self.not_counted(asked, whole),
                });
            }
        }
        missing
    }

    /// By which means an approval could still be given: nobody reads reviews where no forge is named.
    fn means(&self, asked: &ApprovalRequirement) -> Vec<Means> {
        let is_read = |means: &Means| *means != Means::Review || self.case.policy.forge.is_some();
        asked.by.iter().copied().filter(is_read).collect()
    }

    /// Approvals of this ref that do not help, and why.
    fn not_counted(&self, asked: &ApprovalRequirement, whole: &Change<'_>) -> Vec<NotCounted> {
        let of_ballot = |ballot: &Ballot<'_>| {
            let why = self
                .unfit(ballot, asked)
                .or_else(|| ballot.uncovered(asked, whole, self.case))
                .or_else(|| self.unasked(ballot.approval.person, asked, whole))?;
            Some(NotCounted {
                source: ballot.approval.source.to_string(),
                person: Some(self.case.name(ballot.approval.person)),
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
            .filter_map(of_ballot)
            .chain(discounted)
            .collect()
    }

    fn unasked(
        &self,
        person: PersonId,
        asked: &ApprovalRequirement,
        whole: &Change<'_>,
    ) -> Option<String> {
        let groups = groups::of(asked, whole, self.case);
        let is_asked = groups.iter().any(|group| group.persons.contains(&person));
        (!is_asked).then(|| format!("{} is not asked to approve this", self.case.name(person)))
    }
}

fn word(by: Means) -> &'static str {
    match by {
        Means::Signature => "signature",
        Means::Review => "review",
        Means::Trailer => "trailer",
    }
}
