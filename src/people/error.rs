//! Why there is nothing to write.

use std::io;
use std::path::PathBuf;

use crate::report::escape::Name;
use crate::reviews;

/// What keeps a source from being taken over. Each message says what to do, and escapes what others have written.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// The forge has no answer.
    #[error(transparent)]
    Forge(#[from] reviews::Error),
    /// The forge answers, and leaves out what only an administrator is told.
    #[error(
        "the forge does not tell this token the e-mail addresses of others (at {url}); it must be an administrator's"
    )]
    NotAdministrator {
        /// What was asked.
        url: String,
    },
    /// A file cannot be read.
    #[error("{} cannot be read: {source}", file.display())]
    Unreadable {
        /// The file.
        file: PathBuf,
        /// Why.
        source: io::Error,
    },
    /// A file is too long.
    #[error("{} is longer than {} MiB; there is a mistake in what writes it", file.display(), most >> 20)]
    TooLong {
        /// The file.
        file: PathBuf,
        /// How long it may be, in bytes.
        most: u64,
    },
    /// A line of a file says nothing that could be taken over.
    #[error("{}:{line}: {problem}", file.display())]
    Line {
        /// The file.
        file: PathBuf,
        /// Its number, from 1.
        line: u64,
        /// What is wrong, and what to do.
        problem: String,
    },
    /// A name that the policy cannot have.
    #[error("`{}` cannot be a name in the policy: {problem}", Name(name.as_bytes()))]
    BadName {
        /// The name.
        name: String,
        /// Why not, and what to do.
        problem: String,
    },
    /// A correction is about nobody.
    #[error("{option}: there is no `{}` here{}", Name(name.as_bytes()), meant(close.as_deref()))]
    Nobody {
        /// The option of the command line.
        option: &'static str,
        /// Whom it names.
        name: String,
        /// Who may be meant.
        close: Option<String>,
    },
    /// What is one person's belongs to several.
    #[error("{}", conflicts.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n"))]
    Conflicts {
        /// Each of them.
        conflicts: Vec<Conflict>,
    },
}

/// Something that must be one person's, and whose it would be.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "the {what} `{}` is that of {}; if they are one person, say `--same {}`, else correct the source or leave somebody \
     out with `--leave-out`",
    Name(text.as_bytes()),
    list(names, " and "),
    list(names, ",")
)]
pub struct Conflict {
    /// E-mail address, account or key.
    pub what: &'static str,
    /// The thing itself.
    pub text: String,
    /// All who would have it, sorted.
    pub names: Vec<String>,
}

fn list(names: &[String], between: &str) -> String {
    let names: Vec<_> = names
        .iter()
        .map(|name| Name(name.as_bytes()).to_string())
        .collect();
    names.join(between)
}

fn meant(close: Option<&str>) -> String {
    close.map_or_else(
        || "; it must be a name that the source has".to_owned(),
        |close| format!("; did you mean `{}`?", Name(close.as_bytes())),
    )
}
