//! The server around the hook: who pushes, to which repository, and how the answer must look there.
//!
//! The kind is set at installation (`--forge`) and only that kind's documented variables are read, so that the
//! variables of one server cannot be forged on another.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place where a server's variables enter"
)]

use std::path::Path;

/// The kind of server that runs the hook.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default, clap::ValueEnum)]
pub enum Forge {
    /// Gitea (`GITEA_PUSHER_NAME`, `GITEA_REPO_USER_NAME`, `GITEA_REPO_NAME`).
    Gitea,
    /// Forgejo, which uses Gitea's variables.
    Forgejo,
    /// GitLab (`GL_USERNAME`, `GL_PROJECT_PATH`, `GL_PROTOCOL`).
    Gitlab,
    /// gitolite (`GL_USER`, `GL_REPO`).
    Gitolite,
    /// `git http-backend` behind a web server that authenticates (`REMOTE_USER`).
    Http,
    /// sshd with one forced command for each key, which sets `PORTCULLIS_PUSHER`.
    Ssh,
    /// Nobody says who pushes: the pusher is unknown.
    #[default]
    Plain,
}

/// What the server says about a push.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Context {
    /// The account that pushes, as the server names it.
    pub account: Option<String>,
    /// The credential is a deploy key, which is no person (Gitea then names the repository's owner as the pusher).
    pub deploy_key: bool,
    /// `owner/name`, as the server names it.
    pub repository: Option<String>,
    /// What every line of output must begin with, so that the server's web pages show it.
    pub line_prefix: &'static str,
}

impl Forge {
    /// Does the hook see a copy of the repository that is thrown away after the push? Gitaly's transactions work so.
    pub fn shows_snapshots(self) -> bool {
        self == Forge::Gitlab
    }

    /// Reads what this kind of server says about the push.
    pub fn context(self) -> Context {
        match self {
            Forge::Gitea | Forge::Forgejo => gitea(),
            Forge::Gitlab => gitlab(),
            Forge::Gitolite => Context {
                account: get("GL_USER"),
                repository: get("GL_REPO"),
                ..Context::default()
            },
            Forge::Http => Context {
                account: get("REMOTE_USER"),
                ..Context::default()
            },
            Forge::Ssh => Context {
                account: get("PORTCULLIS_PUSHER"),
                ..Context::default()
            },
            Forge::Plain => Context::default(),
        }
    }
}

fn gitea() -> Context {
    let owner = get("GITEA_REPO_USER_NAME");
    let wiki = if get("GITEA_REPO_IS_WIKI").as_deref() == Some("true") {
        ".wiki"
    } else {
        ""
    };
    let name = get("GITEA_REPO_NAME").map(|name| match name.strip_suffix(".wiki") {
        Some(name) => format!("{name}.wiki"),
        None => format!("{name}{wiki}"),
    });
    // GITEA_IS_DEPLOY_KEY is what Gitea before 1.17 says instead of the key's number.
    let deploy_key = get("GITEA_DEPLOY_KEY_ID").is_some_and(|id| id != "0")
        || get("GITEA_IS_DEPLOY_KEY").is_some_and(|flag| flag == "true");
    Context {
        account: get("GITEA_PUSHER_NAME"),
        deploy_key,
        repository: owner
            .zip(name)
            .map(|(owner, name)| format!("{owner}/{name}")),
        line_prefix: "",
    }
}

fn gitlab() -> Context {
    Context {
        account: get("GL_USERNAME"),
        // A deploy key has a number of its own instead of a user's.
        deploy_key: get("GL_ID").is_some_and(|id| id.starts_with("key-"))
            && get("GL_USERNAME").is_none(),
        repository: get("GL_PROJECT_PATH"),
        line_prefix: if get("GL_PROTOCOL").as_deref() == Some("web") {
            "GL-HOOK-ERR: "
        } else {
            ""
        },
    }
}

fn get(variable: &str) -> Option<String> {
    std::env::var_os(variable)
        .filter(|value| !value.is_empty())
        .map(|value| value.to_string_lossy().into_owned())
}

/// The name of a repository that no server names: the last two components of its path, without `.git`.
pub fn repository_name(git_dir: &Path) -> String {
    let path = git_dir
        .canonicalize()
        .unwrap_or_else(|_| git_dir.to_owned());
    let mut components: Vec<_> = path
        .iter()
        .map(|component| component.to_string_lossy().into_owned())
        .collect();
    if components.last().is_some_and(|last| last == ".git") {
        components.pop();
    }
    let from = components.len().saturating_sub(2);
    let name = components[from..].join("/");
    name.strip_suffix(".git")
        .unwrap_or(&name)
        .trim_start_matches('/')
        .to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_named_by_the_end_of_its_path() {
        let name = |path: &str| repository_name(Path::new(path));
        assert_eq!(name("/nowhere/srv/git/shop/web.git"), "shop/web");
        assert_eq!(name("/nowhere/home/alice/web/.git"), "alice/web");
    }
}
