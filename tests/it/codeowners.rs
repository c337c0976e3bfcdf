//! `portcullis::codeowners` against samples in the manner of each server's documentation, against slow readings of the
//! dialects, and against hostile files.

mod gitea;
mod github;
mod gitlab;
mod hostile;
mod reference;
mod resolve;

use gix::bstr::BStr;
use portcullis::codeowners::{CodeOwners, Demand, Dialect, Problem, ProblemKind};

/// A file without mistakes.
#[track_caller]
fn flawless(text: &str, dialect: Dialect) -> CodeOwners {
    let (file, problems) = CodeOwners::parse(text.as_bytes(), dialect);
    assert_eq!(problems, []);
    file
}

/// The mistakes of a file, and the file.
fn flawed(text: &str, dialect: Dialect) -> (CodeOwners, Vec<(usize, ProblemKind)>) {
    let (file, problems) = CodeOwners::parse(text.as_bytes(), dialect);
    let problems = problems
        .into_iter()
        .map(|Problem { line, kind }| (line, kind));
    (file, problems.collect())
}

/// What a path demands, each demand in one line such as `Docs: 2 of @a @b`.
fn demands(file: &CodeOwners, path: impl AsRef<[u8]>) -> Vec<String> {
    file.owners_of(BStr::new(path.as_ref()))
        .into_iter()
        .map(written)
        .collect()
}

fn written(demand: &Demand) -> String {
    let section = demand.section.iter().map(|name| format!("{name}: "));
    let count = (demand.count != 1).then(|| format!("{} of ", demand.count));
    let owners: Vec<_> = demand.owners.iter().map(ToString::to_string).collect();
    let owners = if owners.is_empty() {
        "nobody".to_owned()
    } else {
        owners.join(" ")
    };
    let optional = if demand.optional { " (optional)" } else { "" };
    section
        .chain(count)
        .chain([owners, optional.to_owned()])
        .collect()
}

/// Each path demands this and nothing else.
#[track_caller]
fn check(file: &CodeOwners, expected: &[(&str, &[&str])]) {
    for (path, wanted) in expected {
        assert_eq!(demands(file, path), *wanted, "{path}");
    }
}
