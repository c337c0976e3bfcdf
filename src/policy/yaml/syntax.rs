//! What is wrong with a text that is no YAML, in words that help.

use super::super::diagnostic::{Diagnostic, Source, Span};
use super::Mark;

/// Characters with which no plain text may begin in YAML, though patterns of paths do.
const NEED_QUOTES: [char; 5] = ['*', '!', '@', '%', '`'];

/// The diagnostic for an error of the YAML crate.
pub(super) fn explain(source: &Source, error: &serde_yaml::Error) -> Diagnostic {
    let mark = error.location().map(|place| Mark {
        line: place.line(),
        column: place.column(),
    });
    let said = without_place(&error.to_string());
    if said.contains("more than one document") {
        return Diagnostic::error(
            "many-documents",
            "a policy is one YAML document".to_owned(),
            second_document(source),
        )
        .help("remove the line `---`, and what follows if it is not meant to hold");
    }
    if said.contains("repetition limit") {
        return Diagnostic::error(
            "policy-too-large",
            "the aliases of the policy repeat too much".to_owned(),
            source.start(),
        )
        .help("an alias (`*name`) stands for all that it names, and aliases within that multiply; write the lists out");
    }
    if said.contains("recursion limit") {
        return Diagnostic::error(
            "policy-too-deep",
            "lists or maps nest too deeply".to_owned(),
            source.span_of(mark, ""),
        )
        .help("an alias must not stand within what it names");
    }
    if let Some(span) = unquoted_near(source, mark) {
        let text = source.text[span.range.clone()].to_owned();
        let first = text.chars().next().unwrap_or('*');
        let role = match first {
            '*' => "an alias",
            '!' => "a tag",
            _ => "reserved",
        };
        return Diagnostic::error(
            "unquoted",
            format!("a value that begins with `{first}` is {role} in YAML, not a text"),
            span,
        )
        .help(format!("quote it: {}", quoted(&text)));
    }
    if said.contains("invalid type") {
        return Diagnostic::error(
            "yaml-syntax",
            "a key is a list or a map".to_owned(),
            source.span_of(mark, ""),
        )
        .help("a key is a text; quote it if it begins with `[` or `{`");
    }
    let span = source.span_of(mark, "");
    let tabbed = source.line_before(&span).contains('\t');
    let diagnostic = Diagnostic::error("yaml-syntax", format!("this is not YAML: {said}"), span);
    if tabbed {
        diagnostic.help("indent with spaces: YAML takes no tabs")
    } else {
        diagnostic.help("compare indentation, brackets and quotes with the lines above")
    }
}

/// `text` in double quotes.
pub fn quoted(text: &str) -> String {
    format!("\"{}\"", text.replace('\\', "\\\\").replace('"', "\\\""))
}

/// The text that needs quotes: the last one of the marked line, up to the mark, or the line that it continues.
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
        let reach = if line == marked { place + 1 } else { line.end };
        let text = &source.text[line.clone()];
        let mut found = None;
        let mut quote = None;
        let mut previous = ' ';
        for (at, character) in text.char_indices() {
            match (quote, character) {
                (Some(open), close) if open == close => quote = None,
                (Some(_), _) => {}
                (None, '#') if previous.is_whitespace() => break,
                (None, '"' | '\'') if opens_value(previous) => quote = Some(character),
                (None, _)
                    if NEED_QUOTES.contains(&character)
                        && opens_value(previous)
                        && line.start + at < reach =>
                {
                    found = Some(line.start + at);
                }
                _ => {}
            }
            previous = character;
        }
        if let Some(start) = found {
            return Some(source.rest_of_value_at(start));
        }
    }
    None
}

fn opens_value(previous: char) -> bool {
    previous.is_whitespace() || matches!(previous, '[' | '{' | ',')
}

/// From where the second document begins.
fn second_document(source: &Source) -> Span {
    let mut offset = 0;
    let mut content = false;
    for line in source.text.split_inclusive('\n') {
        let bare = line.trim_end();
        if content && (bare == "---" || bare.starts_with("--- ")) {
            return source.span(offset..offset + 3);
        }
        content |=
            !bare.is_empty() && !bare.starts_with('#') && bare != "---" && !bare.starts_with('%');
        offset += line.len();
    }
    source.start()
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
