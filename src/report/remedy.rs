//! Commands that mend a refused push: to be pasted, each on one line, with `<…>` where the pusher must put something in.

use std::collections::BTreeSet;

use gix::bstr::BString;

use super::escape::Name;
use super::shell::quote;
use crate::decision::{Charge, Charged, Finding, Missing};

/// What to do about a finding, in order.
pub fn commands(finding: &Finding) -> Vec<String> {
    let mut commands = Vec::new();
    for fault in faults(finding) {
        let commits: Vec<&Charged> = finding
            .charges
            .iter()
            .filter(|charge| {
                charge
                    .missing
                    .iter()
                    .any(|missing| Fault::of(missing).as_ref() == Some(&fault))
            })
            .filter_map(|charge| charge.commit.as_ref())
            .collect();
        commands.extend(mend(&fault, finding, &commits));
    }
    commands
}

/// A fault that a command can mend, without what differs between commits.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
enum Fault {
    SignOff,
    Trailer { key: String, placeholder: String },
    Message,
    Author,
    Committer,
}

impl Fault {
    fn of(missing: &Missing) -> Option<Self> {
        match missing {
            Missing::Trailer { key, from, .. }
                if key.eq_ignore_ascii_case("Signed-off-by") && is_author(from) =>
            {
                Some(Fault::SignOff)
            }
            Missing::Trailer {
                key, value, from, ..
            } => Some(Fault::Trailer {
                key: key.clone(),
                placeholder: placeholder(value.as_deref(), from),
            }),
            Missing::Message { .. } => Some(Fault::Message),
            Missing::Author { .. } => Some(Fault::Author),
            Missing::Committer { .. } => Some(Fault::Committer),
            Missing::Denied { .. } | Missing::NobodyToCharge => None,
        }
    }
}

fn is_author(from: &[String]) -> bool {
    from.len() == 1 && from[0] == "author"
}

/// What stands where the pusher must put something in.
fn placeholder(value: Option<&str>, from: &[String]) -> String {
    let hint = match (value, from) {
        (Some(pattern), _) => pattern.to_owned(),
        (None, []) => "value".to_owned(),
        (None, names) => format!("Name <address of {}>", names.join(" or ")),
    };
    Name(format!("<{hint}>").as_bytes()).to_string()
}

fn faults(finding: &Finding) -> BTreeSet<Fault> {
    let of_charge = |charge: &Charge| {
        charge
            .missing
            .iter()
            .filter_map(|missing| Fault::of(missing))
            .collect::<Vec<_>>()
    };
    finding
        .charges
        .iter()
        .filter(|charge| charge.commit.is_some())
        .flat_map(of_charge)
        .collect()
}

fn mend(fault: &Fault, finding: &Finding, commits: &[&Charged]) -> Option<String> {
    // In the order of the walk: the last one is the oldest.
    let oldest = commits.last()?;
    let only_the_tip = commits.len() == 1 && Some(oldest.id) == finding.new;
    let amend = amend(fault);
    if only_the_tip {
        return Some(amend);
    }
    let from = if oldest.parents == 0 {
        "--root".to_owned()
    } else {
        format!("{}^", crate::git::short(&oldest.id))
    };
    if *fault == Fault::Message {
        return Some(format!(
            "git rebase --rebase-merges -i {from}    # and mark the commits with \"reword\""
        ));
    }
    Some(format!(
        "git rebase --rebase-merges --exec {} {from}",
        quote(amend.as_bytes())
    ))
}

fn amend(fault: &Fault) -> String {
    let word = |text: String| quote(BString::from(text).as_slice());
    match fault {
        Fault::SignOff => "git commit --amend --no-edit --signoff".to_owned(),
        Fault::Trailer { key, placeholder } => {
            format!(
                "git commit --amend --no-edit --trailer {}",
                word(format!("{key}: {placeholder}"))
            )
        }
        Fault::Message => "git commit --amend".to_owned(),
        Fault::Author => "git commit --amend --no-edit --author='<Name> <<address>>'".to_owned(),
        Fault::Committer => "git -c user.email='<address>' commit --amend --no-edit".to_owned(),
    }
}
