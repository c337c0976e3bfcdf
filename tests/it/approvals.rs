//! Approvals by signed tags, over real pushes: who may approve, what an approval covers, and what it survives. Every
//! attack has its honest twin beside it.

mod alternatives;
mod attacks;
mod bounds;
mod carry;
mod codeowners;
mod covering;
mod doomed;
mod hands;
mod keys;
mod persons;
mod quorums;
mod refs;
mod reviews;
mod together;
mod verbs;
mod vetoes;

use std::fs;
use std::process::Stdio;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::support::{Push, Server, Setup, WorkingClone, hermetic};

/// Two owners of the touched zone; carol is of security alone.
const RULES: &str = r"
zones:
  payments: { tier: critical, paths: [services/payments/**], owners: [payments] }
  ledger: { tier: critical, paths: [libs/ledger/**], owners: [ledger] }
rules:
  - id: payments-approved
    refs: [main, release/*]
    zones: [payments, ledger]
    require: { approvals: [{ count: 1, from: [owners] }] }
";

const PEOPLE: [&str; 6] = ["alice", "bob", "carol", "dana", "mallory", "stranger"];

/// A guarded server, and everyone's keys.
pub(crate) struct Scene {
    pub(crate) server: Server,
    keys: TempDir,
}

impl Scene {
    /// A server under [`RULES`], whose main holds payments.
    fn new() -> Self {
        Self::under(RULES)
    }

    /// A server under these rules, whose main holds payments.
    pub(crate) fn under(rules: &str) -> Self {
        Self::of(&Setup::default(), rules)
    }

    /// The same on a server of another kind.
    fn of(setup: &Setup<'_>, rules: &str) -> Self {
        let keys = TempDir::new().expect("a temporary folder");
        for name in PEOPLE.iter().chain(&["alice2"]) {
            keygen(&keys, name);
        }
        let server = Server::with(&Setup {
            policy: "version: 1\nrules: []\n",
            forge: if setup.forge.is_empty() {
                "ssh"
            } else {
                setup.forge
            },
            push_options: true,
            ..*setup
        });
        let scene = Self { server, keys };
        let alice = scene.clone_of("alice");
        alice
            .write("services/payments/charge.rs", "fn charge() {}\n")
            .write("services/payments/refund.rs", "fn refund() {}\n")
            .write("libs/ledger/book.rs", "fn book() {}\n")
            .write("web/site.css", "body {}\n")
            .commit("Begin");
        alice.push_main().assert_silent();
        scene.govern(rules);
        scene
    }

    /// Puts these rules into force, with all people but the stranger.
    pub(crate) fn govern(&self, rules: &str) {
        self.server.set_policy(&format!("{}{rules}", self.people()));
    }

    fn people(&self) -> String {
        let mut people = String::from("version: 1\npeople:\n");
        for name in &PEOPLE[..5] {
            people += &format!(
                "  {name}: {{ emails: [{name}@shop.example], accounts: [{name}], keys: [\"{}\"] }}\n",
                self.public_key(name)
            );
        }
        people
            + "groups:\n  payments: [alice, bob, dana]\n  ledger: [bob, carol]\n  security: [bob, carol]\n"
    }

    fn public_key(&self, name: &str) -> String {
        let file = self.keys.path().join(format!("{name}.pub"));
        fs::read_to_string(file)
            .expect("it was made")
            .trim()
            .to_owned()
    }

    /// A clone in which `name` works: their account pushes, their key signs, and they commit now.
    pub(crate) fn clone_of(&self, name: &str) -> WorkingClone {
        let clone = self
            .server
            .working_clone()
            .env("PORTCULLIS_PUSHER", name)
            // GitLab's hook cannot do without; others do not look.
            .env("GL_PROJECT_PATH", "shop/web");
        self.as_person(clone, name)
    }

    /// The clone, in which `name` commits now, and signs with their key.
    fn as_person(&self, clone: WorkingClone, name: &str) -> WorkingClone {
        let email = format!("{name}@shop.example");
        let now = format!("@{} +0000", jiff::Timestamp::now().as_second());
        let clone = clone.by(name, &email, &now);
        let key = self.keys.path().join(name);
        for (setting, value) in [
            ("user.email", email.as_str()),
            ("gpg.format", "ssh"),
            ("user.signingKey", &key.to_string_lossy()),
        ] {
            clone.git().run(["config", setting, value]);
        }
        clone
    }

    /// `owner/name` of the server's repository, as rules know it.
    pub(crate) fn repository(&self) -> String {
        portcullis::forge::repository_name(&self.server.repository())
    }

    /// Who can approve takes `commit` from where it was shown, and approves it for main.
    #[track_caller]
    pub(crate) fn approve(&self, name: &str, commit: &str) {
        self.approve_for(name, commit, "refs/heads/main");
    }

    #[track_caller]
    pub(crate) fn approve_for(&self, name: &str, commit: &str, refs: &str) {
        let trailers = self.trailers("Approves", refs);
        self.sign(name, commit, &trailers).assert_silent();
    }

    /// Approves for main what is between `base` and `commit`.
    pub(crate) fn approve_since(&self, name: &str, commit: &str, base: &str) -> Push {
        let mut trailers = self.trailers("Approves", "refs/heads/main");
        trailers.push(format!("Base: {base}"));
        self.sign(name, commit, &trailers)
    }

    pub(crate) fn veto(&self, name: &str, commit: &str, refs: &str) -> Push {
        self.sign(name, commit, &self.trailers("Vetoes", refs))
    }

    /// What a tag says that means these refs of this repository, after `word`.
    pub(crate) fn trailers(&self, word: &str, refs: &str) -> Vec<String> {
        vec![
            format!("{word}: {refs}"),
            format!("Repository: {}", self.repository()),
        ]
    }

    /// A signed tag of `commit` with these trailers, handed in.
    pub(crate) fn sign(&self, name: &str, commit: &str, trailers: &[String]) -> Push {
        let clone = self.clone_of(name);
        let tag = make_tag(&clone, name, commit, trailers, "-s");
        clone.push([format!("refs/tags/{tag}")])
    }
}

/// Lets this second pass: dates of tags have no more than seconds, and of two words of one person the later counts.
pub(crate) fn later() {
    let now = jiff::Timestamp::now().as_second();
    while jiff::Timestamp::now().as_second() == now {
        thread::sleep(Duration::from_millis(20));
    }
}

/// Pushes HEAD of a clone to where anyone can look at it.
pub(crate) fn show(clone: &WorkingClone) -> String {
    let head = clone.head();
    clone
        .push([format!("HEAD:refs/changes/{}", &head[..12])])
        .assert_silent();
    head
}

/// Makes a tag in `clone`, by `option` signed or not.
pub(crate) fn make_tag(
    clone: &WorkingClone,
    name: &str,
    commit: &str,
    trailers: &[String],
    option: &str,
) -> String {
    /// Approvals are never moved, so each has a name of its own.
    static NEXT: AtomicUsize = AtomicUsize::new(0);
    let taken = clone.git().output(["fetch", "--quiet", "origin", commit]);
    assert!(taken.status.success(), "{commit} was not shown");
    let number = NEXT.fetch_add(1, Ordering::Relaxed);
    let tag = format!("approved/{name}-{}-{number}", &commit[..12]);
    let message = format!("Approve\n\n{}\n", trailers.join("\n"));
    clone
        .git()
        .run(["tag", option, "-m", &message, &tag, commit]);
    tag
}

fn keygen(keys: &TempDir, name: &str) {
    let made = hermetic("ssh-keygen", keys.path())
        .args(["-q", "-t", "ed25519", "-N", "", "-C", name, "-f", name])
        .stdout(Stdio::null())
        .status();
    assert!(
        made.is_ok_and(|status| status.success()),
        "apt-get install openssh-client"
    );
}

/// Changes what is protected, and commits.
pub(crate) fn charge(clone: &WorkingClone, content: &str) -> String {
    clone
        .write(
            "services/payments/charge.rs",
            format!("fn charge() {{ {content} }}\n"),
        )
        .commit("Charge")
}

/// Refused, with these words in one line.
#[track_caller]
pub(crate) fn refused(push: Push, words: &[&str]) {
    push.in_one_line().assert_refused(words);
}
