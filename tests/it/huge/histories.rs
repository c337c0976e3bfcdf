//! Many commits, and commits of many parents.

use super::{Yard, scale};
use gix::ObjectId;
use std::fmt::Write as _;

/// Commits on main, each with one change of the vault and this trailer.
fn chain(yard: &Yard, count: usize, trailer: &str) -> ObjectId {
    let mut stream = String::new();
    let message = format!("Change\n\n{trailer}\n");
    for number in 0..count {
        let from = if number == 0 {
            format!("from {}\n", yard.main)
        } else {
            String::new()
        };
        write!(
            stream,
            "commit refs/heads/long\ncommitter A <a@b> {} +0000\ndata {}\n{message}{from}M 100644 inline vault/{}\ndata 8\n{number:07}\n\n",
            1_767_323_046 + number,
            message.len(),
            number % 50,
        )
        .expect("a string takes all");
    }
    let git = yard.server.git();
    git.feed(&["fast-import", "--quiet"], stream.as_bytes());
    git.run(["rev-parse", "refs/heads/long"])
        .parse()
        .expect("an id")
}

/// limits.commits has this default.
#[test]
fn two_hundred_thousand_commits() {
    let count = scale(200_000, 1_000);
    let yard = Yard::under(&format!("commits: {count}"));
    let tip = chain(&yard, count, "Ticket: PAY-1");
    yard.push(tip).assert(0, &[], 600);
    let beyond = yard
        .store
        .commit(tree_of(&yard, tip), [tip], "One more\n\nTicket: PAY-1\n");
    yard.push(beyond).assert(1, &["limits.commits"], 600);
}

#[test]
fn two_hundred_thousand_commits_that_lack_their_ticket() {
    let count = scale(200_000, 1_000);
    let yard = Yard::new();
    let tip = chain(&yard, count, "Nothing: here");
    yard.push(tip).assert(1, &["vault-ticket", "more"], 800);
}

#[test]
fn ten_thousand_parents() {
    let yard = Yard::new();
    let count = scale(10_000, 300);
    let tree = tree_of(&yard, yard.main);
    let parents: Vec<_> = (0..count)
        .map(|number| yard.store.commit(tree, [yard.main], &format!("{number}\n")))
        .collect();
    let parents = || std::iter::once(yard.main).chain(parents.iter().copied());
    let clean = yard.store.commit(tree, parents(), "Merge\n");
    yard.push(clean).assert(0, &[], 300);
    let vault = yard.store.tree([("100644", "key", yard.blob)]);
    let root = [("100644", "readme", yard.blob), ("40000", "vault", vault)];
    let evil = yard
        .store
        .commit(yard.store.tree(root), parents(), "Merge\n");
    yard.push(evil).assert(1, &["vault-ticket"], 300);
}

#[test]
fn a_message_of_fifty_megabytes() {
    let yard = Yard::new();
    let size = scale(50_000_000, 2_000_000);
    let vault = yard.store.tree([("100644", "key", yard.blob)]);
    // Each line might begin a trailer block, or be part of a value.
    for line in [
        "Word: and more\n",
        " \n",
        "a",
        "#\n",
        "Ticket: PAY-\n",
        "\n",
    ] {
        let message = format!("Long\n\n{}", line.repeat(size / line.len()));
        let evil = yard.vault(vault, &message);
        yard.push(evil).assert(1, &["vault-ticket"], 600);
        let honest = yard.vault(vault, &format!("{message}\n\nTicket: PAY-1\n"));
        yard.push(honest).assert(0, &[], 600);
    }
}

/// Longer than limits.object.
#[test]
fn a_message_beyond_the_limit() {
    let yard = Yard::under("object: 1MiB");
    let vault = yard.store.tree([("100644", "key", yard.blob)]);
    let message = format!(
        "Long\n\n{}\n\nTicket: PAY-1\n",
        "a".repeat(scale(200, 3) << 20)
    );
    let run = yard.push(yard.vault(vault, &message));
    run.assert(3, &["cannot be read"], 100);
}

fn tree_of(yard: &Yard, commit: ObjectId) -> ObjectId {
    yard.server
        .git()
        .run(["rev-parse", &format!("{commit}^{{tree}}")])
        .parse()
        .expect("an id")
}
