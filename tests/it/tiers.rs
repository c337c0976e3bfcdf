//! The tier of a push: that of the highest zone it touches where a rule looks, told wherever a decision is.

use crate::support::{Server, portcullis};

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
    let server = Server::new(POLICY);
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

        let last = server.ledger().pop().expect("a line");
        assert_eq!(last["updates"][0]["tier"].as_str(), tier, "{files:?}");
        let explain = |arguments: &[&str]| {
            let asked = ["explain", "main~1..main", "--policy", "../policy.yml"];
            portcullis(&server.repository(), [&asked, arguments].concat())
        };
        let line = format!("tier         {}", tier.unwrap_or("none touched"));
        let page = explain(&[]).stdout;
        assert!(page.contains(&line), "{page}");
        let decision = explain(&["--json"]).json();
        assert_eq!(decision["push"]["updates"][0]["tier"].as_str(), tier);
    }
}
