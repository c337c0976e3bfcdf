//! The files of a policy: how they are read, and how those that it includes are found.
//!
//! A name is meant relative to the file that it stands in. Each file is part of a policy once, which also ends circles,
//! and how many there may be, how deep, and how long together is bounded.

use std::fs::File;
use std::io::{self, Read as _};
use std::path::{Component, Path, PathBuf};
use std::time::Duration;

use super::diagnostic::{Diagnostic, Source, Span};
use super::load::as_text;
use super::source::Role;
use super::yaml::join::{Wanted, wanted};
use super::yaml::{self, Document, Node};

/// Most files of one policy.
const MOST_FILES: usize = 64;

/// Most steps from the main file to one that it includes.
const DEEPEST: usize = 8;

/// All files of a policy together are not longer, in bytes.
const MOST_BYTES: usize = 4 << 20;

/// Where the files are that a policy names.
pub trait Files {
    /// The content of the regular file `file`, or its first `most` bytes.
    ///
    /// # Errors
    /// When there is none, or it cannot be read.
    fn read(&self, file: &Path, most: u64) -> io::Result<Vec<u8>>;

    /// The content of a file with keys, which may also be where the policy is not.
    ///
    /// # Errors
    /// As [`Files::read`].
    fn read_keys(&self, file: &Path, most: u64) -> io::Result<Vec<u8>> {
        self.read(file, most)
    }

    /// Are they files of this machine, in folders of it?
    fn are_on_disk(&self) -> bool {
        true
    }
}

/// Files of the machine, by their path.
#[derive(Debug, Clone, Copy)]
pub struct OnDisk;

impl Files for OnDisk {
    fn read(&self, file: &Path, most: u64) -> io::Result<Vec<u8>> {
        // A pipe or a device need not end.
        if !std::fs::metadata(file)?.is_file() {
            return Err(io::Error::other("it is no regular file"));
        }
        read_settled(file, most)
    }
}

/// Reads a file that nobody is writing. Half a policy can be a policy too, with fewer rules: one that was written in place a
/// moment ago is read again until that moment has passed.
pub(super) fn read_settled(file: &Path, most: u64) -> io::Result<Vec<u8>> {
    /// Longer than between two writes of whoever writes a policy.
    const SETTLED: Duration = Duration::from_millis(50);
    /// A file that is written all the time is not read.
    const ATTEMPTS: usize = 20;
    let mut seen = None;
    for _ in 0..ATTEMPTS {
        let mut bytes = Vec::new();
        File::open(file)?.take(most).read_to_end(&mut bytes)?;
        // Of the name, not of what was opened: what has taken its place meanwhile is the policy now.
        let about = std::fs::metadata(file)?;
        let is_whole = about.len() == bytes.len() as u64 || bytes.len() as u64 == most;
        let written = about.modified()?;
        let now = (written, bytes);
        // A date of the future, of a clock that was set back, tells no age: then it must be the same twice.
        let age = match written.elapsed() {
            Ok(age) => age,
            Err(_) if seen.as_ref() == Some(&now) => SETTLED,
            Err(_) => Duration::ZERO,
        };
        if is_whole && age >= SETTLED {
            return Ok(now.1);
        }
        seen = Some(now);
        std::thread::sleep(SETTLED.saturating_sub(age));
    }
    Err(io::Error::other("it is being written all the time"))
}

/// Reads the document of `source`, after adding to it the files that it includes. `None` if there is nothing to go on with.
pub(super) fn read(
    source: &mut Source,
    main: &Path,
    files: &dyn Files,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Document> {
    let mut gathering = Gathering {
        source,
        files,
        parts: vec![Part {
            path: plain(main),
            depth: 0,
            named_at: None,
            is_text: true,
        }],
        diagnostics,
    };
    let reader = yaml::Files::unmarked();
    let mut trees = Vec::new();
    let mut is_whole = true;
    // The list grows while files are found.
    while trees.len() < gathering.parts.len() {
        let number = trees.len();
        if !gathering.parts[number].is_text {
            trees.push(None);
            continue;
        }
        match reader.read(gathering.source, number) {
            Ok(tree) => {
                is_whole &= gathering.follow(number, &tree);
                trees.push(Some(tree));
            }
            Err(found) => {
                gathering.diagnostics.extend(found);
                trees.push(None);
            }
        }
    }
    let trees: Option<Vec<Node>> = trees.into_iter().collect();
    // What is missing would be missed wherever it is named.
    let trees = trees.filter(|_| is_whole)?;
    Document::joined(trees, source, diagnostics)
}

struct Gathering<'a> {
    source: &'a mut Source,
    files: &'a dyn Files,
    parts: Vec<Part>,
    diagnostics: &'a mut Vec<Diagnostic>,
}

/// Where a file is named: in which one, and as which of its names.
#[derive(Clone, Copy)]
struct Named {
    number: usize,
    position: usize,
}

/// A file of the policy; its position is its number in the source.
struct Part {
    path: PathBuf,
    depth: usize,
    named_at: Option<Named>,
    /// It can be read on.
    is_text: bool,
}

/// Why a file cannot be included.
struct Refused {
    code: &'static str,
    message: String,
    help: &'static str,
    other: Option<Named>,
}

impl Gathering<'_> {
    /// Adds the files that the file `number` names. False if one cannot be added.
    fn follow(&mut self, number: usize, tree: &Node) -> bool {
        let role = self.source.roles().nth(number).expect("it has been read");
        let mut is_whole = true;
        for (position, Wanted { role, file, .. }) in wanted(tree, role).into_iter().enumerate() {
            let place = Named { number, position };
            let Err(refused) = self.add(place, role, &file) else {
                continue;
            };
            is_whole = false;
            if let Some(refused) = refused {
                let other = refused.other.map(|place| self.span(place));
                let diagnostic = refused.at(self.span(place), other);
                self.diagnostics.push(diagnostic);
            }
        }
        is_whole
    }

    /// Where a file is named. What names it was read before; now the places are wanted too.
    fn span(&self, Named { number, position }: Named) -> Span {
        let role = self.source.roles().nth(number).expect("it has been read");
        let tree = yaml::Files::marked().read(self.source, number).ok();
        let named = tree.and_then(|tree| wanted(&tree, role).into_iter().nth(position));
        match named {
            Some(Wanted { file, mark, .. }) => self.source.span_of(mark, &file),
            None => self.source.start(),
        }
    }

    /// `Err(None)` if what is wrong has been reported.
    fn add(&mut self, place: Named, role: Role, file: &str) -> Result<(), Option<Refused>> {
        let namer = &self.parts[place.number];
        let folder = namer.path.parent();
        let path = plain(&folder.unwrap_or(Path::new("")).join(file));
        let depth = namer.depth + 1;
        self.refuse(&path, file, depth)?;
        let bytes = self
            .files
            .read(&path, yaml::MAX_BYTES as u64 + 1)
            .map_err(|error| Refused {
                code: "unreadable-include",
                message: format!("`{file}` cannot be read: {error}"),
                help: "a relative name is looked for beside the file that it stands in; the account that runs git must be able to read it",
                other: None,
            })?;
        let name = path.display().to_string();
        match as_text(&bytes, &path) {
            Ok(text) if self.source.text.len() + text.len() > MOST_BYTES => Err(Some(Refused {
                code: "policy-too-large",
                message: format!(
                    "with `{file}` the policy is longer than {} MiB",
                    MOST_BYTES >> 20
                ),
                help: "share what repeats: `zones`, `path_sets` and `groups` name things once",
                other: None,
            })),
            Ok(text) => {
                self.source.add(name, text, role);
                self.parts.push(Part {
                    path,
                    depth,
                    named_at: Some(place),
                    is_text: true,
                });
                Ok(())
            }
            Err(wrong) => {
                let (alone, mut diagnostic) = *wrong;
                let shown = self.source.add(name, &alone.text, role);
                self.parts.push(Part {
                    path,
                    depth,
                    named_at: Some(place),
                    is_text: false,
                });
                diagnostic.span = self.source.span_in(shown, &diagnostic.span);
                self.diagnostics.push(diagnostic);
                Err(None)
            }
        }
    }

    fn refuse(&self, path: &Path, file: &str, depth: usize) -> Result<(), Refused> {
        let known = self.parts.iter().find(|part| part.path == path);
        if let Some(part) = known {
            return Err(Refused {
                code: "included-twice",
                message: format!("`{file}` is a part of this policy already"),
                help: "name each file once; all of them hold for the whole policy",
                other: part.named_at,
            });
        }
        let (message, help) = if self.parts.len() >= MOST_FILES {
            (
                format!("a policy has at most {MOST_FILES} files"),
                "join some of them",
            )
        } else if depth > DEEPEST {
            (
                format!("`{file}` is included by a file {DEEPEST} steps from the main one"),
                "include it from a file that is nearer",
            )
        } else {
            return Ok(());
        };
        Err(Refused {
            code: "too-many-includes",
            message,
            help,
            other: None,
        })
    }
}

impl Refused {
    fn at(self, span: Span, other: Option<Span>) -> Diagnostic {
        let diagnostic = Diagnostic::error(self.code, self.message, span).help(self.help);
        match other {
            Some(other) => diagnostic.other(other, "the first time"),
            None => diagnostic,
        }
    }
}

/// A path without `.`, and without `..` after a name: how a file is called, and known again.
pub(crate) fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::new();
    for component in path.components() {
        let is_after_name = matches!(plain.components().next_back(), Some(Component::Normal(_)));
        match component {
            Component::CurDir => {}
            Component::ParentDir if is_after_name => {
                plain.pop();
            }
            other => plain.push(other),
        }
    }
    plain
}
