//! A push that nobody makes, judged as if it were made now, for whoever asks what would become of it.

use std::time::Instant;

use gix::bstr::BString;

use crate::facts::Push;
use crate::facts::approvals::VotesError;
use crate::facts::provenance::Asked;
use crate::forge::{self, Context, Forge};
use crate::git::Repository;
use crate::judging::{self, Judgement, Judging};
use crate::policy::Policy;
use crate::push::RefUpdate;
use crate::state::approvals::Approvals;
use crate::state::bypasses::Bypasses;
use crate::state::place;
use crate::state::records::Records;

/// What is asked about.
pub(super) struct Imagined<'a> {
    /// `owner/name`; by default the end of the repository's path.
    pub repository: Option<&'a str>,
    /// The account that would push.
    pub pusher: Option<&'a str>,
    /// What it would do.
    pub update: RefUpdate,
    /// Who asks what is known of agents' part in commits.
    pub provenance: Asked,
    /// A ref whose recorded past is no past of this push, which may have been made long ago.
    pub without_past: Option<BString>,
}

impl Imagined<'_> {
    /// Judges it.
    pub(super) fn judge(
        self,
        repository: &Repository,
        policy: &Policy,
    ) -> Result<Judgement, VotesError> {
        let context = Context {
            account: self.pusher.map(str::to_owned),
            ..Context::default()
        };
        let push = Push {
            repository: self.repository.map_or_else(
                || forge::repository_name(&repository.layout.git_dir),
                str::to_owned,
            ),
            pusher: judging::pusher(policy, &context),
            options: Vec::new(),
            now: super::now(),
            forge: Forge::Plain,
            pull_request: None,
            is_merge: false,
            updates: vec![self.update],
        };
        let folder = place::of_repository(&repository.layout.common_dir);
        let mut records = Records::below(&folder, repository.layout.hash);
        if let Some(name) = self.without_past {
            records.forget(name);
        }
        Judging {
            repository,
            policy,
            push: &push,
            provenance: self.provenance,
            records: &records,
            approvals: &Approvals::below(&folder),
            bypasses: &Bypasses::below(&folder),
            models: &folder,
            until: Some(Instant::now() + policy.limits.time),
        }
        .judge()
    }
}
