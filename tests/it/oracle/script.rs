//! A history as plain data: what is written into a repository, which refs there are, and what is asked about it.
//! Every commit holds its whole tree, so that any commit can be left out when a failure is made smaller.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use crate::support::ObjectFormat;

/// The files of a tree by their whole path.
pub(super) type Files = BTreeMap<Vec<u8>, File>;

/// What a path holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct File {
    pub(super) mode: Mode,
    /// Content, link target, or for a submodule one byte that its commit's name is made of.
    pub(super) content: Vec<u8>,
}

/// The kinds of entry.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Mode {
    Plain,
    Executable,
    Link,
    Submodule,
}

/// Where the tree of a commit comes from.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Content {
    Files(Files),
    /// git's own merge of the two parents, conflict markers and all. Only at the end of a script.
    GitMerge,
}

/// One commit; parents are positions in the script.
#[derive(Debug, Clone)]
pub(super) struct NewCommit {
    pub(super) parents: Vec<usize>,
    pub(super) date: u64,
    pub(super) content: Content,
}

/// A ref update that is asked about. Commits by position.
#[derive(Debug, Clone)]
pub(super) struct Update {
    pub(super) name: &'static str,
    pub(super) old: Option<usize>,
    pub(super) new: Option<usize>,
}

/// A rule as the oracle and the engine are both told it.
#[derive(Debug, Clone)]
pub(super) struct RuleSpec {
    pub(super) paths: Vec<super::patterns::Shape>,
    pub(super) scope: Scope,
    pub(super) trusts: Option<Vec<&'static str>>,
}

/// `scope:` of a rule.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Scope {
    EveryCommit,
    FirstParent,
    Tip,
}

/// All of it.
#[derive(Debug, Clone)]
pub(super) struct Script {
    pub(super) format: ObjectFormat,
    /// The repository has a commit-graph file.
    pub(super) commit_graph: bool,
    pub(super) commits: Vec<NewCommit>,
    /// Refs before any push.
    pub(super) refs: Vec<(&'static str, usize)>,
    /// What is recorded of refs, the oldest value first; `None` where the ref was seen not to exist.
    pub(super) records: Vec<(&'static str, Vec<Option<usize>>)>,
    /// `baseline:` of the policy.
    pub(super) baseline: Option<usize>,
    pub(super) updates: Vec<Update>,
    pub(super) rules: Vec<RuleSpec>,
}

impl Script {
    /// The commits that are written as they stand, for `git fast-import`; commit `n` has the mark `:n+1`.
    pub(super) fn fast_import(&self) -> Vec<u8> {
        let mut stream = Vec::new();
        for (position, commit) in self.commits.iter().enumerate() {
            if let Content::Files(files) = &commit.content {
                write_commit(&mut stream, position, commit, files, self.format);
            }
        }
        stream.extend_from_slice(b"done\n");
        stream
    }
}

fn write_commit(
    stream: &mut Vec<u8>,
    position: usize,
    commit: &NewCommit,
    files: &Files,
    format: ObjectFormat,
) {
    let message = format!("commit {position}");
    let mut head = String::new();
    // A ref for each, so that roots are roots.
    let _ = writeln!(
        head,
        "commit refs/keep/{position}\nmark :{}\ncommitter Alice <alice@shop.example> {} +0000\ndata {}\n{message}",
        position + 1,
        commit.date,
        message.len()
    );
    for (nth, parent) in commit.parents.iter().enumerate() {
        let word = if nth == 0 { "from" } else { "merge" };
        let _ = writeln!(head, "{word} :{}", parent + 1);
    }
    head.push_str("deleteall\n");
    stream.extend_from_slice(head.as_bytes());
    for (path, file) in files {
        write_file(stream, path, file, format);
    }
    stream.push(b'\n');
}

fn write_file(stream: &mut Vec<u8>, path: &[u8], file: &File, format: ObjectFormat) {
    let mode = match file.mode {
        Mode::Plain => "100644",
        Mode::Executable => "100755",
        Mode::Link => "120000",
        Mode::Submodule => "160000",
    };
    if file.mode == Mode::Submodule {
        let id = format!("{:02x}", file.content[0] | 1).repeat(hex_len(format) / 2);
        stream.extend_from_slice(format!("M {mode} {id} {}\n", quoted(path)).as_bytes());
    } else {
        let head = format!(
            "M {mode} inline {}\ndata {}\n",
            quoted(path),
            file.content.len()
        );
        stream.extend_from_slice(head.as_bytes());
        stream.extend_from_slice(&file.content);
        stream.push(b'\n');
    }
}

/// A path as git's C strings have it, every byte in octal that is no plain letter.
pub(super) fn quoted(path: &[u8]) -> String {
    let mut text = String::from("\"");
    for &byte in path {
        if byte.is_ascii_alphanumeric() || matches!(byte, b'/' | b'.' | b'-' | b'_') {
            text.push(char::from(byte));
        } else {
            let _ = write!(text, "\\{byte:03o}");
        }
    }
    text.push('"');
    text
}

fn hex_len(format: ObjectFormat) -> usize {
    match format {
        ObjectFormat::Sha1 => 40,
        ObjectFormat::Sha256 => 64,
    }
}
