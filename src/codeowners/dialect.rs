//! Which server a file is written for, and where that server looks for it.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::forge::Forge;

/// The server whose reading of a CODEOWNERS file counts.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "snake_case")]
pub enum Dialect {
    /// GitHub: patterns as in `.gitignore`, the last match wins.
    Github,
    /// GitLab: sections, each with its own last match, count and default owners.
    Gitlab,
    /// Gitea: regular expressions, all matches count.
    Gitea,
    /// Forgejo, which reads as Gitea does, and looks in a folder of its own too.
    Forgejo,
}

impl Dialect {
    /// All of them.
    pub const ALL: [Dialect; 4] = [
        Dialect::Github,
        Dialect::Gitlab,
        Dialect::Gitea,
        Dialect::Forgejo,
    ];

    /// Where the server looks for the file: the first that is there counts, whatever is in it.
    pub fn candidates(self) -> &'static [&'static str] {
        match self {
            Dialect::Github => &[".github/CODEOWNERS", "CODEOWNERS", "docs/CODEOWNERS"],
            Dialect::Gitlab => &["CODEOWNERS", "docs/CODEOWNERS", ".gitlab/CODEOWNERS"],
            Dialect::Gitea => &["CODEOWNERS", "docs/CODEOWNERS", ".gitea/CODEOWNERS"],
            Dialect::Forgejo => &[
                "CODEOWNERS",
                "docs/CODEOWNERS",
                ".gitea/CODEOWNERS",
                ".forgejo/CODEOWNERS",
            ],
        }
    }

    /// The dialect of the server that runs the hook. Servers that know no such file mirror GitHub's more than any other.
    pub fn of(forge: Forge) -> Self {
        match forge {
            Forge::Gitea => Dialect::Gitea,
            Forge::Forgejo => Dialect::Forgejo,
            Forge::Gitlab => Dialect::Gitlab,
            Forge::Gitolite | Forge::Http | Forge::Ssh | Forge::Cert | Forge::Plain => {
                Dialect::Github
            }
        }
    }
}
