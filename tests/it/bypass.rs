//! Break glass over real pushes: who may, what it does not reach, and what is owed for it. Every attack has its honest twin
//! beside it.

mod debts;
mod options;
mod tags;
mod waivers;

use crate::approvals::{Scene, charge};
use crate::support::{Push, WorkingClone};

/// Two rules on payments, of which one asks for approvals; history is never rewritten.
const RULES: &str = r#"
zones:
  payments: { tier: critical, paths: [services/payments/**], owners: [payments] }
  ledger: { tier: critical, paths: [libs/ledger/**], owners: [ledger] }
rules:
  - id: payments-approved
    refs: [main, release/*]
    zones: [payments]
    require: { approvals: [{ count: 1, from: [owners] }] }
  - id: payments-ticket
    refs: [main]
    zones: [payments, ledger]
    require: { trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }] }
  - id: history-stays
    refs: [main]
    when: { update: [rewind, delete] }
    deny: History is never rewritten.
audit: { file: audit.jsonl }
"#;

const REASON: &str = "break-glass=INC-204 checkout is down";

/// A server where alice and carol may break the glass, with more of `bypass` behind that.
fn scene(more: &str) -> Scene {
    let bypass = format!(
        "bypass: {{ people: [alice, carol], reason: \"INC-[0-9]+ .+\", except: [history-stays]{more} }}\n"
    );
    Scene::under(&format!("{RULES}{bypass}"))
}

/// Pushes main with this option.
fn push_with(clone: &WorkingClone, option: &str) -> Push {
    clone
        .push([format!("-o{option}"), "main".to_owned()])
        .in_one_line()
}

/// Changes payments, and pushes that past all rules.
fn break_glass(clone: &WorkingClone, content: &str) -> String {
    let head = charge(clone, content);
    let push = push_with(clone, REASON);
    assert!(push.accepted, "{}", push.stderr);
    head
}
