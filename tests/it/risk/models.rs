//! The file of a model: the same bytes for the same history, and no error where it is not what it should be.

use std::fs;
use std::path::PathBuf;

use portcullis::risk::mine::fixes::Finder;
use portcullis::risk::mine::past::Past;
use portcullis::risk::model::{self, Model, NoModel};
use portcullis::state::place;

use super::history::{History, Written};

fn folder(written: &Written) -> PathBuf {
    place::of_repository(&written.path)
}

fn train(written: &Written) {
    let made = model::make(&mut written.past(), &Finder::default());
    model::store(&folder(written), &made.bytes).expect("it can be written");
}

fn read(written: &Written) -> Result<Model, NoModel> {
    Model::below(&folder(written), &written.open())
}

#[test]
fn two_trainings_give_the_same_bytes() {
    let written = History::random(4, 160).write();
    let finder = Finder::default();
    let whole = model::make(&mut written.past(), &finder).bytes;
    assert_eq!(whole, model::make(&mut written.past(), &finder).bytes);

    // Trained on the way, stored, read and trained on: as if it had all been read at once.
    let mut past = Past::default();
    written.mine_into(&mut past, "main~70");
    let made = model::make(&mut past, &finder);
    model::store(&folder(&written), &made.bytes).expect("it can be written");
    let mut past = model::stored_past(&folder(&written), &finder).expect("it was stored");
    let effort = written.mine_into(&mut past, "main");
    assert_eq!(effort.read, 70);
    assert!(
        whole == model::make(&mut past, &finder).bytes,
        "incremental is whole"
    );
    let other = Finder {
        expression: Some(regex::bytes::Regex::new("BUG").expect("it is right")),
        ..Finder::default()
    };
    assert!(
        model::stored_past(&folder(&written), &other).is_none(),
        "other fixes, other past"
    );
}

#[test]
fn what_is_no_model_is_none() {
    let written = History::random(5, 130).write();
    assert_eq!(read(&written).unwrap_err(), NoModel::Absent);
    train(&written);
    let model = read(&written).expect("it is a model");
    let past = written.past();
    assert_eq!(model.files.len(), past.files().count());
    for file in past.files() {
        let (_, found) = model.files.find(&file.path).expect("each file is found");
        assert_eq!((&found.path, &found.owners), (&file.path, &file.owners));
    }
    assert!(model.files.find(b"src/nowhere.rs").is_none());

    let file = model::path(&folder(&written));
    let whole = fs::read(&file).expect("it is there");
    for place in (0..whole.len()).step_by(whole.len() / 60 + 1) {
        let mut damaged = whole.clone();
        damaged[place] ^= 0x10;
        fs::write(&file, &damaged).expect("it can be written");
        // What no hook reads may be damaged; then the next training begins anew.
        let is_seen = read(&written).is_err()
            || model::stored_past(&folder(&written), &Finder::default()).is_none();
        assert!(is_seen, "a flipped bit at {place} of {}", whole.len());
        fs::write(&file, &whole[..place]).expect("it can be written");
        assert!(
            read(&written).is_err()
                || model::stored_past(&folder(&written), &Finder::default()).is_none(),
            "cut at {place}"
        );
    }
    let older = [b"portcullis/risk/v00\n", &whole[20..]].concat();
    fs::write(&file, older).expect("it can be written");
    assert_eq!(read(&written).unwrap_err(), NoModel::OtherVersion);

    let other = History::random(6, 3).write();
    fs::create_dir_all(folder(&other)).expect("it can be made");
    fs::write(model::path(&folder(&other)), &whole).expect("it can be written");
    assert_eq!(read(&other).unwrap_err(), NoModel::Foreign);
    train(&other);
    assert!(matches!(
        read(&other).unwrap_err(),
        NoModel::TooYoung { .. }
    ));
}
