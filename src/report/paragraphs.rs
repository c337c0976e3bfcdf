//! What is missing, for pages of lines: where there is a choice, each alternative stands in lines of its own.

use super::words;
use crate::decision::Missing;

/// Some words, and how they are set.
pub struct Paragraph {
    /// What stands before the first line.
    pub first: String,
    /// What stands before the others.
    pub hanging: String,
    /// The words.
    pub text: String,
}

/// What is missing, in words.
pub fn of(missing: &Missing, first: &str, hanging: &str) -> Vec<Paragraph> {
    let paragraph = |text| Paragraph {
        first: first.to_owned(),
        hanging: hanging.to_owned(),
        text,
    };
    let Missing::Any { alternatives } = missing else {
        return vec![paragraph(words::missing(missing))];
    };
    let mut paragraphs = vec![paragraph("one of these:".to_owned())];
    for alternative in alternatives {
        for (position, missing) in alternative.iter().enumerate() {
            let first = if position == 0 { "- " } else { "  and " };
            paragraphs.extend(of(
                missing,
                &format!("{hanging}{first}"),
                &format!("{hanging}  "),
            ));
        }
    }
    paragraphs
}
