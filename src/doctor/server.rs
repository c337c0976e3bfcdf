//! What all repositories of a server share: the policy, what is kept of it, the state directory, the ledger, the forge, git.

use std::fs::{self, File, OpenOptions};
use std::io;
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::time::Instant;

use super::{Check, Status, open_to};
use crate::git::version::version;
use crate::ledger::chain::{self, Proof};
use crate::ledger::line::Line;
use crate::ledger::log;
use crate::origin::Origin;
use crate::policy::{Loaded, Log, Policy, PolicyError};
use crate::report::shell::quote_path;
use crate::report::text;
use crate::reviews::{Client, token};
use crate::state::place;

/// What is looked at.
pub struct Server<'a> {
    /// Where the policy is.
    pub origin: &'a Origin,
    /// `--state-dir` of the hook.
    pub state_dir: Option<&'a Path>,
    /// When, in seconds since 1970.
    pub now: i64,
}

impl Server<'_> {
    /// Looks. `visit` is told each decision of the ledger, and what its chain proves is returned where it can be read.
    pub fn examine(&self, visit: impl FnMut(Line)) -> (Vec<Check>, Option<Proof>) {
        let mut checks = vec![git()];
        let loaded = match self.origin.load() {
            Ok(loaded) => loaded,
            Err(error) => {
                checks.push(self.without_policy(&error));
                return (checks, None);
            }
        };
        let name = self.origin.name().display().to_string();
        let says = format!("{name} is right, SHA-256 {}", &loaded.policy.digest[..16]);
        checks.push(Check::ok("policy", says));
        checks.push(self.guard(&loaded));
        checks.push(self.last_good(&loaded.policy));
        checks.extend(self.state_dir(&loaded.policy));
        let (of_ledger, proof) = ledger(&loaded.policy, visit);
        checks.extend(of_ledger);
        checks.extend(log(&loaded.policy));
        checks.extend(forge(&loaded.policy));
        (checks, proof)
    }

    fn without_policy(&self, error: &PolicyError) -> Check {
        let why = text::chain(error);
        match error {
            PolicyError::Unreadable { .. } => Check::fail(
                "policy",
                format!("every push is refused: {why}"),
                "put it back, where the account that runs git can read it",
            ),
            PolicyError::Invalid { .. } => Check::fail(
                "policy",
                match self.origin.last_good(&self.folders(None)) {
                    Some(kept) => format!(
                        "{why}; the last good one, of {}, judges in its place",
                        crate::ledger::time(kept.since)
                    ),
                    None => format!(
                        "every push is refused, unless a repository keeps the last good one: {why}"
                    ),
                },
                format!("see what is wrong: {}", self.origin.check()),
            ),
        }
    }

    /// Who could change the policy?
    fn guard(&self, loaded: &Loaded) -> Check {
        const ID: &str = "policy-guard";
        if let Origin::Branch(branch) = self.origin {
            return if branch.is_guarded(&loaded.policy, self.now) {
                Check::ok(ID, "a rule of the policy is about the policy itself")
            } else {
                let says = "no rule refuses a change of the policy, so whoever may push to its repository changes it";
                Check::fail(ID, says, "add a rule on its path and branch")
            };
        }
        let mut open = Vec::new();
        let mut worst = Status::Ok;
        for (name, _) in loaded.source.files() {
            let file = Path::new(name);
            for path in [file, place::folder_of(file)] {
                let status = fs::metadata(path).ok().and_then(|about| open_to(&about));
                if let Some(status) = status.filter(|_| !open.contains(&path)) {
                    open.push(path);
                    worst = worst.max(status);
                }
            }
        }
        if open.is_empty() {
            return Check::ok(ID, "only its owner can write the policy");
        }
        let names: Vec<_> = open.iter().map(|path| path.display().to_string()).collect();
        let paths = open.iter();
        let paths: Vec<_> = paths.map(|path| quote_path(path)).collect();
        Check::of(
            worst,
            ID,
            format!(
                "others than its owner can change the policy, through {}",
                names.join(", ")
            ),
            format!("chmod go-w {}", paths.join(" ")),
        )
    }

    fn folders(&self, policy: Option<&Policy>) -> Vec<PathBuf> {
        let own = policy.and_then(|policy| policy.state_dir.clone());
        let shared = place::of_server(self.state_dir);
        own.into_iter().chain(shared).collect()
    }

    fn last_good(&self, policy: &Policy) -> Check {
        const ID: &str = "last-good-policy";
        let folders = self.folders(Some(policy));
        if folders.is_empty() {
            let says = "each repository keeps its own last good policy, once something was pushed";
            let remedy = format!(
                "make {} for the account that runs git, and all share one",
                place::DEFAULT
            );
            return Check::warn(ID, says, remedy);
        }
        match self.origin.last_good(&folders) {
            Some(kept) if kept.loaded.policy.digest == policy.digest => {
                Check::ok(ID, "the policy is kept, for the day when it is damaged")
            }
            Some(_) => Check::warn(
                ID,
                "another policy is kept than the one in force: nobody has pushed since it was changed",
                "nothing, if that is so: the next push keeps it",
            ),
            None => Check::warn(
                ID,
                "no last good policy is kept: nobody has pushed yet, or it cannot be written",
                "push something; if this stays, see the check state-dir",
            ),
        }
    }

    fn state_dir(&self, policy: &Policy) -> Vec<Check> {
        const ID: &str = "state-dir";
        let probe = |folder: &PathBuf| {
            let name = folder.display();
            let file = folder.join(format!(".doctor-{}", std::process::id()));
            match File::create(&file).and_then(|_| fs::remove_file(&file)) {
                Ok(()) => Check::ok(ID, format!("{name} can be written")),
                Err(error) => Check::fail(
                    ID,
                    format!("{name} cannot be written: {error}"),
                    format!(
                        "chown it to the account that runs git: chown git: {}",
                        quote_path(folder)
                    ),
                ),
            }
        };
        self.folders(Some(policy)).iter().map(probe).collect()
    }
}

fn git() -> Check {
    const ID: &str = "git";
    /// The first that keeps what is pushed apart until the hook has decided.
    const OLDEST: (u32, u32) = (2, 11);
    match version() {
        Some(version) if version < OLDEST => Check::fail(
            ID,
            format!(
                "git {}.{} lets pushed objects in before the hook has decided",
                version.0, version.1
            ),
            "install git 2.11 or newer",
        ),
        Some((major, minor)) => Check::ok(ID, format!("git {major}.{minor}")),
        None => Check::warn(ID, "git cannot be started from here", "put it on the PATH"),
    }
}

fn ledger(policy: &Policy, mut visit: impl FnMut(Line)) -> (Vec<Check>, Option<Proof>) {
    let Some(audit) = &policy.audit else {
        let says = "there is no ledger, so nobody can tell later what was decided";
        let remedy = "add `audit: { file: … }` to the policy";
        return (vec![Check::warn("ledger", says, remedy)], None);
    };
    let file = &audit.file;
    let name = file.display();
    let written = match OpenOptions::new().append(true).open(file) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => {
            let says = format!("{name} is not there yet");
            let remedy = "push something; if it is still not there, make its folder writable for the account that runs git";
            return (vec![Check::warn("ledger", says, remedy)], None);
        }
        Err(error) => Check::fail(
            "ledger",
            format!("{name} cannot be written: {error}"),
            "chown it to the account that runs git",
        ),
        Ok(_) => Check::ok("ledger", format!("{name} can be written")),
    };
    let read = |files: Vec<PathBuf>| {
        let proof = chain::read(&files, |line, _| line.into_iter().for_each(&mut visit));
        proof.map_err(|(_, error)| error)
    };
    let proof = chain::files(file).and_then(read);
    let chain = match &proof {
        Ok(proof) if proof.breaks.is_empty() => Check::ok(
            "ledger-chain",
            format!(
                "it is whole; line {} has the hash {}",
                proof.last, proof.hash
            ),
        ),
        Ok(proof) => Check::fail(
            "ledger-chain",
            format!("it is broken in {} places", proof.breaks.len()),
            "see where, and compare with a backup: portcullis audit --verify",
        ),
        Err(error) => Check::fail(
            "ledger-chain",
            format!("{name} cannot be read: {error}"),
            "run as the account that runs git",
        ),
    };
    (vec![written, chain], proof.ok())
}

/// Is there a log to tell of decisions, where the policy wants one told?
fn log(policy: &Policy) -> Option<Check> {
    const ID: &str = "ledger-log";
    let Log { kind, socket } = policy.audit.as_ref()?.log.as_ref()?;
    let name = kind.name();
    let path = socket.display();
    Some(match log::reach(socket) {
        Ok(()) => Check::ok(ID, format!("{name} listens at {path}")),
        Err(error) => Check::warn(
            ID,
            format!(
                "{name} is told of no decision, since nothing takes records at {path}: {error}"
            ),
            "start it, or correct `audit.log` and `audit.log_socket`; the ledger itself is not concerned",
        ),
    })
}

fn forge(policy: &Policy) -> Vec<Check> {
    let Some(forge) = &policy.forge else {
        return Vec::new();
    };
    let file = quote_path(&forge.token_file);
    let token = match token::inspect(&forge.token_file) {
        Ok(()) => Check::ok("forge-token", "only its owner can read it"),
        Err(error @ token::Problem::Exposed { .. }) => Check::warn(
            "forge-token",
            error.to_string(),
            format!("chmod 600 {file}"),
        ),
        Err(error) => Check::fail(
            "forge-token",
            error.to_string(),
            format!("write the token into {file}, for the account that runs git"),
        ),
    };
    let started = Instant::now();
    let tried = Client::new(forge, started + forge.timeout).and_then(|client| client.try_out());
    let api = match tried {
        Ok(()) => Check::ok(
            "forge-api",
            format!(
                "{} answers, in {} ms",
                forge.url.as_str(),
                started.elapsed().as_millis()
            ),
        ),
        Err(error) => Check::fail(
            "forge-api",
            format!(
                "pushes that need a review are refused: {}",
                text::chain(&error)
            ),
            "see that `forge.url` is reached from this machine, and that the token is in force",
        ),
    };
    vec![token, api]
}

/// The account that looks, by its number.
pub(super) fn account() -> Option<u32> {
    // What a process is seen as belongs to the account that it runs as.
    Some(fs::metadata("/proc/self").ok()?.uid())
}
