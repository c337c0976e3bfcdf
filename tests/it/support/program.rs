//! The program, as those run it who look after a server, and those who push.

use super::hermetic;
use serde_json::Value;
use std::{
    ffi::OsStr,
    io::Write as _,
    path::Path,
    process::{Command, Output, Stdio},
    thread,
};

/// The program of this build.
pub(crate) const PORTCULLIS: &str = env!("CARGO_BIN_EXE_portcullis");

/// How a program ended, and what it said.
#[derive(Debug)]
pub(crate) struct Run {
    pub(crate) code: Option<i32>,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

/// Runs the program in `folder`.
pub(crate) fn portcullis<Argument: AsRef<OsStr>>(
    folder: &Path,
    arguments: impl IntoIterator<Item = Argument>,
) -> Run {
    Run::of(hermetic(PORTCULLIS, folder).args(arguments))
}

impl From<Output> for Run {
    fn from(output: Output) -> Self {
        let text = |bytes| String::from_utf8(bytes).expect("it is text");
        Self {
            code: output.status.code(),
            stdout: text(output.stdout),
            stderr: text(output.stderr),
        }
    }
}

impl Run {
    /// Runs this command.
    pub(crate) fn of(command: &mut Command) -> Self {
        let output = command.output();
        output
            .unwrap_or_else(|error| panic!("{command:?} cannot be started: {error}"))
            .into()
    }

    /// Runs this command with this on its standard input.
    pub(crate) fn fed(command: &mut Command, input: &str) -> Self {
        let command = command
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped());
        let mut child = command.spawn().expect("the program runs");
        let mut stdin = child.stdin.take().expect("it is piped");
        let input = input.to_owned();
        // From beside: whoever refuses the arguments reads nothing.
        let writer = thread::spawn(move || drop(stdin.write_all(input.as_bytes())));
        let output = child.wait_with_output().expect("it is our child");
        writer.join().expect("writing cannot panic");
        output.into()
    }

    /// All that it said.
    pub(crate) fn said(&self) -> String {
        format!("{}{}", self.stdout, self.stderr)
    }

    /// What it printed for programs.
    #[track_caller]
    pub(crate) fn json(&self) -> Value {
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON: {self:?}"))
    }

    /// It did what was asked, and says each of these.
    #[track_caller]
    pub(crate) fn assert_done(&self, words: &[&str]) {
        assert_eq!(self.code, Some(0), "{}{}", self.stdout, self.stderr);
        for word in words {
            assert!(
                self.stdout.contains(word),
                "it does not say {word:?}:\n{}",
                self.stdout
            );
        }
    }

    /// It ended with this exit code, and says this on stderr.
    #[track_caller]
    pub(crate) fn assert_failed(&self, code: i32, word: &str) {
        assert_eq!(self.code, Some(code), "{}{}", self.stdout, self.stderr);
        assert!(
            self.stderr.contains(word),
            "it does not say {word:?}:\n{}",
            self.stderr
        );
    }

    /// It ended with this exit code, and said each of these words.
    #[track_caller]
    pub(crate) fn assert(&self, code: i32, words: &[&str]) {
        let said = self.said();
        assert_eq!(self.code, Some(code), "{said}");
        for word in words {
            assert!(said.contains(word), "{word:?} is not said:\n{said}");
        }
    }
}
