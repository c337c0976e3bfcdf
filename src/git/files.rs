//! All files of a tree.

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use gix::objs::Kind;

use super::Error;
use super::objects::Objects;
use super::tree::{self, Mode};

/// The path and the kind of everything in the tree `root` that is no directory, in git's order.
///
/// # Errors
/// When a tree is missing or malformed.
pub fn list(objects: &Objects, root: ObjectId) -> Result<Vec<(BString, Mode)>, Error> {
    let mut files = Vec::new();
    add(objects, root, b"", &mut files)?;
    Ok(files)
}

fn add(
    objects: &Objects,
    tree: ObjectId,
    folder: &[u8],
    files: &mut Vec<(BString, Mode)>,
) -> Result<(), Error> {
    let mut buffer = Vec::new();
    let data = objects.read_kind(&tree, Kind::Tree, "a tree", &mut buffer)?;
    for entry in tree::entries_of(data, tree) {
        let entry = entry?;
        let path = [folder, entry.name].concat();
        if entry.mode.is_tree() {
            add(
                objects,
                entry.id.to_owned(),
                &[&path, &b"/"[..]].concat(),
                files,
            )?;
        } else {
            files.push((path.as_bstr().to_owned(), entry.mode));
        }
    }
    Ok(())
}
