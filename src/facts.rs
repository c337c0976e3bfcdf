//! What is known about a push: plain data, collected once, from which the engine decides.
//!
//! [`collect`] fills these types from a repository, in parallel and only as far as a rule asks. The same types can be
//! filled from elsewhere, so that every verb that decides uses one engine.

pub mod applies;
pub mod approvals;
pub mod collect;
mod compare;
pub mod contents;
pub mod debts;
mod histories;
mod lines;
mod merges;
pub(crate) mod names;
mod notes;
mod prior;
pub mod provenance;
mod range;
mod risk;
mod shares;
mod states;
mod views;

use std::collections::BTreeMap;
use std::sync::Arc;

use gix::bstr::BString;
use gix::hash::ObjectId;

pub use crate::git::commit::{Commit, Identity};
pub use crate::git::mailmap::Mailmap;
pub use crate::git::walk::Touched;
pub use contents::Contents;
pub use debts::DebtFacts;

use crate::approval::Votes;
use crate::bypass;
use crate::codeowners::CodeOwners;
use crate::forge::{Forge, PullRequestHint};
use crate::policy::rule::{Change, UpdateKind};
use crate::policy::{PersonId, Selector};
use crate::provenance::Provenance;
use crate::push::RefUpdate;
use crate::risk::score::Risk;
use crate::state::records::Observed;

/// A push as the server announces it, before any object is read.
#[derive(Debug, Clone)]
pub struct Push {
    /// `owner/name`.
    pub repository: String,
    /// Who pushes.
    pub pusher: Pusher,
    /// What `git push -o` sent.
    pub options: Vec<Vec<u8>>,
    /// When it is decided, in seconds since 1970.
    pub now: i64,
    /// The kind of server that takes it.
    pub forge: Forge,
    /// The pull request that it merges, as far as the server says which.
    pub pull_request: Option<PullRequestHint>,
    /// The server pushes it itself, to merge a pull request for the pusher.
    pub is_merge: bool,
    /// What it would do.
    pub updates: Vec<RefUpdate>,
}

/// Who pushes.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pusher {
    /// The account, as the server names it.
    pub account: Option<String>,
    /// The person of the policy whose account it is.
    pub person: Option<PersonId>,
    /// The credential is a deploy key.
    pub deploy_key: bool,
    /// The credential is that of a job of Gitea Actions.
    pub actions_task: bool,
}

/// What is known about all updates of a push.
#[derive(Debug, Default)]
pub struct Facts {
    /// One for each update, in the order of the push.
    pub updates: Vec<UpdateFacts>,
    /// What the refs that it moves or rests on hold, where that is not recorded yet: to be recorded if it is accepted.
    pub observed: Vec<Observed>,
    /// What is remembered of broken glass.
    pub bypasses: Arc<bypass::Memory>,
    /// The reviews that are owed, as far as this push has to do with them.
    pub debts: Vec<DebtFacts>,
    /// Dates of commits were believed somewhere. An old commit may have been taken for new, and none then answers for the
    /// net change: nothing may be decided by this.
    pub took_shortcuts: bool,
}

/// What is known about one update.
#[derive(Debug)]
pub struct UpdateFacts {
    /// The ref that is pushed to.
    pub name: BString,
    /// The ref that will hold the object; another one if `name` is symbolic.
    pub resolved: BString,
    /// Symbolic refs that lead to `resolved` too: whoever moves it moves them.
    pub aliases: Vec<BString>,
    /// What the update does.
    pub kind: UpdateKind,
    /// The object before, as the repository has it.
    pub old: Option<ObjectId>,
    /// The object after.
    pub new: Option<ObjectId>,
    /// Why it cannot be accepted, whatever the rules say.
    pub objections: Vec<Objection>,
    /// What the rules that could apply see, by their position in the policy.
    pub views: BTreeMap<usize, Arc<View>>,
    /// What the repository says of addresses, where the policy allows that: the `.mailmap` of the state before the push.
    pub mailmap: Option<Arc<Mailmap>>,
    /// Who answers for which path, as the repository says, where a rule asks for them.
    pub owners_file: Option<Arc<OwnersFile>>,
    /// What was said for and against the change, by the position of the rules that ask for approvals.
    pub votes: BTreeMap<usize, Arc<Votes>>,
    /// What is known of agents' part in each commit that a rule could charge and someone asks this of.
    pub provenance: BTreeMap<ObjectId, Arc<Provenance>>,
    /// How many new commits the whole push brings to refs that a rule governs, by the position of the rules that ask.
    pub pushed_commits: BTreeMap<usize, u64>,
    /// What is known of the content of changed files, where a rule asks.
    pub contents: Arc<Contents>,
    /// What history says of the change, by the position of the rules that ask.
    pub risks: BTreeMap<usize, Arc<Risk>>,
    /// The same for people: the highest of these, or where a person asks and no rule does, that of the whole update.
    pub risk: Option<Arc<Risk>>,
}

/// The new commits and the net change of an update, as rules with the same `trusts` and `scope` see them.
#[derive(Debug, Default)]
pub struct View {
    /// How many commits are new.
    pub new_commits: usize,
    /// None of them may be old, and the net change is no larger than it looks.
    pub certain: bool,
    /// Those that touch paths of interest, in the order of the walk (newest first).
    pub commits: Vec<CommitTouches>,
    /// The net change, in paths of interest.
    pub net: Vec<Touched>,
    /// Paths of the net change that no new commit touches.
    pub uncharged: Vec<Touched>,
    /// The commit at the new tip, if it is new: who answers for what no commit touches.
    pub tip: Option<Arc<Commit>>,
}

/// A new commit and what it touches.
#[derive(Debug, Clone)]
pub struct CommitTouches {
    /// The commit.
    pub commit: Arc<Commit>,
    /// The paths of interest that it touches.
    pub touched: Arc<[Touched]>,
}

/// What keeps an update out whatever the rules say (SPEC 2.7, 2.8).
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Objection {
    /// `refs/replace/*` or `refs/namespaces/*`.
    ReservedNamespace,
    /// A namespace that no rule is about, under `namespaces.other: deny`.
    OtherNamespace,
    /// An approval that exists would be moved or deleted.
    ApprovalIsFinal,
    /// An approval of so many bytes that nobody would read it, and the gate neither.
    ApprovalTooLong,
    /// A branch and a tag would have the same name, and one of them is governed.
    AmbiguousName {
        /// The other one.
        twin: BString,
    },
    /// The client believes a governed ref to be elsewhere. git compares the two only after the hook, and another push
    /// may have moved the ref to that very place by then: what was decided would not be what is done.
    Stale,
    /// A governed ref would not lead to a commit.
    NotACommit {
        /// What it leads to.
        found: &'static str,
    },
}

/// The file that names the owners of paths.
#[derive(Debug)]
pub struct OwnersFile {
    /// Where it is, before and after the push.
    pub paths: Vec<String>,
    /// Before the push; `None`: there is none.
    pub before: Option<CodeOwners>,
    /// After it, if it is not the same.
    pub after: Option<CodeOwners>,
}

impl View {
    /// The net change in the paths of a selector, whatever else a rule asks.
    pub fn net_in<'a>(&'a self, selector: &Selector) -> impl Iterator<Item = &'a Touched> {
        self.net
            .iter()
            .filter(move |touched| selector.selects(&touched.sets))
    }
}

impl UpdateFacts {
    /// An update of `resolved` under this very name, of which nothing more is known.
    fn bare(
        resolved: BString,
        kind: UpdateKind,
        old: Option<ObjectId>,
        new: Option<ObjectId>,
    ) -> Self {
        UpdateFacts {
            name: resolved.clone(),
            resolved,
            aliases: Vec::new(),
            kind,
            old,
            new,
            objections: Vec::new(),
            views: BTreeMap::new(),
            mailmap: None,
            owners_file: None,
            votes: BTreeMap::new(),
            provenance: BTreeMap::new(),
            pushed_commits: BTreeMap::new(),
            contents: Arc::default(),
            risks: BTreeMap::new(),
            risk: None,
        }
    }

    /// Every name under which rules look at the update.
    pub fn names(&self) -> impl Iterator<Item = &BString> {
        let resolved = (self.resolved != self.name).then_some(&self.resolved);
        let aliases = self.aliases.iter().filter(|alias| **alias != self.name);
        std::iter::once(&self.name).chain(resolved).chain(aliases)
    }

    /// What it touches of the paths that rules look at: in its net change, or in a commit.
    pub fn touched(&self) -> impl Iterator<Item = &Touched> {
        self.views.values().flat_map(|view| {
            let by_commits = view.commits.iter().flat_map(|commit| commit.touched.iter());
            view.net.iter().chain(by_commits)
        })
    }

    /// What is known of agents' part in `commit`: nothing, where nobody asked.
    pub fn provenance_of(&self, commit: &gix::oid) -> &Provenance {
        static NOTHING: Provenance = Provenance {
            evidence: Vec::new(),
            share: None,
        };
        self.provenance.get(commit).map_or(&NOTHING, |known| known)
    }

    /// Was any signature looked at, because a rule asks for it?
    pub fn asks_for_signatures(&self) -> bool {
        let commits = self.views.values().flat_map(|view| {
            let touching = view.commits.iter().map(|new| &new.commit);
            touching.chain(&view.tip)
        });
        commits.into_iter().any(|commit| commit.signature.is_some())
    }
}

/// The kinds of change of a touched path: one path can have several.
pub fn changes(touched: &Touched) -> Vec<Change> {
    let (before, after) = (touched.expected, touched.found);
    let mut changes = match (before, after) {
        (None, _) => vec![Change::Add],
        (_, None) => vec![Change::Delete],
        (Some(before), Some(after)) => {
            let mut changes = Vec::new();
            if before.id != after.id || before == after {
                changes.push(Change::Modify);
            }
            if before.mode != after.mode {
                changes.push(Change::Mode);
            }
            changes
        }
    };
    let either = |is: fn(crate::git::tree::Mode) -> bool| {
        [before, after]
            .into_iter()
            .flatten()
            .any(|entry| is(entry.mode))
    };
    if either(crate::git::tree::Mode::is_symlink) {
        changes.push(Change::Symlink);
    }
    if either(crate::git::tree::Mode::is_submodule) {
        changes.push(Change::Submodule);
    }
    changes
}
