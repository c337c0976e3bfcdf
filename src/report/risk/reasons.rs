//! Why a change is as risky as it is.

use crate::report::escape::Name;
use crate::report::words::{self, counted};
use crate::risk::evaluate::Fate;
use crate::risk::score::{Band, Companion, Risk, Score, percent};

/// The band, and among what.
pub fn band(risk: &Risk) -> String {
    match risk {
        Risk::Known(score) => format!(
            "{} ({} percentile of the last {} changes)",
            words::band(risk.band()),
            ordinal(score.percentile()),
            score.among
        ),
        Risk::Unknown(why) => format!("{}: {why}", words::band(Band::Unknown)),
    }
}

/// What makes it so, a line each.
pub fn reasons(risk: &Risk) -> Vec<String> {
    let Risk::Known(score) = risk else {
        return Vec::new();
    };
    let mut lines = vec![size(score)];
    lines.extend((score.unreadable > 0).then(|| unreadable(score.unreadable)));
    lines.extend(history(score));
    lines.extend(content(score));
    lines.extend(score.fates.map(|(band, all)| fate(risk.band(), band, all)));
    lines.push(format!(
        "spread: {}, with those that usually move with them",
        counted(score.spread, "file", "files")
    ));
    lines.extend(score.missing.iter().map(missing));
    lines
}

fn size(score: &Score) -> String {
    let size = &score.size;
    format!(
        "size: {} in {} ({} percentile), {:+.1}",
        counted(
            u64::from(size.added),
            "source line added",
            "source lines added"
        ),
        counted(size.files, "file", "files"),
        ordinal(percent(size.rank)),
        size.adds
    )
}

fn unreadable(files: usize) -> String {
    let files = counted(files, "file", "files");
    format!("{files} could not be read whole: taken for the worst")
}

fn history(score: &Score) -> Option<String> {
    let history = &score.history;
    let (path, fixes) = history.hottest.as_ref()?;
    Some(format!(
        "history: {} had {} in half a year ({} percentile), {:+.1}",
        Name(path),
        counted(*fixes, "fix", "fixes"),
        ordinal(percent(history.rank)),
        history.adds
    ))
}

fn content(score: &Score) -> Option<String> {
    let content = &score.content;
    if content.words.is_empty() {
        return None;
    }
    let named: Vec<_> = content
        .words
        .iter()
        .map(|word| Name(word).to_string())
        .collect();
    Some(format!(
        "content: words of changes that later needed a fix: {}; all words {:+.1}",
        named.join(", "),
        content.adds
    ))
}

fn fate(name: Band, band: Fate, all: Fate) -> String {
    format!(
        "in this repository, {} of {} changes of band {} were mended later, and {} of all {}",
        band.faults,
        band.units,
        words::band(name),
        all.faults,
        all.units
    )
}

fn missing(companion: &Companion) -> String {
    format!(
        "not in this change: {}, which moved with {} in {} of {} changes, the last one among them",
        Name(&companion.path),
        Name(&companion.with),
        companion.count,
        companion.of
    )
}

/// `1st`, `2nd`, `93rd`.
fn ordinal(number: u8) -> String {
    let ending = match (number % 100, number % 10) {
        (11..=13, _) => "th",
        (_, 1) => "st",
        (_, 2) => "nd",
        (_, 3) => "rd",
        _ => "th",
    };
    format!("{number}{ending}")
}

#[cfg(test)]
mod tests {
    #[test]
    fn ordinals_are_english() {
        let all = [1, 2, 3, 11, 22, 93, 100].map(super::ordinal);
        assert_eq!(all, ["1st", "2nd", "3rd", "11th", "22nd", "93rd", "100th"]);
    }
}
