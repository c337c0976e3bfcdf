//! Why the forge's word could not be had. It is the gate's failure or its server's, never the pusher's.

use std::path::PathBuf;
use std::time::Duration;

use super::token;
use crate::report::escape::Name;

/// What kept the forge's answer from being read. Each message says what the admin, or time, can do about it.
///
/// Addresses have no token in them. What the forge itself has said is cut short and escaped.
#[derive(Debug, thiserror::Error)]
pub enum Error {
    /// There is no token to ask with.
    #[error("the token for the forge, {}, cannot be used: {problem}", file.display())]
    Token {
        /// Its file.
        file: PathBuf,
        /// What is wrong with it.
        #[source]
        problem: token::Problem,
    },
    /// There is nothing to know the forge by.
    #[error(
        "there are no certificates to know the forge by in {}: {problem}; forge.ca_file in the policy, or --ca-file, names others",
        file.display()
    )]
    Certificates {
        /// The file.
        file: PathBuf,
        /// What is wrong with it.
        problem: String,
    },
    /// Nobody answers.
    #[error("the forge cannot be reached at {url}: {problem}; try again when it is back")]
    Unreachable {
        /// What was asked.
        url: String,
        /// What the network says.
        problem: String,
    },
    /// The time is up.
    #[error(
        "the forge took longer than {} s for all its answers ({bound}), last at {url}; try again",
        allowed.as_secs_f32()
    )]
    Late {
        /// What was asked last.
        url: String,
        /// How long it may take.
        allowed: Duration,
        /// What says so.
        bound: &'static str,
    },
    /// The token is no good.
    #[error("the forge refuses the token at {url} (HTTP {status}); it must be valid, and {rights}")]
    Refused {
        /// What was asked.
        url: String,
        /// 401 or 403.
        status: u16,
        /// What it must have, as the end of a sentence about it.
        rights: &'static str,
    },
    /// There is no such thing, or none that the token may see.
    #[error(
        "the forge has nothing at {url} (HTTP 404); the account of the token must see what is asked about, and the forge's address be right"
    )]
    NotFound {
        /// What was asked.
        url: String,
    },
    /// The answer is elsewhere, and the token goes nowhere else.
    #[error(
        "the forge points from {url} to {}, where the token is not sent; if that is the forge, give this address in place of the other",
        short(location)
    )]
    Elsewhere {
        /// What was asked.
        url: String,
        /// Where it points.
        location: String,
    },
    /// It has troubles of its own.
    #[error("the forge answers {url} with HTTP {status}; try again when it is well")]
    Ailing {
        /// What was asked.
        url: String,
        /// The status.
        status: u16,
    },
    /// It is not understood.
    #[error(
        "the forge's answer from {} cannot be understood: {}; the kind of the forge and its address must be right",
        short(url),
        short(problem)
    )]
    Nonsense {
        /// What was asked.
        url: String,
        /// What is wrong with it.
        problem: String,
    },
    /// There is no end to it.
    #[error("the forge's answer from {url} is too long: more than {most}")]
    TooMuch {
        /// What was asked.
        url: String,
        /// The bound, with its unit.
        most: String,
    },
    /// The API cannot be asked about a repository of this name.
    #[error(
        "`{}` is no owner/name, by which the forge knows repositories; --repository of the hook can say it",
        short(repository)
    )]
    Repository {
        /// The name.
        repository: String,
    },
}

/// Words of others, as far as anyone needs to read them.
fn short(text: &str) -> String {
    match text.char_indices().nth(200) {
        Some((end, _)) => format!("{}…", Name(&text.as_bytes()[..end])),
        None => Name(text.as_bytes()).to_string(),
    }
}
