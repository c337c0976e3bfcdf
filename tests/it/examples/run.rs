//! One case: built as a repository, pushed to a server with the hook, and judged by the library too.
//!
//! A case with a date (`at`) is only judged, since the hook has the clock of its machine.

use super::history::History;
use super::outcome::Outcome;
use super::signers::Signers;
use crate::support::{Git, Push as Pushed, Server, Setup};
use gix::{ObjectId, bstr::BString};
use portcullis::{
    cases::{Case, Cases},
    decision::Decision,
    facts::{Push, Pusher, provenance::Asked},
    forge::Forge,
    git::{Repository, budget::Budget},
    judging::Judging,
    paths::names::full_name,
    policy::{Policy, written::values::Either},
    push::RefUpdate,
    report::json,
    state::{approvals::Approvals, bypasses::Bypasses, place, records::Records},
};
use std::{sync::Arc, time::Instant};
use tempfile::TempDir;

/// A case with the repository from which it is pushed.
pub(crate) struct Run<'a> {
    case: &'a Case,
    policy: &'a Policy,
    signers: &'a Signers,
    repository: String,
    pusher: Option<String>,
    history: History,
    /// What each ref would hold; `None` deletes it.
    push: Vec<(String, Option<usize>)>,
    folder: TempDir,
}

impl<'a> Run<'a> {
    pub(crate) fn of(
        cases: &'a Cases,
        case: &'a Case,
        policy: &'a Policy,
        signers: &'a Signers,
    ) -> Self {
        let mut history = History::by(case.author.as_deref().or(cases.author.as_deref()));
        for (name, line) in &case.before.as_ref().unwrap_or(&cases.before).0 {
            history.add_ref(name, line);
        }
        let push = case.push.0.iter().map(|(name, change)| {
            let tip = match change {
                Either::Short(_) => None,
                Either::Long(line) => Some(history.add_push(name, line)),
            };
            (full_name(name), tip)
        });
        let push: Vec<(String, Option<usize>)> = push.collect();
        let folder = TempDir::new().expect("a temporary folder");
        let git = Git::at(folder.path());
        git.run(["init", "--quiet", "--bare", "--template=", "-b", "main"]);
        history.import(&git);
        let repository = case.repository.as_ref().or(cases.repository.as_ref());
        let repository = repository.map_or_else(|| "example/repository".to_owned(), Clone::clone);
        for (number, approval) in case.approvals.iter().enumerate() {
            let name = full_name(&approval.r#for);
            let pushed = || push.iter().find(|(pushed, _)| *pushed == name)?.1;
            let commit = match &approval.of {
                Some(of) => history.find(of),
                None => pushed().expect("an approval is of a commit"),
            };
            signers.approve(&git, policy, approval, number, (commit, &repository));
        }
        Self {
            case,
            policy,
            signers,
            repository,
            pusher: case.pusher.as_ref().or(cases.pusher.as_ref()).cloned(),
            history,
            push,
            folder,
        }
    }

    /// What the library decides.
    pub(crate) fn judge(&self) -> Decision {
        let repository = Repository::at(
            self.folder.path(),
            &Arc::new(Budget::new(self.policy.limits)),
        )
        .expect("the repository was just made");
        let person = self
            .pusher
            .as_deref()
            .and_then(|account| self.policy.people.by_account(account));
        let push = Push {
            repository: self.repository.clone(),
            pusher: Pusher {
                account: self.pusher.clone(),
                person,
                ..Pusher::default()
            },
            options: self
                .options()
                .map(|option| option.as_bytes().to_vec())
                .collect(),
            now: self.case.at.map_or_else(now, |date| date.seconds),
            forge: Forge::Plain,
            pull_request: None,
            is_merge: false,
            updates: self.updates(),
        };
        let layout = &repository.layout;
        let folder = place::of_repository(&layout.common_dir);
        let judging = Judging {
            repository: &repository,
            policy: self.policy,
            push: &push,
            provenance: Asked::ByRules,
            records: &Records::below(&folder, layout.hash),
            approvals: &Approvals::below(&folder),
            bypasses: &Bypasses::below(&folder),
            models: &folder,
            until: Some(Instant::now() + self.policy.limits.time),
        };
        let judged = judging.judge().expect("nothing is wrong with the objects");
        judged.decision
    }

    /// How the case came out, where that is not as expected.
    pub(crate) fn failure(&self) -> Option<String> {
        let expected = Outcome::expected(self.case);
        let judged = Outcome::of_json(&json::decision(&self.judge(), false));
        let mut parts = Vec::new();
        if let Some(difference) = expected.difference(&judged) {
            parts.push(format!("  judged by the library:\n{difference}"));
        }
        if self.case.at.is_none() {
            let pushed = self.pushed();
            if let Some(difference) = expected.difference(&decision_of(&pushed)) {
                let said = &pushed.stderr;
                parts.push(format!("  pushed to a server:\n{difference}{said}\n"));
            }
        }
        (!parts.is_empty()).then(|| format!("{}\n{}", self.case.name, parts.concat()))
    }

    fn pushed(&self) -> Pushed {
        let server = Server::with(&Setup {
            policy: "",
            forge: "gitea",
            push_options: true,
            ..Setup::default()
        });
        self.signers.install(&server);
        let client = self.folder.path().to_string_lossy().into_owned();
        let before = self.history.refs().iter();
        let before = before.map(|(name, commit)| format!("{}:{name}", History::ref_of(*commit)));
        let fetch = ["fetch", "--quiet", "--no-tags", &client].map(str::to_owned);
        let tags = ["refs/tags/approved/*:refs/tags/approved/*".to_owned()];
        server
            .git()
            .run(fetch.into_iter().chain(before).chain(tags));

        let (owner, name) = self
            .repository
            .split_once('/')
            .expect("a repository is OWNER/NAME");
        let git = Git::at(self.folder.path())
            .env("GITEA_REPO_USER_NAME", owner)
            .env("GITEA_REPO_NAME", name)
            .env(
                "GITEA_PUSHER_NAME",
                self.pusher.as_deref().unwrap_or_default(),
            );
        let mut arguments = ["push", "--force", "--porcelain", "-o", "portcullis=json"]
            .map(str::to_owned)
            .to_vec();
        arguments.extend(
            self.options()
                .map(|option| format!("--push-option={option}")),
        );
        arguments.push(server.repository().to_string_lossy().into_owned());
        for (name, tip) in &self.push {
            let source = tip.map(History::ref_of).unwrap_or_default();
            arguments.push(format!("{source}:{name}"));
        }
        Pushed::from(git.output(arguments))
    }

    fn options(&self) -> impl Iterator<Item = &String> {
        self.case.options.0.iter()
    }

    fn updates(&self) -> Vec<RefUpdate> {
        let git = Git::at(self.folder.path());
        let id = |commit: Option<usize>| match commit {
            Some(commit) => {
                ObjectId::from_hex(git.run(["rev-parse", &History::ref_of(commit)]).as_bytes())
                    .expect("git prints ids in hex")
            }
            None => ObjectId::null(gix::hash::Kind::Sha1),
        };
        let update = |(name, tip): &(String, Option<usize>)| RefUpdate {
            old: id(self.history.ref_before(name)),
            new: id(*tip),
            name: BString::from(name.as_str()),
        };
        self.push.iter().map(update).collect()
    }
}

/// What the hook says it decided; git has to agree.
fn decision_of(pushed: &Pushed) -> Outcome {
    let line = pushed
        .remote
        .lines()
        .find_map(|line| line.strip_prefix("portcullis: "));
    let line = line.unwrap_or_else(|| panic!("the hook printed no decision:\n{}", pushed.stderr));
    let decision: serde_json::Value = serde_json::from_str(line).expect("it is JSON");
    assert_eq!(
        pushed.accepted,
        decision["verdict"] == "allow",
        "git does not do what the hook says:\n{}",
        pushed.stderr
    );
    Outcome::of_json(&decision)
}

fn now() -> i64 {
    let since = std::time::SystemTime::now().duration_since(std::time::UNIX_EPOCH);
    i64::try_from(since.expect("it is after 1970").as_secs()).expect("it is not yet that late")
}
