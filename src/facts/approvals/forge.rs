//! What reviews of pull requests say.

use std::collections::BTreeMap;

use gix::bstr::ByteSlice as _;
use gix::hash::ObjectId;

use super::{Candidate, Drafts, MergingDraft, Seen, VotesError, base};
use crate::approval::ApprovalId;
use crate::facts::histories;
use crate::policy::rule::Means;
use crate::reviews::{ChangeRequest, Client, Review, Verdict, Wanted};

/// More commits than this are not offered to the forge as possible heads of pull requests.
const MOST_HEADS: usize = 10_000;

impl Drafts<'_, '_, '_> {
    /// What reviews say on an update.
    pub(super) fn reviews(&mut self, seen: &Seen<'_>, client: &Client) -> Result<(), VotesError> {
        let wanted = Wanted {
            repository: &self.push.repository,
            target_ref: seen.update.resolved.as_bstr(),
            heads: &self.heads(seen),
            hint: self.push.pull_request,
        };
        for request in client.change_requests(&wanted)? {
            for review in self.newest_of_persons(&request) {
                self.review(seen, &request, review)?;
            }
            if self.push.is_merge && request.is_being_merged {
                self.merging(seen, &request)?;
            }
        }
        Ok(())
    }

    /// The last word of each person, whichever of their accounts they said it with, and all that accounts of nobody say.
    fn newest_of_persons<'r>(&self, request: &'r ChangeRequest) -> Vec<&'r Review> {
        let people = &self.collector.policy.people;
        let mut newest = BTreeMap::new();
        let mut nobodys = Vec::new();
        // They come in the order of their time.
        for review in &request.reviews {
            match people.by_account(&review.account) {
                Some(person) => drop(newest.insert(person, review)),
                None => nobodys.push(review),
            }
        }
        newest.into_values().chain(nobodys).collect()
    }

    /// Commits at which a pull request could end that the push brings: whatever is new, and what it builds on.
    fn heads(&self, seen: &Seen<'_>) -> Vec<ObjectId> {
        let graph = &*self.collector.graph;
        let new = std::iter::once(&seen.new).chain(&seen.history.commits);
        let of_commit =
            |&commit: &_| std::iter::once(graph.id(commit)).chain(graph.parents(commit).to_vec());
        new.take(MOST_HEADS).flat_map(of_commit).collect()
    }

    fn review(
        &mut self,
        seen: &Seen<'_>,
        request: &ChangeRequest,
        review: &Review,
    ) -> Result<(), VotesError> {
        if review.verdict != Verdict::Approved {
            return Ok(());
        }
        let source = request.url.as_str().into();
        let Some(person) = self.collector.policy.people.by_account(&review.account) else {
            let why = format!("the account {} is of nobody in the policy", review.account);
            self.discount(seen, &source, &why);
            return Ok(());
        };
        let Some(head) = review.commit else {
            let why = "the forge does not say which commit was reviewed";
            self.discount(seen, &source, why);
            return Ok(());
        };
        let id = ApprovalId::of_review(&request.url, &review.account, head, review.at);
        let candidate = Candidate {
            person,
            spent: self.is_spent(seen, &id)?,
            by: Means::Review,
            source,
            id,
            since: review.at.min(self.push.now),
            presence: false,
            head,
            base: None,
            reasons: None,
        };
        Ok(self.add(seen, candidate)?)
    }

    /// What the pull request that the forge merges would itself change.
    fn merging(&mut self, seen: &Seen<'_>, request: &ChangeRequest) -> Result<(), VotesError> {
        if !self.collector.repository.objects.exists(&request.head) {
            return Ok(());
        }
        let graph = &mut *self.collector.graph;
        let head = graph.commit(request.head)?;
        let Ok(base) = base(graph, seen, None, head)? else {
            return Ok(());
        };
        let own = histories::trace(graph, base, head, &seen.trusted)?;
        self.merging.push(MergingDraft {
            wanted: seen.wanted().collect(),
            author: request.author.clone(),
            group: self.groups.len(),
        });
        self.groups.push(seen.group(head, own));
        Ok(())
    }
}
