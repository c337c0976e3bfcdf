//! A real gitolite behind a real sshd, with the hook that `install.sh` gives it.

use std::fs;
use std::path::PathBuf;

use serde_json::Value;

use super::POLICY;
use crate::install::machine::Machine;
use crate::support::{ObjectFormat, Run, SshServer, WorkingClone, hermetic};

const SHELL: &str = "/usr/share/gitolite3/gitolite-shell";

/// Carol may push anything but main, and dave may only read.
const ACCESS: &str = "
repo gitolite-admin
    RW+ = admin
repo shop/web
    -   main = carol
    R   = dave
    RW+ = alice bob carol
";

/// A gitolite with its sshd.
struct Gitolite {
    machine: Machine,
    ssh: SshServer,
}

impl Gitolite {
    /// `None` where it is not installed, or server tests are to be left out.
    fn start() -> Option<Self> {
        if !PathBuf::from(SHELL).exists() {
            println!("skipped: gitolite3 is not installed");
            return None;
        }
        let machine = Machine::new();
        let home = machine.folder.parent().expect("it is in one").join("git");
        fs::create_dir(&home).expect("a folder can be made");
        let ssh = SshServer::with(&["alice", "bob", "carol", "dave"], "", |pusher| {
            format!("HOME={} {SHELL} {pusher}", home.display())
        })?;
        let gitolite = |arguments: &[&str]| {
            let mut gitolite = hermetic("gitolite", &home);
            Run::of(gitolite.args(arguments)).assert(0, &[]);
        };
        gitolite(&["setup", "-a", "admin"]);
        fs::write(home.join(".gitolite/conf/gitolite.conf"), ACCESS).expect("it can be written");
        gitolite(&["compile"]);
        fs::write(machine.policy(), POLICY).expect("the policy can be written");
        machine
            .install_on("--gitolite", &home, &[])
            .assert_done(&["wrote"]);
        Some(Self { machine, ssh })
    }

    fn clone_of(&self, pusher: &str) -> WorkingClone {
        WorkingClone::of(&self.ssh.url("/shop/web"), ObjectFormat::Sha1, |git| {
            git.env("GIT_SSH_COMMAND", self.ssh.client(pusher))
        })
    }

    fn ledger(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.machine.folder.join("audit.jsonl")).unwrap_or_default();
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}

#[test]
fn gitolite_says_who_pushes_and_its_own_rules_come_afterwards() {
    let Some(gitolite) = Gitolite::start() else {
        return;
    };
    let told = |of: &str| {
        let last = gitolite.ledger().pop().expect("a decision is written down");
        assert_eq!(last["pusher"]["account"], of);
        assert_eq!(last["repository"], "shop/web");
        last
    };
    let alice = gitolite.clone_of("alice");
    alice.write("README", "").commit("Begin");
    alice.push_main().assert_silent();
    assert_eq!(told("alice")["pusher"]["person"], "alice");

    let bob = gitolite.clone_of("bob");
    bob.write("services/payments/charge.rs", "1")
        .commit("Charge");
    bob.push_main()
        .assert_refused(&["payments-ticket", "Change-Ticket"]);
    assert_eq!(told("bob")["verdict"], "deny");
    bob.amend_with("Change-Ticket: PAY-7");
    bob.push_main().assert_silent();

    // Who may not push to main at all is told so by gitolite, and after us.
    let carol = gitolite.clone_of("carol");
    carol.write("web/site.css", "1").commit("Style");
    carol
        .push_main()
        .assert_refused(&["DENIED by refs/heads/main"]);
    let last = told("carol");
    assert_eq!(last["verdict"], "allow");
    assert_eq!(
        last["pusher"]["person"],
        Value::Null,
        "she is not of the policy"
    );
    carol.push(["main:topic"]).assert_silent();

    // Who may only read does not come as far as the hook.
    let before = gitolite.ledger().len();
    let dave = gitolite.clone_of("dave");
    dave.write("web/site.css", "2").commit("Style");
    let push = dave.push_main();
    assert!(!push.accepted, "{}", push.stderr);
    assert_eq!(gitolite.ledger().len(), before);

    // What gitolite refused is not held against the next.
    alice.fetch();
    alice.take_back();
    alice.write("web/site.css", "3").commit("Style");
    alice.push_main().assert_silent();
}
