//! From a push to its decision: the one way that every verb takes.

use gix::hash::ObjectId;
use gix::objs::Kind;

use crate::decision::{Decision, Verdict};
use crate::engine;
use crate::facts::approvals::{self, Wanted};
use crate::facts::collect::collect;
use crate::facts::provenance::Asked;
use crate::facts::{Facts, Push, Pusher};
use crate::forge::Context;
use crate::git::environment::{Environment, PushCertificate};
use crate::git::graph::Depth;
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::policy::rule::Asks;
use crate::push::RefUpdate;
use crate::signature::push_certificate::{self, CertificateError, Pushed};
use crate::state::approvals::Approvals;
use crate::state::records::Records;

/// What a push is judged by.
pub(super) struct Judging<'a> {
    pub repository: &'a Repository,
    pub policy: &'a Policy,
    pub push: &'a Push,
    /// Who asks what is known of agents' part in commits.
    pub provenance: Asked,
    /// What its refs have held.
    pub records: &'a Records,
    /// What has become of approvals.
    pub approvals: &'a Approvals,
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
        let mut facts = collect(self.repository, self.policy, self.push, self.records, depth)?;
        if self.provenance == Asked::ByPeople {
            facts.trace_provenance(self.repository, self.policy, self.push, Asked::ByPeople)?;
        }
        let mut decision = engine::decide(self.policy, self.push, &facts);
        // Approvals cost look-ups, and most pushes need none: they are brought once a rule asks for them.
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
        let memory = self.approvals.read()?;
        approvals::add_signed(
            self.repository,
            self.policy,
            self.push,
            self.records,
            &memory,
            wanted,
            facts,
            depth,
        )
    }
}

/// The person who has signed the push, if it is signed.
///
/// # Errors
/// When it is, and that does not count: who claims to be someone is not taken for nobody.
pub(super) fn signer_of_push(
    policy: &Policy,
    repository: &Repository,
    environment: &Environment,
    updates: &[RefUpdate],
    now: i64,
) -> Result<Pusher, SignedPushError> {
    let Some(PushCertificate { blob, nonce }) = &environment.push_certificate else {
        return Ok(Pusher::default());
    };
    let blob = ObjectId::from_hex(blob.as_bytes()).map_err(|_| CertificateError::Malformed)?;
    let mut buffer = Vec::new();
    let raw =
        repository
            .objects
            .read_kind(&blob, Kind::Blob, "the push certificate", &mut buffer)?;
    let pushed = Pushed {
        updates,
        options: &environment.push_options,
        hash: repository.layout.hash,
    };
    let (keyring, people) = (&policy.keyring, &policy.people);
    let person = push_certificate::pusher(raw, nonce, &pushed, keyring, people, now)?;
    Ok(Pusher {
        account: Some(people.person(person).name.clone()),
        person: Some(person),
        deploy_key: false,
    })
}

/// Why it cannot be told who signed a push.
#[derive(Debug, thiserror::Error)]
pub(super) enum SignedPushError {
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    #[error(transparent)]
    Git(#[from] Error),
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
