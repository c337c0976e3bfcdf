//! The whole way to a decision, for people: what `portcullis explain` prints.

use std::fmt::Write as _;

use super::escape::Name;
use super::risk::reasons;
use super::{text, words};
use crate::decision::{Decision, UpdateOutcome, Verdict};
use crate::facts::{Facts, UpdateFacts};
use crate::policy::Policy;
use crate::policy::rule::Mode;

/// The trace of a decision.
pub fn explain(decision: &Decision, facts: &Facts, policy: &Policy) -> String {
    let mut page = String::new();
    for (outcome, facts) in decision.updates.iter().zip(&facts.updates) {
        update(&mut page, outcome, facts, policy).expect("writing to a string does not fail");
    }
    let message = text::decision(decision, policy, "");
    if !message.is_empty() {
        page.push('\n');
        page += &message;
    }
    let verdict = if decision.is_accepted() {
        "accepted"
    } else {
        "refused"
    };
    page + &format!("\nThis push would be {verdict}.\n")
}

fn update(
    page: &mut String,
    outcome: &UpdateOutcome,
    facts: &UpdateFacts,
    policy: &Policy,
) -> std::fmt::Result {
    let short = |id: Option<_>| {
        id.as_ref().map_or_else(
            || "nothing".to_owned(),
            |id: &gix::ObjectId| crate::git::short(id),
        )
    };
    writeln!(
        page,
        "{} {}..{}",
        Name(&outcome.name),
        short(outcome.old),
        short(outcome.new)
    )?;
    if outcome.resolved != outcome.name {
        writeln!(page, "  leads to     {}", Name(&outcome.resolved))?;
    }
    writeln!(page, "  update       {}", words::update_kind(outcome.kind))?;
    writeln!(page, "  new commits  {}", outcome.tally.new_commits)?;
    let unseen = if facts.touched().next().is_none() {
        " (no rule looks at a path that it touches)"
    } else {
        ""
    };
    writeln!(page, "  tier         {}{unseen}", words::tier(outcome.tier))?;
    let ai = outcome.ai().map_or("no commit to ask", words::ai);
    writeln!(page, "  ai           {ai}")?;
    if let Some(share) = outcome.share() {
        writeln!(page, "  lines        {}", words::share(share))?;
    }
    if let Some(risk) = &outcome.risk {
        writeln!(page, "  risk         {}", reasons::band(risk))?;
        for reason in reasons::reasons(risk) {
            writeln!(page, "    {reason}")?;
        }
    }
    touched(page, facts, policy)?;
    writeln!(page, "  rules")?;
    let width = outcome
        .rules
        .iter()
        .map(|rule| rule.rule.len())
        .max()
        .unwrap_or(0);
    for rule in &outcome.rules {
        let verdict = match &rule.verdict {
            Verdict::Inapplicable(why) => words::inapplicable(why),
            Verdict::Satisfied(_) => "satisfied".into(),
            Verdict::Violated(finding) if finding.bypass.is_some() => "VIOLATED, bypassed".into(),
            Verdict::Violated(_) => "VIOLATED".into(),
        };
        let mode = if rule.mode == Mode::Enforce {
            String::new()
        } else {
            format!(" ({})", words::mode(rule.mode))
        };
        writeln!(page, "    {:width$}  {verdict}{mode}", rule.rule)?;
    }
    Ok(())
}

/// The net change and the commits, as the rule that sees most of them does.
fn touched(page: &mut String, facts: &UpdateFacts, policy: &Policy) -> std::fmt::Result {
    let shown = policy.limits.findings_shown;
    let Some(view) = facts
        .views
        .values()
        .max_by_key(|view| (view.net.len(), view.commits.len()))
    else {
        return Ok(());
    };
    if !view.net.is_empty() {
        writeln!(page, "  net change, where rules look")?;
    }
    for path in view.net.iter().take(shown) {
        let zones = policy.zones_of(&path.sets);
        let zones: Vec<_> = zones.map(|zone| &*zone.name).collect();
        let zones = if zones.is_empty() {
            String::new()
        } else {
            format!("  [{}]", zones.join(", "))
        };
        writeln!(page, "    {}{zones}", Name(&path.path))?;
    }
    more(page, view.net.len(), shown)?;
    if !view.commits.is_empty() {
        writeln!(page, "  commits that touch it")?;
    }
    for new in view.commits.iter().take(shown) {
        let subject = crate::git::message::subject(&new.commit.message);
        writeln!(
            page,
            "    {} {}",
            crate::git::short(&new.commit.id),
            Name(&subject)
        )?;
        let provenance = facts.provenance_of(&new.commit.id);
        for known in words::evidence(provenance.evidence.iter()) {
            writeln!(page, "      {known}")?;
        }
        if let Some(share) = provenance.share {
            writeln!(page, "      {}", words::share(share))?;
        }
    }
    more(page, view.commits.len(), shown)
}

fn more(page: &mut String, count: usize, shown: usize) -> std::fmt::Result {
    if count > shown {
        writeln!(page, "    +{} more", count - shown)
    } else {
        Ok(())
    }
}
