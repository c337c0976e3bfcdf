//! What is read out of single lines of code, whatever the language.

/// Words by which code branches, repeats, fails, or does several things at once.
const CONTROL: &[&[u8]] = &[
    b"if",
    b"else",
    b"elif",
    b"for",
    b"while",
    b"loop",
    b"switch",
    b"match",
    b"case",
    b"goto",
    b"try",
    b"catch",
    b"except",
    b"finally",
    b"throw",
    b"raise",
    b"await",
    b"async",
    b"lock",
    b"unlock",
    b"mutex",
    b"Mutex",
    b"atomic",
    b"thread",
    b"spawn",
    b"go",
    b"chan",
    b"select",
    b"synchronized",
    b"volatile",
    b"unsafe",
    b"defer",
    b"break",
    b"continue",
];

/// A place among [`BUCKETS`] for a word, the same for all time.
pub type Bucket = u16;

/// How many places there are.
pub const BUCKETS: usize = 1 << 16;

/// Words of a unit that are remembered at most; what has more is mostly a copy.
pub const MOST_WORDS: usize = 4096;

/// The words of a line: what could be a name, of two characters or more.
pub fn words(line: &[u8]) -> impl Iterator<Item = &[u8]> {
    let is_part = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_' || *byte >= 0x80;
    line.split(move |byte| !is_part(byte))
        .filter(|word| word.len() > 1 && word.len() <= 64 && !word[0].is_ascii_digit())
}

/// Does a line with this word branch, repeat, fail, or do several things at once?
pub fn is_control(word: &[u8]) -> bool {
    CONTROL.contains(&word)
}

/// The place of a word.
pub fn bucket(word: &[u8]) -> Bucket {
    let hash = stable_hash(word);
    Bucket::try_from((hash ^ (hash >> 16) ^ (hash >> 32) ^ (hash >> 48)) & 0xffff)
        .expect("sixteen bits")
}

/// FNV-1a, which never changes, as the standard library's hash may.
pub fn stable_hash(bytes: &[u8]) -> u64 {
    let step = |hash: u64, &byte: &u8| (hash ^ u64::from(byte)).wrapping_mul(0x0100_0000_01b3);
    bytes.iter().fold(0xcbf2_9ce4_8422_2325, step)
}

/// Does the line do nothing: is it blank, punctuation, a comment, or an import?
pub fn is_trivial(line: &[u8]) -> bool {
    const STARTS: &[&[u8]] = &[
        b"//",
        b"/*",
        b"*",
        b"# ",
        b"##",
        b"#!",
        b"-- ",
        b";;",
        b"<!--",
        b"\"\"\"",
        b"'''",
        b"import ",
        b"from ",
        b"use ",
        b"using ",
        b"#include",
        b"package ",
        b"@Override",
    ];
    let line = line.trim_ascii();
    !line.iter().any(u8::is_ascii_alphanumeric)
        || STARTS.iter().any(|start| line.starts_with(start))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_read() {
        let found: Vec<_> = words(b"  if (retry_count > 3) { x.lock(); }").collect();
        assert_eq!(found, [&b"if"[..], b"retry_count", b"lock"]);
        let has_control = |line| words(line).any(is_control);
        assert!(has_control(b"} else {") && !has_control(b"let elsewhere = 1;"));
        assert!(
            is_trivial(b"  });\n")
                && is_trivial(b"// x")
                && is_trivial(b"\t")
                && !is_trivial(b"x = 1")
        );
        assert_eq!(
            stable_hash(b"a"),
            0xaf63_dc4c_8601_ec8c,
            "FNV-1a of the reference"
        );
    }
}
