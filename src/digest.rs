//! Digests, by which policies and lines of the ledger are known.

/// SHA-256 in hex.
pub(crate) fn sha256(text: impl AsRef<[u8]>) -> String {
    let mut hasher = gix::hash::hasher(gix::hash::Kind::Sha256);
    hasher.update(text.as_ref());
    let digest = hasher
        .try_finalize()
        .expect("only SHA-1 has collisions to be found");
    digest.to_hex().to_string()
}
