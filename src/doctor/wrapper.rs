//! What a hook hands to portcullis, as far as its text tells: the file that `install.sh` writes, or a script by hand.

use std::fs;
use std::path::{Path, PathBuf};

/// What a hook says.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Wrapper {
    /// The program that it starts.
    pub(super) binary: Option<PathBuf>,
    /// `--policy`
    pub(super) policy: Option<PathBuf>,
    /// `--policy-repo`
    pub(super) policy_repo: Option<PathBuf>,
    /// `--forge`
    pub(super) forge: Option<String>,
}

impl Wrapper {
    /// Reads the hook `file`, which may also be the program itself.
    pub(super) fn read(file: &Path) -> Self {
        let Ok(text) = fs::read_to_string(file) else {
            return Wrapper {
                binary: Some(file.to_owned()),
                ..Wrapper::default()
            };
        };
        let path = |value: Option<String>| value.map(PathBuf::from);
        Wrapper {
            binary: path(assigned(&text, "binary").or_else(|| program(&text))),
            policy: path(assigned(&text, "policy").or_else(|| option(&text, "--policy"))),
            policy_repo: path(option(&text, "--policy-repo")),
            forge: assigned(&text, "forge").or_else(|| option(&text, "--forge")),
        }
    }
}

/// `name='value'` in a line of its own; the quotes may be missing.
fn assigned(text: &str, name: &str) -> Option<String> {
    let mut lines = text.lines();
    let value = lines.find_map(|line| line.strip_prefix(name)?.strip_prefix('='))?;
    let inner = value
        .strip_prefix('\'')
        .and_then(|value| value.strip_suffix('\''));
    Some(inner.unwrap_or(value).replace(r"'\''", "'"))
}

/// The word behind `name`; one with a variable in it says nothing.
fn option(text: &str, name: &str) -> Option<String> {
    let mut words = words(text);
    words.find(|word| *word == name)?;
    let value = words.next()?.trim_matches(['"', '\'']);
    (!value.contains('$')).then(|| value.to_owned())
}

fn program(text: &str) -> Option<String> {
    let mut words = words(text).map(|word| word.trim_matches(['"', '\'']));
    let program = words.find(|word| word.ends_with("/portcullis"))?;
    (!program.contains('$')).then(|| program.to_owned())
}

/// The words outside comments.
fn words(text: &str) -> impl Iterator<Item = &str> {
    let lines = text
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    lines.flat_map(str::split_whitespace)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(text: &str) -> Wrapper {
        let file = tempfile::NamedTempFile::new().expect("a temporary file");
        fs::write(file.path(), text).expect("it can be written");
        Wrapper::read(file.path())
    }

    #[test]
    fn both_ways_to_write_a_hook_are_read() {
        let expected = Wrapper {
            binary: Some("/opt/it's/portcullis".into()),
            policy: Some("/etc/p.yml".into()),
            policy_repo: None,
            forge: Some("gitea".to_owned()),
        };
        let installed = "#!/bin/sh\nbinary='/opt/it'\\''s/portcullis'\npolicy='/etc/p.yml'\nforge='gitea'\n\
                         \"$binary\" hook --policy \"$policy\" --forge \"$forge\"\n";
        assert_eq!(read(installed), expected);
        let by_hand = "#!/bin/sh\n# /old/portcullis --forge plain\nexec /usr/bin/portcullis hook \\\n  \
                       --policy-repo /srv/p.git --forge gitlab\n";
        assert_eq!(
            read(by_hand),
            Wrapper {
                binary: Some("/usr/bin/portcullis".into()),
                policy: None,
                policy_repo: Some("/srv/p.git".into()),
                forge: Some("gitlab".to_owned()),
            }
        );
    }
}
