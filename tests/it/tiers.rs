//! The tier of a push: that of the highest zone it touches where a rule looks, told wherever a decision is.

use serde_json::Value;

use crate::support::{Server, Setup};

const POLICY: &str = r"
version: 1
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
    let server = Server::with(&Setup {
        policy: POLICY,
        ..Setup::default()
    });
    let clone = server.working_clone();
    clone.write("README.md", "Shop\n").commit("Begin");
    clone.push_main().assert_silent();
    let (docs, charge) = ("docs/index.md", "services/payments/charge.rs");
    for (files, tier) in [
        (&[docs][..], Some("low")),
        (&[docs, charge], Some("critical")),
        (&["web/index.html"], None),
    ] {
        for file in files {
            clone.write(file, format!("{files:?}"));
        }
        clone.commit("Change");
        clone.push_main().assert_silent();

        let ledger = std::fs::read_to_string(server.folder().join("audit.jsonl"));
        let ledger = ledger.expect("it can be read");
        let last: Value =
            serde_json::from_str(ledger.lines().last().expect("a line")).expect("JSON");
        assert_eq!(last["updates"][0]["tier"].as_str(), tier, "{files:?}");
        let explain = |arguments: &[&str]| {
            let mut command = server.git().program(env!("CARGO_BIN_EXE_portcullis"));
            command
                .args(["explain", "main~1..main", "--policy"])
                .arg(server.policy());
            let output = command.args(arguments).output().expect("it was built");
            String::from_utf8(output.stdout).expect("text")
        };
        let line = format!("tier         {}", tier.unwrap_or("none touched"));
        assert!(explain(&[]).contains(&line), "{}", explain(&[]));
        let decision: Value = serde_json::from_str(&explain(&["--json"])).expect("JSON");
        assert_eq!(decision["push"]["updates"][0]["tier"].as_str(), tier);
    }
}
