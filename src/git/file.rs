//! One file of a tree, by its path.

use gix::hash::ObjectId;
use gix::objs::Kind;

use super::Error;
use super::objects::Objects;
use super::tree;

/// The content of the regular file at `path`, whose components `/` separates; `None` if there is none. A symbolic link is
/// none: it would be read from wherever it leads.
///
/// # Errors
/// When a tree on the way, or the file, is missing or cannot be read.
pub fn read(
    objects: &Objects,
    root: Option<ObjectId>,
    path: &str,
) -> Result<Option<Vec<u8>>, Error> {
    let Some(mut tree) = root else {
        return Ok(None);
    };
    let mut buffer = Vec::new();
    let mut components = path.split('/').peekable();
    while let Some(component) = components.next() {
        let data = objects.read_kind(&tree, Kind::Tree, "a tree", &mut buffer)?;
        let mut found = None;
        for entry in tree::entries_of(data, tree) {
            let entry = entry?;
            if entry.name == component.as_bytes() {
                found = Some(entry.to_entry());
                break;
            }
        }
        match found {
            Some(entry) if components.peek().is_some() && entry.mode.is_tree() => tree = entry.id,
            Some(entry) if components.peek().is_none() && entry.mode.is_file() => {
                let data = objects.read_kind(&entry.id, Kind::Blob, "a file", &mut buffer)?;
                return Ok(Some(data.to_vec()));
            }
            _ => return Ok(None),
        }
    }
    Ok(None)
}
