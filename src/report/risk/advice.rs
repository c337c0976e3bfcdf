//! What reviewers and outcomes say of a policy, and what that suggests, in words, as JSON and as a diff.

use std::fmt::Write as _;
use std::path::Path;

use gix::bstr::BStr;
use gix::diff::blob::sources::byte_lines;
use gix::diff::blob::unified_diff::{ConsumeBinaryHunk, ContextSize};
use gix::diff::blob::{Algorithm, Diff, InternedInput, UnifiedDiff};
use serde::Serialize;
use serde_json::Value;

use crate::policy::Policy;
use crate::report::escape::Name;
use crate::report::json::{Text, text, value};
use crate::report::layout::{COLUMNS, wrap};
use crate::report::words::counted;
use crate::risk::advise::amend::{Change, amended};
use crate::risk::advise::outcomes::{Outcomes, Tally};
use crate::risk::advise::proposals::{Proposal, zone_name};

/// What is reported on.
#[derive(Debug)]
pub struct Advice<'a> {
    /// `owner/name` of the repository.
    pub repository: &'a str,
    /// The policy.
    pub policy: &'a Policy,
    /// The text of its main file.
    pub text: &'a str,
    /// What became of what the rules said.
    pub outcomes: &'a Outcomes,
    /// What that suggests.
    pub proposals: &'a [Proposal],
}

/// How sure the counting is, and before what.
const PRIOR: &str = "How sure it is: before anything was seen, every share was taken to be as likely as any other; where a \
share is held against the usual one of the repository, as if that had been seen once. Nothing is proposed below 95 %.";

/// For people; the diff at its end can be given to `patch` as it stands.
pub fn report(advice: &Advice<'_>) -> String {
    let outcomes = advice.outcomes;
    let mut page = format!(
        "{}: {}\n",
        Name(advice.repository.as_bytes()),
        counted(outcomes.decisions, "decision", "decisions")
    );
    if outcomes.lost > 0 {
        let pushes = counted(outcomes.lost, "accepted push", "accepted pushes");
        let _ = writeln!(
            page,
            "Of {pushes} the commits are gone, so what was refused before may have come with them."
        );
    }
    for (rule, tally) in &outcomes.rules {
        let _ = writeln!(page, "\n{}", Name(rule.as_bytes()));
        for line in told(tally) {
            let _ = writeln!(page, "  {line}");
        }
        for (directory, tally) in most_refused(outcomes, rule) {
            let _ = writeln!(
                page,
                "  {:>4} of these in {}/",
                tally.refused,
                Name(directory)
            );
        }
    }
    if advice.proposals.is_empty() {
        page += "\nNothing is proposed: what is known is too little, or as it should be.\n";
        return page;
    }
    page += "\nFor a person to decide:\n";
    for proposal in advice.proposals {
        page += &wrap(&sentence(proposal), "- ", "  ", COLUMNS);
        page.push('\n');
    }
    page.push('\n');
    page += &wrap(PRIOR, "", "", COLUMNS);
    page.push('\n');
    let diff = diff(advice);
    if !diff.is_empty() {
        let file = Name(advice.policy.file.as_os_str().as_encoded_bytes()).to_string();
        let _ = write!(
            page,
            "\nAs a change of {file} (nothing has been changed):\n\n{diff}"
        );
    }
    page
}

/// What became of what a rule said, a line each.
fn told(tally: &Tally) -> Vec<String> {
    let mut lines = Vec::new();
    if tally.refused > 0 {
        let waiting =
            tally.refused - (tally.met + tally.broken + tally.abandoned).min(tally.refused);
        lines.push(format!(
            "{:>4} changes refused: {} came with what was asked, {} past the rule, {} did not come again, {waiting} may yet",
            tally.refused, tally.met, tally.broken, tally.abandoned
        ));
    }
    for (pushes, mended, how) in [
        (tally.bypassed, tally.bypassed_and_mended, "went past it"),
        (tally.warned, tally.warned_and_mended, "were warned of"),
    ] {
        if pushes > 0 {
            lines.push(format!(
                "{pushes:>4} pushes {how}: {mended} mended or taken back later"
            ));
        }
    }
    if tally.approved > 0 || tally.vetoed > 0 {
        lines.push(format!(
            "{:>4} approvals, {} refusals by veto",
            tally.approved, tally.vetoed
        ));
    }
    lines
}

/// The three directories in which a rule refused most.
fn most_refused<'a>(outcomes: &'a Outcomes, rule: &str) -> Vec<(&'a BStr, &'a Tally)> {
    let mut directories: Vec<(&BStr, &Tally)> = outcomes
        .directories
        .iter()
        .filter(|((of, directory), tally)| of == rule && tally.refused > 0 && !directory.is_empty())
        .map(|((_, directory), tally)| (BStr::new(directory), tally))
        .collect();
    directories.sort_by_key(|(_, tally)| std::cmp::Reverse(tally.refused));
    directories.truncate(3);
    directories
}

/// A proposal in words, with what it rests on.
fn sentence(proposal: &Proposal) -> String {
    match proposal {
        Proposal::Warn { rule, tally, sure } => format!(
            "`{}` could warn in place of refusing (`mode: warn`): of {} that it refused, {} came with what it asks. It is \
             {} sure that fewer than one in five do. If it is meant as a lock, leave it: then it works.",
            Name(rule.as_bytes()),
            counted(
                tally.met + tally.broken + tally.abandoned,
                "change",
                "changes"
            ),
            tally.met,
            percent(*sure)
        ),
        Proposal::Remove {
            rule,
            tally,
            usual,
            sure,
        } => format!(
            "`{}` could go, or ask of other paths: of {} that it warned of, {} mended or taken back later, and of all \
             changes {} are. It is {} sure that it warns of what goes wrong less often than the rest.",
            Name(rule.as_bytes()),
            counted(tally.warned, "push", "pushes"),
            was(tally.warned_and_mended),
            percent(*usual),
            percent(*sure)
        ),
        Proposal::Except {
            rule,
            tally,
            usual,
            sure,
        } => format!(
            "`{}` could be one that no bypass reaches (`bypass: {{ except: [{}] }}`): of {} that went past it, {} mended or \
             taken back later, and of all changes {} are. It is {} sure that it is more often.",
            Name(rule.as_bytes()),
            Name(rule.as_bytes()),
            counted(tally.bypassed, "push", "pushes"),
            was(tally.bypassed_and_mended),
            percent(*usual),
            percent(*sure)
        ),
        Proposal::Zone {
            directory,
            landed,
            all,
            sure,
        } => format!(
            "{}/ could be a zone: {}. It is {} sure that it happens more than twice as often there.",
            Name(directory),
            why(landed.reverts, landed.changes, all.reverts, all.changes),
            percent(*sure)
        ),
    }
}

fn why(reverts: u64, changes: u64, all_reverts: u64, all_changes: u64) -> String {
    format!(
        "{reverts} of {} there took an earlier one back, and {all_reverts} of {all_changes} in the repository",
        counted(changes, "change", "changes")
    )
}

fn was(number: u64) -> String {
    format!("{number} {}", if number == 1 { "was" } else { "were" })
}

fn percent(share: f64) -> String {
    // Downwards: nothing is wholly sure.
    format!("{:.1} %", (1000.0 * share).floor() / 10.0)
}

/// What a proposal changes in a policy's text, where it is plain.
fn change(policy: &Policy, proposal: &Proposal) -> Option<Change> {
    match proposal {
        Proposal::Warn { rule, .. } => Some(Change::Warn { rule: rule.clone() }),
        Proposal::Zone {
            directory,
            landed,
            all,
            ..
        } => Some(Change::Zone {
            name: zone_name(policy, directory),
            pattern: crate::report::map::yaml::pattern(directory) + "/**",
            why: why(landed.reverts, landed.changes, all.reverts, all.changes),
        }),
        Proposal::Remove { .. } | Proposal::Except { .. } => None,
    }
}

/// All that can be written into the policy's main file, as a unified diff; empty if nothing can.
pub fn diff(advice: &Advice<'_>) -> String {
    let file = &advice.policy.file;
    let mut after = advice.text.to_owned();
    let changes = advice.proposals.iter();
    for change in changes.filter_map(|proposal| change(advice.policy, proposal)) {
        after = amended(&after, file, &change).unwrap_or(after);
    }
    if after == advice.text {
        return String::new();
    }
    let name = file.file_name().map_or(Path::new("policy.yml"), Path::new);
    let name = Name(name.as_os_str().as_encoded_bytes()).to_string();
    format!("--- a/{name}\n+++ b/{name}\n{}", hunks(advice.text, &after))
}

fn hunks(before: &str, after: &str) -> String {
    let input = InternedInput::new(byte_lines(before.as_bytes()), byte_lines(after.as_bytes()));
    let mut diff = Diff::compute(Algorithm::Myers, &input);
    diff.postprocess_lines(&input);
    let hunks = ConsumeBinaryHunk::new(String::new(), "\n");
    UnifiedDiff::new(&diff, &input, hunks, ContextSize::symmetrical(3))
        .consume()
        .expect("a policy is UTF-8, and a string takes everything")
}

#[derive(Serialize)]
struct Document<'a> {
    schema: &'static str,
    repository: &'a str,
    decisions: u64,
    lost: u64,
    rules: Vec<OfRule<'a>>,
    proposals: Vec<Proposed<'a>>,
    /// What can be written into the policy's main file.
    diff: String,
}

#[derive(Serialize)]
struct OfRule<'a> {
    rule: &'a str,
    #[serde(flatten)]
    tally: Tally,
    directories: Vec<OfDirectory>,
}

#[derive(Serialize)]
struct OfDirectory {
    directory: Text,
    #[serde(flatten)]
    tally: Tally,
}

#[derive(Serialize)]
struct Proposed<'a> {
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    rule: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    directory: Option<Text>,
    /// How sure it is, from 0 to 1.
    sure: f64,
    why: String,
}

/// For programs: `portcullis/advice/v1`.
pub fn json(advice: &Advice<'_>) -> Value {
    let rules = advice.outcomes.rules.iter().map(|(rule, tally)| OfRule {
        rule,
        tally: *tally,
        directories: advice
            .outcomes
            .directories
            .iter()
            .filter(|((of, _), _)| of == rule)
            .map(|((_, directory), tally)| OfDirectory {
                directory: text(BStr::new(directory)),
                tally: *tally,
            })
            .collect(),
    });
    value(&Document {
        schema: "portcullis/advice/v1",
        repository: advice.repository,
        decisions: advice.outcomes.decisions,
        lost: advice.outcomes.lost,
        rules: rules.collect(),
        proposals: advice.proposals.iter().map(proposed).collect(),
        diff: diff(advice),
    })
}

fn proposed(proposal: &Proposal) -> Proposed<'_> {
    let (kind, rule, directory, sure) = match proposal {
        Proposal::Warn { rule, sure, .. } => ("warn", Some(&**rule), None, *sure),
        Proposal::Remove { rule, sure, .. } => ("remove", Some(&**rule), None, *sure),
        Proposal::Except { rule, sure, .. } => ("except", Some(&**rule), None, *sure),
        Proposal::Zone {
            directory, sure, ..
        } => ("zone", None, Some(text(BStr::new(directory))), *sure),
    };
    Proposed {
        kind,
        rule,
        directory,
        sure,
        why: sentence(proposal),
    }
}
