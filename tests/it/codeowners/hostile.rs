//! Files made to be slow, to break the reader, or to be owned by whoever pushes.

use std::time::{Duration, Instant};

use portcullis::codeowners::{
    CodeOwners, Dialect, MAX_BAD_LINES, MAX_NAMES, MAX_SIZE, ProblemKind,
};

use super::{demands, flawed};

const DIALECTS: [Dialect; 4] = [
    Dialect::Github,
    Dialect::Gitlab,
    Dialect::Gitea,
    Dialect::Forgejo,
];

/// Generous, for a debug build on a busy machine; what is quadratic here takes minutes.
const LIMIT: Duration = Duration::from_secs(60);

/// A quarter as many copies of `line`, with its number in place of `{}`, as a file may hold.
fn full(line: &str) -> String {
    let names = line.matches(['/', '\n']).count();
    let count = (MAX_NAMES / names).min(MAX_SIZE / (line.len() + 6)) / 4;
    (0..count)
        .map(|number| line.replace("{}", &number.to_string()))
        .collect()
}

#[test]
fn a_file_too_large_is_owned_by_nobody() {
    for dialect in DIALECTS {
        let (file, problems) = flawed(&"x @a\n".repeat(MAX_SIZE / 5 + 1), dialect);
        assert_eq!(problems, [(1, ProblemKind::TooLarge)]);
        assert_eq!(demands(&file, "y"), ["nobody"]);
    }
}

#[test]
fn too_many_bad_lines_are_owned_by_nobody() {
    for dialect in DIALECTS {
        let bad = |count: usize| {
            (0..count)
                .map(|number| format!("a\\\\[(b @a{number}\n"))
                .collect::<String>()
        };
        let (file, problems) = flawed(&bad(MAX_BAD_LINES), dialect);
        assert_eq!(problems.len(), MAX_BAD_LINES);
        assert_eq!(demands(&file, "y").len(), MAX_BAD_LINES);
        let (file, problems) = flawed(&bad(MAX_BAD_LINES + 1), dialect);
        assert_eq!(
            problems.last(),
            Some(&(MAX_BAD_LINES + 1, ProblemKind::TooManyBadLines))
        );
        assert_eq!(demands(&file, "y"), ["nobody"]);
    }
}

#[test]
fn full_files_are_read_in_time() {
    let start = Instant::now();
    for (dialect, line) in [
        (Dialect::Github, "**/a{}/**/b @a\n"),
        (Dialect::Github, "/x/*a{}*/*.c @a\n"),
        (Dialect::Gitlab, "[{}]\nx\n"),
        (Dialect::Gitlab, "!a{}\n*\n"),
        (Dialect::Gitea, "a{}/(x|y)[^/]* @a\n"),
        (Dialect::Gitea, "(((((((( @a{}\n"),
    ] {
        let text = full(line);
        let (file, problems) = CodeOwners::parse(text.as_bytes(), dialect);
        assert!(
            problems
                .iter()
                .all(|problem| problem.kind != ProblemKind::TooLarge)
        );
        demands(&file, "x/a1/b/c.c");
    }
    assert!(start.elapsed() < LIMIT, "took {:?}", start.elapsed());
}

#[test]
fn one_line_may_be_very_long() {
    let start = Instant::now();
    for line in ["a", "*a", "(a", "[a", "\\", "@", " @a"] {
        let text = format!("x{}", line.repeat(MAX_SIZE / 32 / line.len()));
        for dialect in [Dialect::Github, Dialect::Gitlab, Dialect::Gitea] {
            let (file, _) = CodeOwners::parse(text.as_bytes(), dialect);
            demands(&file, "a/a/b");
        }
    }
    let deep = format!("x{} @a", "/a".repeat(MAX_NAMES / 4));
    let (file, problems) = CodeOwners::parse(deep.as_bytes(), Dialect::Github);
    assert_eq!(problems, []);
    assert_eq!(demands(&file, "x/a"), [""; 0]);
    assert!(start.elapsed() < LIMIT, "took {:?}", start.elapsed());
}

#[test]
fn expressions_run_in_linear_time_and_bounded_memory() {
    let start = Instant::now();
    let text = "(a*)*b @slow\n(?:a?){100}a{100} @many\n((\\\\w{100}){100}){100} @huge\n!((\\\\w{100}){100}){100} @not\n";
    let (file, problems) = flawed(text, Dialect::Gitea);
    assert_eq!(problems, []);
    let path = "a".repeat(100_000);
    // What is too large to be compiled might match, and might not.
    assert_eq!(demands(&file, path), ["@huge", "@not"]);
    assert!(start.elapsed() < LIMIT, "took {:?}", start.elapsed());
}

#[test]
fn thousands_of_expressions_are_asked_for_as_many_paths() {
    const LINES: usize = 2_000;
    let start = Instant::now();
    for line in [
        r"services/s{}/[^/]*\\.rs @a",
        r"services/s{}/(src|lib)/.* @a",
        r".*/s{}/.* @a",
        r".*/s{}/(src|lib)/.* @a",
        r"^services/(s{}|t{})/.*$ @a",
    ] {
        let text: String = (0..LINES)
            .map(|number| line.replace("{}", &number.to_string()) + "\n")
            .collect();
        let (file, problems) = flawed(&text, Dialect::Gitea);
        assert_eq!(problems, []);
        for number in 0..LINES {
            for path in [
                format!("services/s{number}/src/x.rs"),
                format!("services/s{number}/x.rs"),
            ] {
                assert!(demands(&file, path).len() <= 1, "{line}");
            }
        }
        let both = [
            demands(&file, "services/s7/src/x.rs"),
            demands(&file, "services/s7/x.rs"),
        ];
        assert!(both.contains(&vec!["@a".to_owned()]), "{line}: {both:?}");
    }
    assert!(start.elapsed() < LIMIT, "took {:?}", start.elapsed());
}

#[test]
fn what_is_no_text_demands_or_is_left_out() {
    for dialect in DIALECTS {
        let (file, problems) = CodeOwners::parse(
            b".* @all\n* @all\n\xff\xfe @a\nx\xff @b\n\x00\x01\n",
            dialect,
        );
        assert!(
            problems
                .iter()
                .filter(|problem| problem.kind == ProblemKind::NotUtf8)
                .count()
                == 2
        );
        let found = demands(&file, "anything");
        assert!(
            found.contains(&"@a".to_owned()) && found.contains(&"@b".to_owned()),
            "{found:?}"
        );
    }
}

#[test]
fn problems_say_what_to_do() {
    let (_, problems) = CodeOwners::parse(b"!x @a\n", Dialect::Github);
    assert_eq!(
        problems[0].to_string(),
        "line 1: `!` has no meaning in a pattern here; write patterns without it"
    );
}
