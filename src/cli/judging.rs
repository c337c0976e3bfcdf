//! From a push to its decision: the one way that every verb takes.

use crate::decision::Decision;
use crate::engine;
use crate::facts::collect::Collection;
use crate::facts::{Facts, Push, Pusher};
use crate::forge::Context;
use crate::git::graph::Depth;
use crate::git::{Error, Repository};
use crate::policy::Policy;

/// What a push is judged by.
pub(super) struct Judging<'a> {
    pub repository: &'a Repository,
    pub policy: &'a Policy,
    pub push: &'a Push,
}

/// A decision, and what it rests on.
pub(super) struct Judgement {
    pub decision: Decision,
    pub facts: Facts,
}

impl Judging<'_> {
    /// Collects the facts and decides. A refusal that rests on the dates of commits is worked out again without them.
    pub(super) fn judge(&self) -> Result<Judgement, Error> {
        let mut collection =
            Collection::new(self.repository, self.policy, self.push, Depth::ByDate);
        let first = self.judge_by(&mut collection)?;
        let has_findings = first.decision.all_findings().next().is_some();
        if has_findings && first.facts.took_shortcuts {
            collection.deepen();
            self.judge_by(&mut collection)
        } else {
            Ok(first)
        }
    }

    fn judge_by(&self, collection: &mut Collection<'_>) -> Result<Judgement, Error> {
        let facts = collection.facts()?;
        let decision = engine::decide(self.policy, self.push, &facts);
        Ok(Judgement { decision, facts })
    }
}

/// The pusher that the server names, as a person of the policy.
pub(super) fn pusher(policy: &Policy, context: &Context) -> Pusher {
    let person = context.account.as_deref().filter(|_| !context.deploy_key);
    Pusher {
        account: context.account.clone(),
        person: person.and_then(|account| policy.people.by_account(account)),
        deploy_key: context.deploy_key,
    }
}
