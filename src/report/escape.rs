//! Names that others chose, made safe to show: on a terminal, in a log, as text of a web page.
//!
//! Whoever pushes chooses paths, ref names, subjects and trailers, and would like to hide a line, to colour it or to
//! turn it round ("Trojan Source", CVE-2021-42574). What is invisible or acts on its surroundings is therefore spelled
//! out. A web page still has to escape its own `<` and `&`.

use std::fmt::{self, Display, Write};

use unicode_normalization::char::is_combining_mark;

/// As many marks on one letter as real scripts need. More only serve to paint over other lines.
const MAX_MARKS: usize = 4;

/// Shows bytes as one line of visible text.
///
/// Plain names look as they are. A backslash is doubled; control characters, invisible and formatting characters
/// (bidirectional controls, zero-width and tag characters, variation selectors, exotic blanks), private and unassigned
/// ones become `\n`, `\r`, `\t`, `\x1b` or `\u{202e}`; bytes that are no UTF-8 become `\xff`. Different bytes never look
/// the same.
///
/// ```
/// use portcullis::report::escape::Name;
///
/// assert_eq!(Name(b"src/caf\xc3\xa9.rs").to_string(), "src/café.rs");
/// assert_eq!(Name("a\u{202e}b\n".as_bytes()).to_string(), r"a\u{202e}b\n");
/// assert_eq!(Name(b"\xff\x1b[2J").to_string(), r"\xff\x1b[2J");
/// ```
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Name<'a>(pub &'a [u8]);

impl Display for Name<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // A mark without a letter of this name would settle on the text before it.
        let mut marks = MAX_MARKS;
        for chunk in self.0.utf8_chunks() {
            for char in chunk.valid().chars() {
                let look = Look::of(char);
                if look == Look::Mark && marks < MAX_MARKS {
                    marks += 1;
                    f.write_char(char)?;
                } else if look == Look::Visible {
                    marks = 0;
                    f.write_char(char)?;
                } else {
                    marks = MAX_MARKS;
                    write_escaped(f, char)?;
                }
            }
            for byte in chunk.invalid() {
                marks = MAX_MARKS;
                write!(f, r"\x{byte:02x}")?;
            }
        }
        Ok(())
    }
}

impl Name<'_> {
    /// Whether the bytes are shown as they are, but for doubled backslashes.
    pub fn is_plain(&self) -> bool {
        str::from_utf8(self.0).is_ok_and(|text| self.to_string() == text.replace('\\', r"\\"))
    }
}

fn write_escaped(f: &mut fmt::Formatter<'_>, char: char) -> fmt::Result {
    match char {
        '\\' => f.write_str(r"\\"),
        '\n' => f.write_str(r"\n"),
        '\r' => f.write_str(r"\r"),
        '\t' => f.write_str(r"\t"),
        // Below 0x80 only: from there on, `\x` is a byte that is no UTF-8.
        '\0'..='\x7f' => write!(f, r"\x{:02x}", u32::from(char)),
        _ => write!(f, r"\u{{{:x}}}", u32::from(char)),
    }
}

#[derive(PartialEq, Eq)]
enum Look {
    Visible,
    /// Drawn onto the character before it.
    Mark,
    Hidden,
}

impl Look {
    fn of(char: char) -> Self {
        match char {
            // Escaped, so that escapes can be told from names that look like them.
            '\\' => Self::Hidden,
            // Visible ASCII, and halfwidth Japanese voice marks, which stand on their own.
            ' '..='~' | '\u{ff9e}'..='\u{ff9f}' => Self::Visible,
            _ if is_drawn_as_nothing(char) => Self::Hidden,
            _ if is_combining_mark(char) => Self::Mark,
            // The standard library knows the rest: it escapes control, formatting, private and unassigned characters,
            // and blanks and separators other than the space.
            _ if char.escape_debug().len() == 1 => Self::Visible,
            _ => Self::Hidden,
        }
    }
}

/// Characters that Unicode counts among letters, marks and symbols though there is nothing to see: those with the
/// property `Default_Ignorable_Code_Point` (DerivedCoreProperties.txt) that are no formatting characters, and the empty
/// Braille cell.
fn is_drawn_as_nothing(char: char) -> bool {
    matches!(
        char,
        '\u{34f}'
            | '\u{115f}'..='\u{1160}'
            | '\u{17b4}'..='\u{17b5}'
            | '\u{180b}'..='\u{180f}'
            | '\u{2800}'
            | '\u{3164}'
            | '\u{fe00}'..='\u{fe0f}'
            | '\u{ffa0}'
            | '\u{e0100}'..='\u{e01ef}'
    )
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn shown(text: &str) -> String {
        Name(text.as_bytes()).to_string()
    }

    /// Reads escaped text back, to show that nothing was lost.
    fn unescape(text: &str) -> Vec<u8> {
        let mut bytes = Vec::new();
        let mut chars = text.chars();
        while let Some(char) = chars.next() {
            if char != '\\' {
                bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                continue;
            }
            match chars.next().expect("something escaped") {
                '\\' => bytes.push(b'\\'),
                'n' => bytes.push(b'\n'),
                'r' => bytes.push(b'\r'),
                't' => bytes.push(b'\t'),
                'x' => {
                    let hex: String = chars.by_ref().take(2).collect();
                    bytes.push(u8::from_str_radix(&hex, 16).expect("two hex digits"));
                }
                'u' => {
                    let hex: String = chars
                        .by_ref()
                        .skip(1)
                        .take_while(|char| *char != '}')
                        .collect();
                    let code = u32::from_str_radix(&hex, 16).expect("hex digits");
                    let char = char::from_u32(code).expect("a character");
                    bytes.extend_from_slice(char.encode_utf8(&mut [0; 4]).as_bytes());
                }
                other => panic!("unknown escape {other:?}"),
            }
        }
        bytes
    }

    fn must_not_be_shown(char: char) -> bool {
        char.is_control()
            || (char.is_whitespace() && char != ' ')
            || matches!(char, '\u{ad}' | '\u{61c}' | '\u{180e}' | '\u{feff}' | '\u{fff9}'..='\u{fffb}'
                | '\u{200b}'..='\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2060}'..='\u{206f}'
                | '\u{fe00}'..='\u{fe0f}' | '\u{e0000}'..='\u{e0fff}')
    }

    #[test]
    fn plain_names_stay() {
        for name in [
            "refs/heads/main",
            "it's \"quoted\" <b>&amp;",
            "naïve/日本語/Ελληνικά/עברית",
            "e\u{301}t\u{e9}",
            "🦀.rs",
            "ﾊﾞｶﾞ",
        ] {
            assert_eq!(shown(name), name);
            assert!(Name(name.as_bytes()).is_plain());
        }
        assert!(Name(br"a\b").is_plain());
        assert!(!Name(b"a\tb").is_plain());
        assert!(!Name(b"\xff").is_plain());
    }

    #[test]
    fn what_is_hidden_is_spelled_out() {
        assert_eq!(
            shown("a\\n\n\r\t\0\x1b\x7f\u{85}"),
            r"a\\n\n\r\t\x00\x1b\x7f\u{85}"
        );
        assert_eq!(
            shown("x\u{202e}\u{2066}\u{200d}\u{feff}"),
            r"x\u{202e}\u{2066}\u{200d}\u{feff}"
        );
        assert_eq!(
            shown("\u{e0041}\u{2028}\u{a0}\u{3164}\u{2764}\u{fe0f}"),
            "\\u{e0041}\\u{2028}\\u{a0}\\u{3164}\u{2764}\\u{fe0f}"
        );
        // Overlong, surrogate, cut short.
        assert_eq!(
            Name(b"\xc0\xaf \xed\xa0\x80 \xe2\x80").to_string(),
            r"\xc0\xaf \xed\xa0\x80 \xe2\x80"
        );
    }

    #[test]
    fn marks_need_a_letter_and_are_few() {
        assert_eq!(shown("\u{301}a"), r"\u{301}a");
        let pile = shown(&format!("a{}", "\u{301}".repeat(10)));
        assert_eq!(pile.matches('\u{301}').count(), MAX_MARKS);
        assert_eq!(pile.matches(r"\u{301}").count(), 10 - MAX_MARKS);
    }

    #[test]
    fn no_character_slips_through() {
        for char in '\0'..=char::MAX {
            let text = shown(&format!("a{char}"));
            assert!(
                !text.chars().any(must_not_be_shown),
                "U+{:04X}",
                u32::from(char)
            );
            assert_eq!(unescape(&text), format!("a{char}").as_bytes());
        }
    }

    proptest! {
        #[test]
        fn any_bytes_come_back(bytes: Vec<u8>) {
            let text = Name(&bytes).to_string();
            prop_assert!(!text.chars().any(must_not_be_shown));
            prop_assert_eq!(unescape(&text), bytes);
        }

        #[test]
        fn any_text_comes_back(text: String) {
            let escaped = shown(&text);
            prop_assert!(!escaped.chars().any(must_not_be_shown));
            prop_assert_eq!(unescape(&escaped), text.as_bytes());
        }
    }
}
