//! A server machine for `install.sh`: all that it may read and write is below one folder with an awkward name.

use crate::support::gitea::write_program;
use crate::support::{Git, ObjectFormat, PORTCULLIS, Push, Run, WorkingClone, hermetic};
use std::{
    fs,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

const POLICY: &str = include_str!("../../../examples/quick-start/policy.yml");

/// A policy, a prefix `usr`, and whatever repositories a test makes.
pub(crate) struct Machine {
    pub(crate) folder: PathBuf,
    // Held for its end: all goes with it.
    _scratch: TempDir,
}

impl Machine {
    pub(crate) fn new() -> Self {
        let scratch = TempDir::new().expect("a temporary folder");
        let folder = scratch.path().join(r#"it's "the" server"#);
        fs::create_dir(&folder).expect("the folder can be made");
        let machine = Self {
            folder,
            _scratch: scratch,
        };
        fs::write(machine.policy(), POLICY).expect("the policy can be written");
        machine
    }

    pub(crate) fn policy(&self) -> PathBuf {
        self.folder.join("policy.yml")
    }

    /// Makes a bare repository, as `git init` does.
    pub(crate) fn repository(&self, name: &str) -> PathBuf {
        Git::at(&self.folder).run(["init", "--quiet", "--bare", "-b", "main", name]);
        self.folder.join(name)
    }

    /// Runs `install.sh --repo`, with these options besides those that every machine needs.
    pub(crate) fn wire(&self, repository: &Path, options: &[&str]) -> Run {
        self.install_on("--repo", repository, options)
    }

    /// Runs `install.sh --gitea` on the data directory of a Gitea on this machine.
    pub(crate) fn wire_gitea(&self, options: &[&str]) -> Run {
        self.install_on("--gitea", &self.folder.join("data"), options)
    }

    /// Runs `install.sh` with `task`, such as `--gitlab`, on `place`.
    pub(crate) fn install_on(&self, task: &str, place: &Path, options: &[&str]) -> Run {
        let (policy, prefix) = (self.policy(), self.folder.join("usr"));
        let [place, policy, prefix] = [place, &policy, &prefix].map(Path::to_string_lossy);
        let mut arguments = vec![task, &place, "--policy", &policy, "--prefix", &prefix];
        arguments.extend(["--binary", PORTCULLIS]);
        arguments.extend(options);
        self.install(&arguments)
    }

    /// Runs `install.sh` with these arguments.
    pub(crate) fn install(&self, arguments: &[&str]) -> Run {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("install.sh");
        let temporary = self.folder.parent().expect("it is in a scratch folder");
        let path = std::env::var("PATH").expect("PATH is set");
        let path = format!("{}:{path}", temporary.join("bin").display());
        let mut dash = hermetic("dash", &self.folder);
        dash.env("PATH", path)
            .env("TMPDIR", temporary)
            .arg(script)
            .args(arguments);
        Run::of(&mut dash)
    }

    /// Puts a program on the machine's `PATH` that says nothing but this.
    pub(crate) fn program(&self, name: &str, says: &str) {
        let scratch = self.folder.parent().expect("it is in a scratch folder");
        let text = format!("#!/bin/sh\necho '{says}'\n");
        write_program(&scratch.join("bin").join(name), &text);
    }
}

/// The repository that this clone pushes to takes a harmless change, and none to the payments without its ticket.
#[track_caller]
pub(crate) fn assert_guarded(clone: &WorkingClone) {
    clone
        .write("web/site.css", "body { margin: 0 }\n")
        .commit("Remove the page margin");
    clone.push_main().assert_silent();
    push_without_ticket(clone).assert_refused(&["payments-ticket", "Change-Ticket"]);
    clone.amend_with("Change-Ticket: PAY-1042");
    clone.push_main().assert_silent();
}

/// A clone that pushes over the local path.
pub(crate) fn clone_of(repository: &Path) -> WorkingClone {
    WorkingClone::of(&repository.to_string_lossy(), ObjectFormat::Sha1, |git| git)
}

/// Pushes a change to the payments that names no ticket.
pub(crate) fn push_without_ticket(clone: &WorkingClone) -> Push {
    clone
        .write("services/payments/charge.rs", "fn charge() {}\n")
        .commit("Charge in cents");
    clone.push_main()
}
