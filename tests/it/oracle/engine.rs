//! The same questions, put to portcullis: a policy in YAML, a push, and what was collected about it.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use gix::ObjectId;
use portcullis::facts::collect::collect;
use portcullis::facts::{Push, Pusher, Touched, UpdateFacts, View};
use portcullis::forge::Forge;
use portcullis::git::Repository;
use portcullis::git::budget::Budget;
use portcullis::git::graph::{Depth, Graph};
use portcullis::policy::rule::UpdateKind;
use portcullis::policy::{Limits, Policy};
use portcullis::push::RefUpdate;
use portcullis::state::records::Records;

use super::reference::Paths;
use super::script::{RuleSpec, Scope};

/// A repository and the policy it is judged by.
pub(super) struct Engine {
    git_dir: PathBuf,
    /// Where it is recorded what refs have held.
    records: PathBuf,
    pub(super) policy: Policy,
    /// The policy as an admin would have written it.
    pub(super) text: String,
}

/// An update as the engine is told it.
#[derive(Debug, Clone)]
pub(super) struct Move {
    pub(super) name: &'static str,
    pub(super) old: Option<ObjectId>,
    pub(super) new: Option<ObjectId>,
}

/// What the engine says of an update.
pub(super) struct Said {
    pub(super) kind: UpdateKind,
    pub(super) took_shortcuts: bool,
    /// By rule; a rule that is not about the update has nothing.
    pub(super) views: BTreeMap<usize, Seen>,
}

/// A view, for one rule.
#[derive(Debug, Clone, Default)]
pub(super) struct Seen {
    pub(super) new_commits: usize,
    pub(super) touched: BTreeMap<ObjectId, Paths>,
    pub(super) net: Paths,
    pub(super) uncharged: Paths,
    pub(super) tip: Option<ObjectId>,
}

impl Engine {
    /// `records` is where it is recorded what refs have held, if it is.
    pub(super) fn new(
        git_dir: &Path,
        rules: &[RuleSpec],
        baseline: Option<ObjectId>,
        records: Option<&Path>,
    ) -> Self {
        let text = policy(rules, baseline);
        let loaded = Policy::parse(text.as_bytes(), Path::new("policy.yml"));
        let policy = loaded
            .unwrap_or_else(|error| panic!("{error}\n{text}"))
            .policy;
        Engine {
            git_dir: git_dir.to_owned(),
            records: records.unwrap_or(Path::new("/nonexistent")).to_owned(),
            policy,
            text,
        }
    }

    fn open(&self) -> Repository {
        // A fresh budget: what one question costs does not burden the next.
        let budget = Arc::new(Budget::new(Limits::default()));
        Repository::at(&self.git_dir, &budget).expect("the repository can be opened")
    }

    pub(super) fn ask(&self, update: &Move, depth: Depth) -> Result<Said, String> {
        self.ask_with(update, None, depth)
    }

    /// Where main is at another commit than the repository says.
    pub(super) fn ask_with(
        &self,
        update: &Move,
        main: Option<ObjectId>,
        depth: Depth,
    ) -> Result<Said, String> {
        let mut repository = self.open();
        if main.is_some() {
            repository.refs.pretend("refs/heads/main".into(), main);
        }
        repository.refs.pretend(update.name.into(), update.old);
        let null = ObjectId::null(repository.layout.hash);
        let push = Push {
            repository: "shop/web".into(),
            pusher: Pusher::default(),
            options: Vec::new(),
            now: 1_800_000_000,
            forge: Forge::Plain,
            pull_request: None,
            is_merge: false,
            updates: vec![RefUpdate {
                old: update.old.unwrap_or(null),
                new: update.new.unwrap_or(null),
                name: update.name.into(),
            }],
        };
        let records = Records::below(&self.records, repository.layout.hash);
        let facts = collect(&repository, &self.policy, &push, &records, depth)
            .map_err(|error| error.to_string())?;
        let about: &UpdateFacts = &facts.updates[0];
        if !about.objections.is_empty() {
            return Err(format!("{:?}", about.objections));
        }
        let views = about
            .views
            .iter()
            .map(|(&rule, view)| (rule, self.seen(rule, view)));
        Ok(Said {
            kind: about.kind,
            took_shortcuts: facts.took_shortcuts,
            views: views.collect(),
        })
    }

    /// The new commits alone, which a view only counts.
    pub(super) fn new_commits(
        &self,
        new: ObjectId,
        hidden: &[ObjectId],
        depth: Depth,
    ) -> (BTreeSet<ObjectId>, bool) {
        let repository = self.open();
        let mut graph = Graph::new(&repository.objects, &repository.layout, depth);
        let mut index = |id| graph.commit(id).expect("a commit");
        let (new, hidden) = (
            index(new),
            hidden.iter().copied().map(index).collect::<Vec<_>>(),
        );
        let found = graph.new_commits(new, &hidden).expect("readable").commits;
        (
            found.into_iter().map(|commit| graph.id(commit)).collect(),
            graph.took_shortcuts(),
        )
    }

    fn seen(&self, rule: usize, view: &View) -> Seen {
        let selector = self.policy.selector(self.policy.rules[rule].selector);
        let paths = |touched: &[Touched]| -> Paths {
            let meant = touched
                .iter()
                .filter(|touched| selector.selects(&touched.sets));
            meant.map(|touched| touched.path.to_vec()).collect()
        };
        let commits = view
            .commits
            .iter()
            .map(|commit| (commit.commit.id, paths(&commit.touched)));
        Seen {
            new_commits: view.new_commits,
            touched: commits.filter(|(_, paths)| !paths.is_empty()).collect(),
            net: paths(&view.net),
            uncharged: paths(&view.uncharged),
            tip: view.tip.as_ref().map(|tip| tip.id),
        }
    }
}

fn policy(rules: &[RuleSpec], baseline: Option<ObjectId>) -> String {
    let mut text = String::from("version: 1\n");
    if let Some(baseline) = baseline {
        text += &format!("baseline: [\"{baseline}\"]\n");
    }
    text += "rules:\n";
    for (position, rule) in rules.iter().enumerate() {
        let paths: Vec<_> = rule.paths.iter().map(|shape| shape.text()).collect();
        let scope = match rule.scope {
            Scope::EveryCommit => "every_commit",
            Scope::FirstParent => "first_parent",
            Scope::Tip => "tip",
        };
        text += &format!(
            "  - id: rule-{position}\n    refs: [main, \"release/*\", \"refs/tags/v*\"]\n    paths: {paths:?}\n    scope: {scope}\n"
        );
        if let Some(trusts) = &rule.trusts {
            text += &format!("    trusts: {trusts:?}\n");
        }
        text += "    require: { trailers: [{ key: Change-Ticket }] }\n";
    }
    text
}
