//! Which of several commits contain which: one walk with a colour for each.

use std::collections::HashMap;

use super::{CommitIdx, Error, Graph, Oldest, Queue};

/// How many commits one walk can tell apart.
pub(super) const MOST: usize = 64;

/// What [`contained`] finds.
pub(super) struct Contained {
    pub(super) commits: Vec<CommitIdx>,
    /// These are all. Otherwise dates have ended the walk, and there may be more.
    pub(super) certain: bool,
}

/// Those of `commits`, at most [`MOST`] and each once, that another of them contains.
///
/// The walk ends when every commit left has all colours: on the way from a commit down to one that it contains, none can
/// have all colours, for it would have to be an ancestor of its own ancestor. It may end before that by date, and then
/// find too few.
pub(super) fn contained(graph: &mut Graph<'_>, commits: &[CommitIdx]) -> Result<Contained, Error> {
    let colours = commits.iter().enumerate();
    let mut walk = Walk::start(
        graph,
        colours.map(|(colour, &commit)| (commit, 1 << colour)),
    );
    let oldest = Oldest::of(graph, commits);
    let mut certain = true;
    while let Some((generation, time, commit)) = walk.next() {
        let is_proven = generation < oldest.generation;
        if is_proven || time < oldest.time {
            certain = is_proven;
            break;
        }
        walk.spread(graph, commit)?;
    }
    let has_others =
        |&(colour, commit): &(usize, &CommitIdx)| walk.colours_of(*commit) & !(1 << colour) != 0;
    let found = commits.iter().enumerate().filter(has_others);
    Ok(Contained {
        commits: found.map(|(_, &commit)| commit).collect(),
        certain,
    })
}

/// Is any of `commits`, each once, one of `descendants` or reachable from them? No date is believed.
pub(super) fn reach_any(
    graph: &mut Graph<'_>,
    descendants: &[CommitIdx],
    commits: &[CommitIdx],
) -> Result<bool, Error> {
    const DESCENDANTS: u64 = 1;
    for commits in commits.chunks(MOST - 1) {
        let colours = commits.iter().enumerate();
        let commits_own = colours.map(|(colour, &commit)| (commit, 2 << colour));
        let theirs = descendants.iter().map(|&commit| (commit, DESCENDANTS));
        let mut walk = Walk::start(graph, commits_own.chain(theirs));
        let oldest = Oldest::of(graph, commits);
        while let Some((generation, _, commit)) = walk.next() {
            if generation < oldest.generation {
                break;
            }
            walk.spread(graph, commit)?;
        }
        let is_reached = |&commit: &CommitIdx| walk.colours_of(commit) & DESCENDANTS != 0;
        if commits.iter().any(is_reached) {
            return Ok(true);
        }
    }
    Ok(false)
}

struct Walk {
    colours: HashMap<CommitIdx, State>,
    queue: Queue,
    /// How many commits in the queue lack a colour.
    open: usize,
    all: u64,
}

#[derive(Debug, Clone, Copy, Default)]
struct State {
    colours: u64,
    is_queued: bool,
}

impl Walk {
    /// A walk from these commits, each with its colours.
    fn start(graph: &Graph<'_>, tips: impl Iterator<Item = (CommitIdx, u64)> + Clone) -> Self {
        let mut walk = Walk {
            colours: HashMap::new(),
            queue: Queue::new(),
            open: 0,
            all: tips.clone().fold(0, |all, (_, colours)| all | colours),
        };
        for (commit, colours) in tips {
            walk.add(graph, commit, colours);
        }
        walk
    }

    /// The next commit, with its generation and date, unless each that is left has all colours.
    fn next(&mut self) -> Option<(u32, i64, CommitIdx)> {
        self.queue.pop().filter(|_| self.open > 0)
    }

    fn spread(&mut self, graph: &mut Graph<'_>, commit: CommitIdx) -> Result<(), Error> {
        let colours = self.take(commit);
        for position in 0..graph.known_parents(commit)?.len() {
            let parent = graph.known_parents(commit)?[position];
            self.add(graph, parent, colours);
        }
        Ok(())
    }

    fn colours_of(&self, commit: CommitIdx) -> u64 {
        self.colours.get(&commit).map_or(0, |state| state.colours)
    }

    fn add(&mut self, graph: &Graph<'_>, commit: CommitIdx, colours: u64) {
        let state = self.colours.entry(commit).or_default();
        let before = *state;
        state.colours |= colours;
        if state.colours == before.colours {
            return;
        }
        self.open -= usize::from(before.is_queued && before.colours != self.all);
        self.open += usize::from(state.colours != self.all);
        if !before.is_queued {
            state.is_queued = true;
            let node = &graph.nodes[commit.index()];
            self.queue.push((node.generation, node.time, commit));
        }
    }

    fn take(&mut self, commit: CommitIdx) -> u64 {
        let state = self.colours.entry(commit).or_default();
        state.is_queued = false;
        self.open -= usize::from(state.colours != self.all);
        state.colours
    }
}
