//! The command that a refusal prints, pasted into bash and dash: it mends what it says, and the push goes through.

use crate::support::{Push, Server, Setup, WorkingClone};
use std::{fmt::Write as _, fs};

/// Gives a reason below the subject.
const EDITOR: &str = r#"{ head -n 1 "$1"; printf '\nbecause it must be\n'; tail -n +2 "$1"; } >"$1.new" && mv "$1.new" "$1"
"#;

const SHELLS: [&str; 2] = ["bash", "dash"];

/// Rules on `main`, which only commits below `pay/` or `notes/` have to mind.
const POLICY: &str = r#"
version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
  bob: { emails: [bob@shop.example], accounts: [bob] }
rules:
  - id: ticket
    refs: [main]
    paths: [pay/**]
    require: { trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }] }
  - id: sign-off
    refs: [main]
    paths: [signed/**]
    require: { trailers: [{ key: Signed-off-by, from: author }] }
  - id: two-reviews
    refs: [main]
    paths: [reviewed/**]
    require: { trailers: [{ key: Reviewed-by, count: 2 }] }
  - id: reasons
    refs: [main]
    paths: [reasons/**]
    require: { message: "(?s).*because.*" }
  - id: authors
    refs: [main]
    paths: [authors/**]
    require: { author: known }
  - id: provenance
    refs: [main]
    paths: [said/**]
    require: { provenance: declared }
  - id: committers
    refs: [main]
    paths: [committers/**]
    require: { committer: { email: ".+@shop[.]example" } }
"#;

/// A server, and a clone with `main` pushed. Nothing of it is governed.
struct Scene {
    server: Server,
    clone: WorkingClone,
    shell: &'static str,
}

impl Scene {
    fn new(shell: &'static str) -> Self {
        let scene = Self::empty(shell);
        scene.commit("base", "Begin");
        scene.clone.push_main().assert_silent();
        scene
    }

    fn empty(shell: &'static str) -> Self {
        let server = Server::with(&Setup {
            policy: POLICY,
            push_options: true,
            ..Setup::default()
        });
        let clone = server.working_clone();
        clone.git().run(["config", "user.name", "Al O'Neil"]);
        clone
            .git()
            .run(["config", "user.email", "alice@shop.example"]);
        Self {
            server,
            clone,
            shell,
        }
    }

    fn commit(&self, file: &str, message: &str) -> String {
        self.clone.write(file, message).commit(message)
    }

    /// Pushes, takes the command out of the refusal, runs it with these variables, and pushes again.
    #[track_caller]
    fn mend(&self, variables: &[(&str, &str)]) {
        let refused = self.clone.push_main();
        let command = command_of(&refused);
        for (position, (name, _)) in variables.iter().enumerate() {
            // With one of them missing, nothing happens.
            let before = self.clone.head();
            let others = [&variables[..position], &variables[position + 1..]].concat();
            assert!(
                !self.paste(&command, &others),
                "it runs without {name}: {command}"
            );
            assert_eq!(self.clone.head(), before);
            assert!(
                !self.clone.path(".git/rebase-merge").exists(),
                "a rebase has begun"
            );
        }
        assert!(self.paste(&command, variables), "{command}");
        let pushed = self.clone.push_main();
        assert!(
            pushed.accepted,
            "{command}\n{}\n{}",
            pushed.stderr,
            self.log()
        );
        assert_eq!(pushed.remote, "");
    }

    /// As from a terminal: the identity is that of the configuration, and an editor says why.
    fn paste(&self, command: &str, variables: &[(&str, &str)]) -> bool {
        let editor = self.clone.path(".git/editor");
        fs::write(&editor, EDITOR).expect("it can be written");
        let mut shell = crate::support::hermetic(self.shell, self.clone.git().folder());
        let mut script = String::new();
        for (name, value) in variables {
            writeln!(script, "{name}={}", quoted(value)).expect("a string takes all");
        }
        script.push_str(command);
        shell
            .env(
                "GIT_EDITOR",
                format!("sh {}", quoted(&editor.to_string_lossy())),
            )
            .arg("-c")
            .arg(script);
        shell.output().expect("the shell runs").status.success()
    }

    fn trailers(&self, key: &str) -> String {
        let format = format!("--format=%s:%(trailers:key={key},valueonly,separator=%x2C)");
        self.clone
            .git()
            .run(["log", "--topo-order", "--reverse", &format])
            .replace('\n', " ")
    }

    fn log(&self) -> String {
        self.clone
            .git()
            .run(["log", "--graph", "--format=%h %an %ae %cn %ce%n%B"])
    }
}

#[test]
fn tip() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        scene.commit("pay/a", "one");
        scene.mend(&[("CHANGE_TICKET", "PAY-1")]);
        assert_eq!(scene.trailers("Change-Ticket"), "Begin: one:PAY-1");
    }
}

#[test]
fn older_commit() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        scene.commit("pay/a", "one");
        scene.commit("web", "two");
        scene.mend(&[("CHANGE_TICKET", "PAY-1")]);
        assert_eq!(scene.trailers("Change-Ticket"), "Begin: one:PAY-1 two:");
    }
}

#[test]
fn several_commits_and_none_between() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        scene.commit("pay/a", "one");
        scene.commit("web", "two");
        scene
            .clone
            .write("pay/a", "three")
            .commit_with("three", &["Change-Ticket: PAY-3"]);
        scene.commit("pay/a", "four");
        scene.mend(&[("CHANGE_TICKET", "PAY-1")]);
        assert_eq!(
            scene.trailers("Change-Ticket"),
            "Begin: one:PAY-1 two: three:PAY-3 four:PAY-1"
        );
    }
}

#[test]
fn merge_in_between_keeps_what_it_brought() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        let git = scene.clone.git();
        scene.commit("pay/a", "one");
        git.run(["switch", "--quiet", "-c", "other", "HEAD~1"]);
        let brought = scene.commit("web", "brought");
        scene.clone.push(["other:main"]).assert_silent();
        git.run(["switch", "--quiet", "main"]);
        git.run(["merge", "--quiet", "-m", "merge", "other"]);
        scene.commit("pay/b", "two");
        scene.commit("docs", "three");
        scene.mend(&[("CHANGE_TICKET", "PAY-1")]);
        git.run(["merge-base", "--is-ancestor", &brought, "main"]);
        assert_eq!(git.run(["rev-list", "--count", "--merges", "main"]), "1");
    }
}

#[test]
fn merge_itself() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        let git = scene.clone.git();
        git.run(["branch", "other"]);
        scene.commit("web", "one");
        git.run(["switch", "--quiet", "other"]);
        scene.commit("docs", "two");
        git.run(["switch", "--quiet", "main"]);
        git.run(["merge", "--quiet", "--no-commit", "other"]);
        scene.commit("pay/evil", "merge");
        scene.mend(&[("CHANGE_TICKET", "PAY-1")]);
        assert_eq!(git.run(["rev-list", "--count", "--merges", "main"]), "1");
    }
}

#[test]
fn root_commit() {
    for shell in SHELLS {
        let scene = Scene::empty(shell);
        scene.commit("pay/a", "one");
        scene.commit("web", "two");
        scene.commit("pay/a", "three");
        scene.mend(&[("CHANGE_TICKET", "PAY-1")]);
        assert_eq!(
            scene.trailers("Change-Ticket"),
            "one:PAY-1 two: three:PAY-1"
        );
    }
}

#[test]
fn sign_off() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        scene.commit("signed/a", "one");
        scene.mend(&[]);
        scene.commit("signed/b", "two");
        scene.commit("web", "three");
        scene.mend(&[]);
        let signed = "Al O'Neil <alice@shop.example>";
        assert_eq!(
            scene.trailers("Signed-off-by"),
            format!("Begin: one:{signed} two:{signed} three:")
        );
    }
}

#[test]
fn a_word_on_agents() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        scene.commit("said/a", "one");
        scene.mend(&[("AI_ASSISTED", "no")]);
        scene.commit("said/b", "two");
        scene.commit("web", "three");
        scene.mend(&[("AI_ASSISTED", "Claude Code")]);
        assert_eq!(
            scene.trailers("AI-Assisted"),
            "Begin: one:no two:Claude Code three:"
        );
    }
}

#[test]
fn several_trailers_of_one_key() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        scene.commit("reviewed/a", "one");
        scene.commit("web", "two");
        let reviews = [
            ("REVIEWED_BY_1", "Pat O'Neil <pat@x.example>"),
            ("REVIEWED_BY_2", "\"Q\" $HOME <q@x.example>"),
        ];
        scene.mend(&reviews);
        assert_eq!(
            scene.trailers("Reviewed-by"),
            "Begin: one:Pat O'Neil <pat@x.example>,\"Q\" $HOME <q@x.example> two:"
        );
    }
}

#[test]
fn message() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        scene.commit("reasons/a", "one");
        scene.mend(&[]);
        scene.commit("reasons/b", "two");
        scene.commit("web", "three");
        scene.mend(&[]);
    }
}

#[test]
fn author_and_committer() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        let git = scene
            .clone
            .git()
            .clone()
            .env("GIT_AUTHOR_EMAIL", "who@else.example")
            .env("GIT_COMMITTER_EMAIL", "who@else.example");
        let commit = |file: &str| {
            scene.clone.write(file, "x");
            git.run(["add", "--all"]);
            git.run(["commit", "--quiet", "-m", file]);
        };
        commit("authors/a");
        scene.mend(&[("AUTHOR", "Bob O'Neil <bob@shop.example>")]);
        commit("committers/a");
        scene.mend(&[("COMMITTER_EMAIL", "alice@shop.example")]);
        commit("authors/b");
        commit("committers/b");
        commit("web");
        scene.mend(&[
            ("AUTHOR", "Bob <bob@shop.example>"),
            ("COMMITTER_EMAIL", "alice@shop.example"),
        ]);
    }
}

#[test]
fn all_that_is_wrong_is_mended_at_once() {
    for shell in SHELLS {
        let scene = Scene::new(shell);
        scene.clone.write("signed/a", "x");
        scene.commit("pay/a", "one");
        scene.commit("web", "two");
        scene.clone.write("reasons/a", "x");
        scene.commit("pay/b", "three");
        scene.commit("signed/b", "four");
        scene.mend(&[("CHANGE_TICKET", "PAY-1")]);
        assert_eq!(
            scene.trailers("Change-Ticket"),
            "Begin: one:PAY-1 two: three:PAY-1 four:"
        );
    }
}

#[test]
fn programs_are_told_the_same() {
    let scene = Scene::new("dash");
    scene.commit("pay/a", "one");
    scene.commit("signed/a", "two");
    let refused = scene.clone.push(["main", "-oportcullis=json"]);
    let decision = refused.decision();
    for finding in decision["findings"].as_array().expect("there are findings") {
        assert_eq!(finding["fix"], serde_json::json!([command_of(&refused)]));
    }
}

#[test]
fn what_no_command_mends_has_none() {
    let scene = Scene::new("dash");
    scene.commit("web", "one");
    scene.clone.git().run(["tag", "v1"]);
    let policy = "version: 1\nrules:\n  - { id: no, refs: ['*', 'refs/tags/*'], require: { message: no } }\n";
    scene.server.set_policy(policy);
    let refused = scene.clone.push(["v1"]);
    refused.assert_refused(&["missing: a commit message that matches no as a whole"]);
    assert!(!refused.remote.contains("to mend it"), "{}", refused.remote);
    scene
        .server
        .set_policy("version: 1\nrules:\n  - { id: no, refs: ['*'], deny: Never. }\n");
    let refused = scene.clone.push_main();
    refused.assert_refused(&["Never."]);
    assert!(!refused.remote.contains("to mend it"), "{}", refused.remote);
}

/// The one line behind `to mend it`.
#[track_caller]
fn command_of(refused: &Push) -> String {
    assert!(!refused.accepted, "it was accepted");
    let mut lines = refused
        .remote
        .lines()
        .skip_while(|line| !line.starts_with("to mend it"));
    let command = lines.find(|line| line.starts_with("  ") && line.contains("git "));
    command
        .unwrap_or_else(|| panic!("no command in:\n{}", refused.remote))
        .trim()
        .to_owned()
}

fn quoted(value: &str) -> String {
    portcullis::report::shell::quote(value.as_bytes())
}
