//! The command that mends a refused push: one line to be pasted into a POSIX shell, in the clone that pushed.
//!
//! What only the pusher knows stands in it as `"${CHANGE_TICKET:?}"`. A shell refuses to run a line in which such a
//! variable is not set, so that no placeholder can end up in a commit.
//!
//! A commit at the tip is amended. Older ones are found by their ids in the list of a rebase, and amended there: no other
//! commit gets what these lack, and what was merged in from elsewhere keeps its id. So one command has to mend all that
//! is wrong with a ref: a second one would name ids that the first has changed.

use std::collections::{BTreeMap, BTreeSet};

use gix::hash::ObjectId;

use crate::decision::{Charged, Decision, Finding, Missing};
use crate::policy::rule::Mode;
use crate::provenance::SAYS_WHETHER;

/// A line with more commits than this is longer than terminals take.
const MOST: usize = 50;

/// What to paste.
#[derive(Debug, PartialEq, Eq)]
pub struct Remedy {
    /// The command.
    pub command: String,
    /// The variables that the pusher has to set, or to replace.
    pub blanks: Vec<String>,
}

/// The remedy of what a finding of this mode says, together with all of its kind on the same ref: what keeps the push
/// out, or the warnings of one that went through. `None` where no command helps.
pub fn of(decision: &Decision, mode: Mode, finding: &Finding) -> Option<Remedy> {
    let is_mended = mode
        == if decision.is_accepted() {
            Mode::Warn
        } else {
            Mode::Enforce
        };
    if !is_mended || faults(&[finding]).is_empty() {
        return None;
    }
    let on_this_ref = |other: &&Finding| other.name == finding.name;
    let findings: Vec<_> = decision.findings(mode).filter(on_this_ref).collect();
    mend(&findings)
}

fn mend(findings: &[&Finding]) -> Option<Remedy> {
    // A tag is made anew, not amended; for what to do to it, the message has to be enough.
    let first = findings
        .first()
        .filter(|first| first.name.starts_with(b"refs/heads/"))?;
    let tip = first.new;
    // Whatever is made anew loses its signature, also of what lacks none and only follows.
    let is_signed = findings.iter().any(|finding| finding.asks_for_signatures);
    let faults = faults(findings);
    let commits: Vec<&Charged> = faults.values().map(|(commit, _)| *commit).collect();
    let blanks: BTreeSet<String> = faults
        .values()
        .flat_map(|(_, faults)| blanks(faults))
        .collect();
    let command = match commits.as_slice() {
        [] => return None,
        [only] if Some(only.id) == tip => amend_tip(&faults[&only.id].1, is_signed),
        _ if commits.len() > MOST => return None,
        _ => rebase(&faults, &commits, &blanks, is_signed),
    };
    Some(Remedy {
        command,
        blanks: blanks.into_iter().collect(),
    })
}

/// What an amended commit would have.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    Committer,
    Message,
    Author,
    SignOff,
    /// The key, and which of several that are wanted.
    Trailer(String, Option<usize>),
    Signature,
}

type Faults<'a> = BTreeMap<ObjectId, (&'a Charged, BTreeSet<Fault>)>;

fn faults<'a>(findings: &[&'a Finding]) -> Faults<'a> {
    let mut faults = Faults::new();
    for charge in findings.iter().flat_map(|finding| &finding.charges) {
        let found: Vec<Fault> = charge.missing.iter().flat_map(Fault::of).collect();
        let Some(commit) = charge.commit.as_ref().filter(|_| !found.is_empty()) else {
            continue;
        };
        let of_commit = faults.entry(commit.id);
        of_commit
            .or_insert_with(|| (commit, BTreeSet::new()))
            .1
            .extend(found);
    }
    faults
}

impl Fault {
    fn of(missing: &Missing) -> Vec<Self> {
        match missing {
            Missing::Trailer { key, from, .. }
                if key.eq_ignore_ascii_case("Signed-off-by") && *from == ["author"] =>
            {
                vec![Fault::SignOff]
            }
            Missing::Trailer {
                key, count: 0 | 1, ..
            } => vec![Fault::Trailer(key.clone(), None)],
            Missing::Trailer { key, count, .. } => (1..=*count)
                .map(|number| Fault::Trailer(key.clone(), Some(number)))
                .collect(),
            Missing::Provenance => vec![Fault::Trailer(SAYS_WHETHER.to_owned(), None)],
            Missing::Message { .. } => vec![Fault::Message],
            Missing::Author { .. } => vec![Fault::Author],
            Missing::Committer { .. } => vec![Fault::Committer],
            Missing::Signature { .. } => vec![Fault::Signature],
            Missing::Any { .. } => missing.cheapest().into_iter().flat_map(Fault::of).collect(),
            Missing::Approval { .. }
            | Missing::KnownContributor { .. }
            | Missing::VetoLifted { .. }
            | Missing::NothingToApprove
            | Missing::Denied { .. }
            | Missing::LostCommits { .. }
            | Missing::NobodyToCharge => Vec::new(),
        }
    }

    /// The variable that the pusher sets.
    fn blank(&self) -> Option<String> {
        match self {
            Fault::Committer => Some("COMMITTER_EMAIL".to_owned()),
            Fault::Author => Some("AUTHOR".to_owned()),
            Fault::Trailer(key, number) => {
                let upper = |byte: u8| {
                    if byte.is_ascii_alphanumeric() {
                        byte.to_ascii_uppercase()
                    } else {
                        b'_'
                    }
                };
                // Not `PATH`, and not `1ST`.
                let name: String = key.bytes().map(|byte| char::from(upper(byte))).collect();
                let name = if name.contains('_')
                    && !name.starts_with(|first: char| first.is_ascii_digit())
                {
                    name
                } else {
                    format!("THE_{name}")
                };
                Some(number.map_or(name.clone(), |number| format!("{name}_{number}")))
            }
            Fault::Message | Fault::SignOff | Fault::Signature => None,
        }
    }

    /// What `git commit --amend` needs, with `value` in place of what the pusher knows.
    fn option(&self, value: &str) -> Option<String> {
        match self {
            Fault::Committer | Fault::Message | Fault::Signature => None,
            Fault::Author => Some(format!("--author=\"{value}\"")),
            Fault::SignOff => Some("--signoff".to_owned()),
            Fault::Trailer(key, _) => Some(format!("--trailer \"{key}: {value}\"")),
        }
    }
}

fn blanks(faults: &BTreeSet<Fault>) -> Vec<String> {
    faults.iter().filter_map(Fault::blank).collect()
}

/// `git commit --amend` with what mends these faults; `show` writes a variable.
fn amend(faults: &BTreeSet<Fault>, is_signed: bool, show: impl Fn(&str) -> String) -> String {
    let mut command = "git commit --amend".to_owned();
    if faults.contains(&Fault::Committer) {
        // Not `user.email`: this variable would win over it.
        let value = show("COMMITTER_EMAIL");
        command.insert_str(0, &format!("GIT_COMMITTER_EMAIL=\"{value}\" "));
    }
    if !faults.contains(&Fault::Message) {
        command += " --no-edit";
    }
    for fault in faults {
        let value = fault.blank().map(|blank| show(&blank)).unwrap_or_default();
        if let Some(option) = fault.option(&value) {
            command += " ";
            command += &option;
        }
    }
    if is_signed {
        command += " -S";
    }
    command
}

fn amend_tip(faults: &BTreeSet<Fault>, is_signed: bool) -> String {
    amend(faults, is_signed, |blank| format!("${{{blank}:?}}"))
}

/// A rebase whose list says `git mend` behind each commit that lacks something. The aliases take the values from the
/// environment, where no quote in a value can harm.
fn rebase(
    faults: &Faults<'_>,
    commits: &[&Charged],
    blanks: &BTreeSet<String>,
    is_signed: bool,
) -> String {
    let mut alike: BTreeMap<&BTreeSet<Fault>, Vec<String>> = BTreeMap::new();
    for (commit, faults) in faults.values() {
        alike.entry(faults).or_default().push(short(commit));
    }
    let (mut edits, mut aliases) = (Vec::new(), Vec::new());
    for (position, (faults, ids)) in alike.iter().enumerate() {
        let mend = if alike.len() == 1 {
            "mend".to_owned()
        } else {
            format!("mend{}", position + 1)
        };
        // `G;s/$/…/` adds a line with every sed there is. The ids stand behind `pick` or `merge -C`, or their initials.
        edits.push(format!(
            r"-e '/^[pm][a-z]* (-C )?({})/{{G;s/$/exec git {mend}/;}}'",
            ids.join("|")
        ));
        let amend = amend(faults, is_signed, |blank| format!("${blank}"));
        aliases.push(format!("-c alias.{mend}='!{amend}'"));
    }
    let assignments: String = blanks
        .iter()
        .flat_map(|blank| [blank, "=\"${", blank, ":?}\" "])
        .collect();
    // A suffix of its own, because sed of BSD needs one.
    format!(
        "{assignments}GIT_SEQUENCE_EDITOR=\"sed -i.orig -E {}\" git -c core.abbrev=40 {} rebase -i --rebase-merges{} {}",
        edits.join(" "),
        aliases.join(" "),
        if is_signed { " -S" } else { "" },
        base(commits)
    )
}

/// What all of the commits are based on. Their order says nothing: dates may lie.
fn base(commits: &[&Charged]) -> String {
    if commits.iter().any(|commit| commit.parents == 0) {
        return "--root".to_owned();
    }
    let parents: Vec<String> = commits.iter().map(|commit| short(commit) + "^").collect();
    match parents.as_slice() {
        [only] => only.clone(),
        several => format!("$(git merge-base --octopus {})", several.join(" ")),
    }
}

fn short(commit: &Charged) -> String {
    crate::git::short(&commit.id)
}
