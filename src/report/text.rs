//! What the pusher sees: plain lines of at most [`COLUMNS`], everything at once.
//!
//! No colour codes: git colours lines that begin with `error` and `warning` on the pusher's own terminal.

mod glass;

use std::collections::BTreeSet;

use gix::bstr::BString;

use super::approving::{self, Approving};
use super::escape::Name;
use super::layout::{COLUMNS, clip, wrap};
use super::paragraphs;
use super::remedy::{self, Remedy};
use super::risk::reasons;
use super::words;
use crate::decision::{Charge, Charged, Decision, Finding, Missing, NotCounted, paths};
use crate::policy::rule::Mode;
use crate::policy::{ForgeKind, Output, Policy};

/// The message for a decision; empty where there is nothing to say.
pub fn decision(decision: &Decision, policy: &Policy, line_prefix: &str) -> String {
    let mut page = Page::new(line_prefix);
    let shown = policy.limits.findings_shown;
    if !decision.is_accepted() {
        page.line(&format!(
            "portcullis refused this push (decision {}).",
            decision.id
        ));
        page.objections(decision, shown);
    }
    page.overdue(decision, shown);
    for (severity, mode) in [("error", Mode::Enforce), ("warning", Mode::Warn)] {
        for findings in by_ref(&decision.findings(mode).collect::<Vec<_>>()) {
            page.findings(severity, findings, shown);
            let remedy = findings
                .iter()
                .find_map(|finding| remedy::of(decision, mode, finding));
            if let Some(remedy) = remedy {
                page.remedy(&findings[0].name, &remedy);
            }
            let approving = findings
                .iter()
                .find_map(|finding| approving::of(decision, finding));
            if let Some(approving) = approving {
                page.approving(
                    &findings[0].name,
                    &approving,
                    &pull_requests(decision, policy),
                );
            }
        }
    }
    if decision.is_accepted() {
        page.broken_glass(decision, shown);
        page.paid(decision);
    } else {
        page.glass_held(decision, policy, shown);
        page.closing(&policy.output);
    }
    page.text
}

/// The message when the push could not be judged.
pub fn failure(reason: &dyn std::error::Error, is_the_pushers: bool, line_prefix: &str) -> String {
    let mut page = Page::new(line_prefix);
    page.line("portcullis could not judge this push, and so refused it.");
    page.blank();
    let reasons = chain(reason);
    if is_the_pushers {
        page.prose("error: ", "  ", &reasons);
    } else {
        page.prose(
            "error: ",
            "  ",
            &format!("the gate failed, not your change: {reasons}"),
        );
        page.prose(
            "hint: ",
            "  ",
            "tell the admin of this git server; the log there says more. Nothing was changed.",
        );
    }
    page.text
}

/// The warning that another policy decides than the one that is written, which is wrong; `since` is when it was put in
/// force, and `check` the command that shows the mistakes.
pub fn stand_in(policy: &Policy, since: i64, check: &str, line_prefix: &str) -> String {
    let mut page = Page::new(line_prefix);
    page.prose(
        "warning: ",
        "  ",
        &format!(
            "the policy of this server is wrong and not in force. The last good one judges instead: of {}, SHA-256 {}. \
             Tell the admin: `{check}` shows the mistakes.",
            crate::ledger::time(since),
            &policy.digest[..16],
        ),
    );
    page.text
}

/// An error and what it comes from.
pub fn chain(error: &dyn std::error::Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        let cause_text = cause.to_string();
        if !text.contains(&cause_text) {
            text = format!("{text}: {cause_text}");
        }
        source = cause.source();
    }
    Name(text.as_bytes()).to_string()
}

/// Lines under construction.
struct Page<'a> {
    prefix: &'a str,
    text: String,
}

impl<'a> Page<'a> {
    fn new(prefix: &'a str) -> Self {
        Page {
            prefix,
            text: String::new(),
        }
    }

    fn line(&mut self, line: &str) {
        self.text += self.prefix;
        self.text += line;
        self.text.push('\n');
    }

    fn blank(&mut self) {
        self.line("");
    }

    fn prose(&mut self, first: &str, hanging: &str, text: &str) {
        for line in wrap(text, first, hanging, COLUMNS - self.prefix.len()).lines() {
            self.line(line);
        }
    }

    fn objections(&mut self, decision: &Decision, shown: usize) {
        let updates = decision.updates.iter();
        let objections: Vec<_> = updates
            .flat_map(|update| update.objections.iter().map(move |why| (&update.name, why)))
            .collect();
        for (name, why) in objections.iter().take(shown) {
            self.blank();
            let text = format!("{}: {}", Name(name), words::objection(why));
            self.prose("error: ", "  ", &text);
        }
        if objections.len() > shown {
            self.blank();
            self.line(&format!(
                "+{} more refs with such errors",
                objections.len() - shown
            ));
        }
    }

    fn findings(&mut self, severity: &str, findings: &[&Finding], shown: usize) {
        for (position, finding) in findings.iter().enumerate() {
            let is_first_of_rule = position == 0 || findings[position - 1].rule != finding.rule;
            if is_first_of_rule {
                self.blank();
                let description = finding
                    .description
                    .as_deref()
                    .map(|text| format!(": {text}"))
                    .unwrap_or_default();
                self.prose(
                    &format!("{severity}: "),
                    "  ",
                    &format!("{}{description}", finding.rule),
                );
            }
            self.finding(finding, shown);
        }
    }

    fn finding(&mut self, finding: &Finding, shown: usize) {
        self.line(&format!("  on {}:", Name(&finding.name)));
        for (missing, charges) in by_fault(&finding.charges) {
            let commits: Vec<&Charged> = charges
                .iter()
                .filter_map(|charge| charge.commit.as_ref())
                .collect();
            self.list(&commits, shown, |commit| {
                format!(
                    "{} {}",
                    crate::git::short(&commit.id),
                    Name(&commit.subject)
                )
            });
            let paths = Vec::from_iter(paths(charges.iter().copied()));
            self.list(&paths, shown, |path| format!("  {}", Name(path)));
            let evidence = charges.iter().flat_map(|charge| &charge.evidence);
            for known in words::evidence(evidence).iter().take(shown) {
                self.prose("    ", "      ", known);
            }
            for missing in missing {
                let label = if matches!(missing, Missing::Denied { .. } | Missing::NobodyToCharge) {
                    ""
                } else {
                    "missing: "
                };
                for paragraph in paragraphs::of(missing, &format!("    {label}"), "      ") {
                    self.prose(&paragraph.first, &paragraph.hanging, &paragraph.text);
                }
            }
            self.not_counted(missing, shown);
        }
        if let Some(risk) = &finding.risk {
            self.prose("    risk: ", "      ", &reasons::band(risk));
            for reason in reasons::reasons(risk) {
                self.prose("      ", "        ", &reason);
            }
        }
        if let Some(message) = &finding.message {
            self.prose("    ", "    ", message);
        }
    }

    /// Approvals that are there and do not count, once for all entries that they do not help.
    fn not_counted(&mut self, missing: &[Missing], shown: usize) {
        let of_missing = |missing: &Missing| match missing {
            Missing::Approval { not_counted, .. } => not_counted.clone(),
            _ => Vec::new(),
        };
        // First those that someone really signed: anyone can push tags that nobody did.
        let not_counted: BTreeSet<(bool, NotCounted)> = missing
            .iter()
            .flat_map(Missing::each)
            .flat_map(of_missing)
            .map(|found| (found.person.is_none(), found))
            .collect();
        for (_, found) in not_counted.iter().take(shown) {
            self.prose("      ", "        ", &words::not_counted_approval(found));
        }
        if not_counted.len() > shown {
            self.line(&format!("      +{} more", not_counted.len() - shown));
        }
    }

    fn approving(&mut self, name: &BString, approving: &Approving, pull_requests: &str) {
        self.blank();
        let to_have = format!("to have the change of {} approved", Name(name));
        match &approving.show {
            Some(show) => {
                self.prose("", "  ", &format!("{to_have}, show it:"));
                self.line(&format!("  {show}"));
                let then = "then an approver takes it, looks at it, signs, and hands that in:";
                self.prose("", "  ", then);
            }
            None => {
                let who = format!(
                    "{to_have}, an approver takes it, looks at it, signs, and hands that in:"
                );
                self.prose("", "  ", &who);
            }
        }
        for command in [&approving.take, &approving.sign, &approving.hand_in] {
            self.line(&format!("  {command}"));
        }
        if approving.or_review {
            self.line("a review of a pull request into this ref counts too:");
            self.line(&format!("  {pull_requests}"));
        }
        if approving.show.is_some() {
            self.line("then push again.");
        }
    }

    fn remedy(&mut self, name: &BString, remedy: &Remedy) {
        let blanks: Vec<_> = remedy
            .blanks
            .iter()
            .map(|blank| format!("${{{blank}:?}}"))
            .collect();
        let blanks = if blanks.is_empty() {
            String::new()
        } else {
            format!(", with your value in place of {}", blanks.join(" and "))
        };
        self.blank();
        self.prose(
            "",
            "  ",
            &format!("to mend it, on your branch for {}{blanks}:", Name(name)),
        );
        self.line(&format!("  {}", remedy.command));
    }

    fn list<T>(&mut self, items: &[T], shown: usize, show: impl Fn(&T) -> String) {
        let columns = COLUMNS - self.prefix.len() - 4;
        for item in items.iter().take(shown) {
            self.line(&format!("    {}", clip(&show(item), columns)));
        }
        if items.len() > shown {
            self.line(&format!("    +{} more", items.len() - shown));
        }
    }

    fn closing(&mut self, output: &Output) {
        let contact = output
            .contact
            .as_ref()
            .map(|contact| format!("Questions: {contact}"));
        let docs = output
            .docs
            .as_ref()
            .map(|docs| format!("The rules: {docs}"));
        if contact.is_some() || docs.is_some() {
            self.blank();
        }
        for line in [contact, docs].into_iter().flatten() {
            self.prose("", "  ", &line);
        }
    }
}

/// Where the pull requests of the repository are, for people; empty where no forge is named.
fn pull_requests(decision: &Decision, policy: &Policy) -> String {
    policy.forge.as_ref().map_or_else(String::new, |forge| {
        let page = match forge.kind {
            ForgeKind::Gitea | ForgeKind::Forgejo => "pulls",
            ForgeKind::Gitlab => "-/merge_requests",
        };
        let repository = Name(decision.repository.as_bytes());
        format!("{}/{repository}/{page}", forge.url.as_str())
    })
}

/// The findings on each ref, as they come.
fn by_ref<'a, 'f>(findings: &'f [&'a Finding]) -> impl Iterator<Item = &'f [&'a Finding]> {
    findings.chunk_by(|one, next| one.name == next.name)
}

/// Charges with the same fault together, in the order in which they come first.
fn by_fault(charges: &[Charge]) -> Vec<(&[Missing], Vec<&Charge>)> {
    let mut groups: Vec<(&[Missing], Vec<&Charge>)> = Vec::new();
    for charge in charges {
        match groups
            .iter_mut()
            .find(|(missing, _)| *missing == charge.missing)
        {
            Some((_, group)) => group.push(charge),
            None => groups.push((&charge.missing, vec![charge])),
        }
    }
    groups
}
