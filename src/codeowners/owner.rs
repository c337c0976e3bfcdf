//! Who owns: accounts, teams, addresses and roles.

use std::fmt;

use super::Dialect;

/// An owner as a file names it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum Owner {
    /// `@alice`: an account, or on GitLab a group without a parent.
    Account(String),
    /// `@shop/payments`: a team of an organisation, or on GitLab a group within groups.
    Team {
        /// The organisation, or the groups above.
        org: String,
        /// The team.
        name: String,
    },
    /// `alice@shop.example`
    Email(String),
    /// `@@maintainer`: everyone of a role in a GitLab project.
    Role(Role),
}

/// The roles that can own on GitLab.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum Role {
    /// `@@developer`
    Developer,
    /// `@@maintainer`
    Maintainer,
    /// `@@owner`
    Owner,
}

impl Owner {
    /// Reads one word of a line.
    pub(super) fn parse(word: &str, dialect: Dialect) -> Option<Self> {
        match dialect {
            Dialect::Gitlab if word.starts_with("@@") => Role::parse(&word[2..]).map(Owner::Role),
            Dialect::Github | Dialect::Gitlab => match word.strip_prefix('@') {
                Some(name) => named(name, dialect),
                None => email(word),
            },
            // The `@` is decoration there, and addresses are no owners.
            Dialect::Gitea | Dialect::Forgejo => {
                named(word.strip_prefix('@').unwrap_or(word), dialect)
            }
        }
    }
}

impl Role {
    fn parse(name: &str) -> Option<Self> {
        match name.to_ascii_lowercase().as_str() {
            "developer" | "developers" => Some(Role::Developer),
            "maintainer" | "maintainers" => Some(Role::Maintainer),
            "owner" | "owners" => Some(Role::Owner),
            _ => None,
        }
    }
}

impl fmt::Display for Owner {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Owner::Account(name) => write!(out, "@{name}"),
            Owner::Team { org, name } => write!(out, "@{org}/{name}"),
            Owner::Email(address) => out.write_str(address),
            Owner::Role(role) => write!(out, "{role}"),
        }
    }
}

impl fmt::Display for Role {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Role::Developer => "@@developer",
            Role::Maintainer => "@@maintainer",
            Role::Owner => "@@owner",
        })
    }
}

/// What stands behind an `@`.
fn named(name: &str, dialect: Dialect) -> Option<Owner> {
    let is_name = |part: &str| {
        let legal = |one: char| one.is_ascii_alphanumeric() || matches!(one, '-' | '_' | '.' | '+');
        !part.is_empty() && part.chars().all(legal)
    };
    let Some((org, team)) = name.rsplit_once('/') else {
        return is_name(name).then(|| Owner::Account(name.to_owned()));
    };
    let nested = dialect == Dialect::Gitlab || !org.contains('/');
    (nested && org.split('/').all(is_name) && is_name(team)).then(|| Owner::Team {
        org: org.to_owned(),
        name: team.to_owned(),
    })
}

fn email(word: &str) -> Option<Owner> {
    let (local, host) = word.split_once('@')?;
    let ends_well = host.ends_with(|last: char| last.is_ascii_alphanumeric());
    let legal = |one: char| !one.is_control() && !matches!(one, '<' | '>' | '@' | '\u{fffd}');
    (!local.is_empty() && ends_well && local.chars().chain(host.chars()).all(legal))
        .then(|| Owner::Email(word.to_owned()))
}
