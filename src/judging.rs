//! From a push to its decision: the one way that every verb takes.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use gix::hash::ObjectId;
use gix::objs::Kind;
use once_cell::unsync::OnceCell;

use crate::approval::memory::Memory;
use crate::bypass;
use crate::decision::{Decision, Verdict};
use crate::engine;
use crate::facts::approvals::{Source, VotesError, Wanted, add_votes};
use crate::facts::collect::{Collection, Reading};
use crate::facts::debts::in_question;
use crate::facts::provenance::Asked;
use crate::facts::{Facts, Push, Pusher};
use crate::forge::Context;
use crate::git::environment::{Environment, PushCertificate};
use crate::git::graph::Depth;
use crate::git::{Error, Repository};
use crate::policy::Policy;
use crate::policy::rule::Rule;
use crate::push::RefUpdate;
use crate::report::text;
use crate::reviews::{ChangeRequest, Client};
use crate::risk::model::{Model, NoModel};
use crate::signature::push_certificate::{self, CertificateError, Pushed};
use crate::state::approvals::Approvals;
use crate::state::bypasses::Bypasses;
use crate::state::records::Records;

/// What a push is judged by.
pub struct Judging<'a> {
    /// The repository that it goes to.
    pub repository: &'a Repository,
    /// What is allowed there.
    pub policy: &'a Policy,
    /// The push.
    pub push: &'a Push,
    /// Who asks what is known of agents' part in commits.
    pub provenance: Asked,
    /// What its refs have held.
    pub records: &'a Records,
    /// What has become of approvals.
    pub approvals: &'a Approvals,
    /// Who has gone past rules, and what is owed for it.
    pub bypasses: &'a Bypasses,
    /// The folder with what was learned from history.
    pub models: &'a Path,
    /// When the forge's answers are too late; `None`: it is not asked.
    pub until: Option<Instant>,
}

/// A decision, and what it rests on.
pub struct Judgement {
    /// The answer.
    pub decision: Decision,
    /// What was known.
    pub facts: Facts,
}

/// What was brought for a decision, and need not be brought again where it is worked out anew.
#[derive(Default)]
struct Evidence {
    memory: OnceCell<Memory>,
    bypasses: OnceCell<Arc<bypass::Memory>>,
    forge: OnceCell<Client>,
    model: OnceCell<Result<Model, NoModel>>,
}

impl Judging<'_> {
    /// Collects the facts and decides. A refusal that rests on the dates of commits is worked out again without them.
    pub fn judge(&self) -> Result<Judgement, VotesError> {
        self.judge_going_on(&mut Reading::default())
    }

    /// The same, for one push of many to one repository: what was read for those before is not read again.
    pub fn judge_going_on(&self, reading: &mut Reading) -> Result<Judgement, VotesError> {
        self.judge_on(&Evidence::default(), reading)
    }

    /// As [`Judging::judge`], with what the forge would say of pull requests: it is not asked.
    pub fn judge_with_reviews(
        &self,
        requests: Vec<ChangeRequest>,
    ) -> Result<Judgement, VotesError> {
        let evidence = Evidence {
            forge: Client::told(requests).into(),
            ..Evidence::default()
        };
        self.judge_on(&evidence, &mut Reading::default())
    }

    fn judge_on(
        &self,
        evidence: &Evidence,
        reading: &mut Reading,
    ) -> Result<Judgement, VotesError> {
        let mut collection = Collection::going_on(
            self.repository,
            self.policy,
            self.push,
            self.records,
            Depth::Exact,
            std::mem::take(reading),
        );
        let judged = self.judge_by(&mut collection, evidence);
        *reading = collection.into_reading();
        judged
    }

    /// Approvals cost look-ups, and most pushes need none: they are brought once a rule asks for them, and the forge is
    /// asked only where nothing cheaper was enough.
    fn judge_by(
        &self,
        collection: &mut Collection<'_>,
        evidence: &Evidence,
    ) -> Result<Judgement, VotesError> {
        let bypasses = evidence
            .bypasses
            .get_or_try_init(|| self.bypasses.read().map(Arc::new));
        let bypasses = bypasses.map_err(Error::from)?;
        let debts = in_question(self.policy, self.push, bypasses);
        collection.overdue = debts
            .iter()
            .filter(|(debt, _)| debt.is_overdue(self.push.now))
            .map(|(debt, rule)| (debt.id.name.clone(), *rule))
            .collect();
        let mut facts = collection.facts()?;
        facts.bypasses = Arc::clone(bypasses);
        if !debts.is_empty() {
            facts.debts = collection.debts(&debts, self.memory(evidence)?)?;
        }
        if self.provenance == Asked::ByPeople {
            facts.trace_provenance(self.repository, self.policy, self.push, Asked::ByPeople)?;
        }
        facts.score_risk(
            self.repository,
            self.policy,
            self.push,
            self.provenance,
            || {
                let read = || Model::below(self.models, self.repository);
                evidence.model.get_or_init(read)
            },
        )?;
        let mut decision = engine::decide(self.policy, self.push, &facts);
        let wanted = self.wanted(&decision, |rule, verdict| {
            rule.asks_for_approvals() && !matches!(verdict, Verdict::Inapplicable(_))
        });
        if !wanted.is_empty() {
            let memory = self.memory(evidence)?;
            add_votes(collection, Source::Tags(memory), &wanted, &mut facts)?;
            decision = engine::decide(self.policy, self.push, &facts);
        }
        // Where the forge merges, it also says whose the change is: not of the account that pressed the button.
        let wanted = self.wanted(&decision, |rule, verdict| {
            let could_help =
                rule.asks_for_reviews() || (self.push.is_merge && rule.asks_for_approvals());
            // Who has broken the glass waits for no forge, which may be what is on fire.
            could_help && verdict.lacks_approval() && verdict.bypass().is_none()
        });
        if let (Some(forge), Some(until), false) =
            (&self.policy.forge, self.until, wanted.is_empty())
        {
            let client = evidence.forge.get_or_try_init(|| Client::new(forge, until));
            let answer = client.map_err(VotesError::from).and_then(|client| {
                let memory = self.memory(evidence)?;
                let source = Source::Reviews(client, memory);
                add_votes(collection, source, &wanted, &mut facts)
            });
            match answer {
                Ok(()) => decision = engine::decide(self.policy, self.push, &facts),
                Err(error) if self.is_enforced(&wanted) => return Err(error),
                // A rule that refuses nothing is no reason to refuse.
                Err(error) => tracing::warn!("{}", text::chain(&error)),
            }
        }
        // Nobody signs for an emergency that is none: what passes anyway is not looked at.
        let wanted = self.wanted(&decision, |rule, verdict| {
            rule.is_enforced_in(&self.push.repository)
                && matches!(verdict, Verdict::Violated(finding) if finding.bypass.is_none())
        });
        if self.policy.bypass.is_some() && !wanted.is_empty() {
            let source = Source::Bypassing(self.memory(evidence)?);
            add_votes(collection, source, &wanted, &mut facts)?;
            decision = engine::decide(self.policy, self.push, &facts);
        }
        Ok(Judgement { decision, facts })
    }

    fn memory<'e>(&self, evidence: &'e Evidence) -> Result<&'e Memory, VotesError> {
        let memory = evidence.memory.get_or_try_init(|| self.approvals.read());
        Ok(memory.map_err(Error::from)?)
    }

    /// The rules of which this holds, and what they say of which update.
    fn wanted(
        &self,
        decision: &Decision,
        is_wanted: impl Fn(&Rule, &Verdict) -> bool,
    ) -> Vec<Wanted> {
        let mut wanted = Vec::new();
        for (update, outcome) in decision.updates.iter().enumerate() {
            let rules = self.policy.rules.iter().zip(&outcome.rules).enumerate();
            wanted.extend(
                rules
                    .filter(|(_, (rule, outcome))| is_wanted(rule, &outcome.verdict))
                    .map(|(rule, _)| Wanted { update, rule }),
            );
        }
        wanted
    }

    fn is_enforced(&self, wanted: &[Wanted]) -> bool {
        let mut rules = wanted.iter().map(|wanted| &self.policy.rules[wanted.rule]);
        rules.any(|rule| rule.is_enforced_in(&self.push.repository))
    }
}

/// The person who has signed the push, if it is signed.
///
/// # Errors
/// When it is, and that does not count: who claims to be someone is not taken for nobody.
pub fn signer_of_push(
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
        ..Pusher::default()
    })
}

/// Why it cannot be told who signed a push.
#[derive(Debug, thiserror::Error)]
pub enum SignedPushError {
    /// The certificate does not prove it.
    #[error(transparent)]
    Certificate(#[from] CertificateError),
    /// The certificate cannot be read.
    #[error(transparent)]
    Git(#[from] Error),
}

/// The pusher that the server names, as a person of the policy. A credential that many may use is nobody's.
pub fn pusher(policy: &Policy, context: &Context) -> Pusher {
    let is_anyones = context.deploy_key || context.actions_task;
    let person = context.account.as_deref().filter(|_| !is_anyones);
    Pusher {
        account: context.account.clone(),
        person: person.and_then(|account| policy.people.by_account(account)),
        deploy_key: context.deploy_key,
        actions_task: context.actions_task,
    }
}
