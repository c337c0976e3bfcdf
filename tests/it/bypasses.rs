//! Ways past a gate, each tried with a real push, and beside each the honest push that looks like it and passes.
//!
//! The names of the tests begin with the numbers of the catalogue of bypasses: `a` which refs and commits are looked at,
//! `b` how the change is computed, `c` policy and evidence, `d` execution.

mod agents;
mod changes;
mod claims;
mod commits;
mod cousins;
mod execution;
mod formats;
mod input;
mod limits;
mod merges;
mod names;
mod paths;
mod policy;
mod refs;
mod shallow;
mod symrefs;
mod trees;

use crate::support::{HookRun, Server, Setup, WorkingClone, snapshot};

/// Payments need a ticket on branches that matter and on release tags, whose history stays.
const POLICY: &str = r#"
version: 1
zones:
  payments: { tier: critical, paths: [services/payments/**, libs/ledger/**] }
rules:
  - id: payments-ticket
    refs: [main, release/*, refs/tags/v*]
    zones: [payments]
    require:
      trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }]
  - id: history-stays
    refs: [main, release/*, refs/tags/v*]
    when: { update: [rewind, delete] }
    deny: "History of this ref is never rewritten."
"#;

/// Only the tickets.
const TICKETS: &str = r#"
version: 1
rules:
  - id: payments-ticket
    refs: [main, release/*]
    paths: [services/payments/**, libs/ledger/**]
    require:
      trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }]
"#;

const TICKET: &str = "Change-Ticket: PAY-7";

/// A server whose `main` holds payments and a style sheet, and a clone of it.
struct Scene {
    server: Server,
    clone: WorkingClone,
}

impl Scene {
    fn new() -> Self {
        Self::under(POLICY)
    }

    fn under(policy: &str) -> Self {
        Self::with(&Setup {
            policy,
            ..Setup::default()
        })
    }

    fn with(setup: &Setup<'_>) -> Self {
        let server = Server::with(setup);
        let clone = server.working_clone();
        clone
            .write("web/site.css", "body { margin: 0 }\n")
            .write("services/payments/charge.rs", "fn charge() {}\n")
            .write("libs/ledger/book.rs", "fn book() {}\n")
            .commit_with("Begin", &[TICKET]);
        let scene = Self { server, clone };
        scene.accepted(&["main"]);
        scene
    }

    /// Commits a change to payments that has no ticket, and says its id.
    fn evil(&self) -> String {
        self.clone
            .write("services/payments/charge.rs", "fn charge() { steal() }\n")
            .commit("Tidy up")
    }

    /// Commits a change to payments that has its ticket, and says its id.
    fn ticketed(&self) -> String {
        self.clone
            .write("services/payments/refund.rs", "fn refund() {}\n")
            .commit_with("Refund", &[TICKET])
    }

    /// Commits a change that no rule is about.
    fn harmless(&self) -> String {
        self.clone
            .write("web/site.css", "body { margin: 1em }\n")
            .commit("Give the page a margin")
    }

    fn git<const N: usize>(&self, arguments: [&str; N]) -> String {
        self.clone.git().run(arguments)
    }

    /// Goes to a new branch that begins at `start`.
    fn branch(&self, name: &str, start: &str) -> &Self {
        self.git(["checkout", "--quiet", "-b", name, start]);
        self
    }

    fn checkout(&self, name: &str) -> &Self {
        self.git(["checkout", "--quiet", name]);
        self
    }

    /// The push goes through and nobody hears of it.
    #[track_caller]
    fn accepted(&self, arguments: &[&str]) {
        self.clone.push(arguments).assert_silent();
    }

    /// The hook refuses the push with these words, and leaves the repository as it was to the last byte.
    #[track_caller]
    fn refused(&self, arguments: &[&str], words: &[&str]) {
        let before = snapshot(&self.server.repository());
        let push = self.clone.push(arguments);
        assert!(!push.stderr.contains("panicked"), "{}", push.stderr);
        assert!(push.remote.starts_with("portcullis"), "{}", push.stderr);
        // A line may have been broken between any two words.
        push.in_one_line().assert_refused(words);
        let after = snapshot(&self.server.repository());
        let left: Vec<_> = after
            .keys()
            .filter(|path| !before.contains_key(*path))
            .collect();
        assert!(before == after, "the refused push left {left:?}");
    }

    /// The hook, fed by hand with updates of objects that the server already has.
    fn fed(&self, lines: &[(&str, &str, &str)]) -> HookRun {
        let lines = lines
            .iter()
            .map(|(old, new, name)| format!("{old} {new} {name}\n"));
        self.server.hook().run(lines.collect::<String>())
    }
}

/// No object.
const ZERO: &str = "0000000000000000000000000000000000000000";
