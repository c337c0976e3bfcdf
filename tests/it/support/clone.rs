//! A clone in which someone works, and from which they push.

use super::{Git, ObjectFormat, Push};
use std::{ffi::OsStr, fs, path::PathBuf, process::Output};
use tempfile::TempDir;

/// A clone in a folder of its own, on the branch `main`.
pub(crate) struct WorkingClone {
    // Held for its end: the folder goes with the clone.
    _folder: TempDir,
    git: Git,
}

impl WorkingClone {
    /// Clones `url`, where objects have this format; `reach` may give git what it needs to get there.
    pub(crate) fn of(url: &str, format: ObjectFormat, reach: impl FnOnce(Git) -> Git) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let git = reach(Git::at(folder.path()));
        // Not `git clone`: before 2.42 it takes the objects of an empty repository to be SHA-1.
        git.init(&[format.option()]);
        git.run(["remote", "add", "origin", url]);
        git.run(["fetch", "--quiet", "origin"]);
        let clone = Self {
            _folder: folder,
            git,
        };
        if clone
            .git
            .output(["rev-parse", "--verify", "--quiet", "origin/main"])
            .status
            .success()
        {
            clone.take_back();
        }
        clone
    }

    /// Git in this clone.
    pub(crate) fn git(&self) -> &Git {
        &self.git
    }

    /// The same clone, where git has one more environment variable.
    pub(crate) fn env(mut self, name: &str, value: impl AsRef<OsStr>) -> Self {
        self.git = self.git.env(name, value.as_ref());
        self
    }

    /// The same clone, in which someone writes and commits at this time.
    pub(crate) fn by(mut self, name: &str, email: &str, date: &str) -> Self {
        self.git = self.git.by(name, email, date);
        self
    }

    /// Where `file` is on disk.
    pub(crate) fn path(&self, file: &str) -> PathBuf {
        self.git.folder().join(file)
    }

    /// Writes one file, with the folders above it.
    pub(crate) fn write(&self, file: &str, content: impl AsRef<[u8]>) -> &Self {
        let path = self.path(file);
        fs::create_dir_all(path.parent().expect("a file is in a folder"))
            .expect("the folder can be made");
        fs::write(path, content).expect("the file can be written");
        self
    }

    /// Commits all that changed, and says the commit's id.
    pub(crate) fn commit(&self, message: &str) -> String {
        self.commit_with(message, &[])
    }

    /// Commits all that changed, with trailers such as `Change-Ticket: PAY-7`.
    pub(crate) fn commit_with(&self, message: &str, trailers: &[&str]) -> String {
        self.git.run(["add", "--all"]);
        let mut arguments = vec!["commit", "--quiet", "--allow-empty", "-m", message];
        for trailer in trailers {
            arguments.extend(["--trailer", trailer]);
        }
        self.git.run(arguments);
        self.head()
    }

    /// Adds a trailer to the newest commit, and says its new id.
    pub(crate) fn amend_with(&self, trailer: &str) -> String {
        self.git.run([
            "commit",
            "--quiet",
            "--amend",
            "--no-edit",
            "--trailer",
            trailer,
        ]);
        self.head()
    }

    /// Learns what the server has.
    pub(crate) fn fetch(&self) {
        self.git.run(["fetch", "--quiet", "origin"]);
    }

    /// Goes back to what the server had when it was last asked.
    pub(crate) fn take_back(&self) {
        self.git.run(["reset", "--quiet", "--hard", "origin/main"]);
    }

    /// The id of the newest commit.
    pub(crate) fn head(&self) -> String {
        self.git.run(["rev-parse", "HEAD"])
    }

    /// Runs a line as someone who works here would, in a POSIX shell.
    pub(crate) fn shell(&self, line: &str) -> Output {
        let mut shell = self.git.program("sh");
        shell.args(["-c", line]).output().expect("there is a shell")
    }

    /// Pushes; each argument as `git push origin` takes it: a refspec, or an option before them.
    pub(crate) fn push<Argument: AsRef<OsStr>>(
        &self,
        arguments: impl IntoIterator<Item = Argument>,
    ) -> Push {
        let mut command = self.git.command(["push", "--porcelain"]);
        let (options, refspecs): (Vec<_>, Vec<_>) = arguments
            .into_iter()
            .partition(|argument| argument.as_ref().as_encoded_bytes().starts_with(b"-"));
        command.args(options).arg("origin").args(refspecs);
        Push::from(command.output().expect("git is installed"))
    }

    /// Pushes the branch `main`.
    pub(crate) fn push_main(&self) -> Push {
        self.push(["main"])
    }
}
