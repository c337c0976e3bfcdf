//! Who has changed what: the newest commits of a history, by author.
//!
//! People only: what the catalogue knows as an agent's, and what calls itself a bot, owns nothing.

use std::collections::{BTreeMap, BTreeSet, BinaryHeap, HashSet};

use gix::bstr::{BString, ByteSlice as _};
use gix::hash::ObjectId;

use super::survey::add;
use crate::git::Error;
use crate::git::commit::{self, Identity, Links};
use crate::git::expected::Expectation;
use crate::git::mailmap::Mailmap;
use crate::git::objects::Objects;
use crate::git::walk::{Excerpts, Filter, Walk};
use crate::paths::{AutomatonBuilder, SetMask};
use crate::policy::is_email;
use crate::provenance::Catalogue;
use crate::report::escape::Name;

/// Commits that are looked at.
const MOST_COMMITS: usize = 2000;

/// What the history says.
#[derive(Debug, Default)]
pub(super) struct Hands {
    /// How many commits were looked at.
    pub commits: usize,
    /// Those who made them, whoever made most first.
    pub authors: Vec<Author>,
}

/// Someone who made commits.
#[derive(Debug, Default)]
pub(super) struct Author {
    /// What the newest commit calls them.
    pub name: String,
    /// Their addresses.
    pub emails: BTreeSet<String>,
    /// How many commits.
    pub commits: u64,
    /// How many that change each list of patterns, by its position.
    pub of_zone: BTreeMap<usize, u64>,
}

/// Looks through the newest commits that lead to `tip`, for changes of each of these lists of patterns.
///
/// # Errors
/// When the history cannot be read. One that is too large to be looked at as far is looked at as far as it goes.
pub(super) fn of(objects: &Objects, tip: ObjectId, zones: &[Vec<String>]) -> Result<Hands, Error> {
    let mut builder = AutomatonBuilder::new();
    let sets: Vec<_> = zones.iter().map(|zone| add(&mut builder, zone)).collect();
    let automaton = builder.build();
    let filter = Filter {
        automaton: &automaton,
        sets: SetMask::all(automaton.set_count()),
        everything: false,
    };
    let excerpts = Excerpts::default();
    let mut walk = Walk::new(objects.clone(), &filter, &excerpts);
    let root = commit::tree_behind(objects, tip)?;
    let mailmap = Mailmap::of_tree(objects, Some(root))?;
    let mut authors = Authors::default();
    let mut commits = 0;
    for (id, links) in newest(objects, tip)? {
        let mut buffer = Vec::new();
        let author = commit::read(objects, id, None, &mut buffer)?.author;
        commits += 1;
        // Whoever merges has not written what comes in, and what a history begins with was often written elsewhere.
        let &[parent] = links.parents.as_slice() else {
            continue;
        };
        if !is_person(&author) {
            continue;
        }
        let before = Some(commit::read_links(objects, parent, &mut buffer)?.tree);
        let touched = match walk.compare(Some(links.tree), &Expectation::tree(before)) {
            Ok(touched) => touched,
            Err(Error::Limit { .. }) => break,
            Err(error) => return Err(error),
        };
        let author = authors.of(&author, mailmap.as_ref());
        author.commits += 1;
        for (zone, set) in sets.iter().enumerate() {
            if touched.iter().any(|touched| touched.sets.contains(*set)) {
                *author.of_zone.entry(zone).or_default() += 1;
            }
        }
    }
    Ok(Hands {
        commits,
        authors: authors.sorted(),
    })
}

/// Commits, the newest first.
fn newest(objects: &Objects, tip: ObjectId) -> Result<Vec<(ObjectId, Links)>, Error> {
    let mut buffer = Vec::new();
    let mut found: Vec<(ObjectId, Links)> = Vec::new();
    let mut seen = HashSet::from([tip]);
    let mut known = BTreeMap::from([(tip, commit::read_links(objects, tip, &mut buffer)?)]);
    let mut next = BinaryHeap::from([(known[&tip].time, tip)]);
    while let Some((_, id)) = next.pop() {
        let links = known.remove(&id).expect("it was read before it was listed");
        for &parent in &links.parents {
            // A shallow clone ends somewhere.
            if seen.insert(parent) && objects.exists(&parent) {
                let links = commit::read_links(objects, parent, &mut buffer)?;
                next.push((links.time, parent));
                known.insert(parent, links);
            }
        }
        found.push((id, links));
        if found.len() == MOST_COMMITS {
            break;
        }
    }
    // The last of a shallow clone would have made everything.
    found.retain(|(_, links)| links.parents.iter().all(|parent| objects.exists(parent)));
    Ok(found)
}

fn is_person(author: &Identity) -> bool {
    let is_agent = Catalogue::built_in()
        .agent_of_email(&author.email)
        .is_some();
    let is_bot = |text: &BString| {
        let text = text.to_ascii_lowercase();
        text.ends_with(b"[bot]") || text.contains_str("[bot]@") || text.ends_with(b"-bot")
    };
    !is_agent
        && !is_bot(&author.name)
        && !is_bot(&author.email)
        && can_stand_in_policy(&author.email)
}

fn can_stand_in_policy(email: &BString) -> bool {
    Name(email).is_plain() && email.to_str().is_ok_and(is_email)
}

/// Authors while they are counted: one for each address, and one for all addresses under one name.
#[derive(Debug, Default)]
struct Authors {
    list: Vec<Author>,
    by_email: BTreeMap<String, usize>,
    by_name: BTreeMap<String, usize>,
}

impl Authors {
    fn of(&mut self, identity: &Identity, mailmap: Option<&Mailmap>) -> &mut Author {
        let own = mailmap.and_then(|mailmap| mailmap.email_of(identity));
        let mapped = own.as_ref().unwrap_or(&identity.email);
        let email = mapped.to_str_lossy().to_lowercase();
        let name = identity.name.to_str_lossy().trim().to_owned();
        let folded = name.to_lowercase();
        let known = self
            .by_email
            .get(&email)
            .or_else(|| self.by_name.get(&folded));
        let position = known.copied().unwrap_or(self.list.len());
        if position == self.list.len() {
            self.list.push(Author {
                name,
                ..Author::default()
            });
        }
        self.by_email.insert(email, position);
        self.by_name.entry(folded).or_insert(position);
        let author = &mut self.list[position];
        let addresses = [mapped, &identity.email].into_iter();
        let addresses = addresses.filter(|email| can_stand_in_policy(email));
        author
            .emails
            .extend(addresses.map(|email| email.to_str_lossy().to_lowercase()));
        author
    }

    fn sorted(mut self) -> Vec<Author> {
        self.list
            .sort_by(|one, other| (other.commits, &one.name).cmp(&(one.commits, &other.name)));
        self.list
    }
}
