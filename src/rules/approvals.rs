//! `require: { approvals: […] }`: enough persons who had no hand in the change have said that exactly this change may go
//! in.

mod ballot;
mod election;
mod groups;
mod lacking;

use std::collections::BTreeSet;

use gix::bstr::ByteSlice as _;

use super::alternatives::Approvals;
use crate::approval::contributors::{Contributors, Directory, Unknown};
use crate::approval::cover::{self, Change};
use crate::approval::{Merging, Veto, Votes};
use crate::decision::{Counted, Missing};
use crate::facts::{Commit, Push, Touched, UpdateFacts, View};
use crate::git::message;
use crate::policy::{PersonId, Policy, Selector};
use ballot::Ballot;
use election::{Election, Poll};

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
    /// All new commits, whatever else the rule asks of commits: whoever made one has a hand in the change.
    pub made: &'a View,
    /// Who has broken the glass for it, where it is in already.
    pub bypasser: Option<&'a str>,
}

/// Vetoes of those who could approve: they stand in the way whoever else approves.
pub fn vetoes(case: &ChangeCase<'_>) -> Vec<Missing> {
    let vetoes = case.votes.vetoes.iter();
    let lifted = |veto: &Veto| Missing::VetoLifted {
        by: case.name(veto.person),
        source: veto.source.to_string(),
    };
    vetoes.map(lifted).collect()
}

/// Whose approvals let the change in.
///
/// # Errors
/// What is missing.
pub fn check(asked: &Approvals<'_>, case: &ChangeCase<'_>) -> Result<Vec<Counted>, Vec<Missing>> {
    let ballots: Vec<Ballot<'_>> = case
        .votes
        .approvals
        .iter()
        .map(|approval| Ballot::of(approval, case))
        .collect();
    let election = Election {
        asked: &asked.entries,
        case,
        ballots: &ballots,
        named: &case.named_in_trailers(),
    };
    let whole = cover::change(case.net.iter().copied());
    let poll = Poll::on_all(&election, &whole);
    let parts = election.parts(&poll);
    let is_approved = poll.is_met() || !parts.is_empty();

    let mut missing: Vec<Missing> = poll
        .contributors
        .unknown
        .iter()
        .take(MOST_UNKNOWN)
        .map(|who| Missing::KnownContributor { who: who.clone() })
        .collect();
    if !is_approved {
        missing.extend(election.lacking(&poll, asked.in_any_case));
    }
    if is_approved && missing.is_empty() {
        Ok(election.counted(&poll, &parts))
    } else {
        Err(missing)
    }
}

/// More contributors whom nobody knows are not listed: a commit can name any number.
const MOST_UNKNOWN: usize = 100;

impl<'a> ChangeCase<'a> {
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

    /// The new commits that touch paths of which this holds, and of the rule.
    fn commits(&self, is_meant: impl Fn(&Touched) -> bool) -> impl Iterator<Item = &'a Commit> {
        let is_meant =
            move |touched: &Touched| self.selector.selects(&touched.sets) && is_meant(touched);
        let tip = self
            .made
            .tip
            .as_deref()
            .filter(|_| self.made.uncharged.iter().any(&is_meant));
        let touching = self
            .made
            .commits
            .iter()
            .filter(|new| new.touched.iter().any(&is_meant))
            .map(|new| &*new.commit);
        touching.chain(tip).collect::<Vec<_>>().into_iter()
    }

    /// Whoever has a hand in all of the change.
    fn contributors(&self, whole: &Change<'_>) -> Contributors {
        let mut merged = self
            .votes
            .merging
            .iter()
            .filter(|merging| self.is_own(merging, whole))
            .peekable();
        if merged.peek().is_none() {
            return self.contributors_to(|_| true);
        }
        let mut contributors = Contributors::default();
        for merging in merged {
            self.add_contributors_of_merge(merging, &mut contributors);
        }
        contributors
    }

    /// Whoever has a hand in what is done to paths of which this holds: who made the commits that touch them, and who
    /// pushes them.
    fn contributors_to(&self, is_meant: impl Fn(&Touched) -> bool) -> Contributors {
        let mut contributors = Contributors::default();
        for commit in self.commits(is_meant) {
            contributors.add_commit(commit, self.directory());
        }
        contributors.add_pusher(&self.push.pusher, &self.policy.people);
        if let Some(name) = self.bypasser {
            contributors.add_name(name, &self.policy.people);
        }
        contributors
    }

    /// Is what is pushed the pull request's own change?
    fn is_own(&self, merging: &Merging, whole: &Change<'_>) -> bool {
        let own = merging.own.net.iter();
        let in_scope = own.filter(|touched| self.selector.selects(&touched.sets));
        self.push.is_merge && cover::change(in_scope) == *whole
    }

    /// Who has a hand in a pull request that the forge merges: whoever opened it, and whoever made its commits. The account
    /// that presses the button makes nothing, though the forge may write its name into the commits that it makes for it.
    fn add_contributors_of_merge(&self, merging: &Merging, contributors: &mut Contributors) {
        let mut made_by_forge = Contributors::default();
        let is_own = |commit: &Commit| {
            merging
                .own
                .commits
                .iter()
                .any(|own| own.commit.id == commit.id)
        };
        for commit in self.commits(|_| true).filter(|commit| !is_own(commit)) {
            made_by_forge.add_commit(commit, self.directory());
        }
        if let Some(merger) = self.push.pusher.person {
            made_by_forge.persons.remove(&merger);
        }
        contributors.extend(made_by_forge);
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
            Some(account) => contributors.add_account(account, &self.policy.people),
            None => {
                contributors.unknown.insert(Unknown::Pusher);
            }
        }
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
        let mut commits = self.commits(|_| true).map(of_commit);
        let first = commits.next().unwrap_or_default();
        commits.fold(first, |named, of_commit| {
            named.intersection(&of_commit).copied().collect()
        })
    }
}
