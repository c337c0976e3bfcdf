//! Gitea and Forgejo, whose own hook starts ours. All that they do themselves is a `git push` into the bare repository,
//! too, with these variables (go-gitea/gitea: modules/repository/env.go, cmd/serv.go, routers/web/repo/githttp.go).

use portcullis::forge::{Forge, Protocol};

use super::POLICY;
use super::row::{Change, Row, Told, Variables, server};

/// What is set whoever pushes whatever.
const ALWAYS: Variables = &[
    ("GITEA_REPO_NAME", "web"),
    ("GITEA_REPO_USER_NAME", "shop"),
    ("GITEA_REPO_ID", "3"),
    ("GITEA_REPO_IS_WIKI", "false"),
    ("GITEA_PUSHER_NAME", "alice"),
    ("GITEA_PUSHER_ID", "2"),
    ("GITEA_ROOT_URL", "http://127.0.0.1:3000/"),
    ("GITEA_PR_ID", "0"),
];
const SSH: Variables = &[
    ("SSH_ORIGINAL_COMMAND", "git-receive-pack '/shop/web.git'"),
    ("GITEA_KEY_ID", "4"),
    ("GITEA_DEPLOY_KEY_ID", "0"),
    ("SSH_CONNECTION", "127.0.0.1 50000 127.0.0.1 22"),
];
const HTTP: Variables = &[("SSH_ORIGINAL_COMMAND", "receive-pack")];
/// The web editor, the contents API, a new branch, a fork that is brought up to date.
const WEB: Variables = &[
    ("SSH_ORIGINAL_COMMAND", "gitea-internal"),
    ("GITEA_PR_INDEX", "0"),
];
/// A pull request is merged, in whichever style.
const MERGE: Variables = &[
    ("SSH_ORIGINAL_COMMAND", "gitea-internal"),
    ("GITEA_PR_ID", "107"),
    ("GITEA_PR_INDEX", "7"),
    ("GITEA_PUSH_TRIGGER", "pr-merge-to-base"),
];
/// The same, on a Gitea before 1.23 and its number before 1.26.
const OLD_MERGE: Variables = &[
    ("SSH_ORIGINAL_COMMAND", "gitea-internal"),
    ("GITEA_PR_ID", "107"),
];

fn row(
    name: &'static str,
    variables: &[(&'static str, &'static str)],
    change: Change,
    told: Told,
) -> Row {
    Row {
        name,
        variables: [ALWAYS, variables].concat(),
        change,
        told,
    }
}

fn ssh() -> Told {
    Told::alice(Protocol::Ssh)
}

fn http() -> Told {
    Told::alice(Protocol::Http)
}

fn web() -> Told {
    Told::alice(Protocol::Web)
}

fn rows() -> impl Iterator<Item = Row> {
    [pushes(), operations(), merges(), books()]
        .into_iter()
        .flatten()
}

/// What people and programs push with a git.
fn pushes() -> Vec<Row> {
    vec![
        row("a push over ssh", SSH, Change::Commit, ssh()),
        row("a push over http", HTTP, Change::Commit, http()),
        // Gitea names the owner of the repository then.
        row(
            "a deploy key",
            &[SSH[0], ("GITEA_KEY_ID", "9"), ("GITEA_DEPLOY_KEY_ID", "9")],
            Change::Commit,
            ssh().nobody(Some("alice")),
        ),
        row(
            "a deploy key before 1.17",
            &[SSH[0], ("GITEA_IS_DEPLOY_KEY", "true")],
            Change::Commit,
            ssh().nobody(Some("alice")),
        ),
        row(
            "a job of Actions",
            &[
                HTTP[0],
                ("GITEA_PUSHER_NAME", "gitea-actions"),
                ("GITEA_PUSHER_ID", "-2"),
                ("GITEA_ACTIONS_TASK_ID", "12"),
            ],
            Change::Commit,
            http().nobody(Some("gitea-actions")),
        ),
        row(
            "a job of Actions that has a person's name",
            &[HTTP[0], ("GITEA_ACTION_PERM", "2")],
            Change::Commit,
            http().nobody(Some("alice")),
        ),
    ]
}

/// A pull request is merged, in each style.
fn merges() -> Vec<Row> {
    vec![
        row("merge", MERGE, Change::Merge, web()),
        row("merge, an old Gitea", OLD_MERGE, Change::Merge, web()),
        row("rebase", MERGE, Change::Commits, web()),
        row("rebase, then merge", MERGE, Change::Merge, web()),
        row("squash", MERGE, Change::Commit, web()),
        row("fast-forward only", MERGE, Change::Commits, web()),
    ]
}

/// What else is done in the pages, or asked of the API.
fn operations() -> Vec<Row> {
    vec![
        row("the web editor", WEB, Change::Commit, web()),
        row(
            "the contents API of a Gitea that tells no number",
            &[WEB[0]],
            Change::Commit,
            web(),
        ),
        row("a new branch", WEB, Change::Branch, web()),
        row(
            "a pull request's branch is updated by merging",
            &[
                WEB[0],
                ("GITEA_PR_ID", "107"),
                ("GITEA_PUSH_TRIGGER", "pr-update-with-base"),
            ],
            Change::Topic,
            web(),
        ),
        row(
            "a pull request's branch is updated by rebasing",
            OLD_MERGE,
            Change::Topic,
            web(),
        ),
        row(
            "a fork is brought up to date",
            &[WEB[0], ("GITEA_REPO_USER_NAME", "alice")],
            Change::Commits,
            web().to("alice/web"),
        ),
    ]
}

/// Proposals, what the server keeps itself, and what is beside the code.
fn books() -> Vec<Row> {
    vec![
        row(
            "a pull request without a fork, over ssh",
            SSH,
            Change::Proposal("refs/for/main/topic"),
            ssh(),
        ),
        row(
            "the server keeps a pull request's head",
            &[WEB[0], ("GITEA_INTERNAL_PUSH", "true")],
            Change::Proposal("refs/pull/7/head"),
            web(),
        ),
        row(
            "the first commit of a repository",
            &[WEB[0], ("GITEA_INTERNAL_PUSH", "true")],
            Change::Commit,
            web(),
        ),
        row(
            "a wiki over ssh",
            &[SSH[0], ("GITEA_REPO_IS_WIKI", "true")],
            Change::Commit,
            ssh().to("shop/web.wiki"),
        ),
        row(
            "a wiki's page in the web",
            &[
                WEB[0],
                ("GITEA_REPO_NAME", "web.wiki"),
                ("GITEA_REPO_IS_WIKI", "true"),
            ],
            Change::Commit,
            web().to("shop/web.wiki"),
        ),
        Row {
            name: "the admin, by the path",
            variables: Vec::new(),
            change: Change::Commit,
            told: Told {
                account: None,
                person: None,
                repository: String::new(),
                protocol: None,
            },
        },
    ]
}

/// Tries these rows on a server that is told it is of this kind.
fn try_all(option: &str, forge: Forge, rows: impl Iterator<Item = Row>) {
    let server = server(option, POLICY);
    server.delegate_as_gitea_does();
    let folder = server.folder().file_name().expect("it has a name");
    let by_path = format!("{}/server", folder.to_string_lossy());
    for mut row in rows {
        if row.variables.is_empty() {
            row.told.repository.clone_from(&by_path);
        }
        row.try_on(&server, forge);
    }
}

#[test]
fn each_way_into_gitea() {
    try_all("gitea", Forge::Gitea, rows());
}

/// Forgejo has no other variables, and lacks some.
#[test]
fn each_way_into_forgejo_that_differs() {
    let lacks = ["GITEA_PR_INDEX", "GITEA_ACTIONS_TASK_ID"];
    let differs = rows().filter_map(|mut row| {
        let before = row.variables.len();
        row.variables.retain(|(name, _)| !lacks.contains(name));
        let is_job = row.name == "a job of Actions that has a person's name";
        (is_job || (row.variables.len() < before && row.name != "a job of Actions")).then_some(row)
    });
    try_all("forgejo", Forge::Forgejo, differs);
}

#[test]
fn gitea_is_recognised_whichever_way_a_push_takes() {
    let names = [
        "a push over ssh",
        "a push over http",
        "a deploy key",
        "merge",
    ];
    let some = rows().filter(|row| names.contains(&row.name));
    try_all("auto", Forge::Gitea, some);
}
