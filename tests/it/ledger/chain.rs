//! The chain by itself.

use super::{Scene, append, first, proof};
use crate::support::hermetic;
use portcullis::ledger::chain::Tampering;
use portcullis::ledger::file::{Ledger, LedgerError};
use std::fs::{self, File};
use std::process::Command;
use std::thread;
use std::time::Duration;

#[test]
fn a_whole_chain_is_whole() {
    let scene = Scene::with(20);
    let proof = scene.proof();
    assert_eq!((proof.lines, proof.last), (20, 20));
    assert_eq!(proof.breaks, []);
    assert_eq!(proof.sealed, 0);
    for (number, line) in scene.lines().iter().enumerate() {
        let line: serde_json::Value = serde_json::from_str(line).expect("JSON");
        assert_eq!(line["schema"], "portcullis/ledger/v1");
        assert_eq!(line["number"], number + 1);
    }
}

#[test]
fn the_first_line_that_was_touched_is_named() {
    let scene = Scene::with(12);
    let lines = scene.lines();
    // The last one has none after it that would tell.
    for at in 0..11 {
        let line = at as u64 + 1;
        let mut changed = lines.clone();
        changed[at] = changed[at].replace("push", "pull");
        scene.write(&changed);
        assert_eq!(first(&scene.proof()), Some((line, Tampering::Changed)));

        changed[at] = "rubbish".to_owned();
        scene.write(&changed);
        assert_eq!(first(&scene.proof()), Some((line, Tampering::Changed)));

        let mut removed = lines.clone();
        removed.remove(at);
        scene.write(&removed);
        let gone = Tampering::Removed {
            first: line,
            last: line,
        };
        assert_eq!(first(&scene.proof()), Some((line, gone)));

        let mut rubbish = lines.clone();
        rubbish.insert(at, "{}".to_owned());
        scene.write(&rubbish);
        assert_eq!(first(&scene.proof()), Some((line, Tampering::Inserted)));

        // One that fits what is before it.
        let mut forged = lines.clone();
        forged.insert(at, lines[at].replace("push", "pull"));
        scene.write(&forged);
        assert_eq!(first(&scene.proof()), Some((line, Tampering::Inserted)));
        assert_eq!(scene.proof().breaks.len(), 1);
    }
    let mut swapped = lines.clone();
    swapped.swap(4, 5);
    scene.write(&swapped);
    assert_eq!(first(&scene.proof()).map(|(line, _)| line), Some(5));
    scene.write(&[&lines[..3], &lines[8..]].concat());
    let gone = Tampering::Removed { first: 4, last: 8 };
    assert_eq!(first(&scene.proof()), Some((4, gone)));
    scene.write(&lines);
    assert_eq!(scene.proof().breaks, []);
}

#[test]
fn a_line_that_was_cut_off_anywhere_is_sealed() {
    let scene = Scene::with(3);
    let text = scene.text();
    let last = text[..text.len() - 1].rfind('\n').expect("three lines") + 1;
    for cut in last..text.len() {
        fs::write(scene.file(), &text[..cut]).expect("written");
        let torn = scene.proof();
        assert_eq!(torn.breaks, [], "cut at {cut}");
        assert_eq!(torn.is_torn, cut > last);
        scene.append("after the crash").expect("written");
        scene.append("and on").expect("written");
        let sealed = scene.proof();
        assert_eq!(sealed.breaks, [], "cut at {cut}: {}", scene.text());
        assert_eq!(sealed.sealed, u64::from(cut > last), "cut at {cut}");
        assert!(!sealed.is_torn);
        assert!(
            scene.text().contains(&text[last..cut]),
            "nothing is taken away"
        );
    }
}

#[test]
fn a_seal_that_was_cut_off_is_sealed() {
    let scene = Scene::with(3);
    let text = scene.text();
    let torn = &text[..text.len() - 40];
    fs::write(scene.file(), torn).expect("written");
    scene.append("after the crash").expect("written");
    let sealed = scene.text();
    for cut in torn.len()..sealed.len() {
        fs::write(scene.file(), &sealed[..cut]).expect("written");
        scene.append("after the second crash").expect("written");
        let proof = scene.proof();
        assert_eq!(proof.breaks, [], "cut at {cut}: {}", scene.text());
    }
}

/// What was cut off is no place to hide what was removed.
#[test]
fn a_seal_proves_the_line_before_the_torn_one() {
    let scene = Scene::with(4);
    let text = scene.text();
    fs::write(scene.file(), &text[..text.len() - 40]).expect("written");
    scene.append("after the crash").expect("written");
    let lines = scene.lines();
    let mut removed = lines.clone();
    removed.remove(2);
    scene.write(&removed);
    assert!(first(&scene.proof()).is_some());
    let mut changed = lines;
    changed[1] = changed[1].replace("push", "pull");
    scene.write(&changed);
    assert_eq!(first(&scene.proof()), Some((2, Tampering::Changed)));
}

#[test]
fn twenty_writers_make_one_chain() {
    let scene = Scene::new();
    thread::scope(|scope| {
        for writer in 0..20 {
            let scene = &scene;
            scope.spawn(move || {
                for number in 0..10 {
                    scene
                        .append(&format!("{writer}/{number}"))
                        .expect("written");
                }
            });
        }
    });
    let proof = scene.proof();
    assert_eq!(proof.breaks, []);
    assert_eq!((proof.lines, proof.last), (200, 200));
}

#[test]
fn a_ledger_that_has_grown_goes_on_in_another_file() {
    let scene = Scene::new();
    let ledger = Ledger::at(&scene.file(), Some(4_000));
    thread::scope(|scope| {
        for _ in 0..8 {
            scope.spawn(|| {
                for _ in 0..10 {
                    append(&ledger, &"x".repeat(300)).expect("written");
                }
            });
        }
    });
    let files = portcullis::ledger::chain::files(&scene.file()).expect("readable");
    assert!(files.len() > 5, "{files:?}");
    let whole = scene.proof();
    assert_eq!(whole.breaks, []);
    assert_eq!(whole.lines, 80 + files.len() as u64 - 1);
    // A crash between its two steps leaves the file under both names, and a new one that nobody knows.
    let twice = scene
        .file()
        .with_extension(format!("jsonl.{:012}", whole.last));
    fs::hard_link(scene.file(), twice).expect("linked");
    fs::write(scene.file().with_extension("jsonl.new"), "half").expect("written");
    assert_eq!(scene.proof().lines, whole.lines);
    append(&Ledger::at(&scene.file(), Some(1)), "after the crash").expect("written");
    assert_eq!(scene.proof().breaks, []);
    assert_eq!(scene.proof().lines, whole.lines + 2);

    fs::remove_file(&files[2]).expect("it is there");
    assert!(matches!(
        first(&scene.proof()),
        Some((1, Tampering::Removed { .. }))
    ));
    let last = portcullis::ledger::chain::read(&files[3..4], |_, _| {}).expect("readable");
    assert_eq!(last.breaks, []);
    assert!(
        last.begins_after.is_some(),
        "one part alone begins in the middle"
    );
}

#[test]
fn a_clock_that_goes_back_breaks_nothing() {
    let scene = Scene::new();
    let ledger = Ledger::at(&scene.file(), None);
    for time in [1_800_000_000, 0, -1, i64::MAX, i64::MIN, 1_700_000_000] {
        let circumstances = portcullis::ledger::entry::Circumstances {
            time,
            ..Default::default()
        };
        let entry = portcullis::ledger::entry::Entry::failed("x", &[], &circumstances);
        ledger
            .append(entry, time, Duration::from_secs(60))
            .expect("written");
    }
    assert_eq!(scene.proof().breaks, []);
    assert_eq!(scene.proof().lines, 6);
}

#[test]
fn another_writer_is_waited_for_and_not_for_ever() {
    let scene = Scene::with(1);
    let holder = File::open(scene.file()).expect("it is there");
    holder.lock().expect("locked");
    let ledger = Ledger::at(&scene.file(), None);
    let circumstances = portcullis::ledger::entry::Circumstances::default();
    let entry = || portcullis::ledger::entry::Entry::failed("x", &[], &circumstances);
    let busy = ledger.append(entry(), 0, Duration::from_millis(50));
    assert!(matches!(busy, Err(LedgerError::Busy { .. })), "{busy:?}");
    thread::scope(|scope| {
        scope.spawn(|| {
            ledger
                .append(entry(), 0, Duration::from_secs(60))
                .expect("in time");
        });
        thread::sleep(Duration::from_millis(100));
        holder.unlock().expect("unlocked");
    });
    assert_eq!(scene.proof().lines, 2);
}

#[test]
fn what_is_no_ledger_is_left_alone() {
    let scene = Scene::new();
    fs::write(scene.file(), "root:x:0:0\nalice:x:1:1\n").expect("written");
    let foreign = scene.append("x");
    assert!(
        matches!(foreign, Err(LedgerError::Foreign { .. })),
        "{foreign:?}"
    );
    assert_eq!(scene.text(), "root:x:0:0\nalice:x:1:1\n");
    append(&Ledger::at("/dev/full".as_ref(), None), "x").expect_err("no file");
    append(&Ledger::at(scene.folder.path(), None), "x").expect_err("a folder");
}

/// A file system of its own that is full, where the tests may mount one.
#[test]
fn a_full_disk_leaves_no_half_line() {
    let scene = Scene::new();
    let mount = scene.folder.path().join("small");
    fs::create_dir(&mount).expect("made");
    let mounted = Command::new("mount")
        .args(["-t", "tmpfs", "-o", "size=16k", "tmpfs"])
        .arg(&mount)
        .output();
    if !mounted.is_ok_and(|output| output.status.success()) {
        return;
    }
    let file = mount.join("audit.jsonl");
    let ledger = Ledger::at(&file, None);
    let mut failed = 0;
    for number in 0..200 {
        failed += u64::from(append(&ledger, &format!("push {number}")).is_err());
    }
    let full = proof(&file);
    let unmounted = Command::new("umount").arg(&mount).status();
    assert!(unmounted.is_ok_and(|status| status.success()));
    assert!(failed > 0, "16 KiB were enough");
    assert_eq!(full.breaks, []);
    assert!(!full.is_torn, "what did not fit was taken back");
    assert_eq!(full.lines, 200 - failed);
}

#[test]
fn the_verb_names_the_line() {
    let scene = Scene::with(5);
    let audit = |more: &[&str]| {
        let mut command = hermetic(env!("CARGO_BIN_EXE_portcullis"), scene.folder.path());
        let output = command
            .args(["audit", "--verify"])
            .args(more)
            .arg("audit.jsonl");
        let output = output.output().expect("the program runs");
        (
            output.status.code(),
            String::from_utf8_lossy(&output.stdout).into_owned(),
        )
    };
    let (code, said) = audit(&[]);
    assert_eq!(code, Some(0), "{said}");
    assert!(said.contains(&scene.proof().hash), "{said}");
    let mut lines = scene.lines();
    lines[2] = lines[2].replace("push", "pull");
    scene.write(&lines);
    let (code, said) = audit(&[]);
    assert_eq!(code, Some(1), "{said}");
    assert!(
        said.contains("audit.jsonl:3: this line was changed"),
        "{said}"
    );
    let (code, said) = audit(&["--json"]);
    assert_eq!(code, Some(1));
    let json: serde_json::Value = serde_json::from_str(&said).expect("JSON");
    assert_eq!(json["schema"], "portcullis/audit/v1");
    assert_eq!(json["breaks"][0]["line"], 3);
    fs::remove_file(scene.file()).expect("it is there");
    assert_eq!(audit(&[]).0, Some(3));
}
