//! One tree from those of several files, as if all stood in one: what there may be several of is put together, and a key
//! that is in two files is there twice, which is reported like a key that is in one file twice.

use super::super::source::{Role, Source};
use super::super::written::read::closest;
use super::{Entry, Mark, Node, Value};

/// The key that names more files, at the top and within [`PEOPLE`].
const INCLUDE: &str = "include";

/// The key below which people stand.
const PEOPLE: &str = "people";

/// The key that each file may have, since editors and people look for it.
const VERSION: &str = "version";

/// Lists that go on from file to file.
const LISTS: [&str; 4] = ["rules", "forge_identities", "baseline", "waivers"];

/// Maps whose entries may be in any file.
const MAPS: [&str; 5] = [PEOPLE, "groups", "agents", "zones", "path_sets"];

/// What a file of people may have.
const OF_PEOPLE: [&str; 4] = [PEOPLE, "groups", "agents", "forge_identities"];

/// A file that another names.
pub(in super::super) struct Wanted {
    /// What it is to be.
    pub(in super::super) role: Role,
    /// Its name as written.
    pub(in super::super) file: String,
    /// Where that is written.
    pub(in super::super) mark: Option<Mark>,
}

/// The files that the top of a file, `tree`, names.
pub(in super::super) fn wanted(tree: &Node, role: Role) -> Vec<Wanted> {
    let mut found = Vec::new();
    if role == Role::People {
        return found;
    }
    for entry in tree.entries() {
        match entry.key.as_str() {
            INCLUDE => found.extend(named(&entry.node, Role::Included)),
            PEOPLE => {
                let includes = entry.node.entries().iter().filter(|one| one.key == INCLUDE);
                found.extend(includes.flat_map(|one| named(&one.node, Role::People)));
            }
            _ => {}
        }
    }
    found
}

/// Puts together the trees of the files of `source`.
pub(super) fn join(trees: Vec<Node>, source: &Source) -> Node {
    let is_one = trees.len() == 1;
    let mut files = trees.into_iter().zip(source.roles());
    let (mut root, _) = files.next().expect("a policy has a file");
    if is_one {
        return root;
    }
    drop_includes(&mut root);
    for (mut tree, role) in files {
        drop_includes(&mut tree);
        match (&mut root.value, tree.value) {
            (Value::Map(into), Value::Map(entries)) => {
                for entry in entries {
                    add(into, entry, role);
                }
            }
            // An empty file adds nothing.
            (_, Value::Null) => {}
            // What is no map is reported where it stands, as the value of a key that is none.
            (Value::Map(into), _) => into.push(Entry {
                key: String::new(),
                mark: tree.mark,
                node: Node::new(Value::Misplaced, tree.mark),
            }),
            _ => {}
        }
    }
    root
}

/// The way out for whoever wrote `key` in a file that may not have it.
pub(super) fn where_it_may_stand(key: &str) -> String {
    let several = || LISTS.into_iter().chain(MAPS);
    if key.is_empty() {
        "a file of a policy is a map, as the policy is".to_owned()
    } else if several().any(|one| one == key) || key == INCLUDE {
        format!(
            "a file of people has {}; name this one in `include` of the policy if it is to say more",
            OF_PEOPLE.join(", ")
        )
    } else if let Some(close) = closest(key, several()) {
        format!("did you mean `{close}`?")
    } else {
        "what the whole policy goes by stands in its main file, where it is looked for".to_owned()
    }
}

/// Adds an entry of the top of a file to those of the main file.
fn add(into: &mut Vec<Entry>, mut entry: Entry, role: Role) {
    let key = entry.key.as_str();
    let main = into.iter_mut().find(|one| one.key == key);
    let is_several = LISTS.contains(&key) || MAPS.contains(&key);
    let may_stand = match role {
        Role::People => OF_PEOPLE.contains(&key),
        Role::Main | Role::Included => is_several,
    };
    if key == VERSION {
        let same = |one: &mut Entry| match (&one.node.value, &entry.node.value) {
            (Value::Unsigned(one), Value::Unsigned(other)) => one == other,
            _ => false,
        };
        if main.is_some_and(same) {
            return;
        }
    } else if !may_stand {
        entry.node.value = Value::Misplaced;
    } else if let Some(main) = main {
        match (&mut main.node.value, entry.node.value) {
            (Value::Map(into), Value::Map(entries)) if MAPS.contains(&key) => {
                into.extend(entries);
                return;
            }
            (into, more) if LISTS.contains(&key) => {
                let one = Node::new(std::mem::replace(into, Value::Null), main.node.mark);
                let more = Node::new(more, entry.node.mark);
                *into = Value::List([one, more].into_iter().flat_map(elements).collect());
                return;
            }
            (_, value) => entry.node.value = value,
        }
    }
    into.push(entry);
}

/// The elements of a list. A single value may stand for a list of one; anything else is left for the reader to find.
fn elements(node: Node) -> Vec<Node> {
    match node.value {
        Value::List(nodes) => nodes,
        Value::Text(_) | Value::Null => vec![node],
        value => vec![Node::new(
            Value::List(vec![Node::new(value, node.mark)]),
            None,
        )],
    }
}

/// Takes out what names other files, now that they are here; what names none is left for the reader to find.
fn drop_includes(tree: &mut Node) {
    let Value::Map(entries) = &mut tree.value else {
        return;
    };
    let names_files = |entry: &Entry| {
        let is_text = |node: &Node| matches!(node.value, Value::Text(_));
        entry.key == INCLUDE && entry.node.items().iter().all(is_text)
    };
    for entry in entries.iter_mut() {
        if let (PEOPLE, Value::Map(people)) = (entry.key.as_str(), &mut entry.node.value) {
            people.retain(|entry| !names_files(entry));
        }
    }
    entries.retain(|entry| !names_files(entry));
}

fn named(node: &Node, role: Role) -> Vec<Wanted> {
    let texts = node.items().iter().filter_map(|node| match &node.value {
        Value::Text(text) => Some((text, node.mark)),
        _ => None,
    });
    texts
        .map(|(text, mark)| Wanted {
            role,
            file: text.clone(),
            mark,
        })
        .collect()
}
