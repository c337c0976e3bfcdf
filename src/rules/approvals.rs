//! `require: { approvals: […] }`: enough persons who had no hand in the change have said that exactly this change may go
//! in.

mod election;
mod groups;

use std::collections::BTreeSet;

use gix::bstr::ByteSlice as _;

use crate::approval::contributors::{Contributors, Directory, Unknown};
use crate::approval::cover::{self, Change};
use crate::approval::{Merging, Votes};
use crate::decision::{Counted, Missing};
use crate::facts::{Commit, CommitTouches, Push, Touched, UpdateFacts, View};
use crate::git::message;
use crate::policy::rule::ApprovalRequirement;
use crate::policy::{PersonId, Policy, Selector};
use election::{Ballot, Election, Whole};

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
    /// What the rule sees of the update.
    pub view: &'a View,
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
    let contributors = case.contributors(&whole);
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

    /// The new commits that touch the rule's paths, whatever else it asks of commits: all who made them have a hand in the
    /// change.
    fn commits(&self) -> impl Iterator<Item = &Commit> {
        let touches = |new: &&CommitTouches| {
            new.touched
                .iter()
                .any(|touched| self.selector.selects(&touched.sets))
        };
        let commits = self.view.commits.iter().filter(touches);
        commits
            .map(|new| &*new.commit)
            .chain(self.view.tip.as_deref())
    }

    fn contributors(&self, whole: &Change<'_>) -> Contributors {
        match self
            .votes
            .merging
            .as_ref()
            .filter(|merging| self.is_own(merging, whole))
        {
            Some(merging) => self.contributors_of_merge(merging),
            None => {
                let mut contributors = Contributors::default();
                for commit in self.commits() {
                    contributors.add_commit(commit, self.directory());
                }
                contributors.add_pusher(&self.push.pusher, &self.policy.people);
                contributors
            }
        }
    }

    /// Is what is pushed the pull request's own change?
    fn is_own(&self, merging: &Merging, whole: &Change<'_>) -> bool {
        let own = merging.own.net.iter();
        let in_scope = own.filter(|touched| self.selector.selects(&touched.sets));
        self.push.is_merge && cover::change(in_scope) == *whole
    }

    /// Who has a hand in a pull request that the forge merges: whoever opened it, and whoever made its commits. The account
    /// that presses the button makes nothing, though the forge may write its name into the commits that it makes for it.
    fn contributors_of_merge(&self, merging: &Merging) -> Contributors {
        let people = &self.policy.people;
        let mut made_by_forge = Contributors::default();
        let is_own = |commit: &Commit| {
            merging
                .own
                .commits
                .iter()
                .any(|own| own.commit.id == commit.id)
        };
        for commit in self.commits().filter(|commit| !is_own(commit)) {
            made_by_forge.add_commit(commit, self.directory());
        }
        if let Some(merger) = self.push.pusher.person {
            made_by_forge.persons.remove(&merger);
        }
        let mut contributors = made_by_forge;
        for own in &merging.own.commits {
            if own
                .touched
                .iter()
                .any(|touched| self.selector.selects(&touched.sets))
            {
                contributors.add_commit(&own.commit, self.directory());
            }
        }
        match &merging.author {
            Some(account) => contributors.add_account(account, people),
            None => {
                contributors.unknown.insert(Unknown::Pusher);
            }
        }
        contributors
    }

    /// Those whom every new commit names in a trailer `Approved-by` or `Reviewed-by`.
    fn named_in_trailers(&self) -> BTreeSet<PersonId> {
        let of_commit = |commit: &Commit| -> BTreeSet<PersonId> {
            message::trailers(&commit.message)
                .iter()
                .filter(|trailer| trailer.is("Approved-by") || trailer.is("Reviewed-by"))
                .filter_map(|trailer| {
                    let email = message::address(trailer.value.as_bstr())?;
                    self.policy.people.by_email(email)
                })
                .collect()
        };
        let mut commits = self.commits().map(of_commit);
        let first = commits.next().unwrap_or_default();
        commits.fold(first, |named, of_commit| {
            named.intersection(&of_commit).copied().collect()
        })
    }
}
