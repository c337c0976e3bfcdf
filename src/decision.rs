//! The answer to a push, and why.
//!
//! Plain data, with text only where the policy or the push gave it: [`crate::report`] puts it into words. A *finding*
//! says what the pusher must mend; what the policy's author got wrong is a
//! [`Diagnostic`](crate::policy::diagnostic::Diagnostic), and what we could not do is an error.

mod exceptions;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use gix::bstr::BString;
use gix::hash::ObjectId;

pub use exceptions::{Paid, VoidClaim};

use crate::approval::ApprovalId;
use crate::approval::contributors::Unknown;
use crate::bypass::{Claim, Debt};
use crate::facts::applies::Inapplicable;
use crate::facts::{Commit, Objection, Push, Touched, UpdateFacts};
use crate::policy::rule::{Means, Mode, Party, Rule, UpdateKind};
use crate::policy::{Policy, Tier};
use crate::provenance::{Ai, Evidence, Provenance, Share};
use crate::risk::score::Risk;
use crate::signature::Bad;

/// The decision on a push.
#[derive(Debug, Clone)]
pub struct Decision {
    /// A short name for it, to be quoted when asking about it.
    pub id: String,
    /// `owner/name` of the repository.
    pub repository: String,
    /// The account that pushes.
    pub account: Option<String>,
    /// The person whose account it is.
    pub person: Option<String>,
    /// SHA-256 of the policy that decided.
    pub policy: String,
    /// What became of each update, in the order of the push.
    pub updates: Vec<UpdateOutcome>,
    /// What somebody claims to go past rules with, and does not count, or not for all.
    pub void: BTreeSet<VoidClaim>,
    /// The pusher could go past rules, and does not say so.
    pub may_break_glass: bool,
    /// The reviews that will be owed for what goes past rules, if the push is accepted.
    pub owed: Vec<Debt>,
    /// The debts that turn out to be paid.
    pub paid: Vec<Paid>,
}

/// What became of one update.
#[derive(Debug, Clone)]
pub struct UpdateOutcome {
    /// The ref that is pushed to.
    pub name: BString,
    /// The ref that would hold the object, if `name` is symbolic.
    pub resolved: BString,
    /// What the update does.
    pub kind: UpdateKind,
    /// The object before.
    pub old: Option<ObjectId>,
    /// The object after.
    pub new: Option<ObjectId>,
    /// The highest tier among the touched paths that rules look at; `default_tier` where they look at none of them.
    pub tier: Tier,
    /// What is known of agents' part in each commit, where a rule or a person asks about it.
    pub provenance: BTreeMap<ObjectId, Arc<Provenance>>,
    /// What history says of the change, where a rule or a person asks.
    pub risk: Option<Arc<Risk>>,
    /// How much there was.
    pub tally: Tally,
    /// What keeps it out whatever the rules say.
    pub objections: Vec<Objection>,
    /// What each rule of the policy says.
    pub rules: Vec<RuleOutcome>,
    /// Reviews that were owed for earlier changes of the same paths, and are overdue.
    pub overdue: Vec<Finding>,
}

/// How much an update brings.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub struct Tally {
    /// New commits.
    pub new_commits: usize,
    /// Paths of the net change that some rule asks about.
    pub touched_paths: usize,
}

/// What a rule says about an update.
#[derive(Debug, Clone)]
pub struct RuleOutcome {
    /// Its id.
    pub rule: String,
    /// Its mode in this repository.
    pub mode: Mode,
    /// What it says.
    pub verdict: Verdict,
}

/// What a rule says.
#[derive(Debug, Clone)]
pub enum Verdict {
    /// Nothing: this is why.
    Inapplicable(Inapplicable),
    /// It has what it asks for; these approvals are part of that.
    Satisfied(Vec<Counted>),
    /// It has not.
    Violated(Finding),
}

/// One rule that one update does not satisfy.
#[derive(Debug, Clone)]
pub struct Finding {
    /// The rule's id.
    pub rule: String,
    /// Where in the policy it stands.
    pub line: usize,
    /// What the rule is for.
    pub description: Option<String>,
    /// The admin's advice.
    pub message: Option<String>,
    /// The ref.
    pub name: BString,
    /// The tip after the update.
    pub new: Option<ObjectId>,
    /// From where on an approval of it must say that it is, where the ref holds it already.
    pub base: Option<ObjectId>,
    /// Somebody has gone past the rule: it refuses nothing.
    pub bypass: Option<Arc<Claim>>,
    /// Who or what lacks what.
    pub charges: Vec<Charge>,
    /// What history says of the change, where the rule asks.
    pub risk: Option<Arc<Risk>>,
    /// Some rule asks for signatures of what the update brings, so that what is made anew must be signed anew.
    pub asks_for_signatures: bool,
}

/// A commit, or nobody's change, and what it lacks.
#[derive(Debug, Clone)]
pub struct Charge {
    /// The commit; `None` where no new commit answers for the change.
    pub commit: Option<Charged>,
    /// The paths in question.
    pub paths: Vec<BString>,
    /// What is missing.
    pub missing: Vec<Missing>,
    /// What is known of agents' part in the commit, where the rule asks about it.
    pub evidence: Vec<Evidence>,
}

/// A commit in a finding.
#[derive(Debug, Clone)]
pub struct Charged {
    /// Its id.
    pub id: ObjectId,
    /// The first line of its message.
    pub subject: BString,
    /// How many parents it has.
    pub parents: usize,
}

/// An approval that let a change in.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct Counted {
    /// Whose.
    pub person: String,
    /// How it was given.
    pub by: Means,
    /// Where people find it: the name of a ref, or an address.
    pub source: String,
    /// What tells it from all others.
    #[serde(skip)]
    pub id: ApprovalId,
}

/// An approval that does not count.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
pub struct NotCounted {
    /// Where people find it.
    pub source: String,
    /// Whose, where that is proved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub person: Option<String>,
    /// Why not.
    pub why: String,
}

/// What would satisfy a rule, and is not there.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(tag = "kind", rename_all = "snake_case")]
pub enum Missing {
    /// A trailer.
    Trailer {
        /// Its key.
        key: String,
        /// What its value must match.
        #[serde(skip_serializing_if = "Option::is_none")]
        value: Option<String>,
        /// Whom it must name.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        from: Vec<String>,
        /// Whom it must not name.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        not: Vec<Party>,
        /// How many are needed.
        count: usize,
        /// What the commit has under this key.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        found: Vec<String>,
    },
    /// Another message.
    Message {
        /// What it must match.
        #[serde(skip_serializing_if = "Option::is_none")]
        matches: Option<String>,
        /// What it must not contain.
        #[serde(skip_serializing_if = "Option::is_none")]
        not: Option<String>,
    },
    /// Another author.
    Author {
        /// What is wrong with this one.
        identity: MissingIdentity,
    },
    /// Another committer.
    Committer {
        /// What is wrong with this one.
        identity: MissingIdentity,
    },
    /// Persons who approve the change.
    Approval {
        /// How many are asked for.
        count: usize,
        /// How many of them are still missing.
        lacking: usize,
        /// From whom, as the policy says.
        from: Vec<String>,
        /// Who that is here, in words.
        who: String,
        /// The zone whose owners are asked.
        #[serde(skip_serializing_if = "Option::is_none")]
        zone: Option<String>,
        /// Given by which means they count.
        by: Vec<Means>,
        /// Only security keys count that were touched for it.
        #[serde(skip_serializing_if = "std::ops::Not::not")]
        presence: bool,
        /// Persons who have.
        approved_by: Vec<String>,
        /// Persons who could.
        could_approve: Vec<String>,
        /// Approvals that do not count, and why.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        not_counted: Vec<NotCounted>,
    },
    /// A contributor whom the policy knows, in place of one whom it does not: approvals cannot be told from self-approval
    /// while somebody may be anybody.
    KnownContributor {
        /// Who is unknown.
        who: Unknown,
    },
    /// The end of a veto.
    VetoLifted {
        /// Whose it is.
        by: String,
        /// Where people find it.
        source: String,
    },
    /// A signature.
    Signature {
        /// Whose; anyone's whom the policy knows, if empty.
        #[serde(skip_serializing_if = "Vec::is_empty")]
        from: Vec<String>,
        /// Why the one that is there does not count.
        #[serde(skip_serializing_if = "Option::is_none")]
        bad: Option<Bad>,
        /// Whose good one is there instead.
        #[serde(skip_serializing_if = "Option::is_none")]
        signer: Option<String>,
    },
    /// A word on whether an agent helped.
    Provenance,
    /// One of several ways to meet the rule.
    Any {
        /// What each of them lacks, in the order of the policy.
        alternatives: Vec<Vec<Missing>>,
    },
    /// A net change: approvals were another way, and of nothing there are none.
    NothingToApprove,
    /// Nothing would do.
    Denied {
        /// Why, in the admin's words.
        why: String,
    },
    /// The change is not the work of any new commit, so there is nothing that could be amended: a rewind, or a merge
    /// that leaves something out.
    NobodyToCharge,
    /// The commits of a change that went past a rule: the repository has lost them, and nobody can look at them.
    LostCommits {
        /// The tip of the change.
        head: String,
    },
}

/// What is wrong with an identity.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(tag = "problem", rename_all = "snake_case")]
pub enum MissingIdentity {
    /// The address belongs to nobody in the policy.
    Unknown {
        /// The address.
        email: String,
    },
    /// It is not the person that pushes.
    NotThePusher {
        /// The address.
        email: String,
        /// The account that pushes.
        pusher: Option<String>,
    },
    /// The address is not of the wanted form.
    Address {
        /// The address.
        email: String,
        /// What it must match.
        pattern: String,
    },
}

/// The paths that charges are about, each once.
pub fn paths<'a>(charges: impl IntoIterator<Item = &'a Charge>) -> BTreeSet<&'a BString> {
    let paths = charges.into_iter().flat_map(|charge| &charge.paths);
    paths.collect()
}

impl Verdict {
    /// Would an approval, or knowing better whose the change is, help?
    pub fn lacks_approval(&self) -> bool {
        let Verdict::Violated(finding) = self else {
            return false;
        };
        let is_approval = |missing: &Missing| {
            matches!(
                missing,
                Missing::Approval { .. } | Missing::KnownContributor { .. }
            )
        };
        finding.missing().flat_map(Missing::each).any(is_approval)
    }

    /// Who has gone past the rule.
    pub fn bypass(&self) -> Option<&Claim> {
        match self {
            Verdict::Violated(finding) => finding.bypass.as_deref(),
            Verdict::Inapplicable(_) | Verdict::Satisfied(_) => None,
        }
    }

    /// The approvals that let the change in.
    pub fn counted(&self) -> &[Counted] {
        match self {
            Verdict::Satisfied(counted) => counted,
            Verdict::Inapplicable(_) | Verdict::Violated(_) => &[],
        }
    }
}

impl Decision {
    pub(crate) fn new(policy: &Policy, push: &Push, updates: Vec<UpdateOutcome>) -> Self {
        Decision {
            id: id(policy, push),
            repository: push.repository.clone(),
            account: push.pusher.account.clone(),
            person: push
                .pusher
                .person
                .map(|person| policy.people.person(person).name.clone()),
            policy: policy.digest.clone(),
            updates,
            void: BTreeSet::new(),
            may_break_glass: false,
            owed: Vec::new(),
            paid: Vec::new(),
        }
    }

    /// Is the push accepted?
    pub fn is_accepted(&self) -> bool {
        self.updates
            .iter()
            .all(|update| update.objections.is_empty() && update.overdue.is_empty())
            && self.findings(Mode::Enforce).next().is_none()
    }

    /// The findings of rules in this mode, but for those that somebody has gone past.
    pub fn findings(&self, mode: Mode) -> impl Iterator<Item = &Finding> {
        self.all_findings()
            .filter(move |(found, finding)| *found == mode && finding.bypass.is_none())
            .map(|(_, finding)| finding)
    }

    /// All findings with the mode of their rule.
    pub fn all_findings(&self) -> impl Iterator<Item = (Mode, &Finding)> {
        self.updates
            .iter()
            .flat_map(|update| &update.rules)
            .filter_map(|outcome| match &outcome.verdict {
                Verdict::Violated(finding) => Some((outcome.mode, finding)),
                _ => None,
            })
    }
}

/// Twelve hex digits that differ between any two pushes that anyone would compare.
fn id(policy: &Policy, push: &Push) -> String {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha256);
    hasher.update(policy.digest.as_bytes());
    hasher.update(push.repository.as_bytes());
    hasher.update(
        push.pusher
            .account
            .as_deref()
            .unwrap_or_default()
            .as_bytes(),
    );
    hasher.update(&push.now.to_be_bytes());
    // Who pushes the same again with an option, at once, gets another answer.
    for option in &push.options {
        hasher.update(&option.len().to_be_bytes());
        hasher.update(option);
    }
    for update in &push.updates {
        hasher.update(update.old.as_bytes());
        hasher.update(update.new.as_bytes());
        hasher.update(&update.name);
    }
    match hasher.try_finalize() {
        Ok(digest) => digest.to_hex_with_len(12).to_string(),
        // Only a SHA-1 under attack fails to end; the id is for people and need not be more than that.
        Err(_) => "000000000000".to_owned(),
    }
}

impl UpdateOutcome {
    /// The most that is known of agents' part in any of its commits; `None` where nobody asked.
    pub fn ai(&self) -> Option<Ai> {
        self.provenance.values().map(|known| known.ai()).max()
    }

    /// How much of what its commits add agents wrote; `None` where no note says so.
    pub fn share(&self) -> Option<Share> {
        let shares = self.provenance.values().filter_map(|known| known.share);
        shares.reduce(std::ops::Add::add)
    }
}

impl Missing {
    /// This; of a choice, what is missing in any of its alternatives.
    pub fn each(&self) -> Vec<&Missing> {
        match self {
            Missing::Any { alternatives } => {
                let missing = alternatives.iter().flatten();
                missing.flat_map(Missing::each).collect()
            }
            single => vec![single],
        }
    }

    /// This; of a choice, what is missing in the alternative that costs the least to meet.
    pub fn cheapest(&self) -> Vec<&Missing> {
        match self {
            Missing::Any { alternatives } => {
                let cost = |missing: &&Vec<Missing>| missing.iter().map(Missing::cost).sum::<u64>();
                let cheapest = alternatives.iter().min_by_key(cost);
                let missing = cheapest.into_iter().flatten();
                missing.flat_map(Missing::cheapest).collect()
            }
            single => vec![single],
        }
    }

    /// What it costs to provide it, compared with others: what the pusher can write alone costs less than what another
    /// person must do, and that less than what nobody can.
    fn cost(&self) -> u64 {
        const OF_A_PERSON: u64 = 1 << 16;
        const NEVER: u64 = 1 << 32;
        match self {
            Missing::Trailer { count, .. } => (*count as u64).min(OF_A_PERSON),
            Missing::Message { .. }
            | Missing::Author { .. }
            | Missing::Committer { .. }
            | Missing::Signature { .. }
            | Missing::Provenance => 1,
            Missing::Approval {
                lacking,
                could_approve,
                ..
            } if *lacking <= could_approve.len() => (*lacking as u64) * OF_A_PERSON,
            Missing::Any { .. } => self.cheapest().into_iter().map(Missing::cost).sum(),
            Missing::Approval { .. }
            | Missing::KnownContributor { .. }
            | Missing::VetoLifted { .. }
            | Missing::NothingToApprove
            | Missing::Denied { .. }
            | Missing::LostCommits { .. }
            | Missing::NobodyToCharge => NEVER,
        }
    }
}

impl Finding {
    /// All that is missing, by charges.
    pub fn missing(&self) -> impl Iterator<Item = &Missing> {
        self.charges.iter().flat_map(|charge| &charge.missing)
    }

    pub(crate) fn new(rule: &Rule, update: &UpdateFacts, charges: Vec<Charge>) -> Self {
        Finding {
            rule: rule.id.clone(),
            line: rule.line,
            description: rule.description.clone(),
            message: rule.message.clone(),
            name: update.name.clone(),
            new: update.new,
            base: None,
            bypass: None,
            charges,
            risk: rule
                .when
                .asks_about_risk()
                .then(|| update.risk.clone())
                .flatten(),
            asks_for_signatures: update.asks_for_signatures(),
        }
    }
}

impl Charge {
    pub(crate) fn of(commit: &Commit, touched: &[&Touched], missing: Vec<Missing>) -> Self {
        let charged = Charged {
            id: commit.id,
            subject: crate::git::message::subject(&commit.message).into_owned(),
            parents: commit.parents,
        };
        Charge {
            commit: Some(charged),
            ..Charge::of_nobody(touched, missing)
        }
    }

    pub(crate) fn of_nobody(touched: &[&Touched], missing: Vec<Missing>) -> Self {
        Charge {
            commit: None,
            paths: touched.iter().map(|touched| touched.path.clone()).collect(),
            missing,
            evidence: Vec::new(),
        }
    }
}
