//! `portcullis test`: cases are told apart from what came of them, beside each other, and mutants from the policy.

use std::fs;
use std::path::Path;

use tempfile::TempDir;

use crate::support::{Run, portcullis};

const KEYS: &str = "\
version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice], keys: [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIPCtBt5Hy1ImIhEWfBbLpo8Rtc6HICDhYLLl7PwhRP1t\"] }
  bob: { emails: [bob@shop.example], accounts: [bob], keys: [\"ssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIEK0HxpLYhXfnJVV5Sx7Wr6H1CGXDRQzKnCJ3K8YnFIe\"] }
  carol: { emails: [carol@shop.example], accounts: [carol] }
";

#[test]
fn what_came_stands_beside_what_was_expected() {
    let long = format!("services/payments/{}charge.rs", "deep/".repeat(20));
    let folder = folder(
        "version: 1\nrules:\n  - { id: ticket, refs: main, paths: services/**, require: { trailers: { key: Ticket } } }\n  - { id: nobody, refs: main, paths: nothing/**, deny: no }\n",
        &format!(
            "cases:\n\
             - {{ name: it passes, push: {{ main: {{ commits: [{{ write: {{ web/a.css: \"\" }} }}] }} }}, expect: allow }}\n\
             - name: \"it does\\u001b[31m not\"\n  \
               push: {{ main: {{ commits: [{{ write: {{ services/a: \"\", {long}: \"\" }} }}] }} }}\n  \
               expect: {{ verdict: deny, findings: [{{ rule: ticket, ref: main, paths: [services/a, services/b] }}, {{ rule: nobody, ref: main }}] }}\n\
             - {{ name: nor this, push: {{ main: {{ commits: [{{ write: {{ services/a: \"\" }} }}] }} }}, expect: allow }}\n"
        ),
    );
    let output = test(folder.path(), &["--mutate"]);
    assert_eq!(output.code, Some(1), "{}", output.stderr);
    let said = output.stdout;
    assert_eq!(
        said,
        "\
policy.cases.yml:3: it does\\x1b[31m not
  expected                                          actual
  deny                                              deny
    nobody on refs/heads/main                     <
    ticket on refs/heads/main                         ticket on refs/heads/main
      services/a                                        services/a
      services/b                                  <
                                                  >     services/payments/deep/deep/deep/deep/deep/
                                                  >       deep/deep/deep/deep/deep/deep/deep/deep/d
                                                  >       eep/deep/deep/deep/deep/deep/deep/charge.
                                                  >       rs

policy.cases.yml:6: nor this
  expected                                          actual
  allow                                           | deny
                                                  >   ticket on refs/heads/main

policy.yml: no case violates the rule nobody
policy.yml: no case passes the rule ticket
policy.yml:3: no case notices rule ticket left out
policy.yml:3: no case notices rule ticket only warns
policy.yml:3: no case notices rule ticket without `refs: main`
policy.yml:4: no case notices rule nobody left out
policy.yml:4: no case notices rule nobody only warns
policy.yml:4: no case notices rule nobody without `refs: main`
3 cases of 1 policy: 2 not as expected; 2 of 8 changes to the policy noticed (25%)
"
    );
}

#[test]
fn programs_are_told_all_of_it() {
    let folder = folder(
        "version: 1\nrules: [{ id: ticket, refs: main, paths: [a, b], deny: no }]\n",
        "cases:\n- { name: one, push: { main: { commits: [{ write: { a: \"\" } }] } }, expect: { verdict: deny, findings: [{ rule: ticket, ref: main }] } }\n",
    );
    let output = test(folder.path(), &["--json", "--mutate"]);
    assert_eq!(output.code, Some(0));
    let said = output.json();
    let outcome = serde_json::json!({ "verdict": "deny", "findings": [{ "rule": "ticket", "ref": "refs/heads/main" }] });
    assert_eq!(
        said,
        serde_json::json!({
            "schema": "portcullis/test/v1",
            "passed": true,
            "files": [{
                "file": "policy.cases.yml",
                "policy": "policy.yml",
                "failed": 0,
                "cases": [{ "name": "one", "line": 2, "passed": true, "expected": outcome, "actual": outcome }],
                "never_violated": [],
                "never_passed": ["ticket"],
                "mutants": {
                    "made": 6,
                    "noticed": 3,
                    "score": 50,
                    "unnoticed": [
                        { "of": "rule ticket", "change": "without `refs: main`", "line": 2 },
                        { "of": "rule ticket", "change": "without `paths`", "line": 2 },
                        { "of": "rule ticket", "change": "without `paths: b`", "line": 2 },
                    ],
                },
            }],
        })
    );
    let strict = test(folder.path(), &["--mutate", "--min-score", "51"]);
    assert_eq!(strict.code, Some(1));
    let met = test(folder.path(), &["--mutate", "--min-score", "50"]);
    assert_eq!(met.code, Some(0));
}

#[test]
fn evidence_is_a_matter_of_fact() {
    let policy = format!(
        "{KEYS}forge: {{ kind: gitea, url: \"https://forge.example\", token_file: /nowhere/token }}
rules:
  - {{ id: signed, refs: main, paths: signed/**, require: {{ signature: {{ from: [alice] }} }} }}
  - {{ id: touched, refs: main, paths: touched/**, require: {{ approvals: [{{ count: 1, from: [alice, bob], by: [signature], presence: true }}] }} }}
  - {{ id: reviewed, refs: main, paths: reviewed/**, require: {{ approvals: [{{ count: 1, from: [alice, bob], by: [review] }}] }} }}
"
    );
    let cases = "
author: Carol <carol@shop.example>
pusher: carol
before: { main: { commits: [{ write: { a: '' } }] } }
cases:
  - { name: alice signs, push: { main: { commits: [{ signed_by: alice, write: { signed/a: '' } }] } }, expect: allow }
  - { name: bob signs, push: { main: { commits: [{ signed_by: bob, write: { signed/a: '' } }] } }, expect: { verdict: deny, findings: [{ rule: signed, ref: main }] } }
  - { name: nobody does, push: { main: { commits: [{ write: { signed/a: '' } }] } }, expect: { verdict: deny, findings: [{ rule: signed, ref: main }] } }
  - { name: a key is touched, push: { main: { commits: [{ write: { touched/a: '' } }] } }, approvals: [{ by: bob, for: main, presence: true }], expect: allow }
  - { name: it is not, push: { main: { commits: [{ write: { touched/a: '' } }] } }, approvals: [{ by: bob, for: main }], expect: { verdict: deny, findings: [{ rule: touched, ref: main }] } }
  - { name: bob reviews, push: { main: { commits: [{ write: { reviewed/a: '' } }] } }, reviews: [{ by: bob, for: main }], expect: allow }
  - { name: long ago, push: { main: { commits: [{ write: { reviewed/a: '' } }] } }, reviews: [{ by: bob, for: main, at: 2020-01-01 }], expect: { verdict: deny, findings: [{ rule: reviewed, ref: main }] } }
  - { name: for another branch, push: { main: { commits: [{ as: it, write: { reviewed/a: '' } }] } }, reviews: [{ by: bob, for: topic, of: it }], expect: { verdict: deny, findings: [{ rule: reviewed, ref: main }] } }
  - { name: carol cannot, push: { main: { commits: [{ write: { reviewed/a: '' } }] } }, reviews: [{ by: carol, for: main }], expect: { verdict: deny, findings: [{ rule: reviewed, ref: main }] } }
";
    let folder = folder(&policy, cases);
    let output = test(folder.path(), &[]);
    let said = output.said();
    assert!(
        said.ends_with("9 cases of 1 policy: all as expected\n"),
        "{said}"
    );
}

#[test]
fn what_cannot_be_tried_is_no_result() {
    let pushed = "push: { main: { commits: [{ write: { a: '' } }] } }, expect: allow";
    for (case, said) in [
        (
            format!("{{ name: n, approvals: [{{ by: alcie, for: main }}], {pushed} }}"),
            "policy.cases.yml:2: the case `n` cannot be tried: `alcie` signs, and is no person of the policy; did you mean `alice`?",
        ),
        (
            format!("{{ name: n, reviews: [{{ by: alice, for: main }}], {pushed} }}"),
            "the policy has no `forge` that they could come from",
        ),
        (
            "{ name: n, push: { main: { from: elsewhere } }, expect: allow }".to_owned(),
            "`elsewhere` is no ref before the push",
        ),
        (
            "{ name: n, push: { main: { from: main~2 } }, before: { main: { commits: [{}] } }, expect: allow }".to_owned(),
            "`main~2` goes beyond the first commit",
        ),
        (
            "{ name: n, push: { main: { from: main~x } }, before: { main: { commits: [{}] } }, expect: allow }".to_owned(),
            "behind `~` stands a number",
        ),
        (
            "{ name: n, push: { main: {} }, expect: allow }".to_owned(),
            "`main` would hold no commit",
        ),
        (
            "{ name: n, push: { main: { commits: [{ write: { .git/config: '' } }] } }, expect: allow }".to_owned(),
            "cannot be written",
        ),
        (
            "{ name: n, push: { main: { commits: [{ author: Alice }] } }, expect: allow }".to_owned(),
            "write it as `Name <address>`",
        ),
        (
            "{ name: n, push: { main: { commits: [{ executable: a }] } }, expect: allow }".to_owned(),
            "not among those that the commit writes",
        ),
        (
            "{ name: n, push: { main: { commits: [{ submodule: { a: HEAD } }] } }, expect: allow }".to_owned(),
            "whose whole id (40 hex digits) is written",
        ),
        (
            format!("{{ name: n, vetos: [], {pushed} }}"),
            "did you mean `vetoes`?",
        ),
    ] {
        let folder = folder(KEYS, &format!("cases:\n- {case}\n"));
        let output = test(folder.path(), &[]);
        let told = output.stderr;
        assert!(told.contains(said), "{said:?} is not in:\n{told}");
        assert_eq!(output.code, Some(2), "{told}");
    }
    let none = TempDir::new().expect("a folder");
    let output = test(none.path(), &[]);
    assert_eq!(output.code, Some(2));
    assert!(output.stderr.contains("there are no cases in ."));
    let wrong = folder("version: 1\nrulez: []\n", "cases: []\n");
    let output = test(wrong.path(), &[]);
    assert_eq!(output.code, Some(2));
    assert!(
        output
            .stderr
            .contains("`portcullis check policy.yml` shows each mistake")
    );
}

fn folder(policy: &str, cases: &str) -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    fs::write(folder.path().join("policy.yml"), policy).expect("it can be written");
    fs::write(folder.path().join("policy.cases.yml"), cases).expect("it can be written");
    folder
}

fn test(folder: &Path, arguments: &[&str]) -> Run {
    portcullis(folder, [&["test"], arguments].concat())
}
