//! The catalogue itself, and whom it knows by address and account.

use gix::ObjectId;
use portcullis::facts::{Commit, Identity};
use portcullis::policy::People;
use portcullis::provenance::{Ai, Catalogue, Marker, Reader};
use std::collections::HashMap;

/// Addresses as they stand in public commits.
const AGENTS: [(&str, &str); 40] = [
    ("noreply@anthropic.com", "claude"),
    ("NoReply@Anthropic.com", "claude"),
    ("claude[bot]@users.noreply.github.com", "claude"),
    ("198982749+Copilot@users.noreply.github.com", "copilot"),
    ("223556219+Copilot@users.noreply.github.com", "copilot"),
    ("175728472+Copilot@users.noreply.github.com", "copilot"),
    ("copilot@github.com", "copilot"),
    ("copilot-swe-agent[bot]@users.noreply.github.com", "copilot"),
    (
        "62310815+github-advanced-security[bot]@users.noreply.github.com",
        "copilot-autofix",
    ),
    ("cursoragent@cursor.com", "cursor"),
    ("codex@openai.com", "codex"),
    ("noreply@openai.com", "codex"),
    (
        "199175422+chatgpt-codex-connector[bot]@users.noreply.github.com",
        "codex",
    ),
    ("gemini-cli-robot@google.com", "gemini-cli"),
    (
        "224641728+gemini-cli-robot@users.noreply.github.com",
        "gemini-cli",
    ),
    (
        "218195315+gemini-cli@users.noreply.github.com",
        "gemini-cli",
    ),
    (
        "176961590+gemini-code-assist[bot]@users.noreply.github.com",
        "gemini-code-assist",
    ),
    (
        "161369871+google-labs-jules[bot]@users.noreply.github.com",
        "jules",
    ),
    ("aider@aider.chat", "aider"),
    (
        "158243242+devin-ai-integration[bot]@users.noreply.github.com",
        "devin",
    ),
    ("openhands@all-hands.dev", "openhands"),
    ("opendevin@all-hands.dev", "openhands"),
    ("roomote@roocode.com", "roo"),
    ("219738659+roomote[bot]@users.noreply.github.com", "roo"),
    ("noreply@continue.dev", "continue"),
    ("agent@continue.dev", "continue"),
    ("cline-agent@users.noreply.github.com", "cline"),
    (
        "276134852+cline-cloud[bot]@users.noreply.github.com",
        "cline",
    ),
    ("amp@ampcode.com", "amp"),
    ("noreply@opencode.ai", "opencode"),
    (
        "138933559+factory-droid[bot]@users.noreply.github.com",
        "droid",
    ),
    ("qwen-coder@alibabacloud.com", "qwen-code"),
    ("gpt-engineer-app[bot]@users.noreply.github.com", "lovable"),
    ("it+v0agent@vercel.com", "v0"),
    ("junie@jetbrains.com", "junie"),
    ("crush@charm.land", "crush"),
    ("oz-agent@warp.dev", "warp"),
    (
        "65095814+ellipsis-dev[bot]@users.noreply.github.com",
        "ellipsis",
    ),
    (
        "136622811+coderabbitai[bot]@users.noreply.github.com",
        "coderabbit",
    ),
    (
        "191113872+cubic-dev-ai[bot]@users.noreply.github.com",
        "cubic",
    ),
];

/// People, and what a pattern on names or domains would take for agents.
const OTHERS: [&str; 14] = [
    "someone@openai.com",
    "someone@anthropic.com",
    "someone@continue.dev",
    "someone@cline.bot",
    "someone@all-hands.dev",
    "claude@2xlibre.net",
    "devin@example.org",
    "noreply@anthropic.com.example.org",
    "xnoreply@anthropic.com",
    "198982749@users.noreply.github.com",
    "1+devin@users.noreply.github.com",
    "198982749+Copilot@users.noreply.example.org",
    "49699333+dependabot[bot]@users.noreply.github.com",
    "",
];

#[test]
fn every_marker_says_where_it_was_seen() {
    for marker in Catalogue::built_in().markers() {
        let name = &marker.name;
        let sources = &marker.sources;
        assert!(
            !sources.is_empty() && sources.iter().all(|source| source.len() > 10),
            "{name}: {sources:?}"
        );
        let marks = marker.emails.len()
            + marker.ids.len()
            + marker.accounts.len()
            + marker.name_suffixes.len()
            + marker.trailers.len()
            + marker.names.len()
            + marker.words.len();
        assert!(marks > 0, "{name} marks nothing");
    }
}

#[test]
fn nothing_stands_under_two_names() {
    type Read = fn(&Marker) -> Vec<String>;
    let lists: [(&str, Read); 8] = [
        ("name", |marker| vec![marker.name.clone()]),
        ("address", |marker| marker.emails.clone()),
        ("number", |marker| {
            marker.ids.iter().map(ToString::to_string).collect()
        }),
        ("account", |marker| marker.accounts.clone()),
        ("suffix", |marker| marker.name_suffixes.clone()),
        ("branch", |marker| marker.branches.clone()),
        ("trailer", |marker| {
            let keys = marker.trailers.iter().map(|trailer| &trailer.key);
            keys.cloned().collect()
        }),
        ("word", |marker| [&*marker.names, &marker.words].concat()),
    ];
    for (what, list) in lists {
        let mut owners: HashMap<String, String> = HashMap::new();
        for marker in Catalogue::built_in().markers() {
            for text in list(marker) {
                let before = owners.insert(text.to_ascii_lowercase(), marker.name.clone());
                assert_eq!(before, None, "the {what} `{text}` of {}", marker.name);
            }
        }
    }
}

#[test]
fn agents_are_known_by_their_addresses() {
    let catalogue = Catalogue::built_in();
    for (email, name) in AGENTS {
        let found = catalogue.agent_of_email(email.as_bytes());
        assert_eq!(found.map(|marker| &*marker.name), Some(name), "{email}");
    }
}

#[test]
fn people_are_not_taken_for_agents() {
    let catalogue = Catalogue::built_in();
    for email in OTHERS {
        let found = catalogue.agent_of_email(email.as_bytes());
        assert_eq!(found.map(|marker| &marker.name), None, "{email}");
    }
    assert!(catalogue.agent_of_email(b"\xff@\x00").is_none());
}

#[test]
fn agents_are_known_by_their_accounts() {
    let name = |account| {
        let found = Catalogue::built_in().agent_of_account(account);
        found.map(|marker| &*marker.name)
    };
    assert_eq!(name("devin-ai-integration[bot]"), Some("devin"));
    assert_eq!(name("Copilot"), Some("copilot"));
    assert_eq!(name("devin"), None);
    assert_eq!(name("claude"), None);
    assert_eq!(name(""), None);
}

#[test]
fn every_mark_of_every_marker_is_found() {
    let people = People::default();
    let catalogue = Catalogue::built_in();
    let reader = Reader {
        people: &people,
        catalogue,
    };
    for marker in catalogue.markers() {
        let Marker { name, .. } = marker;
        let ids = marker.ids.iter();
        let ids = ids.map(|id| format!("{id}+someone@users.noreply.github.com"));
        let accounts = marker.accounts.iter();
        let accounts = accounts.map(|account| format!("{account}@users.noreply.github.com"));
        let emails = marker.emails.iter().cloned().chain(ids).chain(accounts);
        let authors = emails.map(|email| (String::from("Someone"), email));
        let people = marker.name_suffixes.iter();
        let people = people.map(|suffix| (format!("Alice{suffix}"), "alice@shop.example".into()));
        for (author, email) in authors.chain(people) {
            let known = reader.commit(&commit(&author, &email, "Charge in cents\n"));
            assert_eq!(known.ai(), Ai::Authored, "{name}: {author} <{email}>");
            assert_eq!(known.evidence[0].agent.as_ref(), Some(name), "{email}");
        }

        let trailers = marker.trailers.iter().map(|trailer| {
            let value = trailer.values.first();
            let value = value.map_or("something", String::as_str);
            format!("{}: {value}", trailer.key)
        });
        let names = marker.names.iter().chain(&marker.words);
        let names = names.map(|name| format!("Assisted-by: {name}"));
        for line in trailers.chain(names) {
            let message = format!("Charge in cents\n\n{line}\n");
            let known = reader.commit(&commit("Alice", "alice@shop.example", &message));
            assert_eq!(known.ai(), Ai::Assisted, "{name}: {line}");
            assert_eq!(known.evidence[0].agent.as_ref(), Some(name), "{line}");
        }

        for account in &marker.accounts {
            let known = reader.pusher(Some(account), None).expect("it is known");
            assert_eq!(known.agent.as_ref(), Some(name), "{account}");
        }
        for branch in &marker.branches {
            let branch = format!("refs/heads/{branch}fix-rounding");
            let known = reader.branch((*branch).into()).expect("it is known");
            assert_eq!(known.agent.as_ref(), Some(name), "{branch}");
        }
    }
}

fn commit(author: &str, email: &str, message: &str) -> Commit {
    let identity = |name: &str, email: &str| Identity {
        name: name.into(),
        email: email.into(),
    };
    Commit {
        id: ObjectId::null(gix::hash::Kind::Sha1),
        signature: None,
        parents: 1,
        author: identity(author, email),
        committer: identity("Alice", "alice@shop.example"),
        message: message.into(),
    }
}
