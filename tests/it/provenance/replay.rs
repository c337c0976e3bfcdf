//! A real history, read for agents: how many commits have which mark, and a sample to look at.
//!
//! ```sh
//! PORTCULLIS_TEST_AGENTS=PATH cargo test --test it provenance::replay -- --nocapture
//! ```

use super::super::support::Git;
use gix::ObjectId;
use portcullis::facts::{Commit, Identity};
use portcullis::git::message;
use portcullis::policy::People;
use portcullis::provenance::{Ai, Catalogue, Provenance, Reader, note};
use std::collections::BTreeMap;
use std::time::Instant;

/// How many commits of the sample are shown.
const SAMPLE: usize = 200;

#[test]
fn a_real_history() {
    let Ok(repository) = std::env::var("PORTCULLIS_TEST_AGENTS") else {
        return;
    };
    let commits = commits(&repository);
    assert!(!commits.is_empty(), "{repository} has no commits");
    let people = People::default();
    let reader = Reader {
        people: &people,
        catalogue: Catalogue::built_in(),
    };
    let start = Instant::now();
    let known: Vec<Provenance> = commits.iter().map(|commit| reader.commit(commit)).collect();
    let took = start.elapsed();

    let mut by_ai = BTreeMap::new();
    let mut by_agent: BTreeMap<&str, usize> = BTreeMap::new();
    for provenance in &known {
        *by_ai.entry(provenance.ai()).or_insert(0_usize) += 1;
        let agents = provenance
            .evidence
            .iter()
            .filter_map(|one| one.agent.as_deref());
        for agent in agents.collect::<std::collections::BTreeSet<_>>() {
            *by_agent.entry(agent).or_default() += 1;
        }
    }
    println!(
        "{} commits in {took:?}: {by_ai:?}\n{by_agent:?}\n",
        commits.len()
    );
    let marked: Vec<usize> = (0..commits.len())
        .filter(|&position| known[position].ai() >= Ai::Assisted)
        .collect();
    let silent: Vec<usize> = (0..commits.len())
        .filter(|&position| known[position].ai() < Ai::Assisted && looks_like(&commits[position]))
        .collect();
    println!("{} marked; a sample:", marked.len());
    show(&sample(&marked), &commits, &known);
    println!(
        "\n{} not marked that have a word of agents in them; a sample:",
        silent.len()
    );
    show(&sample(&silent), &commits, &known);
}

#[test]
fn real_notes() {
    let Ok(repository) = std::env::var("PORTCULLIS_TEST_AGENTS") else {
        return;
    };
    let git = Git::at(repository);
    let list = git.output(["notes", "--ref=ai", "list"]).stdout;
    let list = String::from_utf8(list).expect("git prints ids in hex");
    let ids: Vec<&str> = list
        .lines()
        .filter_map(|line| line.split(' ').next())
        .collect();
    let mut counts = BTreeMap::new();
    for position in sample(&(0..ids.len()).collect::<Vec<_>>()) {
        let known = note::read(&git.output(["cat-file", "blob", ids[position]]).stdout).evidence;
        *counts
            .entry(known.as_ref().map(|evidence| evidence.seen))
            .or_insert(0_usize) += 1;
        println!(
            "{} {:?}",
            ids[position],
            known.map(|evidence| evidence.text)
        );
    }
    println!("{} notes, of a sample: {counts:?}", ids.len());
}

fn show(positions: &[usize], commits: &[Commit], known: &[Provenance]) {
    for &position in positions {
        let commit = &commits[position];
        println!(
            "{} {:?} | {} <{}>",
            commit.id,
            message::subject(&commit.message),
            commit.author.name,
            commit.author.email
        );
        for evidence in &known[position].evidence {
            println!("    {evidence:?}");
        }
        if known[position].evidence.is_empty() {
            for line in commit
                .message
                .to_string()
                .lines()
                .filter(|line| has_word(line))
            {
                println!("    {line:?}");
            }
        }
    }
}

/// What a careless pattern would take for an agent's.
fn looks_like(commit: &Commit) -> bool {
    has_word(&commit.message.to_string())
        || has_word(&commit.author.name.to_string())
        || has_word(&commit.author.email.to_string())
}

fn has_word(text: &str) -> bool {
    let text = text.to_ascii_lowercase();
    [
        "claude",
        "copilot",
        "cursor",
        "codex",
        "gemini",
        "devin",
        "openhands",
        "aider",
        "assisted-by",
        "generated-by",
        "ai-assisted",
    ]
    .iter()
    .any(|word| text.contains(word))
}

/// Some of `all`, always the same.
fn sample(all: &[usize]) -> Vec<usize> {
    let mut state: u64 = 1;
    let mut left = all.to_vec();
    let mut sample = Vec::new();
    while sample.len() < SAMPLE && !left.is_empty() {
        state = state
            .wrapping_mul(6_364_136_223_846_793_005)
            .wrapping_add(1);
        let position = (state >> 33) as usize % left.len();
        sample.push(left.swap_remove(position));
    }
    sample
}

fn commits(repository: &str) -> Vec<Commit> {
    let log = Git::at(repository).run([
        "log",
        "--all",
        "-z",
        "--format=%H%x1f%an%x1f%ae%x1f%cn%x1f%ce%x1f%P%x1f%B",
    ]);
    let commit = |record: &str| {
        let mut fields = record.splitn(7, '\x1f');
        let mut field = || fields.next().expect("there are seven fields");
        Commit {
            id: ObjectId::from_hex(field().as_bytes()).expect("git prints ids in hex"),
            author: Identity {
                name: field().into(),
                email: field().into(),
            },
            committer: Identity {
                name: field().into(),
                email: field().into(),
            },
            signature: None,
            parents: field().split_whitespace().count(),
            message: field().into(),
        }
    };
    log.split('\0')
        .filter(|record| !record.is_empty())
        .map(commit)
        .collect()
}
