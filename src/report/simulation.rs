//! What a policy would have said of history: for people ([`text`]), for programs ([`json`]), and as a page with charts
//! ([`page`]).

pub mod json;
pub mod page;
pub mod text;

use std::path::Path;
use std::time::Duration;

use super::shell::{quote, quote_path};
use crate::policy::Policy;
use crate::simulation::way::{As, Way};
use crate::simulation::{Judged, Outcome};

/// What is reported on.
#[derive(Debug, Clone, Copy)]
pub struct Report<'a> {
    /// `owner/name` of the repository.
    pub repository: &'a str,
    /// Where it is.
    pub path: &'a Path,
    /// The steps.
    pub way: &'a Way,
    /// What counts as one.
    pub kind: As,
    /// The policy.
    pub policy: &'a Policy,
    /// What would have become of the steps, the newest first.
    pub judged: &'a [Judged],
    /// How long it took to find out.
    pub took: Duration,
}

/// What a reader of any report must know of it.
pub const NOTES: [&str; 3] = [
    "The pusher of a step is taken to be the committer of its tip, or the author where only that one is in the policy; its \
     date is the committer's. Other refs stand at their newest first parent that is older than the step.",
    "Approvals by signed tags count as far as the repository has them. Reviews on a forge are not replayed: steps that lack \
     nothing but an approval that someone could have given are counted apart.",
    "Push options, break-glass and pull requests leave no trace in history, and are not replayed.",
];

impl<'a> Report<'a> {
    /// The steps that are not simply accepted, the newest first.
    pub fn worth_telling(&self) -> impl Iterator<Item = &'a Judged> + use<'a> {
        let judged = self.judged.iter();
        judged.filter(|judged| judged.outcome != Outcome::Accepted)
    }

    /// The command that explains a step.
    pub fn explain(&self, judged: &Judged) -> String {
        let pusher = judged.account.as_ref().map_or_else(String::new, |account| {
            format!(" --pusher {}", quote(account.as_bytes()))
        });
        let old = judged
            .step
            .old
            .map_or_else(String::new, |old| old.to_string());
        format!(
            "portcullis explain --policy {} --repo {} --repository {} --ref {}{pusher} {old}..{}",
            quote_path(&self.policy.file),
            quote_path(self.path),
            quote(self.repository.as_bytes()),
            quote(&self.way.name),
            judged.step.new
        )
    }
}
