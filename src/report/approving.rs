//! How a change gets the approvals that it lacks: commands for whoever pushes and for whoever approves, with nothing
//! but git.

use super::shell::quote;
use crate::approval::record::{APPROVES, REPOSITORY};
use crate::decision::{Decision, Finding, Missing};
use crate::git::short;
use crate::policy::rule::Means;

/// What the two of them do.
#[derive(Debug, PartialEq, Eq)]
pub struct Approving {
    /// The pusher shows the change to the approvers.
    pub show: String,
    /// An approver takes it.
    pub take: String,
    /// An approver signs.
    pub sign: String,
    /// An approver hands the approval in.
    pub hand_in: String,
    /// A review of a pull request would do as well.
    pub or_review: bool,
}

/// How the change of `finding` gets approved by signed tag; `None` where that is not what it lacks.
pub fn of(decision: &Decision, finding: &Finding) -> Option<Approving> {
    let mut kinds = finding
        .missing()
        .filter_map(|missing| match missing {
            Missing::Approval { by, .. } => Some(by),
            _ => None,
        })
        .peekable();
    kinds.peek()?;
    let kinds: Vec<_> = kinds.flatten().collect();
    let new = finding.new.filter(|_| kinds.contains(&&Means::Signature))?;
    let name = short(&new);
    let trailers = format!(
        "{} {}",
        quote(format!("{APPROVES}: {}", finding.name).as_bytes()),
        quote(format!("{REPOSITORY}: {}", decision.repository).as_bytes())
    );
    // One name for each approver, since approvals are never moved.
    let tag = format!("approved/{name}/$(git config user.email)");
    Some(Approving {
        show: format!("git push origin {new}:refs/changes/{name}"),
        take: format!("git fetch origin refs/changes/{name}"),
        sign: format!(
            "git tag -s \"{tag}\" {new} -m \"Approve {name}\" -m \"$(printf '%s\\n' {trailers})\""
        ),
        hand_in: format!("git push origin \"refs/tags/{tag}\""),
        or_review: kinds.contains(&&Means::Review),
    })
}
