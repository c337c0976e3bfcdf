//! Every way in which a change comes to the hook, on every kind of server: one push that is refused, one that passes, and
//! what the server is understood to say of who pushes, to which repository.
//!
//! [`row`] is one line of such a table. gitolite, sshd and the web server are real; what Gitea, Forgejo and Gitaly set,
//! write and call is imitated, as they document it or their source has it.

mod auto;
mod gitea;
mod gitlab;
mod gitolite;
mod harmless;
mod real;
mod row;
mod variables;

/// What guards payments, knows people, and writes down what it was told.
const POLICY: &str = r#"
version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
  bob: { emails: [bob@shop.example], accounts: [bob] }
zones:
  payments: { tier: critical, paths: [services/payments/**] }
rules:
  - id: payments-ticket
    refs: [main, release/*]
    zones: [payments]
    require: { trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }] }
audit: { file: audit.jsonl }
"#;
