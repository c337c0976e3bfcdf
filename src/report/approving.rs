//! How a change gets the approvals that it lacks: commands for whoever pushes and for whoever approves, with nothing
//! but git.

use gix::bstr::BString;
use gix::hash::ObjectId;

use super::shell::quote;
use crate::approval::record::{APPROVES, BASE, REPOSITORY};
use crate::bypass::Debt;
use crate::decision::{Decision, Finding, Missing};
use crate::engine::debts;
use crate::git::short;
use crate::policy::rule::Means;

/// What the two of them do.
#[derive(Debug, PartialEq, Eq)]
pub struct Approving {
    /// The pusher shows the change to the approvers; `None` where the ref holds it already.
    pub show: Option<String>,
    /// An approver takes it.
    pub take: String,
    /// An approver signs.
    pub sign: String,
    /// An approver hands the approval in.
    pub hand_in: String,
    /// A review of a pull request would do as well.
    pub or_review: bool,
}

/// How the change of `finding` gets approved by signed tag; `None` where that is not what it lacks, or where it takes less
/// to meet the rule in another way.
pub fn of(decision: &Decision, finding: &Finding) -> Option<Approving> {
    let missing = finding.missing().flat_map(Missing::cheapest);
    by_tag(decision, finding, missing)
}

/// The same, be there other ways to meet the rule.
pub fn in_any_way(decision: &Decision, finding: &Finding) -> Option<Approving> {
    let missing = finding.missing().flat_map(Missing::each);
    by_tag(decision, finding, missing)
}

fn by_tag<'a>(
    decision: &Decision,
    finding: &Finding,
    missing: impl Iterator<Item = &'a Missing>,
) -> Option<Approving> {
    let mut kinds = missing
        .filter_map(|missing| match missing {
            Missing::Approval { by, .. } => Some(by),
            _ => None,
        })
        .peekable();
    kinds.peek()?;
    let kinds: Vec<_> = kinds.flatten().collect();
    let head = finding.new.filter(|_| kinds.contains(&&Means::Signature))?;
    let is_in = finding.rule == debts::ID;
    let change = Change {
        repository: &decision.repository,
        name: &finding.name,
        base: finding.base,
        head,
    };
    Some(Approving {
        or_review: kinds.contains(&&Means::Review),
        ..change.approving(is_in)
    })
}

/// How the change gets approved that a debt is about.
pub fn of_debt(repository: &str, debt: &Debt) -> Approving {
    let change = Change {
        repository,
        name: &debt.id.name,
        base: debt.base,
        head: debt.head,
    };
    change.approving(true)
}

struct Change<'a> {
    repository: &'a str,
    name: &'a BString,
    /// Only where it must be said.
    base: Option<ObjectId>,
    head: ObjectId,
}

impl Change<'_> {
    /// The commands; what the ref holds already is not shown elsewhere.
    fn approving(&self, is_in: bool) -> Approving {
        let head = self.head;
        let name = short(&head);
        let trailers = [
            Some(format!("{APPROVES}: {}", self.name)),
            Some(format!("{REPOSITORY}: {}", self.repository)),
            self.base.map(|base| format!("{BASE}: {base}")),
        ];
        let trailers: Vec<_> = trailers
            .into_iter()
            .flatten()
            .map(|trailer| quote(trailer.as_bytes()))
            .collect();
        let trailers = trailers.join(" ");
        // One name for each approver, since approvals are never moved.
        let tag = format!("approved/{name}/$(git config user.email)");
        let take = if is_in {
            format!("git fetch origin {}", quote(self.name))
        } else {
            format!("git fetch origin refs/changes/{name}")
        };
        Approving {
            show: (!is_in).then(|| format!("git push origin {head}:refs/changes/{name}")),
            take,
            sign: format!(
                "git tag -s \"{tag}\" {head} -m \"Approve {name}\" -m \"$(printf '%s\\n' {trailers})\""
            ),
            hand_in: format!("git push origin \"refs/tags/{tag}\""),
            or_review: false,
        }
    }
}
