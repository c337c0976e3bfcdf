//! A repository and a push, made from bytes so that every string of them is one, and written as loose objects.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use gix::ObjectId;
use gix::bstr::BString;
use gix::hash::Kind;
use gix::objs::Kind as ObjectKind;
use portcullis::push::RefUpdate;
use tempfile::TempDir;

/// What paths hold: numbers that stand for content and mode.
pub(super) type Files = BTreeMap<&'static str, u8>;

const PATHS: [&str; 8] = [
    "vault",
    "vault/a",
    "vault/b",
    "vault/deep/c",
    "Vault/a",
    "web/a",
    "web/b",
    "notes",
];
const REFS: [&str; 5] = [
    "refs/heads/main",
    "refs/heads/release/1",
    "refs/heads/topic",
    "refs/tags/v1",
    "refs/heads/release/2",
];
/// Leads to the first of `REFS`, where there is one of this name.
const ALIAS: &str = "refs/heads/alias";
const MOST_COMMITS: usize = 12;

/// All that a decision depends on.
#[derive(Debug)]
pub(crate) struct World {
    pub(super) policy: usize,
    pub(super) commits: Vec<Commit>,
    /// By position in `REFS`.
    refs: BTreeMap<usize, usize>,
    has_alias: bool,
    pub(super) updates: Vec<Update>,
    /// A commit whose tree is not written.
    missing: Option<usize>,
    ids: Vec<ObjectId>,
    hash: Kind,
}

/// One commit; parents are earlier ones.
#[derive(Debug)]
pub(super) struct Commit {
    pub(super) parents: Vec<usize>,
    pub(super) files: Files,
    date: u32,
    has_ticket: bool,
}

/// Ref by position, `REFS.len()` for the alias; `None` deletes it.
#[derive(Debug)]
pub(super) struct Update {
    name: usize,
    new: Option<usize>,
}

impl Update {
    fn name(&self) -> &'static str {
        REFS.get(self.name).copied().unwrap_or(ALIAS)
    }
}

/// A governed ref that leads to another commit afterwards.
pub(super) struct Move {
    pub(super) old: Option<usize>,
    pub(super) new: usize,
}

struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    /// The next byte; zeros at the end.
    fn next(&mut self) -> u8 {
        let Some((&byte, rest)) = self.0.split_first() else {
            return 0;
        };
        self.0 = rest;
        byte
    }

    fn below(&mut self, count: usize) -> usize {
        usize::from(self.next()) % count
    }

    fn maybe(&mut self, count: usize) -> Option<usize> {
        self.below(count + 1).checked_sub(1)
    }
}

impl World {
    pub(super) fn from_bytes(data: &[u8], policies: usize) -> Self {
        let bytes = &mut Bytes(data);
        let policy = bytes.below(policies);
        let flags = bytes.next();
        let mut commits: Vec<Commit> = Vec::new();
        for _ in 0..=bytes.below(MOST_COMMITS) {
            let commit = commit(bytes, &commits);
            commits.push(commit);
        }
        let count = commits.len();
        let refs = (0..REFS.len())
            .filter_map(|name| Some((name, bytes.maybe(count)?)))
            .collect();
        let mut updates: Vec<Update> = Vec::new();
        for _ in 0..=bytes.below(3) {
            let update = Update {
                name: bytes.below(REFS.len() + 1),
                new: bytes.maybe(count),
            };
            if updates.iter().all(|other| other.name != update.name) {
                updates.push(update);
            }
        }
        let missing = (flags & 0b1_1110 == 0b1_1110).then(|| bytes.below(count));
        let mut world = World {
            policy,
            commits,
            refs,
            has_alias: flags & 1 == 1,
            updates,
            missing,
            ids: Vec::new(),
            hash: if flags & 0b10_0000 == 0 {
                Kind::Sha1
            } else {
                Kind::Sha256
            },
        };
        let is_nothing = |update: &Update| update.new.is_none() && world.old(update).is_none();
        let keep: Vec<bool> = world
            .updates
            .iter()
            .map(|update| !is_nothing(update))
            .collect();
        let mut keep = keep.into_iter();
        world.updates.retain(|_| keep.next().unwrap_or(true));
        world.ids = Writer::ids_only(world.hash).commits(&world);
        world
    }

    pub(super) fn lacks_something(&self) -> bool {
        self.missing.is_some()
    }

    /// The commits that `commit` contains.
    pub(super) fn ancestors(&self, commit: usize) -> BTreeSet<usize> {
        let mut seen = BTreeSet::from([commit]);
        let mut open = vec![commit];
        while let Some(commit) = open.pop() {
            open.extend(
                self.commits[commit]
                    .parents
                    .iter()
                    .filter(|&&parent| seen.insert(parent)),
            );
        }
        seen
    }

    /// The updates that bring a governed ref to another commit.
    pub(super) fn governed_moves(&self) -> impl Iterator<Item = Move> {
        self.updates.iter().filter_map(|update| {
            let (old, new) = (self.old(update), update.new?);
            let name = update.name();
            let is_governed = !name.ends_with("topic") && (name != ALIAS || self.has_alias);
            (is_governed && old != Some(new)).then_some(Move { old, new })
        })
    }

    /// The updates as git would announce them, with honest claims.
    pub(super) fn updates(&self) -> Vec<RefUpdate> {
        let id = |commit: Option<usize>| {
            commit.map_or(ObjectId::null(self.hash), |commit| self.ids[commit])
        };
        let updates = self.updates.iter().map(|update| RefUpdate {
            old: id(self.old(update)),
            new: id(update.new),
            name: BString::from(update.name()),
        });
        updates.collect()
    }

    fn old(&self, update: &Update) -> Option<usize> {
        let name = match update.name {
            name if name < REFS.len() => name,
            _ if self.has_alias => 0,
            _ => return None,
        };
        self.refs.get(&name).copied()
    }

    /// The repository on disk.
    pub(super) fn write(&self) -> TempDir {
        let folder = TempDir::new().expect("a temporary folder");
        let at = |name: &str| folder.path().join(name);
        fs::create_dir_all(at("objects/pack")).expect("it is ours");
        fs::create_dir_all(at("refs/heads")).expect("it is ours");
        fs::write(at("HEAD"), "ref: refs/heads/main\n").expect("it is ours");
        let config = match self.hash {
            Kind::Sha1 => "[core]\n\trepositoryFormatVersion = 0\n\tbare = true\n",
            _ => {
                "[core]\n\trepositoryFormatVersion = 1\n\tbare = true\n[extensions]\n\tobjectFormat = sha256\n"
            }
        };
        fs::write(at("config"), config).expect("it is ours");
        if self.has_alias {
            fs::write(folder.path().join(ALIAS), format!("ref: {}\n", REFS[0]))
                .expect("it is ours");
        }
        let mut writer = Writer {
            store: Some(gix::odb::loose::Store::at(at("objects"), self.hash)),
            hash: self.hash,
        };
        assert_eq!(writer.commits(self), self.ids);
        let packed: BTreeMap<&str, ObjectId> = self
            .refs
            .iter()
            .map(|(&name, &commit)| (REFS[name], self.ids[commit]))
            .collect();
        let mut lines = String::from("# pack-refs with: peeled fully-peeled sorted \n");
        for (name, id) in packed {
            lines += &format!("{id} {name}\n");
        }
        fs::write(at("packed-refs"), lines).expect("it is ours");
        folder
    }
}

fn commit(bytes: &mut Bytes<'_>, before: &[Commit]) -> Commit {
    let flags = bytes.next();
    let mut parents = Vec::new();
    if !before.is_empty() {
        for _ in 0..[0, 1, 1, 1, 1, 2, 2, 3][usize::from(flags & 7)] {
            parents.push(bytes.below(before.len()));
        }
    }
    let mut files = match parents[..] {
        [] => Files::new(),
        [first, ..] if flags & 8 == 0 => before[first].files.clone(),
        [.., last] => before[last].files.clone(),
    };
    for _ in 0..usize::from(flags >> 4 & 3) {
        let (path, value) = (PATHS[bytes.below(PATHS.len())], bytes.next() % 8);
        let is_in_the_way = |other: &&str| {
            other.starts_with(&format!("{path}/")) || path.starts_with(&format!("{other}/"))
        };
        files.retain(|other, _| !is_in_the_way(other));
        files.remove(path);
        if value > 0 {
            files.insert(path, value);
        }
    }
    let date = match flags >> 6 {
        // A date that lies, by a little or a lot.
        3 => u32::from(bytes.next()) << 23,
        _ => 1_700_000_000 + 60 * u32::try_from(before.len()).unwrap_or(0),
    };
    Commit {
        parents,
        files,
        date,
        has_ticket: bytes.next() & 1 == 1,
    }
}

/// Writes objects, or only names them.
struct Writer {
    store: Option<gix::odb::loose::Store>,
    hash: Kind,
}

impl Writer {
    fn ids_only(hash: Kind) -> Self {
        Writer { store: None, hash }
    }

    fn commits(&mut self, world: &World) -> Vec<ObjectId> {
        let mut ids: Vec<ObjectId> = Vec::new();
        for (position, commit) in world.commits.iter().enumerate() {
            let is_missing = world.missing == Some(position);
            let store = if is_missing { self.store.take() } else { None };
            let tree = self.tree(&commit.files, "");
            self.store = store.or(self.store.take());
            let mut content = format!("tree {tree}\n");
            for &parent in &commit.parents {
                content += &format!("parent {}\n", ids[parent]);
            }
            let who = format!("Alice <alice@shop.example> {} +0000", commit.date);
            content += &format!("author {who}\ncommitter {who}\n\ncommit {position}\n");
            if commit.has_ticket {
                content += "\nTicket: PAY-7\n";
            }
            ids.push(self.object(ObjectKind::Commit, content.as_bytes()));
        }
        ids
    }

    fn tree(&mut self, files: &Files, prefix: &str) -> ObjectId {
        let mut entries: BTreeMap<String, (&str, ObjectId)> = BTreeMap::new();
        for (path, &value) in files {
            let Some(rest) = path.strip_prefix(prefix) else {
                continue;
            };
            if let Some((folder, _)) = rest.split_once('/') {
                // Directories sort as if their name ended in a slash.
                let key = format!("{folder}/");
                let below = format!("{prefix}{key}");
                entries
                    .entry(key)
                    .or_insert_with(|| ("40000", self.tree(files, &below)));
            } else {
                let mode = ["100644", "100755", "120000", "160000"][usize::from(value) / 2];
                let content = format!("{}\n", value % 2);
                let id = self.object(ObjectKind::Blob, content.as_bytes());
                entries.insert(rest.to_owned(), (mode, id));
            }
        }
        let mut content = Vec::new();
        for (key, (mode, id)) in entries {
            content.extend_from_slice(format!("{mode} {}\0", key.trim_end_matches('/')).as_bytes());
            content.extend_from_slice(id.as_slice());
        }
        self.object(ObjectKind::Tree, &content)
    }

    fn object(&mut self, kind: ObjectKind, content: &[u8]) -> ObjectId {
        match &self.store {
            Some(store) => gix::objs::Write::write_buf(store, kind, content).expect("it is ours"),
            None => gix::objs::compute_hash(self.hash, kind, content).expect("no collision"),
        }
    }
}
