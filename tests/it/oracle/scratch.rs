//! A repository made from a script, and git asked about it, plainly: one question, one process.

use std::collections::{BTreeMap, BTreeSet};
use std::io::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use gix::ObjectId;
use gix::hashtable::HashMap;
use tempfile::TempDir;

use super::script::{Content, NewCommit, Script};
use crate::support::{Git, hermetic};

/// The entries of a tree by their whole path, without directories: mode and object.
pub(super) type Tree = BTreeMap<Vec<u8>, (String, String)>;

/// What git makes of two commits.
#[derive(Debug, Default)]
pub(super) struct Merged {
    pub(super) tree: String,
    pub(super) conflicts: BTreeSet<Vec<u8>>,
}

/// Git in one bare repository.
#[derive(Debug, Clone)]
pub(super) struct Asked {
    git_dir: std::path::PathBuf,
    empty_tree: String,
}

/// A repository with the history of a script in it.
pub(super) struct Scratch {
    // Held for its end: the folder goes with the repository.
    _folder: TempDir,
    pub(super) git: Asked,
    /// The commits of the script, in its order.
    pub(super) ids: Vec<ObjectId>,
}

impl Scratch {
    pub(super) fn of(script: &Script) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        let format = script.format.option();
        Git::at(folder.path()).init(&["--bare", format, "."]);
        let git = Asked::at(folder.path());
        let marks = folder.path().join("marks");
        let stream = script.fast_import();
        let export = format!("--export-marks={}", marks.display());
        git.run_with(
            &[
                "-c",
                "fastimport.unpackLimit=1",
                "fast-import",
                "--quiet",
                "--done",
                &export,
            ],
            &stream,
        );
        let mut scratch = Scratch {
            _folder: folder,
            git,
            ids: Vec::new(),
        };
        scratch.read_marks(&marks, script);
        for (name, commit) in &script.refs {
            scratch
                .git
                .run(&["update-ref", name, &scratch.ids[*commit].to_string()]);
        }
        if script.commit_graph {
            scratch.git.run(&["commit-graph", "write", "--reachable"]);
        }
        scratch
    }

    fn read_marks(&mut self, marks: &Path, script: &Script) {
        let text = std::fs::read_to_string(marks).expect("fast-import writes its marks");
        let by_mark: BTreeMap<usize, &str> = text
            .lines()
            .filter_map(|line| line.strip_prefix(':')?.split_once(' '))
            .map(|(mark, id)| (mark.parse().expect("a number"), id))
            .collect();
        for (position, commit) in script.commits.iter().enumerate() {
            let id = match commit.content {
                Content::Files(_) => id(by_mark[&(position + 1)]),
                Content::GitMerge => self.merge_by_git(commit),
            };
            self.ids.push(id);
        }
    }

    fn merge_by_git(&self, commit: &NewCommit) -> ObjectId {
        let parents: Vec<_> = commit
            .parents
            .iter()
            .map(|&parent| self.ids[parent])
            .collect();
        let merged = self.git.merge_tree(&parents[0], &parents[1]);
        let tree = merged.map_or_else(|| format!("{}^{{tree}}", parents[0]), |merged| merged.tree);
        self.git.commit_tree(&tree, &parents, commit.date)
    }
}

impl Asked {
    pub(super) fn at(git_dir: &Path) -> Self {
        let mut asked = Asked {
            git_dir: git_dir.to_owned(),
            empty_tree: String::new(),
        };
        asked.empty_tree = text(asked.run(&["hash-object", "-t", "tree", "/dev/null"]));
        asked
    }

    /// Git in a new repository at `folder` that borrows all objects of the one at `path`, in which nothing is written.
    pub(super) fn beside(path: &Path, folder: &Path) -> Self {
        let ask = |arguments: &[&str]| {
            let mut command = hermetic("git", path);
            // It may belong to someone else.
            command.args(arguments);
            command.env("GIT_CONFIG_COUNT", "1");
            command
                .env("GIT_CONFIG_KEY_0", "safe.directory")
                .env("GIT_CONFIG_VALUE_0", "*");
            text(command.output().expect("git is installed").stdout)
        };
        let format = format!(
            "--object-format={}",
            ask(&["rev-parse", "--show-object-format"])
        );
        Git::at(folder).init(&["--bare", &format, "."]);
        let objects = ask(&[
            "rev-parse",
            "--path-format=absolute",
            "--git-path",
            "objects",
        ]);
        let alternates = folder.join("objects/info/alternates");
        std::fs::create_dir_all(folder.join("objects/info")).expect("writable");
        std::fs::write(alternates, objects + "\n").expect("writable");
        Self::at(folder)
    }

    /// The commit that `revision` names in the repository at `path`.
    pub(super) fn resolve(path: &Path, revision: &str) -> ObjectId {
        let mut command = hermetic("git", path);
        command.env("GIT_CONFIG_COUNT", "1");
        command
            .env("GIT_CONFIG_KEY_0", "safe.directory")
            .env("GIT_CONFIG_VALUE_0", "*");
        command.args(["rev-parse", "--verify", &format!("{revision}^{{commit}}")]);
        id(&text(command.output().expect("git is installed").stdout))
    }

    pub(super) fn git_dir(&self) -> &Path {
        &self.git_dir
    }

    fn command(&self, arguments: &[&str]) -> Command {
        let mut command = hermetic("git", &self.git_dir);
        command.arg("--git-dir").arg(&self.git_dir);
        if !self.empty_tree.is_empty() {
            // No attributes, wherever this git would look for them.
            command.arg(format!("--attr-source={}", self.empty_tree));
        }
        command
            .env("GIT_ATTR_NOSYSTEM", "1")
            .env("GIT_NO_REPLACE_OBJECTS", "1")
            .args(arguments);
        command
    }

    pub(super) fn run(&self, arguments: &[&str]) -> Vec<u8> {
        self.run_with(arguments, &[])
    }

    pub(super) fn run_with(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let (status, output) = self.answer(arguments, input);
        assert_eq!(status, 0, "git {arguments:?}");
        output
    }

    fn answer(&self, arguments: &[&str], input: &[u8]) -> (i32, Vec<u8>) {
        let mut command = self.command(arguments);
        command.stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut git = command.spawn().expect("git is installed");
        let mut pipe = git.stdin.take().expect("piped");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || drop(pipe.write_all(&input)));
        let output = git.wait_with_output().expect("git ends");
        writer.join().expect("no panic");
        (output.status.code().unwrap_or(-1), output.stdout)
    }

    /// Writes generation numbers of all that `tip` contains, with which a walk knows where it may stop.
    pub(super) fn write_commit_graph(&self, tip: ObjectId) {
        let write = ["commit-graph", "write", "--stdin-commits", "--no-progress"];
        self.run_with(&write, format!("{tip}\n").as_bytes());
    }

    /// Takes them away again.
    pub(super) fn remove_commit_graph(&self) {
        let file = self.git_dir.join("objects/info/commit-graph");
        std::fs::remove_file(file).expect("it was written");
    }

    /// Each of `tips` and what is reachable from it, with its parents.
    pub(super) fn graph(&self, tips: &[ObjectId]) -> HashMap<ObjectId, Vec<ObjectId>> {
        let input: String = tips.iter().map(|tip| format!("{tip}\n")).collect();
        let output = self.run_with(&["rev-list", "--parents", "--stdin"], input.as_bytes());
        let lines = String::from_utf8(output).expect("hex");
        lines
            .lines()
            .map(|line| {
                let mut ids = line.split(' ').map(id);
                (ids.next().expect("a commit"), ids.collect())
            })
            .collect()
    }

    pub(super) fn ls_tree(&self, tree: &str) -> Tree {
        let output = self.run(&["ls-tree", "-r", "-z", tree]);
        let mut entries = Tree::new();
        for line in output
            .split(|&byte| byte == 0)
            .filter(|line| !line.is_empty())
        {
            let tab = line.iter().position(|&byte| byte == b'\t').expect("a tab");
            let head = std::str::from_utf8(&line[..tab]).expect("mode, type, object");
            let mut words = head.split(' ');
            let (mode, object) = (
                words.next().expect("a mode"),
                words.nth(1).expect("an object"),
            );
            entries.insert(
                line[tab + 1..].to_vec(),
                (mode.to_owned(), object.to_owned()),
            );
        }
        entries
    }

    /// git's default merge of two commits; `None` where git itself ends with a failed assertion.
    pub(super) fn merge_tree(&self, ours: &ObjectId, theirs: &ObjectId) -> Option<Merged> {
        let (ours, theirs) = (ours.to_string(), theirs.to_string());
        let merge = [
            "merge-tree",
            "--write-tree",
            "-z",
            "--name-only",
            "--no-messages",
            "--allow-unrelated-histories",
            &ours,
            &theirs,
        ];
        let (status, output) = self.answer(&merge, &[]);
        if status != 0 && status != 1 {
            return None;
        }
        let mut fields = output
            .split(|&byte| byte == 0)
            .filter(|field| !field.is_empty());
        let tree = text(fields.next().expect("a tree").to_vec());
        Some(Merged {
            tree,
            conflicts: fields.map(<[u8]>::to_vec).collect(),
        })
    }

    /// Does the tree hold an entry without an object?
    pub(super) fn has_null_objects(&self, tree: &str) -> bool {
        let null = "0".repeat(self.empty_tree.len());
        self.ls_tree(tree)
            .values()
            .any(|(_, object)| *object == null)
    }

    pub(super) fn merge_bases(&self, one: &ObjectId, other: &ObjectId) -> Vec<ObjectId> {
        let (_, output) = self.answer(
            &["merge-base", "--all", &one.to_string(), &other.to_string()],
            &[],
        );
        text(output).lines().map(id).collect()
    }

    /// The content of blobs.
    pub(super) fn blobs<'i>(
        &self,
        ids: impl Iterator<Item = &'i String>,
    ) -> BTreeMap<String, Vec<u8>> {
        let input: String = ids.map(|id| format!("{id}\n")).collect();
        if input.is_empty() {
            return BTreeMap::new();
        }
        let output = self.run_with(&["cat-file", "--batch"], input.as_bytes());
        let mut rest = &output[..];
        let mut blobs = BTreeMap::new();
        while let Some(end) = rest.iter().position(|&byte| byte == b'\n') {
            let head = std::str::from_utf8(&rest[..end]).expect("id, type, size");
            let mut words = head.split(' ');
            let (id, size) = (words.next().expect("an id"), words.nth(1).expect("a size"));
            let size: usize = size.parse().expect("a number");
            blobs.insert(id.to_owned(), rest[end + 1..=end + size].to_vec());
            rest = &rest[end + size + 2..];
        }
        blobs
    }

    pub(super) fn commit_tree(&self, tree: &str, parents: &[ObjectId], date: u64) -> ObjectId {
        let mut command = self.command(&["commit-tree", tree, "-m", "merge"]);
        for parent in parents {
            command.arg("-p").arg(parent.to_string());
        }
        for who in ["AUTHOR", "COMMITTER"] {
            command
                .env(format!("GIT_{who}_NAME"), "Alice")
                .env(format!("GIT_{who}_EMAIL"), "alice@shop.example")
                .env(format!("GIT_{who}_DATE"), format!("@{date} +0000"));
        }
        let output = command.output().expect("git is installed");
        assert!(
            output.status.success(),
            "{}",
            String::from_utf8_lossy(&output.stderr)
        );
        id(&text(output.stdout))
    }

    /// Writes a tree that holds these entries.
    pub(super) fn write_tree(&self, tree: &Tree) -> String {
        let index = TempDir::new().expect("a temporary folder");
        let index = index.path().join("index");
        let mut info = Vec::new();
        let is_file = |path: &[u8]| tree.contains_key(path);
        for (path, (mode, object)) in tree {
            // After a conflict of the two, a file can stand where a directory is.
            let mut ends = path.iter().enumerate().filter(|(_, byte)| **byte == b'/');
            if ends.any(|(end, _)| is_file(&path[..end])) {
                continue;
            }
            info.extend_from_slice(format!("{mode} {object}\t").as_bytes());
            info.extend_from_slice(path);
            info.push(0);
        }
        let run = |arguments: &[&str], input: &[u8]| {
            let mut command = self.command(arguments);
            command
                .env("GIT_INDEX_FILE", &index)
                .stdin(Stdio::piped())
                .stdout(Stdio::piped());
            let mut git = command.spawn().expect("git is installed");
            git.stdin
                .take()
                .expect("piped")
                .write_all(input)
                .expect("git reads");
            let output = git.wait_with_output().expect("git ends");
            assert!(output.status.success());
            output.stdout
        };
        run(&["update-index", "-z", "--index-info"], &info);
        text(run(&["write-tree", "--missing-ok"], &[]))
    }
}

fn id(hex: &str) -> ObjectId {
    ObjectId::from_hex(hex.as_bytes()).expect("an object id")
}

fn text(output: Vec<u8>) -> String {
    String::from_utf8(output)
        .expect("text")
        .trim_end()
        .to_owned()
}
