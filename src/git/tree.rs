//! Trees as they are stored: entries in place, without copies, and validated, since `receive.fsckObjects` is off by
//! default and a tree that git would refuse to make can hide a file from whoever compares trees.

use std::cmp::Ordering;

use gix::hash::{ObjectId, oid};

use super::Error;

/// The kind of a tree entry and its executable bit, as the octal number that trees hold.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Mode(u16);

impl Mode {
    /// A directory.
    pub const TREE: Mode = Mode(0o040_000);
    /// A symbolic link.
    pub const SYMLINK: Mode = Mode(0o120_000);
    /// A submodule pointer.
    pub const SUBMODULE: Mode = Mode(0o160_000);
    const TYPE: u16 = 0o170_000;
    const FILE: u16 = 0o100_000;

    /// Is it a directory?
    pub fn is_tree(self) -> bool {
        self.0 & Self::TYPE == Self::TREE.0
    }

    /// Is it a regular file, executable or not?
    pub fn is_file(self) -> bool {
        self.0 & Self::TYPE == Self::FILE
    }

    /// Is it a symbolic link?
    pub fn is_symlink(self) -> bool {
        self.0 & Self::TYPE == Self::SYMLINK.0
    }

    /// Is it a submodule pointer?
    pub fn is_submodule(self) -> bool {
        self.0 & Self::TYPE == Self::SUBMODULE.0
    }
}

impl std::fmt::Display for Mode {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "{:06o}", self.0)
    }
}

/// What a path holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
pub struct Entry {
    /// Its kind.
    pub mode: Mode,
    /// The blob, tree or commit.
    pub id: ObjectId,
}

/// One entry in place.
#[derive(Debug, Clone, Copy)]
pub struct EntryRef<'a> {
    /// Its kind.
    pub mode: Mode,
    /// Its name: one path component.
    pub name: &'a [u8],
    /// The blob, tree or commit.
    pub id: &'a oid,
}

impl<'a> EntryRef<'a> {
    /// The entry, owned.
    pub fn to_entry(self) -> Entry {
        Entry {
            mode: self.mode,
            id: self.id.to_owned(),
        }
    }

    /// By what entries are sorted, as [`compare`] takes it: the name, and whether it is that of a tree.
    pub fn key(self) -> (&'a [u8], bool) {
        (self.name, self.mode.is_tree())
    }
}

/// The entries of the tree object `data`, in the order of the object.
pub fn entries(data: &[u8], hash: gix::hash::Kind) -> Entries<'_> {
    Entries {
        rest: data,
        hash_len: hash.len_in_bytes(),
    }
}

/// The entries of the tree `id`, whose content is `data`, for those who need all of them or none.
pub fn entries_of(data: &[u8], id: ObjectId) -> impl Iterator<Item = Result<EntryRef<'_>, Error>> {
    entries(data, id.kind()).map(move |entry| {
        entry.map_err(|reason| Error::Malformed {
            kind: "tree",
            id,
            reason: reason.to_owned(),
        })
    })
}

/// Iterator over the entries of a tree; an error ends it.
#[derive(Debug, Clone)]
pub struct Entries<'a> {
    rest: &'a [u8],
    hash_len: usize,
}

impl<'a> Entries<'a> {
    /// What has not been read yet.
    pub fn rest(&self) -> &'a [u8] {
        self.rest
    }

    fn parse(&mut self) -> Result<EntryRef<'a>, &'static str> {
        let space = self
            .rest
            .iter()
            .take(8)
            .position(|&byte| byte == b' ')
            .ok_or("an entry without a mode")?;
        let mode =
            parse_mode(&self.rest[..space]).ok_or("an entry with a mode that does not exist")?;
        let rest = &self.rest[space + 1..];
        let nul = gix::bstr::ByteSlice::find_byte(rest, 0)
            .ok_or("an entry without an end of its name")?;
        let (name, rest) = (&rest[..nul], &rest[nul + 1..]);
        if rest.len() < self.hash_len {
            return Err("an entry without an object");
        }
        let (id, rest) = rest.split_at(self.hash_len);
        self.rest = rest;
        Ok(EntryRef {
            mode,
            name,
            id: oid::from_bytes_unchecked(id),
        })
    }
}

impl<'a> Iterator for Entries<'a> {
    type Item = Result<EntryRef<'a>, &'static str>;

    fn next(&mut self) -> Option<Self::Item> {
        if self.rest.is_empty() {
            return None;
        }
        let entry = self.parse();
        if entry.is_err() {
            self.rest = &[];
        }
        Some(entry)
    }
}

fn parse_mode(digits: &[u8]) -> Option<Mode> {
    if digits.is_empty() || digits.len() > 6 {
        return None;
    }
    let mut mode = 0_u32;
    for &digit in digits {
        mode = mode * 8 + u32::from(digit.checked_sub(b'0').filter(|&digit| digit < 8)?);
    }
    let mode = Mode(u16::try_from(mode).ok()?);
    (mode.is_tree() || mode.is_file() || mode.is_symlink() || mode.is_submodule()).then_some(mode)
}

/// The order of entries in a tree: by name, directories as if their name ended in `/` (git: `base_name_compare`).
pub fn compare(one: (&[u8], bool), other: (&[u8], bool)) -> Ordering {
    let ((one, one_is_tree), (other, other_is_tree)) = (one, other);
    let common = one.len().min(other.len());
    one[..common].cmp(&other[..common]).then_with(|| {
        let end = |name: &[u8], is_tree: bool| {
            name.get(common)
                .copied()
                .unwrap_or(if is_tree { b'/' } else { 0 })
        };
        end(one, one_is_tree).cmp(&end(other, other_is_tree))
    })
}

/// Checks a whole tree object as `git fsck` would: every entry readable, names that can be path components, sorted,
/// none twice.
///
/// # Errors
/// What is wrong, in words.
pub fn validate(data: &[u8], hash: gix::hash::Kind) -> Result<u64, String> {
    let mut count = 0;
    let mut check = Check::default();
    for entry in entries(data, hash) {
        check.entry(entry?)?;
        count += 1;
    }
    Ok(count)
}

/// [`validate`], entry by entry, for those who read the tree anyway.
#[derive(Debug, Default)]
pub struct Check<'a> {
    previous: Option<EntryRef<'a>>,
    /// A file `a` and a directory `a` are not neighbours when `a.b` or `a-b` sorts between them.
    files_that_a_directory_may_repeat: Vec<&'a [u8]>,
}

impl<'a> Check<'a> {
    /// Checks the next entry of the tree.
    ///
    /// # Errors
    /// What is wrong, in words.
    pub fn entry(&mut self, entry: EntryRef<'a>) -> Result<(), String> {
        check_name(entry.name)?;
        if let Some(previous) = self.previous
            && compare(previous.key(), entry.key()) != Ordering::Less
        {
            return Err(format!(
                "entries out of order or twice: {}",
                crate::report::escape::Name(entry.name)
            ));
        }
        let files = &mut self.files_that_a_directory_may_repeat;
        while files
            .last()
            .is_some_and(|file| !entry.name.starts_with(file))
        {
            files.pop();
        }
        if files.last().is_some_and(|&file| file == entry.name) {
            return Err(format!(
                "an entry twice: {}",
                crate::report::escape::Name(entry.name)
            ));
        }
        if !entry.mode.is_tree() {
            files.push(entry.name);
        }
        self.previous = Some(entry);
        Ok(())
    }
}

/// Checks that a name can be a path component, and is not taken for another.
///
/// # Errors
/// What is wrong, in words.
pub fn check_name(name: &[u8]) -> Result<(), String> {
    let wrong = |what: &str| Err(format!("{what}: {}", crate::report::escape::Name(name)));
    match name {
        b"" => return wrong("an entry without a name"),
        b"." | b".." => return wrong("an entry that is no name"),
        _ if name.contains(&b'/') => return wrong("a slash in a name"),
        _ => {}
    }
    // A backslash ends a name on NTFS (git: `fsck_tree`).
    if name.split(|&byte| byte == b'\\').any(is_git_alias) {
        return wrong("a name that a file system takes for .git");
    }
    Ok(())
}

fn is_git_alias(name: &[u8]) -> bool {
    // Every alias begins with one of these; most names end here.
    let may_be = name
        .first()
        .is_some_and(|byte| matches!(byte, b'.' | b'g' | b'G') || !byte.is_ascii());
    let options = gix::validate::path::component::Options {
        protect_windows: false,
        protect_hfs: true,
        protect_ntfs: true,
    };
    may_be && gix::validate::path::component(name.into(), None, options).is_err()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn tree(entries: &[(&str, &str)]) -> Vec<u8> {
        let mut data = Vec::new();
        for (mode, name) in entries {
            data.extend_from_slice(mode.as_bytes());
            data.push(b' ');
            data.extend_from_slice(name.as_bytes());
            data.push(0);
            data.extend_from_slice(&[7; 20]);
        }
        data
    }

    fn check(entries: &[(&str, &str)]) -> Result<u64, String> {
        validate(&tree(entries), gix::hash::Kind::Sha1)
    }

    #[test]
    fn what_git_writes_is_valid() {
        assert_eq!(check(&[]), Ok(0));
        assert_eq!(
            check(&[
                ("100644", "a"),
                ("100644", "a.b"),
                ("40000", "b"),
                ("120000", "c"),
                ("160000", "d")
            ]),
            Ok(5)
        );
        assert_eq!(
            check(&[("100644", "foo.c"), ("40000", "foo"), ("100644", "foo0")]),
            Ok(3)
        );
        assert_eq!(
            check(&[
                ("100644", ".gitignore"),
                ("100644", ".gitmodules"),
                ("100644", "git")
            ]),
            Ok(3)
        );
    }

    #[test]
    fn what_hides_a_file_is_malformed() {
        assert!(check(&[("100644", "a"), ("100644", "a")]).is_err(), "twice");
        assert!(
            check(&[("100644", "a"), ("100644", "a.b"), ("40000", "a")]).is_err(),
            "file and directory, apart"
        );
        assert!(
            check(&[
                ("100644", "a"),
                ("100644", "a-b"),
                ("100644", "a.b"),
                ("40000", "a")
            ])
            .is_err()
        );
        assert!(
            check(&[("100644", "b"), ("100644", "a")]).is_err(),
            "unsorted"
        );
        assert!(
            check(&[("40000", "foo"), ("100644", "foo.c")]).is_err(),
            "unsorted as a directory"
        );
        for name in [
            "",
            ".",
            "..",
            ".git",
            ".GIT",
            "git~1",
            ".git ",
            ".git.",
            ".g\u{200c}it",
            ".git\\x",
            "a\\.git",
            "a/b",
        ] {
            assert!(check(&[("40000", name)]).is_err(), "{name:?}");
        }
        for mode in ["0", "100", "170000", "9", "", "10064400"] {
            assert!(check(&[(mode, "a")]).is_err(), "{mode:?}");
        }
        assert!(validate(b"100644 a", gix::hash::Kind::Sha1).is_err());
        assert!(validate(b"100644 a\0short", gix::hash::Kind::Sha1).is_err());
        assert!(validate(&[b'1'; 100], gix::hash::Kind::Sha1).is_err());
    }

    #[test]
    fn entries_compare_as_git_sorts_them() {
        assert_eq!(compare((b"foo", false), (b"foo", true)), Ordering::Less);
        assert_eq!(compare((b"foo.c", false), (b"foo", true)), Ordering::Less);
        assert_eq!(compare((b"foo0", false), (b"foo", true)), Ordering::Greater);
        assert_eq!(compare((b"a", true), (b"a", true)), Ordering::Equal);
        assert_eq!(compare((b"a", false), (b"ab", false)), Ordering::Less);
    }
}
