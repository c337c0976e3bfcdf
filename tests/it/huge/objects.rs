//! Objects that inflate to much, or are differences of differences.

use super::{Yard, ZERO, scale};
use crate::support::{
    pack::{self, Entry},
    store,
};
use gix::{ObjectId, objs::Kind};

#[test]
fn a_blob_of_a_gibibyte() {
    let yard = Yard::new();
    let size = scale(1 << 30, 70 << 20);
    let zeros = yard.server.folder().join("zeros");
    let file = std::fs::File::create(&zeros).expect("it is ours");
    file.set_len(size as u64).expect("it takes no space");
    let git = yard.server.git();
    git.run(["config", "core.bigFileThreshold", "1m"]);
    let blob: ObjectId = git
        .run(["hash-object", "-w", &zeros.to_string_lossy()])
        .parse()
        .expect("an id");
    let vault = yard.store.tree([("100644", "key", blob)]);
    let (evil, honest) = (
        yard.vault(vault, "Big\n"),
        yard.vault(vault, "Big\n\nTicket: PAY-1\n"),
    );
    yard.push(evil).assert(1, &["vault-ticket"], 50);
    yard.push(honest).assert(0, &[], 50);
    // Merged with another change of the same file, it would have to be read.
    let ours = yard.vault(
        yard.store.tree([("100644", "key", yard.blob)]),
        "Small\n\nTicket: PAY-1\n",
    );
    let root = yard
        .server
        .git()
        .run(["rev-parse", &format!("{ours}^{{tree}}")]);
    let merge = yard.store.commit(
        root.parse().expect("an id"),
        [ours, honest],
        "Merge\n\nTicket: PAY-1\n",
    );
    let run = yard.push(merge);
    run.assert(3, &["cannot be read"], 100);
}

/// A tree object of nothing but zeros, and one of good entries beyond limits.object.
#[test]
fn trees_that_inflate_to_much() {
    let yard = Yard::new();
    let zeros = vec![0; scale(1 << 30, 80 << 20)];
    let tree = yard.store.write(Kind::Tree, &zeros);
    drop(zeros);
    yard.push(yard.vault(tree, "Zeros\n\nTicket: PAY-1\n"))
        .assert(3, &["cannot be read"], 150);
    let count = scale(3_000_000, 2_000_000);
    let entries = (0..count).map(|number| ("100644", format!("{number:08}"), yard.blob));
    let tree = yard.store.tree(entries);
    yard.push(yard.vault(tree, "Many\n\nTicket: PAY-1\n"))
        .assert(3, &["cannot be read"], 150);
}

#[test]
fn a_delta_chain_of_five_thousand() {
    let yard = Yard::new();
    let length = scale(5_000, 500);
    let entry = |number: usize| ("100644", format!("{number:06}"), yard.blob);
    let mut content = store::tree([entry(0)]);
    let mut id =
        gix::objs::compute_hash(gix::hash::Kind::Sha1, Kind::Tree, &content).expect("no collision");
    let mut entries = vec![(id, Entry::Tree(content.clone()))];
    for number in 1..=length {
        let more = store::tree([entry(number)]);
        let delta = pack::appending(content.len(), &more);
        content.extend_from_slice(&more);
        let next = gix::objs::compute_hash(gix::hash::Kind::Sha1, Kind::Tree, &content)
            .expect("no collision");
        entries.push((next, Entry::Delta { base: id, delta }));
        id = next;
    }
    pack::write(&yard.server.repository(), &entries);
    yard.push(yard.vault(id, "Deep\n\nTicket: PAY-1\n"))
        .assert(0, &[], 200);
    yard.push(yard.vault(id, "Deep\n"))
        .assert(1, &["vault-ticket"], 200);
}

/// No git takes such a pack from a client; whatever else may lie on a server's disk is refused, and soon.
#[test]
fn deltas_that_go_in_a_circle_or_claim_too_much() {
    for (number, entries) in odd_packs().iter().enumerate() {
        let yard = Yard::under("memory: 256MiB, time: 5s");
        pack::write(&yard.server.repository(), entries);
        let tree = yard.vault(id("a"), "Odd\n");
        for line in [
            format!("{} {tree} refs/heads/main\n", yard.main),
            format!("{ZERO} {} refs/heads/release/1\n", id("a")),
        ] {
            let run = yard.feed(&line);
            assert_ne!(run.code, Some(0), "case {number}: {}", run.said);
            assert!(run.took.as_secs() < 30, "case {number}: {:?}", run.took);
            assert!(
                run.peak < 400 << 20,
                "case {number}: {} MiB",
                run.peak >> 20
            );
        }
    }
}

fn id(digit: &str) -> ObjectId {
    digit.repeat(40).parse().expect("an id")
}

/// Packs in which `aaaa…` is no tree.
fn odd_packs() -> Vec<Vec<(ObjectId, Entry)>> {
    let (one, two, three) = (id("a"), id("b"), id("c"));
    let on = |base, delta| Entry::Delta { base, delta };
    let more = || pack::appending(4, b"x");
    let on_four = |delta: &[u8]| {
        let four = (two, Entry::Tree(b"four".to_vec()));
        vec![four, (one, on(two, delta.to_vec()))]
    };
    vec![
        // Each is the base of the other.
        vec![(one, on(two, more())), (two, on(one, more()))],
        // Its own base.
        vec![(one, on(one, more()))],
        // A base that is nowhere.
        vec![(one, on(three, more()))],
        // Results of 2^62 bytes, and of a tebibyte.
        on_four(&[
            4, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x80, 0x40, 0x90, 4,
        ]),
        on_four(&[4, 0x80, 0x80, 0x80, 0x80, 0x80, 0x20, 0x90, 4]),
        // A copy from beyond the base, a command that is none, and nothing.
        on_four(&[4, 9, 0x91, 200, 9]),
        on_four(&[4, 9, 0]),
        on_four(&[]),
    ]
}
