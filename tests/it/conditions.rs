//! `when` of a rule: each condition with the pushes that meet it and those that do not, honest and not.

#[path = "conditions/commits.rs"]
mod commits;
#[path = "conditions/comparisons.rs"]
mod comparisons;
#[path = "conditions/lines.rs"]
mod lines;
#[path = "conditions/nesting.rs"]
mod nesting;
#[path = "conditions/paths.rs"]
mod paths;
#[path = "conditions/pushes.rs"]
mod pushes;
#[path = "conditions/updates.rs"]
mod updates;
#[path = "conditions/windows.rs"]
mod windows;

use crate::support::{Server, WorkingClone};

const PEOPLE: &str = "
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
  bob: { emails: [bob@shop.example], accounts: [bob] }
agents:
  coder: { emails: [coder@shop.example], accounts: [coder], operator: alice }
";

/// A server on which pushes that meet a condition are denied, and alice's clone.
struct Scene {
    server: Server,
    clone: WorkingClone,
}

impl Scene {
    /// `main` holds `web/site.css`; from then on a rule with this `when` denies what it is about. `more` are lines of the
    /// rule.
    fn when(when: &str, more: &str) -> Self {
        let more: String = more.lines().map(|line| format!("    {line}\n")).collect();
        Self::under(&format!(
            "rules:\n  - id: asked\n    when: {when}\n{more}    deny: Not so.\n"
        ))
    }

    /// The same with these rules, for the people above.
    fn under(rules: &str) -> Self {
        let (server, clone) = Server::of_alice("version: 1\nrules: []\n");
        clone.write("web/site.css", "body {}\n").commit("Begin");
        let scene = Self { server, clone };
        scene.accepted(&["main"]);
        let policy = format!("version: 1{PEOPLE}{rules}");
        scene.server.set_policy(&policy);
        scene
    }

    /// From now on someone else pushes.
    fn pushed_by(mut self, account: &str) -> Self {
        self.clone = self.clone.env("PORTCULLIS_PUSHER", account);
        self
    }

    fn write(&self, file: &str, content: impl AsRef<[u8]>) -> &Self {
        self.clone.write(file, content);
        self
    }

    fn commit(&self, message: &str) -> String {
        self.clone.commit(message)
    }

    /// Commits as someone of this address.
    fn commit_by(&self, email: &str) -> String {
        let author = format!("Someone <{email}>");
        self.git(["add", "--all"]);
        self.git(["commit", "--quiet", "-m", "Change", "--author", &author]);
        self.clone.head()
    }

    fn git<const N: usize>(&self, arguments: [&str; N]) -> String {
        self.clone.git().run(arguments)
    }

    #[track_caller]
    fn accepted(&self, refs: &[&str]) {
        self.clone.push(refs).assert_silent();
    }

    /// The rule applies, and says these words.
    #[track_caller]
    fn refused(&self, refs: &[&str], words: &[&str]) {
        let push = self.clone.push(refs).in_one_line();
        assert!(!push.stderr.contains("panicked"), "{}", push.stderr);
        push.assert_refused(&["asked"]);
        push.assert_refused(words);
    }

    /// Back to what the server has.
    fn reset(&self) -> &Self {
        self.clone.take_back();
        self
    }
}
