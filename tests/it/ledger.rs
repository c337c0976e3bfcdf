//! The ledger: what it says of pushes, and that its chain holds whatever happens to its writers.

mod asking;
mod chain;
mod log;
mod pushes;

use std::path::{Path, PathBuf};
use std::time::Duration;

use portcullis::ledger::chain::{Break, Proof, Tampering, files, read};
use portcullis::ledger::entry::{Circumstances, Entry};
use portcullis::ledger::file::{Ledger, LedgerError};
use tempfile::TempDir;

/// A ledger in a folder of its own.
struct Scene {
    folder: TempDir,
}

impl Scene {
    fn new() -> Self {
        Scene {
            folder: TempDir::new().expect("a temporary folder"),
        }
    }

    /// With this many lines.
    fn with(lines: usize) -> Self {
        let scene = Self::new();
        for number in 0..lines {
            scene.append(&format!("push {number}")).expect("written");
        }
        scene
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("audit.jsonl")
    }

    fn append(&self, why: &str) -> Result<(), LedgerError> {
        append(&Ledger::at(&self.file(), None), why)
    }

    fn text(&self) -> String {
        std::fs::read_to_string(self.file()).expect("it can be read")
    }

    fn lines(&self) -> Vec<String> {
        self.text().lines().map(str::to_owned).collect()
    }

    fn write(&self, lines: &[String]) {
        let text: String = lines.iter().map(|line| format!("{line}\n")).collect();
        std::fs::write(self.file(), text).expect("it can be written");
    }

    fn proof(&self) -> Proof {
        proof(&self.file())
    }
}

fn append(ledger: &Ledger, why: &str) -> Result<(), LedgerError> {
    let circumstances = Circumstances {
        time: 1_790_000_000,
        ..Circumstances::default()
    };
    let entry = Entry::failed(why, &[], &circumstances);
    let appended = ledger.append(entry, circumstances.time, Duration::from_secs(60));
    appended.map(drop)
}

fn proof(file: &Path) -> Proof {
    let files = files(file).expect("the folder can be read");
    read(&files, |_, _| {}).expect("the files can be read")
}

/// Where the chain breaks first, and how.
fn first(proof: &Proof) -> Option<(u64, Tampering)> {
    let Break { line, what, .. } = proof.breaks.first()?;
    Some((*line, what.clone()))
}
