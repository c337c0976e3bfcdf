//! The prior that is compiled in: made by `portcullis risk prior` from public histories, which its file names.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use super::Ranked;
use super::mature;
use super::ranks::FEWEST;
use super::stumps::{Row, Stumps};
use crate::risk::features::{ALL, Feature};

/// Rounds of boosting.
const ROUNDS: usize = 400;

/// What the file holds.
#[derive(Debug, Serialize, Deserialize)]
pub struct Document {
    /// How it was made, in words.
    pub made_by: String,
    /// The histories it was made of.
    pub histories: Vec<History>,
    /// What is known before anything is.
    pub base: f32,
    /// What each place of a feature adds, from the lowest to the highest.
    pub features: Vec<(Feature, Vec<f32>)>,
}

/// A history that the prior was made of.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct History {
    /// The name of the repository.
    pub repository: String,
    /// The commit at its end.
    pub tip: String,
    /// Units that were learned from.
    pub units: usize,
    /// How many of these were at fault.
    pub faults: usize,
}

static PRIOR: LazyLock<Stumps> = LazyLock::new(|| {
    let document: Document = serde_json::from_str(include_str!("prior.json"))
        .expect("the file is compiled in, and a test reads it");
    document.stumps()
});

/// The prior.
pub fn prior() -> &'static Stumps {
    &PRIOR
}

impl Document {
    /// The tables of the file.
    pub fn stumps(&self) -> Stumps {
        let mut stumps = Stumps {
            base: self.base,
            ..Stumps::default()
        };
        for (feature, table) in &self.features {
            for (place, value) in stumps.tables[*feature as usize].iter_mut().zip(table) {
                *place = *value;
            }
        }
        stumps
    }

    /// A file of these tables.
    pub fn of(stumps: &Stumps, made_by: String, histories: Vec<History>) -> Self {
        Document {
            made_by,
            histories,
            base: stumps.base,
            features: ALL.into_iter().zip(stumps.tables.map(Vec::from)).collect(),
        }
    }

    /// The file: a history and a feature a line, for people who compare two of them.
    pub fn to_json(&self) -> String {
        let json = |value: serde_json::Result<String>| value.expect("numbers and text make JSON");
        let histories = self.histories.iter();
        let histories: Vec<_> = histories
            .map(|one| json(serde_json::to_string(one)))
            .collect();
        let features = self.features.iter();
        let features: Vec<_> = features
            .map(|one| json(serde_json::to_string(one)))
            .collect();
        format!(
            "{{\"made_by\": {},\n\"histories\": [\n{}\n],\n\"base\": {},\n\"features\": [\n{}\n]}}",
            json(serde_json::to_string(&self.made_by)),
            histories.join(",\n"),
            json(serde_json::to_string(&self.base)),
            features.join(",\n"),
        )
    }
}

/// The units of one history from which a prior is learned at a moment: each history counts as much as any other.
pub fn rows(units: &[Ranked<'_>], now: i64) -> Vec<Row> {
    let units = units.get(FEWEST..).unwrap_or_default();
    let mature = mature(units, now);
    #[expect(clippy::cast_precision_loss, reason = "they are few")]
    let weight = 2000.0 / mature.len().max(1) as f64;
    mature
        .iter()
        .map(|ranked| ranked.row(now).weighing(weight))
        .collect()
}

/// Learns a prior from the rows of several histories.
pub fn learn(rows: &[Row]) -> Stumps {
    Stumps::learn(rows, ROUNDS)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::risk::features::COUNT;
    use crate::risk::learn::stumps::BINS;

    #[test]
    fn the_file_is_whole() {
        let document: Document = serde_json::from_str(include_str!("prior.json")).unwrap();
        let features: Vec<_> = document
            .features
            .iter()
            .map(|(feature, _)| *feature)
            .collect();
        assert_eq!(features, ALL);
        assert_eq!(features.len(), COUNT);
        assert!(
            document
                .features
                .iter()
                .all(|(_, table)| table.len() == BINS)
        );
        assert!(
            document.histories.len() >= 10,
            "it was made of many histories"
        );
        let again = Document::of(&document.stumps(), String::new(), Vec::new());
        assert_eq!(again.features, document.features);
    }
}
