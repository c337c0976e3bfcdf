//! What was signed, and the signature, taken out of an object as git does it.

use gix::bstr::ByteSlice as _;
use gix::hash::Kind;

use super::Bad;
use crate::git::message::without_signature;

/// The longest signature that is looked at, in bytes of text. An RSA key of 16,384 bits in a certificate by another one
/// takes a quarter of it.
const MAX_SIGNATURE: usize = 64 << 10;

/// The headers that hold a signature, of the object as either hash names it.
const HEADERS: [&[u8]; 2] = [b"gpgsig", b"gpgsig-sha256"];

/// Something that is signed: what the signature is about, and the signature.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Signed {
    payload: Vec<u8>,
    signature: Result<Vec<u8>, Bad>,
}

impl Signed {
    /// The signature of a commit, from its raw bytes in a repository of this hash.
    ///
    /// The payload is the commit without *every* signature header, of whichever hash (git: `remove_signature`).
    pub fn of_commit(raw: &[u8], hash: Kind) -> Self {
        let (payload, signatures) = split_headers(raw, hash);
        let signature = match <[Vec<u8>; 1]>::try_from(signatures) {
            Ok([signature]) => bounded(signature),
            Err(none) if none.is_empty() => Err(Bad::Unsigned),
            Err(_) => Err(Bad::Several),
        };
        Signed { payload, signature }
    }

    /// The signature of an annotated tag, from its raw bytes in a repository of this hash.
    ///
    /// It stands at the end of the message, from the last line that begins one; the headers hold those for the tag as
    /// the other hash names it.
    pub fn of_tag(raw: &[u8], hash: Kind) -> Self {
        let (body, signature) = split_end(raw);
        let (payload, in_headers) = split_headers(body, hash);
        let signature = match signature {
            Ok(_) if !in_headers.is_empty() => Err(Bad::Several),
            other => other,
        };
        Signed { payload, signature }
    }

    /// The signature of a push certificate, from the blob that holds it.
    pub fn of_push_certificate(raw: &[u8]) -> Self {
        let (payload, signature) = split_end(raw);
        Signed {
            payload: payload.to_owned(),
            signature,
        }
    }

    /// What the signature is about. Of an object, nothing but this is its maker's word.
    pub fn payload(&self) -> &[u8] {
        &self.payload
    }

    /// The one signature, as text.
    pub(super) fn signature(&self) -> Result<&[u8], Bad> {
        match &self.signature {
            Ok(signature) => Ok(signature),
            Err(bad) => Err(bad.clone()),
        }
    }
}

fn bounded(signature: Vec<u8>) -> Result<Vec<u8>, Bad> {
    if signature.len() > MAX_SIGNATURE {
        return Err(Bad::malformed("it is too long"));
    }
    Ok(signature)
}

/// Takes the signature headers out: the rest, and those for this hash with their lines put together again.
fn split_headers(raw: &[u8], hash: Kind) -> (Vec<u8>, Vec<Vec<u8>>) {
    #[derive(Clone, Copy)]
    enum Target {
        Payload,
        Signature,
        Nowhere,
    }
    let own = match hash {
        Kind::Sha1 => HEADERS[0],
        _ => HEADERS[1],
    };
    let (mut payload, mut signatures) = (Vec::with_capacity(raw.len()), Vec::<Vec<u8>>::new());
    let mut target = Target::Payload;
    let mut rest = raw;
    while !rest.is_empty() {
        let end = rest.find_byte(b'\n').map_or(rest.len(), |at| at + 1);
        let (line, after) = rest.split_at(end);
        if line == b"\n" {
            payload.extend_from_slice(rest);
            break;
        }
        let mut part = line;
        if line[0] == b' ' {
            part = &line[1..];
        } else {
            let value = |header: &&[u8]| line.strip_prefix(*header)?.strip_prefix(b" ");
            target = Target::Payload;
            if let Some(value) = value(&own) {
                signatures.push(Vec::new());
                (target, part) = (Target::Signature, value);
            } else if HEADERS.iter().any(|header| value(header).is_some()) {
                target = Target::Nowhere;
            }
        }
        match (target, signatures.last_mut()) {
            (Target::Signature, Some(signature)) => signature.extend_from_slice(part),
            (Target::Nowhere, _) => {}
            _ => payload.extend_from_slice(line),
        }
        rest = after;
    }
    (payload, signatures)
}

/// Splits at the last line that begins a signature: where the message that is read ends, and so what is signed.
fn split_end(raw: &[u8]) -> (&[u8], Result<Vec<u8>, Bad>) {
    let (payload, signature) = raw.split_at(without_signature(raw).len());
    let signature = if signature.is_empty() {
        Err(Bad::Unsigned)
    } else {
        bounded(signature.to_owned())
    };
    (payload, signature)
}

#[cfg(test)]
mod tests {
    use super::*;

    const HEAD: &str = "tree t\nauthor a\ncommitter c\n";

    #[test]
    fn a_commit_has_one_signature_of_its_own_hash() {
        let raw = format!(
            "{HEAD}gpgsig one\n two\nencoding e\ngpgsig-sha256 other\n more\n\nmessage\n\ngpgsig no\n"
        );
        let signed = Signed::of_commit(raw.as_bytes(), Kind::Sha1);
        assert_eq!(signed.signature(), Ok(&b"one\ntwo\n"[..]));
        let rest = format!("{HEAD}encoding e\n\nmessage\n\ngpgsig no\n");
        assert_eq!(signed.payload().to_str_lossy(), rest);
        let other = Signed::of_commit(raw.as_bytes(), Kind::Sha256);
        assert_eq!(other.signature(), Ok(&b"other\nmore\n"[..]));
        assert_eq!(other.payload(), signed.payload());
    }

    #[test]
    fn none_and_two_are_not_one() {
        let of = |middle: &str| {
            Signed::of_commit(format!("{HEAD}{middle}\nm\n").as_bytes(), Kind::Sha1)
                .signature()
                .map(<[u8]>::to_vec)
        };
        assert_eq!(of(""), Err(Bad::Unsigned));
        assert_eq!(of("gpgsig-sha256 a\n"), Err(Bad::Unsigned));
        assert_eq!(of("gpgsigs a\n"), Err(Bad::Unsigned));
        assert_eq!(of("gpgsig a\ngpgsig b\n"), Err(Bad::Several));
        assert!(matches!(
            of(&format!("gpgsig {}\n", "a".repeat(MAX_SIGNATURE))),
            Err(Bad::Malformed { .. })
        ));
        for odd in ["gpgsig", "gpgsig\n", " gpgsig", "\n", "", "gpgsig-sha256"] {
            let signed = Signed::of_commit(odd.as_bytes(), Kind::Sha1);
            assert_eq!(signed.signature(), Err(Bad::Unsigned), "{odd:?}");
            assert_eq!(signed.payload(), odd.as_bytes());
        }
    }

    #[test]
    fn a_tag_is_signed_at_its_end() {
        let text = "object o\ngpgsig-sha256 other\n more\ntagger t\n\nv1\n-----BEGIN SSH SIGNATURE-----\nquoted\n";
        let raw = format!("{text}-----BEGIN PGP SIGNATURE-----\nbody\n");
        let signed = Signed::of_tag(raw.as_bytes(), Kind::Sha1);
        assert_eq!(
            signed.signature(),
            Ok(&b"-----BEGIN PGP SIGNATURE-----\nbody\n"[..])
        );
        assert!(signed.payload().ends_with(b"quoted\n"));
        assert!(signed.payload().starts_with(b"object o\ntagger t\n"));
        let twice = Signed::of_tag(raw.replace("-sha256", "").as_bytes(), Kind::Sha1);
        assert_eq!(twice.signature(), Err(Bad::Several));
        assert_eq!(
            Signed::of_tag(b"object o\n\nv1\n", Kind::Sha1).signature(),
            Err(Bad::Unsigned)
        );
    }
}
