//! Approvals as GitLab has them (`/api/v4`).
//!
//! An approval there names no commit. What was approved is the newest version of the merge request from before it; each
//! push to the source branch makes a version, and so does pointing the merge request at another branch.

use gix::hash::ObjectId;
use jiff::Timestamp;
use serde::Deserialize;

use super::http::{Http, Progress, escaped};
use super::{Commit, Error, Forge, List, Proposal, Review, Verdict};

/// One project of a GitLab.
pub(super) struct Gitlab<'a> {
    http: &'a Http,
    /// Where its merge requests are: `/projects/group%2Fname/merge_requests`.
    path: String,
}

/// A merge request.
#[derive(Debug, Deserialize)]
struct MergeRequest {
    id: u64,
    iid: u64,
    web_url: String,
    state: State,
    target_branch: String,
    /// The head; nothing if the source branch is gone.
    sha: Option<Commit>,
    author: Option<User>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
enum State {
    Opened,
    Closed,
    /// Being merged at this moment: GitLab locks it before it pushes.
    Locked,
    Merged,
}

#[derive(Debug, Deserialize)]
struct User {
    username: String,
}

/// Who has approved a merge request, and not taken that back.
#[derive(Debug, Deserialize)]
struct Approvals {
    approved_by: Vec<Approval>,
}

#[derive(Debug, Deserialize)]
struct Approval {
    user: User,
    approved_at: Timestamp,
}

/// A version of a merge request.
#[derive(Debug, Deserialize)]
struct Version {
    id: u64,
    /// Nothing if it brings nothing.
    head_commit_sha: Option<Commit>,
    created_at: Timestamp,
}

impl<'a> Gitlab<'a> {
    pub(super) fn new(http: &'a Http, repository: &str) -> Self {
        Gitlab {
            http,
            path: format!(
                "/projects/{}/merge_requests",
                escaped(repository.as_bytes())
            ),
        }
    }

    fn leading_to(&self, branch: &[u8], state: &str) -> Result<Vec<MergeRequest>, Error> {
        let path = format!(
            "{}?scope=all&state={state}&target_branch={}",
            self.path,
            escaped(branch)
        );
        self.http.list(&path, Progress::covers_total)
    }
}

impl Forge for Gitlab<'_> {
    fn list(&self, list: &List) -> Result<Vec<Proposal>, Error> {
        let requests = match list {
            List::Number(number) => vec![self.http.get(&format!("{}/{number}", self.path))?],
            List::Open(branch) => self.leading_to(branch, "opened")?,
            List::BeingMerged(branch) => self.leading_to(branch, "locked")?,
        };
        Ok(requests.into_iter().map(Proposal::from).collect())
    }

    fn reviews(&self, number: u64) -> Result<Vec<Review>, Error> {
        let approvals: Approvals = self
            .http
            .get(&format!("{}/{number}/approvals", self.path))?;
        let mut approvals = approvals.approved_by;
        if approvals.is_empty() {
            return Ok(Vec::new());
        }
        let path = format!("{}/{number}/versions", self.path);
        let mut versions: Vec<Version> = self.http.list(&path, Progress::covers_total)?;
        versions.sort_by_key(|version| version.id);
        approvals.sort_by_key(|approval| approval.approved_at);
        Ok(approvals
            .into_iter()
            .filter(|approval| !is_retargeted(&versions, approval.approved_at))
            .map(|approval| Review {
                account: approval.user.username,
                verdict: Verdict::Approved,
                commit: head_before(&versions, approval.approved_at),
                at: approval.approved_at.as_second(),
            })
            .collect())
    }
}

impl From<MergeRequest> for Proposal {
    fn from(request: MergeRequest) -> Self {
        Proposal {
            id: request.id,
            number: request.iid,
            url: request.web_url,
            target: request.target_branch.into(),
            head: request.sha.map(|sha| sha.0),
            author: request.author.map(|author| author.username),
            is_open: matches!(request.state, State::Opened | State::Locked),
        }
    }
}

/// The head of the newest version from before the moment. What came in the same moment may not have been seen.
fn head_before(versions: &[Version], moment: Timestamp) -> Option<ObjectId> {
    let seen = versions
        .iter()
        .rfind(|version| version.created_at < moment)?;
    seen.head_commit_sha.map(|sha| sha.0)
}

/// Has the merge request been compared with something else since? Then there is a version that brings no other head.
fn is_retargeted(versions: &[Version], moment: Timestamp) -> bool {
    let head = |version: &Version| version.head_commit_sha.map(|sha| sha.0);
    versions
        .windows(2)
        .any(|pair| pair[1].created_at >= moment && head(&pair[0]) == head(&pair[1]))
}
