//! Folding: one spelling for all the names that some common file system takes for the same file.
//!
//! `Payments/`, `payments./` and `pay\u{200d}ments/` are three entries in a tree and may be one directory in a checkout
//! (NTFS ignores case and trailing dots and spaces, APFS case and normalisation, HFS+ a list of invisible code points
//! besides). So a protected path is compared by its folded name.

use std::borrow::Cow;
use std::cell::OnceCell;

use unicode_normalization::UnicodeNormalization;

/// The folded form of one path component. Names with equal folded forms may be one file in a checkout.
///
/// Code points that HFS+ ignores are dropped (git's `next_hfs_char`), letters lose their case, characters are
/// decomposed (NFD), dots and spaces at the end are trimmed as NTFS does. A name that holds nothing but dots and spaces
/// is not trimmed. Bytes that are no UTF-8 stay as they are. Folding twice changes nothing.
pub fn fold(name: &[u8]) -> Cow<'_, [u8]> {
    match fold_untrimmed(name) {
        Cow::Borrowed(text) => Cow::Borrowed(trim(text)),
        Cow::Owned(mut text) => {
            text.truncate(trim(&text).len());
            Cow::Owned(text)
        }
    }
}

/// [`fold()`] without the trimming, for text that is only a part of a name.
pub(super) fn fold_untrimmed(name: &[u8]) -> Cow<'_, [u8]> {
    if !name.is_ascii() {
        return Cow::Owned(fold_unicode(name));
    }
    if name.iter().any(u8::is_ascii_uppercase) {
        Cow::Owned(name.to_ascii_lowercase())
    } else {
        Cow::Borrowed(name)
    }
}

/// Without the dots and spaces at the end, unless nothing else would remain.
fn trim(text: &[u8]) -> &[u8] {
    match text.iter().rposition(|byte| !matches!(byte, b'.' | b' ')) {
        Some(last) => &text[..=last],
        None => text,
    }
}

fn fold_unicode(name: &[u8]) -> Vec<u8> {
    let mut folded = Vec::with_capacity(name.len() + 8);
    let mut after_invalid = false;
    for chunk in name.utf8_chunks() {
        let (valid, invalid) = (chunk.valid(), chunk.invalid());
        // Were a run of ignorable code points dropped between two invalid sequences, these might join to a character.
        let separates = after_invalid && !invalid.is_empty() && valid.chars().all(is_ignorable);
        if separates {
            folded.extend_from_slice(valid.as_bytes());
        } else {
            fold_text(valid, &mut folded);
        }
        folded.extend_from_slice(invalid);
        after_invalid = !invalid.is_empty();
    }
    folded
}

fn fold_text(text: &str, folded: &mut Vec<u8>) {
    // Case is taken away character by character: `str::to_lowercase` knows a final sigma, file systems do not. Lower
    // case comes first because of `ẞ`, whose lower case `ß` has the upper case `SS`.
    let characters = (text
        .chars()
        .filter(|&character| !is_ignorable(character))
        .nfd())
    .flat_map(char::to_lowercase)
    .flat_map(char::to_uppercase)
    .flat_map(char::to_lowercase)
    .nfd();
    let mut buffer = [0; 4];
    for character in characters {
        folded.extend_from_slice(character.encode_utf8(&mut buffer).as_bytes());
    }
}

/// What HFS+ ignores when it compares names (git's `next_hfs_char`, after Apple's TN1150).
fn is_ignorable(character: char) -> bool {
    matches!(
        character,
        '\u{200c}'..='\u{200f}' | '\u{202a}'..='\u{202e}' | '\u{206a}'..='\u{206f}' | '\u{feff}'
    )
}

/// The name of a tree entry, with its folded forms worked out at most once and only when asked for.
pub(super) struct Name<'a> {
    exact: &'a [u8],
    folded: OnceCell<Cow<'a, [u8]>>,
}

impl<'a> Name<'a> {
    pub(super) fn new(exact: &'a [u8]) -> Self {
        Name {
            exact,
            folded: OnceCell::new(),
        }
    }

    /// As it stands in the tree.
    pub(super) fn exact(&self) -> &'a [u8] {
        self.exact
    }

    /// Folded, but with the dots and spaces at its end.
    pub(super) fn folded_untrimmed(&self) -> &[u8] {
        self.folded.get_or_init(|| fold_untrimmed(self.exact))
    }

    /// Folded, see [`fold()`].
    pub(super) fn folded(&self) -> &[u8] {
        trim(self.folded_untrimmed())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[track_caller]
    fn same(left: &str, right: &str) {
        assert_eq!(
            fold(left.as_bytes()),
            fold(right.as_bytes()),
            "{left:?} and {right:?}"
        );
    }

    #[test]
    fn what_file_systems_ignore_is_folded_away() {
        same("Payments", "payments");
        same("caf\u{e9}", "cafe\u{301}");
        same("CAF\u{c9}", "cafe\u{301}");
        same("pay\u{200d}ments", "payments");
        same("\u{feff}payments", "payments");
        same("payments. .", "payments");
        same("STRASSE", "straße");
        same("STRAẞE", "straße");
        same("ΟΔΟΣ", "οδος");
        same("ΟΔΟΣ", "οδοσ");
        same("\u{212a}ey", "key");
        same("e\u{200d}\u{301}", "\u{e9}");
    }

    #[test]
    fn what_differs_stays_different() {
        for (left, right) in [
            ("a.b", "ab"),
            (".a", "a"),
            (" a", "a"),
            ("e", "é"),
            ("..", "."),
            ("a-b", "a_b"),
        ] {
            assert_ne!(
                fold(left.as_bytes()),
                fold(right.as_bytes()),
                "{left:?} and {right:?}"
            );
        }
    }

    #[test]
    fn names_of_dots_and_spaces_are_kept() {
        for name in [". ", "...", " "] {
            assert_eq!(fold(name.as_bytes()), name.as_bytes());
        }
    }

    #[test]
    fn plain_names_are_borrowed() {
        assert!(matches!(fold(b"main.rs"), Cow::Borrowed(b"main.rs")));
        assert!(matches!(fold(b"main.rs. "), Cow::Borrowed(b"main.rs")));
    }

    #[test]
    fn invalid_bytes_stay_and_never_join() {
        assert_eq!(&*fold(b"A\xffB"), b"a\xffb");
        assert_eq!(&*fold(b"\xc3\xe2\x80\x8d\xa9"), b"\xc3\xe2\x80\x8d\xa9");
    }

    #[test]
    fn folding_each_character_twice_changes_nothing() {
        for character in char::MIN..=char::MAX {
            let name = format!("a{character}");
            let once = fold(name.as_bytes());
            assert_eq!(fold(&once), once, "{character:?}");
        }
    }

    proptest! {
        #[test]
        fn folding_twice_changes_nothing(name in hostile_name()) {
            let once = fold(&name);
            prop_assert_eq!(fold(&once), &*once);
        }

        #[test]
        fn case_and_normal_form_make_no_difference(name in "\\PC{0,12}") {
            let composed: String = name.nfc().collect();
            prop_assert_eq!(fold(composed.as_bytes()), fold(name.as_bytes()));
            let upper: String = name.chars().flat_map(char::to_uppercase).collect();
            prop_assert_eq!(fold(upper.as_bytes()), fold(name.as_bytes()));
        }
    }

    /// Characters that matter, and broken pieces of them.
    fn hostile_name() -> impl Strategy<Value = Vec<u8>> {
        let piece = prop_oneof![
            any::<char>().prop_map(|character| character.to_string().into_bytes()),
            any::<u8>().prop_map(|byte| vec![byte]),
            prop::sample::select(vec![
                "\u{200d}", "\u{feff}", "\u{301}", "\u{327}", "\u{345}", "é", "ẞ", ".", " "
            ])
            .prop_map(|text| text.as_bytes().to_vec()),
            prop::sample::select(vec![&b"\xc3"[..], b"\xa9", b"\xe2\x80", b"\x8d", b"\xe2"])
                .prop_map(<[u8]>::to_vec),
        ];
        prop::collection::vec(piece, 0..12).prop_map(|pieces| pieces.concat())
    }
}
