//! A bare repository that portcullis guards.

use super::{Git, WorkingClone};
use serde_json::Value;
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};
use tempfile::TempDir;

/// How a server's repository is set up; `..Setup::default()` leaves the rest as git and Debian would.
#[derive(Clone, Copy, Default)]
pub(crate) struct Setup<'a> {
    /// The text of the policy.
    pub(crate) policy: &'a str,
    /// Who tells the hook the pusher's name (`--forge`); `plain` when empty.
    pub(crate) forge: &'a str,
    pub(crate) object_format: ObjectFormat,
    pub(crate) quarantine: Quarantine,
    pub(crate) refs: RefFormat,
    /// Whether clients may send `-o OPTION`.
    pub(crate) push_options: bool,
}

/// The hash of the repository's objects.
#[derive(Debug, Clone, Copy, Default)]
pub(crate) enum ObjectFormat {
    #[default]
    Sha1,
    Sha256,
}

impl ObjectFormat {
    /// As `git init` takes it.
    pub(crate) fn option(self) -> &'static str {
        match self {
            Self::Sha1 => "--object-format=sha1",
            Self::Sha256 => "--object-format=sha256",
        }
    }
}

/// In which form pushed objects wait in the quarantine while the hook decides.
#[derive(Clone, Copy, Default)]
pub(crate) enum Quarantine {
    /// As git likes: loose below a hundred objects, else a pack.
    #[default]
    AsGitLikes,
    Loose,
    Packed,
}

/// How the repository keeps its refs.
#[derive(Clone, Copy, Default, PartialEq, Eq)]
pub(crate) enum RefFormat {
    #[default]
    Files,
    /// Git 2.45 and later.
    Reftable,
}

impl RefFormat {
    /// Whether this git knows it.
    pub(crate) fn is_known(self) -> bool {
        let folder = TempDir::new().expect("a temporary folder");
        let init = ["init", "--quiet", "--bare", "--ref-format=reftable", "."];
        self == Self::Files || Git::at(folder.path()).output(init).status.success()
    }
}

/// A bare repository in a folder of its own, with the hook, its policy, and space for whatever serves it.
pub(crate) struct Server {
    folder: TempDir,
    object_format: ObjectFormat,
}

impl Server {
    /// A server as usual, with this policy.
    pub(crate) fn new(policy: &str) -> Self {
        Self::with(&Setup {
            policy,
            ..Setup::default()
        })
    }

    /// A server as asked for.
    pub(crate) fn with(setup: &Setup<'_>) -> Self {
        let server = Self {
            folder: TempDir::new().expect("a temporary folder"),
            object_format: setup.object_format,
        };
        let mut init = vec!["--bare", setup.object_format.option()];
        if setup.refs == RefFormat::Reftable {
            init.push("--ref-format=reftable");
        }
        init.push("server.git");
        Git::at(server.folder()).init(&init);
        match setup.quarantine {
            Quarantine::AsGitLikes => {}
            Quarantine::Loose => server.configure("receive.unpackLimit", "1000000"),
            Quarantine::Packed => server.configure("receive.unpackLimit", "1"),
        }
        if setup.push_options {
            server.configure("receive.advertisePushOptions", "true");
        }
        server.set_policy(setup.policy);
        server.install_hook(if setup.forge.is_empty() {
            "plain"
        } else {
            setup.forge
        });
        server
    }

    /// A server that hears over ssh who pushes, and a clone from which alice does.
    pub(crate) fn of_alice(policy: &str) -> (Self, WorkingClone) {
        let server = Self::with(&Setup {
            policy,
            forge: "ssh",
            ..Setup::default()
        });
        let clone = server.working_clone().env("PORTCULLIS_PUSHER", "alice");
        (server, clone)
    }

    /// The folder that holds all of the server.
    pub(crate) fn folder(&self) -> &Path {
        self.folder.path()
    }

    /// The bare repository.
    pub(crate) fn repository(&self) -> PathBuf {
        self.folder().join("server.git")
    }

    /// Git in the bare repository.
    pub(crate) fn git(&self) -> Git {
        Git::at(self.repository())
    }

    /// Replaces the policy.
    pub(crate) fn set_policy(&self, text: &str) {
        fs::write(self.policy(), text).expect("the policy can be written");
    }

    /// Sets a git configuration key of the repository.
    pub(crate) fn configure(&self, key: &str, value: &str) {
        self.git().run(["config", key, value]);
    }

    /// The commit at a ref, if there is such a ref.
    pub(crate) fn tip(&self, name: &str) -> Option<String> {
        let found = self
            .git()
            .output(["rev-parse", "--verify", "--quiet", name]);
        let id = String::from_utf8_lossy(&found.stdout).trim_end().to_owned();
        found.status.success().then_some(id)
    }

    /// A clone that pushes over the local path.
    pub(crate) fn working_clone(&self) -> WorkingClone {
        self.working_clone_over(&self.repository().to_string_lossy(), |git| git)
    }

    /// A clone that pushes to `url`, which leads here; `reach` may give git what it needs to get there.
    pub(crate) fn working_clone_over(
        &self,
        url: &str,
        reach: impl FnOnce(Git) -> Git,
    ) -> WorkingClone {
        WorkingClone::of(url, self.object_format, reach)
    }

    /// Where the policy is.
    pub(crate) fn policy(&self) -> PathBuf {
        self.folder().join("policy.yml")
    }

    /// Where the last good policy is kept.
    pub(crate) fn state_dir(&self) -> PathBuf {
        self.folder().join("state")
    }

    /// The very wrapper that `install.sh` writes, with this build of the program.
    fn install_hook(&self, forge: &str) {
        let script = include_str!("../../../hooks/pre-receive")
            .replace("@BINARY@", env!("CARGO_BIN_EXE_portcullis"))
            .replace("@POLICY@", &self.policy().to_string_lossy())
            .replace("@FORGE@", forge)
            .replace("@STATE_DIR@", &self.state_dir().to_string_lossy());
        let hook = self.repository().join("hooks/pre-receive");
        fs::create_dir_all(hook.parent().expect("it is in hooks"))
            .expect("the hooks folder can be made");
        fs::write(&hook, script).expect("the hook can be written");
        fs::set_permissions(&hook, fs::Permissions::from_mode(0o755))
            .expect("the hook can be made executable");
    }

    /// The lines of the ledger `audit.jsonl` beside its policy.
    pub(crate) fn ledger(&self) -> Vec<Value> {
        let text = fs::read_to_string(self.folder().join("audit.jsonl"));
        let text = text.expect("it can be read");
        let lines = text.lines();
        lines
            .map(|line| serde_json::from_str(line).expect("JSON"))
            .collect()
    }
}
