//! What is remembered of refs: the file of records, read and written by many, cut off anywhere, damaged anywhere.
//! (What it is good for is tried in `bypasses::refs`, and compared with a slow reading in `oracle`.)

use crate::support::{Quarantine, RefFormat, Server, Setup, snapshot};
use gix::bstr::BStr;
use gix::hash::{Kind, ObjectId};
use portcullis::state::StateError;
use portcullis::state::records::{Observed, Record, Records};
use std::fs;
use std::path::PathBuf;
use std::thread;
use tempfile::TempDir;

const MAIN: &str = "refs/heads/main";

struct Scene {
    folder: TempDir,
    records: Records,
}

impl Scene {
    fn new() -> Self {
        Self::of(Kind::Sha1)
    }

    fn of(hash: Kind) -> Self {
        let folder = TempDir::new().expect("a temporary folder");
        Scene {
            records: Records::below(folder.path(), hash),
            folder,
        }
    }

    fn file(&self) -> PathBuf {
        self.folder.path().join("states/refs/heads/main~")
    }

    fn main(&self) -> Record {
        let name: &BStr = MAIN.into();
        self.records.of(name).expect("it can be read")
    }

    fn append(&self, value: Option<ObjectId>, follows: bool) {
        let after = self.main().length();
        self.append_after(after, value, follows);
    }

    fn append_after(&self, after: u32, value: Option<ObjectId>, follows: bool) {
        let seen = Observed {
            name: MAIN.into(),
            value,
            after,
            follows,
        };
        self.records.append(&[seen]).expect("it can be written");
    }

    fn values(&self) -> Vec<Option<ObjectId>> {
        let record = self.main();
        let all = 0..record.length();
        all.map(|number| record.get(number).expect("readable").value)
            .collect()
    }
}

#[expect(clippy::unnecessary_wraps, reason = "a ref may hold nothing")]
fn id(number: u32) -> Option<ObjectId> {
    let bytes: Vec<u8> = number.to_be_bytes().into_iter().cycle().take(20).collect();
    Some(ObjectId::from_bytes_or_panic(&bytes))
}

#[test]
fn values_are_read_as_they_were_written() {
    for hash in [Kind::Sha1, Kind::Sha256] {
        let scene = Scene::of(hash);
        let id = |byte: u8| {
            Some(ObjectId::from_bytes_or_panic(&vec![
                byte;
                hash.len_in_bytes()
            ]))
        };
        assert_eq!(scene.main().length(), 0);
        for (value, follows) in [
            (None, false),
            (id(1), false),
            (id(2), true),
            (id(3), true),
            (id(2), false),
            (id(4), true),
        ] {
            scene.append(value, follows);
        }
        assert_eq!(scene.values(), [None, id(1), id(2), id(3), id(2), id(4)]);
        assert_eq!(scene.main().last().and_then(|last| last.value), id(4));
        assert_eq!(
            scene.main().runs().expect("readable"),
            [4..6, 1..4, 0..1],
            "the newest first"
        );
    }
}

#[test]
fn what_is_known_already_is_not_written_again() {
    let scene = Scene::new();
    scene.append(id(1), false);
    scene.append(id(1), true);
    scene.append(id(2), true);
    // Another push saw 1 before 2 was written, and is late.
    scene.append_after(1, id(1), true);
    assert_eq!(scene.values(), [id(1), id(2)]);
    // A value that none of them has is true all the same; what it follows is not known.
    scene.append_after(1, id(3), true);
    assert_eq!(scene.values(), [id(1), id(2), id(3)]);
    assert_eq!(scene.main().runs().expect("readable"), [2..3, 0..2]);
}

#[test]
fn a_record_that_was_cut_off_is_passed_over_and_replaced() {
    let scene = Scene::new();
    for number in 1..4 {
        scene.append(id(number), true);
    }
    let whole = fs::read(scene.file()).expect("it is there");
    let width = 28;
    for cut in 0..whole.len() {
        fs::write(scene.file(), &whole[..cut]).expect("written");
        let left = cut.saturating_sub(32) / width;
        assert_eq!(scene.main().length() as usize, left, "cut at {cut}");
        scene.append(id(9), false);
        let values = scene.values();
        assert_eq!(values.len(), left + 1);
        assert_eq!(values.last(), Some(&id(9)));
    }
}

#[test]
fn whatever_else_stands_there_is_damage() {
    let scene = Scene::new();
    scene.append(id(1), false);
    scene.append(id(2), true);
    let whole = fs::read(scene.file()).expect("it is there");
    for at in 0..whole.len() {
        let mut damaged = whole.clone();
        damaged[at] ^= 1;
        fs::write(scene.file(), damaged).expect("written");
        let found = scene.records.of(MAIN.into()).and_then(|record| {
            record.get(0)?;
            record.get(1)
        });
        let error = found.expect_err(&format!("byte {at}"));
        assert!(matches!(error, StateError::Damaged { .. }), "{error}");
        assert!(error.to_string().contains("move it away"), "{error}");
    }
    // A record of another ref is no record of this one.
    let other = scene.folder.path().join("states/refs/heads/other~");
    fs::write(other, whole).expect("written");
    scene
        .records
        .of("refs/heads/other".into())
        .expect_err("another's");
}

#[test]
fn a_thousand_writers_lose_nothing() {
    let scene = Scene::new();
    thread::scope(|scope| {
        for writer in 0..8 {
            let scene = &scene;
            scope.spawn(move || {
                for number in 0..125 {
                    scene.append(id(1 + writer * 1_000 + number), true);
                }
            });
        }
    });
    let mut values = scene.values();
    values.sort_unstable();
    values.dedup();
    assert_eq!(values.len(), 1_000);
}

/// A ref's history is searched, not read: what a push costs does not grow with it.
#[test]
fn a_hundred_thousand_records_are_not_read() {
    let scene = Scene::new();
    for number in 1..=100_000 {
        scene.append_after(number - 1, id(number), number > 1);
    }
    // Whatever is damaged in the middle, nobody looks there.
    let mut bytes = fs::read(scene.file()).expect("it is there");
    bytes[32 + 28 * 50_000] ^= 1;
    fs::write(scene.file(), bytes).expect("written");
    let record = scene.main();
    assert_eq!(record.length(), 100_000);
    assert_eq!(record.runs().expect("readable").len(), 1);
    scene.append(id(100_001), true);
    record.get(50_000).expect_err("it is damaged");
}

const TICKETS: &str = r#"
version: 1
rules:
  - id: payments-ticket
    refs: [main, release/*]
    paths: [services/payments/**]
    require: { trailers: [{ key: Change-Ticket, value: "PAY-[0-9]+" }] }
"#;

#[test]
fn damage_refuses_the_push_and_names_the_remedy() {
    let server = Server::new(TICKETS);
    let clone = server.working_clone();
    clone.commit("Begin");
    clone.push_main().assert_silent();
    let file = server
        .repository()
        .join("portcullis/states/refs/heads/main~");
    let whole = fs::read(&file).expect("it is recorded");
    fs::write(&file, [&whole[..40], b"x", &whole[41..]].concat()).expect("written");
    clone.commit("More");
    let before = snapshot(&server.repository());
    let push = clone.push_main().in_one_line();
    push.assert_refused(&[
        "the gate failed, not your change",
        "main~ is damaged",
        "move it away",
    ]);
    assert_eq!(snapshot(&server.repository()), before);
    // What needs none of it goes on.
    clone.push(["main:topic"]).assert_silent();
    fs::remove_file(file).expect("it is there");
    clone.push_main().assert_silent();
}

#[test]
fn what_cannot_be_recorded_is_refused() {
    let server = Server::new(TICKETS);
    let clone = server.working_clone();
    clone.commit("Begin");
    // A link to where nothing is: there are no records, and none can be made.
    std::os::unix::fs::symlink(
        "/nonexistent/portcullis",
        server.repository().join("portcullis"),
    )
    .expect("made");
    clone
        .push_main()
        .in_one_line()
        .assert_refused(&["the gate failed, not your change", "cannot be recorded"]);
    clone.push(["main:topic"]).assert_silent();
}

#[test]
fn a_value_that_git_has_dropped_is_passed_over() {
    let server = Server::with(&Setup {
        policy: TICKETS,
        quarantine: Quarantine::Loose,
        ..Setup::default()
    });
    let clone = server.working_clone();
    clone.commit("Begin");
    clone.push_main().assert_silent();
    let git = clone.git();
    git.run(["checkout", "--quiet", "-b", "release/1"]);
    clone.write("web/a", "a").commit("Gone soon");
    let gone = clone.head();
    clone.push(["release/1"]).assert_silent();
    clone.commit("On top");
    clone.push(["release/1"]).assert_silent();
    clone.push(["--delete", "release/1"]).assert_silent();
    server
        .git()
        .run(["reflog", "expire", "--expire=now", "--all"]);
    server.git().run(["gc", "--quiet", "--prune=now"]);
    let kept = server.git().output(["cat-file", "-e", &gone]);
    assert!(!kept.status.success(), "git has dropped it");
    clone.push(["main:release/1"]).assert_silent();
    // It may come back; it is judged like anything else.
    clone.push(["release/1:release/1"]).assert_silent();
}

#[test]
fn linked_worktrees_share_their_past() {
    let server = Server::new(TICKETS);
    let clone = server.working_clone();
    clone.commit("Begin");
    clone.push_main().assert_silent();
    let linked = server.folder().join("linked");
    let path = linked.display().to_string();
    server
        .git()
        .run(["worktree", "add", "--quiet", "-b", "work", &path, "main"]);
    let git_dir = server.repository().join("worktrees/linked");
    let head = clone.head();
    let more = clone.commit("More");
    clone.push(["main:topic"]).assert_silent();
    let run = server
        .hook()
        .env("GIT_DIR", git_dir.as_os_str())
        .run(format!("{head} {more} {MAIN}\n"));
    assert_eq!(run.code, Some(0), "{run:?}");
    assert!(!git_dir.join("portcullis").exists());
    let records = Records::below(&server.repository().join("portcullis"), Kind::Sha1);
    assert_eq!(records.of(MAIN.into()).expect("readable").length(), 2);
}

#[test]
fn reftables_are_recorded_too() {
    if !RefFormat::Reftable.is_known() {
        return;
    }
    let server = Server::with(&Setup {
        policy: TICKETS,
        refs: RefFormat::Reftable,
        ..Setup::default()
    });
    let clone = server.working_clone();
    clone.commit("Begin");
    clone.push_main().assert_silent();
    clone.commit("More");
    clone.push_main().assert_silent();
    let records = Records::below(&server.repository().join("portcullis"), Kind::Sha1);
    assert_eq!(records.of(MAIN.into()).expect("readable").length(), 2);
}

/// GitLab's hooks see a copy of the repository: what is written there is gone afterwards.
#[test]
fn on_gitlab_it_is_kept_by_project() {
    let server = Server::with(&Setup {
        policy: TICKETS,
        forge: "gitlab",
        ..Setup::default()
    });
    let clone = server.working_clone();
    clone.commit("Begin");
    clone
        .push_main()
        .in_one_line()
        .assert_refused(&["the gate failed, not your change", "GL_PROJECT_PATH"]);
    let clone = clone.env("GL_PROJECT_PATH", "group/shop/web");
    clone.push_main().assert_silent();
    let kept = server
        .state_dir()
        .join("repositories/group/shop/web~/states/refs/heads/main~");
    assert!(kept.is_file());
    assert!(!server.repository().join("portcullis").exists());
}

#[test]
fn a_refused_push_is_not_recorded() {
    let server = Server::new(TICKETS);
    let clone = server.working_clone();
    clone.commit("Begin");
    clone.push_main().assert_silent();
    clone
        .write("services/payments/charge.rs", "steal")
        .commit("Tidy up");
    let before = snapshot(&server.repository());
    clone.push_main().assert_refused(&["payments-ticket"]);
    assert_eq!(snapshot(&server.repository()), before);
}
