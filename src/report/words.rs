//! What is missing, what is in the way, and why a rule kept silent, each as a sentence that names the remedy.

use std::borrow::Cow;
use std::cmp::Reverse;
use std::collections::HashSet;
use std::fmt::Display;

use super::escape::Name;
use crate::approval::contributors::Unknown;
use crate::decision::{Missing, MissingIdentity, NotCounted};
use crate::facts::Objection;
use crate::facts::applies::Inapplicable;
use crate::ledger::entry::Verdict;
use crate::policy::rule::{Means, Mode, Party, UpdateKind};
use crate::policy::{Tier, Waiver};
use crate::provenance::{Ai, Evidence, SAYS_WHETHER, Seen, Share};
use crate::risk::score::Band;
use crate::signature::Bad;

/// What would satisfy the rule.
pub fn missing(missing: &Missing) -> String {
    match missing {
        Missing::Trailer { key, value, from, not, count, found } => {
            trailer(key, value.as_deref(), from, not, *count) + &not_counted(found)
        }
        Missing::Message { matches, not } => match (matches, not) {
            (Some(pattern), _) => format!("a commit message that matches {pattern} as a whole"),
            (None, Some(pattern)) => format!("a commit message without {pattern}"),
            (None, None) => "another commit message".to_owned(),
        },
        Missing::Author { identity } => self::identity("author", identity),
        Missing::Committer { identity } => self::identity("committer", identity),
        Missing::Approval {
            lacking,
            who,
            by,
            presence,
            approved_by,
            could_approve,
            ..
        } => approval(
            *lacking,
            who,
            &kinds(by, *presence),
            approved_by,
            could_approve,
        ),
        Missing::KnownContributor { who } => unknown(who),
        Missing::VetoLifted { by, source } => format!(
            "the end of {by}'s veto ({}); only a newer approval or veto of {by} replaces it",
            Name(source.as_bytes())
        ),
        Missing::Signature { from, bad, signer } => signature(from, bad.as_ref(), signer.as_deref()),
        Missing::Provenance => format!(
            "a word on whether an agent helped: the trailer `{SAYS_WHETHER}: no`, or its name in place of `no`. What agents \
             write themselves, such as `Co-authored-by: Claude <noreply@anthropic.com>`, does too"
        ),
        Missing::Any { alternatives } => {
            let all = |missing: &Vec<Missing>| {
                missing.iter().map(self::missing).collect::<Vec<_>>().join(", and ")
            };
            let alternatives: Vec<_> = alternatives.iter().map(all).collect();
            format!("one of these: {}", alternatives.join(", or "))
        }
        Missing::NothingToApprove => "something to approve: these commits undo each other, and of what leaves nothing \
                                      behind there are no approvals"
            .to_owned(),
        Missing::Denied { why } => why.clone(),
        Missing::LostCommits { head } => format!(
            "the commits of that change, which this repository has lost: push {head} to a ref below refs/changes/, so that it \
             can be looked at"
        ),
        Missing::NobodyToCharge => "no new commit makes this change, so there is none to amend: it comes from moving the \
                                    ref back, or from a merge that leaves something out. Push a commit that makes it."
            .to_owned(),
    }
}

/// The day of a time in seconds since 1970.
pub fn day(seconds: i64) -> String {
    gix::date::Time::new(seconds, 0).format_or_unix(gix::date::time::format::SHORT)
}

/// `1 rule`, `2 rules`
pub fn counted<N: Copy + Display + From<u8> + PartialEq>(
    number: N,
    one: &str,
    many: &str,
) -> String {
    let noun = if number == N::from(1) { one } else { many };
    format!("{number} {noun}")
}

fn approval(
    lacking: usize,
    asked: &str,
    kinds: &str,
    approved_by: &[String],
    could_approve: &[String],
) -> String {
    let noun = if lacking == 1 {
        "approval"
    } else {
        "approvals"
    };
    let more = if approved_by.is_empty() { "" } else { " more" };
    let have = match approved_by {
        [] => String::new(),
        names => format!("; {} already did", names.join(", ")),
    };
    let could = match could_approve {
        [] => "nobody else could give it: the policy names nobody who had no hand in the change"
            .to_owned(),
        names => format!("can be given by {}", names.join(", ")),
    };
    format!("{lacking}{more} {noun} ({kinds}) from {asked}{have}; {could}")
}

fn kinds(by: &[Means], presence: bool) -> String {
    let kind = |by: &Means| match by {
        Means::Signature if presence => "a signed tag made with a touched security key",
        Means::Signature => "a signed tag",
        Means::Review => "a review",
        Means::Trailer => "a trailer Approved-by",
    };
    let counted = by.iter().filter(|by| !presence || **by == Means::Signature);
    counted.map(kind).collect::<Vec<_>>().join(" or ")
}

fn unknown(who: &Unknown) -> String {
    let (who, add) = match who {
        Unknown::Email { email } => (
            format!("the address {}", Name(email.as_bytes())),
            "the admin can add it to the `emails` of a person in the policy",
        ),
        Unknown::Account { account } => (
            format!("the account {}", Name(account.as_bytes())),
            "the admin can add it to the `accounts` of a person in the policy",
        ),
        Unknown::Pusher => (
            "the pusher, whom the server does not name,".to_owned(),
            "the admin can have the server say who pushes (`portcullis hook --forge`)",
        ),
        Unknown::DeployKey => (
            "the deploy key, which anyone may hold,".to_owned(),
            "push with an account of your own",
        ),
        Unknown::ActionsTask => (
            "whoever started the job of Actions that pushes".to_owned(),
            "push with an account of your own",
        ),
    };
    format!("contributors whom the policy knows: {who} could be an approver's own; {add}")
}

/// Why an approval that is there does not count.
pub fn not_counted_approval(found: &NotCounted) -> String {
    let whose = found
        .person
        .as_deref()
        .map(|person| format!(" of {person}"))
        .unwrap_or_default();
    format!(
        "{}{whose} does not count: {}",
        Name(found.source.as_bytes()),
        Name(found.why.as_bytes())
    )
}

fn trailer(key: &str, value: Option<&str>, from: &[String], not: &[Party], count: usize) -> String {
    let mut text = if count > 1 {
        format!("{count} trailers `{key}`")
    } else {
        format!("the trailer `{key}`")
    };
    if let Some(value) = value {
        text = format!("{text} with a value that matches {value}");
    }
    if !from.is_empty() {
        text = format!("{text} naming the e-mail address of {}", from.join(" or "));
    }
    if !not.is_empty() {
        let parties: Vec<_> = not
            .iter()
            .map(|party| format!("the {}", self::party(*party)))
            .collect();
        text = format!("{text} and not {}", parties.join(" or "));
    }
    text
}

fn signature(from: &[String], bad: Option<&Bad>, signer: Option<&str>) -> String {
    let wanted = if from.is_empty() {
        "a good signature".to_owned()
    } else {
        format!("a good signature by {}", from.join(" or "))
    };
    match (bad, signer) {
        (Some(bad), _) => format!("{wanted}: {bad}"),
        (None, Some(signer)) => format!("{wanted}, not by {}", Name(signer.as_bytes())),
        (None, None) => wanted,
    }
}

fn not_counted(found: &[String]) -> String {
    match found {
        [] => String::new(),
        [only] => format!("; `{}` does not count", Name(only.as_bytes())),
        [first, rest @ ..] => format!(
            "; `{}` and {} more do not count",
            Name(first.as_bytes()),
            rest.len()
        ),
    }
}

fn party(party: Party) -> &'static str {
    match party {
        Party::Author => "author",
        Party::Committer => "committer",
        Party::Pusher => "pusher",
        Party::Contributor => "contributors",
    }
}

fn identity(role: &str, identity: &MissingIdentity) -> String {
    match identity {
        MissingIdentity::Unknown { email } => {
            format!(
                "a known {role}: {} belongs to nobody in the policy",
                Name(email.as_bytes())
            )
        }
        MissingIdentity::NotThePusher { email, pusher } => {
            let pusher = pusher.as_deref().map_or_else(
                || "unknown".to_owned(),
                |name| Name(name.as_bytes()).to_string(),
            );
            format!(
                "the pusher ({pusher}) as {role}, not {}",
                Name(email.as_bytes())
            )
        }
        MissingIdentity::Address { email, pattern } => {
            format!(
                "a {role} whose address matches {pattern}, not {}",
                Name(email.as_bytes())
            )
        }
    }
}

/// What is known of agents' part in commits, each thing once, the strongest first.
pub fn evidence<'a>(all: impl Iterator<Item = &'a Evidence>) -> Vec<String> {
    let mut all: Vec<&Evidence> = all.collect();
    all.sort_by_key(|evidence| Reverse(evidence.says));
    let is_contradicted = all
        .first()
        .is_some_and(|strongest| strongest.says >= Ai::Assisted);
    let mut seen = HashSet::new();
    all.retain(|evidence| seen.insert(*evidence));
    all.into_iter()
        .map(|evidence| one_evidence(evidence, is_contradicted))
        .collect()
}

fn one_evidence(evidence: &Evidence, is_contradicted: bool) -> String {
    let agent = evidence.agent.as_deref().map_or_else(
        || "an agent".to_owned(),
        |name| Name(name.as_bytes()).to_string(),
    );
    let says = match evidence.says {
        Ai::Authored => format!("written by {agent}"),
        Ai::Assisted => format!("assisted by {agent}"),
        Ai::DeclaredNone if is_contradicted => {
            "denied, which does not count beside that".to_owned()
        }
        Ai::DeclaredNone => "said to be without agents".to_owned(),
        Ai::Unknown => "nothing is said of agents".to_owned(),
    };
    let text = Name(evidence.text.as_bytes());
    let seen = match evidence.seen {
        Seen::Author => format!("its author is {text}"),
        Seen::Committer => format!("its committer is {text}"),
        Seen::Trailer => format!("the trailer `{text}`"),
        Seen::Message => format!("`{text}` in its message"),
        Seen::Note => format!("its note says {text}"),
        Seen::UnreadableNote => format!("its note cannot be read, {text}"),
        Seen::Pusher => format!("{text} pushes it"),
        Seen::Branch => format!("it is pushed to {text}"),
    };
    format!("{says}: {seen}")
}

/// How much of what is added agents wrote.
pub fn share(share: Share) -> String {
    let uncounted = match share.uncounted_files {
        0 => String::new(),
        files => format!(", {} not counted", counted(files, "file", "files")),
    };
    format!(
        "agents wrote {} of {} in scope, as notes say; nobody has said whose the others are{uncounted}",
        share.by_agents,
        counted(share.added, "added line", "added lines"),
    )
}

/// What is known of agents' part in a commit.
pub fn ai(ai: Ai) -> &'static str {
    match ai {
        Ai::DeclaredNone => "declared_none",
        Ai::Unknown => "unknown",
        Ai::Assisted => "assisted",
        Ai::Authored => "authored",
    }
}

/// The stable name of an objection, in the place of a rule's id.
pub fn objection_id(objection: &Objection) -> &'static str {
    match objection {
        Objection::ReservedNamespace => "portcullis/reserved-namespace",
        Objection::OtherNamespace => "portcullis/other-namespace",
        Objection::ApprovalIsFinal => "portcullis/approval-is-final",
        Objection::ApprovalTooLong => "portcullis/approval-too-long",
        Objection::AmbiguousName { .. } => "portcullis/ambiguous-name",
        Objection::Stale => "portcullis/stale",
        Objection::NotACommit { .. } => "portcullis/not-a-commit",
    }
}

/// What is in the way whatever the rules say, and what to do instead.
pub fn objection(objection: &Objection) -> String {
    match objection {
        Objection::ReservedNamespace => {
            "replacement objects and namespaces are never accepted: they show some readers another history than others. \
             Push to a branch."
                .to_owned()
        }
        Objection::OtherNamespace => {
            "this server takes branches, tags, proposals and approvals only. Push to a name below refs/heads/ or refs/tags/."
                .to_owned()
        }
        Objection::ApprovalIsFinal => {
            "an approval that was given is neither moved nor deleted. Make a new one under another name.".to_owned()
        }
        Objection::ApprovalTooLong => {
            "an approval of more than 64 KiB is not read, and would never count. Make a tag with a shorter message."
                .to_owned()
        }
        Objection::AmbiguousName { twin } => {
            format!("{} already has this name, and a rule is about one of the two. Choose another name.", Name(twin))
        }
        Objection::Stale => {
            "the ref is no longer where your client last saw it. Run `git fetch`, look at what changed, and push again."
                .to_owned()
        }
        Objection::NotACommit { found } => {
            format!("this ref must lead to a commit, and would lead to a {found}. Push a commit, or a tag of one.")
        }
    }
}

/// Why a rule has nothing to say.
pub fn inapplicable(why: &Inapplicable) -> Cow<'static, str> {
    let words = match why {
        Inapplicable::Waived(waiver) => return waived(waiver).into(),
        Inapplicable::Off => "is off in this repository",
        Inapplicable::Repository => "is about other repositories",
        Inapplicable::Ref => "is about other refs",
        Inapplicable::Date => "is not in force at this date",
        Inapplicable::Update => "is not about this kind of update",
        Inapplicable::Pusher => "is not about this pusher",
        Inapplicable::Time => "is not about this time of the week",
        Inapplicable::Condition => "has conditions that this push does not meet",
        Inapplicable::Untouched => "asks about nothing that this update touches",
    };
    words.into()
}

/// Until when a rule is off, and why.
pub fn waived(waiver: &Waiver) -> String {
    format!(
        "is waived until {} because: {}",
        crate::ledger::time(waiver.until),
        waiver.reason
    )
}

/// A kind of update.
pub fn update_kind(kind: UpdateKind) -> &'static str {
    match kind {
        UpdateKind::Create => "create",
        UpdateKind::FastForward => "fast_forward",
        UpdateKind::Rewind => "rewind",
        UpdateKind::Delete => "delete",
    }
}

/// A tier.
pub fn tier(tier: Tier) -> &'static str {
    match tier {
        Tier::Low => "low",
        Tier::Medium => "medium",
        Tier::High => "high",
        Tier::Critical => "critical",
    }
}

/// A band of risk, as policies name it.
pub fn band(band: Band) -> &'static str {
    match band {
        Band::Low => "low",
        Band::Medium => "medium",
        Band::High => "high",
        Band::Critical => "critical",
        Band::Unknown => "unknown",
    }
}

/// What became of a push, as the ledger has it.
pub fn recorded(verdict: Verdict) -> &'static str {
    match verdict {
        Verdict::Allow => "allow",
        Verdict::Deny => "deny",
        Verdict::Failed => "failed",
    }
}

/// A mode.
pub fn mode(mode: Mode) -> &'static str {
    match mode {
        Mode::Off => "off",
        Mode::Audit => "audit",
        Mode::Warn => "warn",
        Mode::Enforce => "enforce",
    }
}
