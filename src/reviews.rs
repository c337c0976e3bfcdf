//! Pull request reviews, read from the forge's API while the hook runs: the evidence `review` of a policy.
//!
//! [`Client`] answers one question: which open pull requests does this push carry into that branch, and who has judged
//! them? It says what the forge says, and no more: whether a review counts is for the rules to decide, which compare the
//! commit that was reviewed with what is pushed. Each forge has a file that knows its words, `gitea` and `gitlab`; both
//! ask through `http`, which keeps one deadline for all answers and lets the [`token`] go to one address only.
//!
//! Whatever cannot be understood is an [`Error`], and an error refuses the push: silence is never an approval.

mod error;
mod gitea;
mod gitlab;
pub(crate) mod http;
mod roots;
pub mod token;
mod told;

use std::collections::{HashMap, HashSet};
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use gix::bstr::{BStr, BString};
use gix::hash::ObjectId;
use serde::{Deserialize, Deserializer};

pub use self::error::Error;
use self::gitea::Gitea;
use self::gitlab::Gitlab;
use self::http::{Errand, Http};
use self::told::Told;
use crate::forge::PullRequestHint;
use crate::policy::{ForgeApi, ForgeKind};

/// What the token must have to read reviews, and what bounds the time for it.
const ERRAND: Errand = Errand {
    rights: "have the scopes read:repository and read:issue (Gitea, Forgejo) or read_api (GitLab)",
    bound: "forge.timeout in the policy, within limits.time",
};

/// What is asked of the forge.
#[derive(Debug, Clone, Copy)]
pub struct Wanted<'a> {
    /// `owner/name` of the repository.
    pub repository: &'a str,
    /// The ref that is updated, by its full name. Only branches have pull requests.
    pub target_ref: &'a BStr,
    /// Commits that the push brings. Where the server does not say which pull request it merges, one whose head is among
    /// these is meant: the new tip of a fast-forward, a second parent of a merge.
    pub heads: &'a [ObjectId],
    /// What the server says about the pull request.
    pub hint: Option<PullRequestHint>,
}

/// An open pull request, or a merge request in GitLab's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ChangeRequest {
    /// The number by which people know it.
    pub number: u64,
    /// Its page, for people, as the forge writes it: to be escaped where it is shown.
    pub url: String,
    /// The branch that it leads to, by its full name; always the one that was asked about.
    pub target: BString,
    /// The tip of what it brings, as the forge knows it now; reviews may be of an older one.
    pub head: ObjectId,
    /// Who opened it.
    pub author: Option<String>,
    /// The server says that this push merges it.
    pub is_being_merged: bool,
    /// The newest decisive review of each account that has one, unless it was dismissed or the pull request led
    /// elsewhere then. In the order of their time.
    pub reviews: Vec<Review>,
}

/// What one account thinks of a pull request.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Review {
    /// Whose it is.
    pub account: String,
    /// What it says.
    pub verdict: Verdict,
    /// What was looked at; `None` if the forge does not say, and then there is nothing to compare.
    pub commit: Option<ObjectId>,
    /// When, in seconds since the epoch, by the forge's clock.
    pub at: i64,
}

/// What a review says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Verdict {
    /// Let it in.
    Approved,
    /// Do not. GitLab has no such answer; there an approval is taken back instead.
    ChangesRequested,
}

/// Asks one forge, and each question once: made for one decision, and dropped with it.
#[derive(Debug)]
pub struct Client {
    source: Source,
    answers: Mutex<Answers>,
}

/// Where answers come from.
#[derive(Debug)]
enum Source {
    /// The forge.
    Api { kind: ForgeKind, http: Http },
    /// Whoever tells them beforehand.
    Told(Told),
}

/// What the forge has said.
#[derive(Debug, Default)]
struct Answers {
    lists: HashMap<(String, List), Vec<Proposal>>,
    reviews: HashMap<(String, u64), Vec<Review>>,
}

/// Which pull requests of a repository.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
enum List {
    /// The one with this number.
    Number(u64),
    /// Those that are open and lead to this branch.
    Open(BString),
    /// Those that the server merges into this branch at this moment.
    BeingMerged(BString),
}

/// A pull request before anyone has asked for its reviews.
#[derive(Debug, Clone)]
struct Proposal {
    /// The forge's own number for it, which people never see.
    id: u64,
    number: u64,
    url: String,
    /// The branch that it leads to, by its short name.
    target: BString,
    /// `None` if the forge has lost it.
    head: Option<ObjectId>,
    author: Option<String>,
    is_open: bool,
}

/// What a kind of forge can be asked about one repository.
trait Forge {
    fn list(&self, list: &List) -> Result<Vec<Proposal>, Error>;
    fn reviews(&self, number: u64) -> Result<Vec<Review>, Error>;
}

impl Client {
    /// Reads the token. The time that the policy gives the forge begins now, and ends at `until` at the latest; so make
    /// it when the first rule needs an answer.
    pub fn new(forge: &ForgeApi, until: Instant) -> Result<Self, Error> {
        Ok(Client {
            source: Source::Api {
                kind: forge.kind,
                http: Http::new(forge, ERRAND, until)?,
            },
            answers: Mutex::default(),
        })
    }

    /// Whether the forge answers, and knows the token.
    ///
    /// # Errors
    /// Why not.
    pub fn try_out(&self) -> Result<(), Error> {
        if let Source::Api { kind, http } = &self.source {
            // Both kinds answer only whom they know.
            let path = match kind {
                ForgeKind::Gitea | ForgeKind::Forgejo => "/repos/search?limit=1",
                ForgeKind::Gitlab => "/version",
            };
            let _: serde_json::Value = http.get(path)?;
        }
        Ok(())
    }

    /// Asks nobody: these are the open pull requests.
    pub fn told(requests: Vec<ChangeRequest>) -> Self {
        Client {
            source: Source::Told(Told(requests)),
            answers: Mutex::default(),
        }
    }

    /// The open pull requests that lead to the wanted ref and are what is pushed: the one that the server names, else
    /// those whose head is among the pushed commits.
    pub fn change_requests(&self, wanted: &Wanted<'_>) -> Result<Vec<ChangeRequest>, Error> {
        // A wiki is a repository of its own, without pull requests, and the API does not know it.
        let is_wiki = wanted.repository.strip_suffix(".wiki").is_some();
        let Some(branch) = wanted
            .target_ref
            .strip_prefix(b"refs/heads/")
            .filter(|_| !is_wiki)
        else {
            return Ok(Vec::new());
        };
        // Whoever asks at the same time waits, and finds the answer here. After a panic there is nobody to ask.
        let mut answers = self.answers.lock().unwrap_or_else(PoisonError::into_inner);
        let mut session = Session {
            forge: self.forge(wanted.repository)?,
            answers: &mut answers,
            repository: wanted.repository,
        };
        let mut found = session.hinted(wanted.hint, branch)?;
        let is_being_merged = !found.is_empty();
        if found.is_empty() {
            found = session.list(List::Open(branch.into()))?;
            let heads: HashSet<_> = wanted.heads.iter().collect();
            found.retain(|proposal| proposal.head.is_some_and(|head| heads.contains(&head)));
        }
        found
            .into_iter()
            .map(|proposal| {
                Ok(ChangeRequest {
                    is_being_merged,
                    ..session.change_request(proposal, wanted.target_ref)?
                })
            })
            .collect()
    }

    fn forge(&self, repository: &str) -> Result<Box<dyn Forge + '_>, Error> {
        Ok(match &self.source {
            Source::Told(told) => Box::new(told),
            Source::Api { kind, http } => match kind {
                ForgeKind::Gitea | ForgeKind::Forgejo => Box::new(Gitea::new(http, repository)?),
                ForgeKind::Gitlab => Box::new(Gitlab::new(http, repository)),
            },
        })
    }
}

/// One question, while it is being answered.
struct Session<'a> {
    forge: Box<dyn Forge + 'a>,
    answers: &'a mut Answers,
    repository: &'a str,
}

impl Session<'_> {
    /// What the server says that the push is. It may mean a pull request of another repository, or one that only touches
    /// this branch, so it is believed no further than it fits.
    fn hinted(
        &mut self,
        hint: Option<PullRequestHint>,
        branch: &[u8],
    ) -> Result<Vec<Proposal>, Error> {
        let mut found = match hint {
            None => Vec::new(),
            Some(PullRequestHint::Number(number)) => match self.list(List::Number(number)) {
                // That of another repository; whether this one is there is seen by what is asked next.
                Err(Error::NotFound { .. }) => Vec::new(),
                answer => answer?,
            },
            Some(PullRequestHint::Id(id)) => {
                let mut open = self.list(List::Open(branch.into()))?;
                open.retain(|proposal| proposal.id == id);
                open
            }
            Some(PullRequestHint::BeingMerged) => self.list(List::BeingMerged(branch.into()))?,
        };
        found.retain(|proposal| proposal.is_open && proposal.target == branch);
        Ok(found)
    }

    fn list(&mut self, list: List) -> Result<Vec<Proposal>, Error> {
        let question = (self.repository.to_owned(), list);
        if let Some(known) = self.answers.lists.get(&question) {
            return Ok(known.clone());
        }
        let mut proposals = self.forge.list(&question.1)?;
        if let List::Open(branch) = &question.1 {
            // Old servers do not know the filter, and leave it out.
            proposals.retain(|proposal| proposal.is_open && proposal.target == *branch);
        }
        self.answers.lists.insert(question, proposals.clone());
        Ok(proposals)
    }

    fn change_request(
        &mut self,
        proposal: Proposal,
        target_ref: &BStr,
    ) -> Result<ChangeRequest, Error> {
        let head = proposal.head.ok_or_else(|| Error::Nonsense {
            url: proposal.url.clone(),
            problem: "the pull request has no head".to_owned(),
        })?;
        let question = (self.repository.to_owned(), proposal.number);
        let reviews = match self.answers.reviews.get(&question) {
            Some(known) => known.clone(),
            None => {
                let reviews = self.forge.reviews(proposal.number)?;
                self.answers.reviews.insert(question, reviews.clone());
                reviews
            }
        };
        Ok(ChangeRequest {
            number: proposal.number,
            url: proposal.url,
            target: target_ref.to_owned(),
            head,
            author: proposal.author,
            is_being_merged: false,
            reviews,
        })
    }
}

/// A commit, where there must be one.
#[derive(Debug, Clone, Copy, Deserialize)]
#[serde(transparent)]
struct Commit(#[serde(deserialize_with = "commit")] ObjectId);

fn commit<'de, D: Deserializer<'de>>(deserializer: D) -> Result<ObjectId, D::Error> {
    let hex = String::deserialize(deserializer)?;
    ObjectId::from_hex(hex.as_bytes()).map_err(serde::de::Error::custom)
}

/// A commit, where an empty text says that there is none.
fn commit_or_empty<'de, D: Deserializer<'de>>(
    deserializer: D,
) -> Result<Option<ObjectId>, D::Error> {
    let hex = String::deserialize(deserializer)?;
    if hex.is_empty() {
        return Ok(None);
    }
    ObjectId::from_hex(hex.as_bytes())
        .map(Some)
        .map_err(serde::de::Error::custom)
}
