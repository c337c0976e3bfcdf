//! Reviews on a Gitea, and the button that merges there.

use std::sync::{Arc, Mutex};

use serde_json::{Value, json};

use super::super::{Scene, charge, refused, show};
use super::{RULES, minutes_ago, rules};
use crate::reviews::server::{Request, Response, Server as Web};
use crate::support::{Setup, WorkingClone};

/// What the Gitea knows of `shop/web`: pull request 7 of alice to main.
#[derive(Default)]
struct Known {
    head: Option<String>,
    reviews: Vec<Value>,
    is_out_of_order: bool,
}

impl Known {
    fn answer(&self, request: &Request) -> Response {
        if self.is_out_of_order {
            return Response::refusal(503);
        }
        let pulls: Vec<Value> = self.head.iter().map(|head| pull(head)).collect();
        let list =
            |list: &[Value]| Response::json(&list.into()).header("X-Total-Count", &list.len());
        match request.path.strip_prefix("/api/v1/repos/shop/web/") {
            Some("pulls") => list(&pulls),
            Some("pulls/7") => pulls.first().map_or(Response::refusal(404), Response::json),
            Some("pulls/7/reviews") => list(&self.reviews),
            Some("issues/7/timeline") => list(&[]),
            _ => Response::refusal(404),
        }
    }
}

fn pull(head: &str) -> Value {
    json!({
        "id": 107, "number": 7, "html_url": "http://127.0.0.1/shop/web/pulls/7", "state": "open",
        "merged": false, "user": { "login": "alice" }, "base": { "ref": "main" }, "head": { "sha": head },
    })
}

/// A guarded server beside its Gitea.
struct Shop {
    scene: Scene,
    web: Web,
    known: Arc<Mutex<Known>>,
}

impl Shop {
    fn new() -> Self {
        Self::under(RULES)
    }

    fn under(rules: &str) -> Self {
        let known = Arc::new(Mutex::new(Known::default()));
        let asked = Arc::clone(&known);
        let web =
            Web::start(move |request| asked.lock().expect("no test fails in it").answer(request));
        let setup = Setup {
            forge: "gitea",
            ..Setup::default()
        };
        let scene = Scene::of(&setup, "rules: []\n");
        scene.govern(&super::rules("gitea", &web, scene.keys.path(), rules));
        Shop { scene, web, known }
    }

    fn known(&self) -> std::sync::MutexGuard<'_, Known> {
        self.known.lock().expect("no test fails in it")
    }

    /// A clone that `name` pushes from, as Gitea tells the hook.
    fn clone_of(&self, name: &str) -> WorkingClone {
        self.scene
            .clone_of(name)
            .env("GITEA_REPO_USER_NAME", "shop")
            .env("GITEA_REPO_NAME", "web")
            .env("GITEA_PUSHER_NAME", name)
            .env("SSH_ORIGINAL_COMMAND", "git-receive-pack '/shop/web.git'")
    }

    /// The clone in which Gitea merges when `name` presses the button.
    fn merging(&self, name: &str) -> WorkingClone {
        self.clone_of(name)
            .env("SSH_ORIGINAL_COMMAND", "gitea-internal")
            .env("GITEA_PUSH_TRIGGER", "pr-merge-to-base")
            .env("GITEA_PR_ID", "107")
            .env("GITEA_PR_INDEX", "7")
    }

    fn review(&self, login: &str, state: &str, of: &str, minutes: i64) {
        let mut known = self.known();
        let id = known.reviews.len();
        known.reviews.push(json!({
            "id": id, "user": { "login": login }, "state": state, "commit_id": of,
            "dismissed": false, "comments_count": 0, "submitted_at": minutes_ago(minutes),
        }));
    }

    /// Alice's pull request, of one commit, in a clone of hers.
    fn pull_request(&self) -> (WorkingClone, String) {
        let alice = self.clone_of("alice");
        alice.git().run(["checkout", "--quiet", "-b", "topic"]);
        charge(&alice, "1");
        let head = show(&alice);
        self.known().head = Some(head.clone());
        (alice, head)
    }
}

#[test]
fn a_review_lets_in_and_too_few_or_dismissed_ones_do_not() {
    let shop = Shop::new();
    let (alice, head) = shop.pull_request();
    let push = || alice.push(["HEAD:main"]);
    refused(
        push(),
        &[
            "payments-approved",
            "1 approval",
            "a review of a pull request into this ref counts too",
        ],
    );
    shop.review("stranger", "APPROVED", &head, 9);
    refused(push(), &["the account stranger is of nobody in the policy"]);
    shop.review("mallory", "APPROVED", &head, 8);
    refused(push(), &["mallory is not asked to approve this"]);
    shop.review("alice", "APPROVED", &head, 7);
    refused(push(), &["of alice does not count"]);
    shop.review("bob", "COMMENT", &head, 6);
    refused(push(), &["payments-approved"]);
    shop.review("bob", "APPROVED", &head, 5);
    shop.known().reviews[4]["dismissed"] = true.into();
    refused(push(), &["payments-approved"]);
    shop.review("bob", "REQUEST_CHANGES", &head, 4);
    refused(push(), &["payments-approved"]);
    shop.review("bob", "APPROVED", &head, 3);
    push().assert_silent();
}

#[test]
fn a_persons_last_word_counts_whichever_account_said_it() {
    let shop = Shop::new();
    let policy = std::fs::read_to_string(shop.scene.server.policy()).expect("it is there");
    let policy = policy.replace("accounts: [bob]", "accounts: [bob, bob-admin]");
    shop.scene.server.set_policy(&policy);
    let (alice, head) = shop.pull_request();
    shop.review("bob", "APPROVED", &head, 5);
    shop.review("bob-admin", "REQUEST_CHANGES", &head, 4);
    refused(alice.push(["HEAD:main"]), &["payments-approved"]);
    shop.review("bob", "APPROVED", &head, 3);
    alice.push(["HEAD:main"]).assert_silent();
}

#[test]
fn a_review_of_an_older_commit_holds_while_the_change_is_the_same() {
    let shop = Shop::new();
    let (alice, head) = shop.pull_request();
    shop.review("bob", "APPROVED", &head, 5);
    alice.write("web/site.css", "p {}\n").commit("Style");
    shop.known().head = Some(show(&alice));
    let styled = alice.head();
    charge(&alice, "2");
    shop.known().head = Some(show(&alice));
    refused(
        alice.push(["HEAD:main"]),
        &["services/payments/charge.rs differs from what it approves"],
    );
    shop.known().head = Some(styled.clone());
    alice.push([format!("{styled}:main")]).assert_silent();
}

#[test]
fn c9_a_review_of_another_pull_request_or_one_that_is_closed() {
    let shop = Shop::new();
    let (alice, head) = shop.pull_request();
    shop.review("bob", "APPROVED", &head, 5);
    // The forge knows a pull request, and it is not what is pushed.
    shop.known().head = Some(alice.git().run(["rev-parse", "HEAD~1"]));
    alice.write("web/site.css", "p {}\n").commit("Style");
    let styled = alice.head();
    shop.known().head = Some("a".repeat(40));
    refused(alice.push(["HEAD:main"]), &["payments-approved"]);
    shop.known().head = Some(styled);
    alice.push(["HEAD:main"]).assert_silent();
}

#[test]
fn the_forge_is_asked_only_when_nothing_else_helps() {
    let shop = Shop::new();
    let (alice, head) = shop.pull_request();
    let styles = shop.clone_of("dana");
    styles.write("web/site.css", "p {}\n").commit("Style");
    styles.push_main().assert_silent();
    assert_eq!(shop.web.asked().len(), 0);
    let trailers = [
        "Approves: refs/heads/main".to_owned(),
        "Repository: shop/web".to_owned(),
    ];
    alice.fetch();
    alice.git().run(["rebase", "--quiet", "origin/main"]);
    refused(alice.push(["HEAD:main"]), &["payments-approved"]);
    let asked = shop.web.asked().len();
    assert!(0 < asked && asked < 4, "{:?}", shop.web.asked());
    shop.scene.sign("bob", &head, &trailers).assert_silent();
    alice.push(["HEAD:main"]).assert_silent();
    assert_eq!(shop.web.asked().len(), asked);
}

#[test]
fn d2_a_forge_that_does_not_answer_refuses_what_needs_it_and_nothing_else() {
    let shop = Shop::new();
    shop.known().is_out_of_order = true;
    let (alice, head) = shop.pull_request();
    let push = alice.push(["HEAD:main"]).in_one_line();
    push.assert_refused(&["the gate failed"]);
    assert!(
        !push.remote.contains("payments-approved"),
        "{}",
        push.remote
    );
    let styles = shop.clone_of("dana");
    styles.write("web/site.css", "p {}\n").commit("Style");
    styles.push_main().assert_silent();
    shop.known().is_out_of_order = false;
    shop.review("bob", "APPROVED", &head, 5);
    alice.fetch();
    alice.git().run(["rebase", "--quiet", "origin/main"]);
    shop.known().head = Some(alice.head());
    alice.push(["HEAD:main"]).assert_silent();
}

/// What Gitea makes of alice's topic in each of its ways.
fn merge(gitea: &WorkingClone, way: &str, head: &str) {
    let git = gitea.git();
    git.run(["fetch", "--quiet", "origin", head]);
    match way {
        "merge" => drop(git.run(["merge", "--quiet", "--no-ff", "-m", "Merge #7", head])),
        "squash" => {
            git.run(["merge", "--quiet", "--squash", head]);
            let author = "--author=alice <alice@shop.example>";
            git.run(["commit", "--quiet", author, "-m", "Charge (#7)"]);
        }
        _ => {
            git.run(["checkout", "--quiet", head]);
            git.run(["rebase", "--quiet", "--force-rebase", "origin/main"]);
            git.run(["checkout", "--quiet", "-B", "main"]);
        }
    }
}

#[test]
fn an_approver_may_press_the_button() {
    for way in ["merge", "squash", "rebase"] {
        let shop = Shop::new();
        let (_alice, head) = shop.pull_request();
        shop.review("bob", "APPROVED", &head, 5);
        let other = shop.clone_of("dana");
        other.write("web/site.css", "p {}\n").commit("Style");
        other.push_main().assert_silent();
        // The same by hand makes bob a contributor,
        let by_hand = shop.clone_of("bob");
        merge(&by_hand, way, &head);
        refused(by_hand.push_main(), &["payments-approved", "given by dana"]);
        // also where the variables of a merge are not Gitea's own.
        let forged = by_hand
            .env("GITEA_PUSH_TRIGGER", "pr-merge-to-base")
            .env("GITEA_PR_INDEX", "7");
        refused(forged.push_main(), &["payments-approved", "given by dana"]);
        let gitea = shop.merging("bob");
        merge(&gitea, way, &head);
        gitea.push_main().assert_silent();
    }
}

#[test]
fn the_button_adds_nothing() {
    let shop = Shop::new();
    let (_alice, head) = shop.pull_request();
    shop.review("bob", "APPROVED", &head, 5);
    let gitea = shop.merging("bob");
    merge(&gitea, "squash", &head);
    gitea.write("services/payments/more.rs", "x\n");
    gitea.git().run(["add", "--all"]);
    gitea
        .git()
        .run(["commit", "--quiet", "--amend", "--no-edit"]);
    refused(
        gitea.push_main(),
        &["payments-approved", "of bob does not count"],
    );
}

#[test]
fn whoever_made_the_pull_request_merges_it_without_approving_it() {
    let shop = Shop::new();
    let (_alice, head) = shop.pull_request();
    shop.review("alice", "APPROVED", &head, 5);
    let gitea = shop.merging("alice");
    merge(&gitea, "merge", &head);
    refused(gitea.push_main(), &["of alice does not count"]);
    // Nor does it help bob that alice opened it, if the commits are his.
    let bob = shop.clone_of("bob");
    charge(&bob, "bobs");
    let of_bob = show(&bob);
    shop.known().head = Some(of_bob.clone());
    shop.review("bob", "APPROVED", &of_bob, 4);
    let gitea = shop.merging("bob");
    merge(&gitea, "squash", &of_bob);
    refused(gitea.push_main(), &["of bob does not count"]);
    shop.review("dana", "APPROVED", &of_bob, 3);
    gitea.push_main().assert_silent();
}

#[test]
fn c8_a_head_that_moved_after_the_review() {
    let shop = Shop::new();
    let (alice, head) = shop.pull_request();
    shop.review("bob", "APPROVED", &head, 5);
    charge(&alice, "2");
    let moved = show(&alice);
    shop.known().head = Some(moved.clone());
    let gitea = shop.merging("dana");
    merge(&gitea, "merge", &moved);
    refused(
        gitea.push_main(),
        &["charge.rs differs from what it approves"],
    );
    shop.review("dana", "APPROVED", &moved, 4);
    gitea.push_main().assert_silent();
}

#[test]
fn c9_a_review_lets_a_change_in_once() {
    let shop = Shop::new();
    let (alice, reviewed) = shop.pull_request();
    shop.review("bob", "APPROVED", &reviewed, 50);
    // What lands is the same change in another commit, so main never holds the one that was reviewed.
    let push_anew = |title: &str| {
        alice
            .git()
            .run(["commit", "--quiet", "--amend", "-m", title]);
        shop.known().head = Some(show(&alice));
        alice.push(["HEAD:main"])
    };
    push_anew("Charge, with a better title").assert_silent();
    alice.git().run(["revert", "--no-edit", "HEAD"]);
    let reverted = show(&alice);
    shop.known().head = Some(reverted.clone());
    shop.review("dana", "APPROVED", &reverted, 40);
    alice.push(["HEAD:main"]).assert_silent();
    // The pull request is open still, and bob's review is his newest.
    alice.git().run(["cherry-pick", &reviewed]);
    refused(
        push_anew("Charge again"),
        &["it has let a change in before"],
    );
    shop.review("bob", "APPROVED", &reviewed, 5);
    push_anew("Charge again, as bob says").assert_silent();
}

#[test]
fn the_button_is_free_for_whoever_signed_the_approval_too() {
    let by_signature = RULES.replace("from: [owners]", "from: [owners], by: [signature]");
    let shop = Shop::under(&by_signature);
    let (_alice, head) = shop.pull_request();
    let trailers = [
        "Approves: refs/heads/main".to_owned(),
        "Repository: shop/web".to_owned(),
    ];
    shop.review("dana", "APPROVED", &head, 5);
    let gitea = shop.merging("bob");
    merge(&gitea, "squash", &head);
    refused(
        gitea.push_main(),
        &["approvals by review do not count here"],
    );
    shop.scene.sign("bob", &head, &trailers).assert_silent();
    gitea.push_main().assert_silent();
}

#[test]
fn a_merge_that_another_kind_of_server_did_not_make() {
    // The variables are Gitea's, and the server is none.
    let web = Web::start(|_| Response::refusal(404));
    let scene = Scene::new();
    scene.govern(&rules("gitea", &web, scene.keys.path(), RULES));
    let alice = scene.clone_of("alice");
    charge(&alice, "1");
    let head = show(&alice);
    scene.approve("bob", &head);
    let bob = scene
        .clone_of("bob")
        .env("SSH_ORIGINAL_COMMAND", "gitea-internal")
        .env("GITEA_PUSHER_NAME", "alice")
        .env("GITEA_PUSH_TRIGGER", "pr-merge-to-base")
        .env("GITEA_PR_INDEX", "7")
        .env("GL_PROTOCOL", "web");
    bob.git().run(["fetch", "--quiet", "origin", &head]);
    let push = bob.push([format!("{head}:main")]);
    // The forge has no such repository, so the gate fails; it does not take bob for anyone else.
    assert!(!push.accepted, "{}", push.stderr);
    alice.push_main().assert_silent();
}
