//! Slow and obvious readings of the dialects, one line and one path at a time.

use portcullis::codeowners::{CodeOwners, Dialect};
use proptest::prelude::*;
use proptest::sample::select;
use regex::Regex;

use super::demands;

/// `fnmatch` with `FNM_PATHNAME` and `FNM_DOTMATCH`, as Ruby has it.
fn fnmatch(pattern: &[u8], path: &[u8]) -> bool {
    fnmatch_at(pattern, path, true)
}

fn fnmatch_at(pattern: &[u8], path: &[u8], component_begins: bool) -> bool {
    if component_begins && let Some(rest) = pattern.strip_prefix(b"**/") {
        let below = |slash: usize| fnmatch_at(pattern, &path[slash + 1..], true);
        return fnmatch_at(rest, path, true)
            || path
                .iter()
                .position(|&byte| byte == b'/')
                .is_some_and(below);
    }
    match (pattern, path) {
        ([], _) => path.is_empty(),
        ([b'*', rest @ ..], _) => {
            fnmatch_at(rest, path, false)
                || matches!(path, [first, ..] if *first != b'/')
                    && fnmatch_at(pattern, &path[1..], false)
        }
        ([b'?', rest @ ..], [first, below @ ..]) => {
            *first != b'/' && fnmatch_at(rest, below, false)
        }
        ([b'\\', escaped, rest @ ..] | [escaped, rest @ ..], [first, below @ ..]) => {
            escaped == first && fnmatch_at(rest, below, *first == b'/')
        }
        (_, []) => false,
    }
}

/// As `Gitlab::CodeOwners::File` prepares a pattern.
fn gitlab_matches(pattern: &str, path: &str) -> bool {
    let mut pattern = match pattern {
        "*" => "/**/*".to_owned(),
        _ if pattern.starts_with('/') => pattern.to_owned(),
        _ => format!("/**/{pattern}"),
    };
    if pattern.ends_with('/') {
        pattern.push_str("**/*");
    }
    fnmatch(pattern.as_bytes(), format!("/{path}").as_bytes())
}

/// gitignore, where a `*` at the end of an anchored pattern is one level.
fn github_matches(pattern: &str, path: &str) -> bool {
    let (body, directory) = pattern
        .strip_suffix('/')
        .map_or((pattern, false), |body| (body, true));
    let anchored = body.contains('/');
    let body = body.strip_prefix('/').unwrap_or(body);
    let mut components: Vec<_> = body.split('/').collect();
    if !anchored {
        components.insert(0, "**");
    }
    let one_level = anchored && !directory && components.last() == Some(&"*");
    let names: Vec<_> = path.split('/').collect();
    (1..=names.len()).any(|length| {
        let below = length < names.len();
        (below || !directory) && !(below && one_level) && walk(&components, &names[..length])
    })
}

fn walk(components: &[&str], names: &[&str]) -> bool {
    match (components, names) {
        ([], _) => names.is_empty(),
        (["**"], _) => !names.is_empty(),
        (["**", rest @ ..], _) => (0..=names.len()).any(|skipped| walk(rest, &names[skipped..])),
        ([component, rest @ ..], [name, below @ ..]) => {
            fnmatch_at(component.as_bytes(), name.as_bytes(), false) && walk(rest, below)
        }
        (_, []) => false,
    }
}

const NAMES: [&str; 6] = ["a", "b", "ab", "x.c", "docs", ".h"];

fn path() -> impl Strategy<Value = String> {
    prop::collection::vec(select(&NAMES[..]), 1..=4).prop_map(|names| names.join("/"))
}

fn pattern() -> impl Strategy<Value = String> {
    let globs = ["*", "*", "**", "?", "*.c", "a*", "*b"];
    let component = prop_oneof![select(&NAMES[..]), select(globs.to_vec())];
    let components =
        prop::collection::vec(component, 1..=4).prop_map(|components| components.join("/"));
    (
        select(vec!["", "", "/"]),
        components,
        select(vec!["", "", "/"]),
    )
        .prop_map(|(anchor, components, end)| format!("{anchor}{components}{end}"))
}

/// Pieces of expressions, as Gitea reads them once the backslashes of the file are resolved.
fn expression() -> impl Strategy<Value = String> {
    let pieces = [
        "a",
        "b",
        "/",
        "docs/",
        ".*",
        ".*",
        "x\\.c",
        ".",
        "a?",
        "(a|b)",
        "a|b",
        "[^/]*",
        "b{2}",
        "a+",
        "\\.",
        "(docs|a|)",
        "(?:b|x\\.c)",
        "(a|b)?",
    ];
    let pieces = prop::collection::vec(select(pieces.to_vec()), 1..=4);
    let (begin, end) = (select(vec!["", "", "^"]), select(vec!["", "", "$"]));
    (begin, pieces, end).prop_map(|(begin, pieces, end)| format!("{begin}{}{end}", pieces.concat()))
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 800, failure_persistence: None, ..ProptestConfig::default() })]

    /// GitHub: the last line that matches.
    #[test]
    fn github_agrees(
        lines in prop::collection::vec((pattern(), any::<bool>()), 1..12),
        paths in prop::collection::vec(path(), 1..20),
    ) {
        let owners = |line: usize, owned| if owned { format!("@o{line}") } else { String::new() };
        let text: String = lines.iter().enumerate()
            .map(|(line, (pattern, owned))| format!("{pattern} {}\n", owners(line, *owned))).collect();
        let (file, problems) = CodeOwners::parse(text.as_bytes(), Dialect::Github);
        prop_assert_eq!(problems, []);
        for path in &paths {
            let last = lines.iter().rposition(|(pattern, _)| github_matches(pattern, path));
            let expected: Vec<_> = last.filter(|&line| lines[line].1).map(|line| owners(line, true)).into_iter().collect();
            prop_assert_eq!(demands(&file, path), expected, "{}\n{}", path, text);
        }
    }

    /// GitLab: of each section the last line that matches, unless it excludes the path.
    #[test]
    fn gitlab_agrees(
        sections in prop::collection::vec(prop::collection::vec((pattern(), prop::bool::weighted(0.2)), 0..6), 1..5),
        paths in prop::collection::vec(path(), 1..20),
    ) {
        let owner = |section: usize, line: usize| format!("S{section}: @o{line}");
        let mut text = String::new();
        for (section, lines) in sections.iter().enumerate() {
            text.push_str(&format!("[S{section}]\n"));
            for (line, (pattern, excludes)) in lines.iter().enumerate() {
                text.push_str(&if *excludes { format!("!{pattern}\n") } else { format!("{pattern} @o{line}\n") });
            }
        }
        let (file, problems) = CodeOwners::parse(text.as_bytes(), Dialect::Gitlab);
        prop_assert_eq!(problems, []);
        for path in &paths {
            let mut expected = Vec::new();
            for (section, lines) in sections.iter().enumerate() {
                let matching = |excluding: bool| lines.iter()
                    .rposition(|(pattern, excludes)| *excludes == excluding && gitlab_matches(pattern, path));
                if let (None, Some(line)) = (matching(true), matching(false)) {
                    expected.push(owner(section, line));
                }
            }
            prop_assert_eq!(demands(&file, path), expected, "{}\n{}", path, text);
        }
    }

    /// Gitea: all lines that match.
    #[test]
    fn gitea_agrees(
        lines in prop::collection::vec((expression(), prop::bool::weighted(0.2)), 1..12),
        paths in prop::collection::vec(path(), 1..20),
    ) {
        let text: String = lines.iter().enumerate().map(|(line, (expression, negative))| {
            let sign = if *negative { "!" } else { "" };
            format!("{sign}{} @o{line}\n", expression.replace('\\', "\\\\"))
        }).collect();
        let valid: Vec<_> = lines.iter().map(|(text, _)| Regex::new(&format!("^{text}$")).ok()).collect();
        prop_assume!(valid.iter().all(Option::is_some));
        let (file, problems) = CodeOwners::parse(text.as_bytes(), Dialect::Gitea);
        prop_assert_eq!(problems, []);
        for path in &paths {
            let expected: Vec<_> = lines.iter().zip(&valid).enumerate()
                .filter(|(_, ((_, negative), regex))| regex.as_ref().is_some_and(|regex| regex.is_match(path) != *negative))
                .map(|(line, _)| format!("@o{line}")).collect();
            prop_assert_eq!(demands(&file, path), expected, "{}\n{}", path, text);
        }
    }
}
