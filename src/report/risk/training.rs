//! What a training has come to.

use std::path::Path;

use crate::risk::evaluate::{Bands, Fate};
use crate::risk::learn::ranks::FEWEST;
use crate::risk::mine::Effort;
use crate::risk::model::Made;

/// What a training has come to.
pub fn trained(made: &Made, effort: Effort, path: &Path) -> String {
    let head = &made.head;
    let mut page = String::new();
    if effort.started_over {
        page +=
            "The branch no longer contains what was read before, so its whole history was read.\n";
    }
    page += &format!(
        "Read {} of {} steps of the history: {} changes of code, {} of them mended or taken back later.\n",
        effort.read, head.steps, head.units, head.faults
    );
    if effort.unreadable > 0 {
        page += &format!(
            "The content of {} files could not be read (missing, or larger than 8 MiB), so their lines were passed over.\n",
            effort.unreadable
        );
    }
    if head.units < FEWEST {
        page += &format!(
            "Risk stays `unknown`: a change is compared with those that landed before, and {FEWEST} are needed.\n"
        );
    }
    page += match &head.taught {
        Some(_) => {
            "This history has enough to teach; it counts as much as what public histories teach.\n"
        }
        None => {
            "This history is too short to teach, or too little was mended in it; what public histories teach is used alone.\n"
        }
    };
    if let Some(bands) = &head.bands {
        page += "\nOn the part that was held back, by the part before it:\n";
        page += &fates(bands);
    }
    page + &format!("\n{} ({} KiB)\n", path.display(), made.bytes.len() / 1024)
}

/// What became of the changes of each band.
fn fates(bands: &Bands) -> String {
    let names = ["low", "medium", "high", "critical"];
    let all = Fate::sum(bands);
    let mut page = String::new();
    for (name, fate) in names.into_iter().zip(bands) {
        page += &format!(
            "  {name:9} {:6} changes, mended {:5.1} %, {}\n",
            fate.units,
            100.0 * fate.rate(),
            lift(*fate, all),
        );
    }
    page
}

fn lift(fate: Fate, all: Fate) -> String {
    if all.faults > 0 {
        format!("{:.1} times the mean", fate.rate() / all.rate())
    } else {
        "nothing to compare".to_owned()
    }
}
