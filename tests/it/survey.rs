//! `portcullis check` with a repository, and against another policy.

use std::fs;

use crate::support::{Git, Run, portcullis};
use tempfile::TempDir;

const PEOPLE: &str = "\
version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
  bob: { emails: [bob@shop.example], accounts: [bob] }
  carol: { emails: [carol@shop.example], accounts: [carol] }
  dana: { emails: [dana@shop.example], accounts: [dana] }
";

#[test]
fn a_policy_is_held_against_what_is_there() {
    let folder = folder();
    write(
        &folder,
        "policy.yml",
        "groups: { pay: [alice, bob, carol] }
zones:
  payments: { tier: critical, paths: [services/payments/**, libs/ledger/**], owners: [pay] }
  infra: { tier: high, paths: [terraform/a.tf, terraform/**] }
rules:
  - { id: tickets, refs: [main], zones: [payments], require: { trailers: { key: Ticket } } }
  - { id: releases, refs: [release/*], trusts: [main], zones: [infra], deny: \"no\" }
  - { id: lost, refs: main, paths: nowhere/**, deny: \"no\" }
",
    );
    let output = check(&folder, &["policy.yml", "--repo", "shop.git"]);
    assert_eq!(output.code, Some(0));
    let said = output.stderr;
    for warning in [
        "warning[matches-nothing]: `libs/ledger/**` matches no file of this repository",
        "warning[shadowed]: `terraform/a.tf` says nothing here: whatever it matches, `terraform/**` matches too",
        "warning[rule-about-nothing]: no ref of this repository is governed by the rule `releases`",
        "warning[rule-about-nothing]: the rule `lost` is about no file of this repository",
    ] {
        assert!(said.contains(warning), "{warning:?} is not in:\n{said}");
    }
    let said = output.stdout;
    assert!(
        said.ends_with(
            " at refs/heads/main: 6 files
  payments      critical         4
  infra         high             1
  (in no zone)                   1
no rule that refuses looks at 2 of them
in no group: dana
"
        ),
        "{said}"
    );
    let json = check(&folder, &["policy.yml", "--repo", "shop.git", "--json"]);
    let json = json.json();
    assert_eq!(json["schema"], "portcullis/check/v1");
    assert_eq!(json["repository"]["zones"][0]["files"], 4);
    assert_eq!(json["repository"]["in_no_group"][0], "dana");
}

#[test]
fn it_warns_where_anyone_can_become_an_owner() {
    let folder = folder();
    let owned = "groups: { pay: [alice, bob] }
keys: { allowed_signers: [signers] }
rules:
  - { id: owned, refs: [main], paths: services/**, WHEN require: { approvals: [{ from: [codeowners] }] } }
";
    fs::write(folder.path().join("signers"), "").expect("it can be written");
    let said = |rules: &str| {
        write(&folder, "policy.yml", rules);
        let output = check(&folder, &["policy.yml", "--repo", "shop.git"]);
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        output.stderr
    };
    let warns = |rules: &str| said(rules).contains("warning[unguarded-owners]");
    let conditional = owned.replace("WHEN", "when: { files: \"> 3\" },");
    let page = said(&conditional);
    for words in [
        "warning[unguarded-owners]: `owned` asks the owners that CODEOWNERS names, and no rule guards ",
        " on refs/heads/main in every push: whoever may push there can name themselves an owner first",
    ] {
        assert!(page.contains(words), "no {words:?} in\n{page}");
    }
    // The rule itself is about the file, where it asks that of every push.
    assert!(!warns(&owned.replace("WHEN", "")));
    let guard = |paths: &str, rest: &str| {
        format!(
            "{conditional}  - {{ id: guard, refs: [main], paths: {paths}, {rest} deny: Ask first. }}\n"
        )
    };
    assert!(!warns(&guard("CODEOWNERS", "")));
    assert!(warns(&guard("CODEOWNERS", "mode: warn,")));
    assert!(warns(&guard("CODEOWNERS", "until: 2020-01-01,")));
    // One of higher precedence could be added.
    assert!(warns(&guard("/CODEOWNERS", "")));
}

#[test]
fn a_change_is_told_by_what_it_opens_and_closes() {
    let folder = folder();
    let rule = |zone: &str, rest: &str| {
        format!(
            "groups: {{ pay: [alice, bob, carol{zone}\n    owners: [pay]\nrules:\n  - {{ id: two, refs: [main], zones: [payments], {rest}\n"
        )
    };
    write(
        &folder,
        "old.yml",
        &(rule(
            "] }\nzones:\n  payments:\n    tier: critical\n    paths: [services/payments/**]",
            "when: { merge: false }, require: { approvals: [{ count: 2, from: [owners, dana], by: [trailer] }] } }",
        ) + "  - { id: tick, description: Tickets., refs: main, paths: terraform/**, require: { trailers: { key: Ticket } } }\n"),
    );
    write(
        &folder,
        "new.yml",
        &rule(
            ", dana] }\nzones:\n  payments:\n    tier: high\n    paths: [services/payments/sub/**]",
            "require: { approvals: [{ count: 1, from: [owners], by: [trailer] }] } }",
        ),
    );
    let output = check(
        &folder,
        &["new.yml", "--against", "old.yml", "--repo", "shop.git"],
    );
    let said = output.stdout;
    let (_, told) = said.split_once("\nopens:\n").unwrap_or_else(|| {
        panic!("{said}{}", output.stderr);
    });
    assert_eq!(
        told,
        "  drops the rule tick: Tickets.
  rule two asks 1 approval in place of 2
  stops protecting 1 file under terraform on main
  stops protecting 2 files under services/payments on main
  zone payments has `services/payments/**` no more among its `paths`
  zone payments has `tier: high` in place of `tier: critical`
closes:
  rule two has `dana` no more among its `require.approvals.from`
  rule two has no `when` any more
  zone payments has `services/payments/sub/**` among its `paths` now
changes:
  group pay has `dana` now
"
    );
    let same = check(&folder, &["new.yml", "--against", "new.yml"]);
    assert!(same.stdout.ends_with("\nnothing is decided otherwise\n"));
    let none = check(&folder, &["new.yml", "--repo", "nowhere.git"]);
    assert_eq!(none.code, Some(3));
}

#[test]
fn quorums_are_tried_with_the_owners_that_the_repository_names() {
    let folder = folder();
    let rule = |rest: &str| {
        write(
            &folder,
            "policy.yml",
            &format!("rules:\n  - {{ id: owned, refs: main, require: {{ {rest} }} }}\n"),
        );
    };
    let asks = "approvals: [{ count: 1, from: [codeowners], by: [trailer] }]";
    let warnings = || {
        let output = check(&folder, &["policy.yml", "--repo", "shop.git", "--json"]);
        assert_eq!(output.code, Some(0), "{}", output.stderr);
        let found = output.json()["diagnostics"].clone();
        let found = found.as_array().expect("a list").iter();
        // That trailers are cheap is another matter, and told wherever they stand for approvals.
        let found = found.filter(|one| one["code"] != "honour-system");
        let told = found.map(|one| one["message"].as_str().expect("a text").to_owned());
        told.collect::<Vec<_>>()
    };
    rule(asks);
    let never = "can never be approved";
    assert_eq!(
        warnings(),
        [format!(
            "by `owned`, a change of 6 files, such as README {never}: there is no CODEOWNERS"
        )]
    );
    let shop = folder.path().join("shop.git");
    let owners = "* @alice @bob
/services/payments/ @bob
/services/payments/sub/ @ghost @shop/ghosts
/terraform/
";
    fs::write(shop.join("CODEOWNERS"), owners).expect("it can be written");
    let git = Git::at(&shop);
    git.run(["add", "."]);
    git.run(["commit", "--quiet", "-m", "Name owners"]);
    assert_eq!(
        warnings(),
        [
            format!("by `owned`, a change of terraform/a.tf {never}: CODEOWNERS names no owner"),
            format!(
                "by `owned`, a change of 2 files, such as services/payments/sub/c {never}: the policy knows nobody as \
                 @ghost, @shop/ghosts, in line 3 of CODEOWNERS"
            ),
            format!(
                "by `owned`, a change that bob makes to 2 files, such as services/payments/a {never}"
            ),
        ]
    );
    // Whoever is named beside them stands for all of them.
    rule(&asks.replace("[codeowners]", "[codeowners, carol, dana]"));
    assert_eq!(warnings(), [""; 0]);
    rule(
        &asks
            .replace("count: 1", "count: 3")
            .replace("[codeowners]", "[codeowners, dana]"),
    );
    let short = warnings();
    assert!(
        short[0].ends_with(": 3 approvals are asked for, where 2 can give one"),
        "{short:?}"
    );
    // One way to meet it is enough.
    rule(&format!(
        "any: [{{ {asks} }}, {{ trailers: {{ key: Ticket }} }}]"
    ));
    assert_eq!(warnings(), [""; 0]);
}

/// A folder with a repository of six files, `shop.git`.
fn folder() -> TempDir {
    let folder = TempDir::new().expect("a temporary folder");
    let git = Git::at(folder.path());
    git.init(&["shop.git"]);
    let shop = folder.path().join("shop.git");
    for file in [
        "services/payments/a",
        "services/payments/b",
        "services/payments/sub/c",
        "services/payments/sub/d",
        "terraform/a.tf",
        "README",
    ] {
        let path = shop.join(file);
        fs::create_dir_all(path.parent().expect("it is in a folder")).expect("it can be made");
        fs::write(path, file).expect("it can be written");
    }
    let git = Git::at(&shop);
    git.run(["add", "."]);
    git.run(["commit", "--quiet", "-m", "Begin"]);
    folder
}

fn write(folder: &TempDir, name: &str, policy: &str) {
    fs::write(folder.path().join(name), format!("{PEOPLE}{policy}")).expect("it can be written");
}

fn check(folder: &TempDir, arguments: &[&str]) -> Run {
    portcullis(folder.path(), [&["check"], arguments].concat())
}
