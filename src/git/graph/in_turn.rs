//! The merge bases of commits that are merged in turn: of the second and the first, of the third and those two, and on.
//!
//! git's recursive strategy merges the merge bases of a criss-cross merge that way, and there can be dozens of them. One
//! walk with a colour for each answers all of these questions, where a walk for each had most of the history in between
//! painted dozens of times.

use std::collections::HashMap;

use super::{CommitIdx, Error, Graph, Queue};

/// How many commits one walk can tell apart.
const MOST: usize = 64;

/// What is known of a commit in the walk.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
struct State {
    /// Which of the commits contain it, a bit for each.
    reached: u64,
    /// In which questions it is contained in a common ancestor.
    stale: u64,
    is_queued: bool,
}

impl State {
    /// In which questions it is a common ancestor: contained in the commit that the question is about, and in one before
    /// that. Those are all that reach it but the first.
    fn common(self) -> u64 {
        self.reached & self.reached.wrapping_sub(1)
    }
}

struct Walk {
    states: HashMap<CommitIdx, State>,
    queue: Queue,
    /// How many commits in the queue can still lead to a best common ancestor.
    open: usize,
    /// All questions: one for each commit but the first.
    questions: u64,
}

/// For each of `commits` but the first, its common ancestors with those before it, among them all of the best. `None` for
/// more commits than one walk can tell apart.
pub(super) fn common_ancestors(
    graph: &mut Graph<'_>,
    commits: &[CommitIdx],
) -> Result<Option<Vec<Vec<CommitIdx>>>, Error> {
    if commits.len() > MOST {
        return Ok(None);
    }
    let mut walk = Walk {
        states: HashMap::new(),
        queue: Queue::new(),
        open: 0,
        questions: (1..commits.len()).fold(0, |all, question| all | 1 << question),
    };
    for (colour, &commit) in commits.iter().enumerate() {
        walk.add(graph, commit, 1 << colour, 0);
    }
    let mut found = Vec::new();
    while walk.open > 0 {
        let Some((_, _, commit)) = walk.queue.pop() else {
            break;
        };
        let state = walk.take(commit);
        if state.common() & !state.stale != 0 {
            found.push(commit);
        }
        for position in 0..graph.known_parents(commit)?.len() {
            let parent = graph.known_parents(commit)?[position];
            walk.add(graph, parent, state.reached, state.stale | state.common());
        }
    }
    let is_best = |commit: &CommitIdx, question: usize| {
        let state = walk.states[commit];
        state.common() & !state.stale & 1 << question != 0
    };
    let best = |question| {
        let best = found.iter().copied();
        best.filter(|commit| is_best(commit, question)).collect()
    };
    Ok(Some((1..commits.len()).map(best).collect()))
}

impl Walk {
    fn add(&mut self, graph: &Graph<'_>, commit: CommitIdx, reached: u64, stale: u64) {
        let state = self.states.entry(commit).or_default();
        let before = *state;
        state.reached |= reached;
        state.stale |= stale;
        if *state == before {
            return;
        }
        let is_open = |state: State| state.stale != self.questions;
        self.open -= usize::from(before.is_queued && is_open(before));
        self.open += usize::from(is_open(*state));
        if !before.is_queued {
            state.is_queued = true;
            let node = &graph.nodes[commit.index()];
            self.queue.push((node.generation, node.time, commit));
        }
    }

    fn take(&mut self, commit: CommitIdx) -> State {
        let state = self.states.entry(commit).or_default();
        state.is_queued = false;
        self.open -= usize::from(state.stale != self.questions);
        *state
    }
}
