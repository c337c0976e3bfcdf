//! The tier of a push: that of the highest zone it touches where a rule looks, told wherever a decision is; and what is
//! read to tell it.

use std::fs;

use crate::support::{Server, portcullis};

const POLICY: &str = r"
version: 1
default_tier: high
zones:
  payments: { tier: critical, paths: [services/payments/**] }
  docs: { tier: low, paths: [docs/**] }
rules:
  - { id: payments-ticket, mode: audit, refs: [main], tiers: [critical], require: { trailers: [{ key: Change-Ticket }] } }
  - { id: docs-are-signed, mode: audit, refs: [main], tiers: [low], require: { trailers: [{ key: Signed-off-by }] } }
audit: { file: audit.jsonl }
";

#[test]
fn a_push_has_the_tier_of_the_highest_zone_that_it_touches() {
    let server = Server::new(POLICY);
    let clone = server.working_clone();
    clone.write("README.md", "Shop\n").commit("Begin");
    clone.push_main().assert_silent();
    let (docs, charge) = ("docs/index.md", "services/payments/charge.rs");
    for (files, tier, why) in [
        (&[docs][..], "low", ""),
        (&[docs, charge], "critical", ""),
        (
            &["web/index.html"],
            "high",
            " (no rule looks at a path that it touches)",
        ),
    ] {
        for file in files {
            clone.write(file, format!("{files:?}"));
        }
        clone.commit("Change");
        clone.push_main().assert_silent();

        let last = server.ledger().pop().expect("a line");
        assert_eq!(last["updates"][0]["tier"], tier, "{files:?}");
        let explain = |arguments: &[&str]| {
            let asked = ["explain", "main~1..main", "--policy", "../policy.yml"];
            portcullis(&server.repository(), [&asked, arguments].concat())
        };
        let line = format!("tier         {tier}{why}\n");
        let page = explain(&[]).stdout;
        assert!(page.contains(&line), "{page}");
        let decision = explain(&["--json"]).json();
        assert_eq!(decision["push"]["updates"][0]["tier"], tier);
    }
}

#[test]
fn a_push_that_touches_only_low_is_decided_without_reading_anything_else() {
    let payments = "{ id: ticket, refs: [main], tiers: [critical], require: { trailers: [{ key: Change-Ticket }] } }";
    let docs = "{ id: signed, refs: [main], tiers: [low], require: { trailers: [{ key: Signed-off-by }] } }";
    let all = "{ id: tidy, refs: [main], require: { message: '[A-Z].*' } }";
    let policy = |rules: &[&str]| {
        let zones = POLICY.split("rules:").next().expect("zones come first");
        format!("{zones}rules: [{}]\n", rules.join(", "))
    };
    let server = Server::new(&policy(&[]));
    let clone = server.working_clone();
    clone.write("services/payments/charge.rs", "fn charge() {}\n");
    clone.write("web/index.html", "<p>Hello</p>\n");
    clone.write("docs/index.md", "Shop\n").commit("Begin");
    clone.write("docs/index.md", "The shop\n");
    clone.commit_with("Say more", &["Signed-off-by: Alice <alice@shop.example>"]);
    clone
        .push(["main~1:refs/heads/main", "main:topic"])
        .assert_silent();
    let (old, new) = (
        clone.git().run(["rev-parse", "main~1"]),
        clone.git().run(["rev-parse", "main"]),
    );
    let line = format!("{} {} refs/heads/main\n", old.trim(), new.trim());

    // Of all that the server has, nothing is left but the two commits and the trees on the way to docs/.
    let roads = ["main~1", "main", "main~1^{tree}", "main^{tree}"];
    let docs_trees = ["main~1:docs", "main:docs"];
    let keep = |names: &[&str]| {
        let kept: Vec<String> = names
            .iter()
            .map(|name| clone.git().run(["rev-parse", name]).trim().to_owned())
            .collect();
        let objects = server.git().run([
            "cat-file",
            "--batch-all-objects",
            "--batch-check=%(objectname)",
        ]);
        for id in objects
            .lines()
            .filter(|id| !kept.iter().any(|kept| kept == id))
        {
            let (folder, file) = id.split_at(2);
            let path = server.repository().join("objects").join(folder).join(file);
            fs::remove_file(path).expect("it is loose");
        }
    };
    keep(&[&roads[..], &docs_trees].concat());
    server.set_policy(&policy(&[payments, docs]));
    server.hook().run(line.as_str()).assert(0, &[]);

    // Where no rule is about what is low, not even that is read.
    keep(&roads);
    server.set_policy(&policy(&[payments]));
    server.hook().run(line.as_str()).assert(0, &[]);

    // A rule that asks about low needs its trees, one that is about every path too.
    for rule in [docs, all] {
        server.set_policy(&policy(&[payments, rule]));
        let words = ["the gate failed, not your change"];
        server.hook().run(line.as_str()).assert(3, &words);
    }
}
