//! Names for pattern sets, and sets of these names.

use std::hash::{Hash, Hasher};

/// One list of patterns in an [`Automaton`](super::Automaton): a zone's paths, a rule's, a condition's.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug, PartialOrd, Ord)]
pub struct SetId(pub u32);

/// Pattern sets, one bit each. A mask of few sets needs no memory of its own.
#[derive(Clone, Debug, Default)]
pub struct SetMask {
    /// The sets 0 to 63: all of most policies.
    first: u64,
    /// 64 sets for each further word.
    rest: Vec<u64>,
}

impl SetMask {
    /// No set.
    pub const fn new() -> Self {
        SetMask {
            first: 0,
            rest: Vec::new(),
        }
    }

    /// The sets 0 to `count - 1`, which are all of an automaton with `count` sets.
    pub fn all(count: u32) -> Self {
        (0..count).map(SetId).collect()
    }

    /// Adds `set`.
    pub fn insert(&mut self, set: SetId) {
        let (word, bit) = position(set);
        match word.checked_sub(1) {
            None => self.first |= bit,
            Some(word) => {
                if self.rest.len() <= word {
                    self.rest.resize(word + 1, 0);
                }
                self.rest[word] |= bit;
            }
        }
    }

    /// Takes `set` away.
    pub fn remove(&mut self, set: SetId) {
        let (word, bit) = position(set);
        match word.checked_sub(1) {
            None => self.first &= !bit,
            Some(word) => {
                if let Some(word) = self.rest.get_mut(word) {
                    *word &= !bit;
                }
            }
        }
    }

    /// Whether `set` is among these.
    pub fn contains(&self, set: SetId) -> bool {
        let (word, bit) = position(set);
        self.words().nth(word).is_some_and(|word| word & bit != 0)
    }

    /// Adds all of `other`.
    pub fn union_with(&mut self, other: &SetMask) {
        self.first |= other.first;
        if self.rest.len() < other.rest.len() {
            self.rest.resize(other.rest.len(), 0);
        }
        for (word, added) in self.rest.iter_mut().zip(&other.rest) {
            *word |= added;
        }
    }

    /// Takes away what is not in `other` too.
    pub fn intersect_with(&mut self, other: &SetMask) {
        self.first &= other.first;
        self.rest.truncate(other.rest.len());
        for (word, kept) in self.rest.iter_mut().zip(&other.rest) {
            *word &= kept;
        }
    }

    /// Whether some set is in both.
    pub fn intersects(&self, other: &SetMask) -> bool {
        self.words()
            .zip(other.words())
            .any(|(left, right)| left & right != 0)
    }

    /// Whether there is no set in it.
    pub fn is_empty(&self) -> bool {
        self.words().all(|word| word == 0)
    }

    /// How many sets there are in it.
    pub fn len(&self) -> usize {
        self.words().map(|word| word.count_ones() as usize).sum()
    }

    /// The sets in it, in ascending order.
    pub fn iter(&self) -> impl Iterator<Item = SetId> + '_ {
        (0..)
            .step_by(64)
            .zip(self.words())
            .flat_map(|(start, word)| {
                (0..64)
                    .filter(move |bit| word & (1 << bit) != 0)
                    .map(move |bit| SetId(start + bit))
            })
    }

    fn words(&self) -> impl Iterator<Item = u64> + '_ {
        std::iter::once(self.first).chain(self.rest.iter().copied())
    }
}

/// Two masks are equal when they hold the same sets, whatever room they take.
impl PartialEq for SetMask {
    fn eq(&self, other: &Self) -> bool {
        let (short, long) = if self.rest.len() < other.rest.len() {
            (self, other)
        } else {
            (other, self)
        };
        short
            .words()
            .chain(std::iter::repeat(0))
            .zip(long.words())
            .all(|(left, right)| left == right)
    }
}

impl Eq for SetMask {}

impl Hash for SetMask {
    fn hash<H: Hasher>(&self, hasher: &mut H) {
        self.first.hash(hasher);
        let room = self.rest.iter().rposition(|&word| word != 0);
        self.rest[..room.map_or(0, |last| last + 1)].hash(hasher);
    }
}

impl FromIterator<SetId> for SetMask {
    fn from_iter<I: IntoIterator<Item = SetId>>(sets: I) -> Self {
        let mut mask = SetMask::new();
        mask.extend(sets);
        mask
    }
}

impl Extend<SetId> for SetMask {
    fn extend<I: IntoIterator<Item = SetId>>(&mut self, sets: I) {
        for set in sets {
            self.insert(set);
        }
    }
}

fn position(set: SetId) -> (usize, u64) {
    (set.0 as usize / 64, 1 << (set.0 % 64))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mask(sets: &[u32]) -> SetMask {
        sets.iter().copied().map(SetId).collect()
    }

    #[test]
    fn holds_what_was_put_in() {
        let sets = [0, 1, 63, 64, 127, 128, 999];
        let mask = mask(&sets);
        assert_eq!(mask.iter().map(|set| set.0).collect::<Vec<_>>(), sets);
        assert_eq!(mask.len(), sets.len());
        assert!(
            mask.contains(SetId(64)) && !mask.contains(SetId(65)) && !mask.contains(SetId(100_000))
        );
    }

    #[test]
    fn unites_and_intersects_whatever_the_length() {
        let mut short = mask(&[3]);
        assert!(!short.intersects(&mask(&[700])));
        short.union_with(&mask(&[700]));
        assert!(short.intersects(&mask(&[700])));
        assert_eq!(short, mask(&[3, 700]));
        let mut both = mask(&[3, 70, 700]);
        both.intersect_with(&mask(&[2, 3, 70]));
        assert_eq!(both, mask(&[3, 70]));
    }

    #[test]
    fn emptiness_and_equality_ignore_the_room_taken() {
        let mut mask = mask(&[5, 300]);
        mask.remove(SetId(300));
        mask.remove(SetId(5));
        mask.remove(SetId(10_000));
        assert!(mask.is_empty());
        assert_eq!(mask, SetMask::new());
        assert_eq!(SetMask::new(), mask);
        let known = std::collections::HashSet::from([SetMask::new()]);
        assert!(known.contains(&mask));
    }

    #[test]
    fn all_is_all() {
        assert!(SetMask::all(0).is_empty());
        assert_eq!(SetMask::all(65).len(), 65);
    }
}
