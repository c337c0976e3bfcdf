//! `portcullis init`: what a starter policy says of repositories, and that `portcullis check` takes every one.

use std::path::Path;

use crate::support::{Git, Server, Setup, portcullis};

/// The policy for the repository in `folder`, which `check` has nothing to say about.
#[track_caller]
fn policy(folder: &Path, arguments: &[&str]) -> String {
    let output = portcullis(folder, [&["init"], arguments].concat());
    output.assert(0, &[]);
    let policy = output.stdout;
    let file = tempfile::NamedTempFile::new().expect("a temporary file");
    std::fs::write(file.path(), &policy).expect("it can be written");
    let checked = portcullis(folder, ["check", &file.path().to_string_lossy()]);
    let complaints = checked.stderr;
    assert!(complaints.is_empty(), "{complaints}\n{policy}");
    assert!(policy.contains("\nmode: warn\n"), "{policy}");
    policy
}

#[track_caller]
fn refused(folder: &Path, arguments: &[&str], code: i32, word: &str) {
    let output = portcullis(folder, [&["init"], arguments].concat());
    output.assert(code, &[]);
    assert!(output.stderr.contains(word), "no {word:?} in {output:?}");
}

#[track_caller]
fn has(policy: &str, lines: &[&str]) {
    for line in lines {
        assert!(policy.contains(line), "no {line:?} in\n{policy}");
    }
}

#[test]
fn paths_that_carry_weight_and_those_who_know_them() {
    let server = Server::new("version: 1\nrules: []\n");
    let clone = server.working_clone();
    clone.write("README.md", "Shop\n").commit("Begin");
    let of = |name: &str, email: &str| {
        let git = clone.git().clone().env("GIT_AUTHOR_NAME", name);
        git.env("GIT_AUTHOR_EMAIL", email)
    };
    let commit = |git: &Git, files: &[&str]| {
        for file in files {
            clone.write(file, format!("{file} by {:?}\n", git.folder()));
        }
        git.run(["add", "-A"]);
        git.run(["commit", "-q", "-m", "Change"]);
    };
    let alice = of("Alice Ay", "alice@shop.example");
    commit(
        &alice,
        &[
            "services/payments/charge.rs",
            "services/payments/refund.rs",
            "services/payments/README.md",
            "services/pricing/PaymentGateway.ts",
            "services/pricing/payment-fees.ts",
            "tests/payments/charge_test.rs",
            "vendor/stripe/api.go",
            "assets/wallet/logo.png",
            "src/author.rs",
            "src/password.rs",
            "src/auth.rs",
            "Cargo.lock",
            ".github/workflows/ci.yml",
            "db/migrations/1.sql",
            "infra/main.tf",
            "api/v1/shop.pb.go",
            "docs/index.md",
            "web/site.css",
        ],
    );
    let bob = of("Bob", "BOB@shop.example");
    clone.write("services/payments/charge.rs", "more\n");
    commit(&bob, &[]);
    // An agent and a bot own nothing, however busy they are.
    for (name, email) in [
        ("Claude", "noreply@anthropic.com"),
        (
            "dependabot[bot]",
            "49699333+dependabot[bot]@users.noreply.github.com",
        ),
    ] {
        clone.write("services/payments/charge.rs", format!("{name}\n"));
        commit(&of(name, email), &[]);
    }
    let policy = policy(&clone.path("."), &[]);
    has(
        &policy,
        &[
            "what HEAD (",
            "  # Alice Ay: 1 commit\n  alice: { emails: [alice@shop.example] }",
            "  bob: { emails: [bob@shop.example] }",
            "  payments:\n    tier: critical\n",
            r#"      - "services/payments/**"  # 3 files; `payments` is in the name of the folder"#,
            r#"      - "services/pricing/*payment*"  # 2 files; `payment` is in the name"#,
            "      - src/auth.rs  # 1 file; `auth` is in the name",
            "      - src/password.rs  # 1 file; `password` is in the name",
            r#"      - "@ci"  # 1 file, such as .github/workflows/ci.yml"#,
            r#"      - "@migrations"  # 1 file, such as db/migrations/1.sql"#,
            r#"      - "@iac"  # 1 file, such as infra/main.tf"#,
            r#"      - "@lockfiles"  # 1 file, such as Cargo.lock"#,
            r#"      - "*.pb.go"  # 1 file, such as api/v1/shop.pb.go"#,
            "  looks:\n    tier: low\n",
            "    owners: [alice, bob]  # 1, 1 of the commits that changed it",
            "    refs: [main, refs/tags/v*]",
            "from: [owners]",
        ],
    );
    for word in [
        "src/author",
        "tests/",
        "vendor",
        "wallet",
        "laude",
        "dependabot",
    ] {
        assert!(!policy.contains(word), "{word} in\n{policy}");
    }

    // As it is pushed to a server, bare, and by another name.
    clone.git().run(["branch", "other", "HEAD~3"]);
    clone.push(["main", "other"]).assert_silent();
    let repository = server.repository();
    let folder = tempfile::tempdir().expect("a folder");
    let repo = repository.to_string_lossy();
    let bare = self::policy(folder.path(), &["--repo", &repo, "--ref", "other"]);
    assert!(
        bare.contains("what other (") && !bare.contains("bob"),
        "{bare}"
    );

    let output = ["--repo", &repo, "--output", "policy.yml"];
    let written = portcullis(folder.path(), [&["init"], &output[..]].concat());
    assert!(written.code == Some(0) && written.stdout.is_empty());
    assert_eq!(
        std::fs::read_to_string(folder.path().join("policy.yml")).ok(),
        Some(policy)
    );
    refused(folder.path(), &output, 2, "policy.yml exists already");
    refused(
        folder.path(),
        &["--repo", &repo, "--ref", "nothing"],
        2,
        "`nothing` names no commit",
    );
    refused(folder.path(), &[], 3, "");
}

#[test]
fn there_is_nothing_or_nothing_of_weight() {
    let server = Server::with(&Setup {
        object_format: crate::support::ObjectFormat::Sha256,
        policy: "version: 1\nrules: []\n",
        ..Setup::default()
    });
    let repository = server.repository();
    refused(&repository, &[], 2, "HEAD leads to no commit yet");
    let clone = server.working_clone();
    clone.write("notes.c", "int x;\n").commit("Begin");
    clone.push_main().assert_silent();
    let policy = policy(&repository, &[]);
    has(
        &policy,
        &[
            "holds: 1 file.",
            "# No path here looks as if it carried weight",
            "history-stays",
        ],
    );
}

#[test]
fn hostile_names_and_trees_are_no_danger() {
    let server = Server::new("version: 1\nrules: []\n");
    let clone = server.working_clone();
    clone.write("README.md", "Shop\n").commit("Begin");
    for name in ["pay: {x}", "a\"b", "*", "\u{202e}b", "- x", "ä"] {
        clone.write(&format!("{name}/payments/charge.rs"), "x\n");
        clone.write(&format!("payments {name}/charge.rs"), "x\n");
        clone.write(&format!("secret {name}.rs"), "x\n");
    }
    clone.write("billing/x.rs", "x\n");
    let git = clone
        .git()
        .clone()
        .env("GIT_AUTHOR_NAME", "x: } # \"\u{202e}\n[y");
    let git = git.env("GIT_AUTHOR_EMAIL", "\"a'b: {#}\"@shop.example");
    git.run(["add", "-A"]);
    git.run(["commit", "-q", "-m", "Begin"]);
    let reserved = clone.git().clone().env("GIT_AUTHOR_NAME", "Owners Null");
    clone.write("billing/x.rs", "y\n");
    reserved.run(["commit", "-q", "-a", "-m", "Change"]);
    let policy = policy(&clone.path("."), &[]);
    has(&policy, &[r#"- "billing/**""#, "owners-null:"]);
    assert!(
        !policy.contains('\u{202e}') && !policy.contains("charge.rs"),
        "{policy}"
    );
}

#[test]
fn a_tree_without_end_is_looked_at_as_far_as_it_pays() {
    if std::env::var_os("PORTCULLIS_TEST_HUGE").is_none() {
        return;
    }
    let server = Server::new("version: 1\nrules: []\n");
    let clone = server.working_clone();
    clone.write("notes.c", "int x;\n").commit("Begin");
    let git = clone.git();
    let mut tree = git.run(["rev-parse", "HEAD^{tree}"]).trim().to_owned();
    // A thousand folders in each of a thousand folders, eight deep.
    for _ in 0..8 {
        let entries: String = (0..1000)
            .map(|number| format!("040000 tree {tree}\tauth{number:04}\n"))
            .collect();
        tree = git.feed(&["mktree"], entries.as_bytes()).trim().to_owned();
    }
    let bomb = git.raw_commit(&tree, &[], "Bomb");
    let policy = policy(&clone.path("."), &["--ref", bomb.trim()]);
    has(&policy, &["as far as it was looked at"]);
}
