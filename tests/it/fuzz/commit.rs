//! Commits: the two readings of one, for its place in history and for its rules, agree with each other and with git's
//! plain format.

use gix::ObjectId;
use gix::hash::Kind;
use portcullis::git::commit;

/// The first byte chooses the hash, the rest is the commit.
pub(crate) fn run(data: &[u8]) {
    let Some((&choice, data)) = data.split_first() else {
        return;
    };
    let hash = if choice & 1 == 0 {
        Kind::Sha1
    } else {
        Kind::Sha256
    };
    let id = ObjectId::null(hash);
    let (links, whole) = (commit::parse_links(data, id), commit::parse(data, id));
    for error in [links.as_ref().err(), whole.as_ref().err()]
        .into_iter()
        .flatten()
    {
        assert!(error.is_the_pushers());
        assert!(!error.to_string().contains('\x1b'));
    }
    let Ok(links) = links else { return };
    let header = as_git_reads(data, hash);
    assert_eq!(Some(links.tree), header.tree);
    assert_eq!(links.parents, header.parents, "git sees other parents");
    if let Ok(whole) = whole {
        assert_eq!(whole.parents, links.parents.len());
        assert!(data.ends_with(&whole.message));
        // An empty line ends the header, and nothing of the message is read as part of it.
        let header = &data[..data.len() - whole.message.len()];
        assert!(header.ends_with(b"\n"), "{header:?}");
    }
}

struct Header {
    tree: Option<ObjectId>,
    parents: Vec<ObjectId>,
}

/// commit.c, `parse_commit_buffer`: the tree in the first line, parents in those right after it.
fn as_git_reads(data: &[u8], hash: Kind) -> Header {
    let mut lines = data.split(|&byte| byte == b'\n');
    let id = |line: &[u8], field: &[u8]| {
        let hex = line.strip_prefix(field)?;
        (hex.len() == hash.len_in_hex()).then(|| ObjectId::from_hex(hex).ok())?
    };
    let tree = lines.next().and_then(|line| id(line, b"tree "));
    let parents = lines.map_while(|line| id(line, b"parent ")).collect();
    Header { tree, parents }
}
