//! Completions and the manual come from the definition of the command line, so each verb is in them.

use std::process::{Command, Output};

use tempfile::TempDir;

#[test]
fn every_shell_knows_every_verb() {
    for shell in ["bash", "zsh", "fish"] {
        let output = run(&["completions", shell]);
        assert_eq!(output.status.code(), Some(0));
        let said = String::from_utf8_lossy(&output.stdout).into_owned();
        for verb in verbs() {
            assert!(said.contains(&verb), "{shell} does not know {verb}");
        }
    }
}

#[test]
fn every_verb_has_a_page() {
    let folder = TempDir::new().expect("a temporary folder");
    let output = run(&["man", &folder.path().to_string_lossy()]);
    assert_eq!(output.status.code(), Some(0));
    for verb in verbs() {
        let page = folder.path().join(format!("portcullis-{verb}.1"));
        let page = std::fs::read_to_string(&page).unwrap_or_else(|_| panic!("no page on {verb}"));
        assert!(
            page.contains(".SH SYNOPSIS") && page.contains(&verb),
            "{page}"
        );
    }
    assert_eq!(run(&["man", "/nowhere"]).status.code(), Some(3));
}

/// The verbs that the help names.
fn verbs() -> Vec<String> {
    let help = run(&["--help"]).stdout;
    let help = String::from_utf8_lossy(&help).into_owned();
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

fn run(arguments: &[&str]) -> Output {
    Command::new(env!("CARGO_BIN_EXE_portcullis"))
        .args(arguments)
        .output()
        .expect("the program runs")
}
