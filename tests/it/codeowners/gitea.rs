//! The dialect of Gitea and Forgejo.

use portcullis::codeowners::{Dialect, ProblemKind};

use super::{check, demands, flawed, flawless};

#[test]
fn all_that_match_count() {
    let file = flawless(
        r".*\\.go @user1 user2 # Everything in Go.

# As a whole.
frontend/src/.*\\.js @org1/team1 org1/team2 @user3
!frontend/src/.* @org1/team3
docs/(aws|google|azure)/[^/]*\\.(md|txt) @user8
!/assets/.*\\.(bin|exe|msi) @user9
dir/with\#hash @hash
path\ with\ space @space
path/with\\\\backslash @backslash
",
        Dialect::Gitea,
    );
    let everywhere = ["@org1/team3", "@user9"];
    for (path, own) in [
        ("a/b.go", Some("@user1 @user2")),
        ("a/b_go", None),
        ("docs/aws/x.md", Some("@user8")),
        ("docs/aws/x/y.md", None),
        ("dir/with#hash", Some("@hash")),
        ("dir/with#hash2", None),
        ("path with space", Some("@space")),
        ("path/with\\backslash", Some("@backslash")),
        // To Gitea a path has no `/` in front.
        ("assets/x.bin", None),
    ] {
        let mut expected: Vec<_> = everywhere.to_vec();
        match own {
            Some("@user1 @user2") => expected.insert(0, "@user1 @user2"),
            Some("@user8") => expected.insert(1, "@user8"),
            own => expected.extend(own),
        }
        assert_eq!(demands(&file, path), expected, "{path}");
    }
    check(
        &file,
        &[
            (
                "frontend/src/x/y.js",
                &["@org1/team1 @org1/team2 @user3", "@user9"],
            ),
            ("frontend/src/x.ts", &["@user9"]),
        ],
    );
}

#[test]
fn what_follows_a_literal_beginning_still_sees_it() {
    let file = flawless(
        r"src/\\bmain.* @boundary
src/\\Bmain.* @none
lib^/.* @never
ab+c?(?i)X[yz]{2,} @flags
",
        Dialect::Gitea,
    );
    check(
        &file,
        &[
            ("src/main.rs", &["@boundary"]),
            ("lib/x", &[]),
            ("abbXyZ", &["@flags"]),
            ("abbcxyY", &["@flags"]),
            ("Abxyy", &[]),
        ],
    );
}

#[test]
fn alternatives_are_anchored_as_gitea_puts_them_together() {
    let file = flawless(
        "src/a|b @ab\nlibx?/.* @lib\nx{2} @x\n(?i)MAKEFILE @make\n",
        Dialect::Gitea,
    );
    check(
        &file,
        &[
            ("src/a/more", &["@ab"]),
            ("x/b", &["@ab"]),
            ("b/x", &[]),
            ("lib/x", &["@lib"]),
            ("libx/x", &["@lib"]),
            ("xx", &["@x"]),
            ("Makefile", &["@make"]),
        ],
    );
}

#[test]
fn anchors_and_choices_of_texts_say_what_they_say_in_gitea() {
    let file = flawless(
        r"^docs/.*$ @docs
^a|b$ @either
x\\$ @dollar
x\\\\$ @backslash
y/(?:src|lib|)/(a|b)\\.c @choice
.*/z/(src|lib)/.* @anywhere
w/(a|b)?/c @perhaps
w/(a|b)*d @often
",
        Dialect::Gitea,
    );
    check(
        &file,
        &[
            ("docs/x", &["@docs"]),
            ("x/docs/x", &[]),
            ("ab", &["@either"]),
            ("x$", &["@dollar"]),
            ("x", &[]),
            ("x\\", &["@backslash"]),
            ("y/src/a.c", &["@choice"]),
            ("y//b.c", &["@choice"]),
            ("y/src/abc", &[]),
            ("y/x/a.c", &[]),
            ("q/z/lib/", &["@anywhere"]),
            ("z/lib/x", &[]),
            ("w//c", &["@perhaps"]),
            ("w/b/c", &["@perhaps"]),
            ("w/abad", &["@often"]),
        ],
    );
}

#[test]
fn what_go_and_we_might_read_differently_demands() {
    let file = flawless(
        ".*\\\\.rs @rust\n!docs/.* @all\na.c @dot\na.+c @dots\n",
        Dialect::Gitea,
    );
    // To Go a `.` is no line break, and a byte that is no UTF-8 is a character.
    assert_eq!(demands(&file, "x\ny.rs"), ["@rust", "@all"]);
    assert_eq!(demands(&file, "docs/x\ny"), ["@all"]);
    assert_eq!(demands(&file, b"a\xffc"), ["@all", "@dot", "@dots"]);
    assert_eq!(demands(&file, b"docs/\xff"), [""; 0]);
}

#[test]
fn mistakes_never_ask_for_less() {
    let (file, problems) = flawed(
        "docs/.*
src/.* alice@shop.example
(open @a
[a&&b] @b
[a[b]] @c
\\\\Qx\\\\E @d
x#y @e
",
        Dialect::Gitea,
    );
    let lines: Vec<_> = problems.iter().map(|(line, _)| *line).collect();
    assert_eq!(lines, [1, 2, 2, 3, 4, 5, 6, 7]);
    assert_eq!(problems[0].1, ProblemKind::Nobody);
    assert_eq!(
        problems[1].1,
        ProblemKind::NoOwner("alice@shop.example".to_owned())
    );
    assert!(
        matches!(&problems[3].1, ProblemKind::Expression(why) if why.contains("unclosed group"))
    );
    assert_eq!(problems[4].1, ProblemKind::NestedClass);
    assert_eq!(problems[5].1, ProblemKind::NestedClass);
    assert_eq!(problems[7].1, ProblemKind::Nobody);
    check(
        &file,
        &[
            ("any", &["@a", "@b", "@c", "@d"]),
            ("docs/x", &["nobody", "@a", "@b", "@c", "@d"]),
            ("src/x", &["nobody", "@a", "@b", "@c", "@d"]),
            ("x", &["nobody", "@a", "@b", "@c", "@d"]),
        ],
    );
}
