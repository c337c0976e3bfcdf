//! What commits say of themselves: real messages of each tool, and people's that look like them.

use gix::ObjectId;
use portcullis::facts::{Commit, Identity};
use portcullis::policy::Policy;
use portcullis::provenance::{Ai, Provenance, Reader, Seen};
use std::path::Path;

const POLICY: &str = "version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice] }
  kim: { emails: [kiro@amazon.com], accounts: [copilot] }
  mender: { kind: bot, emails: [mender@bots.shop.example], accounts: [mender], operator: alice }
agents:
  coder: { emails: [coder@shop.example], accounts: [coder], operator: alice }
markers:
  off: [goose]
  add:
    tailor: { emails: [bot@tailor.example], accounts: [tailor-bot], trailers: [Tailored-by] }
rules: [{ id: it, deny: no }]
";

/// What tools write, and which does.
const TOOLS: &[(&str, &str)] = &[
    ("Co-Authored-By: Claude <noreply@anthropic.com>", "claude"),
    (
        "Co-Authored-By: Claude Opus 4.6 (1M context) <noreply@anthropic.com>",
        "claude",
    ),
    (
        "🤖 Generated with [Claude Code](https://claude.ai/code)",
        "claude",
    ),
    (
        "🤖 Generated with [Claude Code](https://claude.com/claude-code)",
        "claude",
    ),
    (
        "Claude-Session: https://claude.ai/code/session_011abc",
        "claude",
    ),
    ("Claude-Generated-By: Claude Code (cli=100%)", "claude"),
    (
        "Agent-Logs-Url: https://github.com/shop/web/sessions/1-2-3",
        "copilot",
    ),
    (
        "Co-authored-by: Copilot <223556219+Copilot@users.noreply.github.com>",
        "copilot",
    ),
    ("Co-authored-by: Copilot <copilot@github.com>", "copilot"),
    (
        "Co-authored-by: Copilot Autofix powered by AI <62310815+github-advanced-security[bot]@users.noreply.github.com>",
        "copilot-autofix",
    ),
    ("Made-with: Cursor", "cursor"),
    (
        "Co-authored-by: Cursor Agent <cursoragent@cursor.com>",
        "cursor",
    ),
    ("Co-authored-by: Codex <noreply@openai.com>", "codex"),
    ("Co-authored-by: GPT 5.2 <codex@openai.com>", "codex"),
    (
        "Co-authored-by: gemini-code-assist[bot] <176961590+gemini-code-assist[bot]@users.noreply.github.com>",
        "gemini-code-assist",
    ),
    (
        "Co-authored-by: google-labs-jules[bot] <161369871+google-labs-jules[bot]@users.noreply.github.com>",
        "jules",
    ),
    ("Co-authored-by: aider (gpt-5) <aider@aider.chat>", "aider"),
    (
        "Co-Authored-By: Devin AI <158243242+devin-ai-integration[bot]@users.noreply.github.com>",
        "devin",
    ),
    (
        "Co-authored-by: openhands <openhands@all-hands.dev>",
        "openhands",
    ),
    (
        "Co-authored-by: OpenHands-GPT-5 openhands@all-hands.dev",
        "openhands",
    ),
    ("Co-authored-by: Roo Code <roomote@roocode.com>", "roo"),
    (
        "Generated with [Continue](https://continue.dev)",
        "continue",
    ),
    (
        "Co-Authored-By: Continue <noreply@continue.dev>",
        "continue",
    ),
    ("Amp-Thread-ID: https://ampcode.com/threads/T-1", "amp"),
    (
        "🤖 Generated with [opencode](https://opencode.ai)",
        "opencode",
    ),
    (
        "Co-authored-by: factory-droid[bot] <138933559+factory-droid[bot]@users.noreply.github.com>",
        "droid",
    ),
    (
        "Co-authored-by: Qwen-Coder <qwen-coder@alibabacloud.com>",
        "qwen-code",
    ),
    ("Replit-Commit-Author: Agent", "replit"),
    ("Co-authored-by: v0 <it+v0agent@vercel.com>", "v0"),
    ("Co-authored-by: Junie <junie@jetbrains.com>", "junie"),
    ("💘 Generated with Crush", "crush"),
    ("Assisted-by: GLM 5 via Crush <crush@charm.land>", "crush"),
    ("Co-Authored-By: Warp <agent@warp.dev>", "warp"),
    (
        "Co-authored-by: cubic-dev-ai[bot] <191113872+cubic-dev-ai[bot]@users.noreply.github.com>",
        "cubic",
    ),
    (
        "Generated with [Firebender](https://firebender.com)",
        "firebender",
    ),
    ("Entire-Checkpoint: a1b2c3d4e5f6", "entire"),
    (
        "Assisted-by: Claude:claude-opus-4.6 coccinelle sparse",
        "claude",
    ),
    ("Assisted-by: Claude Code (Sonnet 4.6)", "claude"),
    ("Assisted-by: Opus 4.7", "claude"),
    ("Assisted-by: claude-4.6-opus-high", "claude"),
    ("Assisted-by: GPT 5.6", "gpt"),
    ("Generated-by: openai:gpt-5.5", "gpt"),
    ("Assisted-by: pi gpt-5.5", "pi"),
    ("Generated-By: GitHub Copilot", "copilot"),
    ("Assisted-by: Cursor with Claude", "cursor"),
    (
        "Co-authored-by-AI: GitHub Copilot (Claude Sonnet 4)",
        "copilot",
    ),
    ("AI-Assisted: Claude Code", "claude"),
    ("Signed-off-by: Claude <noreply@anthropic.com>", "claude"),
    ("Co-authored-by: Coder <coder@shop.example>", "coder"),
    ("Co-authored-by: Tailor <bot@tailor.example>", "tailor"),
    ("Tailored-by: hand", "tailor"),
];

/// What people write, and tools that write no code.
const OTHERS: &[&str] = &[
    "Assisted-by: Daniel Stenberg",
    "Assisted-by: Claude Paroz",
    "Assisted-by: Claude Paroz <claude@2xlibre.net>",
    "Assisted-by: Devin Gould <devin@example.org>",
    "Assisted-by: Claude <claude@example.org>",
    "Assisted-by: none",
    "Co-authored-by: Claude <claude@example.org>",
    "Co-authored-by: Someone <someone@openai.com>",
    "Co-authored-by: Claude",
    "Reviewed-by: Copilot <copilot@github.com>",
    "Generated-By: openstack/project-config:playbooks/sync.yaml",
    "Generated-by: gptfdisk",
    "Made-with: love",
    "Replit-Commit-Author: Deployment",
    "AI-Assisted:",
    "Made by Jules Verne, who wrote it in Amiens.",
    "Generated with care by Claude's team",
    "Generated with continue statements in the loop",
    "Generated by cursor movement",
    "The docs are generated with Sphinx",
    "We talked about Claude Code and GitHub Copilot.",
    "Co-authored-by: Kim <kiro@amazon.com>",
    "Co-authored-by: Mender <mender@bots.shop.example>",
    "Assisted-by: goose",
    "Human-Session: https://claude.ai/code/session_011abc",
];

/// What is read of `commit` under [`POLICY`].
fn read(commit: &Commit) -> Provenance {
    let policy = policy();
    let reader = Reader {
        people: &policy.people,
        catalogue: policy.markers.catalogue(),
    };
    reader.commit(commit)
}

fn policy() -> Policy {
    let loaded = Policy::parse(POLICY.as_bytes(), Path::new("policy.yml"));
    loaded.expect("the policy is right").policy
}

fn commit(author: &str, committer: &str, message: &str) -> Commit {
    let identity = |text: &str| {
        let (name, email) = text.split_once(" <").expect("an address follows");
        Identity {
            name: name.into(),
            email: email.trim_end_matches('>').into(),
        }
    };
    Commit {
        id: ObjectId::null(gix::hash::Kind::Sha1),
        signature: None,
        parents: 1,
        author: identity(author),
        committer: identity(committer),
        message: message.into(),
    }
}

/// A commit of alice with this message.
fn says(message: &str) -> Provenance {
    let alice = "Alice <alice@shop.example>";
    read(&commit(alice, alice, message))
}

/// A commit of alice with this paragraph at its end.
fn ends_with(paragraph: &str) -> Provenance {
    says(&format!("Charge in cents\n\nBecause.\n\n{paragraph}\n"))
}

fn agents(provenance: &Provenance) -> Vec<&str> {
    let evidence = provenance.evidence.iter();
    let mut agents: Vec<_> = evidence.filter_map(|one| one.agent.as_deref()).collect();
    agents.dedup();
    agents
}

#[test]
fn tools_are_found_in_what_they_write() {
    for (paragraph, agent) in TOOLS {
        let known = ends_with(paragraph);
        assert_eq!(known.ai(), Ai::Assisted, "{paragraph}");
        assert_eq!(agents(&known), [*agent], "{paragraph}");
        assert!(known.is_declared(), "{paragraph}");
    }
}

#[test]
fn line_breaks_that_a_shell_left_as_they_were_are_line_breaks() {
    let known = says(r"Charge in cents\n\nCo-authored-by: openhands <openhands@all-hands.dev>");
    assert_eq!(agents(&known), ["openhands"]);
    let alice = r"Charge in cents\n\nCo-authored-by: Alice <alice@shop.example>";
    assert_eq!(says(alice).ai(), Ai::Unknown);
}

#[test]
fn people_and_things_are_not_taken_for_tools() {
    for paragraph in OTHERS {
        let known = ends_with(paragraph);
        assert_eq!(known.ai(), Ai::Unknown, "{paragraph}: {known:?}");
        assert!(!known.is_declared(), "{paragraph}");
    }
}

#[test]
fn who_writes_is_more_than_who_helps() {
    let alice = "Alice <alice@shop.example>";
    for (author, committer, ai) in [
        (alice, alice, Ai::Unknown),
        (
            "Copilot <198982749+Copilot@users.noreply.github.com>",
            "GitHub <noreply@github.com>",
            Ai::Authored,
        ),
        ("Cursor Agent <cursoragent@cursor.com>", alice, Ai::Authored),
        (alice, "openhands <openhands@all-hands.dev>", Ai::Assisted),
        (
            "Alice (aider) <alice@shop.example>",
            "Alice (aider) <alice@shop.example>",
            Ai::Authored,
        ),
        ("aider <alice@shop.example>", alice, Ai::Unknown),
        (
            "Coder <coder@shop.example>",
            "Coder <coder@shop.example>",
            Ai::Authored,
        ),
        ("Mender <mender@bots.shop.example>", alice, Ai::Unknown),
        (
            "Claude <claude@example.org>",
            "Devin <devin@openai.com>",
            Ai::Unknown,
        ),
        ("Kim <kiro@amazon.com>", alice, Ai::Unknown),
    ] {
        assert_eq!(
            read(&commit(author, committer, "Charge")).ai(),
            ai,
            "{author}"
        );
    }
}

#[test]
fn a_claim_of_none_counts_only_alone() {
    for none in ["no", "None", "FALSE"] {
        let known = ends_with(&format!("AI-Assisted: {none}"));
        assert_eq!(known.ai(), Ai::DeclaredNone);
        assert!(known.is_declared());
    }
    for yes in ["yes", "a little", "no, except the tests"] {
        let known = ends_with(&format!("AI-Assisted: {yes}"));
        assert_eq!(known.ai(), Ai::Assisted, "{yes}");
    }
    let known = ends_with("AI-Assisted: no\nCo-authored-by: Claude <noreply@anthropic.com>");
    assert_eq!(known.ai(), Ai::Assisted);
    let says: Vec<_> = known.evidence.iter().map(|one| one.says).collect();
    assert_eq!(says, [Ai::DeclaredNone, Ai::Assisted], "both are shown");
    // What is no trailer claims nothing.
    assert_eq!(says_of_body("AI-Assisted: no"), Ai::Unknown);
}

fn says_of_body(line: &str) -> Ai {
    says(&format!("Charge\n\n{line}\n\nMore follows.\n")).ai()
}

#[test]
fn squashed_messages_keep_their_marks() {
    let message = "Charge in cents (#17)\n\n* Count cents\n\n🤖 Generated with [Claude Code](https://claude.ai/code)\n\n\
                   Co-Authored-By: Claude <noreply@anthropic.com>\n\n* Count better\n\n---------\n\n\
                   Co-authored-by: Bob <bob@shop.example>\n";
    let known = says(message);
    let seen: Vec<_> = known.evidence.iter().map(|one| one.seen).collect();
    assert_eq!(seen, [Seen::Message, Seen::Message], "{known:?}");
    assert_eq!(agents(&known), ["claude"]);
}

#[test]
fn hostile_messages_are_read_in_no_time() {
    let long = "Generated with ".repeat(20_000) + "\n" + &"Co-authored-by: <".repeat(20_000);
    assert_eq!(says(&long).ai(), Ai::Unknown);
    let claims: String = (0..5_000)
        .map(|number| {
            format!("AI-Assisted: no\nSigned-off-by: C{number} <noreply@anthropic.com>\n")
        })
        .collect();
    let known = ends_with(&claims);
    assert_eq!(known.ai(), Ai::Assisted);
    assert!(known.evidence.len() < 50, "{}", known.evidence.len());
    let known = ends_with(&format!("AI-Assisted: {}", "x".repeat(100_000)));
    assert_eq!(known.evidence.len(), 1);
    assert!(known.evidence[0].text.len() <= 200);
    let known = ends_with("AI-Assisted: \u{1b}[2J\u{202e}");
    assert_eq!(known.ai(), Ai::Assisted);
}

#[test]
fn accounts_and_branches() {
    let policy = policy();
    let reader = Reader {
        people: &policy.people,
        catalogue: policy.markers.catalogue(),
    };
    let pusher = |account: &str| {
        let known = reader.pusher(Some(account), policy.people.by_account(account));
        known.and_then(|evidence| evidence.agent)
    };
    assert_eq!(pusher("coder").as_deref(), Some("coder"));
    assert_eq!(pusher("tailor-bot").as_deref(), Some("tailor"));
    assert_eq!(
        pusher("devin-ai-integration[bot]").as_deref(),
        Some("devin")
    );
    for other in ["alice", "mender", "stranger", "copilot"] {
        assert_eq!(pusher(other), None, "{other}");
    }
    assert!(reader.pusher(None, None).is_none());

    let branch = |name: &str| {
        reader
            .branch(name.into())
            .and_then(|evidence| evidence.agent)
    };
    assert_eq!(
        branch("refs/heads/codex/fix-rounding").as_deref(),
        Some("codex")
    );
    for other in [
        "refs/heads/main",
        "refs/heads/codex",
        "refs/tags/codex/1",
        "codex/1",
    ] {
        assert_eq!(branch(other), None, "{other}");
    }
    let known = Provenance {
        evidence: reader
            .branch("refs/heads/codex/1".into())
            .into_iter()
            .collect(),
        share: None,
    };
    assert_eq!(known.ai(), Ai::Assisted);
    assert!(!known.is_declared(), "a branch declares nothing");
}
