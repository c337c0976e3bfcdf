//! Reading a history: who owns which line, and which change a fix mends.

use gix::bstr::ByteSlice as _;
use portcullis::risk::features::Feature;
use portcullis::risk::mine::past::Past;

use super::history::History;

/// The messages of the units that were mended, and of what mended them.
fn mended(history: &super::history::Written, past: &Past) -> Vec<(String, String)> {
    let subject = |step| {
        let commit = past.commit(step).expect("it is a step");
        history
            .git()
            .run(["log", "-1", "--format=%s", &commit.to_string()])
    };
    let units = past.units.iter();
    let mended = units.filter_map(|unit| Some((subject(unit.step), subject(unit.fixed?.0))));
    mended.collect()
}

#[test]
fn fixes_lead_to_what_they_mend() {
    let mut history = History::new();
    history.set("src/cart.rs", "fn total() {\n    sum()\n}\n// end");
    history.set("src/pay.rs", "fn pay() {\n    charge()\n}");
    history.commit("Begin");
    history.set("src/cart.rs", "fn total() {\n    sum() - 1\n}\n// end");
    history.commit("Count from zero");
    history.set("src/pay.rs", "fn pay() {\n    charge(2)\n}");
    history.commit("Charge in cents");
    history.set("README.md", "Shop");
    history.commit("fix typo in the manual");
    // Moved with a change: its lines keep their owners.
    let cart = history.files.remove("src/cart.rs").expect("it is there");
    history.files.insert("src/shop/cart.rs".to_owned(), cart);
    history.commit("Move the cart");
    history.set("src/shop/cart.rs", "fn total() {\n    sum()\n}\n");
    history.commit("fix: total is wrong by one");
    let written = history.write();
    // `Charge in cents` is taken back by name, with no line changed that would tell.
    let culprit = written.git().run(["rev-parse", "main~3"]);
    history.set("src/new.rs", "fn new() {}");
    history.commit(&format!("Put it right\n\nThis reverts commit {culprit}.\n"));
    written.git().run(["update-ref", "-d", "refs/heads/main"]);
    history.write_into(&written.path);

    let past = written.past();
    assert_eq!(
        mended(&written, &past),
        [
            (
                "Count from zero".to_owned(),
                "fix: total is wrong by one".to_owned()
            ),
            ("Charge in cents".to_owned(), "Put it right".to_owned()),
        ]
    );
    let reverted: Vec<_> = past.units.iter().map(|unit| unit.is_reverted).collect();
    assert_eq!(
        reverted,
        [false, false, true, false, false, false],
        "the manual is no unit"
    );
    let moved = &past.units[3];
    assert!(
        (moved.features.get(Feature::Added) - 0.0).abs() < f32::EPSILON,
        "a move adds nothing"
    );
    let cart = past
        .file(b"src/shop/cart.rs".as_bstr())
        .expect("it is followed");
    assert_eq!((cart.touched, cart.fixes), (4, 1));
    assert!(past.file(b"src/cart.rs".as_bstr()).is_none());
}

/// git is the oracle. It may follow a line further than we do where a file was removed and came again, or was renamed and
/// changed at once; so the history has moves without changes only.
#[test]
fn lines_have_the_owners_that_git_blames() {
    for seed in [1, 2] {
        let written = History::random(seed, 120).write();
        let past = written.past();
        let mut compared = 0;
        for file in past.files() {
            let path = file.path.to_str().expect("paths are text");
            let blamed = written
                .git()
                .run(["blame", "-s", "-l", "--root", "main", "--", path]);
            let blamed: Vec<_> = blamed.lines().map(|line| line[..40].to_owned()).collect();
            let owners = file.owners.each().map(|step| {
                let commit = past.commit(step).expect("every line has an owner");
                commit.to_string()
            });
            assert_eq!(owners.collect::<Vec<_>>(), blamed, "{path}, seed {seed}");
            compared += blamed.len();
        }
        assert!(compared > 200, "only {compared} lines were compared");
    }
}

#[test]
fn a_history_is_read_on_from_where_it_was() {
    let written = History::random(3, 90).write();
    let whole = written.past();
    let mut parts = Past::default();
    for revision in ["main~60", "main~59", "main~10", "main", "main"] {
        written.mine_into(&mut parts, revision);
    }
    assert_eq!(parts.units, whole.units);
    let files = |past: &Past| {
        let mut files: Vec<_> = past.files().cloned().collect();
        files.sort_by(|one, other| one.path.cmp(&other.path));
        files
    };
    assert_eq!(files(&parts), files(&whole));
    // Rewritten: nothing that was is kept.
    let effort = written.mine_into(&mut parts, "main~20");
    assert!(effort.started_over);
    assert_eq!(parts.len(), 70);
}
