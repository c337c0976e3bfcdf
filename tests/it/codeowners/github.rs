//! GitHub's dialect.

use portcullis::codeowners::{Dialect, ProblemKind};
use portcullis::paths::PatternError;

use super::{check, flawed, flawless};

#[test]
fn the_last_match_owns() {
    let file = flawless(
        "# Whoever no later line names.
*       @shop/everyone @alice

*.js    @web # Scripts wherever they are.
*.go    go@shop.example
/build/logs/ @ops
docs/*  @writers
apps/   @mobile
/scripts/ @ops @alice
**/logs @logs
/apps/github
",
        Dialect::Github,
    );
    check(
        &file,
        &[
            ("README", &["@shop/everyone @alice"]),
            ("a/b/c.js", &["@web"]),
            ("a.go", &["go@shop.example"]),
            ("build/logs/today", &["@logs"]),
            ("x/build/logs.d/today", &["@shop/everyone @alice"]),
            ("docs/start.md", &["@writers"]),
            ("docs/app/trouble.md", &["@shop/everyone @alice"]),
            ("x/docs/start.md", &["@shop/everyone @alice"]),
            ("x/apps/y/z.go", &["@mobile"]),
            ("apps", &["@shop/everyone @alice"]),
            ("apps/x", &["@mobile"]),
            ("apps/github", &[]),
            ("apps/github/x/y.js", &[]),
            ("scripts/run", &["@ops @alice"]),
            ("x/scripts/run", &["@shop/everyone @alice"]),
            ("deeply/nested/logs/x", &["@logs"]),
        ],
    );
}

#[test]
fn paths_are_bytes_and_compared_exactly() {
    let file = flawless(
        "* @all\n/Caf\u{e9}/ @bar\ncaf? @wild\nwith\\ space/ @space\n",
        Dialect::Github,
    );
    check(
        &file,
        &[
            ("Caf\u{e9}/x", &["@bar"]),
            ("caf\u{e9}/x", &["@all"]),
            ("Cafe\u{301}/x", &["@all"]),
            ("cafx", &["@wild"]),
            ("with space/x", &["@space"]),
        ],
    );
    assert_eq!(super::demands(&file, b"Caf\xe9/x\n\xff"), ["@all"]);
}

#[test]
fn windows_line_ends_and_a_byte_order_mark_are_no_part_of_a_line() {
    let file = flawless(
        "\u{feff}* @all\r\n\tdocs/ \t @docs\t@more\r\n\r\n",
        Dialect::Github,
    );
    check(&file, &[("x", &["@all"]), ("docs/x", &["@docs @more"])]);
}

#[test]
fn a_pattern_that_cannot_be_read_may_mean_any_path() {
    let (file, problems) = flawed(
        "* @all
src/[a-z]*.rs @rust
!docs/ @writers
*.{ts,tsx} @web
docs#internal @internal @secret
a//b @double
\\#file @hash
",
        Dialect::Github,
    );
    let pattern = ProblemKind::Pattern;
    assert_eq!(
        problems,
        [
            (2, ProblemKind::NotHere("[")),
            (3, ProblemKind::NotHere("!")),
            (4, pattern(PatternError::Alternatives)),
            (5, ProblemKind::CommentInPattern),
            (6, pattern(PatternError::EmptyComponent)),
            (7, ProblemKind::CommentInPattern),
        ]
    );
    check(
        &file,
        &[(
            "any",
            &[
                "@all",
                "@rust",
                "@writers",
                "@web",
                "@internal @secret",
                "@double",
                "@hash",
            ],
        )],
    );
}

#[test]
fn a_pattern_that_cannot_be_read_takes_nothing_away() {
    let (file, problems) = flawed("* @all\n!docs/\n[ab]\ndocs#\n", Dialect::Github);
    assert_eq!(problems.len(), 3);
    check(&file, &[("docs/x", &["@all"]), ("a", &["@all"])]);
}

#[test]
fn who_is_no_owner_is_nobody() {
    let (file, problems) = flawed(
        "* alice @bob\n*.rs alice\n*.c @ a@ @shop/ @a/b/c <a@b.c>\n",
        Dialect::Github,
    );
    let no = |word: &str| ProblemKind::NoOwner(word.to_owned());
    assert_eq!(
        problems,
        [
            (1, no("alice")),
            (2, no("alice")),
            (2, ProblemKind::Nobody),
            (3, no("@")),
            (3, no("a@")),
            (3, no("@shop/")),
            (3, no("@a/b/c")),
            (3, no("<a@b.c>")),
            (3, ProblemKind::Nobody),
        ]
    );
    check(
        &file,
        &[
            ("x", &["@bob"]),
            ("x.rs", &["nobody"]),
            ("x.c", &["nobody"]),
        ],
    );
}
