//! One repository: whether git calls the hook, what that is told, and what git itself is told.

use std::fs;
use std::os::unix::fs::{MetadataExt as _, PermissionsExt as _};
use std::path::{Path, PathBuf};

use super::server::account;
use super::wrapper::Wrapper;
use super::{Check, open_to};
use crate::forge::{Forge, auto};
use crate::git::version::version;
use crate::git::{Error, Layout, RefStorage, Repository};
use crate::origin::Origin;
use crate::report::shell::quote_path;
use crate::report::text;
use crate::report::verify as words;
use crate::verify::hook::{setting, wired};

/// What is looked at.
pub struct Looked<'a> {
    /// The repository.
    pub repository: &'a Repository,
    /// `owner/name`.
    pub name: String,
    /// A folder with hooks for all repositories.
    pub hooks: Option<&'a Path>,
    /// The policy that is looked at.
    pub origin: &'a Origin,
}

impl Looked<'_> {
    /// Looks.
    pub fn examine(&self) -> Vec<Check> {
        let layout = &self.repository.layout;
        let mut checks = vec![owner(layout)];
        let mut forge = None;
        match wired(layout, self.hooks) {
            Ok(hook) => {
                let name = hook.display().to_string();
                checks.push(Check::ok("hook", format!("git calls {name}")));
                let wrapper = Wrapper::read(&hook);
                checks.push(program(wrapper.binary.as_deref()));
                checks.extend(self.policy(&wrapper));
                checks.push(identity(layout, wrapper.forge.as_deref()));
                forge = wrapper.forge;
            }
            Err(problem) => checks.push(Check::fail(
                "hook",
                format!("pushes are not judged: {}", words::hook(&problem)),
                words::hook_remedy(&problem),
            )),
        }
        checks.extend(settings(layout, forge.as_deref()));
        checks.extend(history(layout));
        for check in &mut checks {
            check.repository = Some(self.name.clone());
        }
        checks
    }

    fn policy(&self, wrapper: &Wrapper) -> Option<Check> {
        const ID: &str = "hook-policy";
        let (used, asked) = match self.origin {
            Origin::File(file) => (wrapper.policy.as_ref()?, file),
            Origin::Branch(branch) => (wrapper.policy_repo.as_ref()?, &branch.repository),
        };
        // One that is not there has a name all the same.
        let full = |one: &PathBuf| {
            fs::canonicalize(one)
                .or_else(|_| std::path::absolute(one))
                .ok()
        };
        Some(if full(used) == full(asked) {
            Check::ok(ID, format!("it judges by {}", used.display()))
        } else {
            Check::warn(
                ID,
                format!(
                    "it judges by {}, and not by what is looked at here",
                    used.display()
                ),
                "ask the doctor about that one, or run install.sh with the other",
            )
        })
    }
}

/// What is said of the repository `name`, which cannot be opened.
pub fn closed(name: String, error: &Error) -> Check {
    let says = format!("every push is refused: {}", text::chain(error));
    let remedy = "see that git itself can use it: git fsck";
    Check {
        repository: Some(name),
        ..Check::fail("repository", says, remedy)
    }
}

/// Git refuses repositories of others, and what this account may read and write says little of another.
fn owner(layout: &Layout) -> Check {
    const ID: &str = "owner";
    let owner = fs::metadata(&layout.git_dir).map(|about| about.uid()).ok();
    match (owner, account()) {
        (Some(owner), Some(account)) if owner != account => Check::warn(
            ID,
            format!(
                "it belongs to the account {owner}, and you are {account}: what is said of reading and writing is of you"
            ),
            format!("run as that account: sudo -u '#{owner}' portcullis doctor …"),
        ),
        _ => Check::ok(ID, "it belongs to the account that looks"),
    }
}

fn program(binary: Option<&Path>) -> Check {
    const ID: &str = "hook-program";
    let Some(binary) = binary else {
        let says = "the hook does not show which program it starts";
        return Check::warn(ID, says, "write its full path into the hook");
    };
    let name = binary.display();
    let Ok(about) = fs::metadata(binary) else {
        let says = format!("every push is refused: {name} is not there");
        return Check::fail(ID, says, "run install.sh again");
    };
    if about.permissions().mode() & 0o111 == 0 {
        let says = format!("every push is refused: {name} may not be run");
        return Check::fail(ID, says, format!("chmod 755 {}", quote_path(binary)));
    }
    if let Some(status) = open_to(&about) {
        let says = format!("others than its owner can replace {name}");
        let remedy = format!("chmod go-w {}", quote_path(binary));
        return Check::of(status, ID, says, remedy);
    }
    let content = |path: &Path| fs::read(path).ok();
    let is_this = std::env::current_exe().is_ok_and(|this| {
        fs::metadata(&this).is_ok_and(|of_this| {
            let is_same = (of_this.dev(), of_this.ino()) == (about.dev(), about.ino());
            is_same || (of_this.len() == about.len() && content(&this) == content(binary))
        })
    });
    if is_this {
        Check::ok(ID, format!("{name} is this program"))
    } else {
        let says = format!("{name} is another version than the one that looks");
        Check::warn(ID, says, "ask that one, or run install.sh again")
    }
}

/// On a server of another kind, pushers might set themselves what says who they are.
fn identity(layout: &Layout, forge: Option<&str>) -> Check {
    const ID: &str = "identity";
    let forge = forge.unwrap_or("plain");
    let looks_like = kind_of(layout);
    let looks_like = looks_like.as_deref();
    if forge == "auto" {
        return recognised(layout, looks_like);
    }
    let fits = match looks_like {
        Some("gitea") => matches!(forge, "gitea" | "forgejo"),
        Some(kind) => forge == kind,
        None => !matches!(forge, "gitea" | "forgejo" | "gitlab" | "gitolite"),
    };
    let looks_like = looks_like.unwrap_or("plain");
    if !fits {
        return Check::fail(
            ID,
            format!(
                "the hook takes the word of a server of the kind {forge} for who pushes, and this looks like {looks_like}: \
                 pushers might set it themselves"
            ),
            "run install.sh with the right --forge",
        );
    }
    if forge == "plain" {
        let says = "nothing says who pushes, so no approval counts";
        return Check::warn(ID, says, "run install.sh with --forge ssh, http or cert");
    }
    if forge == "cert" && setting(layout, "receive.certNonceSeed").is_none() {
        let remedy = configure(
            layout,
            "receive.certNonceSeed",
            "\"$(head -c 32 /dev/urandom | base64)\"",
        );
        let says = "signed pushes are refused, since receive.certNonceSeed is not set";
        return Check::fail(ID, says, remedy);
    }
    Check::ok(ID, format!("who pushes is what {forge} says"))
}

/// What `--forge auto` makes of the repository.
fn recognised(layout: &Layout, looks_like: Option<&str>) -> Check {
    const ID: &str = "identity";
    match (auto::made_by(&layout.common_dir).len(), looks_like) {
        (1, Some(kind)) => Check::ok(
            ID,
            format!("who pushes is what {kind} says, as it is recognised"),
        ),
        (0, None) => Check::warn(
            ID,
            "only the users of a web server and whoever signs the push are known; pushes over ssh are nobody's",
            "run install.sh with --forge http, cert or ssh",
        ),
        _ => Check::fail(
            ID,
            "pushes are refused, since the kind of server cannot be recognised",
            "run install.sh with the right --forge",
        ),
    }
}

/// Which kind of server has made the repository, as far as it shows.
fn kind_of(layout: &Layout) -> Option<String> {
    let mut made_by = auto::made_by(&layout.common_dir).into_iter();
    let by_its_settings = || setting(layout, "gitlab.fullpath").map(|_| Forge::Gitlab);
    made_by.next().or_else(by_its_settings).map(Forge::name)
}

fn settings(layout: &Layout, forge: Option<&str>) -> Vec<Check> {
    let is_on = |key: &str| {
        let value = setting(layout, key).unwrap_or_default();
        matches!(
            value.to_ascii_lowercase().as_str(),
            "true" | "yes" | "on" | "1"
        )
    };
    let mut checks = Vec::new();
    // Forges say both on the command line, where no file shows it.
    let is_forges = matches!(forge, Some("gitea" | "forgejo" | "gitlab"));
    if forge != Some("gitlab") {
        checks.push(if is_on("receive.fsckObjects") || is_on("transfer.fsckObjects") {
            Check::ok("fsck", "git looks whether pushed objects are well-formed")
        } else {
            let says = "git takes malformed objects; the hook refuses malformed trees that rules look into, and no others";
            Check::warn("fsck", says, configure(layout, "receive.fsckObjects", "true"))
        });
    }
    if !is_forges {
        checks.push(if is_on("receive.advertisePushOptions") {
            Check::ok("push-options", "pushers can send options")
        } else {
            let says = "no push can ask for JSON (-o portcullis=json), or break glass";
            Check::warn(
                "push-options",
                says,
                configure(layout, "receive.advertisePushOptions", "true"),
            )
        });
    }
    if is_on("receive.shallowUpdate") {
        let says = "git takes pushes of histories that are cut off; the hook refuses those that it must look into";
        checks.push(Check::warn(
            "shallow",
            says,
            configure(layout, "receive.shallowUpdate", "false"),
        ));
    }
    checks
}

/// What makes git show another history than the one that is there.
fn history(layout: &Layout) -> Vec<Check> {
    /// The first that knows reftables.
    const REFTABLE: (u32, u32) = (2, 45);
    let mut checks = Vec::new();
    let grafts = layout.common_dir.join("info/grafts");
    if grafts.exists() {
        let says = "info/grafts makes git show another history than the hook judges";
        let remedy = format!("rm {}", quote_path(&grafts));
        checks.push(Check::fail("grafts", says, remedy));
    }
    if layout.ref_storage == RefStorage::Reftable {
        let is_known = version().is_some_and(|version| version >= REFTABLE);
        checks.push(if is_known {
            Check::ok("reftable", "git lists its refs for the hook")
        } else {
            Check::fail(
                "reftable",
                "every push is refused: this git cannot list its refs",
                "install git 2.45 or newer",
            )
        });
    }
    checks
}

fn configure(layout: &Layout, key: &str, value: &str) -> String {
    let dir = quote_path(&layout.git_dir);
    format!("git --git-dir={dir} config {key} {value}")
}
