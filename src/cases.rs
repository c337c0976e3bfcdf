//! Cases of a policy: pushes, and what it must say of them. They stand in `*.cases.yml` beside the policy.
//!
//! ```
//! let text = r#"
//! author: Alice <alice@shop.example>
//! pusher: alice
//! before:
//!   main: { commits: [{ write: { web/site.css: "body {}" } }] }
//!
//! cases:
//!   - name: a change of payments without its ticket
//!     push:
//!       main: { commits: [{ message: Charge in cents, write: { services/payments/charge.rs: "fn charge() {}" } }] }
//!     expect:
//!       verdict: deny
//!       findings: [{ rule: payments-ticket, ref: main, paths: [services/payments/charge.rs] }]
//!
//!   - name: styles are nobody's business
//!     push:
//!       main: { commits: [{ write: { web/site.css: "body { margin: 0 }" } }] }
//!     expect: allow
//! "#;
//! let cases = portcullis::cases::Cases::parse(text.as_bytes(), "policy.cases.yml".as_ref()).unwrap();
//! assert_eq!(cases.cases.len(), 2);
//! ```
//!
//! A ref is written as in a policy: `main` means `refs/heads/main`. What it holds is a [`Line`]: a start, and commits on
//! top. A start, and the other parent of a merge, is the name of a ref before the push or of a commit (`as`), with `~N`
//! for the Nth first parent above it.
//!
//! The file is as strict as a policy: what is unknown, written twice or empty is an error.
//!
//! ```text
//! *.cases.yml ─► Cases ─► Stage (a repository) ─► judging ─► Outcome, beside the expected one
//!                                 policy, and each of its mutants ─┘
//! ```
//!
//! [`suite`] runs all of that: which cases come out as expected, what no case has tried ([`coverage`]), and which weaker
//! policy ([`mutants`]) no case would notice.

pub mod coverage;
mod history;
pub mod mutants;
pub mod outcome;
pub mod stage;
pub mod suite;

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::policy::diagnostic::{Diagnostic, Source};
use crate::policy::load;
use crate::policy::place::Place;
use crate::policy::written::read;
use crate::policy::written::values::{Date, Either, OneOrMany, Table};
use crate::policy::yaml::Document;

/// A file of cases. What stands beside `cases` is the default of each case.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Cases {
    /// `owner/name` of the repository; `example/repository` if not given.
    pub repository: Option<String>,
    /// The account that pushes; nobody's if not given.
    pub pusher: Option<String>,
    /// Who writes commits that do not say, as `Name <address>`.
    pub author: Option<String>,
    /// What is there before the push, ref by ref; a later one may start from an earlier one.
    #[serde(default)]
    pub before: Table<Line>,
    /// The cases.
    pub cases: Vec<Case>,
    /// The line of the file at which each begins, from 1.
    #[serde(skip)]
    pub lines: Vec<usize>,
}

/// A push, and what the policy must say of it.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Case {
    /// What it shows, in words.
    pub name: String,
    /// As in [`Cases`].
    pub repository: Option<String>,
    /// As in [`Cases`].
    pub pusher: Option<String>,
    /// As in [`Cases`].
    pub author: Option<String>,
    /// In place of the file's own `before`.
    pub before: Option<Table<Line>>,
    /// When it is pushed; now if not given.
    pub at: Option<Date>,
    /// What each ref would hold. `delete` deletes it.
    pub push: Table<Either<Delete, Line>>,
    /// What `git push -o` sends.
    #[serde(default)]
    pub options: OneOrMany<String>,
    /// The credential is a deploy key, which is no person.
    #[serde(default)]
    pub deploy_key: bool,
    /// Who has approved, by signed tags that are there before the push.
    #[serde(default)]
    pub approvals: Vec<Ballot>,
    /// Who has spoken against, by such tags.
    #[serde(default)]
    pub vetoes: Vec<Ballot>,
    /// Who has approved in a review of a pull request; `by` names the account.
    #[serde(default)]
    pub reviews: Vec<Ballot>,
    /// What the policy must say.
    pub expect: Either<Verdict, Expected>,
}

/// Someone's word on a change.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Ballot {
    /// The person whose key signs it.
    pub by: String,
    /// The ref into which the change may go.
    pub r#for: String,
    /// The commit that it is about: a ref before the push, or a commit (`as`); what would be pushed to the ref if not
    /// given.
    pub of: Option<String>,
    /// When it was given; at the time of the push if not given.
    pub at: Option<Date>,
    /// A security key was touched for it.
    #[serde(default)]
    pub presence: bool,
}

/// `delete`
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Delete {
    /// The ref is deleted.
    Delete,
}

/// What a ref holds: commits on top of something.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Line {
    /// Where it starts. If not given: a ref that is pushed, where it stood; one that is new, nowhere.
    pub from: Option<String>,
    /// The commits on top, the oldest first.
    #[serde(default)]
    pub commits: Vec<Commit>,
}

/// A commit.
#[derive(Debug, Clone, Default, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Commit {
    /// A name, for `from` and `merge` further down.
    pub r#as: Option<String>,
    /// Its message, with its trailers; `Change` if not given.
    pub message: Option<String>,
    /// Who wrote it, as `Name <address>`.
    pub author: Option<String>,
    /// Who committed it; its author if not given.
    pub committer: Option<String>,
    /// The person whose key has signed it. That is a fact here: no key is needed.
    pub signed_by: Option<String>,
    /// Its other parents. It holds what its first parent holds, and what it writes itself.
    pub merge: Option<OneOrMany<String>>,
    /// Files with their content.
    #[serde(default)]
    pub write: Table<String>,
    /// Those of `write` that can be executed.
    #[serde(default)]
    pub executable: OneOrMany<String>,
    /// Symbolic links, with where they lead.
    #[serde(default)]
    pub link: Table<String>,
    /// Submodules, with the commit (its whole id) that they are at.
    #[serde(default)]
    pub submodule: Table<String>,
    /// Paths that go.
    #[serde(default)]
    pub delete: OneOrMany<String>,
}

/// The answer to a push.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize, Serialize)]
#[serde(rename_all = "snake_case")]
pub enum Verdict {
    /// It is accepted.
    Allow,
    /// It is refused.
    Deny,
}

/// An answer with its findings: all of them, in any order, and those of `mode: warn` too.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Expected {
    /// The answer.
    pub verdict: Verdict,
    /// The findings.
    pub findings: Vec<Finding>,
}

/// One rule that one ref's update does not satisfy.
#[derive(Debug, Clone, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Finding {
    /// The rule's id, or the name of what refuses whatever the rules say, such as `portcullis/other-namespace`.
    pub rule: String,
    /// The ref.
    pub r#ref: String,
    /// All of its paths, if they matter.
    pub paths: Option<OneOrMany<String>>,
    /// Somebody has broken the glass: it refuses nothing.
    #[serde(default)]
    pub bypassed: bool,
}

/// What is wrong with a file of cases.
#[derive(Debug, thiserror::Error)]
#[error("{}", text.trim_end())]
pub struct CasesError {
    text: String,
}

impl Cases {
    /// Reads cases from their text; `file` is how messages call it.
    pub fn parse(bytes: &[u8], file: &Path) -> Result<Self, CasesError> {
        let source =
            load::as_text(bytes, file).map_err(|wrong| CasesError::of(&[wrong.1], &wrong.0))?;
        let source = Source::new(file.display().to_string(), source);
        let mut diagnostics = Vec::new();
        let cases = Document::read(&source, &mut diagnostics).and_then(|mut document| {
            let read = read::read(&mut document, &source, |_| Vec::new(), &mut diagnostics);
            read.map(|cases: Cases| (cases, document))
        });
        match cases {
            Some((mut cases, mut document)) if diagnostics.is_empty() => {
                cases.lines = lines(&cases, &mut document, &source);
                Ok(cases)
            }
            _ => Err(CasesError::of(&diagnostics, &source)),
        }
    }
}

impl Case {
    /// The verdict and the findings that are expected.
    pub fn expected(&self) -> (Verdict, &[Finding]) {
        match &self.expect {
            Either::Short(verdict) => (*verdict, &[]),
            Either::Long(expected) => (expected.verdict, &expected.findings),
        }
    }
}

/// The line at which each case begins.
fn lines(cases: &Cases, document: &mut Document, source: &Source) -> Vec<usize> {
    document.mark(source);
    let line = |case| {
        let place = Place::top().key("cases").index(case);
        place.span(&document.root, source).line
    };
    (0..cases.cases.len()).map(line).collect()
}

impl CasesError {
    fn of(diagnostics: &[Diagnostic], source: &Source) -> Self {
        CasesError {
            text: crate::policy::diagnostic::render_all(diagnostics, source, false),
        }
    }
}
