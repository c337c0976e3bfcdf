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
use regex::Regex;
use std::collections::BTreeMap;
use std::sync::LazyLock;
use std::time::Instant;

/// How many commits are shown that are marked.
const MARKED: usize = 50;

/// How many that are not, though a word of agents stands in them.
const SILENT: usize = 25;

/// How many notes.
const NOTES: usize = 200;

/// What a careless pattern would take for an agent's.
static WORD: LazyLock<Regex> = LazyLock::new(|| {
    let words = "claude|copilot|cursor|codex|gemini|devin|openhands|aider|gpt|bot\\b|assistant";
    let trailers = "assisted-by|generated-by|ai-assisted";
    Regex::new(&format!("(?i){words}|{trailers}")).expect("it is fixed")
});

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
    let mut marked: BTreeMap<Option<&str>, Vec<usize>> = BTreeMap::new();
    let mut silent = Vec::new();
    for (position, provenance) in known.iter().enumerate() {
        if provenance.ai() >= Ai::Assisted {
            let agents = provenance.evidence.iter();
            let first = agents.filter_map(|one| one.agent.as_deref()).min();
            marked.entry(first).or_default().push(position);
        } else if looks_like(&commits[position]) {
            silent.push(position);
        }
    }
    println!("marked, each agent in turn:");
    show(
        &sample(marked.into_values().collect(), MARKED),
        &commits,
        &known,
    );
    println!(
        "\n{} not marked that have a word of agents in them, of which:",
        silent.len()
    );
    show(&sample(vec![silent], SILENT), &commits, &known);
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
    for position in sample(vec![(0..ids.len()).collect()], NOTES) {
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
                .filter(|line| WORD.is_match(line))
            {
                println!("    {line:?}");
            }
        }
    }
}

fn looks_like(commit: &Commit) -> bool {
    let Commit {
        author, message, ..
    } = commit;
    [&author.name, &author.email, message]
        .iter()
        .any(|text| WORD.is_match(&text.to_string()))
}

/// So many of these, one of each stratum in turn, always the same.
fn sample(mut strata: Vec<Vec<usize>>, size: usize) -> Vec<usize> {
    let mut state: u64 = 1;
    let mut sample = Vec::new();
    loop {
        strata.retain(|stratum| !stratum.is_empty());
        if strata.is_empty() {
            return sample;
        }
        for stratum in &mut strata {
            if sample.len() == size {
                return sample;
            }
            state = state
                .wrapping_mul(6_364_136_223_846_793_005)
                .wrapping_add(1);
            let position = (state >> 33) as usize % stratum.len();
            sample.push(stratum.swap_remove(position));
        }
    }
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
