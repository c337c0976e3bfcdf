//! git as the oracle: what `git check-ignore` says about patterns and paths.
//!
//! Each pattern by itself must match what git says, but for the leading directories, which gitignore does not know. Whole
//! lists must agree with git where no exclusion meets a directory: there the two differ by intention. In gitignore nothing
//! can be included again below an excluded directory, and `!dir` does not reach what is in it.
//!
//! No generated component is text followed by `**`. gitignore(5) says that these stars are one `*`; git forgets it where
//! only literal text stands before, as in `foo**/bar`, for it compares that text by itself first. The manual counts.

use std::collections::BTreeSet;
use std::fs;
use std::io::Write;
use std::process::{Command, Stdio};

use portcullis::paths::EntryKind;
use proptest::prelude::*;
use proptest::strategy::ValueTree;
use proptest::test_runner::TestRunner;
use tempfile::TempDir;

use super::{automaton, contains, generate, reference};

/// A repository in which some paths are directories; git looks them up for patterns that end with `/`.
struct Git {
    folder: TempDir,
    directories: BTreeSet<Vec<u8>>,
    files: BTreeSet<Vec<u8>>,
}

impl Git {
    fn with(paths: impl IntoIterator<Item = Vec<u8>>) -> Self {
        let folder = TempDir::new().expect("a scratch folder");
        let mut directories = BTreeSet::new();
        let mut files = BTreeSet::new();
        for path in paths {
            for (end, _) in path.iter().enumerate().filter(|(_, byte)| **byte == b'/') {
                directories.insert(path[..end].to_vec());
            }
            files.insert(path);
        }
        for directory in &directories {
            let directory = std::str::from_utf8(directory).expect("generated as text");
            fs::create_dir_all(folder.path().join(directory)).expect("writable");
        }
        files.retain(|path| !directories.contains(path));
        let git = Git {
            folder,
            directories,
            files,
        };
        git.run(&["init", "-q", "--template="], &[]);
        git
    }

    /// All paths, with the kind of entry that git takes them for.
    fn entries(&self) -> impl Iterator<Item = (&Vec<u8>, EntryKind)> {
        let directories = self
            .directories
            .iter()
            .map(|path| (path, EntryKind::Submodule));
        directories.chain(self.files.iter().map(|path| (path, EntryKind::File)))
    }

    /// The paths that git ignores by these patterns.
    fn ignored(&self, patterns: &[&str]) -> BTreeSet<Vec<u8>> {
        let list = self.folder.path().join(".git/patterns");
        fs::write(&list, patterns.join("\n") + "\n").expect("writable");
        let paths = self
            .entries()
            .flat_map(|(path, _)| [&path[..], b"\0"].concat())
            .collect::<Vec<_>>();
        let list = format!("core.excludesFile={}", list.display());
        let options = [
            "-c",
            &list,
            "-c",
            "core.ignoreCase=false",
            "check-ignore",
            "--no-index",
            "-z",
            "--stdin",
        ];
        let found = self.run(&options, &paths);
        found
            .split(|&byte| byte == 0)
            .filter(|path| !path.is_empty())
            .map(<[u8]>::to_vec)
            .collect()
    }

    #[expect(clippy::disallowed_methods, reason = "git is the oracle")]
    fn run(&self, arguments: &[&str], input: &[u8]) -> Vec<u8> {
        let mut git = Command::new("git")
            .args(arguments)
            .current_dir(self.folder.path())
            .env_clear()
            .env("PATH", std::env::var_os("PATH").unwrap_or_default())
            .envs([
                ("GIT_CONFIG_GLOBAL", "/dev/null"),
                ("GIT_CONFIG_NOSYSTEM", "1"),
            ])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("git is installed");
        let mut pipe = git.stdin.take().expect("piped");
        let input = input.to_vec();
        let writer = std::thread::spawn(move || pipe.write_all(&input));
        let output = git.wait_with_output().expect("git ends");
        writer.join().expect("no panic").expect("git reads");
        assert!(
            output.stderr.is_empty(),
            "{arguments:?}: {}",
            String::from_utf8_lossy(&output.stderr)
        );
        output.stdout
    }
}

/// The same values in each run.
fn sample<S: Strategy>(strategy: &S, count: usize) -> Vec<S::Value> {
    let mut runner = TestRunner::deterministic();
    (0..count)
        .map(|_| {
            strategy
                .new_tree(&mut runner)
                .expect("nothing is rejected")
                .current()
        })
        .collect()
}

#[test]
fn agrees_on_single_patterns() {
    let git = Git::with(sample(&generate::path(), 500));
    let mut compared = 0;
    let mut matched = 0;
    for pattern in sample(&generate::inclusion(), 700) {
        let ignored = git.ignored(&[&pattern]);
        let automaton = automaton(&[&pattern], false);
        for (path, kind) in git.entries() {
            let expected = ignored.contains(path) || reference::needs_directory(&pattern, path);
            let text = String::from_utf8_lossy(path);
            assert_eq!(
                contains(&automaton, path, kind),
                expected,
                "{pattern} on {text}, {kind:?}"
            );
            compared += 1;
            matched += usize::from(expected);
        }
    }
    println!("{compared} pairs compared, {matched} of them matches");
    assert!(
        compared > 100_000 && matched > 10_000,
        "the comparison means something"
    );
}

#[test]
fn agrees_on_lists_where_no_exclusion_meets_a_directory() {
    let git = Git::with(sample(&generate::path(), 300));
    let mut compared = 0;
    let mut excluded = 0;
    let entry = (any::<bool>(), generate::inclusion());
    for list in sample(&prop::collection::vec(entry, 2..=5), 250) {
        let alone: Vec<_> = list
            .iter()
            .map(|(_, pattern)| git.ignored(&[pattern]))
            .collect();
        let texts: Vec<_> = list
            .iter()
            .map(|(exclude, body)| format!("{}{body}", if *exclude { "!" } else { "" }))
            .collect();
        let ignored = git.ignored(&texts.iter().map(String::as_str).collect::<Vec<_>>());
        let automaton = automaton(&texts, false);
        for (path, kind) in git.entries() {
            let directories = || {
                (0..path.len())
                    .filter(|&end| path[end] == b'/')
                    .map(|end| &path[..end])
            };
            let matches_directory =
                |index: usize| directories().any(|directory| alone[index].contains(directory));
            let exclusion_meets_directory =
                (0..list.len()).any(|index| list[index].0 && matches_directory(index));
            let below_ignored_directory =
                directories().any(|directory| ignored.contains(directory));
            if exclusion_meets_directory || below_ignored_directory {
                continue;
            }
            let needed = list
                .iter()
                .any(|(exclude, body)| !exclude && reference::needs_directory(body, path));
            let text = String::from_utf8_lossy(path);
            assert_eq!(
                contains(&automaton, path, kind),
                ignored.contains(path) || needed,
                "{texts:?} on {text}"
            );
            compared += 1;
            excluded += usize::from(
                !ignored.contains(path) && alone.iter().any(|alone| alone.contains(path)),
            );
        }
    }
    println!("{compared} pairs compared, in {excluded} of them an exclusion decides");
    assert!(
        compared > 20_000 && excluded > 1_000,
        "the comparison means something"
    );
}

#[test]
fn differs_below_an_excluded_directory_by_intention() {
    let git = Git::with([b"vendor/keep/x".to_vec(), b"docs/a.c".to_vec()]);
    // In gitignore `ignored` is what a policy includes: `!` cannot bring anything back below an ignored directory.
    let brought_back = ["vendor", "!vendor/keep"];
    assert!(git.ignored(&brought_back).contains(&b"vendor/keep/x"[..]));
    assert!(!contains(
        &automaton(&brought_back, false),
        b"vendor/keep/x",
        EntryKind::File
    ));
    // And an exclusion of a directory does not reach into it.
    let directory = ["*.c", "!docs"];
    assert!(git.ignored(&directory).contains(&b"docs/a.c"[..]));
    assert!(!contains(
        &automaton(&directory, false),
        b"docs/a.c",
        EntryKind::File
    ));
}
