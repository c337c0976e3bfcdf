//! What `verify` found, for people and for programs (`portcullis/verify/v1`), each finding with its remedy.

use std::path::Path;

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;
use serde::Serialize;
use serde_json::{Value, json};

use super::escape::Name;
use super::json::text;
use super::layout::{COLUMNS, wrap};
use super::ledger;
use super::shell::{quote, quote_path};
use super::words::counted;
use crate::git::short;
use crate::ledger::chain::Proof;
use crate::verify::Verified;
use crate::verify::history::{Gap, Step};
use crate::verify::hook::HookProblem;

/// The report for people; `file` is the ledger.
pub fn report(all: &[Verified], proof: &Proof, file: &Path) -> String {
    let mut text = String::new();
    for verified in all {
        text += &repository(verified);
    }
    text + &ledger::report(proof, file)
}

/// The report for programs.
pub fn json(all: &[Verified], proof: &Proof, file: &Path) -> Value {
    let repositories: Vec<_> = all.iter().map(Entry::of).collect();
    json!({
        "schema": "portcullis/verify/v1",
        "verdict": if is_fine(all, proof) { "fine" } else { "findings" },
        "repositories": repositories,
        "ledger": ledger::json(proof, file),
    })
}

/// Is there nothing to be done?
pub fn is_fine(all: &[Verified], proof: &Proof) -> bool {
    proof.breaks.is_empty() && !all.iter().any(Verified::has_findings)
}

fn repository(verified: &Verified) -> String {
    let count = verified.gaps.len() + usize::from(verified.hook.is_some());
    let mut text = format!(
        "{}: {}, {}\n",
        Name(verified.name.as_bytes()),
        counted(verified.governed, "governed ref", "governed refs"),
        match count {
            0 => "fine".to_owned(),
            count => counted(count, "finding", "findings"),
        }
    );
    let mut add = |first: &str, words: &str| {
        text += &wrap(words, first, "    ", COLUMNS);
        text.push('\n');
    };
    if verified.first_seen > 0 {
        let seen = counted(
            verified.first_seen,
            "ref that no decision is about is",
            "refs that no decision is about are",
        );
        add(
            "  note: ",
            &format!("{seen} taken as now, as nobody has looked before"),
        );
    }
    if let Some(problem) = &verified.hook {
        add(
            "  error: ",
            &format!("{}\n{}", hook(problem), hook_remedy(problem)),
        );
    }
    for (name, gap) in &verified.gaps {
        let remedy = remedy(&verified.path, name, gap);
        add(
            "  error: ",
            &format!("{}: {}\n{remedy}", Name(name), gap_in_words(gap)),
        );
    }
    text
}

fn gap_in_words(gap: &Gap) -> String {
    if let (true, Some(step)) = (gap.is_undone, &gap.after) {
        return format!(
            "{} allowed {}, and it is where it was before: that was taken back without a decision, or git has refused it \
             by itself (receive.deny…, another hook)",
            decision(step),
            value(step.new),
        );
    }
    let what = match (gap.from, gap.to) {
        (None, to) => format!("was made at {} without a decision", value(to)),
        (Some(_), None) => "was deleted without a decision".to_owned(),
        (Some(from), Some(to)) => format!(
            "went from {} to {} without a decision",
            short(&from),
            short(&to)
        ),
    };
    let after = gap
        .after
        .as_ref()
        .map(|step| format!("after {}", decision(step)));
    let before = gap
        .before
        .as_ref()
        .map(|step| format!("before {}", decision(step)));
    let when: Vec<_> = after.into_iter().chain(before).collect();
    if when.is_empty() {
        what
    } else {
        format!("{what}, {}", when.join(" and "))
    }
}

/// How to see it, to put it back, and to let it be. What has gone on since cannot be put back.
fn remedy(path: &Path, name: &BString, gap: &Gap) -> String {
    let git = format!("git -C {}", quote_path(path));
    let name = quote(name);
    let look = match (gap.from, gap.to) {
        (Some(from), Some(to)) => format!("See what it brought:\n  {git} log {from}..{to}\n"),
        _ => String::new(),
    };
    let back = match (gap.before.is_some(), gap.from, gap.to) {
        (true, ..) | (_, None, None) => String::new(),
        (_, Some(from), Some(to)) => {
            format!("Put it back:\n  {git} update-ref {name} {from} {to}\n")
        }
        (_, Some(from), None) => format!("Put it back:\n  {git} update-ref {name} {from} ''\n"),
        (_, None, Some(to)) => format!("Put it back:\n  {git} update-ref -d {name} {to}\n"),
    };
    format!(
        "{look}{back}If it is right as it is: `portcullis verify --accept`, with the same options."
    )
}

pub(crate) fn hook(problem: &HookProblem) -> String {
    match problem {
        HookProblem::Missing { path } => format!(
            "there is no hook at {}: pushes are not judged",
            path.display()
        ),
        HookProblem::NotExecutable { path } => {
            format!(
                "{} is not executable: git passes over it, and pushes are not judged",
                path.display()
            )
        }
        HookProblem::Foreign { path } => format!(
            "{} is the hook, and does not call portcullis",
            path.display()
        ),
    }
}

pub(crate) fn hook_remedy(problem: &HookProblem) -> String {
    match problem {
        HookProblem::NotExecutable { path } => {
            format!("Run this:\n  chmod +x {}", quote_path(path))
        }
        HookProblem::Missing { .. } | HookProblem::Foreign { .. } => {
            "Run `./install.sh --repo` for it again, see where core.hooksPath points, or name the folder of hooks that the server calls for all repositories with --hooks.".to_owned()
        }
    }
}

fn decision(step: &Step) -> String {
    let id = step.id.as_deref().unwrap_or("unknown");
    format!(
        "decision {} of {} (line {})",
        Name(id.as_bytes()),
        Name(step.time.as_bytes()),
        step.number
    )
}

fn value(id: Option<ObjectId>) -> String {
    id.map_or_else(|| "its deletion".to_owned(), |id| short(&id))
}

#[derive(Serialize)]
struct Entry {
    name: String,
    path: String,
    governed: usize,
    first_seen: usize,
    hook: Option<Value>,
    findings: Vec<Value>,
}

impl Entry {
    fn of(verified: &Verified) -> Self {
        let step = |step: &Step| json!({ "line": step.number, "id": step.id, "time": step.time });
        let hex = |id: Option<ObjectId>| id.map(|id| id.to_string());
        let findings = verified.gaps.iter().map(|(name, gap)| {
            json!({
                "kind": match (gap.from, gap.to) {
                    (None, _) => "created",
                    (_, None) => "deleted",
                    _ => "moved",
                },
                "ref": text(name.as_bstr()),
                "from": hex(gap.from),
                "to": hex(gap.to),
                "after": gap.after.as_ref().map(step),
                "before": gap.before.as_ref().map(step),
                "undone": gap.is_undone,
                "message": gap_in_words(gap),
                "fix": remedy(&verified.path, name, gap),
            })
        });
        Entry {
            name: verified.name.clone(),
            path: verified.path.display().to_string(),
            governed: verified.governed,
            first_seen: verified.first_seen,
            hook: verified
                .hook
                .as_ref()
                .map(|problem| json!({ "message": hook(problem), "fix": hook_remedy(problem) })),
            findings: findings.collect(),
        }
    }
}
