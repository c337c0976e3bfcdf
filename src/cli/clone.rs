//! The clone that someone works in, through their own git: with their keys, their remotes and their credentials.

use std::ffi::OsStr;
use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use gix::bstr::{BString, ByteSlice as _};

/// A working clone.
#[derive(Debug)]
pub(super) struct WorkingClone {
    path: PathBuf,
}

/// What git said no to.
#[derive(Debug, thiserror::Error)]
pub(super) enum GitError {
    #[error("git cannot be started: {0}")]
    NotStarted(#[from] std::io::Error),
    #[error("`git {command}` failed{}", if said.is_empty() { String::new() } else { format!(": {said}") })]
    Failed { command: String, said: String },
}

impl WorkingClone {
    pub(super) fn at(path: &Path) -> Self {
        WorkingClone {
            path: path.to_owned(),
        }
    }

    /// What git prints, without the line end.
    pub(super) fn ask<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<BString, GitError> {
        let output = self.git(arguments).stdin(Stdio::null()).output()?;
        if !output.status.success() {
            return Err(failed(arguments, &output.stderr));
        }
        Ok(output.stdout.trim_end().into())
    }

    /// `owner/name` of the repository on the server: the end of the remote's address; `None` if it does not say.
    pub(super) fn repository_at(&self, remote: &str) -> Result<Option<String>, GitError> {
        let url = self.ask(&["remote", "get-url", "--push", remote])?;
        Ok(repository_of(&url.to_str_lossy()))
    }

    /// Runs git on the user's own terminal.
    pub(super) fn run<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Result<(), GitError> {
        let status = self.git(arguments).status()?;
        if status.success() {
            Ok(())
        } else {
            Err(failed(arguments, b""))
        }
    }

    /// Runs git with `input`, the rest of it on the user's own terminal.
    pub(super) fn feed<S: AsRef<OsStr>>(
        &self,
        arguments: &[S],
        input: &[u8],
    ) -> Result<(), GitError> {
        let mut child = self.git(arguments).stdin(Stdio::piped()).spawn()?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(input)?;
        }
        if child.wait()?.success() {
            Ok(())
        } else {
            Err(failed(arguments, b""))
        }
    }

    #[expect(
        clippy::disallowed_methods,
        reason = "who approves does so with their own git; the hook never comes here"
    )]
    fn git<S: AsRef<OsStr>>(&self, arguments: &[S]) -> Command {
        let mut command = Command::new("git");
        command
            .arg("-C")
            .arg(&self.path)
            .args(arguments)
            // What is shown must be what is signed.
            .env("GIT_NO_REPLACE_OBJECTS", "1");
        command
    }
}

fn failed<S: AsRef<OsStr>>(arguments: &[S], stderr: &[u8]) -> GitError {
    let words: Vec<_> = arguments
        .iter()
        .map(|argument| argument.as_ref().to_string_lossy())
        .collect();
    GitError::Failed {
        command: words.join(" "),
        said: stderr.trim().to_str_lossy().into_owned(),
    }
}

/// `owner/name`, from `https://host/owner/name.git`, `ssh://…`, `git@host:owner/name.git` or a path.
fn repository_of(url: &str) -> Option<String> {
    let path = match url.split_once("://") {
        Some((_, rest)) => rest.split_once('/')?.1,
        None => match url.split_once(':') {
            Some((host, path)) if !host.contains('/') => path,
            _ => url,
        },
    };
    let path = path.trim_matches('/');
    let path = path.strip_suffix(".git").unwrap_or(path);
    let mut components: Vec<&str> = path.split('/').collect();
    let from = components.len().saturating_sub(2);
    let components = components.split_off(from);
    (components.iter().all(|component| !component.is_empty())).then(|| components.join("/"))
}

#[cfg(test)]
mod tests {
    use super::repository_of;

    #[test]
    fn the_repository_is_the_end_of_the_address() {
        for url in [
            "https://git.shop.example/shop/web.git",
            "https://git.shop.example:3000/sub/shop/web",
            "ssh://git@git.shop.example:2222/shop/web.git",
            "git@git.shop.example:shop/web.git",
            "/srv/git/shop/web.git",
            "file:///srv/git/shop/web.git/",
        ] {
            assert_eq!(repository_of(url).as_deref(), Some("shop/web"), "{url}");
        }
        assert_eq!(repository_of("https://host/"), None);
    }
}
