//! Faults: whatever breaks while a push is judged, no protected change gets in, and the gate says that it is to blame.
//!
//! | room | fault |
//! |---|---|
//! | `objects` | each object that the repository has is gone, cut off, or another, loose and packed |
//! | `calls` | each system call of the hook fails, in each way that it can, or is the last before it is killed |
//! | `streams` | standard input, output and error are closed, full, or nobody is at the other end |
//! | `shortage` | no time, memory, threads or file descriptors; a policy that is replaced meanwhile |
//! | `deaths` | the hook is killed or dies, under git |
//!
//! Each is met by three kinds of push: an evil one, which must not pass; an honest one, which passes or is told that
//! the gate failed; and one that no rule is about, which passes wherever it needs nothing of what is broken.

mod calls;
mod deaths;
mod objects;
mod shortage;
mod streams;

use crate::support::{HookRun, PORTCULLIS, Server, Setup, WorkingClone, hermetic, in_one_line};

/// Small, so that each fault can be tried at each place.
const POLICY: &str = "
version: 1
rules:
  - id: vault-ticket
    refs: [main, release/*]
    paths: [vault/keys/**]
    require: { trailers: [{ key: Ticket }] }
";

const NOT_YOURS: &str = "the gate failed, not your change";
const ZERO: &str = "0000000000000000000000000000000000000000";

/// A server that has all objects already, so that the hook can be fed by hand.
struct Bench {
    server: Server,
    main: String,
    /// On top of main, with a change of the vault that has no ticket.
    evil: String,
    /// The same with its ticket.
    honest: String,
}

/// A push of which the outcome is known.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Kind {
    /// It moves main to a change that lacks its ticket, or makes a release of it, by its own name or by another.
    Evil,
    /// It moves main to a change that has its ticket.
    Honest,
    /// No rule is about its ref.
    Free,
}

impl Bench {
    fn new() -> Self {
        let server = Server::with(&Setup {
            policy: "version: 1\nrules: []\n",
            quarantine: crate::support::Quarantine::Loose,
            ..Setup::default()
        });
        let clone: WorkingClone = server.working_clone();
        clone
            .write("vault/keys/a", "one\n")
            .write("web/b", "two\n")
            .commit("Begin");
        clone.push(["main"]).assert_silent();
        let main = clone.head();
        clone.write("vault/keys/a", "steal\n");
        let evil = clone.commit("Tidy up");
        clone.push(["main:evil"]).assert_silent();
        let honest = clone.amend_with("Ticket: 7");
        clone.push(["main:honest"]).assert_silent();
        // Who moves the lane moves a release.
        server
            .git()
            .run(["symbolic-ref", "refs/heads/release/now", "refs/heads/lane"]);
        server.set_policy(POLICY);
        Self {
            server,
            main,
            evil,
            honest,
        }
    }

    /// Standard input of the hook, for each push of this kind.
    fn inputs(&self, kind: Kind) -> Vec<String> {
        let Self {
            main, evil, honest, ..
        } = self;
        match kind {
            Kind::Evil => vec![
                format!("{main} {evil} refs/heads/main\n"),
                format!("{ZERO} {evil} refs/heads/lane\n{ZERO} {main} refs/tags/Main\n"),
            ],
            Kind::Honest => vec![format!("{main} {honest} refs/heads/main\n")],
            Kind::Free => vec![format!("{ZERO} {evil} refs/heads/topic\n")],
        }
    }

    /// Runs each push of this kind by hand.
    fn run(&self, kind: Kind) -> Vec<HookRun> {
        let inputs = self.inputs(kind).into_iter();
        inputs.map(|input| self.server.hook().run(input)).collect()
    }

    /// The hook in a shell, which does something before, and redirects its streams.
    fn in_shell(&self, before: &str, redirections: &str, input: &str) -> HookRun {
        let script = format!(
            "{before}exec {PORTCULLIS} hook --policy '{}' {redirections}",
            self.server.policy().display()
        );
        let mut command = hermetic("sh", &self.server.repository());
        command.args(["-c", &script]).env("GIT_DIR", ".");
        HookRun::of(&mut command, input)
    }
}

/// What must hold of a push of this kind, whatever is broken.
#[track_caller]
fn judge(kind: Kind, fault: &str, run: &HookRun) {
    if let Some(wrong) = wrong(kind, run) {
        panic!("{fault}: {wrong}: {}", run.stderr);
    }
}

/// What is wrong with how a push of this kind ended, if anything is.
fn wrong(kind: Kind, run: &HookRun) -> Option<&'static str> {
    match (kind, run.code) {
        (Kind::Evil, Some(0)) => Some("the evil push was let in"),
        // Nobody is blamed for what they did not do.
        (Kind::Honest | Kind::Free, Some(1)) => Some("the pusher is blamed"),
        (_, Some(3)) if !in_one_line(&run.stderr).contains(NOT_YOURS) => {
            Some("nobody is told whose fault it is")
        }
        _ => None,
    }
}

#[test]
fn without_a_fault_each_push_ends_as_it_should() {
    let bench = Bench::new();
    for (kind, code) in [(Kind::Evil, 1), (Kind::Honest, 0), (Kind::Free, 0)] {
        for run in bench.run(kind) {
            assert_eq!(run.code, Some(code), "{kind:?}: {}", run.stderr);
        }
    }
}
