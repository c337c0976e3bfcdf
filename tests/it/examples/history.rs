//! From the commits of a case to a repository that holds them, with one `git fast-import`.

use crate::support::Git;
use portcullis::cases::{Commit, Line};
use portcullis::paths::names::full_name;
use std::{collections::HashMap, fmt::Write as _, io::Write as _, process::Stdio};

/// Commits of a case, and the refs of the time before the push. A commit is known by its number.
#[derive(Default)]
pub(crate) struct History {
    stream: String,
    /// The first parent of each commit.
    first_parents: Vec<Option<usize>>,
    names: HashMap<String, usize>,
    refs: Vec<(String, usize)>,
    /// Who writes commits that do not say.
    author: String,
}

impl History {
    pub(crate) fn by(author: Option<&str>) -> Self {
        Self {
            author: author
                .unwrap_or("Somebody <somebody@example.org>")
                .to_owned(),
            ..Self::default()
        }
    }

    /// The refs before the push, each with its commit.
    pub(crate) fn refs(&self) -> &[(String, usize)] {
        &self.refs
    }

    /// The ref under which the commit can be fetched and pushed.
    pub(crate) fn ref_of(commit: usize) -> String {
        format!("refs/case/{commit}")
    }

    /// Adds a ref of the time before the push.
    pub(crate) fn add_ref(&mut self, name: &str, line: &Line) {
        let start = line.from.as_deref().map(|from| self.find(from));
        let tip = self
            .add_line(start, line)
            .unwrap_or_else(|| panic!("{name} holds no commit"));
        let full = full_name(name);
        writeln!(self.stream, "reset {full}\nfrom :{}\n", tip + 1).expect("a string takes all");
        self.refs.push((full, tip));
    }

    /// Adds what a ref would hold after the push, and says which commit that is.
    pub(crate) fn add_push(&mut self, name: &str, line: &Line) -> usize {
        let start = match &line.from {
            Some(from) => Some(self.find(from)),
            None => self.ref_before(&full_name(name)),
        };
        self.add_line(start, line)
            .unwrap_or_else(|| panic!("the push to {name} has no commit"))
    }

    /// The commit of a ref before the push.
    pub(crate) fn ref_before(&self, full: &str) -> Option<usize> {
        self.refs
            .iter()
            .find(|(name, _)| name == full)
            .map(|(_, commit)| *commit)
    }

    /// Writes everything into the repository of `git`.
    pub(crate) fn import(&self, git: &Git) {
        let mut child = git
            .command(["fast-import", "--quiet"])
            .stdin(Stdio::piped())
            .spawn()
            .expect("git is installed");
        let mut stdin = child.stdin.take().expect("it is a pipe");
        stdin
            .write_all(self.stream.as_bytes())
            .expect("git reads it");
        drop(stdin);
        let done = child.wait().expect("it is our child");
        assert!(done.success(), "git fast-import refuses:\n{}", self.stream);
    }

    /// The commit that `NAME` or `NAME~N` means.
    pub(crate) fn find(&self, text: &str) -> usize {
        let (name, steps) = text.split_once('~').unwrap_or((text, "0"));
        let steps: usize = steps
            .parse()
            .unwrap_or_else(|_| panic!("`{text}`: write a number behind ~"));
        let start = self
            .names
            .get(name)
            .copied()
            .or_else(|| self.ref_before(&full_name(name)));
        let mut commit =
            start.unwrap_or_else(|| panic!("`{name}` is no ref before the push and no `as` above"));
        for _ in 0..steps {
            commit = self.first_parents[commit]
                .unwrap_or_else(|| panic!("`{text}` goes beyond the first commit"));
        }
        commit
    }

    fn add_line(&mut self, start: Option<usize>, line: &Line) -> Option<usize> {
        line.commits.iter().fold(start, |parent, commit| {
            Some(self.add_commit(parent, commit))
        })
    }

    fn add_commit(&mut self, parent: Option<usize>, commit: &Commit) -> usize {
        let number = self.first_parents.len();
        let merged: Vec<usize> = commit
            .merge
            .iter()
            .flat_map(|names| &names.0)
            .map(|name| self.find(name))
            .collect();
        let text = self.render(number, parent, &merged, commit);
        self.stream += &text;
        self.first_parents.push(parent);
        if let Some(name) = &commit.r#as {
            self.names.insert(name.clone(), number);
        }
        number
    }

    fn render(
        &self,
        number: usize,
        parent: Option<usize>,
        merged: &[usize],
        commit: &Commit,
    ) -> String {
        let mut text = String::new();
        let author = commit.author.as_ref().unwrap_or(&self.author);
        let committer = commit.committer.as_ref().unwrap_or(author);
        // A minute apart, so that dates tell the order.
        let time = 1_767_323_045 + 60 * number;
        line(
            &mut text,
            &format!("commit {}\nmark :{}", Self::ref_of(number), number + 1),
        );
        line(
            &mut text,
            &format!("author {author} {time} +0000\ncommitter {committer} {time} +0000"),
        );
        data(&mut text, commit.message.as_deref().unwrap_or("Change"));
        for (keyword, parent) in parent
            .iter()
            .map(|parent| ("from", parent))
            .chain(merged.iter().map(|parent| ("merge", parent)))
        {
            line(&mut text, &format!("{keyword} :{}", parent + 1));
        }
        for path in &commit.delete.0 {
            line(&mut text, &format!("D {}", quoted(path)));
        }
        for (path, content) in &commit.write.0 {
            let mode = if commit.executable.0.contains(path) {
                "100755"
            } else {
                "100644"
            };
            line(&mut text, &format!("M {mode} inline {}", quoted(path)));
            data(&mut text, content);
        }
        for (path, target) in &commit.link.0 {
            line(&mut text, &format!("M 120000 inline {}", quoted(path)));
            data(&mut text, target);
        }
        for (path, id) in &commit.submodule.0 {
            line(&mut text, &format!("M 160000 {id} {}", quoted(path)));
        }
        text
    }
}

fn line(text: &mut String, line: &str) {
    text.push_str(line);
    text.push('\n');
}

fn data(text: &mut String, content: &str) {
    line(text, &format!("data {}\n{content}", content.len()));
}

/// A path as fast-import reads it.
fn quoted(path: &str) -> String {
    format!(
        "\"{}\"",
        path.replace('\\', "\\\\")
            .replace('"', "\\\"")
            .replace('\n', "\\n")
    )
}
