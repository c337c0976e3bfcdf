//! The server around the hook: who pushes, to which repository, and how the answer must look there.
//!
//! The kind is set at installation (`--forge`), or recognised by what the server keeps in the repository ([`auto`]). Only
//! that kind's documented variables are read, so that the variables of one server cannot be forged on another.
#![expect(
    clippy::disallowed_methods,
    reason = "this is the one place where a server's variables enter"
)]

pub mod auto;

use std::path::Path;

use clap::ValueEnum as _;

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
    /// `git push --signed`: whose key signed the push, verified here (`receive.certNonceSeed` must be set); unknown
    /// without it.
    Cert,
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
    /// The way by which the push comes.
    pub protocol: Option<Protocol>,
    /// What the server says about the pull request that the push merges.
    pub pull_request: Option<PullRequestHint>,
    /// Why the server itself pushes for the account, where it says so.
    pub trigger: Option<Trigger>,
    /// The server keeps its own books (`refs/pull/*`, the first commit of a repository); nobody else asked for it.
    pub internal: bool,
    /// The credential is that of a job of Gitea Actions, which is no person.
    pub actions_task: bool,
    /// What every line of output must begin with, so that the server's web pages show it.
    pub line_prefix: &'static str,
}

/// The way by which a push comes to the server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Protocol {
    /// ssh.
    Ssh,
    /// HTTP, from a git.
    Http,
    /// The server pushes, for someone who presses a button or asks its API.
    Web,
}

/// Which pull request the server merges, as far as it says so. It may mean one of another repository (an "update branch"
/// of a fork), so what it leads to must be looked up.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub enum PullRequestHint {
    /// The one with this number (`GITEA_PR_INDEX`, since Gitea 1.26).
    Number(u64),
    /// The one that has this number in the server's database, and another for people (`GITEA_PR_ID`).
    Id(u64),
    /// One that the server marks as being merged, if any (GitLab, where the push comes from its web pages or its API).
    BeingMerged,
}

/// Why Gitea pushes for someone (`GITEA_PUSH_TRIGGER`, since Gitea 1.23).
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Trigger {
    /// A pull request is merged, and this is a push to the branch that it leads to.
    MergeToBase,
    /// A pull request's own branch is brought up to date.
    UpdateWithBase,
}

impl Context {
    /// Does the server push itself, to merge a pull request for the account?
    pub fn merges_pull_request(&self) -> bool {
        self.trigger == Some(Trigger::MergeToBase)
            || self.pull_request == Some(PullRequestHint::BeingMerged)
    }
}

/// The value of each variable that is set and not empty.
pub type Variables<'a> = &'a dyn Fn(&str) -> Option<String>;

impl Forge {
    /// As `--forge` takes it.
    pub fn name(self) -> String {
        let value = self.to_possible_value();
        value.map_or_else(String::new, |value| value.get_name().to_owned())
    }

    /// Does the hook see a copy of the repository that is thrown away after the push? Gitaly's transactions work so.
    pub fn shows_snapshots(self) -> bool {
        self == Forge::Gitlab
    }

    /// Reads what this kind of server says about the push.
    pub fn context(self) -> Context {
        self.context_of(&variable)
    }

    /// What this kind of server says with these variables.
    pub fn context_of(self, get: Variables<'_>) -> Context {
        match self {
            Forge::Gitea | Forge::Forgejo => gitea(get),
            Forge::Gitlab => gitlab(get),
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
            // What git says of a push certificate is read with git's other variables.
            Forge::Cert | Forge::Plain => Context::default(),
        }
    }
}

fn gitea(get: Variables<'_>) -> Context {
    // Gitea writes 0 for none.
    let number = |name| get(name)?.parse().ok().filter(|number: &u64| *number != 0);
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
    let protocol = get("SSH_ORIGINAL_COMMAND").map(|command| match command.as_str() {
        "gitea-internal" => Protocol::Web,
        "receive-pack" => Protocol::Http,
        _ => Protocol::Ssh,
    });
    // Gitea sets these for its own pushes alone and clears them for nobody: an sshd with `AcceptEnv GITEA_*` hands on
    // what a client says. The command above is set by the sshd itself.
    let trigger = match get("GITEA_PUSH_TRIGGER").as_deref() {
        _ if protocol != Some(Protocol::Web) => None,
        Some("pr-merge-to-base") => Some(Trigger::MergeToBase),
        Some("pr-update-with-base") => Some(Trigger::UpdateWithBase),
        _ => None,
    };
    let internal = get("GITEA_INTERNAL_PUSH").is_some_and(|flag| flag == "true");
    // Without a trigger it may be either, from a Gitea that knows none.
    let merges = trigger != Some(Trigger::UpdateWithBase) && !internal;
    let pull_request = number("GITEA_PR_INDEX")
        .map(PullRequestHint::Number)
        .or_else(|| number("GITEA_PR_ID").map(PullRequestHint::Id))
        .filter(|_| merges);
    Context {
        account: get("GITEA_PUSHER_NAME"),
        deploy_key,
        protocol,
        pull_request,
        trigger,
        internal,
        // GITEA_ACTION_PERM is what Gitea before 1.26 says instead of the job's number.
        actions_task: number("GITEA_ACTIONS_TASK_ID")
            .or_else(|| number("GITEA_ACTION_PERM"))
            .is_some(),
        repository: owner
            .zip(name)
            .map(|(owner, name)| format!("{owner}/{name}")),
        line_prefix: "",
    }
}

fn gitlab(get: Variables<'_>) -> Context {
    let protocol = match get("GL_PROTOCOL").as_deref() {
        Some("ssh") => Some(Protocol::Ssh),
        Some("http") => Some(Protocol::Http),
        Some("web") => Some(Protocol::Web),
        _ => None,
    };
    let is_web = protocol == Some(Protocol::Web);
    Context {
        account: get("GL_USERNAME"),
        // A deploy key has a number of its own instead of a user's.
        deploy_key: get("GL_ID").is_some_and(|id| id.starts_with("key-"))
            && get("GL_USERNAME").is_none(),
        repository: get("GL_PROJECT_PATH"),
        protocol,
        pull_request: is_web.then_some(PullRequestHint::BeingMerged),
        line_prefix: if is_web { "GL-HOOK-ERR: " } else { "" },
        ..Context::default()
    }
}

fn variable(name: &str) -> Option<String> {
    std::env::var_os(name)
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

    fn context(forge: Forge, variables: &[(&str, &str)]) -> Context {
        forge.context_of(&|name| {
            let (_, value) = variables.iter().find(|(known, _)| *known == name)?;
            Some((*value).to_owned())
        })
    }

    #[test]
    fn gitea_says_which_pull_request_it_merges() {
        let merge = [
            ("SSH_ORIGINAL_COMMAND", "gitea-internal"),
            ("GITEA_PUSHER_NAME", "bob"),
            ("GITEA_PR_ID", "41"),
            ("GITEA_PR_INDEX", "7"),
            ("GITEA_PUSH_TRIGGER", "pr-merge-to-base"),
        ];
        let told = context(Forge::Forgejo, &merge);
        assert_eq!(told.pull_request, Some(PullRequestHint::Number(7)));
        assert_eq!(told.trigger, Some(Trigger::MergeToBase));
        assert_eq!(told.protocol, Some(Protocol::Web));
        assert!(!told.internal && !told.actions_task);

        let before_it_told_the_number = context(Forge::Gitea, &merge[..3]);
        assert_eq!(
            before_it_told_the_number.pull_request,
            Some(PullRequestHint::Id(41))
        );
        assert_eq!(context(Forge::Gitlab, &merge).pull_request, None);
        assert_eq!(context(Forge::Plain, &merge), Context::default());
    }

    #[test]
    fn what_is_no_merge_of_a_pull_request_names_none() {
        let id = ("GITEA_PR_ID", "41");
        let update = [
            ("SSH_ORIGINAL_COMMAND", "gitea-internal"),
            id,
            ("GITEA_PUSH_TRIGGER", "pr-update-with-base"),
        ];
        let told = context(Forge::Gitea, &update);
        assert_eq!(
            (told.pull_request, told.trigger),
            (None, Some(Trigger::UpdateWithBase))
        );
        let books = [id, ("GITEA_INTERNAL_PUSH", "true")];
        let told = context(Forge::Gitea, &books);
        assert_eq!((told.pull_request, told.internal), (None, true));
        let by_hand = [("GITEA_PR_ID", "0"), ("GITEA_PR_INDEX", "0")];
        assert_eq!(context(Forge::Gitea, &by_hand).pull_request, None);
    }

    #[test]
    fn only_gitea_itself_says_that_it_merges() {
        let trigger = ("GITEA_PUSH_TRIGGER", "pr-merge-to-base");
        for command in ["git-receive-pack 'shop/web.git'", "receive-pack"] {
            let forged = [("SSH_ORIGINAL_COMMAND", command), trigger];
            let told = context(Forge::Gitea, &forged);
            assert_eq!(told.trigger, None, "{command}");
            assert!(!told.merges_pull_request());
        }
        assert!(!context(Forge::Gitea, &[trigger]).merges_pull_request());
    }

    #[test]
    fn credentials_that_are_no_persons_are_told() {
        let key = [
            ("SSH_ORIGINAL_COMMAND", "git-receive-pack 'shop/web.git'"),
            ("GITEA_DEPLOY_KEY_ID", "3"),
        ];
        let told = context(Forge::Gitea, &key);
        assert!(told.deploy_key);
        assert_eq!(told.protocol, Some(Protocol::Ssh));
        let job = [
            ("SSH_ORIGINAL_COMMAND", "receive-pack"),
            ("GITEA_ACTIONS_TASK_ID", "12"),
        ];
        let told = context(Forge::Gitea, &job);
        assert!(told.actions_task && !told.deploy_key);
        assert_eq!(told.protocol, Some(Protocol::Http));
        let nobody = [("GITEA_DEPLOY_KEY_ID", "0"), ("GITEA_ACTIONS_TASK_ID", "0")];
        let told = context(Forge::Gitea, &nobody);
        assert!(!told.actions_task && !told.deploy_key);
    }

    #[test]
    fn gitlab_merges_from_its_web_pages() {
        let web = context(Forge::Gitlab, &[("GL_PROTOCOL", "web")]);
        assert_eq!(web.pull_request, Some(PullRequestHint::BeingMerged));
        assert_eq!(web.protocol, Some(Protocol::Web));
        assert_eq!(web.line_prefix, "GL-HOOK-ERR: ");
        let ssh = context(Forge::Gitlab, &[("GL_PROTOCOL", "ssh")]);
        assert_eq!((ssh.pull_request, ssh.line_prefix), (None, ""));
        assert_eq!(ssh.protocol, Some(Protocol::Ssh));
    }

    #[test]
    fn a_repository_is_named_by_the_end_of_its_path() {
        let name = |path: &str| repository_name(Path::new(path));
        assert_eq!(name("/nowhere/srv/git/shop/web.git"), "shop/web");
        assert_eq!(name("/nowhere/home/alice/web/.git"), "alice/web");
    }
}
