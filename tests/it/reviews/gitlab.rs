//! GitLab, by the fields of its merge requests, approvals and versions.

use portcullis::forge::PullRequestHint::{BeingMerged, Number};
use portcullis::policy::ForgeKind;
use portcullis::reviews::Error;
use serde_json::{Value, json};

use super::server::{Request, Response, Server, page};
use super::{Gate, TOKEN, commit, reviews, with};

/// What a GitLab knows of `shop/web`.
#[derive(Default)]
struct Known {
    requests: Vec<Value>,
    /// Of every merge request.
    approvals: Vec<Value>,
    /// Of every merge request, the newest first.
    versions: Vec<Value>,
}

impl Known {
    fn start(self) -> Server {
        Server::start(move |request| self.answer(request))
    }

    fn answer(&self, request: &Request) -> Response {
        let root = "/api/v4/projects/shop%2Fweb/merge_requests";
        let Some(path) = request.path.strip_prefix(root) else {
            return Response::refusal(404);
        };
        let parts: Vec<_> = path.split('/').skip(1).collect();
        match parts[..] {
            [] => {
                let wanted = |request: &&Value, key: &str, value: &str| request[key] == value;
                let mut matching = self.requests.clone();
                matching.retain(|one| {
                    wanted(&one, "state", &request.query["state"])
                        && wanted(&one, "target_branch", &request.query["target_branch"])
                });
                let shown = page(request, &matching);
                Response::json(&shown.into()).header("X-Total", &matching.len())
            }
            [number] => {
                let number: u64 = number.parse().unwrap();
                let is_it = |request: &&Value| request["iid"] == number;
                match self.requests.iter().find(is_it) {
                    Some(request) => Response::json(request),
                    None => Response::refusal(404),
                }
            }
            [_, "approvals"] => Response::json(&json!({
                "user_has_approved": false, "user_can_approve": false,
                "approved": !self.approvals.is_empty(), "approved_by": self.approvals,
            })),
            [_, "versions"] => {
                let shown = page(request, &self.versions);
                // Long lists are not counted.
                Response::json(&shown.into())
            }
            _ => Response::refusal(404),
        }
    }
}

fn user(name: &str) -> Value {
    json!({
        "id": 11, "username": name, "public_email": "", "name": name, "state": "active",
        "locked": false, "avatar_url": null, "web_url": format!("http://127.0.0.1/{name}"),
    })
}

/// Merge request `number` of carol to main with the head `head`.
fn request(number: u64, head: char) -> Value {
    json!({
        "id": 100 + number, "iid": number, "project_id": 1, "title": "A change",
        "description": "", "state": "opened", "created_at": "2026-11-01T08:00:00.000Z",
        "updated_at": "2026-11-01T08:00:00.000Z", "merged_by": null, "merge_user": null,
        "merged_at": null, "closed_by": null, "closed_at": null, "target_branch": "main",
        "source_branch": "change", "user_notes_count": 0, "upvotes": 0, "downvotes": 0,
        "author": user("carol"), "assignees": [], "assignee": null, "reviewers": [],
        "source_project_id": 1, "target_project_id": 1, "labels": [], "draft": false,
        "imported": false, "work_in_progress": false, "milestone": null,
        "merge_when_pipeline_succeeds": false, "merge_status": "can_be_merged",
        "detailed_merge_status": "mergeable", "sha": commit(head).to_string(),
        "merge_commit_sha": null, "squash_commit_sha": null, "discussion_locked": null,
        "reference": format!("!{number}"), "squash": false, "has_conflicts": false,
        "web_url": format!("http://127.0.0.1/shop/web/-/merge_requests/{number}"),
    })
}

/// An approval at this second past eight.
fn approval(name: &str, second: u32) -> Value {
    json!({ "user": user(name), "approved_at": format!("2026-11-01T08:00:{second:02}.500+00:00") })
}

/// A version from this second past eight.
fn version(id: u64, head: char, second: u32) -> Value {
    json!({
        "id": id, "head_commit_sha": commit(head).to_string(),
        "base_commit_sha": commit('0').to_string(), "start_commit_sha": commit('0').to_string(),
        "created_at": format!("2026-11-01T08:00:{second:02}.400Z"), "merge_request_id": 107,
        "state": "collected", "real_size": "1", "patch_id_sha": commit('9').to_string(),
    })
}

#[test]
fn the_merge_request_that_is_merged_is_locked() {
    let known = Known {
        requests: vec![
            with(request(7, 'a'), "/state", "locked".into()),
            request(8, 'b'),
        ],
        approvals: vec![approval("alice", 5)],
        versions: vec![version(1, 'a', 1)],
    };
    let server = known.start();
    // A squash makes a commit that no merge request has.
    let found = Gate::to(&server, ForgeKind::Gitlab)
        .ask(Some(BeingMerged), &[commit('f')])
        .unwrap();
    assert_eq!(found.len(), 1);
    let request = &found[0];
    assert_eq!(request.number, 7);
    assert_eq!(request.url, "http://127.0.0.1/shop/web/-/merge_requests/7");
    assert_eq!(request.target, "refs/heads/main");
    assert_eq!(request.head, commit('a'));
    assert_eq!(request.author.as_deref(), Some("carol"));
    assert_eq!(
        reviews(request),
        [("alice", "Approved".to_owned(), Some(commit('a')))]
    );
    // 2026-11-01T08:00:05.5Z
    assert_eq!(request.reviews[0].at, 1_793_520_005);
    for asked in server.asked() {
        assert_eq!(asked.headers["private-token"], TOKEN);
    }
}

#[test]
fn a_direct_push_is_known_by_the_head() {
    let mut requests: Vec<_> = (1..=150).map(|number| request(number, 'b')).collect();
    requests.push(request(151, 'a'));
    requests.push(with(request(152, 'a'), "/target_branch", "release".into()));
    requests.push(with(request(153, 'a'), "/sha", Value::Null));
    let known = Known {
        requests,
        ..Known::default()
    };
    let server = known.start();
    let gate = Gate::to(&server, ForgeKind::Gitlab);
    for hint in [None, Some(BeingMerged)] {
        let found = gate.ask(hint, &[commit('a')]).unwrap();
        assert_eq!(found.len(), 1);
        assert_eq!(found[0].number, 151);
        assert_eq!(found[0].reviews, []);
    }
}

#[test]
fn what_was_approved_is_the_newest_version_from_before() {
    let known = Known {
        requests: vec![request(7, 'd')],
        approvals: vec![
            approval("alice", 9),
            approval("bob", 2),
            approval("dana", 0),
            approval("erin", 4),
            approval("frank", 6),
        ],
        // The third is a tenth of a second older than what is approved in its second; the fourth is of the same moment.
        versions: vec![
            with(
                version(4, 'd', 6),
                "/created_at",
                "2026-11-01T08:00:06.500Z".into(),
            ),
            version(3, 'c', 4),
            version(2, 'b', 3),
            version(1, 'a', 1),
        ],
    };
    let found = Gate::to(&known.start(), ForgeKind::Gitlab)
        .ask(Some(Number(7)), &[])
        .unwrap();
    assert_eq!(
        reviews(&found[0]),
        [
            ("dana", "Approved".to_owned(), None),
            ("bob", "Approved".to_owned(), Some(commit('a'))),
            ("erin", "Approved".to_owned(), Some(commit('c'))),
            ("frank", "Approved".to_owned(), Some(commit('c'))),
            ("alice", "Approved".to_owned(), Some(commit('d'))),
        ]
    );
}

#[test]
fn approvals_from_before_it_was_pointed_here_are_void() {
    let known = Known {
        requests: vec![request(7, 'b')],
        approvals: vec![approval("alice", 4), approval("bob", 6)],
        // The third has no other head than the second: only what it is compared with has changed.
        versions: vec![version(3, 'b', 5), version(2, 'b', 3), version(1, 'a', 1)],
    };
    let found = Gate::to(&known.start(), ForgeKind::Gitlab)
        .ask(Some(Number(7)), &[])
        .unwrap();
    assert_eq!(
        reviews(&found[0]),
        [("bob", "Approved".to_owned(), Some(commit('b')))]
    );
}

#[test]
fn what_is_not_understood_is_no_approval() {
    let ask = |request: Value, approval: Value, version: Value| {
        let known = Known {
            requests: vec![request],
            approvals: vec![approval],
            versions: vec![version],
        };
        Gate::to(&known.start(), ForgeKind::Gitlab).ask(Some(Number(7)), &[])
    };
    let good = || (request(7, 'a'), approval("alice", 5), version(1, 'a', 1));
    let (request, approval, version) = good();
    assert!(ask(request, approval, version).is_ok());
    let wrong = [
        ("request", "/state", json!("ajar")),
        ("request", "/sha", json!("main")),
        ("request", "/sha", Value::Null),
        ("request", "/target_branch", Value::Null),
        ("approval", "/user", Value::Null),
        ("approval", "/user/username", Value::Null),
        // A GitLab that does not say when.
        ("approval", "/approved_at", Value::Null),
        ("version", "/created_at", json!("yesterday")),
        ("version", "/head_commit_sha", json!("HEAD")),
        ("version", "/id", json!("1")),
    ];
    for (which, key, value) in wrong {
        let (mut request, mut approval, mut version) = good();
        let changed = match which {
            "request" => &mut request,
            "approval" => &mut approval,
            _ => &mut version,
        };
        *changed.pointer_mut(key).unwrap() = value;
        let answer = ask(request, approval, version);
        assert!(
            matches!(answer, Err(Error::Nonsense { .. })),
            "{which}{key} gives {answer:?}"
        );
    }
}
