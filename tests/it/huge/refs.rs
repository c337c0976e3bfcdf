//! Many refs in the repository, and many in the push.

use super::{Yard, ZERO, scale};
use std::{fmt::Write as _, fs};

#[test]
fn a_hundred_thousand_refs_and_ten_thousand_updates() {
    let yard = Yard::new();
    let (refs, updates) = (scale(100_000, 5_000), scale(10_000, 500));
    let main = yard.main;
    let mut packed = String::from("# pack-refs with: peeled fully-peeled sorted \n");
    for number in 0..refs {
        writeln!(packed, "{main} refs/heads/ref/{number:06}").expect("a string takes all");
    }
    fs::write(yard.server.repository().join("packed-refs"), packed).expect("it is ours");
    let mut lines = String::new();
    for number in 0..updates {
        let name = match number % 4 {
            0 => format!("refs/heads/release/{number}"),
            1 => format!("refs/tags/t{number}"),
            2 => format!("refs/notes/{number}"),
            _ => format!("refs/heads/new/{number}"),
        };
        writeln!(lines, "{ZERO} {main} {name}").expect("a string takes all");
    }
    let run = yard.feed(&lines);
    run.assert(0, &[], 200);
    assert!(run.took.as_secs() < 60, "{:?}", run.took);
    // One of them all is evil.
    let vault = yard.store.tree([("100644", "key", yard.blob)]);
    let evil = yard.vault(vault, "Tidy up\n");
    writeln!(lines, "{ZERO} {evil} refs/heads/release/evil").expect("a string takes all");
    yard.feed(&lines)
        .assert(1, &["vault-ticket", "release/evil"], 200);
}

#[test]
fn a_tag_chain_and_aliases_without_end() {
    let yard = Yard::new();
    let mut tag = yard.main;
    let mut kind = "commit";
    for number in 0..scale(10_000, 100) {
        let text =
            format!("object {tag}\ntype {kind}\ntag t{number}\ntagger A <a@b> 1 +0000\n\nx\n");
        tag = yard.store.write(gix::objs::Kind::Tag, text.as_bytes());
        kind = "tag";
    }
    let policy = super::POLICY.replace("release/*", "'refs/tags/v*'");
    yard.server.set_policy(&policy);
    yard.feed(&format!("{ZERO} {tag} refs/tags/v1\n"))
        .assert(1, &["chain of tags"], 50);
    yard.feed(&format!("{ZERO} {tag} refs/tags/other\n"))
        .assert(0, &[], 50);
    let aliases = yard.server.repository().join("refs/heads/alias");
    fs::create_dir_all(&aliases).expect("it is ours");
    for number in 0..scale(5_000, 100) {
        let next = format!("ref: refs/heads/alias/{}\n", number + 1);
        fs::write(aliases.join(number.to_string()), next).expect("it is ours");
    }
    yard.feed(&format!("{ZERO} {} refs/heads/x\n", yard.main))
        .assert(0, &[], 50);
    yard.feed(&format!("{ZERO} {} refs/heads/alias/0\n", yard.main))
        .assert(3, &["circle"], 50);
}
