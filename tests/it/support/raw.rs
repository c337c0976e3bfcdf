//! Objects that git's own commands would not make, written byte by byte.

use super::Git;
use std::{io::Write, process::Stdio};

impl Git {
    /// What a command prints that reads `input`; it must succeed.
    #[track_caller]
    pub(crate) fn feed(&self, arguments: &[&str], input: &[u8]) -> String {
        let mut child = self
            .command(arguments)
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("git is installed");
        let mut stdin = child.stdin.take().expect("it is piped");
        stdin.write_all(input).expect("git reads it");
        drop(stdin);
        let output = child.wait_with_output().expect("it is our child");
        assert!(output.status.success(), "git {arguments:?} failed");
        String::from_utf8_lossy(&output.stdout)
            .trim_end()
            .to_owned()
    }

    /// Writes an object of this kind, whatever git thinks of its content, and says its id.
    #[track_caller]
    pub(crate) fn object(&self, kind: &str, content: &[u8]) -> String {
        self.feed(
            &["hash-object", "-w", "--literally", "-t", kind, "--stdin"],
            content,
        )
    }

    /// Writes a tree with exactly these entries in exactly this order: mode, name, object.
    #[track_caller]
    pub(crate) fn raw_tree(&self, entries: &[(&str, &[u8], &str)]) -> String {
        let mut content = Vec::new();
        for (mode, name, id) in entries {
            content.extend_from_slice(mode.as_bytes());
            content.push(b' ');
            content.extend_from_slice(name);
            content.push(0);
            content.extend((0..id.len()).step_by(2).map(|at| {
                u8::from_str_radix(&id[at..at + 2], 16).expect("an object id is in hex")
            }));
        }
        self.object("tree", &content)
    }

    /// Commits a tree over these parents without looking into it.
    #[track_caller]
    pub(crate) fn raw_commit(&self, tree: &str, parents: &[&str], message: &str) -> String {
        let parents: Vec<_> = parents
            .iter()
            .flat_map(|parent| ["parent ", parent, "\n"])
            .collect();
        let mut content = format!("tree {tree}\n{}", parents.concat());
        content += "author Alice <alice@shop.example> 1767323045 +0000\n";
        content += "committer Alice <alice@shop.example> 1767323045 +0000\n\n";
        content += message;
        self.object("commit", content.as_bytes())
    }
}
