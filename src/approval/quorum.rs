//! Whether enough different persons have approved.
//!
//! A rule asks several entries, and a person stands for one of them only. An entry can ask for the owners of each of
//! several zones; there, one person may stand for all zones that are theirs. Taking the first entry that fits would leave
//! others empty that could be filled, so all ways are tried. Persons who fit alike are interchangeable, which keeps the
//! number of ways small.

use std::collections::{BTreeMap, HashSet};

/// What one entry asks: how many distinct persons each group needs. One group, or one for each zone.
pub type Demand = Vec<usize>;

/// Where one person could stand: for each entry, the groups, by number.
pub type Fits = Vec<Vec<usize>>;

/// More steps than any policy that people wrote could need; where they are used up, nothing is proved and so nothing met.
const MOST_STEPS: usize = 100_000;

/// Can `voters` meet all `demands`?
pub fn is_met(demands: &[Demand], voters: &[Fits]) -> bool {
    let mut alike: BTreeMap<&Fits, usize> = BTreeMap::new();
    for fits in voters {
        *alike.entry(fits).or_default() += 1;
    }
    let (fits, left): (Vec<&Fits>, Vec<usize>) = alike.into_iter().unzip();
    let mut search = Search {
        demands,
        fits: &fits,
        tried: HashSet::new(),
    };
    search.fill(0, &search.needs(0), &left)
}

/// How many persons are still lacking in each group of each entry, where voters take the first place that needs them:
/// what to tell people when the demands are not met.
pub fn lacking(demands: &[Demand], voters: &[Fits]) -> Vec<Demand> {
    let mut lacking = demands.to_vec();
    // Whoever fits fewest entries first, so that they are not left over.
    let mut voters: Vec<&Fits> = voters.iter().collect();
    voters.sort_by_key(|fits| fits.iter().filter(|groups| !groups.is_empty()).count());
    for fits in voters {
        let helps = |entry: &usize| fits[*entry].iter().any(|&group| lacking[*entry][group] > 0);
        if let Some(entry) = (0..demands.len()).find(helps) {
            for &group in &fits[entry] {
                lacking[entry][group] = lacking[entry][group].saturating_sub(1);
            }
        }
    }
    lacking
}

struct Search<'a> {
    demands: &'a [Demand],
    /// The kinds of voters.
    fits: &'a [&'a Fits],
    /// States that led nowhere: the entry, what it still needs, and how many of each kind are left.
    tried: HashSet<(usize, Demand, Vec<usize>)>,
}

impl Search<'_> {
    fn needs(&self, entry: usize) -> Demand {
        self.demands.get(entry).cloned().unwrap_or_default()
    }

    fn fill(&mut self, entry: usize, needs: &Demand, left: &[usize]) -> bool {
        if entry == self.demands.len() {
            return true;
        }
        // An entry without a group asks for nobody's word, and has nobody's.
        if needs.is_empty() || self.tried.len() >= MOST_STEPS {
            return false;
        }
        let Some(group) = needs.iter().position(|&need| need > 0) else {
            return self.fill(entry + 1, &self.needs(entry + 1), left);
        };
        if !self.tried.insert((entry, needs.clone(), left.to_vec())) {
            return false;
        }
        for (kind, fits) in self.fits.iter().enumerate() {
            if left[kind] == 0 || !fits[entry].contains(&group) {
                continue;
            }
            let (mut needs, mut left) = (needs.clone(), left.to_vec());
            left[kind] -= 1;
            for &filled in &fits[entry] {
                needs[filled] = needs[filled].saturating_sub(1);
            }
            if self.fill(entry, &needs, &left) {
                return true;
            }
        }
        false
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Every way to give each voter to one entry or none.
    fn brute_force(demands: &[Demand], voters: &[Fits]) -> bool {
        let choices = demands.len() + 1;
        (0..choices.pow(u32::try_from(voters.len()).expect("few"))).any(|mut way| {
            let mut have: Vec<Demand> = demands.iter().map(|needs| vec![0; needs.len()]).collect();
            for fits in voters {
                let entry = way % choices;
                way /= choices;
                for &group in fits.get(entry).into_iter().flatten() {
                    have[entry][group] += 1;
                }
            }
            demands.iter().zip(&have).all(|(needs, have)| {
                !needs.is_empty() && needs.iter().zip(have).all(|(need, have)| have >= need)
            })
        })
    }

    fn small() -> impl Strategy<Value = (Vec<Demand>, Vec<Fits>)> {
        let demand = proptest::collection::vec(1..3_usize, 0..3);
        proptest::collection::vec(demand, 1..4).prop_flat_map(|demands| {
            let of_entry = |needs: &Demand| {
                let groups: Vec<usize> = (0..needs.len()).collect();
                let most = groups.len();
                proptest::sample::subsequence(groups, 0..=most)
            };
            let fits: Vec<_> = demands.iter().map(of_entry).collect();
            (Just(demands), proptest::collection::vec(fits, 0..6))
        })
    }

    proptest! {
        #[test]
        fn it_finds_a_way_where_there_is_one((demands, voters) in small()) {
            prop_assert_eq!(is_met(&demands, &voters), brute_force(&demands, &voters));
        }

        #[test]
        fn something_is_lacking_where_there_is_no_way((demands, voters) in small()) {
            let lacks = lacking(&demands, &voters).iter().flatten().any(|&lacking| lacking > 0);
            let asks_nobody = demands.iter().any(Vec::is_empty);
            prop_assert!(is_met(&demands, &voters) || lacks || asks_nobody);
        }
    }

    #[test]
    fn a_person_stands_for_one_entry() {
        let demands = [vec![1], vec![1]];
        let (both, second) = (vec![vec![0], vec![0]], vec![vec![], vec![0]]);
        assert!(!is_met(&demands, std::slice::from_ref(&both)));
        assert!(is_met(&demands, &[both.clone(), second]));
        assert!(is_met(&demands, &[both.clone(), both]));
    }

    #[test]
    fn one_owner_stands_for_each_of_their_zones() {
        assert!(is_met(&[vec![1, 1]], &[vec![vec![0, 1]]]));
        assert!(!is_met(&[vec![1, 1]], &[vec![vec![0]], vec![vec![0]]]));
    }
}
