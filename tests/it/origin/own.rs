//! `repo_policy: tighten`: a repository asks for more than its server, never for less, and cannot shut itself out.

use super::{portcullis, push_main};
use crate::support::{Server, Setup, WorkingClone};
use std::fs;

const FILE: &str = ".portcullis.yml";

fn policy(repo_policy: &str) -> String {
    format!(
        r#"
version: 1
repo_policy: {repo_policy}
people:
  alice: {{ emails: [alice@shop.example], accounts: [alice] }}
  bob: {{ emails: [bob@shop.example], accounts: [bob] }}
groups: {{ payers: [alice] }}
zones: {{ payments: {{ tier: critical, paths: [payments/**], owners: [payers] }} }}
path_sets: {{ ledger: [ledger/**] }}
rules:
  - id: payments-ticket
    zones: [payments]
    require: {{ trailers: [{{ key: Change-Ticket, from: [owners] }}] }}
  - id: ledger-ticket
    paths: ["@ledger"]
    require: {{ trailers: [{{ key: Change-Ticket }}] }}
  - id: ordinary-code
    tiers: [medium]
    refs: [release/*]
    trusts: []
    require: {{ trailers: [{{ key: Ticket }}] }}
"#
    )
}

/// Rules of its own, in terms of the server's people and zones.
const OWN: &str = r#"
version: 1
path_sets: { ledger: [nowhere], mine: [web/**, "@ledger"] }
rules:
  - id: payments-ticket
    mode: off
    paths: [payments/**]
    deny: Never mind.
  - id: web-review
    paths: ["@mine"]
    require: { trailers: [{ key: Reviewed-by, from: [payers] }] }
  - { id: tags-stay, refs: [refs/tags/*], when: { update: [delete] }, deny: Keep it. }
  - { id: no-secrets, when: { added: 'SECRET' }, deny: Keep it out. }
"#;

fn scene(repo_policy: &str) -> (Server, WorkingClone) {
    let server = Server::new(&policy(repo_policy));
    let clone = server.working_clone();
    clone.write("README", "").commit("Begin");
    push_main(&clone);
    (server, clone)
}

#[test]
fn a_repository_adds_rules_and_weakens_none() {
    let (server, clone) = scene("tighten");
    // What a push brings itself does not count yet.
    clone
        .write("web/site.css", "1")
        .write(FILE, OWN)
        .commit("Rules of our own");
    push_main(&clone);
    let try_one = |file: &str, text: &str| {
        clone.take_back();
        clone.write(file, text).commit("Change it");
        clone.push_main().in_one_line()
    };
    try_one("web/site.css", "2").assert_refused(&["repo/web-review", "Reviewed-by"]);
    try_one("src/main.rs", "SECRET").assert_refused(&["error: repo/no-secrets", "Keep it out"]);
    // Their own names are theirs alone: the server's rules mean what they meant.
    try_one("payments/charge.rs", "1").assert_refused(&["error: payments-ticket"]);
    try_one("ledger/book.rs", "1").assert_refused(&["error: ledger-ticket"]);
    clone.take_back();
    clone
        .write("web/site.css", "2")
        .commit_with("Change it", &["Reviewed-by: A <alice@shop.example>"]);
    push_main(&clone);
    // They hold on other branches, as the default branch has them.
    clone
        .write("web/site.css", "3")
        .write(FILE, "version: 1\n")
        .commit("On a branch");
    clone
        .push(["HEAD:topic"])
        .in_one_line()
        .assert_refused(&["repo/web-review"]);
    let repo = [
        "explain",
        "--policy",
        "policy.yml",
        "--repo",
        "server.git",
        "main~1..main",
    ];
    let (_, said) = portcullis(server.folder(), &repo);
    assert!(said.contains("repo/web-review"), "{said}");

    // What they govern alone is verified too.
    server.set_policy(&(policy("tighten") + "audit: { file: audit.jsonl }\n"));
    clone.push(["main:refs/tags/v1"]).assert_silent();
    let verify = ["verify", "--policy", "policy.yml", "--repo", "server.git"];
    assert_eq!(portcullis(server.folder(), &verify).0, 0);
    server.git().run(["update-ref", "-d", "refs/tags/v1"]);
    let (code, said) = portcullis(server.folder(), &verify);
    assert_eq!((code, said.contains("refs/tags/v1")), (1, true), "{said}");

    server.set_policy(&policy("ignore"));
    try_one("web/site.css", "4").assert_silent();
}

#[test]
fn a_refusal_by_its_rules_is_explained_by_its_id() {
    let (server, clone) = scene("tighten");
    server.set_policy(&(policy("tighten") + "audit: { file: audit.jsonl }\n"));
    clone.write(FILE, OWN).commit("Rules of our own");
    push_main(&clone);
    clone.write("web/site.css", "1").commit("Change it");
    clone.push_main().assert_refused(&["repo/web-review"]);
    let ledger = server.ledger();
    let id = ledger.last().expect("a line")["id"].as_str();
    let clone = clone.path("").display().to_string();
    let explain = ["explain", "--policy", "policy.yml", "--repo", &clone];
    let asked = [&explain[..], &["--json", id.expect("an id")]].concat();
    let (code, said) = portcullis(server.folder(), &asked);
    let decision: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(code, 1, "{said}");
    assert_eq!(decision["findings"][0]["rule"], "repo/web-review", "{said}");
}

#[test]
fn the_admins_exceptions_can_name_its_rules() {
    let exceptions = |waived: &str| {
        format!(
            "bypass: {{ people: [alice], except: [repo/no-secrets] }}
waivers: [{{ rule: {waived}, until: 2999-01-31, reason: it is moved }}]
"
        )
    };
    let server = Server::with(&Setup {
        policy: &policy("tighten"),
        forge: "ssh",
        push_options: true,
        ..Setup::default()
    });
    let clone = server.working_clone().env("PORTCULLIS_PUSHER", "alice");
    clone.write(FILE, OWN).commit("Rules of our own");
    push_main(&clone);
    // One that no repository has is none to complain of: another may have it.
    server.set_policy(&(policy("tighten") + &exceptions("repo/of-another")));
    let break_glass = |file: &str, text: &str| {
        clone.take_back();
        clone.write(file, text).commit("Change it");
        clone.push(["-obreak-glass=INC-1", "main"]).in_one_line()
    };
    break_glass("src/main.rs", "SECRET")
        .assert_refused(&["`repo/no-secrets` holds nevertheless (`bypass.except`)"]);
    clone.take_back();
    clone.write("web/site.css", "1").commit("Change it");
    clone.push_main().assert_refused(&["repo/web-review"]);
    server.set_policy(&(policy("tighten") + &exceptions("repo/web-review")));
    push_main(&clone);
    server.set_policy(&(policy("tighten") + &exceptions("repo/of-another")));
    let push = break_glass("web/site.css", "2");
    assert!(push.accepted, "{}", push.stderr);
    assert!(push.remote.contains("bypassed: repo/web-review"));

    // Where repositories have no rules of their own, and where none could have this one, it is a slip.
    for (repo_policy, waived, said) in [
        (
            "ignore",
            "repo/web-review",
            "with `repo_policy: tighten` only",
        ),
        ("tighten", "repo/Web", "there is no rule `repo/Web`"),
    ] {
        server.set_policy(&(policy(repo_policy) + &exceptions(waived)));
        let (code, output) = portcullis(server.folder(), &["check", "policy.yml"]);
        assert!(code == 2 && output.contains(said), "{output}");
    }
}

#[test]
fn what_would_weaken_or_overwhelm_is_refused_when_it_is_pushed() {
    let (server, clone) = scene("tighten");
    let git = server.git();
    git.run(["symbolic-ref", "refs/heads/alias", "refs/heads/main"]);
    let rule = "rules: [{ id: it, deny: no }]\n";
    let huge = "# long\n".repeat(10_000);
    let long = "x".repeat(6_000);
    let texts = format!("rules:\n  - id: it\n    deny: &a {long}\n    description: *a\n");
    let lists = (0..7).fold("a0: &a0 [x,x,x,x,x,x,x,x,x]\n".to_owned(), |text, n| {
        let names = vec![format!("*a{n}"); 9].join(",");
        format!("{text}a{}: &a{} [{names}]\n", n + 1, n + 1)
    });
    let expressions: String = (0..150)
        .map(|n| format!("- {{ id: r{n}, when: {{ message: a }}, deny: no }}\n"))
        .collect();
    for (own, said) in [
        (format!("mode: off\n{rule}"), "unknown key `mode`"),
        (
            format!("people: {{ mallory: {{ accounts: [alice] }} }}\n{rule}"),
            "unknown key `people`",
        ),
        (
            format!("groups: {{ payers: [bob] }}\n{rule}"),
            "unknown key `groups`",
        ),
        (
            format!("keys: {{ allowed_signers: [/etc/passwd] }}\n{rule}"),
            "unknown key `keys`",
        ),
        (
            format!("zones: {{ payments: {{ tier: low, paths: [x] }} }}\n{rule}"),
            "unknown key `zones`",
        ),
        (
            format!("include: /etc/shadow\n{rule}"),
            "unknown key `include`",
        ),
        (
            format!("bypass: {{ people: [bob] }}\n{rule}"),
            "unknown key `bypass`",
        ),
        (
            format!("path_sets: {{ control: [x] }}\n{rule}"),
            "`control` is built in",
        ),
        (
            "rules: [{ id: it, zones: [pay], deny: no }]\n".to_owned(),
            "no zone `pay`",
        ),
        (
            "rules: [{ id: it, require: { trailers: [{ key: A, from: [mallory] }] } }]\n"
                .to_owned(),
            "`mallory`",
        ),
        (
            "rules: [{ id: repo/it, deny: no }]\n".to_owned(),
            "kebab-case",
        ),
        ("rules: [\n".to_owned(), "this is not YAML"),
        (
            "rules: [{ id: it, when: { message: '\\w{500}' }, deny: no }]\n".to_owned(),
            "compiles to more than",
        ),
        (
            format!("rules:\n{expressions}"),
            "too many regular expressions",
        ),
        (
            texts.replace("*a", &format!("[{}]", "*a,".repeat(3_000))),
            ".portcullis.yml",
        ),
        (lists, ".portcullis.yml"),
        (huge, "longer than 16 KiB"),
        ("# \u{202e}\n".to_owned(), "cannot be seen"),
    ] {
        clone.take_back();
        clone
            .write(FILE, format!("version: 1\n{own}"))
            .commit("Rules of our own");
        for name in ["main", "main:alias"] {
            let push = clone.push([name]).in_one_line();
            push.assert_refused(&["would leave wrong rules of the repository itself", said]);
            assert!(!push.remote.contains("gate failed"), "{}", push.stderr);
        }
    }
    // A link is no file: what it leads to is not read.
    clone.take_back();
    std::os::unix::fs::symlink("/etc/passwd", clone.path(FILE)).expect("a link can be made");
    clone.commit("A link");
    push_main(&clone);
}

#[test]
fn it_can_be_checked_before_it_is_pushed() {
    let (server, _clone) = scene("tighten");
    let file = server.folder().join(FILE);
    let check = ["check", "--policy", "policy.yml", "--own", FILE];
    fs::write(&file, OWN).expect("a file can be written");
    let (code, said) = portcullis(server.folder(), &check);
    assert_eq!(
        (code, said.as_str()),
        (0, ".portcullis.yml: fine, on top of that policy\n")
    );
    fs::write(&file, OWN.replace("payers", "players")).expect("a file can be written");
    let (code, said) = portcullis(server.folder(), &check);
    assert_eq!(code, 2, "{said}");
    assert!(said.contains("--> .portcullis.yml:11:54"), "{said}");
    assert!(said.contains("did you mean `payers`?"), "{said}");
}

#[test]
fn rules_that_became_wrong_can_be_mended_and_hide_nothing() {
    let (server, clone) = scene("tighten");
    clone.write(FILE, OWN).commit("Rules of our own");
    push_main(&clone);
    server.set_policy(&policy("tighten").replace("payers", "payroll"));
    let wrong = [
        "the rules of this repository itself are wrong",
        ".portcullis.yml:11:54: there is no person",
        "`payers`",
    ];
    let refused = |refspec: &str| clone.push([refspec]).in_one_line().assert_refused(&wrong);

    clone.write("README", "changed").commit("Harmless");
    refused("main");
    refused("HEAD:topic");
    refused("HEAD:refs/tags/v1");
    // Proposals are accepted untouched, so that a forge can show the repair.
    clone.push(["HEAD:refs/changes/1"]).assert_silent();
    let mended = OWN.replace("payers", "payroll");
    clone.write(FILE, &mended).commit("Mend it, and more");
    refused("main");
    refused("HEAD:topic");

    clone.take_back();
    clone
        .write(FILE, OWN.replace("payers", "nobody"))
        .commit("Mend it badly");
    refused("HEAD:topic");
    clone.take_back();
    clone.write(FILE, &mended).commit("Mend it");
    clone.push(["HEAD:topic"]).assert_silent();
    push_main(&clone);
    clone.write("web/site.css", "1").commit("Change it");
    clone.push_main().assert_refused(&["repo/web-review"]);

    // To remove it mends it too.
    server.set_policy(&policy("tighten"));
    clone.take_back();
    fs::remove_file(clone.path(FILE)).expect("it is there");
    clone.commit("No rules of our own");
    push_main(&clone);
}
