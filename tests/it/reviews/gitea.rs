//! Gitea and Forgejo, by the fields of their `PullRequest`, `PullReview` and `TimelineComment`.

use std::sync::{Arc, Mutex};

use portcullis::forge::PullRequestHint::{Id, Number};
use portcullis::policy::ForgeKind;
use portcullis::reviews::Error;
use serde_json::{Value, json};

use super::server::{Request, Response, Server, page};
use super::{Gate, TOKEN, commit, reviews, with};

/// What a Gitea knows of `shop/web`.
#[derive(Default)]
struct Known {
    pulls: Vec<Value>,
    /// Of every pull request.
    reviews: Vec<Value>,
    /// Of every pull request. `null` is one that is not shown.
    events: Vec<Value>,
}

impl Known {
    fn with_pull(pull: Value) -> Self {
        Known {
            pulls: vec![pull],
            ..Known::default()
        }
    }

    fn reviews(mut self, reviews: impl IntoIterator<Item = Value>) -> Self {
        self.reviews.extend(reviews);
        self
    }

    fn events(mut self, events: impl IntoIterator<Item = Value>) -> Self {
        self.events.extend(events);
        self
    }

    fn start(self) -> Server {
        let known = Mutex::new(self);
        Server::start(move |request| known.lock().unwrap().answer(request))
    }

    fn answer(&self, request: &Request) -> Response {
        let Some(path) = request.path.strip_prefix("/api/v1/repos/shop/web/") else {
            return Response::refusal(404);
        };
        let parts: Vec<_> = path.split('/').collect();
        match parts[..] {
            ["pulls"] => {
                assert_eq!(request.query["state"], "open");
                Response::json(&page(request, &self.pulls).into())
                    .header("X-Total-Count", &self.pulls.len())
            }
            ["pulls", number] => {
                let number: u64 = number.parse().unwrap();
                let is_it = |pull: &&Value| pull["number"] == number;
                match self.pulls.iter().find(is_it) {
                    Some(pull) => Response::json(pull),
                    None => Response::refusal(404),
                }
            }
            ["pulls", _, "reviews"] => {
                // Pending reviews of others are counted and not shown.
                let mut shown = page(request, &self.reviews);
                shown.retain(|review| review["state"] != "PENDING");
                Response::json(&shown.into()).header("X-Total-Count", &self.reviews.len())
            }
            ["issues", _, "timeline"] => {
                let since = &request.query["since"];
                let recent = self.events.iter().filter(|event| {
                    event["created_at"]
                        .as_str()
                        .is_none_or(|at| at >= since.as_str())
                });
                let recent: Vec<_> = recent.cloned().collect();
                let mut shown = page(request, &recent);
                shown.retain(|event| !event.is_null());
                let count = shown.len();
                // A list without entries is a nil slice to Gitea, and so `null`.
                let list = if count == 0 {
                    Value::Null
                } else {
                    shown.into()
                };
                Response::json(&list).header("X-Total-Count", &count)
            }
            _ => Response::refusal(404),
        }
    }
}

fn user(login: &str) -> Value {
    json!({
        "id": 11, "login": login, "login_name": "", "source_id": 0, "full_name": "",
        "email": format!("{login}@noreply.localhost"), "avatar_url": "http://127.0.0.1/avatars/1",
        "html_url": format!("http://127.0.0.1/{login}"), "language": "", "is_admin": false,
        "last_login": "0001-01-01T00:00:00Z", "created": "2026-01-01T00:00:00Z",
        "restricted": false, "active": false, "prohibit_login": false, "visibility": "public",
        "username": login,
    })
}

/// Pull request `number` of carol to main, with the id 100 more and the head `head`.
fn pull(number: u64, head: char) -> Value {
    let repository = json!({ "id": 1, "name": "web", "full_name": "shop/web", "fork": false });
    json!({
        "id": 100 + number, "url": format!("http://127.0.0.1/shop/web/pulls/{number}"),
        "number": number, "user": user("carol"), "title": "A change", "body": "",
        "labels": [], "milestone": null, "assignee": null, "assignees": null,
        "requested_reviewers": [], "requested_reviewers_teams": [], "state": "open",
        "draft": false, "is_locked": false, "comments": 0, "additions": 1, "deletions": 0,
        "changed_files": 1, "html_url": format!("http://127.0.0.1/shop/web/pulls/{number}"),
        "diff_url": "", "patch_url": "", "mergeable": true, "merged": false, "merged_at": null,
        "merge_commit_sha": null, "merged_by": null, "allow_maintainer_edit": false,
        "base": { "label": "main", "ref": "main", "sha": commit('0').to_string(), "repo_id": 1, "repo": repository },
        "head": { "label": "change", "ref": "change", "sha": commit(head).to_string(), "repo_id": 1, "repo": repository },
        "merge_base": commit('0').to_string(), "due_date": null,
        "created_at": "2026-11-01T08:00:00Z", "updated_at": "2026-11-01T08:00:00Z",
        "closed_at": null, "pin_order": 0,
    })
}

/// A review at this minute past eight.
fn review(login: &str, state: &str, minute: u32, of: char) -> Value {
    json!({
        "id": 1000 + minute, "user": user(login), "team": null, "state": state, "body": "",
        "commit_id": commit(of).to_string(), "stale": false, "official": true,
        "dismissed": false, "comments_count": 0,
        "submitted_at": format!("2026-11-01T08:{minute:02}:00Z"),
        "updated_at": format!("2026-11-01T08:{minute:02}:00Z"),
        "html_url": "http://127.0.0.1/shop/web/pulls/7#issuecomment-1",
        "pull_request_url": "http://127.0.0.1/shop/web/pulls/7",
    })
}

/// Something that happens to a pull request at this minute past eight.
fn event(kind: &str, minute: u32) -> Value {
    json!({
        "id": minute, "type": kind, "html_url": "", "pull_request_url": "", "issue_url": "",
        "user": user("carol"), "body": "",
        "created_at": format!("2026-11-01T08:{minute:02}:00Z"),
        "updated_at": format!("2026-11-01T08:{minute:02}:00Z"),
        "old_ref": "release", "new_ref": "main", "review_id": 0,
    })
}

#[test]
fn the_pull_request_that_is_merged_is_known_by_its_number() {
    let server = Known::with_pull(pull(7, 'a'))
        .reviews([review("alice", "APPROVED", 5, 'a')])
        .start();
    let gate = Gate::to(&server, ForgeKind::Gitea);
    let found = gate.ask(Some(Number(7)), &[]).unwrap();
    assert_eq!(found.len(), 1);
    let request = &found[0];
    assert_eq!(request.number, 7);
    assert_eq!(request.url, "http://127.0.0.1/shop/web/pulls/7");
    assert_eq!(request.target, "refs/heads/main");
    assert_eq!(request.head, commit('a'));
    assert_eq!(request.author.as_deref(), Some("carol"));
    assert_eq!(
        reviews(request),
        [("alice", "Approved".to_owned(), Some(commit('a')))]
    );
    // 2026-11-01T08:05:00Z
    assert_eq!(request.reviews[0].at, 1_793_520_300);
    for asked in server.asked() {
        assert_eq!(asked.headers["authorization"], format!("token {TOKEN}"));
    }
}

#[test]
fn an_older_gitea_names_it_by_its_id_and_it_is_looked_up() {
    let mut known = Known::default();
    known.pulls.extend((1..=60).map(|number| pull(number, 'b')));
    let server = known.start();
    let found = Gate::to(&server, ForgeKind::Forgejo)
        .ask(Some(Id(155)), &[])
        .unwrap();
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].number, 55);
    let lists = server.asked();
    let lists = lists.iter().filter(|asked| asked.path.ends_with("/pulls"));
    assert_eq!(lists.count(), 2, "60 pull requests are two pages");
}

#[test]
fn a_direct_push_is_known_by_the_head() {
    let mut known = Known::with_pull(pull(1, 'a'));
    known.pulls.push(pull(2, 'b'));
    known.pulls.push(pull(3, 'c'));
    // Its branch is gone, and so is its head.
    known.pulls.push(with(pull(4, 'd'), "/head/sha", "".into()));
    // Gitea could not describe it.
    known.pulls.push(Value::Null);
    let server = known.start();
    let gate = Gate::to(&server, ForgeKind::Gitea);
    let found = gate
        .ask(None, &[commit('b'), commit('c'), commit('e')])
        .unwrap();
    let numbers: Vec<_> = found.iter().map(|request| request.number).collect();
    assert_eq!(numbers, [2, 3]);
    assert_eq!(gate.ask(None, &[commit('d')]).unwrap(), []);
}

#[test]
fn a_pull_request_that_leads_elsewhere_is_not_the_one() {
    let elsewhere = with(pull(7, 'a'), "/base/ref", "release".into());
    let closed = with(pull(8, 'a'), "/state", "closed".into());
    let merged = with(pull(9, 'a'), "/merged", true.into());
    let mut known = Known::default();
    known.pulls.extend([elsewhere, closed, merged]);
    let server = known.start();
    let gate = Gate::to(&server, ForgeKind::Gitea);
    for hint in [Number(7), Number(8), Number(9), Id(107), Id(108), Id(109)] {
        assert_eq!(
            gate.ask(Some(hint), &[commit('a')]).unwrap(),
            [],
            "{hint:?}"
        );
    }
}

#[test]
fn a_hint_that_leads_nowhere_leaves_the_heads() {
    let elsewhere = with(pull(7, 'a'), "/base/ref", "release".into());
    let mut known = Known::with_pull(elsewhere);
    known.pulls.push(pull(8, 'a'));
    let server = known.start();
    let gate = Gate::to(&server, ForgeKind::Gitea);
    for hint in [Number(7), Number(99), Id(99)] {
        let found = gate.ask(Some(hint), &[commit('a')]).unwrap();
        assert_eq!(found.len(), 1, "{hint:?}");
        assert_eq!(found[0].number, 8);
    }
}

#[test]
fn the_last_decisive_word_of_each_account_counts() {
    let known = Known::with_pull(pull(7, 'a')).reviews([
        review("alice", "APPROVED", 1, 'a'),
        review("bob", "REQUEST_CHANGES", 2, 'a'),
        review("dana", "APPROVED", 3, 'b'),
        review("alice", "COMMENT", 4, 'a'),
        review("dana", "REQUEST_CHANGES", 5, 'a'),
        review("bob", "APPROVED", 6, 'a'),
        with(
            review("erin", "APPROVED", 7, 'a'),
            "/dismissed",
            true.into(),
        ),
        review("frank", "APPROVED", 8, 'a'),
        with(
            review("frank", "REQUEST_CHANGES", 9, 'a'),
            "/dismissed",
            true.into(),
        ),
        with(review("", "REQUEST_REVIEW", 10, 'a'), "/user", Value::Null),
        with(review("gail", "APPROVED", 11, 'a'), "/commit_id", "".into()),
    ]);
    let found = Gate::to(&known.start(), ForgeKind::Gitea)
        .ask(Some(Number(7)), &[])
        .unwrap();
    assert_eq!(
        reviews(&found[0]),
        [
            ("alice", "Approved".to_owned(), Some(commit('a'))),
            ("dana", "ChangesRequested".to_owned(), Some(commit('a'))),
            ("bob", "Approved".to_owned(), Some(commit('a'))),
            ("gail", "Approved".to_owned(), None),
        ]
    );
}

#[test]
fn the_order_is_that_of_time_not_of_the_list() {
    let known = Known::with_pull(pull(7, 'a')).reviews([
        review("alice", "REQUEST_CHANGES", 9, 'a'),
        review("alice", "APPROVED", 1, 'a'),
    ]);
    let found = Gate::to(&known.start(), ForgeKind::Gitea)
        .ask(Some(Number(7)), &[])
        .unwrap();
    assert_eq!(
        reviews(&found[0]),
        [("alice", "ChangesRequested".to_owned(), Some(commit('a')))]
    );
}

#[test]
fn reviews_from_before_it_was_pointed_here_are_void() {
    let known = Known::with_pull(pull(7, 'a'))
        .reviews([
            review("alice", "APPROVED", 1, 'a'),
            review("bob", "APPROVED", 5, 'a'),
            review("dana", "APPROVED", 6, 'a'),
        ])
        .events([
            event("comment", 2),
            event("change_target_branch", 3),
            event("change_target_branch", 5),
            event("label", 7),
        ]);
    let found = Gate::to(&known.start(), ForgeKind::Gitea)
        .ask(Some(Number(7)), &[])
        .unwrap();
    assert_eq!(
        reviews(&found[0]),
        [("dana", "Approved".to_owned(), Some(commit('a')))]
    );
}

#[test]
fn hidden_comments_do_not_hide_that_it_was_pointed_here() {
    let busy = with(
        review("alice", "APPROVED", 1, 'a'),
        "/comments_count",
        120.into(),
    );
    let known = Known::with_pull(pull(7, 'a'))
        .reviews([busy])
        .events(std::iter::repeat_n(Value::Null, 120))
        .events([event("change_target_branch", 9)]);
    let found = Gate::to(&known.start(), ForgeKind::Gitea)
        .ask(Some(Number(7)), &[])
        .unwrap();
    assert_eq!(reviews(&found[0]), []);
}

#[test]
fn hidden_reviews_do_not_hide_those_after_them() {
    let pending = (0..70).map(|n| {
        let login = format!("user{n}");
        review(&login, "PENDING", 2, 'a')
    });
    let known = Known::with_pull(pull(7, 'a'))
        .reviews([review("alice", "APPROVED", 1, 'a')])
        .reviews(pending)
        .reviews([review("alice", "REQUEST_CHANGES", 3, 'a')]);
    let found = Gate::to(&known.start(), ForgeKind::Gitea)
        .ask(Some(Number(7)), &[])
        .unwrap();
    assert_eq!(
        reviews(&found[0]),
        [("alice", "ChangesRequested".to_owned(), Some(commit('a')))]
    );
}

#[test]
fn ten_thousand_reviews_are_read_and_more_are_refused() {
    let many = |count: usize| {
        let known = Known::with_pull(pull(7, 'a'))
            .reviews(std::iter::repeat_n(
                review("bob", "COMMENT", 1, 'a'),
                count - 1,
            ))
            .reviews([review("alice", "APPROVED", 2, 'a')]);
        Gate::to(&known.start(), ForgeKind::Gitea).ask(Some(Number(7)), &[])
    };
    assert_eq!(
        reviews(&many(10_000).unwrap()[0]),
        [("alice", "Approved".to_owned(), Some(commit('a')))]
    );
    let error = many(10_001).unwrap_err();
    assert!(matches!(error, Error::TooMuch { .. }), "{error}");
}

#[test]
fn each_question_is_asked_once() {
    let server = Known::with_pull(pull(7, 'a'))
        .reviews([review("alice", "APPROVED", 1, 'a')])
        .start();
    let gate = Gate::to(&server, ForgeKind::Gitea);
    let first = gate.ask(None, &[commit('a')]).unwrap();
    let asked = server.asked().len();
    assert_eq!(first.len(), 1);
    assert_eq!(gate.ask(None, &[commit('a'), commit('b')]).unwrap(), first);
    let named = gate.ask(Some(Id(107)), &[]).unwrap();
    assert!(named[0].is_being_merged);
    assert_eq!(named[0].reviews, first[0].reviews);
    assert_eq!(server.asked().len(), asked);
}

#[test]
fn what_has_no_pull_requests_is_not_asked_about() {
    let server = Known::with_pull(pull(7, 'a')).start();
    let gate = Gate::to(&server, ForgeKind::Gitea);
    let ask = |repository, name| gate.ask_of(repository, name, Some(Number(7)), &[commit('a')]);
    assert_eq!(ask("shop/web", "refs/tags/v1").unwrap(), []);
    assert_eq!(ask("shop/web.wiki", "refs/heads/main").unwrap(), []);
    assert_eq!(server.asked().len(), 0);
}

#[test]
fn names_are_escaped_and_must_be_an_owner_and_a_name() {
    let asked = Arc::new(Mutex::new(Vec::new()));
    let log = Arc::clone(&asked);
    let server = Server::start(move |request| {
        let branch = &request.query["base_branch"];
        log.lock()
            .unwrap()
            .push((request.path.clone(), branch.clone()));
        Response::json(&json!([]))
    });
    let gate = Gate::to(&server, ForgeKind::Gitea);
    let branch = "refs/heads/hot fix/ä&state=all";
    assert_eq!(gate.ask_of("shop/w b?", branch, None, &[]).unwrap(), []);
    assert_eq!(
        *asked.lock().unwrap(),
        [(
            "/api/v1/repos/shop/w%20b%3F/pulls".to_owned(),
            "hot%20fix%2F%C3%A4%26state%3Dall".to_owned()
        )]
    );
    for name in ["web", "/web", "shop/", "a/b/c", ""] {
        let error = gate.ask_of(name, "refs/heads/main", None, &[]).unwrap_err();
        assert!(matches!(error, Error::Repository { .. }), "{name}: {error}");
    }
}

#[test]
fn what_is_not_understood_is_no_approval() {
    let approved = || review("alice", "APPROVED", 1, 'a');
    let mut wrong = vec![
        with(approved(), "/state", "BLESSED".into()),
        with(approved(), "/state", "".into()),
        with(approved(), "/user", Value::Null),
        with(approved(), "/commit_id", "HEAD".into()),
        with(approved(), "/commit_id", Value::Null),
        with(approved(), "/submitted_at", "yesterday".into()),
        with(approved(), "/dismissed", "false".into()),
        json!([]),
        Value::Null,
    ];
    for key in [
        "id",
        "user",
        "state",
        "commit_id",
        "dismissed",
        "submitted_at",
    ] {
        let mut review = approved();
        review.as_object_mut().unwrap().remove(key);
        // A user that is missing and one that is null are the same to everyone.
        wrong.push(review);
    }
    for review in wrong {
        let server = Known::with_pull(pull(7, 'a'))
            .reviews([review.clone()])
            .start();
        let answer = Gate::to(&server, ForgeKind::Gitea).ask(Some(Number(7)), &[]);
        assert!(
            matches!(answer, Err(Error::Nonsense { .. })),
            "{review} gives {answer:?}"
        );
    }
    for pull in [
        with(pull(7, 'a'), "/state", "ajar".into()),
        with(pull(7, 'a'), "/merged", Value::Null),
        with(pull(7, 'a'), "/base", Value::Null),
        with(pull(7, 'a'), "/head/sha", "main".into()),
        with(pull(7, 'a'), "/head/sha", "".into()),
        with(pull(7, 'a'), "/id", "7".into()),
    ] {
        let answer = Gate::to(&Known::with_pull(pull.clone()).start(), ForgeKind::Gitea)
            .ask(Some(Number(7)), &[]);
        assert!(
            matches!(answer, Err(Error::Nonsense { .. })),
            "{pull} gives {answer:?}"
        );
    }
}
