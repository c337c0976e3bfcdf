//! Looks over the tree of a commit: which paths look as if they carried weight, and what that rests on.
//!
//! Names alone are read, and no more of them than [`MOST_ENTRIES`].

use std::collections::BTreeMap;

use gix::hash::ObjectId;
use gix::objs::Kind;

use super::signals::{Sign, Signals};
use crate::git::objects::Objects;
use crate::git::walk::kind_of;
use crate::git::{Error, tree};
use crate::paths::{Automaton, AutomatonBuilder, Pattern, SetId, State};
use crate::policy::built_in_path_set;

/// Entries of trees that are looked at.
const MOST_ENTRIES: u64 = 500_000;

/// Folders within folders that are looked at.
const DEEPEST: usize = 64;

/// As many folders of one name are one pattern.
const MANY_ALIKE: usize = 4;

/// As many files with one word in one folder are one pattern.
const MANY_FILES_ALIKE: usize = 2;

/// What was found.
#[derive(Debug, Default)]
pub(super) struct Survey {
    /// How many files there are.
    pub files: u64,
    /// There is more than was looked at.
    pub is_partial: bool,
    /// What looks like a zone, by the zone's position: patterns of a policy, and why.
    pub found: BTreeMap<usize, BTreeMap<String, Spot>>,
}

/// What a pattern holds.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) struct Spot {
    /// How many files.
    pub files: u64,
    /// Why it was chosen.
    pub why: Why,
}

/// Why a pattern was chosen.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(super) enum Why {
    /// A folder has this word in its name.
    Folder(String),
    /// So many folders have this name.
    Folders(usize),
    /// Files of code have this word in their names.
    File(String),
    /// It is the pattern, and this is one of its files.
    Pattern(String),
}

/// Looks over `root`.
///
/// # Errors
/// When a tree cannot be read.
pub(super) fn of(objects: &Objects, root: ObjectId, signals: &Signals) -> Result<Survey, Error> {
    let patterns = Patterns::of(signals);
    let mut surveyor = Surveyor {
        signals,
        patterns: &patterns,
        survey: Survey::default(),
        folders: Vec::new(),
        signs: BTreeMap::new(),
        left: MOST_ENTRIES,
    };
    let mut places = vec![Place {
        tree: root,
        prefix: String::new(),
        state: patterns.automaton.root(),
        folder: None,
        is_aside: false,
        depth: 0,
    }];
    let mut buffer = Vec::new();
    while let Some(place) = places.pop() {
        let data = objects.read_kind(&place.tree, Kind::Tree, "a tree", &mut buffer)?;
        for entry in tree::entries_of(data, place.tree) {
            let entry = entry?;
            let Some(left) = surveyor.left.checked_sub(1) else {
                surveyor.survey.is_partial = true;
                return Ok(surveyor.finish());
            };
            surveyor.left = left;
            places.extend(surveyor.entry(&place, &entry));
        }
        let names = tree::entries(data, objects.hash()).map_while(Result::ok);
        surveyor.take_signs(&place, &names.map(|entry| entry.name));
    }
    Ok(surveyor.finish())
}

/// The patterns that zones are looked for by: a set each, and whose it is.
struct Patterns<'a> {
    automaton: Automaton,
    sets: Vec<(SetId, usize, &'a str)>,
}

impl<'a> Patterns<'a> {
    fn of(signals: &'a Signals) -> Self {
        let mut builder = AutomatonBuilder::new();
        let mut sets = Vec::new();
        for (zone, signal) in signals.zones.iter().enumerate() {
            for text in &signal.patterns {
                let set = add(&mut builder, std::slice::from_ref(text));
                sets.push((set, zone, text.as_str()));
            }
        }
        Patterns {
            automaton: builder.build(),
            sets,
        }
    }
}

/// Adds a set of these patterns, among which may be built-in sets. Any other is one that this program has written.
pub(super) fn add(builder: &mut AutomatonBuilder, texts: &[String]) -> SetId {
    let whole = |text: &String| -> Vec<Pattern> {
        let set = text.strip_prefix('@').and_then(built_in_path_set);
        let parse = |text| Pattern::parse(text).expect("the tests read all of these");
        match set {
            Some(patterns) => patterns.iter().copied().map(parse).collect(),
            None => vec![parse(text)],
        }
    };
    let patterns: Vec<Pattern> = texts.iter().flat_map(whole).collect();
    builder.add(&patterns, true)
}

/// A folder that is still to be looked at.
struct Place {
    tree: ObjectId,
    /// Its path, with a `/` at the end unless it is the root.
    prefix: String,
    state: State,
    /// The folder that counts its files, among those that were found.
    folder: Option<usize>,
    is_aside: bool,
    depth: usize,
}

/// A folder whose name shows a zone.
struct Folder {
    path: String,
    name: String,
    sign: Sign,
    files: u64,
    has_code: bool,
}

struct Surveyor<'a> {
    signals: &'a Signals,
    patterns: &'a Patterns<'a>,
    survey: Survey,
    folders: Vec<Folder>,
    /// What names of files in the folder that is being looked at show.
    signs: BTreeMap<Sign, Vec<String>>,
    left: u64,
}

impl Surveyor<'_> {
    /// Looks at an entry; a folder is to be looked at next.
    fn entry(&mut self, place: &Place, entry: &tree::EntryRef<'_>) -> Option<Place> {
        // What could not stand in a policy as it is has no place in one that nobody has read yet.
        let name = std::str::from_utf8(entry.name)
            .ok()
            .filter(|name| is_plain(name));
        if entry.mode.is_tree() {
            if place.depth == DEEPEST {
                self.survey.is_partial = true;
                return None;
            }
            return Some(self.folder(place, entry, name));
        }
        self.survey.files += 1;
        let sets = &self.patterns.automaton;
        let sets = sets.matches(&place.state, entry.name, kind_of(entry.mode));
        if let Some(folder) = place.folder {
            let folder = &mut self.folders[folder];
            folder.files += 1;
            folder.has_code |= name.is_some_and(|name| self.signals.is_code(name));
            return None;
        }
        let mut patterns = self.patterns.sets.iter();
        if let Some(&(_, zone, pattern)) = patterns.find(|(set, _, _)| sets.contains(*set)) {
            let example = || format!("{}{}", place.prefix, name.unwrap_or_default());
            self.count(zone, pattern.to_owned(), || Why::Pattern(example()));
        } else if let Some(name) = name.filter(|_| !place.is_aside && entry.mode.is_file())
            && let Some(sign) = self.signals.of_file(name)
        {
            self.signs.entry(sign).or_default().push(name.to_owned());
        }
        None
    }

    /// Files with one word become one pattern, if that is only about them; `names` are all in their folder.
    fn take_signs<'n>(&mut self, place: &Place, names: &(impl Iterator<Item = &'n [u8]> + Clone)) {
        for (sign, files) in std::mem::take(&mut self.signs) {
            let hides = |name: &[u8]| Signals::hides(&String::from_utf8_lossy(name), &sign.word);
            let patterns = if files.len() >= MANY_FILES_ALIKE && !names.clone().any(hides) {
                vec![(format!("*{}*", sign.word), files.len())]
            } else {
                files.into_iter().map(|name| (name, 1)).collect()
            };
            for (pattern, count) in patterns {
                // Without a `/` it would be any file of that name.
                let root = if place.prefix.is_empty() { "/" } else { "" };
                let spot = Spot {
                    files: count as u64,
                    why: Why::File(sign.word.clone()),
                };
                let of_zone = self.survey.found.entry(sign.zone).or_default();
                of_zone.insert(format!("{root}{}{pattern}", place.prefix), spot);
            }
        }
    }

    fn folder(&mut self, place: &Place, entry: &tree::EntryRef<'_>, name: Option<&str>) -> Place {
        let shown = String::from_utf8_lossy(entry.name);
        let is_aside = place.is_aside || self.signals.is_aside(&shown) || name.is_none();
        let prefix = format!("{}{shown}/", place.prefix);
        let mut folder = place.folder;
        if let (None, false, Some(name)) = (folder, is_aside, name)
            && let Some(sign) = self.signals.of_directory(name)
        {
            folder = Some(self.folders.len());
            self.folders.push(Folder {
                path: prefix.clone(),
                name: name.to_owned(),
                sign,
                files: 0,
                has_code: false,
            });
        }
        Place {
            tree: entry.id.to_owned(),
            prefix,
            state: self.patterns.automaton.descend(&place.state, entry.name),
            folder,
            is_aside,
            depth: place.depth + 1,
        }
    }

    fn count(&mut self, zone: usize, pattern: String, why: impl FnOnce() -> Why) {
        let of_zone = self.survey.found.entry(zone).or_default();
        let spot = of_zone.entry(pattern).or_insert_with(|| Spot {
            files: 0,
            why: why(),
        });
        spot.files += 1;
    }

    /// Folders become patterns; of many with one name, one.
    fn finish(mut self) -> Survey {
        let mut alike: BTreeMap<(usize, String), Vec<Folder>> = BTreeMap::new();
        for folder in self.folders.into_iter().filter(|folder| folder.has_code) {
            let key = (folder.sign.zone, folder.name.clone());
            alike.entry(key).or_default().push(folder);
        }
        for ((zone, name), folders) in alike {
            let of_zone = self.survey.found.entry(zone).or_default();
            if folders.len() >= MANY_ALIKE {
                let files = folders.iter().map(|folder| folder.files).sum();
                let why = Why::Folders(folders.len());
                of_zone.insert(format!("**/{name}/**"), Spot { files, why });
                continue;
            }
            for folder in folders {
                let spot = Spot {
                    files: folder.files,
                    why: Why::Folder(folder.sign.word),
                };
                of_zone.insert(format!("{}**", folder.path), spot);
            }
        }
        self.survey
    }
}

/// Does a name mean itself, as a pattern and in YAML?
fn is_plain(name: &str) -> bool {
    let is_plain = |byte: u8| byte.is_ascii_alphanumeric() || b"._-+".contains(&byte);
    name.bytes().all(is_plain)
}
