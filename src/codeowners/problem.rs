//! What is wrong with a line, and what its author can do.

use crate::paths::PatternError;

/// Something wrong with a file.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}: {kind}")]
pub struct Problem {
    /// The line, counted from 1.
    pub line: usize,
    /// What it is.
    pub kind: ProblemKind,
}

/// The kinds of mistakes.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum ProblemKind {
    /// The file is larger than what is read.
    #[error(
        "the file is larger than 3 MiB, or has more than 131072 names, so nobody owns anything; use wildcards to shorten it"
    )]
    TooLarge,
    /// So many patterns cannot be read that this is no file of owners.
    #[error(
        "more than 100 patterns cannot be read, so nobody owns anything; is this the right dialect?"
    )]
    TooManyBadLines,
    /// The line is no UTF-8.
    #[error("the line is no UTF-8; save the file as UTF-8")]
    NotUtf8,
    /// The pattern is none.
    #[error("{0}")]
    Pattern(PatternError),
    /// The pattern has what the server does not know.
    #[error("`{0}` has no meaning in a pattern here; write patterns without it")]
    NotHere(&'static str),
    /// A comment sticks to the pattern.
    #[error(
        "`#` begins a comment, also within a name; write a space before it, or `?` for a `#` in a name"
    )]
    CommentInPattern,
    /// The expression is none.
    #[error("no regular expression: {0}")]
    Expression(String),
    /// The expression means one thing on the server and another here.
    #[error(
        "brackets or operators within brackets are read differently by servers; escape them with `\\`"
    )]
    NestedClass,
    /// A word is no owner.
    #[error(
        "`{0}` is no owner; write `@account`, `@org/team` or, where the server takes them, an e-mail address"
    )]
    NoOwner(String),
    /// The line has no owners, and needs some.
    #[error("nobody is named, so nobody can approve; name an owner, or remove the line")]
    Nobody,
    /// An exclusion has owners.
    #[error("a pattern that excludes has no owners; remove them")]
    OwnersOfExclusion,
    /// `[` opens a section that nothing closes.
    #[error("the heading has no `]`")]
    UnclosedHeading,
    /// `[]`
    #[error("the section has no name; write it between the brackets")]
    NamelessSection,
    /// Something follows the heading that is neither a count nor owners.
    #[error("what follows the heading is not read; write `[Name][2] @owner`")]
    AfterHeading,
    /// `^[Name][2]`
    #[error(
        "an optional section cannot ask for a number of approvals, and so is not optional; take off one of the two"
    )]
    OptionalCount,
}

impl ProblemKind {
    pub(super) fn at(self, line: usize) -> Problem {
        Problem { line, kind: self }
    }
}
