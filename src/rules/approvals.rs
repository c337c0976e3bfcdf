//! `require: { approvals: […] }`: enough persons who had no hand in the change have said that exactly this change may go
//! in.

use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::ByteSlice as _;

use crate::approval::contributors::{Contributors, Directory};
use crate::approval::cover::{self, Change};
use crate::approval::quorum::{self, Demand, Fits};
use crate::approval::{Approval, Votes};
use crate::decision::{Counted, Missing, NotCounted};
use crate::facts::{Commit, Push, Touched, UpdateFacts};
use crate::git::message;
use crate::policy::people::{Kind, Reserved};
use crate::policy::rule::{ApprovalRequirement, Carry, Means};
use crate::policy::{PersonId, Policy, Selector, Zone};

/// A change that approvals are asked of.
pub struct ChangeCase<'a> {
    /// The policy, for its people and zones.
    pub policy: &'a Policy,
    /// The push that brings the change.
    pub push: &'a Push,
    /// The update.
    pub update: &'a UpdateFacts,
    /// What was said for and against it.
    pub votes: &'a Votes,
    /// Which paths the rule is about.
    pub selector: &'a Selector,
    /// The zones that the rule names, by their positions in the policy; `None`: all.
    pub zones: Option<&'a [usize]>,
    /// The net change in these paths.
    pub net: &'a [&'a Touched],
    /// The new commits that touch these paths.
    pub commits: &'a [&'a Commit],
}

/// Whose approvals let the change in.
///
/// # Errors
/// What is missing.
pub fn check(
    asked: &[ApprovalRequirement],
    case: &ChangeCase<'_>,
) -> Result<Vec<Counted>, Vec<Missing>> {
    let whole = cover::change(case.net.iter().copied());
    let contributors = case.contributors();
    let mut missing: Vec<Missing> = contributors
        .unknown
        .iter()
        .map(|who| Missing::KnownContributor { who: who.clone() })
        .collect();
    let vetoes = case.votes.vetoes.iter().map(|veto| Missing::VetoLifted {
        by: case.name(veto.person),
        source: veto.source.to_string(),
    });
    missing.extend(vetoes);

    let ballots: Vec<Ballot<'_>> = case
        .votes
        .approvals
        .iter()
        .map(|approval| Ballot::of(approval, case))
        .collect();
    let named = case.named_in_trailers();
    let election = Election {
        asked,
        case,
        contributors: &contributors,
        ballots: &ballots,
        named: &named,
    };
    let voters = election.voters(&whole, Whole::Yes);
    if !election.is_met(&whole, &voters) && !election.is_made_up(&whole) {
        missing.extend(election.lacking(&whole, &voters));
    }
    if missing.is_empty() {
        Ok(election.counted(&whole))
    } else {
        Err(missing)
    }
}

/// An approval, with what it approves of the rule's paths.
struct Ballot<'a> {
    approval: &'a Approval,
    change: Change<'a>,
    /// Those who made the approved commits: nobody approves their own work, squashed into another's commit or not.
    authors: Contributors,
    /// Re-applied, it is exactly what is pushed.
    is_carried: bool,
}

impl<'a> Ballot<'a> {
    fn of(approval: &'a Approval, case: &ChangeCase<'_>) -> Self {
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
}

/// Is the change all that is pushed, or one part of it?
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Whole {
    Yes,
    No,
}

/// Who has approved, and what that makes.
struct Election<'a> {
    asked: &'a [ApprovalRequirement],
    case: &'a ChangeCase<'a>,
    contributors: &'a Contributors,
    ballots: &'a [Ballot<'a>],
    /// Those named by approving trailers of every new commit.
    named: &'a BTreeSet<PersonId>,
}

/// For each person, the entries for which their approval is of the right kind.
type Voters = BTreeMap<PersonId, BTreeSet<usize>>;

impl Election<'_> {
    /// Those who approved `change`.
    fn voters(&self, change: &Change<'_>, whole: Whole) -> Voters {
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

    fn groups(&self, asked: &ApprovalRequirement, change: &Change<'_>) -> Vec<Group> {
        self.case.groups(asked, change)
    }

    fn is_met(&self, change: &Change<'_>, voters: &Voters) -> bool {
        let (demands, fits) = self.ballot_box(change, voters);
        quorum::is_met(&demands, &fits)
    }

    fn ballot_box(&self, change: &Change<'_>, voters: &Voters) -> (Vec<Demand>, Vec<Fits>) {
        let groups: Vec<Vec<Group>> = self
            .asked
            .iter()
            .map(|asked| self.groups(asked, change))
            .collect();
        let demands = self
            .asked
            .iter()
            .zip(&groups)
            .map(|(asked, groups)| Demand {
                count: asked.count,
                groups: groups.len(),
            });
        let fits = voters.iter().map(|(&person, entries)| {
            let of_entry = |(position, groups): (usize, &Vec<Group>)| {
                let fits = |(number, group): (usize, &Group)| {
                    (entries.contains(&position) && group.holds(person)).then_some(number)
                };
                groups.iter().enumerate().filter_map(fits).collect()
            };
            groups.iter().enumerate().map(of_entry).collect()
        });
        (demands.collect(), fits.collect())
    }

    /// Do several approved changes, each with its full quorum, make up the whole?
    fn is_made_up(&self, whole: &Change<'_>) -> bool {
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
    fn counted(&self, whole: &Change<'_>) -> Vec<Counted> {
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

    fn lacking(&self, whole: &Change<'_>, voters: &Voters) -> Vec<Missing> {
        let (demands, fits) = self.ballot_box(whole, voters);
        let lacking = quorum::lacking(&demands, &fits);
        let mut missing = Vec::new();
        for (position, (asked, lacking)) in self.asked.iter().zip(lacking).enumerate() {
            for (group, lacking) in self.groups(asked, whole).into_iter().zip(lacking) {
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
                    .filter(|&person| self.is_free(person) && group.holds(person))
                    .partition(has_approved);
                let names = |persons: Vec<PersonId>| {
                    persons
                        .into_iter()
                        .map(|person| self.case.name(person))
                        .collect()
                };
                missing.push(Missing::Approval {
                    count: asked.count,
                    lacking,
                    from: asked.from.names.clone(),
                    zone: group.zone,
                    by: asked.by.iter().copied().collect(),
                    presence: asked.presence,
                    approved_by: names(have),
                    could_approve: names(could),
                    not_counted: self.not_counted(asked, whole),
                });
            }
        }
        missing
    }

    /// Approvals of this ref that do not help, and why.
    fn not_counted(&self, asked: &ApprovalRequirement, whole: &Change<'_>) -> Vec<NotCounted> {
        let of_ballot = |ballot: &Ballot<'_>| {
            let why = self
                .unfit(ballot, asked)
                .or_else(|| self.uncovered(ballot, asked, whole))?;
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

    fn uncovered(
        &self,
        ballot: &Ballot<'_>,
        asked: &ApprovalRequirement,
        whole: &Change<'_>,
    ) -> Option<String> {
        if asked.carry == Carry::CleanMerge && ballot.is_carried {
            return None;
        }
        let path = cover::difference(&ballot.change, whole)?;
        let head = crate::git::short(&ballot.approval.head);
        let entries = (ballot.change.get(path), whole.get(path));
        // Escaped where it is shown, like all that a push says.
        let path = path.to_str_lossy();
        let why = match entries {
            (None, _) => format!("{path} is not in what it approves ({head})"),
            (_, None) => format!("{path}, which it approves ({head}), is not pushed"),
            (Some((approved_onto, _)), Some((pushed_onto, _))) if approved_onto != pushed_onto => {
                format!("{path} has moved on below what it approves ({head})")
            }
            _ => format!("{path} differs from what it approves ({head})"),
        };
        Some(why)
    }
}

fn word(by: Means) -> &'static str {
    match by {
        Means::Signature => "signature",
        Means::Review => "review",
        Means::Trailer => "trailer",
    }
}

/// Those of whom an entry asks some.
struct Group {
    /// The zone whose owners they are.
    zone: Option<String>,
    persons: BTreeSet<PersonId>,
}

impl Group {
    fn holds(&self, person: PersonId) -> bool {
        self.persons.contains(&person)
    }
}

impl ChangeCase<'_> {
    fn name(&self, person: PersonId) -> String {
        self.policy.people.person(person).name.clone()
    }

    fn directory(&self) -> Directory<'_> {
        Directory {
            people: &self.policy.people,
            markers: &self.policy.markers,
            mailmap: self.update.mailmap.as_deref(),
        }
    }

    fn contributors(&self) -> Contributors {
        let mut contributors = Contributors::default();
        for commit in self.commits {
            contributors.add_commit(commit, self.directory());
        }
        contributors.add_pusher(&self.push.pusher, &self.policy.people);
        contributors
    }

    /// Of whom an entry asks its count: one group, or where it names owners one for each touched zone.
    fn groups(&self, asked: &ApprovalRequirement, change: &Change<'_>) -> Vec<Group> {
        let people = &self.policy.people;
        let mut persons = asked.from.persons.clone();
        if asked.from.reserved.contains(&Reserved::Anyone) {
            persons.extend(people.of_kind(Kind::Human));
        }
        if !asked.from.reserved.contains(&Reserved::Owners) {
            return vec![Group {
                zone: None,
                persons,
            }];
        }
        let touched = || {
            self.net
                .iter()
                .filter(|touched| change.contains_key(touched.path.as_bstr()))
        };
        let is_asked = |position: &usize| self.zones.is_none_or(|zones| zones.contains(position));
        let zones: Vec<&Zone> = (0..self.policy.zones.len())
            .filter(is_asked)
            .map(|position| &self.policy.zones[position])
            .filter(|zone| touched().any(|touched| touched.sets.contains(zone.set)))
            .collect();
        let mut groups: Vec<Group> = zones
            .iter()
            .map(|zone| Group {
                zone: Some(zone.name.clone()),
                persons: persons.union(&zone.owners.persons).copied().collect(),
            })
            .collect();
        // A path in no zone has no owners, and so nobody who could stand for them.
        let is_unowned =
            |touched: &&&Touched| !zones.iter().any(|zone| touched.sets.contains(zone.set));
        if touched().any(|touched| is_unowned(&touched)) {
            groups.push(Group {
                zone: None,
                persons,
            });
        }
        groups
    }

    /// Those whom every new commit names in a trailer `Approved-by` or `Reviewed-by`.
    fn named_in_trailers(&self) -> BTreeSet<PersonId> {
        let of_commit = |commit: &&Commit| -> BTreeSet<PersonId> {
            message::trailers(&commit.message)
                .iter()
                .filter(|trailer| trailer.is("Approved-by") || trailer.is("Reviewed-by"))
                .filter_map(|trailer| {
                    let email = message::address(trailer.value.as_bstr())?;
                    self.policy.people.by_email(email)
                })
                .collect()
        };
        let mut commits = self.commits.iter().map(of_commit);
        let first = commits.next().unwrap_or_default();
        commits.fold(first, |named, of_commit| {
            named.intersection(&of_commit).copied().collect()
        })
    }
}
