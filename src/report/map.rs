//! The load-bearing map: as tables for people, as JSON, as a policy's zones, and as a page for a browser.

pub mod json;
pub mod page;
pub mod text;
pub mod yaml;

use crate::report::words::counted;
use crate::risk::map::doubts::{Doubt, FEWEST_FIXES};
use crate::risk::map::{Facts, Map};

/// A map, and where it is from.
#[derive(Debug)]
pub struct Report<'a> {
    /// `owner/name` of the repository.
    pub repository: &'a str,
    /// What was asked for: a branch, as a rule.
    pub name: &'a str,
    /// The map.
    pub map: &'a Map,
    /// How the history was come by, where people should know.
    pub remarks: Vec<String>,
}

/// What the bands mean.
pub const MEANING: &str = "Trouble is what was mended and taken back of late: half of it is forgotten after half a year, and a fiftieth never. \
A file's load is its trouble times its reach: the files that import it, those that usually move with it, and whether more \
than one person who still lands changes knows it. Bands are places among the files of this repository: low below the median, \
medium below 80 in 100, high below 95, critical above; no file is high without two fixes, or critical without three. Of a \
directory it is the band that half of its code is in, or above.";

/// What the numbers rest on.
pub const LIMITS: &str = "Fixes are found by their titles, so some are missed and some are none; a file that is large, or \
changed often, is mended more often. Imports are counted where a path or a name says plainly which file is meant. The map \
tells where changes went wrong, not where the next one will.";

impl Report<'_> {
    /// What the history cannot tell, and how it was come by, in sentences.
    pub fn notes(&self) -> Vec<String> {
        let doubts = self.map.doubts.iter().map(doubt);
        doubts.chain(self.remarks.iter().cloned()).collect()
    }

    /// How much history there is, in a sentence.
    pub fn basis(&self) -> String {
        let history = &self.map.history;
        format!(
            "{} of code in {}; {} of them mended something, and {} took a change back",
            counted(history.changes, "change", "changes"),
            counted(history.steps, "step", "steps"),
            history.fixes,
            history.reverts
        )
    }
}

fn doubt(doubt: &Doubt) -> String {
    match doubt {
        Doubt::NoCode => "No file is code of the product, as far as names tell, so there is nothing to draw.".to_owned(),
        Doubt::TooYoung { changes } => format!(
            "Only {} of code landed, too few to tell risks by: files are listed without a band.",
            counted(*changes, "change", "changes")
        ),
        Doubt::FewFixes { fixes: 0 } => "Nothing is known to have been mended, so files are listed without a band. That may \
            be luck, or titles that do not say so: see --fix-pattern and --fixes."
            .to_owned(),
        Doubt::FewFixes { fixes } => format!(
            "Only {} are known, and {FEWEST_FIXES} are needed to tell risks by: files are listed without a band. Titles may \
             not say what they mend: see --fix-pattern and --fixes.",
            counted(*fixes, "fix", "fixes")
        ),
        Doubt::OneStep { commit, share } => format!(
            "One step, {}, wrote {:.0} % of the lines: an import, a rename or a new format of everything. Of files that it \
             wrote anew, what came before is not known.",
            crate::git::short(commit),
            100.0 * share
        ),
        Doubt::CutOff => "The history is cut off (a shallow clone): what came before is not known. `git fetch --unshallow` \
            brings it."
            .to_owned(),
        Doubt::MostlyForeign => "Most files lie in directories of other projects' code, or are made by programs, by their \
            names; they are left out."
            .to_owned(),
    }
}

/// Why a file carries what it carries, most telling first.
pub fn reasons(facts: &Facts) -> Vec<String> {
    let mut reasons = Vec::new();
    reasons.extend((facts.fixes > 0).then(|| mended(facts.fixes, facts.fixes_of_late)));
    if facts.reverts > 0 {
        let changes = counted(facts.reverts, "change", "changes");
        reasons.push(format!("{changes} of it taken back"));
    }
    if facts.imported_by > 0 {
        reasons.push(format!(
            "imported by {}",
            counted(facts.imported_by, "file", "files")
        ));
    }
    if facts.spread > 0 {
        let files = counted(facts.spread, "file usually moves", "files usually move");
        reasons.push(format!("{files} with it"));
    }
    reasons.push(known_by(facts.people, facts.people_of_late));
    reasons
}

fn mended(fixes: u32, of_late: usize) -> String {
    match (fixes, of_late) {
        (1, 0) => "mended once, and not in the last half year".to_owned(),
        (1, _) => "mended once, in the last half year".to_owned(),
        (_, 0) => format!("mended {fixes} times, none of them in the last half year"),
        _ => format!("mended {fixes} times, {of_late} of them in the last half year"),
    }
}

/// How many people know a place.
pub fn known_by(people: usize, of_late: usize) -> String {
    let all = counted(people, "person has", "people have");
    match of_late {
        0 => format!("{all} changed it, and none of them landed anything in the last year"),
        _ if of_late >= people => format!("{all} changed it"),
        _ => format!("{all} changed it, {of_late} of them still landing changes"),
    }
}
