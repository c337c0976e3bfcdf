//! What is wrong with a text that is no YAML, in words that help.

use super::super::diagnostic::{Diagnostic, Source, Span};
use super::Mark;

/// Characters with which no plain text may begin in YAML, though patterns of paths do.
const NEED_QUOTES: [char; 5] = ['*', '!', '@', '%', '`'];

/// Values without their quotes that are reported at once.
const MOST: usize = 50;

/// What is wrong with `source`, for which the YAML crate has `error`; `parse` asks it again.
///
/// Patterns without quotes come in numbers, from whoever brings a `.gitignore` along, and the parser stops at the first.
/// So they are given their quotes, one by one, until it finds no more of them.
pub(super) fn explain(
    source: &Source,
    error: serde_yaml::Error,
    parse: impl Fn(&str) -> Option<serde_yaml::Error>,
) -> Vec<Diagnostic> {
    let mut diagnostics = Vec::new();
    let mut repaired = Source::new(source.name.clone(), &source.text);
    let mut inserted: Vec<(usize, usize)> = Vec::new();
    let mut next = Some(error);
    while let Some(error) = next.take() {
        let mark = error.location().map(|place| Mark {
            line: place.line(),
            column: place.column(),
        });
        let quotable = unquoted_near(&repaired, mark)
            .filter(|_| diagnostics.len() < MOST && !is_bound(&error));
        let Some(span) = quotable else {
            if diagnostics.is_empty() {
                diagnostics.push(describe(source, &error, mark));
            }
            break;
        };
        let text = repaired.text[span.range.clone()].to_owned();
        let with_quotes = quoted(&text);
        let shift: usize = inserted
            .iter()
            .filter(|(at, _)| *at < span.range.start)
            .map(|(_, length)| length)
            .sum();
        let start = span.range.start - shift;
        diagnostics.push(unquoted(&text, source.span(start..start + text.len())));
        inserted.push((span.range.start, with_quotes.len() - text.len()));
        let mut whole = std::mem::take(&mut repaired.text);
        whole.replace_range(span.range, &with_quotes);
        next = parse(&whole);
        repaired = Source::new(source.name.clone(), whole);
    }
    diagnostics
}

fn unquoted(text: &str, span: Span) -> Diagnostic {
    let first = text.chars().next().unwrap_or('*');
    let role = match first {
        '*' => "an alias",
        '!' => "a tag",
        _ => "reserved",
    };
    Diagnostic::error(
        "unquoted",
        format!("a value that begins with `{first}` is {role} in YAML, not a text"),
        span,
    )
    .help(format!("quote it: {}", quoted(text)))
}

/// Is it about a limit, and not about the text at its place?
fn is_bound(error: &serde_yaml::Error) -> bool {
    let said = error.to_string();
    [
        "more than one document",
        "repetition limit",
        "recursion limit",
    ]
    .iter()
    .any(|bound| said.contains(bound))
}

fn describe(source: &Source, error: &serde_yaml::Error, mark: Option<Mark>) -> Diagnostic {
    let full = error.to_string();
    let said = without_place(&full);
    if said.contains("more than one document")
        && let Some(span) = second_document(source)
    {
        return Diagnostic::error(
            "many-documents",
            "a policy is one YAML document".to_owned(),
            span,
        )
        .help("remove the line `---`, and what follows if it is not meant to hold");
    }
    if said.contains("repetition limit") {
        let message = "the aliases of the policy repeat too much".to_owned();
        return Diagnostic::error("policy-too-large", message, source.start())
            .help("an alias (`*name`) stands for all that it names, and aliases within that multiply; write the lists out");
    }
    if said.contains("recursion limit") {
        let message = "lists or maps nest too deeply".to_owned();
        return Diagnostic::error("policy-too-deep", message, source.span_of(mark, ""))
            .help("no policy needs that; look for an alias within what it names, or for brackets that never close");
    }
    if said.contains("invalid type") {
        let message = "a key is a list or a map".to_owned();
        return Diagnostic::error("yaml-syntax", message, source.span_of(mark, ""))
            .help("a key is a text; quote it if it begins with `[` or `{`");
    }
    let span = source.span_of(mark, "");
    let line = source.line(&span);
    let indentation = &line[..line.len() - line.trim_start().len()];
    let help = if indentation.contains('\t') {
        "indent with spaces: YAML takes no tabs"
    } else if said.contains("mapping values are not allowed") {
        "quote a text that contains `: `; else compare the indentation with the lines above"
    } else {
        "compare indentation, brackets and quotes with the lines above"
    };
    let begins = context(&full)
        .map(|mark| source.span_of(Some(mark), ""))
        .filter(|begins| *begins != span);
    let diagnostic =
        Diagnostic::error("yaml-syntax", format!("this is not YAML: {said}"), span).help(help);
    match begins {
        Some(begins) => diagnostic.other(begins, "what is being read begins here"),
        None => diagnostic,
    }
}

/// The place of what the parser was reading, which its message names last.
fn context(said: &str) -> Option<Mark> {
    let (_, place) = said.rsplit_once(" at line ")?;
    let (line, column) = place.split_once(" column ")?;
    Some(Mark {
        line: line.parse().ok()?,
        column: column.parse().ok()?,
    })
}

/// `text` in double quotes.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text that needs quotes: the last one of the marked line, up to the mark, or of the line before.
fn unquoted_near(source: &Source, mark: Option<Mark>) -> Option<Span> {
    let place = source.offset(mark?);
    let line_of = |offset: usize| {
        let start = source.text[..offset]
            .rfind('\n')
            .map_or(0, |newline| newline + 1);
        let end = source.text[offset..]
            .find('\n')
            .map_or(source.text.len(), |length| offset + length);
        start..end
    };
    let marked = line_of(place);
    // In a list in brackets the parser swallows the bracket with a tag, and stumbles on a later line.
    let before = (marked.start > 0).then(|| line_of(marked.start - 1));
    for line in std::iter::once(marked.clone()).chain(before) {
        let reach = if line == marked {
            place - line.start + 1
        } else {
            line.len()
        };
        let found = needing_quotes(&source.text[line.clone()])
            .filter(|at| *at < reach)
            .last();
        if let Some(at) = found {
            return Some(source.rest_of_value_at(line.start + at));
        }
    }
    None
}

/// Where in a line values begin that need quotes and have none. As close to YAML as one line by itself can tell.
fn needing_quotes(line: &str) -> impl Iterator<Item = usize> {
    let mut quote = None;
    let mut value_may_begin = true;
    let mut brackets = 0_usize;
    let mut previous = ' ';
    let mut found = Vec::new();
    let mut characters = line.char_indices().peekable();
    while let Some((at, character)) = characters.next() {
        let ends_word = characters
            .peek()
            .is_none_or(|(_, next)| next.is_whitespace());
        match (quote, character) {
            (Some(open), _) => {
                if open == character {
                    quote = None;
                }
            }
            (None, '#') if previous.is_whitespace() => break,
            (None, '"' | '\'') if value_may_begin => {
                quote = Some(character);
                value_may_begin = false;
            }
            (None, '[' | '{') if value_may_begin => brackets += 1,
            (None, ']' | '}') => brackets = brackets.saturating_sub(1),
            (None, ',') if brackets > 0 => value_may_begin = true,
            (None, ':' | '-' | '?') if ends_word && (character == ':' || value_may_begin) => {
                value_may_begin = true;
            }
            (None, blank) if blank.is_whitespace() => {}
            (None, _) => {
                if value_may_begin && NEED_QUOTES.contains(&character) {
                    found.push(at);
                }
                value_may_begin = false;
            }
        }
        previous = character;
    }
    found.into_iter()
}

/// From where the second document begins.
fn second_document(source: &Source) -> Option<Span> {
    let mut offset = 0;
    let mut content = false;
    for line in source.text.split_inclusive('\n') {
        let bare = line.trim_end();
        if content && (bare == "---" || bare.starts_with("--- ")) {
            return Some(source.span(offset..offset + 3));
        }
        content |=
            !bare.is_empty() && !bare.starts_with('#') && bare != "---" && !bare.starts_with('%');
        offset += line.len();
    }
    None
}

/// The crate's message without the places within it: the snippet shows them.
fn without_place(said: &str) -> String {
    let mut parts = said.split(" at line ");
    let mut text = parts.next().unwrap_or_default().to_owned();
    for part in parts {
        let part = part.trim_start_matches(|character: char| character.is_ascii_digit());
        let part = part.strip_prefix(" column ").unwrap_or(part);
        text.push_str(part.trim_start_matches(|character: char| character.is_ascii_digit()));
    }
    text
}
