//! What one step, or one push, changes: file by file, with the lines of code that go and come.

use std::collections::BTreeMap;

use gix::bstr::BString;
use gix::hash::ObjectId;

use super::kind::Kind;
use super::owners::Span;
use super::renames;
use super::steps::Step;
use super::words::{Bucket, MOST_WORDS, bucket, is_control, is_trivial, words};
use crate::git::Error;
use crate::git::commit::tree_behind;
use crate::git::expected::Expectation;
use crate::git::lines::{Hunk, each_hunk};
use crate::git::objects::Objects;
use crate::git::tree::Entry;
use crate::git::walk::{Excerpts, Filter, Touched, Walk};
use crate::paths::{Automaton, AutomatonBuilder, SetMask};

/// A unit of more files than this is an import, a rename of everything, or the work of a program: nothing is learned of it.
pub const MOST_FILES: usize = 300;

/// A fix of more files than this is one among other things, and what it mends cannot be told.
pub const MOST_FILES_OF_FIX: usize = 50;

/// What a step changes.
#[derive(Debug, Default)]
pub struct Diff {
    /// The files, by path.
    pub files: Vec<FileDiff>,
    /// The places of the words on added lines of the product's code, each once.
    pub words: Vec<Bucket>,
    /// These words themselves, by their places, where they are asked for.
    pub texts: BTreeMap<Bucket, Vec<u8>>,
    /// Files whose content could not be read.
    pub unreadable: usize,
}

/// What happens to a file.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct FileDiff {
    /// Where it then is, or was.
    pub path: BString,
    /// What it holds.
    pub kind: Kind,
    /// Where it comes from.
    pub was: Was,
    /// It is there no more.
    pub is_gone: bool,
    /// The lines of code.
    pub lines: Lines,
}

/// What was there before.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Was {
    /// Nothing.
    New,
    /// The file, at the same path.
    There,
    /// The file, at another path.
    At(BString),
}

/// Lines of code that go and come. There are none in files that hold no code.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Lines {
    /// From the top.
    pub spans: Vec<Span>,
    /// How many come.
    pub added: u32,
    /// How many go.
    pub removed: u32,
    /// How many come that branch, repeat, fail, or do several things at once.
    pub control: u32,
    /// Those that go and did something, where that tells what is mended: counted from 0.
    pub suspects: Vec<u32>,
}

/// What is looked for in the lines.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Looking {
    /// The words on added lines.
    pub for_words: bool,
    /// With them, the words themselves, to name them to people.
    pub for_texts: bool,
    /// The lines that a fix takes away.
    pub for_suspects: bool,
}

/// Compares steps; one for each thread.
pub struct Differ<'a> {
    walk: Walk<'a>,
    objects: Objects,
}

/// Patterns that match nothing, for a comparison of everything.
pub fn everything() -> Automaton {
    AutomatonBuilder::new().build()
}

/// A filter that lets everything through.
pub fn filter(automaton: &Automaton) -> Filter<'_> {
    Filter {
        automaton,
        sets: SetMask::default(),
        everything: true,
    }
}

impl<'a> Differ<'a> {
    /// It reads from `objects`.
    pub fn new(objects: Objects, filter: &'a Filter<'a>, excerpts: &'a Excerpts) -> Self {
        Differ {
            walk: Walk::new(objects.clone(), filter, excerpts),
            objects,
        }
    }

    /// What a step changes. Of one whose tree git would not make, nothing is known.
    ///
    /// # Errors
    /// When a tree cannot be read.
    pub fn step(&mut self, step: &Step) -> Result<Diff, Error> {
        let expected = Expectation::tree(step.before);
        let touched = match self.walk.compare(Some(step.tree), &expected) {
            Err(Error::Malformed { .. }) => {
                return Ok(Diff {
                    unreadable: 1,
                    ..Diff::default()
                });
            }
            touched => touched?,
        };
        let is_small = touched.len() <= MOST_FILES_OF_FIX;
        let looking = Looking {
            for_words: touched.len() <= MOST_FILES,
            for_texts: false,
            // Where a mistake is named, it need not be looked for.
            for_suspects: step.said.is_fix && step.said.mistakes.is_empty() && is_small,
        };
        Ok(of_touched(&self.objects, &touched, looking))
    }
}

/// The paths at which two commits differ; `None` is the empty tree. Tags are followed.
///
/// # Errors
/// When something cannot be read.
pub fn between(
    objects: &Objects,
    before: Option<ObjectId>,
    after: Option<ObjectId>,
) -> Result<Vec<Touched>, Error> {
    let tree = |id: Option<ObjectId>| id.map(|id| tree_behind(objects, id)).transpose();
    let automaton = everything();
    let filter = filter(&automaton);
    let mut excerpts = Excerpts::default();
    excerpts.fit(&filter);
    let mut walk = Walk::new(objects.clone(), &filter, &excerpts);
    walk.compare(tree(after)?, &Expectation::tree(tree(before)?))
}

/// What happens to the files at which two trees differ. A file whose content cannot be read has no lines, and is counted.
pub fn of_touched(objects: &Objects, touched: &[Touched], looking: Looking) -> Diff {
    let mut reader = LineReader {
        objects,
        looking,
        diff: Diff::default(),
    };
    let moved = renames::find(touched, &mut reader);
    let mut done: BTreeMap<&BString, FileDiff> = BTreeMap::new();
    for (from, to, lines) in moved {
        let file = FileDiff {
            path: to.path.clone(),
            kind: Kind::of(&to.path),
            was: Was::At(from.path.clone()),
            is_gone: false,
            lines,
        };
        done.insert(&from.path, file.clone());
        done.insert(&to.path, file);
    }
    for path in touched {
        let file = match done.remove(&path.path) {
            // It is told where it goes to.
            Some(moved) if moved.path != path.path => continue,
            Some(moved) => moved,
            None => {
                let kind = Kind::of(&path.path);
                FileDiff {
                    path: path.path.clone(),
                    kind,
                    was: if path.expected.is_some() {
                        Was::There
                    } else {
                        Was::New
                    },
                    is_gone: path.found.is_none(),
                    lines: reader.lines(kind, path.expected, path.found),
                }
            }
        };
        reader.diff.files.push(file);
    }
    let mut diff = reader.diff;
    diff.words.sort_unstable();
    diff.words.dedup();
    diff.words.truncate(MOST_WORDS);
    diff
}

/// Reads lines of files, and gathers what is looked for.
pub(super) struct LineReader<'a> {
    objects: &'a Objects,
    looking: Looking,
    diff: Diff,
}

impl LineReader<'_> {
    /// The lines that go and come between two states of a file of this kind.
    pub(super) fn lines(
        &mut self,
        kind: Kind,
        before: Option<Entry>,
        after: Option<Entry>,
    ) -> Lines {
        let mut lines = Lines::default();
        let holds_code = matches!(kind, Kind::Source | Kind::Test);
        let is_file = |entry: Option<Entry>| entry.is_none_or(|entry| entry.mode.is_file());
        if !holds_code || !is_file(before) || !is_file(after) {
            return lines;
        }
        let looking = Looking {
            for_words: self.looking.for_words && kind == Kind::Source,
            for_texts: self.looking.for_texts && kind == Kind::Source,
            for_suspects: self.looking.for_suspects
                && kind == Kind::Source
                && before.is_some()
                && after.is_some(),
        };
        let diff = &mut self.diff;
        let told = each_hunk(self.objects, before, after, |hunk| {
            lines.see(hunk, looking, diff);
        });
        if !told.unwrap_or(false) {
            self.diff.unreadable += 1;
        }
        lines
    }

    /// How many lines a file has; `None` if that cannot be told.
    pub(super) fn measure(&self, file: Option<Entry>) -> Option<u32> {
        let mut count = 0;
        let told = each_hunk(self.objects, None, file, |hunk| {
            count += hunk.after.end - hunk.after.start;
        });
        told.unwrap_or(false).then_some(count)
    }
}

impl Lines {
    fn see(&mut self, hunk: &Hunk<'_>, looking: Looking, diff: &mut Diff) {
        self.spans.push(Span {
            before: hunk.before.clone(),
            after: hunk.after.clone(),
        });
        self.removed += hunk.before.end - hunk.before.start;
        self.added += hunk.after.end - hunk.after.start;
        if looking.for_suspects {
            let removed = hunk.before.clone().zip(hunk.removed());
            let suspects = removed.filter(|(_, line)| !is_trivial(line));
            self.suspects.extend(suspects.map(|(line, _)| line));
        }
        for line in hunk.added() {
            let mut has_control = false;
            for word in words(line) {
                has_control |= is_control(word);
                if looking.for_words {
                    let place = bucket(word);
                    diff.words.push(place);
                    if looking.for_texts {
                        diff.texts.entry(place).or_insert_with(|| word.to_vec());
                    }
                }
            }
            self.control += u32::from(has_control);
        }
        // Words come again and again; what is kept stays small.
        if diff.words.len() > 8 * MOST_WORDS {
            diff.words.sort_unstable();
            diff.words.dedup();
        }
    }
}
