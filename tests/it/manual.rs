//! Completions and the manual come from the definition of the command line, so each verb is in them.

use std::path::Path;

use tempfile::TempDir;

use crate::support::{Run, portcullis};

#[test]
fn every_shell_knows_every_verb() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.code, Some(0));
        let said = output.stdout;
        for verb in verbs() {
            assert!(said.contains(&verb), "{shell} does not know {verb}");
        }
    }
}

#[test]
fn every_verb_has_a_page() {
    let folder = TempDir::new().expect("a temporary folder");
    let output = run(&["man", &folder.path().to_string_lossy()]);
    assert_eq!(output.code, Some(0));
    for verb in verbs() {
        let page = folder.path().join(format!("portcullis-{verb}.1"));
        let page = std::fs::read_to_string(&page).unwrap_or_else(|_| panic!("no page on {verb}"));
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains(&verb),
            "{page}"
        );
    }
    assert_eq!(run(&["man", "/nowhere"]).code, Some(3));
}

/// The verbs that the help names.
fn verbs() -> Vec<String> {
    let help = run(&["--help"]).stdout;
    let (_, commands) = help.split_once("Commands:\n").expect("there are verbs");
    let lines = commands.lines().take_while(|line| !line.is_empty());
    let first_word = |line: &str| line.split_whitespace().next().map(str::to_owned);
    let verbs: Vec<String> = lines
        .filter(|line| line.starts_with("  ") && !line.starts_with("   "))
        .filter_map(first_word)
        .filter(|verb| verb != "help")
        .collect();
    assert!(verbs.len() >= 10, "{verbs:?}");
    verbs
}

fn run(arguments: &[&str]) -> Run {
    portcullis(Path::new("/"), arguments)
}
