//! Approvals of a merge request on a GitLab.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::super::{Scene, charge, refused, show};
use super::{RULES, minutes_ago, rules};
use crate::reviews::server::{Request, Response, Server as Web, page};
use crate::support::{Setup, WorkingClone};

/// What the GitLab knows of `shop/web`: merge request 7 of alice to main.
#[derive(Default)]
struct Known {
    is_being_merged: bool,
    /// The heads of its versions, each with its time, the oldest first.
    versions: Vec<(String, String)>,
    approvals: Vec<Value>,
}

impl Known {
    fn answer(&self, request: &Request) -> Response {
        let root = "/api/v4/projects/shop%2Fweb/merge_requests";
        let Some((head, _)) = self.versions.last() else {
            return Response::json(&json!([]));
        };
        let state = if self.is_being_merged {
            "locked"
        } else {
            "opened"
        };
        let open = json!({
            "id": 107, "iid": 7, "web_url": "http://127.0.0.1/shop/web/-/merge_requests/7",
            "state": state, "target_branch": "main", "sha": head, "author": { "username": "alice" },
        });
        let versions: Vec<Value> = self
            .versions
            .iter()
            .enumerate()
            .map(|(id, (head, at))| json!({ "id": id, "head_commit_sha": head, "created_at": at }))
            .rev()
            .collect();
        let list = |entries: &[Value]| Response::json(&page(request, entries).into());
        match request.path.strip_prefix(root) {
            Some("") if request.query["state"] == state => list(&[open]),
            Some("") => list(&[]),
            Some("/7") => Response::json(&open),
            Some("/7/approvals") => Response::json(&json!({ "approved_by": self.approvals })),
            Some("/7/versions") => list(&versions),
            _ => Response::refusal(404),
        }
    }
}

fn approval(name: &str, minutes: i64) -> Value {
    json!({ "user": { "username": name }, "approved_at": minutes_ago(minutes) })
}

/// A clone that `name` pushes from, as GitLab tells the hook.
fn clone_of(scene: &Scene, name: &str) -> WorkingClone {
    scene
        .clone_of(name)
        .env("GL_USERNAME", name)
        .env("GL_ID", "user-1")
        .env("GL_PROTOCOL", "ssh")
}

#[test]
fn approved_then_changed_then_approved_again_and_merged_by_the_approver() {
    let known = Arc::new(Mutex::new(Known::default()));
    let asked = Arc::clone(&known);
    let web = Web::start(move |request| asked.lock().expect("no test fails in it").answer(request));
    let scene = Scene::of(
        &Setup {
            forge: "gitlab",
            ..Setup::default()
        },
        "rules: []\n",
    );
    scene.govern(&rules("gitlab", &web, scene.keys.path(), RULES));
    let known = || known.lock().expect("no test fails in it");

    let alice = clone_of(&scene, "alice");
    charge(&alice, "1");
    let first = show(&alice);
    known().versions.push((first.clone(), minutes_ago(30)));
    refused(alice.push_main(), &["payments-approved"]);
    known().approvals.push(approval("bob", 20));
    charge(&alice, "2");
    let second = show(&alice);
    known().versions.push((second.clone(), minutes_ago(10)));
    refused(
        alice.push_main(),
        &[
            "payments-approved",
            "charge.rs differs from what it approves",
        ],
    );
    known().approvals = vec![approval("bob", 5)];
    // Bob merges it, by hand and by the button.
    let bob = clone_of(&scene, "bob");
    bob.git().run(["fetch", "--quiet", "origin", &second]);
    bob.git()
        .run(["merge", "--quiet", "--no-ff", "-m", "Merge !7", &second]);
    refused(bob.push_main(), &["of bob does not count"]);
    // What comes from the web and is no merge request being merged frees nobody.
    let bob = bob.env("GL_PROTOCOL", "web");
    let push = bob.push_main();
    assert!(!push.accepted, "{}", push.stderr);
    assert!(push.remote.contains("GL-HOOK-ERR: "), "{}", push.remote);
    refused(push, &["of bob does not count"]);
    known().is_being_merged = true;
    let push = bob.push_main();
    assert!(push.accepted, "{}", push.stderr);
}
