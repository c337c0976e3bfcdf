//! CODEOWNERS files as approvers: who must say yes to a change of a path, as the server that shows the file reads it.
//!
//! Each [`Dialect`] is read as its server documents it:
//!
//! | | patterns | which lines count | a line without owners |
//! |---|---|---|---|
//! | GitHub | gitignore without `!`, `[..]` and `\#`; `docs/*` is one level | the last that matches | nobody owns it |
//! | GitLab | `fnmatch`, at any depth without a `/` in front; `!` excludes | the last of each section | the section's owners |
//! | Gitea, Forgejo | regular expressions over the whole path; `!` negates | all that match | an error |
//!
//! Where a server would skip a line that it cannot read, and so protect less than its author meant, this fails closed:
//!
//! - A pattern that cannot be read may mean any path, so its owners are asked of every path beside all others. Without
//!   owners it could only take protection away, and is left out.
//! - An owner that cannot be read is nobody. Where no other is left, nobody can satisfy the line.
//! - A file beyond [`MAX_SIZE`] or [`MAX_NAMES`], or with more than [`MAX_BAD_LINES`] such patterns, is owned by nobody as
//!   a whole.
//!
//! Each is a [`Problem`] too. Paths are compared byte by byte, as on the servers, and not folded.
//!
//! Nothing here reads a repository: the caller brings the bytes of the file as it stood before the push, from the first
//! of [`Dialect::candidates`] that is there, and for a change of that file as it would stand after it too.

mod demand;
mod dialect;
mod expression;
mod expressions;
mod gitea;
mod github;
mod gitlab;
mod needles;
mod owner;
mod problem;
mod resolve;
mod sections;
mod source;

use gix::bstr::{BStr, ByteSlice};

pub use demand::Demand;
pub use dialect::Dialect;
pub use owner::{Owner, Role};
pub use problem::{Problem, ProblemKind};
pub use resolve::{Approvers, resolve};
pub use source::Source;

use expressions::Expressions;
use sections::Sections;

/// The largest file that is read, in bytes: GitHub's 3 MB.
pub const MAX_SIZE: usize = 3 << 20;

/// How many names there may be between the slashes of all lines: 20 for each of 6,500 lines. They are what takes memory.
pub const MAX_NAMES: usize = 1 << 17;

/// How many patterns that cannot be read may each ask their owners of every path.
pub const MAX_BAD_LINES: usize = 100;

/// A CODEOWNERS file.
#[derive(Debug)]
pub struct CodeOwners {
    lines: Lines,
    /// What every path demands.
    everywhere: Vec<Demand>,
}

#[derive(Debug)]
enum Lines {
    Sections(Sections),
    Expressions(Expressions),
}

impl CodeOwners {
    /// Reads a file. What is wrong with it is told, and asks for more, never for less.
    pub fn parse(file: &[u8], dialect: Dialect) -> (Self, Vec<Problem>) {
        let ends_name = |byte: &&u8| matches!(byte, b'/' | b'\n');
        if file.len() > MAX_SIZE || file.iter().filter(ends_name).count() > MAX_NAMES {
            let problem = ProblemKind::TooLarge.at(1);
            return (CodeOwners::owned_by_nobody(), vec![problem]);
        }
        let file = file.strip_prefix(b"\xef\xbb\xbf").unwrap_or(file);
        let mut found = Found::default();
        let lines = match dialect {
            Dialect::Github => Lines::Sections(github::read(file, &mut found)),
            Dialect::Gitlab => Lines::Sections(gitlab::read(file, &mut found)),
            Dialect::Gitea | Dialect::Forgejo => Lines::Expressions(gitea::read(file, &mut found)),
        };
        let Found {
            mut problems,
            everywhere,
        } = found;
        if everywhere.len() > MAX_BAD_LINES {
            problems.push(ProblemKind::TooManyBadLines.at(everywhere[MAX_BAD_LINES].line));
            return (CodeOwners::owned_by_nobody(), problems);
        }
        (CodeOwners { lines, everywhere }, problems)
    }

    /// What a change of `path` demands, each demand by itself, in the order of their lines within each section. Nothing,
    /// where nobody owns the path; whether that satisfies is the caller's to say.
    pub fn owners_of(&self, path: &BStr) -> Vec<&Demand> {
        let mut demands = match &self.lines {
            Lines::Sections(sections) => sections.demands(path),
            Lines::Expressions(expressions) => expressions.demands(path),
        };
        demands.extend(&self.everywhere);
        demands
    }

    fn owned_by_nobody() -> Self {
        CodeOwners {
            lines: Lines::Expressions(Expressions::new(Vec::new())),
            everywhere: vec![Demand::of_nobody(1)],
        }
    }
}

/// What a reader of lines finds beside them.
#[derive(Debug, Default)]
struct Found {
    problems: Vec<Problem>,
    everywhere: Vec<Demand>,
}

impl Found {
    fn problem(&mut self, line: usize, kind: ProblemKind) {
        self.problems.push(kind.at(line));
    }

    /// The owners named by `text`, which are separated by spaces; those that are none are problems.
    fn owners(&mut self, text: &str, line: usize, dialect: Dialect) -> Vec<Owner> {
        let mut owners = Vec::new();
        for word in text.split_whitespace() {
            match Owner::parse(word, dialect) {
                Some(owner) => owners.push(owner),
                None => self.problem(line, ProblemKind::NoOwner(word.to_owned())),
            }
        }
        owners
    }
}

/// The lines of a file with their numbers, counted from 1, without space around them.
fn numbered(file: &[u8]) -> impl Iterator<Item = (usize, &BStr)> {
    (1..).zip(
        file.split(|&byte| byte == b'\n')
            .map(|line| line.trim().as_bstr()),
    )
}

/// The pattern of a line and its owners, which the first space that is not escaped separates.
fn pattern_and_owners(line: &str) -> (&str, &str) {
    let mut escaped = false;
    for (at, one) in line.char_indices() {
        if one.is_whitespace() && !escaped {
            return line.split_at(at);
        }
        escaped = one == '\\' && !escaped;
    }
    (line, "")
}
