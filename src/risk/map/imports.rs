//! Which file of code names which other one, where the language says so plainly: by a path, or by a name that is one.
//!
//! No compiler is asked, and no search path known: what a regular expression finds is looked up among the files of the
//! repository, and counts only where it leads to one of them and to no second. So the numbers are a lower bound.
//! [`languages`] is what an import looks like.

mod languages;
mod lookup;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Mutex;

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::Kind as ObjectKind;

use crate::git::objects::Objects;
use crate::git::parallel::for_each;
use crate::git::{Error, lines};
use crate::risk::mine::kind::Kind;
use languages::imports_of;
use lookup::Lookup;

/// More than people write into one file is not looked at.
const LONGEST: u64 = 1 << 20;

/// A file at the tip.
#[derive(Debug, Clone)]
pub struct Blob {
    /// Where it is.
    pub path: BString,
    /// What it holds.
    pub id: ObjectId,
}

/// How many other files of the product's code name each file; none where nothing was found.
///
/// # Errors
/// Never because of one file: what cannot be read names nothing. When the work as a whole is cut short.
pub fn importers(
    objects: &Objects,
    blobs: &[Blob],
    progress: impl Fn(usize, usize) + Sync,
) -> Result<BTreeMap<BString, u32>, Error> {
    let modules = go_modules(objects, blobs);
    let sources: Vec<&Blob> = blobs
        .iter()
        .filter(|blob| Kind::of(&blob.path) == Kind::Source)
        .collect();
    let paths: BTreeSet<&[u8]> = sources.iter().map(|blob| &**blob.path).collect();
    let lookup = Lookup::of(&paths, &modules);
    let idle = Mutex::default();
    let mut counts: BTreeMap<BString, u32> = BTreeMap::new();
    for (number, chunk) in sources.chunks(1024).enumerate() {
        let named = for_each(
            objects,
            &idle,
            chunk,
            |objects| (objects, Vec::new()),
            |(objects, buffer), blob| Ok(named_by(objects, buffer, blob, &lookup)),
        )?;
        for path in named.into_iter().flatten() {
            *counts.entry(path.into()).or_default() += 1;
        }
        progress(number * 1024 + chunk.len(), sources.len());
    }
    Ok(counts)
}

/// The files that one names, each once, and not itself.
fn named_by<'a>(
    objects: &Objects,
    buffer: &mut Vec<u8>,
    blob: &Blob,
    lookup: &Lookup<'a>,
) -> BTreeSet<&'a [u8]> {
    let mut named = BTreeSet::new();
    if let Some(content) = text(objects, buffer, blob) {
        for import in imports_of(&blob.path, content) {
            named.extend(lookup.find(&blob.path, &import));
        }
    }
    named.remove(&**blob.path);
    named
}

/// The content of a file, if it is text that people could have written.
fn text<'b>(objects: &Objects, buffer: &'b mut Vec<u8>, blob: &Blob) -> Option<&'b [u8]> {
    const ROLE: &str = "a file of code";
    let (_, size) = objects.header(&blob.id, ROLE).ok()?;
    if size > LONGEST {
        return None;
    }
    let content = objects.read_kind(&blob.id, ObjectKind::Blob, ROLE, buffer);
    content.ok().filter(|content| !lines::is_binary(content))
}

/// The names of Go modules and the directories in which they lie, the longest name first.
fn go_modules(objects: &Objects, blobs: &[Blob]) -> Vec<(Vec<u8>, Vec<u8>)> {
    let mut modules = Vec::new();
    let mut buffer = Vec::new();
    for blob in blobs {
        let directory = match blob.path.strip_suffix(b"go.mod") {
            Some(directory) if directory.is_empty() || directory.ends_with(b"/") => directory,
            _ => continue,
        };
        let content = text(objects, &mut buffer, blob).unwrap_or_default();
        let name = content
            .lines()
            .find_map(|line| line.trim().strip_prefix(b"module "));
        if let Some(name) = name {
            let name = name.trim().trim_with(|character| character == '"');
            modules.push((name.to_vec(), directory.to_vec()));
        }
    }
    modules.sort_by_key(|(name, _)| std::cmp::Reverse(name.len()));
    modules
}
