//! Histories to learn from, made by one `git fast-import`.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use portcullis::git::Repository;
use portcullis::git::budget::Budget;
use portcullis::policy::Limits;
use portcullis::risk::mine::fixes::Finder;
use portcullis::risk::mine::past::Past;
use portcullis::risk::mine::{Effort, mine};
use tempfile::TempDir;

use crate::support::{Git, Random};

/// A day, in seconds.
pub(super) const DAY: u64 = 86_400;

/// When histories begin.
const BEGIN: u64 = 1_500_000_000;

/// A history under construction: a branch `main`, a commit a day.
pub(super) struct History {
    stream: String,
    commits: u64,
    pub(super) files: BTreeMap<String, Vec<String>>,
}

impl History {
    pub(super) fn new() -> Self {
        History {
            stream: String::new(),
            commits: 0,
            files: BTreeMap::new(),
        }
    }

    /// Sets what a file holds.
    pub(super) fn set(&mut self, path: &str, text: &str) {
        let lines = text.lines().map(|line| format!("{line}\n"));
        self.files.insert(path.to_owned(), lines.collect());
    }

    /// Adds a commit that makes of the files what they hold now.
    pub(super) fn commit(&mut self, message: &str) {
        let (stream, mark) = (&mut self.stream, self.commits + 1);
        let time = BEGIN + self.commits * DAY;
        let author = self.commits % 5;
        write!(
            stream,
            "commit refs/heads/main\nmark :{mark}\n\
             author P{author} <p{author}@shop.example> {time} +0000\n\
             committer P{author} <p{author}@shop.example> {time} +0000\n\
             data {}\n{message}\n",
            message.len()
        )
        .expect("text takes text");
        if self.commits > 0 {
            writeln!(stream, "from :{}", self.commits).expect("text takes text");
        }
        stream.push_str("deleteall\n");
        for (path, lines) in &self.files {
            let content = lines.concat();
            write!(
                stream,
                "M 100644 inline {path}\ndata {}\n{content}\n",
                content.len()
            )
            .expect("text takes text");
        }
        self.commits += 1;
    }

    /// A history of so many changes of code that looks random: files come, grow, are rewritten, renamed and removed, and
    /// every sixth commit says that it mends something.
    pub(super) fn random(seed: u64, commits: usize) -> Self {
        let mut random = Random::new(seed);
        let mut history = History::new();
        for number in 0..commits {
            for _ in 0..=random.below(3) {
                history.change(&mut random, number);
            }
            let message = if random.percent(17) {
                format!("fix: a crash in part {number}")
            } else {
                format!("Change {number}")
            };
            history.commit(&message);
        }
        history
    }

    fn change(&mut self, random: &mut Random, number: usize) {
        let paths: Vec<String> = self.files.keys().cloned().collect();
        if paths.len() < 4 || random.percent(8) {
            let path = format!("src/part{}/file{number}.rs", random.below(4));
            let lines = (0..5 + random.below(30)).map(|_| line(random));
            self.files.insert(path, lines.collect());
            return;
        }
        let path = random.pick(&paths).clone();
        if random.percent(4) {
            let lines = self.files.remove(&path).expect("it is there");
            if random.percent(60) {
                let name = path.rsplit('/').next().expect("it has a name");
                self.files
                    .insert(format!("src/moved{}/{name}", random.below(3)), lines);
            }
            return;
        }
        let lines = self.files.get_mut(&path).expect("it is there");
        let at = random.below(lines.len() + 1);
        let gone = random.below(4).min(lines.len() - at);
        let come: Vec<_> = (0..random.below(6)).map(|_| line(random)).collect();
        lines.splice(at..at + gone, come);
    }

    /// Writes the history into a bare repository.
    pub(super) fn write(&self) -> Written {
        let folder = TempDir::new().expect("a temporary folder");
        Git::at(folder.path()).init(&["--bare", "shop.git"]);
        let path = folder.path().join("shop.git");
        self.write_into(&path);
        Written {
            _folder: folder,
            path,
        }
    }

    /// Writes the history into a repository that is there.
    pub(super) fn write_into(&self, repository: &Path) {
        let import = ["fast-import", "--quiet", "--force"];
        Git::at(repository).feed(&import, self.stream.as_bytes());
    }
}

fn line(random: &mut Random) -> String {
    // Few different lines, so that some are the same and a diff has a choice.
    format!(
        "    let value{} = read({});\n",
        random.below(40),
        random.below(9)
    )
}

/// A repository with a history.
pub(super) struct Written {
    _folder: TempDir,
    pub(super) path: PathBuf,
}

impl Written {
    pub(super) fn git(&self) -> Git {
        Git::at(&self.path)
    }

    pub(super) fn open(&self) -> Repository {
        let budget = Budget::new(Limits::default());
        Repository::at(&self.path, &Arc::new(budget)).expect("it is a repository")
    }

    /// The past of `main`, read in one go.
    pub(super) fn past(&self) -> Past {
        let mut past = Past::default();
        self.mine_into(&mut past, "main");
        past
    }

    pub(super) fn mine_into(&self, past: &mut Past, revision: &str) -> Effort {
        let tip = self.git().run(["rev-parse", revision]);
        let tip = gix::ObjectId::from_hex(tip.as_bytes()).expect("git names ids");
        mine(&self.open(), tip, &Finder::default(), past, |_, _| {}).expect("it can be read")
    }
}
