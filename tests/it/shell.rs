//! `report::shell` against the shells that people paste into.

use std::process::Command;

use gix::bstr::ByteSlice;
use portcullis::report::shell::quote;

fn read_by(shell: &str, words: &[&[u8]]) -> Vec<u8> {
    let quoted: Vec<String> = words.iter().map(|word| quote(word)).collect();
    let script = format!(r"printf '%s\n' {}", quoted.join(" "));
    let output = Command::new(shell)
        .args(["-c", &script])
        .output()
        .expect("the shell runs");
    assert!(output.status.success(), "{}", output.stderr.as_bstr());
    output.stdout
}

fn as_lines(words: &[&[u8]]) -> Vec<u8> {
    words
        .iter()
        .flat_map(|word| [word, b"\n".as_slice()].concat())
        .collect()
}

const VISIBLE: &[&[u8]] = &[
    b"refs/heads/main",
    b"",
    b"two words",
    b"it's",
    b"'",
    b"''!''",
    b"wow!",
    b"!!",
    b"$HOME `id` $(id) \"x\"",
    br"back\slash\\",
    b"a*b?[c]{d,e}",
    b"~root",
    b"=ls",
    b"a=~",
    b"#x",
    b";&|<>()",
    b"-n",
    b"%1",
    "caf\u{e9}/日本".as_bytes(),
];

#[test]
fn any_posix_shell_reads_visible_words() {
    assert_eq!(read_by("sh", VISIBLE), as_lines(VISIBLE));
}

#[test]
fn bash_reads_hidden_words_too() {
    let every_byte: Vec<u8> = (1..=255).collect();
    let words: &[&[u8]] = &[
        b"a\nb",
        b"\x1b[2J1'\\!0",
        b"\xff\xfe1",
        "\u{202e}7".as_bytes(),
        b"\x7f",
        &every_byte,
    ];
    assert_eq!(read_by("bash", words), as_lines(words));
    assert_eq!(read_by("bash", VISIBLE), as_lines(VISIBLE));
    for word in words {
        assert!(quote(word).bytes().all(|byte| matches!(byte, b' '..=b'~')));
    }
}
