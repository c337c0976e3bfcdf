//! How a push ended, as its pusher saw it.

use serde_json::Value;
use std::process::Output;

/// What was said, in one line: it may have been broken between any two words.
pub(crate) fn in_one_line(said: &str) -> String {
    said.split_whitespace().collect::<Vec<_>>().join(" ")
}

/// One push that was tried.
#[derive(Debug)]
pub(crate) struct Push {
    /// Whether the server took all of it.
    pub(crate) accepted: bool,
    /// All that git printed to stderr.
    pub(crate) stderr: String,
    /// What the server said: the lines that git shows after `remote: `, as one text.
    pub(crate) remote: String,
}

impl From<Output> for Push {
    fn from(output: Output) -> Self {
        let stderr = String::from_utf8_lossy(&output.stderr).into_owned();
        let said = stderr
            .lines()
            .filter_map(|line| line.strip_prefix("remote:"));
        // Git pads these lines with blanks, so that they cover its progress display.
        let remote = said
            .map(|line| line.strip_prefix(' ').unwrap_or(line).trim_end())
            .collect::<Vec<_>>()
            .join("\n");
        Self {
            accepted: output.status.success(),
            stderr,
            remote,
        }
    }
}

impl Push {
    /// The same, with what the server said in one line.
    pub(crate) fn in_one_line(mut self) -> Self {
        self.remote = in_one_line(&self.remote);
        self
    }

    /// The decision, as a program is told it that asks with `-o portcullis=json`.
    #[track_caller]
    pub(crate) fn decision(&self) -> Value {
        let line = self
            .remote
            .lines()
            .find_map(|line| line.strip_prefix("portcullis: "));
        let line = line.unwrap_or_else(|| panic!("no decision is told:\n{}", self.stderr));
        serde_json::from_str(line).expect("it is JSON")
    }

    /// It went through, and the server had nothing to say.
    #[track_caller]
    pub(crate) fn assert_silent(&self) {
        assert!(self.accepted, "the push was refused:\n{}", self.stderr);
        assert_eq!(self.remote, "", "an accepted push is silent");
    }

    /// It was refused by the hook, with each of these words in what the server said.
    #[track_caller]
    pub(crate) fn assert_refused(&self, words: &[&str]) {
        assert!(!self.accepted, "the push went through:\n{}", self.stderr);
        for word in words {
            assert!(
                self.remote.contains(word),
                "the refusal does not say {word:?}:\n{}",
                self.stderr
            );
        }
    }
}
