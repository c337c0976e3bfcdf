//! Each object of the repository is damaged in each way, in its own file and in a pack.

use super::{Bench, Kind, judge};
use std::{
    fs,
    os::unix::fs::PermissionsExt,
    path::{Path, PathBuf},
};

/// What becomes of a file or of a piece of one.
const DAMAGES: [Damage; 4] = [Damage::Gone, Damage::Empty, Damage::Cut, Damage::Garbage];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Damage {
    Gone,
    Empty,
    Cut,
    Garbage,
}

impl Damage {
    fn of(self, content: &[u8]) -> Option<Vec<u8>> {
        match self {
            Self::Gone => None,
            Self::Empty => Some(Vec::new()),
            Self::Cut => Some(content[..content.len() / 2].to_vec()),
            Self::Garbage => Some(content.iter().map(|byte| byte ^ 0x55).collect()),
        }
    }
}

/// Each regular file below `folder`.
fn files(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).expect("it is there") {
        let path = entry.expect("it can be listed").path();
        if path.is_dir() {
            found.extend(files(&path));
        } else {
            found.push(path);
        }
    }
    found.sort();
    found
}

/// Puts `content` in the place of a file, for as long as `during` takes.
fn instead(file: &Path, content: Option<&[u8]>, during: impl FnOnce()) {
    let before = fs::read(file).expect("it is there");
    fs::set_permissions(file, fs::Permissions::from_mode(0o644)).expect("it is ours");
    match content {
        Some(content) => fs::write(file, content).expect("it is ours"),
        None => fs::remove_file(file).expect("it is ours"),
    }
    during();
    fs::write(file, before).expect("it is ours");
}

/// Runs each kind of push, and says how many of the honest ones failed.
#[track_caller]
fn try_all(bench: &Bench, fault: &str) -> usize {
    let mut failed = 0;
    for kind in [Kind::Evil, Kind::Honest, Kind::Free] {
        for run in bench.run(kind) {
            judge(kind, fault, &run);
            match kind {
                Kind::Honest => failed += usize::from(run.code != Some(0)),
                // No rule is about it, so nothing of it is read.
                Kind::Free => assert_eq!(run.code, Some(0), "{fault}: {}", run.stderr),
                Kind::Evil => {}
            }
        }
    }
    failed
}

#[test]
fn in_files_of_their_own() {
    let bench = Bench::new();
    let objects = files(&bench.server.repository().join("objects"));
    let mut failed = 0;
    for object in &objects {
        let content = fs::read(object).expect("it is there");
        for damage in DAMAGES {
            let fault = format!("{damage:?} {}", object.display());
            instead(object, damage.of(&content).as_deref(), || {
                failed += try_all(&bench, &fault);
            });
        }
    }
    // The honest push reads two commits and six trees, and no file.
    assert!(failed >= 8 * 3, "{failed} of {}", objects.len());
}

/// Under the name of an object stands another one of its kind, whole and well.
#[test]
fn another_object_in_their_place() {
    let bench = Bench::new();
    let git = bench.server.git();
    let objects = files(&bench.server.repository().join("objects"));
    let kind = |file: &Path| {
        let name = file.file_name().expect("it has one").to_string_lossy();
        let folder = file
            .parent()
            .and_then(Path::file_name)
            .expect("in a folder");
        git.run([
            "cat-file",
            "-t",
            &format!("{}{name}", folder.to_string_lossy()),
        ])
    };
    let kinds: Vec<_> = objects.iter().map(|file| kind(file)).collect();
    for (object, its_kind) in objects.iter().zip(&kinds) {
        for (other, other_kind) in objects.iter().zip(&kinds) {
            if object == other || its_kind != other_kind {
                continue;
            }
            let content = fs::read(other).expect("it is there");
            let fault = format!("{} instead of {}", other.display(), object.display());
            instead(object, Some(&content), || {
                for run in bench.run(Kind::Evil) {
                    judge(Kind::Evil, &fault, &run);
                }
            });
        }
    }
}

#[test]
fn in_a_pack() {
    let bench = Bench::new();
    let git = bench.server.git();
    git.run(["repack", "-a", "-d", "--quiet"]);
    git.run(["commit-graph", "write", "--reachable"]);
    let objects = files(&bench.server.repository().join("objects"));
    for file in &objects {
        let content = fs::read(file).expect("it is there");
        for damage in DAMAGES {
            let fault = format!("{damage:?} {}", file.display());
            instead(file, damage.of(&content).as_deref(), || {
                try_all(&bench, &fault);
            });
        }
        // Single bytes, all over the file.
        for at in (0..content.len()).step_by(37) {
            let mut flipped = content.clone();
            flipped[at] ^= 0xff;
            let fault = format!("byte {at} of {}", file.display());
            instead(file, Some(&flipped), || {
                for run in bench.run(Kind::Evil) {
                    judge(Kind::Evil, &fault, &run);
                }
            });
        }
    }
}
