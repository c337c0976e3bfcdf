//! What commits do to a tree.

use std::collections::BTreeSet;

use crate::oracle::script::{File, Files, Mode};
use crate::support::Random;

const PATHS: [&[u8]; 22] = [
    b"pay/a.x",
    b"pay/b.x",
    b"pay/c.txt",
    b"pay/notes.md",
    b"pay/deep/a.x",
    b"pay/deep/d.txt",
    b"pay/deep/er/e.x",
    b"lib/a.x",
    b"lib/core",
    b"lib/core/f.txt",
    b"lib/two words.x",
    b"docs/a.md",
    b"docs/new\nline.x",
    b"docs/quo\"te.txt",
    b"docs/\xff\xfe.x",
    b"-dash.x",
    b"a.x",
    b"z.txt",
    b"Pay/A.x",
    b"pay",
    b"lib.x/in.txt",
    b"paying/a.x",
];

const DIRECTORIES: [&[u8]; 6] = [b"pay", b"pay/deep", b"lib", b"docs", b"moved", b"lib/core"];

/// Few words, so that lines repeat and diffs can be read two ways.
const WORDS: [&str; 9] = [
    "{", "}", "", "pay", "charge", "refund", "ledger", "return", "if",
];

/// A tree to begin with.
pub(super) fn first_tree(random: &mut Random) -> Files {
    let mut files = Files::new();
    for _ in 0..random.below(9) + 4 {
        let path = *random.pick(&PATHS);
        let file = text(random);
        put(&mut files, path, file);
    }
    files
}

/// Puts a file where it may stand: nothing above it is a file, nothing below it remains.
fn put(files: &mut Files, path: &[u8], file: File) {
    files.retain(|other, _| !is_below(other, path) && !is_below(path, other));
    files.insert(path.to_vec(), file);
}

fn is_below(path: &[u8], directory: &[u8]) -> bool {
    path.strip_prefix(directory)
        .is_some_and(|rest| rest.first() == Some(&b'/'))
}

fn text(random: &mut Random) -> File {
    let lines = random.below(9) + 3;
    let mut content = Vec::new();
    for _ in 0..lines {
        content.extend_from_slice(&line(random));
    }
    File {
        mode: Mode::Plain,
        content,
    }
}

fn line(random: &mut Random) -> Vec<u8> {
    let word = *random.pick(&WORDS);
    if random.percent(60) {
        format!("{word} {}\n", random.below(50)).into_bytes()
    } else {
        format!("{word}\n").into_bytes()
    }
}

fn any_path(files: &Files, random: &mut Random) -> Option<Vec<u8>> {
    let paths: Vec<_> = files.keys().collect();
    (!paths.is_empty()).then(|| (*random.pick(&paths)).clone())
}

/// One change.
pub(super) fn edit(files: &mut Files, random: &mut Random) {
    let fresh = *random.pick(&PATHS);
    let Some(path) = any_path(files, random) else {
        let file = text(random);
        return put(files, fresh, file);
    };
    let file = files[&path].clone();
    match random.below(20) {
        0..=6 => {
            let changed = change_text(file, random);
            files.insert(path, changed);
        }
        7 | 8 => {
            let file = text(random);
            put(files, fresh, file);
        }
        9 => {
            files.remove(&path);
        }
        10 | 11 => {
            files.remove(&path);
            put(files, fresh, file);
        }
        12 => {
            files.remove(&path);
            let changed = change_text(file, random);
            put(files, fresh, changed);
        }
        13 => rename_directory(files, random),
        14 => change_mode(files, path, file),
        15 => put(
            files,
            &path,
            File {
                mode: Mode::Link,
                content: fresh.to_vec(),
            },
        ),
        16 => {
            files.remove(&path);
            put(files, &[&path[..], b"/inner.x"].concat(), file);
        }
        17 => {
            let directory = *random.pick(&DIRECTORIES);
            put(files, directory, file);
        }
        18 => {
            let commit = File {
                mode: Mode::Submodule,
                content: vec![u8::try_from(random.below(6) * 2).unwrap_or(0)],
            };
            let place = *random.pick(&[&b"pay/sub"[..], b"lib/sub", b"pay"]);
            put(files, place, commit);
        }
        _ => put(files, fresh, file),
    }
}

fn change_mode(files: &mut Files, path: Vec<u8>, file: File) {
    let mode = match file.mode {
        Mode::Plain => Mode::Executable,
        Mode::Executable => Mode::Plain,
        other => other,
    };
    files.insert(path, File { mode, ..file });
}

fn rename_directory(files: &mut Files, random: &mut Random) {
    let (from, to) = (*random.pick(&DIRECTORIES), *random.pick(&DIRECTORIES));
    let moving: Vec<_> = files
        .keys()
        .filter(|path| is_below(path, from))
        .cloned()
        .collect();
    for path in moving {
        if let Some(file) = files.remove(&path) {
            put(files, &[to, &path[from.len()..]].concat(), file);
        }
    }
}

/// Replaces, inserts or removes a line.
fn change_text(mut file: File, random: &mut Random) -> File {
    if file.mode == Mode::Submodule {
        return File {
            content: vec![file.content[0].wrapping_add(2)],
            ..file
        };
    }
    if file.mode == Mode::Link {
        return File {
            content: b"elsewhere".to_vec(),
            ..file
        };
    }
    let mut lines = split(&file.content);
    let place = random.below(lines.len() + 1);
    let fresh = line(random);
    match random.below(6) {
        0 => lines.insert(place, fresh),
        1 if !lines.is_empty() => {
            lines.remove(place.min(lines.len() - 1));
        }
        // A NUL byte makes it binary.
        2 if random.percent(10) => lines.push(b"\0\n".to_vec()),
        _ if place < lines.len() => lines[place] = fresh,
        _ => lines.push(fresh),
    }
    file.content = lines.concat();
    file
}

fn split(content: &[u8]) -> Vec<Vec<u8>> {
    content
        .split_inclusive(|&byte| byte == b'\n')
        .map(<[u8]>::to_vec)
        .collect()
}

/// A merge as a careful person would make it, conflicts resolved at random.
pub(super) fn merge(base: &Files, ours: &Files, theirs: &Files, random: &mut Random) -> Files {
    let paths: BTreeSet<_> = base
        .keys()
        .chain(ours.keys())
        .chain(theirs.keys())
        .collect();
    let mut merged = Files::new();
    for path in paths {
        let (base, ours, theirs) = (base.get(path), ours.get(path), theirs.get(path));
        let file = if ours == theirs || theirs == base {
            ours.cloned()
        } else if ours == base {
            theirs.cloned()
        } else {
            match (base, ours, theirs) {
                (Some(base), Some(ours), Some(theirs)) => {
                    Some(merge_files(base, ours, theirs, random))
                }
                _ => (*random.pick(&[ours, theirs])).cloned(),
            }
        };
        if let Some(file) = file {
            put(&mut merged, path, file);
        }
    }
    merged
}

fn merge_files(base: &File, ours: &File, theirs: &File, random: &mut Random) -> File {
    let (base_lines, our_lines, their_lines) = (
        split(&base.content),
        split(&ours.content),
        split(&theirs.content),
    );
    let is_text = |file: &File| matches!(file.mode, Mode::Plain | Mode::Executable);
    if ![base, ours, theirs].into_iter().all(is_text)
        || base_lines.len() != our_lines.len()
        || base_lines.len() != their_lines.len()
    {
        return (*random.pick(&[ours, theirs])).clone();
    }
    let lines = base_lines.iter().zip(our_lines.iter().zip(&their_lines));
    let merged = lines.map(|(base, (ours, theirs))| if ours == base { theirs } else { ours });
    let mode = if ours.mode == base.mode {
        theirs.mode
    } else {
        ours.mode
    };
    File {
        mode,
        content: merged.flatten().copied().collect(),
    }
}
