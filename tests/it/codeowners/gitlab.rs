//! GitLab's dialect.

use portcullis::codeowners::{Dialect, ProblemKind};

use super::{check, flawed, flawless};

#[test]
fn patterns_are_those_of_fnmatch() {
    let file = flawless(
        "* @all
*.rb @ruby
README @group @group/nested/team
/docs/ @docs
/docs/* @docs-root
/docs/**/*.md @docs-prose
lib/ @lib
/config/ @config
internal/notes @notes
\\#pound @pound
path\\ with\\ spaces/ @space
/one/** @one
[Unused]
",
        Dialect::Gitlab,
    );
    check(
        &file,
        &[
            ("x", &["@all"]),
            (".hidden/.file", &["@all"]),
            ("a/b.rb", &["@ruby"]),
            ("a/README", &["@group @group/nested/team"]),
            ("README/x", &["@all"]),
            ("docs/x", &["@docs-root"]),
            ("docs/x/y", &["@docs"]),
            ("docs/x/y.md", &["@docs-prose"]),
            ("docs/y.md", &["@docs-prose"]),
            ("x/docs/y", &["@all"]),
            ("x/lib/y/z", &["@lib"]),
            ("lib", &["@all"]),
            ("config/x", &["@config"]),
            ("x/config/x", &["@all"]),
            ("x/internal/notes", &["@notes"]),
            ("#pound", &["@pound"]),
            ("x/path with spaces/y", &["@space"]),
            ("one/x", &["@one"]),
            ("one/x/y", &["@all"]),
        ],
    );
}

#[test]
fn each_section_asks_for_itself() {
    let file = flawless(
        "* @admin

[README Owners]
README.md @user1 @user2
internal/README.md @user4

[Documentation][2] @docs-team
docs/
README.md @@maintainers

^[Database] @database
model/db/
config/db/setup.md @docs-team janedoe@shop.example
",
        Dialect::Gitlab,
    );
    check(
        &file,
        &[
            (
                "README.md",
                &[
                    "@admin",
                    "README Owners: @user1 @user2",
                    "Documentation: 2 of @@maintainer",
                ],
            ),
            (
                "internal/README.md",
                &[
                    "@admin",
                    "README Owners: @user4",
                    "Documentation: 2 of @@maintainer",
                ],
            ),
            ("docs/x", &["@admin", "Documentation: 2 of @docs-team"]),
            ("model/db/x", &["@admin", "Database: @database (optional)"]),
            (
                "config/db/setup.md",
                &[
                    "@admin",
                    "Database: @docs-team janedoe@shop.example (optional)",
                ],
            ),
        ],
    );
}

#[test]
fn sections_of_one_name_are_one() {
    let file = flawless(
        "[Documentation][3]
*.md @a
[Other]
x @x
[Lax]
^[DOCUMENTATION]
README.md @b
*.txt @c
^[lax] @l
y
",
        Dialect::Gitlab,
    );
    check(
        &file,
        &[
            ("x.md", &["Documentation: 3 of @a"]),
            // Optional only if all of the section is.
            ("README.md", &["Documentation: @b"]),
            ("y.txt", &["Documentation: @c"]),
            ("x", &["Other: @x"]),
            ("y", &["Lax: @l (optional)"]),
        ],
    );
}

#[test]
fn an_exclusion_counts_wherever_it_stands_in_its_section() {
    let file = flawless(
        "* @default
!pom.xml
[Ruby]
!/config/**/*.rb
*.rb @ruby
/config/routes.rb @routes
[More]
*.rb @more
",
        Dialect::Gitlab,
    );
    check(
        &file,
        &[
            ("x/pom.xml", &[]),
            ("x.rb", &["@default", "Ruby: @ruby", "More: @more"]),
            ("config/routes.rb", &["@default", "More: @more"]),
        ],
    );
}

#[test]
fn counts_below_one_are_one() {
    let file = flawless(
        "[A][0] @a\nx\n[B][] @b\nx\n[C][99999999999999999999999] @c\nx\n",
        Dialect::Gitlab,
    );
    assert_eq!(
        super::demands(&file, "x"),
        [
            "A: @a".to_owned(),
            "B: @b".to_owned(),
            format!("C: {} of @c", usize::MAX)
        ]
    );
}

#[test]
fn mistakes_never_ask_for_less() {
    let (file, problems) = flawed(
        "* @all
[Unclosed @a
[] @b
x
^[Both][2] @c
y
[After]@d
z
[Comma] @e, @f
c
!d @g
e @h # by @i
f word
[Lone]
g
h[ @j
",
        Dialect::Gitlab,
    );
    let no = |word: &str| ProblemKind::NoOwner(word.to_owned());
    let unclosed = portcullis::paths::PatternError::UnclosedBracket;
    assert_eq!(
        problems,
        [
            (2, ProblemKind::UnclosedHeading),
            (2, ProblemKind::Pattern(unclosed.clone())),
            (3, ProblemKind::NamelessSection),
            (5, ProblemKind::OptionalCount),
            (7, ProblemKind::AfterHeading),
            (8, ProblemKind::Nobody),
            (9, ProblemKind::AfterHeading),
            (11, ProblemKind::OwnersOfExclusion),
            (12, no("#")),
            (12, no("by")),
            (13, no("word")),
            (13, ProblemKind::Nobody),
            (15, ProblemKind::Nobody),
            (16, ProblemKind::Pattern(unclosed)),
        ]
    );
    let beside = ["@a", "Lone: @j"];
    for (path, own) in [
        ("x", ": @b"),
        ("y", "Both: 2 of @c"),
        ("z", "After: nobody"),
        ("c", "Comma: @e"),
        ("e", "Comma: @h @i"),
        ("f", "Comma: nobody"),
        ("g", "Lone: nobody"),
    ] {
        assert_eq!(
            super::demands(&file, path),
            ["@all", own, beside[0], beside[1]],
            "{path}"
        );
    }
}
