//! What a policy means: names resolved, patterns compiled, defaults filled in.

use std::path::Path;
use std::time::Duration;

use portcullis::codeowners::Dialect;
use portcullis::forge::Forge;
use portcullis::paths::EntryKind;
use portcullis::policy::people::{Kind, Reserved};
use portcullis::policy::rule::{Asks, IdentityRequirement, Mode, Requirement, Scope, Trusts};
use portcullis::policy::{ForgeKind, JsonLine, Policy, PolicyError, Rule, Tier};

fn policy(text: &str) -> Policy {
    match Policy::parse(text.as_bytes(), Path::new("policy.yml")) {
        Ok(loaded) => loaded.policy,
        Err(PolicyError::Invalid { diagnostics, .. }) => panic!("{diagnostics:#?}"),
        Err(error) => panic!("{error}"),
    }
}

fn rule(text: &str) -> Rule {
    policy(&format!("version: 1\nrules:\n  - id: it\n{text}"))
        .rules
        .remove(0)
}

#[test]
fn people_are_found_by_whatever_names_them() {
    let policy = policy(
        "version: 1
people:
  alice: { emails: [Alice@Shop.Example], accounts: [alice, alice-admin] }
  mender: { kind: bot, emails: mender@shop.example, operator: alice }
agents:
  coder: { accounts: [coder], operator: alice }
groups:
  inner: [alice]
  outer: [inner, mender]
rules: [{ id: it, deny: no }]
",
    );
    let alice = policy.people.by_email(b"aLICE@shop.example").unwrap();
    assert_eq!(policy.people.person(alice).name, "alice");
    assert_eq!(policy.people.by_account("alice-admin"), Some(alice));
    assert_eq!(policy.people.by_account("Alice"), None);
    assert_eq!(policy.people.by_email(b"\xff@shop.example"), None);
    let mender = policy.people.by_name("mender").unwrap();
    assert_eq!(policy.people.person(mender).kind, Kind::Bot);
    assert_eq!(policy.people.person(mender).operator, Some(alice));
    let coder = policy.people.by_account("coder").unwrap();
    assert_eq!(policy.people.person(coder).kind, Kind::Agent);
    assert_eq!(
        policy
            .people
            .group("outer")
            .unwrap()
            .iter()
            .copied()
            .collect::<Vec<_>>(),
        [alice, mender]
    );
}

#[test]
fn clauses_intersect_and_their_entries_unite() {
    let policy = policy(
        "version: 1
zones:
  pay: { tier: critical, paths: [pay/**] }
  web: { tier: low, paths: [web/**] }
rules:
  - { id: paths-and-zone, paths: [\"*.rs\"], zones: [pay, web], deny: no }
  - { id: medium, tiers: [medium, critical], deny: no }
  - { id: low, tiers: low, deny: no }
  - { id: all, deny: no }
  - { id: low-again, tiers: [low], deny: no }
",
    );
    let selects = |rule: usize, path: &str| {
        let sets = policy.paths.matches_path(path.as_bytes(), EntryKind::File);
        policy.selectors[policy.rules[rule].selector.0 as usize].selects(&sets)
    };
    assert!(selects(0, "pay/a.rs") && selects(0, "web/a.rs"));
    assert!(!selects(0, "pay/a.c") && !selects(0, "lib/a.rs"));
    // `medium` is the default tier: a path in no zone has it.
    assert!(selects(1, "pay/a.c") && selects(1, "lib/a.c") && !selects(1, "web/a.c"));
    assert!(selects(2, "web/a.c") && !selects(2, "lib/a.c"));
    assert!(policy.selectors[policy.rules[3].selector.0 as usize].is_everything());
    assert_eq!(policy.rules[2].selector, policy.rules[4].selector);
    assert_eq!(policy.zones[0].tier, Tier::Critical);
    assert_eq!(policy.paths.set_count(), 3);
}

#[test]
fn path_sets_stand_for_their_patterns() {
    let policy = policy(
        "version: 1
path_sets:
  own: [gen/**, \"@styles\"]
rules:
  - { id: own, paths: [\"@own\", \"!@docs\"], deny: no }
  - { id: exact, paths: [Makefile], fold: false, deny: no }
",
    );
    let selects = |rule: usize, path: &str| {
        let sets = policy.paths.matches_path(path.as_bytes(), EntryKind::File);
        policy.selectors[policy.rules[rule].selector.0 as usize].selects(&sets)
    };
    assert!(selects(0, "gen/a") && selects(0, "web/a.css") && !selects(0, "gen/a.md"));
    assert!(selects(0, "GEN/a"));
    assert!(selects(1, "Makefile") && !selects(1, "makefile"));
}

#[test]
fn a_rule_has_its_defaults() {
    let rule = rule("    require: { author: known }\n");
    assert!(rule.refs.matches(b"refs/heads/a/b") && !rule.refs.matches(b"refs/tags/a"));
    assert!(
        matches!(rule.trusts, Trusts::DefaultBranch)
            && rule.repos.is_none()
            && rule.from.is_none()
            && rule.until.is_none()
    );
    assert_eq!(rule.scope, Scope::EveryCommit);
    assert_eq!(rule.mode.in_repository("a/b"), Mode::Enforce);
    assert!(
        matches!(&rule.asks, Asks::Require(all) if matches!(all.of_commits[..], [Requirement::Author(IdentityRequirement::Known)]))
    );
    assert_eq!(rule.line, 3);
}

#[test]
fn to_trust_nothing_is_not_to_trust_everything() {
    let nothing = rule("    trusts: []\n    deny: no\n");
    assert!(matches!(nothing.trusts, Trusts::Nothing));
    let Trusts::Refs(refs) = rule("    trusts: main\n    deny: no\n").trusts else {
        panic!("a list of refs is one")
    };
    assert!(refs.matches(b"refs/heads/main") && !refs.matches(b"refs/heads/other"));
}

#[test]
fn dates_are_days_or_moments() {
    let of_days = rule("    from: 2030-01-01\n    until: 2030-01-01\n    deny: no\n");
    assert_eq!(
        (of_days.from, of_days.until),
        (Some(1_893_456_000), Some(1_893_456_000 + 86_400))
    );
    assert!(of_days.holds_at(1_893_456_000) && of_days.holds_at(1_893_456_000 + 86_399));
    assert!(!of_days.holds_at(1_893_455_999) && !of_days.holds_at(1_893_456_000 + 86_400));
    let of_moments = rule(
        "    from: 2030-01-01T01:00:00+01:00\n    until: 2030-01-01T00:00:01Z\n    deny: no\n",
    );
    assert_eq!(
        (of_moments.from, of_moments.until),
        (Some(1_893_456_000), Some(1_893_456_001))
    );
}

#[test]
fn the_first_mode_that_matches_holds() {
    let rule = rule("    mode: { shop/pay: \"off\", \"shop/*\": warn }\n    deny: no\n");
    assert_eq!(rule.mode.in_repository("shop/pay"), Mode::Off);
    assert_eq!(rule.mode.in_repository("shop/web"), Mode::Warn);
    assert_eq!(rule.mode.in_repository("other/web"), Mode::Enforce);
}

#[test]
fn expressions_match_the_whole_value() {
    let rule = rule(
        "    require:
      trailers: { key: Ticket, value: \"A|PAY-[0-9]+\", from: [author], count: 1 }
      message: { not: \"(?i)wip\" }
",
    );
    let Asks::Require(requirements) = rule.asks else {
        panic!("it requires")
    };
    let Requirement::Trailer(trailer) = &requirements.of_commits[0] else {
        panic!("a trailer")
    };
    let value = trailer.value.as_ref().unwrap();
    assert!(
        value.is_match(b"PAY-1")
            && value.is_match(b"A")
            && !value.is_match(b"PAY-1 ")
            && !value.is_match(b"AA")
    );
    assert_eq!(
        trailer
            .from
            .as_ref()
            .unwrap()
            .reserved
            .iter()
            .copied()
            .collect::<Vec<_>>(),
        [Reserved::Author]
    );
}

#[test]
fn limits_and_output_are_read() {
    let policy = policy(
        "version: 1
limits: { time: 1500ms, memory: 2GiB, object: 5 MB, findings_shown: 3 }
output: { json: always, contact: \"#platform\" }
namespaces: { other: deny }
baseline: 0123456789ABCDEF0123456789abcdef01234567
rules: [{ id: it, deny: no }]
",
    );
    assert_eq!(policy.limits.time, Duration::from_millis(1500));
    assert_eq!(
        (policy.limits.memory, policy.limits.object),
        (2 << 30, 5_000_000)
    );
    assert_eq!(
        (policy.limits.findings_shown, policy.limits.commits),
        (3, 200_000)
    );
    assert_eq!(policy.output.json, JsonLine::Always);
    assert!(policy.namespaces.deny_other);
    assert_eq!(
        policy.baseline,
        ["0123456789abcdef0123456789abcdef01234567"]
    );
}

#[test]
fn the_owners_file_is_that_of_the_server_unless_the_policy_says_otherwise() {
    let source = |line: &str| {
        policy(&format!(
            "version: 1\n{line}\nrules: [{{ id: it, deny: no }}]\n"
        ))
        .codeowners
    };
    let silent = source("");
    assert_eq!(silent.dialect(Forge::Gitlab), Dialect::Gitlab);
    assert_eq!(silent.dialect(Forge::Plain), Dialect::Github);
    assert_eq!(
        silent.candidates(Forge::Forgejo).last(),
        Some(&".forgejo/CODEOWNERS")
    );
    assert_eq!(silent.candidates(Forge::Gitolite)[0], ".github/CODEOWNERS");
    let mirror = source("codeowners: { dialect: gitlab }");
    assert_eq!(mirror.dialect(Forge::Gitea), Dialect::Gitlab);
    assert_eq!(
        mirror.candidates(Forge::Gitea),
        ["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"]
    );
    let elsewhere = source("codeowners: { file: meta/OWNERS }");
    assert_eq!(elsewhere.dialect(Forge::Gitea), Dialect::Gitea);
    assert_eq!(elsewhere.candidates(Forge::Gitea), ["meta/OWNERS"]);
}

#[test]
fn the_forge_has_its_defaults() {
    let forge = |more: &str| {
        let text = format!(
            "version: 1
forge: {{ kind: gitlab, url: \"https://git.shop.example/\", token_file: /etc/token{more} }}
rules: [{{ id: it, deny: no }}]
"
        );
        policy(&text).forge.expect("it is there")
    };
    let plain = forge("");
    assert_eq!(plain.kind, ForgeKind::Gitlab);
    assert_eq!(plain.url.as_str(), "https://git.shop.example");
    assert_eq!(plain.token_file, Path::new("/etc/token"));
    assert_eq!(
        (plain.ca_file, plain.timeout),
        (None, Duration::from_secs(5))
    );
    let full = forge(", ca_file: /etc/ca.pem, timeout: 300ms");
    assert_eq!(full.ca_file.as_deref(), Some(Path::new("/etc/ca.pem")));
    assert_eq!(full.timeout, Duration::from_millis(300));
}

#[test]
fn anchors_may_be_used_and_rules_know_their_lines() {
    let policy = policy(
        "version: 1
rules:
  - id: first
    refs: &protected [main, release/*]
    deny: no

  # A comment between.
  - { refs: *protected,
      id: second, deny: no }
",
    );
    assert_eq!(
        policy
            .rules
            .iter()
            .map(|rule| rule.line)
            .collect::<Vec<_>>(),
        [3, 8]
    );
    assert!(policy.rules[1].refs.matches(b"refs/heads/release/1"));
}

#[test]
fn the_digest_is_that_of_the_text() {
    let policy = policy("version: 1\n");
    assert_eq!(
        policy.digest,
        "09bfcc6a14b83e2192b8673677725c84883ee9cd0c70e45c9ec09daa8f2b2847"
    );
}
