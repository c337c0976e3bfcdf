//! From a push to its decision: the one way that every verb takes.

use crate::approval::memory::Memory;
use crate::decision::{Decision, Verdict};
use crate::engine;
use crate::facts::approvals::{self, Wanted};
use crate::facts::collect::collect;
use crate::facts::{Facts, Push, Pusher};
use crate::forge::Context;
use crate::git::graph::Depth;
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::policy::rule::Asks;

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
        let first = self.judge_at(Depth::ByDate)?;
        let has_findings = first.decision.all_findings().next().is_some();
        if has_findings && first.facts.took_shortcuts {
            self.judge_at(Depth::Exact)
        } else {
            Ok(first)
        }
    }

    fn judge_at(&self, depth: Depth) -> Result<Judgement, Error> {
        let mut facts = collect(self.repository, self.policy, self.push, depth)?;
        let mut decision = engine::decide(self.policy, self.push, &facts);
        // Evidence costs look-ups, and most pushes need none: it is brought once a rule asks for it.
        let wanted = self.wanted(&decision);
        if !wanted.is_empty() {
            self.add_signed(&wanted, &mut facts, depth)?;
            decision = engine::decide(self.policy, self.push, &facts);
        }
        Ok(Judgement { decision, facts })
    }

    /// The rules that ask for approvals of what is pushed.
    fn wanted(&self, decision: &Decision) -> Vec<Wanted> {
        let asks = |rule: &usize| match &self.policy.rules[*rule].asks {
            Asks::Require(requirements) => !requirements.approvals.is_empty(),
            Asks::Deny(_) => false,
        };
        let mut wanted = Vec::new();
        for (update, outcome) in decision.updates.iter().enumerate() {
            let applies =
                |rule: &usize| !matches!(outcome.rules[*rule].verdict, Verdict::Inapplicable(_));
            let rules = (0..outcome.rules.len()).filter(asks).filter(applies);
            wanted.extend(rules.map(|rule| Wanted { update, rule }));
        }
        wanted
    }

    fn add_signed(&self, wanted: &[Wanted], facts: &mut Facts, depth: Depth) -> Result<(), Error> {
        let memory = Memory::default();
        approvals::add_signed(
            self.repository,
            self.policy,
            self.push,
            &memory,
            wanted,
            facts,
            depth,
        )
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
