//! One case, set up in a repository of its own, and judged as often as anyone likes.
//!
//! Nobody's private key is needed: who has signed what is told to the keyring, and who has reviewed what to the client of
//! the forge, as facts. Everything else is what it is in the hook.

use std::path::Path;
use std::sync::Arc;
use std::time::Instant;

use gix::bstr::BString;
use gix::hash::{Kind, ObjectId};
use tempfile::TempDir;

use super::history::{History, HistoryError, SignedBy};
use super::{Ballot, Case, Cases};
use crate::approval::record;
use crate::decision::Decision;
use crate::facts::Push;
use crate::facts::approvals::VotesError;
use crate::facts::provenance::Asked;
use crate::forge::{Context, Forge};
use crate::git::budget::Budget;
use crate::git::made::{Made, MakeError};
use crate::git::{self, Repository};
use crate::judging::{self, Judging};
use crate::paths::names::full_name;
use crate::policy::Policy;
use crate::policy::written::read::closest;
use crate::policy::written::values::Either;
use crate::push::RefUpdate;
use crate::reviews::{ChangeRequest, Review, Verdict};
use crate::signature::Good;
use crate::state::approvals::Approvals;
use crate::state::bypasses::Bypasses;
use crate::state::place;
use crate::state::records::Records;

/// The repository of cases that name none.
const REPOSITORY: &str = "example/repository";

/// A case in a repository of its own, which goes with it.
pub struct Stage<'c> {
    folder: TempDir,
    repository: &'c str,
    pusher: Option<&'c str>,
    deploy_key: bool,
    options: Vec<Vec<u8>>,
    now: i64,
    updates: Vec<RefUpdate>,
    refs: Vec<String>,
    signed: Vec<SignedBy<'c>>,
    reviews: Vec<ChangeRequest>,
}

/// Why a case cannot be tried.
#[derive(Debug, thiserror::Error)]
pub enum StageError {
    /// It describes what cannot be.
    #[error(transparent)]
    History(#[from] HistoryError),
    /// The repository cannot be written.
    #[error("no repository can be made for it")]
    Folder(#[from] std::io::Error),
    /// Someone signs whom the policy does not know.
    #[error("`{name}` signs, and is no person of the policy{}", suggestion(.close.as_deref()))]
    Stranger {
        /// Who.
        name: String,
        /// Who may be meant.
        close: Option<String>,
    },
    /// There are reviews, and nobody to ask for them.
    #[error("there are `reviews`, and the policy has no `forge` that they could come from")]
    NoForge,
    /// It cannot be judged.
    #[error("it cannot be judged")]
    Judge(#[from] VotesError),
}

impl From<MakeError> for StageError {
    fn from(error: MakeError) -> Self {
        HistoryError::from(error).into()
    }
}

impl From<git::Error> for StageError {
    fn from(error: git::Error) -> Self {
        VotesError::from(error).into()
    }
}

impl<'c> Stage<'c> {
    /// Sets up `case`, one of `cases`, as it would be `now`, in seconds since 1970, unless it has a date.
    ///
    /// # Errors
    /// When it describes what cannot be, or the repository cannot be written.
    pub fn set(cases: &'c Cases, case: &'c Case, now: i64) -> Result<Self, StageError> {
        let folder = TempDir::new()?;
        let author = case.author.as_deref().or(cases.author.as_deref());
        let mut history = History::new(Made::in_folder(folder.path())?, author);
        for (name, line) in &case.before.as_ref().unwrap_or(&cases.before).0 {
            history.add_ref(name, line)?;
        }
        let mut updates = Vec::new();
        for (name, change) in &case.push.0 {
            let new = match change {
                Either::Short(_) => None,
                Either::Long(line) => Some(history.add_push(name, line)?),
            };
            let name = full_name(name);
            let null = ObjectId::null(Kind::Sha1);
            updates.push(RefUpdate {
                old: history.ref_before(&name).unwrap_or(null),
                new: new.unwrap_or(null),
                name: name.into(),
            });
        }
        let repository = case.repository.as_deref().or(cases.repository.as_deref());
        let mut stage = Stage {
            repository: repository.unwrap_or(REPOSITORY),
            pusher: case.pusher.as_deref().or(cases.pusher.as_deref()),
            deploy_key: case.deploy_key,
            options: case.options.0.iter().cloned().map(Into::into).collect(),
            now: case.at.map_or(now, |date| date.seconds),
            refs: history.refs().cloned().collect(),
            signed: Vec::new(),
            reviews: Vec::new(),
            updates,
            folder,
        };
        let approvals = case.approvals.iter().map(|cast| (record::APPROVES, cast));
        let vetoes = case.vetoes.iter().map(|cast| (record::VETOES, cast));
        for (number, (trailer, cast)) in approvals.chain(vetoes).enumerate() {
            let commit = stage.subject(&history, cast)?;
            let message = stage.message(trailer, cast);
            let at = cast.at.map_or(stage.now, |date| date.seconds);
            let by = (cast.by.as_str(), cast.presence);
            history.add_tag(&tag_name(number), commit, by, at, &message)?;
        }
        for (number, cast) in (1..).zip(&case.reviews) {
            let head = stage.subject(&history, cast)?;
            stage.reviews.push(stage.review(number, cast, head));
        }
        stage.signed = history.into_signed();
        Ok(stage)
    }

    /// What `policy` says of the push.
    ///
    /// # Errors
    /// When the case does not fit the policy, or cannot be judged.
    pub fn judge(&self, policy: &mut Policy) -> Result<Decision, StageError> {
        if policy.forge.is_none() && !self.reviews.is_empty() {
            return Err(StageError::NoForge);
        }
        let mut told = Vec::with_capacity(self.signed.len());
        for signed in &self.signed {
            let person = policy.people.by_name(signed.person);
            let good = Good {
                person: person.ok_or_else(|| stranger(signed.person, policy))?,
                key: "told".to_owned(),
                presence: signed.presence,
                verification: false,
                principal: None,
            };
            told.push((signed.payload.clone(), good));
        }
        policy.keyring.tell(told);
        let repository = Repository::at(self.folder.path(), &Arc::new(Budget::new(policy.limits)))?;
        let context = Context {
            account: self.pusher.map(str::to_owned),
            deploy_key: self.deploy_key,
            ..Context::default()
        };
        let push = Push {
            repository: self.repository.to_owned(),
            pusher: judging::pusher(policy, &context),
            options: self.options.clone(),
            now: self.now,
            forge: Forge::Plain,
            pull_request: None,
            is_merge: false,
            updates: self.updates.clone(),
        };
        let layout = &repository.layout;
        let folder = place::of_repository(&layout.common_dir);
        let judging = Judging {
            repository: &repository,
            policy,
            push: &push,
            provenance: Asked::ByRules,
            records: &Records::below(&folder, layout.hash),
            approvals: &Approvals::below(&folder),
            bypasses: &Bypasses::below(&folder),
            models: &folder,
            until: Some(Instant::now() + policy.limits.time),
        };
        Ok(judging.judge_with_reviews(self.reviews.clone())?.decision)
    }

    /// Where the repository is: it has the refs before the push, and all objects.
    pub fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// `owner/name` of the repository.
    pub fn repository(&self) -> &str {
        self.repository
    }

    /// The account that pushes.
    pub fn pusher(&self) -> Option<&str> {
        self.pusher
    }

    /// The refs before the push, but for those that hold approvals.
    pub fn refs(&self) -> &[String] {
        &self.refs
    }

    /// What `git push -o` sends.
    pub fn options(&self) -> &[Vec<u8>] {
        &self.options
    }

    /// The push.
    pub fn updates(&self) -> &[RefUpdate] {
        &self.updates
    }

    /// The commit that someone has approved or vetoed.
    fn subject(&self, history: &History<'_>, cast: &Ballot) -> Result<ObjectId, HistoryError> {
        if let Some(of) = &cast.of {
            return history.find(of);
        }
        let name = BString::from(full_name(&cast.r#for));
        let mut pushed = self.updates.iter();
        pushed
            .find(|update| update.name == name && !update.new.is_null())
            .map(|update| update.new)
            .ok_or_else(|| HistoryError::Nothing(cast.r#for.clone()))
    }

    /// What a tag says.
    fn message(&self, trailer: &str, cast: &Ballot) -> String {
        let name = full_name(&cast.r#for);
        let key = record::REPOSITORY;
        format!(
            "{trailer}\n\n{trailer}: {name}\n{key}: {}\n",
            self.repository
        )
    }

    fn review(&self, number: u64, cast: &Ballot, head: ObjectId) -> ChangeRequest {
        ChangeRequest {
            number,
            url: format!("pull request {number}"),
            target: full_name(&cast.r#for).into(),
            head,
            author: None,
            is_being_merged: false,
            reviews: vec![Review {
                account: cast.by.clone(),
                verdict: Verdict::Approved,
                commit: Some(head),
                at: cast.at.map_or(self.now, |date| date.seconds),
            }],
        }
    }
}

/// The tag of the approval or veto `number` of a case, the approvals first.
pub fn tag_name(number: usize) -> String {
    format!("approved/{number}")
}

fn stranger(name: &str, policy: &Policy) -> StageError {
    let known = policy.people.iter().map(|(_, person)| person.name.as_str());
    StageError::Stranger {
        name: name.to_owned(),
        close: closest(name, known).map(str::to_owned),
    }
}

fn suggestion(close: Option<&str>) -> String {
    close.map_or_else(String::new, |close| format!("; did you mean `{close}`?"))
}
