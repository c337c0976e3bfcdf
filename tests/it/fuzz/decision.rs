//! The whole decision, on a small repository that is written for it: walks that believe dates and those that do not
//! agree, and where nothing is trusted a plain comparison of files says what must be refused, and what accepted.

// Found from here by `tests/fuzz` too.
#[path = "decision/world.rs"]
mod world;

use std::collections::BTreeSet;
use std::path::Path;
use std::sync::{Arc, LazyLock};

use portcullis::decision::Decision;
use portcullis::engine;
use portcullis::facts::collect::collect;
use portcullis::facts::{Push, Pusher};
use portcullis::forge::Forge;
use portcullis::git::budget::Budget;
use portcullis::git::graph::Depth;
use portcullis::git::{Error, Repository};
use portcullis::policy::{Limits, Policy};
use portcullis::state::records::Records;

use world::{Files, World};

/// The first of these is the one that the plain comparison knows.
const POLICIES: [&str; 5] = [
    "version: 1
rules:
  - { id: vault, refs: [main, release/*, 'refs/tags/v*'], paths: [vault/**], fold: false, trusts: [], deny: no }
",
    "version: 1
rules:
  - { id: vault, refs: [main, release/*, 'refs/tags/v*'], paths: [vault/**], deny: no }
",
    "version: 1
rules:
  - { id: vault, refs: [main, release/*], paths: [vault/**], scope: first_parent, require: { trailers: [{ key: Ticket }] } }
  - { id: all, refs: [main], trusts: [release/*], require: { trailers: [{ key: Ticket }] } }
",
    "version: 1
rules:
  - { id: vault, refs: [main, release/*], paths: [vault/**, '!vault/b'], scope: tip, require: { trailers: [{ key: Ticket }] } }
  - { id: merges, refs: [main, release/*], paths: ['**/a'], when: { merge: true }, require: { trailers: [{ key: Ticket }] } }
",
    "version: 1
rules:
  - { id: stays, refs: [main, release/*], when: { update: [rewind, delete] }, deny: no }
  - { id: kinds, refs: [main, release/*], paths: [vault/**], when: { change: [mode, symlink, submodule, delete] }, deny: no }
",
];

static COMPILED: LazyLock<Vec<Policy>> = LazyLock::new(|| {
    let compile = |text: &&str| {
        let loaded = Policy::parse(text.as_bytes(), Path::new("policy.yml"));
        loaded
            .unwrap_or_else(|error| panic!("{error}: {text}"))
            .policy
    };
    POLICIES.iter().map(compile).collect()
});

/// The input is a [`World`].
pub(crate) fn run(data: &[u8]) {
    let world = World::from_bytes(data, POLICIES.len());
    if world.updates.is_empty() {
        return;
    }
    let folder = world.write();
    let judge = |depth| judge(&world, folder.path(), depth);
    let (by_date, exact) = match (judge(Depth::ByDate), judge(Depth::Exact)) {
        (Ok(by_date), Ok(exact)) => (by_date, exact),
        // Where something is missing, the walk that goes further may find out alone.
        (_, Err(_)) => {
            assert!(world.lacks_something(), "what cannot be read of {world:?}");
            return;
        }
        (Err(error), Ok(_)) => panic!("{error}: only where dates are believed, in {world:?}"),
    };
    let accepted = exact.0.is_accepted();
    assert!(
        !by_date.0.is_accepted() || accepted,
        "dates let it in: {world:?}"
    );
    assert!(
        by_date.1 || by_date.0.is_accepted() == accepted,
        "not the same, and no shortcut: {world:?}"
    );
    if world.policy == 0
        && exact
            .0
            .updates
            .iter()
            .all(|update| update.objections.is_empty())
    {
        compare(&world, accepted);
    }
}

/// The decision, and whether dates were believed.
fn judge(world: &World, git_dir: &Path, depth: Depth) -> Result<(Decision, bool), Error> {
    let policy = &COMPILED[world.policy];
    let repository = Repository::at(git_dir, &Arc::new(Budget::new(Limits::default())))?;
    let push = Push {
        repository: "shop/web".into(),
        pusher: Pusher::default(),
        options: Vec::new(),
        now: 1_800_000_000,
        forge: Forge::Plain,
        pull_request: None,
        is_merge: false,
        updates: world.updates(),
    };
    // Nothing is recorded of refs that were just made.
    let records = Records::below(&git_dir.join("portcullis"), repository.layout.hash);
    let facts = collect(&repository, policy, &push, &records, depth)?;
    let decision = engine::decide(policy, &push, &facts);
    Ok((decision, facts.took_shortcuts))
}

/// What a plain reading of SPEC 2.2 to 2.4 is sure of, where every change of the vault is denied and nothing trusted.
fn compare(world: &World, accepted: bool) {
    let mut must_refuse = false;
    let mut may_refuse = false;
    for update in world.governed_moves() {
        let before = update.old.map(|old| vault(&world.commits[old].files));
        let after = vault(&world.commits[update.new].files);
        must_refuse |= before.unwrap_or_default() != after;
        let known = update
            .old
            .map_or_else(BTreeSet::new, |old| world.ancestors(old));
        for commit in world.ancestors(update.new).difference(&known) {
            let files = vault(&world.commits[*commit].files);
            let parents = &world.commits[*commit].parents;
            let differs = |parent: &usize| vault(&world.commits[*parent].files) != files;
            match parents[..] {
                [] => must_refuse |= !files.is_empty(),
                [parent] => must_refuse |= differs(&parent),
                // git's own merge of two may differ from both.
                _ => may_refuse |= parents.iter().any(differs),
            }
        }
    }
    assert!(
        !(must_refuse && accepted),
        "a change of the vault was let in: {world:?}"
    );
    assert!(
        must_refuse || may_refuse || accepted,
        "no change of the vault was refused: {world:?}"
    );
}

/// What stands in the vault, or in its place.
fn vault(files: &Files) -> Files {
    files
        .iter()
        .filter(|(path, _)| **path == "vault" || path.starts_with("vault/"))
        .map(|(path, file)| (*path, *file))
        .collect()
}
