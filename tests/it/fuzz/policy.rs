//! A policy's text: any bytes are a compiled policy, or diagnostics that can be shown.

use std::path::Path;

use portcullis::paths::EntryKind;
use portcullis::policy::{Policy, PolicyError, diagnostic};

/// What a compiled policy is asked, so that whatever its patterns became is walked.
const PATHS: [&[u8]; 4] = [
    b"a",
    b"services/payments/charge.rs",
    b"\xff/.git",
    b"a/b/c/d/e",
];
const REFS: [&[u8]; 3] = [b"refs/heads/main", b"refs/tags/v1", b"refs/heads/release/1"];

/// The input is the file.
pub(crate) fn run(data: &[u8]) {
    let file = Path::new("policy.yml");
    let (diagnostics, source) = match Policy::parse(data, file) {
        Ok(mut loaded) => {
            ask(&loaded.policy);
            let again = Policy::parse(data, file)
                .expect("it was read before")
                .policy;
            assert_eq!(again.digest, loaded.policy.digest);
            assert_eq!(again.selectors, loaded.policy.selectors);
            (loaded.warnings().clone(), loaded.source)
        }
        Err(PolicyError::Invalid { text, diagnostics }) => {
            assert!(!diagnostics.is_empty(), "refused without a word");
            (diagnostics, *text)
        }
        Err(unreadable) => panic!("{unreadable}"),
    };
    for found in &diagnostics {
        assert!(
            source.text.get(found.span.range.clone()).is_some(),
            "{:?} is not in the text",
            found.span
        );
    }
    let said = diagnostic::render_all(&diagnostics, &source, false);
    let obeyed = said
        .chars()
        .find(|character| character.is_control() && *character != '\n');
    assert_eq!(obeyed, None, "in {said:?}");
}

fn ask(policy: &Policy) {
    for path in PATHS {
        let sets = policy.paths.matches_path(path, EntryKind::File);
        for selector in &policy.selectors {
            selector.selects(&sets);
        }
        policy.tier_of(&sets);
    }
    for rule in &policy.rules {
        for name in REFS {
            rule.refs.matches(name);
        }
        rule.mode.in_repository("shop/web");
    }
}
