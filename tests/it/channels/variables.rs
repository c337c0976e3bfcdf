//! Each kind of server is believed by its own variables, and by no others.

use portcullis::forge::{Context, Forge};

/// What each kind sets for a push of alice.
const OWN: [(Forge, &[(&str, &str)]); 6] = [
    (
        Forge::Gitea,
        &[
            ("SSH_ORIGINAL_COMMAND", "receive-pack"),
            ("GITEA_PUSHER_NAME", "alice"),
            ("GITEA_REPO_USER_NAME", "shop"),
            ("GITEA_REPO_NAME", "web"),
            ("GITEA_PR_ID", "0"),
        ],
    ),
    (
        Forge::Forgejo,
        &[
            ("SSH_ORIGINAL_COMMAND", "git-receive-pack '/shop/web.git'"),
            ("GITEA_PUSHER_NAME", "alice"),
            ("GITEA_REPO_USER_NAME", "shop"),
            ("GITEA_REPO_NAME", "web"),
        ],
    ),
    (
        Forge::Gitlab,
        &[
            ("GL_ID", "user-2"),
            ("GL_USERNAME", "alice"),
            ("GL_PROJECT_PATH", "shop/web"),
            ("GL_PROTOCOL", "ssh"),
        ],
    ),
    (
        Forge::Gitolite,
        &[("GL_USER", "alice"), ("GL_REPO", "shop/web")],
    ),
    (Forge::Http, &[("REMOTE_USER", "alice")]),
    (Forge::Ssh, &[("PORTCULLIS_PUSHER", "alice")]),
];

/// All that any kind reads, as someone would set it who would be mallory.
const FORGED: [(&str, &str); 22] = [
    ("SSH_ORIGINAL_COMMAND", "gitea-internal"),
    ("GITEA_PUSHER_NAME", "mallory"),
    ("GITEA_REPO_USER_NAME", "mallory"),
    ("GITEA_REPO_NAME", "own"),
    ("GITEA_REPO_IS_WIKI", "true"),
    ("GITEA_PR_ID", "1"),
    ("GITEA_PR_INDEX", "1"),
    ("GITEA_PUSH_TRIGGER", "pr-merge-to-base"),
    ("GITEA_INTERNAL_PUSH", "true"),
    ("GITEA_DEPLOY_KEY_ID", "1"),
    ("GITEA_IS_DEPLOY_KEY", "true"),
    ("GITEA_ACTIONS_TASK_ID", "1"),
    ("GITEA_ACTION_PERM", "1"),
    ("GL_ID", "key-1"),
    ("GL_USERNAME", "mallory"),
    ("GL_PROJECT_PATH", "mallory/own"),
    ("GL_PROTOCOL", "web"),
    ("GL_USER", "mallory"),
    ("GL_REPO", "mallory/own"),
    ("REMOTE_USER", "mallory"),
    ("PORTCULLIS_PUSHER", "mallory"),
    ("FORGEJO_PUSHER_NAME", "mallory"),
];

fn told(forge: Forge, sets: [&[(&str, &str)]; 2]) -> Context {
    forge.context_of(&|name| {
        let mut set = sets.into_iter().flatten();
        let (_, value) = set.find(|(known, _)| *known == name)?;
        Some((*value).to_owned())
    })
}

/// What a kind of server never sets, it does not read: what it does set, it sets over whatever was there.
fn of_others(own: Forge) -> Vec<(&'static str, &'static str)> {
    let is_its = |name: &str| match own {
        Forge::Gitea | Forge::Forgejo => {
            name.starts_with("GITEA_") || name == "SSH_ORIGINAL_COMMAND"
        }
        Forge::Gitlab => ["GL_ID", "GL_USERNAME", "GL_PROJECT_PATH", "GL_PROTOCOL"].contains(&name),
        Forge::Gitolite => ["GL_USER", "GL_REPO"].contains(&name),
        Forge::Http => name == "REMOTE_USER",
        Forge::Ssh => name == "PORTCULLIS_PUSHER",
        Forge::Cert | Forge::Plain => false,
    };
    let others = FORGED.into_iter();
    others.filter(|(name, _)| !is_its(name)).collect()
}

#[test]
fn variables_of_other_servers_change_nothing() {
    for (forge, own) in OWN {
        let honest = told(forge, [own, &[]]);
        assert_eq!(honest.account.as_deref(), Some("alice"), "{forge:?}");
        assert_eq!(told(forge, [own, &of_others(forge)]), honest, "{forge:?}");
        // Nor do they speak where the server is silent.
        let silent = told(forge, [&[], &of_others(forge)]);
        assert_eq!(silent, told(forge, [&[], &[]]), "{forge:?}");
        assert_eq!(silent.account, None, "{forge:?}");
    }
    for forge in [Forge::Cert, Forge::Plain] {
        assert_eq!(told(forge, [&FORGED, &[]]), Context::default());
    }
}
