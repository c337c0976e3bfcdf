//! The map for programs: `portcullis/map/v1`.

use gix::bstr::BStr;
use serde::Serialize;
use serde_json::Value;

use super::{Report, reasons};
use crate::report::json::{Text, text, value};
use crate::risk::map::directories::Sum;
use crate::risk::map::{Facts, History, LeftOut};
use crate::risk::score::Band;

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    repository: Text,
    r#ref: Text,
    tip: String,
    /// When the tip landed, in seconds since 1970.
    landed: i64,
    history: History,
    /// Is there enough history to tell risks by? If not, every band is `unknown`.
    known: bool,
    notes: Vec<String>,
    left_out: LeftOut,
    directories: Vec<Directory<'a>>,
    files: Vec<File<'a>>,
}

#[derive(Serialize)]
struct Directory<'a> {
    path: Text,
    band: Band,
    #[serde(flatten)]
    sum: &'a Sum,
}

#[derive(Serialize)]
struct File<'a> {
    path: Text,
    band: Band,
    /// The share of the files that carry less, from 0 to 1.
    rank: f32,
    trouble: f64,
    reach: f64,
    load: f64,
    of_trouble: f64,
    of_code: f64,
    #[serde(flatten)]
    facts: &'a Facts,
    reasons: Vec<String>,
}

/// The map as one JSON value: files with the heaviest first, directories by path.
pub fn document(report: &Report<'_>) -> Value {
    let map = report.map;
    let directories = map.directories.iter().map(|directory| Directory {
        path: text(BStr::new(&directory.path)),
        band: directory.band,
        sum: &directory.sum,
    });
    let files = map.files.iter().map(|file| File {
        path: text(BStr::new(&file.path)),
        band: file.band,
        rank: file.rank,
        trouble: file.load.trouble,
        reach: file.load.reach,
        load: file.load.total,
        of_trouble: file.of_trouble,
        of_code: file.of_code,
        facts: &file.facts,
        reasons: reasons(&file.facts),
    });
    value(&Document {
        schema: "portcullis/map/v1",
        repository: text(report.repository.into()),
        r#ref: text(report.name.into()),
        tip: map.tip.to_string(),
        landed: map.now,
        history: map.history,
        known: map.is_known(),
        notes: report.notes(),
        left_out: map.left_out,
        directories: directories.collect(),
        files: files.collect(),
    })
}
