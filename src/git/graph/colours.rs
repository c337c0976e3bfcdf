//! Which of several commits contain which: one walk with a colour for each.

use std::collections::HashMap;

use super::{CommitIdx, Error, Graph, Oldest, Queue};

/// How many commits one walk can tell apart.
pub(super) const MOST: usize = 64;

/// Those of `commits`, at most [`MOST`] and each once, that another of them contains.
///
/// The walk ends when every commit left has all colours: on the way from a commit down to one that it contains, none can
/// have all colours, for it would have to be an ancestor of its own ancestor. It may end before that by date, and then
/// find too few; a commit that is kept without need leads to more touched paths, never fewer.
pub(super) fn contained(
    graph: &mut Graph<'_>,
    commits: &[CommitIdx],
) -> Result<Vec<CommitIdx>, Error> {
    let all = commits
        .iter()
        .enumerate()
        .fold(0, |all, (colour, _)| all | 1_u64 << colour);
    let mut walk = Walk {
        colours: HashMap::new(),
        queue: Queue::new(),
        open: 0,
        all,
    };
    for (colour, &commit) in commits.iter().enumerate() {
        walk.add(graph, commit, 1 << colour);
    }
    let mut oldest = Oldest::default();
    for commit in commits {
        oldest.include(&graph.nodes[commit.index()]);
    }
    while walk.open > 0 {
        let Some((generation, time, commit)) = walk.queue.pop() else {
            break;
        };
        if graph.is_past(generation, time, &oldest) {
            graph.shortcuts |= generation >= oldest.generation;
            break;
        }
        let colours = walk.take(commit);
        for position in 0..graph.known_parents(commit)?.len() {
            let parent = graph.known_parents(commit)?[position];
            walk.add(graph, parent, colours);
        }
    }
    let has_others = |(colour, commit): (usize, &CommitIdx)| {
        walk.colours
            .get(commit)
            .is_some_and(|state| state.colours & !(1 << colour) != 0)
    };
    Ok(commits
        .iter()
        .enumerate()
        .filter(|&entry| has_others(entry))
        .map(|(_, &commit)| commit)
        .collect())
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
