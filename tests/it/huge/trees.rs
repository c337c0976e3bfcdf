//! Wide, deep, and odd trees.

use super::{Yard, scale};
use gix::objs::Kind;

/// A tree of so many files.
fn wide(yard: &Yard, count: usize) -> gix::ObjectId {
    let entries = (0..count).map(|number| ("100644", format!("{number:07}"), yard.blob));
    yard.store.tree(entries)
}

#[test]
fn a_million_entries() {
    let yard = Yard::new();
    let tree = wide(&yard, scale(1_000_000, 20_000));
    let evil = yard.push(yard.vault(tree, "Many\n"));
    // Decided, or refused because that many findings take too much memory.
    assert!(matches!(evil.code, Some(1 | 3)), "{}", evil.said);
    evil.assert(evil.code.unwrap_or(3), &[], 1_100);
    let honest = yard.push(yard.vault(tree, "Many\n\nTicket: PAY-1\n"));
    assert!(matches!(honest.code, Some(0 | 3)), "{}", honest.said);
    honest.assert(honest.code.unwrap_or(3), &[], 1_100);
    // No rule is about it.
    let root = [("40000", "web", tree)];
    let free = yard
        .store
        .commit(yard.store.tree(root), [yard.main], "Web\n");
    yard.push(free).assert(0, &[], 60);
    // One of a million changes.
    let yard = Yard::new();
    let count = scale(1_000_000, 20_000);
    let before = yard.vault(wide(&yard, count), "Many\n");
    yard.set("refs/heads/main", before);
    let other = yard.store.write(Kind::Blob, b"y\n");
    let entries = (0..count).map(|number| {
        let blob = if number == count / 2 {
            other
        } else {
            yard.blob
        };
        ("100644", format!("{number:07}"), blob)
    });
    let tree = yard.store.tree(entries);
    let root = [("100644", "readme", yard.blob), ("40000", "vault", tree)];
    let root = yard.store.tree(root);
    for (message, code) in [("One\n", 1), ("One\n\nTicket: PAY-1\n", 0)] {
        let commit = yard.store.commit(root, [before], message);
        let line = format!("{before} {commit} refs/heads/main\n");
        yard.feed(&line).assert(code, &[], 250);
    }
}

#[test]
fn ten_thousand_levels() {
    let levels = scale(10_000, 2_000);
    let nested = |yard: &Yard| {
        let mut tree = yard.store.tree([("100644", "key", yard.blob)]);
        for _ in 0..levels {
            tree = yard.store.tree([("40000", "d", tree)]);
        }
        tree
    };
    let yard = Yard::new();
    let tree = nested(&yard);
    yard.push(yard.vault(tree, "Deep\n\nTicket: PAY-1\n"))
        .assert(1, &["limits.depth"], 100);
    let root = yard.store.tree([("40000", "web", tree)]);
    let free = yard.store.commit(root, [yard.main], "Web\n");
    yard.push(free).assert(0, &[], 50);
    // Where the admin allows it, it is gone through.
    let yard = Yard::under("depth: 20000, memory: 2GiB");
    let tree = nested(&yard);
    yard.push(yard.vault(tree, "Deep\n\nTicket: PAY-1\n"))
        .assert(0, &[], 1_000);
    yard.push(yard.vault(tree, "Deep\n"))
        .assert(1, &["vault-ticket"], 1_000);
}

#[test]
fn a_name_of_five_megabytes() {
    let yard = Yard::new();
    let size = scale(5_000_000, 500_000);
    for unit in ["a", "\u{301}", "\x1b[2J", "A\u{200c}"] {
        let name = unit.repeat(size / unit.len());
        let tree = yard.store.tree([("100644", name.as_bytes(), yard.blob)]);
        let run = yard.push(yard.vault(tree, "Long\n"));
        run.assert(1, &["vault-ticket"], 400);
        assert!(run.said.len() < 20_000, "{} bytes are said", run.said.len());
        yard.push(yard.vault(tree, "Long\n\nTicket: PAY-1\n"))
            .assert(0, &[], 400);
    }
}

/// Each level names the next a hundred times: ten to the twentieth files, in eleven objects.
#[test]
fn a_bomb_of_trees() {
    for (limits, code, words) in [
        ("tree_entries: 100000", 1, "limits.tree_entries"),
        ("time: 3s", 3, "limits.time"),
        ("memory: 20MiB", 3, "limits.memory"),
    ] {
        let yard = Yard::under(limits);
        let mut tree = yard.store.tree([("100644", "key", yard.blob)]);
        for _ in 0..10 {
            let entries: Vec<_> = (0..100)
                .map(|number| ("40000", format!("{number:02}"), tree))
                .collect();
            tree = yard.store.tree(entries);
        }
        let bomb = yard.vault(tree, "Boom\n\nTicket: PAY-1\n");
        yard.push(bomb).assert(code, &[words], 1_000);
    }
}
