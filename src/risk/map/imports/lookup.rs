//! Where an import leads among the files of a repository.

use std::collections::{BTreeMap, BTreeSet};

use super::languages::Import;
use crate::risk::features::directory;
use crate::risk::map::directories::above;

/// What may stand behind a path that is written without its ending.
const ENDINGS: &[&str] = &[
    "",
    ".ts",
    ".tsx",
    ".js",
    ".jsx",
    ".mjs",
    ".cjs",
    ".vue",
    ".svelte",
    ".rb",
    "/index.ts",
    "/index.tsx",
    "/index.js",
];

/// What may stand behind the parts of a name.
const MODULES: &[&str] = &[
    ".py",
    "/__init__.py",
    ".rs",
    "/mod.rs",
    ".java",
    ".kt",
    ".scala",
    ".groovy",
];

/// Directories in which packages begin.
const ROOTS: &[&[u8]] = &[b"", b"src/", b"lib/"];

/// The files to which imports can lead.
pub(super) struct Lookup<'a> {
    paths: &'a BTreeSet<&'a [u8]>,
    /// By the last part.
    by_name: BTreeMap<&'a [u8], Vec<&'a [u8]>>,
    /// Files of Go by directory.
    packages: BTreeMap<&'a [u8], Vec<&'a [u8]>>,
    modules: &'a [(Vec<u8>, Vec<u8>)],
}

impl<'a> Lookup<'a> {
    /// Among `paths`; `modules` are the names of Go modules and where they lie, with a slash at the end.
    pub(super) fn of(paths: &'a BTreeSet<&'a [u8]>, modules: &'a [(Vec<u8>, Vec<u8>)]) -> Self {
        let mut by_name: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
        let mut packages: BTreeMap<&[u8], Vec<&[u8]>> = BTreeMap::new();
        for &path in paths {
            by_name.entry(name(path)).or_default().push(path);
            if path.ends_with(b".go") {
                packages.entry(directory(path)).or_default().push(path);
            }
        }
        Lookup {
            paths,
            by_name,
            packages,
            modules,
        }
    }

    /// The files that an import in the file at `from` means: one, or those of a Go package.
    pub(super) fn find(&self, from: &[u8], import: &Import) -> Vec<&'a [u8]> {
        let found = match import {
            Import::Path(path) => {
                let beside = join(directory(from), path).and_then(|path| self.get(&path));
                beside.or_else(|| self.only_one_behind(path))
            }
            Import::Beside(path) => {
                join(directory(from), path).and_then(|path| self.with_ending(&path))
            }
            Import::Parts(parts, Some(above)) => self.beside(from, parts, *above),
            Import::Parts(parts, None) => self.at_root(from, parts),
            Import::Package(name) => return self.package(name).to_vec(),
        };
        found.into_iter().collect()
    }

    fn get(&self, path: &[u8]) -> Option<&'a [u8]> {
        self.paths.get(path).copied()
    }

    fn with_ending(&self, path: &[u8]) -> Option<&'a [u8]> {
        let with = |stem: &[u8]| {
            let mut endings = ENDINGS.iter();
            endings.find_map(|ending| self.get(&[stem, ending.as_bytes()].concat()))
        };
        // TypeScript names the file that it will become.
        let compiled = || {
            let stem = path.strip_suffix(b".js").or(path.strip_suffix(b".jsx"))?;
            with(stem)
        };
        with(path).or_else(compiled)
    }

    fn module(&self, stem: &[u8]) -> Option<&'a [u8]> {
        let mut endings = MODULES.iter();
        endings.find_map(|ending| self.get(&[stem, ending.as_bytes()].concat()))
    }

    /// The file that ends with this path, if there is one alone.
    fn only_one_behind(&self, path: &[u8]) -> Option<&'a [u8]> {
        let mut found = self.by_name.get(name(path))?.iter().filter(|known| {
            let rest = known.strip_suffix(path);
            rest.is_some_and(|rest| rest.is_empty() || rest.ends_with(b"/"))
        });
        let first = *found.next()?;
        found.next().is_none().then_some(first)
    }

    /// A name that begins so many directories above.
    fn beside(&self, from: &[u8], parts: &[Vec<u8>], above: usize) -> Option<&'a [u8]> {
        let start = (0..above).fold(directory(from), |start, _| directory(start));
        prefixes(parts).find_map(|name| match start {
            [] => self.module(&name),
            start => self.module(&[start, b"/", &name].concat()),
        })
    }

    /// A name that begins at the root of a package: in a crate of Rust, of the repository, or, if it has several parts,
    /// wherever there is one file alone of that name.
    fn at_root(&self, from: &[u8], parts: &[Vec<u8>]) -> Option<&'a [u8]> {
        if from.ends_with(b".rs") {
            let root = crate_root(from)?;
            return prefixes(parts).find_map(|name| self.module(&[root, &name].concat()));
        }
        prefixes(parts).find_map(|name| {
            let mut roots = ROOTS.iter();
            let found = roots.find_map(|root| self.module(&[root, &*name].concat()));
            let anywhere = || {
                let mut endings = MODULES.iter();
                endings
                    .find_map(|ending| self.only_one_behind(&[&name, ending.as_bytes()].concat()))
            };
            found.or_else(|| name.contains(&b'/').then(anywhere).flatten())
        })
    }

    fn package(&self, name: &[u8]) -> &[&'a [u8]] {
        let mut modules = self.modules.iter();
        let found = modules.find_map(|(module, directory)| {
            let rest = match name.strip_prefix(&**module)? {
                [] => &[][..],
                [b'/', rest @ ..] => rest,
                _ => return None,
            };
            let path = [directory, rest].concat();
            self.packages.get(path.strip_suffix(b"/").unwrap_or(&path))
        });
        found.map_or(&[], Vec::as_slice)
    }
}

/// The last part of a path.
fn name(path: &[u8]) -> &[u8] {
    path.rsplit(|&byte| byte == b'/').next().unwrap_or_default()
}

/// All of the parts as a path, then all but the last, and so on.
fn prefixes(parts: &[Vec<u8>]) -> impl Iterator<Item = Vec<u8>> {
    let lengths = (1..=parts.len()).rev();
    lengths.map(|length| parts[..length].join(&b'/'))
}

/// The innermost `src/` that a file of Rust lies in.
fn crate_root(path: &[u8]) -> Option<&[u8]> {
    let mut all = above(path);
    let found = all.find(|directory| name(directory) == b"src")?;
    Some(&path[..=found.len()])
}

/// A path from a directory; `None` if it leads out of the repository.
fn join(directory: &[u8], path: &[u8]) -> Option<Vec<u8>> {
    let mut parts: Vec<&[u8]> = Vec::new();
    let both = [directory, path];
    for part in both
        .iter()
        .flat_map(|path| path.split(|&byte| byte == b'/'))
    {
        match part {
            b"" | b"." => {}
            b".." => {
                parts.pop()?;
            }
            part => parts.push(part),
        }
    }
    Some(parts.join(&b'/'))
}

#[cfg(test)]
mod tests {
    use super::super::languages::imports_of;
    use super::*;

    /// A file of this content names these of some files.
    #[track_caller]
    fn assert_found(from: &str, content: &str, files: &[&str], expected: &[&str]) {
        let paths: BTreeSet<&[u8]> = files.iter().map(|path| path.as_bytes()).collect();
        let modules = [(b"x.org/m".to_vec(), b"go/".to_vec())];
        let lookup = Lookup::of(&paths, &modules);
        let imports = imports_of(from.as_bytes(), content.as_bytes());
        let found = imports
            .iter()
            .flat_map(|import| lookup.find(from.as_bytes(), import));
        let found: Vec<_> = found.map(String::from_utf8_lossy).collect();
        assert_eq!(found, expected, "{from}: {content}");
    }

    #[test]
    fn paths_lead_to_files() {
        let include = "#include \"b/c.h\"\n";
        assert_found("a/x.c", include, &["a/b/c.h", "b/c.h"], &["a/b/c.h"]);
        assert_found("a/x.c", include, &["include/b/c.h"], &["include/b/c.h"]);
        // Which of them is meant, only the build knows.
        assert_found("a/x.c", include, &["x/b/c.h", "y/b/c.h"], &[]);
        assert_found("a/b.ts", "import '../c.js'\n", &["c.ts"], &["c.ts"]);
        let index = "a/d/index.ts";
        assert_found("a/b.ts", "import './d'\n", &[index], &[index]);
        assert_found("a/b.ts", "import '../../d'\n", &["d.ts"], &[]);
        let package = ["go/p/a.go", "go/p/b.go"];
        let files = [&package[..], &["p/a.go"]].concat();
        assert_found("go/a.go", "import \"x.org/m/p\"\n", &files, &package);
    }

    #[test]
    fn names_lead_to_files() {
        let files = ["src/a/b.py", "src/a/__init__.py"];
        assert_found("x.py", "from a.b import C\n", &files, &files[..1]);
        assert_found("x.py", "import json\n", &["other/json.py"], &[]);
        assert_found(
            "a/x.py",
            "from . import y\n",
            &["a/y.py", "y.py"],
            &["a/y.py"],
        );
        let cart = "web/src/main/java/org/shop/Cart.java";
        assert_found("A.java", "import org.shop.Cart;\n", &[cart], &[cart]);
        let files = ["k/src/c.rs", "k/src/a/e.rs"];
        let uses = "use crate::c::D;\nuse super::e;\n";
        assert_found(
            "k/src/a/b.rs",
            uses,
            &[&files[..], &["src/c.rs"]].concat(),
            &files,
        );
    }
}
