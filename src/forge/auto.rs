//! `--forge auto`: which kind of server runs the hook, told by marks that no pusher can make.
//!
//! A variable proves nothing here: an sshd with `AcceptEnv` hands on whatever a client says. So the repository decides, in
//! which each forge keeps files of its own that no push reaches. Where it has none, two things can be believed without a
//! word of the admin: a push certificate, which proves itself, and the user of a web server that runs git as a CGI
//! program. There a client's headers come as `HTTP_…`, and an sshd always says that it is one (`SSH_CONNECTION`, which it
//! sets after all that it takes from a client).
//!
//! Variables choose no kind, then, and can only keep one from being chosen: those of a server that did not make the
//! repository refuse the push. To take such a pusher for nobody would open whatever is denied to one person.

use std::path::Path;

use clap::ValueEnum;
use clap::builder::PossibleValue;

use super::{Forge, Variables, variable};

/// What `--forge` says.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Choice {
    /// The admin knows the kind.
    Kind(Forge),
    /// It is to be recognised at each push.
    Auto,
}

impl Default for Choice {
    fn default() -> Self {
        Choice::Kind(Forge::default())
    }
}

impl ValueEnum for Choice {
    fn value_variants<'a>() -> &'a [Self] {
        const ALL: &[Choice] = &[
            Choice::Kind(Forge::Gitea),
            Choice::Kind(Forge::Forgejo),
            Choice::Kind(Forge::Gitlab),
            Choice::Kind(Forge::Gitolite),
            Choice::Kind(Forge::Http),
            Choice::Kind(Forge::Ssh),
            Choice::Kind(Forge::Cert),
            Choice::Kind(Forge::Plain),
            Choice::Auto,
        ];
        ALL
    }

    fn to_possible_value(&self) -> Option<PossibleValue> {
        match self {
            Choice::Kind(forge) => forge.to_possible_value(),
            Choice::Auto => Some(PossibleValue::new("auto").help(
                "Recognised by what the server keeps in the repository; without that, the user of a web server \
                 (`REMOTE_USER`), else who signed the push",
            )),
        }
    }
}

/// Why the kind cannot be told. Whatever needs to know who pushes is then refused, and that may be anything.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unrecognised {
    /// It was made by one and is served by another, or someone has put marks there.
    #[error(
        "`--forge auto` cannot tell who pushes: the repository has marks of {} and of {}; run install.sh with the \
         right --forge",
        .0.name(), .1.name()
    )]
    TwoKinds(Forge, Forge),
    /// The server is of that kind and keeps no mark, or the pusher has set the variable.
    #[error(
        "`--forge auto` cannot tell who pushes: {variable} is set, which is a word of the server with `--forge {}`, and \
         anyone's without; run install.sh with that, if it is one",
        kind.name()
    )]
    Unproven {
        /// The variable.
        variable: &'static str,
        /// The kind of server whose variable it is.
        kind: Forge,
    },
}

impl Choice {
    /// The kind of server that runs the hook in the repository at `git_dir`.
    ///
    /// # Errors
    /// When it cannot be told.
    pub fn kind(self, git_dir: &Path) -> Result<Forge, Unrecognised> {
        match self {
            Choice::Kind(forge) => Ok(forge),
            Choice::Auto => recognise(&made_by(git_dir), &variable),
        }
    }
}

/// The kinds of server that have left marks in the repository at `git_dir`. Forgejo's are Gitea's.
pub fn made_by(git_dir: &Path) -> Vec<Forge> {
    /// The folders of a storage that GitLab names itself.
    const OF_GITALY: [&str; 4] = ["@hashed", "@snippets", "@groups", "@cluster"];
    let full = git_dir.canonicalize();
    let path = full.as_deref().unwrap_or(git_dir);
    let is_gitalys = path
        .iter()
        .any(|part| OF_GITALY.iter().any(|known| part == *known));
    let marks = [
        (
            Forge::Gitea,
            path.join("hooks/pre-receive.d/gitea").exists(),
        ),
        (Forge::Gitlab, is_gitalys),
        (Forge::Gitolite, path.join("gl-conf").exists()),
    ];
    marks
        .into_iter()
        .filter_map(|(forge, is_there)| is_there.then_some(forge))
        .collect()
}

fn recognise(made_by: &[Forge], get: Variables<'_>) -> Result<Forge, Unrecognised> {
    /// By each of these, a server of that kind says who pushes.
    const CLAIMS: [(&str, Forge); 6] = [
        ("GITEA_PUSHER_NAME", Forge::Gitea),
        ("GL_USERNAME", Forge::Gitlab),
        ("GL_ID", Forge::Gitlab),
        ("GL_USER", Forge::Gitolite),
        ("PORTCULLIS_PUSHER", Forge::Ssh),
        ("REMOTE_USER", Forge::Http),
    ];
    match made_by {
        [] => {}
        [forge] => return Ok(*forge),
        [one, other, ..] => return Err(Unrecognised::TwoKinds(*one, *other)),
    }
    let is_set = |name: &str| get(name).is_some();
    let is_cgi = is_set("REQUEST_METHOD") && !is_set("SSH_CONNECTION") && !is_set("SSH_CLIENT");
    let unproven = CLAIMS.into_iter().find(|(variable, kind)| {
        let is_proven = *kind == Forge::Http && is_cgi;
        is_set(variable) && !is_proven
    });
    match unproven {
        Some((variable, kind)) => Err(Unrecognised::Unproven { variable, kind }),
        None if is_set("REMOTE_USER") => Ok(Forge::Http),
        None => Ok(Forge::Cert),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;

    fn told(made_by: &[Forge], set: &[&str]) -> Result<Forge, Unrecognised> {
        recognise(made_by, &|name| {
            set.contains(&name).then(|| "bob".to_owned())
        })
    }

    #[test]
    fn a_mark_decides_and_variables_change_nothing() {
        let all = [
            "GITEA_PUSHER_NAME",
            "GL_USERNAME",
            "GL_USER",
            "PORTCULLIS_PUSHER",
            "REMOTE_USER",
            "REQUEST_METHOD",
        ];
        for forge in [Forge::Gitea, Forge::Gitlab, Forge::Gitolite] {
            assert_eq!(told(&[forge], &[]), Ok(forge));
            assert_eq!(told(&[forge], &all), Ok(forge));
        }
        assert_eq!(
            told(&[Forge::Gitea, Forge::Gitolite], &[]),
            Err(Unrecognised::TwoKinds(Forge::Gitea, Forge::Gitolite))
        );
    }

    #[test]
    fn without_a_mark_only_a_web_server_is_believed() {
        assert_eq!(told(&[], &[]), Ok(Forge::Cert));
        assert_eq!(told(&[], &["REQUEST_METHOD"]), Ok(Forge::Cert));
        assert_eq!(told(&[], &["SSH_CONNECTION"]), Ok(Forge::Cert));
        let web = ["REQUEST_METHOD", "REMOTE_USER"];
        assert_eq!(told(&[], &web), Ok(Forge::Http));
        for also in [
            "SSH_CONNECTION",
            "SSH_CLIENT",
            "GL_USER",
            "GL_ID",
            "GITEA_PUSHER_NAME",
            "PORTCULLIS_PUSHER",
        ] {
            assert!(told(&[], &[&web[..], &[also]].concat()).is_err(), "{also}");
        }
        assert_eq!(
            told(&[], &["REMOTE_USER"]),
            Err(Unrecognised::Unproven {
                variable: "REMOTE_USER",
                kind: Forge::Http
            })
        );
    }

    #[test]
    fn each_forge_has_its_mark() {
        let folder = tempfile::TempDir::new().expect("a temporary folder");
        let make = |path: &str| {
            let path = folder.path().join(path);
            fs::create_dir_all(path.parent().expect("it has one")).expect("a folder can be made");
            fs::write(path, "").expect("a file can be written");
        };
        let of = |path: &str| made_by(&folder.path().join(path));
        make("shop/web.git/hooks/pre-receive.d/50-portcullis");
        assert_eq!(of("shop/web.git"), []);
        make("shop/web.git/hooks/pre-receive.d/gitea");
        assert_eq!(of("shop/web.git"), [Forge::Gitea]);
        make("@hashed/aa/bb/cc.git/HEAD");
        assert_eq!(of("@hashed/aa/bb/cc.git"), [Forge::Gitlab]);
        make("testing.git/gl-conf");
        assert_eq!(of("testing.git"), [Forge::Gitolite]);
        make("@hashed/testing.git/gl-conf");
        assert_eq!(of("@hashed/testing.git"), [Forge::Gitlab, Forge::Gitolite]);
    }
}
