//! Reviews as Gitea and Forgejo have them (`/api/v1`).

use std::collections::HashMap;

use gix::hash::ObjectId;
use jiff::Timestamp;
use serde::Deserialize;

use super::http::{Http, Progress, escaped};
use super::{Error, Forge, List, Proposal, Review, Verdict, commit_or_empty};

/// The fewest entries that a full page may have. The admin of a Gitea can set more or fewer than the usual 50.
const SHORTEST_PAGE: usize = 10;

/// One repository of a Gitea.
pub(super) struct Gitea<'a> {
    http: &'a Http,
    /// Where the repository is: `/repos/owner/name`.
    path: String,
}

/// A pull request.
#[derive(Debug, Deserialize)]
struct Pull {
    id: u64,
    number: u64,
    html_url: String,
    state: State,
    merged: bool,
    user: Option<User>,
    base: Base,
    head: Head,
}

#[derive(Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Open,
    Closed,
}

#[derive(Debug, Deserialize)]
struct User {
    login: String,
}

#[derive(Debug, Deserialize)]
struct Base {
    r#ref: String,
}

#[derive(Debug, Deserialize)]
struct Head {
    #[serde(deserialize_with = "commit_or_empty")]
    sha: Option<ObjectId>,
}

/// A review, or a step on the way to one.
#[derive(Debug, Deserialize)]
struct PullReview {
    id: u64,
    /// Nobody where a team is asked for a review.
    user: Option<User>,
    state: ReviewState,
    #[serde(deserialize_with = "commit_or_empty")]
    commit_id: Option<ObjectId>,
    dismissed: bool,
    submitted_at: Timestamp,
    /// Of comments on lines of code.
    comments_count: usize,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "SCREAMING_SNAKE_CASE")]
enum ReviewState {
    Approved,
    RequestChanges,
    Comment,
    Pending,
    RequestReview,
}

/// Something that happened to a pull request.
#[derive(Debug, Deserialize)]
struct Event {
    r#type: String,
    created_at: Timestamp,
}

impl<'a> Gitea<'a> {
    pub(super) fn new(http: &'a Http, repository: &str) -> Result<Self, Error> {
        let unknown = || Error::Repository {
            repository: repository.to_owned(),
        };
        let (owner, name) = repository
            .split_once('/')
            .filter(|(owner, name)| !owner.is_empty() && !name.is_empty() && !name.contains('/'))
            .ok_or_else(unknown)?;
        Ok(Gitea {
            http,
            path: format!(
                "/repos/{}/{}",
                escaped(owner.as_bytes()),
                escaped(name.as_bytes())
            ),
        })
    }

    /// When the pull request was last pointed at another branch, if that was at `since` or later. Reviews from before
    /// are of a change that was compared with something else.
    ///
    /// Comments on code, as many as `hidden`, are in this list and not shown, and may leave pages empty before its end. So
    /// may mentions in issues that the token's account cannot see: whoever writes a page full of them between a review
    /// and the push hides what comes after, unless the token is an administrator's.
    fn retargeted(
        &self,
        number: u64,
        since: Timestamp,
        hidden: usize,
    ) -> Result<Option<Timestamp>, Error> {
        let path = format!("{}/issues/{number}/timeline?since={since}", self.path);
        let is_read = |progress: &Progress| progress.blanks > hidden / SHORTEST_PAGE;
        let events: Vec<Event> = self.http.list(&path, is_read)?;
        Ok(events
            .into_iter()
            .filter(|event| event.r#type == "change_target_branch")
            .map(|event| event.created_at)
            .max())
    }
}

impl Forge for Gitea<'_> {
    fn list(&self, list: &List) -> Result<Vec<Proposal>, Error> {
        let pulls = match list {
            List::Number(number) => vec![self.http.get(&format!("{}/pulls/{number}", self.path))?],
            List::Open(branch) => self.open(branch)?,
            // Gitea says which one it merges.
            List::BeingMerged(_) => Vec::new(),
        };
        Ok(pulls.into_iter().map(Proposal::from).collect())
    }

    fn reviews(&self, number: u64) -> Result<Vec<Review>, Error> {
        let path = format!("{}/pulls/{number}/reviews", self.path);
        let all: Vec<PullReview> = self.http.list(&path, Progress::covers_total)?;
        let hidden = all.iter().map(|review| review.comments_count).sum();
        let newest = newest_decisive(all).map_err(|problem| self.http.nonsense(&path, problem))?;
        let Some(since) = newest.iter().map(|(submitted, _)| *submitted).min() else {
            return Ok(Vec::new());
        };
        let retargeted = self.retargeted(number, since, hidden)?;
        Ok(newest
            .into_iter()
            .filter(|(submitted, _)| retargeted.is_none_or(|moment| *submitted > moment))
            .map(|(_, review)| review)
            .collect())
    }
}

impl Gitea<'_> {
    fn open(&self, branch: &[u8]) -> Result<Vec<Pull>, Error> {
        let path = format!(
            "{}/pulls?state=open&base_branch={}",
            self.path,
            escaped(branch)
        );
        // One that Gitea fails to describe is `null`, and none that could be meant.
        let pulls: Vec<Option<Pull>> = self.http.list(&path, Progress::covers_total)?;
        Ok(pulls.into_iter().flatten().collect())
    }
}

impl From<Pull> for Proposal {
    fn from(pull: Pull) -> Self {
        Proposal {
            id: pull.id,
            number: pull.number,
            url: pull.html_url,
            target: pull.base.r#ref.into(),
            head: pull.head.sha,
            author: pull.user.map(|user| user.login),
            is_open: pull.state == State::Open && !pull.merged,
        }
    }
}

/// Of each account the last word, in the order of their time; none where that was dismissed, for what the account said
/// before was withdrawn by it.
fn newest_decisive(mut reviews: Vec<PullReview>) -> Result<Vec<(Timestamp, Review)>, String> {
    reviews.sort_by_key(|review| (review.submitted_at, review.id));
    let mut newest = HashMap::new();
    for (position, review) in reviews.into_iter().enumerate() {
        let verdict = match review.state {
            ReviewState::Approved => Verdict::Approved,
            ReviewState::RequestChanges => Verdict::ChangesRequested,
            ReviewState::Comment | ReviewState::Pending | ReviewState::RequestReview => continue,
        };
        let account = match review.user {
            Some(user) => user.login,
            None => return Err(format!("review {} is nobody's", review.id)),
        };
        let decisive = Review {
            account: account.clone(),
            verdict,
            commit: review.commit_id,
            at: review.submitted_at.as_second(),
        };
        newest.insert(
            account,
            (position, review.dismissed, review.submitted_at, decisive),
        );
    }
    let mut newest: Vec<_> = newest.into_values().collect();
    newest.sort_by_key(|(position, ..)| *position);
    Ok(newest
        .into_iter()
        .filter(|(_, dismissed, ..)| !dismissed)
        .map(|(.., submitted_at, review)| (submitted_at, review))
        .collect())
}
