//! Lines that fit: git shows a hook's output as it comes, and knows no width of the pusher's window.
//!
//! A character counts as one column. That is wrong for wide scripts and harmless: such a line is longer than it should be.

use std::borrow::Cow;
use std::mem;

/// The longest line that pushers are shown.
pub const COLUMNS: usize = 100;

/// Shortens `text` to at most that many `columns`, the last of which then is `…`.
///
/// Escape first: what is cut off can no longer be escaped, and escaping makes text longer.
pub fn clip(text: &str, columns: usize) -> Cow<'_, str> {
    if text.chars().nth(columns).is_none() {
        return Cow::Borrowed(text);
    }
    let Some(kept) = columns.checked_sub(1) else {
        return Cow::Borrowed("");
    };
    let mut clipped: String = text.chars().take(kept).collect();
    clipped.push('…');
    Cow::Owned(clipped)
}

/// Breaks `text` between words so that its lines have at most that many `columns`. The first line begins with `first`,
/// such as a bullet, all others with `hanging`.
///
/// Whatever people copy stays in one piece: words (so paths and object ids), spans between back-ticks, and lines that
/// begin with a blank, which are taken for commands. These may be longer than `columns`.
pub fn wrap(text: &str, first: &str, hanging: &str, columns: usize) -> String {
    let mut lines = Vec::new();
    let mut indent = first;
    for line in text.split('\n') {
        if line.starts_with(' ') {
            lines.push(format!("{indent}{line}"));
        } else {
            wrap_line(line, indent, hanging, columns, &mut lines);
        }
        indent = hanging;
    }
    lines.join("\n")
}

fn wrap_line(text: &str, first: &str, hanging: &str, columns: usize, lines: &mut Vec<String>) {
    let mut line = first.to_owned();
    let mut width = first.chars().count();
    let mut has_words = false;
    let mut rest = text.trim_matches(' ');
    while !rest.is_empty() {
        let (word, after) = rest.split_at(word_end(rest));
        rest = after.trim_start_matches(' ');
        let word_width = word.chars().count();
        if has_words && width + 1 + word_width > columns {
            lines.push(mem::replace(&mut line, hanging.to_owned()));
            width = hanging.chars().count();
        } else if has_words {
            line.push(' ');
            width += 1;
        }
        line.push_str(word);
        width += word_width;
        has_words = true;
    }
    if !has_words {
        // An empty line keeps its bullet, not its indentation.
        line.truncate(line.trim_end().len());
    }
    lines.push(line);
}

/// Where the word at the start of `text` ends. A back-tick without a partner is a character like any other.
fn word_end(text: &str) -> usize {
    let mut end = 0;
    while let Some(stop) = text[end..].find([' ', '`']) {
        let stop = end + stop;
        if text[stop..].starts_with(' ') {
            return stop;
        }
        let inside = stop + 1;
        end = text[inside..]
            .find('`')
            .map_or(inside, |close| inside + close + 1);
    }
    text.len()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn clips_by_characters() {
        assert_eq!(clip("portcullis", 10), "portcullis");
        assert_eq!(clip("portcullis", 9), "portcull…");
        assert_eq!(clip("äöü", 2), "ä…");
        assert_eq!(clip("äöü", 1), "…");
        assert_eq!(clip("äöü", 0), "");
        assert_eq!(clip("", 0), "");
    }

    #[test]
    fn hangs_below_the_bullet() {
        assert_eq!(
            wrap("one two three four", "- ", "  ", 10),
            "- one two\n  three\n  four"
        );
        assert_eq!(wrap("one two", "- ", "  ", 9), "- one two");
    }

    #[test]
    fn leaves_commands_and_paths_whole() {
        assert_eq!(
            wrap(
                "run `git rebase -i main` in payments/very/long/path.rs now",
                "",
                "",
                20
            ),
            "run\n`git rebase -i main`\nin\npayments/very/long/path.rs\nnow",
        );
        assert_eq!(
            wrap(
                "to fix it:\n    git commit --amend  --trailer x\nand push again",
                "",
                "",
                14
            ),
            "to fix it:\n    git commit --amend  --trailer x\nand push again",
        );
        assert_eq!(wrap("a ` b", "", "", 3), "a `\nb");
    }

    #[test]
    fn leaves_no_blanks_at_line_ends() {
        assert_eq!(wrap("a\n\nb ", "", "  ", 80), "a\n\n  b");
        assert_eq!(wrap("", "  ", "  ", 80), "");
    }

    proptest! {
        #[test]
        fn fits_and_loses_nothing(text in "[a-zé` \n]{0,200}", columns in 0_usize..40) {
            let wrapped = wrap(&text, "* ", "  ", columns);
            for line in wrapped.lines() {
                let fits = line.chars().count() <= columns;
                let content = line.get(2..).unwrap_or_default();
                prop_assert!(fits || content.starts_with(' ') || word_end(content) == content.len());
            }
            let words = |text: &str| text.split_whitespace().map(str::to_owned).collect::<Vec<_>>();
            let mut kept = words(&wrapped);
            if kept.first().is_some_and(|word| word == "*") {
                kept.remove(0);
            }
            prop_assert_eq!(kept, words(&text));
        }
    }
}
