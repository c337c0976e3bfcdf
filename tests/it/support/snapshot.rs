//! All that is below a folder, to compare before with after.

use std::{
    collections::BTreeMap,
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// Mode and content of all files, folders and links below `folder`, by path.
pub(crate) fn snapshot(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut seen = BTreeMap::new();
    let mut open = vec![folder.to_owned()];
    while let Some(path) = open.pop() {
        let about = fs::symlink_metadata(&path).expect("it was listed");
        let content = if about.is_dir() {
            open.extend(
                fs::read_dir(&path)
                    .expect("it is a folder")
                    .map(|entry| entry.expect("it can be read").path()),
            );
            Vec::new()
        } else if about.is_symlink() {
            fs::read_link(&path)
                .expect("it is a link")
                .into_os_string()
                .into_encoded_bytes()
        } else {
            fs::read(&path).expect("the file can be read")
        };
        seen.insert(path, (about.permissions().mode(), content));
    }
    seen
}
