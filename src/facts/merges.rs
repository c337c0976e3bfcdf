//! What merges are held against, without looking for merge bases where they cannot matter.
//!
//! Most merges bring a branch that touched nothing of interest. If no commit that only the second parent contains
//! differs from any of its own parents (in the paths of interest), then by induction the second parent, every merge
//! base, and all between them hold the same there: git's merge is the first parent's tree. One pass over the new
//! commits, with a set of bits for each, finds all merges of that kind.

use super::prior::Prior;
use super::range::{Place, Range};
use crate::git::Error;
use crate::git::graph::{CommitIdx, Graph};

/// Bits are handled in slices of at most this many bytes for all commits together.
const MAX_BYTES: usize = 32 << 20;

/// What each of `merges`, all of `range`, is held against. `loud` are the commits of the range that differ from any of
/// their parents in the paths of interest.
pub(super) fn priors(
    graph: &mut Graph<'_>,
    range: &Range,
    merges: &[CommitIdx],
    loud: &[CommitIdx],
) -> Result<Vec<Prior>, Error> {
    let quiet = quiet_sides(range, merges, loud);
    let mut priors = Vec::with_capacity(merges.len());
    for (&merge, quiet) in merges.iter().zip(&quiet) {
        let parents = graph.known_parents(merge)?.to_vec();
        let bases = match (quiet, range.parents(merge)) {
            (Quiet { theirs: true, .. }, _) => {
                priors.push(Prior::Commit(parents[0]));
                continue;
            }
            (Quiet { ours: true, .. }, _) => {
                priors.push(Prior::Commit(parents[1]));
                continue;
            }
            (_, &[one, other]) => range.merge_bases(graph, one, other)?,
            _ => None,
        };
        priors.push(Prior::of_merge_commit(&parents, bases));
    }
    tracing::debug!(
        new = range.len(),
        merges = merges.len(),
        need_merge_bases = quiet
            .iter()
            .filter(|quiet| !quiet.ours && !quiet.theirs)
            .count(),
        "looked again at merges that differ from a parent"
    );
    Ok(priors)
}

/// Which sides of a merge of two brought nothing of interest.
#[derive(Debug, Clone, Copy)]
struct Quiet {
    ours: bool,
    theirs: bool,
}

/// What is known of one side of a merge after some slices of bits: it is quiet as long as nothing speaks against it.
#[derive(Debug, Clone, Copy)]
struct Evidence {
    /// No loud commit is only on this side.
    nothing_loud: bool,
    /// Whatever lies beyond the range and is contained in this side is contained in the other too.
    nothing_old: bool,
}

fn quiet_sides(range: &Range, merges: &[CommitIdx], loud: &[CommitIdx]) -> Vec<Quiet> {
    let bits: Vec<CommitIdx> = loud.iter().chain(range.beyond()).copied().collect();
    let mut evidence = vec![
        [Evidence {
            nothing_loud: true,
            nothing_old: true
        }; 2];
        merges.len()
    ];
    let words = (MAX_BYTES / 8 / range.len().max(1)).max(1);
    for (number, slice) in bits.chunks(words * 64).enumerate() {
        let start = number * words * 64;
        let rows = range.reach(slice);
        let of_loud = rows.mask(|bit| start + bit < loud.len());
        let of_beyond = rows.mask(|bit| start + bit >= loud.len());
        for (&merge, [ours, theirs]) in merges.iter().zip(&mut evidence) {
            let &[one, other] = range.parents(merge) else {
                continue;
            };
            for (side, this, across) in [(ours, one, other), (theirs, other, one)] {
                side.nothing_loud &= rows.contains_all(across, this, &of_loud);
                side.nothing_old &= rows.contains_all(across, this, &of_beyond);
            }
        }
    }
    let is_quiet = |side: Evidence, across: Place| {
        side.nothing_loud && (side.nothing_old || range.has_all_beyond(across))
    };
    let quiet = |(&merge, [ours, theirs]): (&CommitIdx, [Evidence; 2])| match range.parents(merge) {
        &[one, other] => Quiet {
            ours: is_quiet(ours, other),
            theirs: is_quiet(theirs, one),
        },
        // An octopus is compared with all of its parents.
        _ => Quiet {
            ours: false,
            theirs: false,
        },
    };
    merges.iter().zip(evidence).map(quiet).collect()
}
