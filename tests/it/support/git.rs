//! Git, run so that the same calls give the same object ids on every machine.

use std::{
    ffi::{OsStr, OsString},
    path::{Path, PathBuf},
    process::{Command, Output, Stdio},
};

/// Whoever commits in a test, and when: ids that are the same everywhere can be compared.
const IDENTITY: [(&str, &str); 6] = [
    ("GIT_AUTHOR_NAME", "Alice"),
    ("GIT_AUTHOR_EMAIL", "alice@shop.example"),
    ("GIT_AUTHOR_DATE", "2026-01-02T03:04:05+0000"),
    ("GIT_COMMITTER_NAME", "Alice"),
    ("GIT_COMMITTER_EMAIL", "alice@shop.example"),
    ("GIT_COMMITTER_DATE", "2026-01-02T03:04:05+0000"),
];

/// A command that inherits nothing but `PATH`, and reads no git configuration of the user or the machine.
pub(crate) fn hermetic(program: impl AsRef<OsStr>, home: &Path) -> Command {
    let mut command = Command::new(program);
    command
        .env_clear()
        .envs(std::env::var_os("PATH").map(|path| ("PATH", path)))
        .envs([
            ("LC_ALL", "C"),
            ("TZ", "UTC"),
            ("GIT_CONFIG_GLOBAL", "/dev/null"),
            ("GIT_CONFIG_NOSYSTEM", "1"),
            ("GIT_TERMINAL_PROMPT", "0"),
        ])
        .env("HOME", home)
        .current_dir(home)
        .stdin(Stdio::null());
    command
}

/// Git in one folder.
#[derive(Clone)]
pub(crate) struct Git {
    folder: PathBuf,
    variables: Vec<(OsString, OsString)>,
}

impl Git {
    /// Git in `folder`, which is its `HOME` too.
    pub(crate) fn at(folder: impl Into<PathBuf>) -> Self {
        Self {
            folder: folder.into(),
            variables: Vec::new(),
        }
    }

    /// Makes a repository with a branch `main`; more `options` end with where it is, as seen from this folder.
    pub(crate) fn init(&self, options: &[&str]) {
        let init = ["init", "--quiet", "--template=", "-b", "main"];
        self.run([&init, options].concat());
    }

    /// The same git with one more environment variable, or another value for one.
    pub(crate) fn env(mut self, name: &str, value: impl Into<OsString>) -> Self {
        self.variables.push((name.into(), value.into()));
        self
    }

    /// The same git, in which someone writes and commits at this time.
    pub(crate) fn by(self, name: &str, email: &str, date: &str) -> Self {
        ["AUTHOR", "COMMITTER"].into_iter().fold(self, |git, role| {
            git.env(&format!("GIT_{role}_NAME"), name)
                .env(&format!("GIT_{role}_EMAIL"), email)
                .env(&format!("GIT_{role}_DATE"), date)
        })
    }

    /// The folder it works in.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// A git command, ready to be given more, or run.
    pub(crate) fn command<Argument: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Command {
        let mut command = self.program("git");
        command.args(arguments);
        command
    }

    /// Another program in the same folder, with the same environment.
    pub(crate) fn program(&self, program: &str) -> Command {
        let mut command = hermetic(program, &self.folder);
        command.envs(IDENTITY).envs(self.variables.iter().cloned());
        command
    }

    /// What happens, whether it succeeds or not.
    pub(crate) fn output<Argument: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Output {
        self.command(arguments).output().expect("git is installed")
    }

    /// What it prints, without the last line's end; it must succeed.
    #[track_caller]
    pub(crate) fn run<Argument: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> String {
        let mut command = self.command(arguments);
        let output = command.output().expect("git is installed");
        assert!(
            output.status.success(),
            "{command:?} failed:\n{}",
            String::from_utf8_lossy(&output.stderr)
        );
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }
}
