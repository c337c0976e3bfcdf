//! The lines that come and go, against `git diff -U0 --no-renames`.

use std::collections::BTreeMap;
use std::sync::Arc;

use gix::ObjectId;
use gix::objs::Kind;
use portcullis::git::budget::Budget;
use portcullis::git::lines::{Line, each_line};
use portcullis::git::tree::{self, Entry};
use portcullis::git::{Repository, lines};
use portcullis::policy::Limits;
use tempfile::TempDir;

use crate::support::Git;

/// Lines that come and lines that go, sorted: where equal lines stand beside each other, either may be the one that came.
#[derive(Debug, Default, PartialEq, Eq)]
struct Changes {
    added: Vec<Vec<u8>>,
    removed: Vec<Vec<u8>>,
}

impl Changes {
    fn sorted(mut self) -> Self {
        self.added.sort();
        self.removed.sort();
        self
    }
}

/// Steps of a generator of our own, so that a seed names a history.
struct Dice(u64);

impl Dice {
    fn below(&mut self, bound: usize) -> usize {
        self.0 = self
            .0
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1_442_695_040_888_963_407);
        let rolled = usize::try_from(self.0 >> 33).expect("31 bits fit");
        rolled % bound
    }

    /// A file of few distinct lines, with ends of every kind.
    fn file(&mut self) -> Vec<Vec<u8>> {
        let lines = self.below(60);
        (0..lines).map(|_| self.line()).collect()
    }

    fn line(&mut self) -> Vec<u8> {
        let end = if self.below(8) == 0 { "\r\n" } else { "\n" };
        let indent = " ".repeat(self.below(3) * 2);
        format!("{indent}{}{end}", self.below(20)).into_bytes()
    }

    /// The file after a few edits.
    fn edited(&mut self, lines: &[Vec<u8>]) -> Vec<Vec<u8>> {
        let mut lines = lines.to_vec();
        for _ in 0..self.below(8) {
            let at = self.below(lines.len() + 1);
            match self.below(3) {
                0 => lines.insert(at, self.line()),
                1 if at < lines.len() => drop(lines.remove(at)),
                _ if at < lines.len() => lines[at] = self.line(),
                _ => {}
            }
        }
        lines
    }

    /// The content, now and then without its last line break, or binary.
    fn content(&mut self, lines: &[Vec<u8>]) -> Vec<u8> {
        let mut content = lines.concat();
        if self.below(4) == 0 && content.ends_with(b"\n") {
            content.pop();
        }
        content
    }
}

#[test]
fn lines_are_those_of_git() {
    let mut dice = Dice(20_260_726);
    let folder = TempDir::new().expect("a temporary folder");
    let git = Git::at(folder.path());
    git.init(&[]);
    let write = |name: &str, content: &[u8]| {
        std::fs::write(folder.path().join(name), content).expect("the file can be written");
    };
    let names: Vec<String> = (0..400).map(|number| format!("file-{number:03}")).collect();
    let before: Vec<_> = names.iter().map(|_| dice.file()).collect();
    for (name, lines) in names.iter().zip(&before) {
        // Some files come, and some go.
        if dice.below(20) > 0 {
            write(name, &dice.content(lines));
        }
    }
    git.run(["add", "--all"]);
    git.run(["commit", "--quiet", "-m", "Before"]);
    for (name, lines) in names.iter().zip(&before) {
        let edited = dice.edited(lines);
        match dice.below(20) {
            0 => drop(std::fs::remove_file(folder.path().join(name))),
            _ => write(name, &dice.content(&edited)),
        }
    }
    git.run(["add", "--all"]);
    git.run(["commit", "--quiet", "-m", "After"]);
    let compared = compare(&git, "HEAD~1", "HEAD");
    assert!(compared.changed > 300, "{compared:?}");
    assert_eq!(compared.different, [""; 0], "of {}", compared.changed);
}

/// A real history, first parent by first parent (`PORTCULLIS_TEST_REPO`). git's diff and ours may choose between answers
/// that are as good; that few files have more or fewer lines is what must hold.
#[test]
fn lines_of_a_real_history_are_those_of_git() {
    let Some(path) = std::env::var_os("PORTCULLIS_TEST_REPO") else {
        return;
    };
    let git = Git::at(path);
    let steps = std::env::var("PORTCULLIS_TEST_HISTORIES").map_or(Ok(200), |steps| steps.parse());
    let steps: usize = steps.expect("a number of steps");
    let count = format!("-{}", steps + 1);
    let commits = git.run(["rev-list", "--first-parent", &count, "HEAD"]);
    let commits: Vec<_> = commits.lines().collect();
    let (mut changed, mut different, mut counts) = (0, Vec::new(), 0);
    for pair in commits.windows(2) {
        let compared = compare(&git, pair[1], pair[0]);
        changed += compared.changed;
        counts += compared.other_counts;
        different.extend(
            compared
                .different
                .iter()
                .map(|path| format!("{} {path}", pair[0])),
        );
    }
    println!(
        "{changed} files, {} with other lines, {counts} with other counts: {different:?}",
        different.len()
    );
    assert!(counts * 200 <= changed, "{counts} of {changed}");
}

#[derive(Debug, Default)]
struct Compared {
    changed: usize,
    different: Vec<String>,
    other_counts: usize,
}

fn compare(git: &Git, before: &str, after: &str) -> Compared {
    let repository = Repository::at(git.folder(), &Arc::new(Budget::new(Limits::default())))
        .expect("it is a repository");
    let theirs = of_git(git, before, after);
    let (before, after) = (
        files(&repository, git, before),
        files(&repository, git, after),
    );
    let mut compared = Compared::default();
    let paths: std::collections::BTreeSet<_> = before.keys().chain(after.keys()).collect();
    for path in paths {
        let (old, new) = (before.get(path).copied(), after.get(path).copied());
        if old == new {
            continue;
        }
        // Where one side alone is binary, git shows nothing and we the other side: not compared.
        let is_binary = |entry: Option<Entry>| {
            entry.is_some_and(|entry| {
                let mut buffer = Vec::new();
                entry.mode.is_file()
                    && lines::is_binary(
                        repository
                            .objects
                            .read_kind(&entry.id, Kind::Blob, "a file", &mut buffer)
                            .expect("it is there"),
                    )
            })
        };
        if is_binary(old) || is_binary(new) {
            continue;
        }
        compared.changed += 1;
        let mut ours = Changes::default();
        each_line(&repository.objects, old, new, |line| match line {
            Line::Added { text, .. } => ours.added.push(text.to_vec()),
            Line::Removed(line) => ours.removed.push(line.to_vec()),
        })
        .expect("all files are there");
        let ours = ours.sorted();
        let nothing = Changes::default();
        let theirs = theirs.get(path).unwrap_or(&nothing);
        if ours != *theirs {
            let counts = |changes: &Changes| (changes.added.len(), changes.removed.len());
            compared.other_counts += usize::from(counts(&ours) != counts(theirs));
            compared
                .different
                .push(String::from_utf8_lossy(path).into_owned());
        }
    }
    compared
}

/// Every file below a tree, by its path.
fn files(repository: &Repository, git: &Git, commit: &str) -> BTreeMap<Vec<u8>, Entry> {
    let root = git.run(["rev-parse", &format!("{commit}^{{tree}}")]);
    let mut found = BTreeMap::new();
    let mut trees = vec![(
        Vec::new(),
        ObjectId::from_hex(root.as_bytes()).expect("an id"),
    )];
    while let Some((prefix, id)) = trees.pop() {
        let mut buffer = Vec::new();
        let data = repository
            .objects
            .read_kind(&id, Kind::Tree, "a tree", &mut buffer)
            .expect("the tree is there");
        for entry in tree::entries(data, repository.objects.hash()).flatten() {
            let mut path = prefix.clone();
            path.extend_from_slice(entry.name);
            if entry.mode.is_tree() {
                path.push(b'/');
                trees.push((path, entry.id.to_owned()));
            } else {
                found.insert(path, entry.to_entry());
            }
        }
    }
    found
}

/// What git shows, file by file.
fn of_git(git: &Git, before: &str, after: &str) -> BTreeMap<Vec<u8>, Changes> {
    let arguments = [
        "-c",
        "core.quotePath=false",
        "diff",
        "-U0",
        "--no-renames",
        "--no-color",
        "--no-ext-diff",
        "--no-textconv",
        "--src-prefix=a/",
        "--dst-prefix=b/",
        before,
        after,
    ];
    let shown = git.output(arguments).stdout;
    let mut found: BTreeMap<Vec<u8>, Changes> = BTreeMap::new();
    let (mut path, mut left) = (Vec::new(), (0_usize, 0_usize));
    let mut last: Option<bool> = None;
    for line in shown.split_inclusive(|&byte| byte == b'\n') {
        let changes = found.entry(path.clone()).or_default();
        if line.starts_with(b"\\ No newline") {
            let lines = if last == Some(true) {
                &mut changes.added
            } else {
                &mut changes.removed
            };
            lines.last_mut().expect("it follows a line").pop();
        } else if left.0 > 0 && line.starts_with(b"-") {
            left.0 -= 1;
            last = Some(false);
            changes.removed.push(line[1..].to_vec());
        } else if left.1 > 0 && line.starts_with(b"+") {
            left.1 -= 1;
            last = Some(true);
            changes.added.push(line[1..].to_vec());
        } else if let Some(hunk) = line.strip_prefix(b"@@ -") {
            left = counts(hunk);
        } else if let Some(names) = line.strip_prefix(b"diff --git a/") {
            // Both names are the same, and the second begins after ` b/`.
            let length = (names.len() - " b/\n".len()) / 2;
            path = names[..length].to_vec();
        }
    }
    found
        .into_iter()
        .map(|(path, changes)| (path, changes.sorted()))
        .collect()
}

/// How many lines go and come in the hunk `1,2 +3,4 @@`.
fn counts(hunk: &[u8]) -> (usize, usize) {
    let hunk = String::from_utf8_lossy(hunk);
    let mut sides = hunk
        .split(' ')
        .take(2)
        .map(|side| match side.split_once(',') {
            Some((_, count)) => count.parse().expect("a count"),
            None => 1,
        });
    (
        sides.next().expect("what goes"),
        sides.next().expect("what comes"),
    )
}
