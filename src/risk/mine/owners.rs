//! Who wrote each line of a file: the numbers of steps, run by run.

use std::ops::Range;

use serde::{Deserialize, Serialize};

/// The number of a step.
pub type StepNo = u32;

/// Of lines whose origin is not known.
pub const NOBODY: StepNo = StepNo::MAX;

/// The owners of a file's lines, from the top.
#[derive(Debug, Default, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owners(Vec<Run>);

/// Neighbouring lines of one step.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
struct Run {
    length: u32,
    owner: StepNo,
}

/// Lines that go, and lines that come in their place: as in a [`Hunk`](crate::git::lines::Hunk).
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Span {
    /// In the file as it was.
    pub before: Range<u32>,
    /// In the file as it then is.
    pub after: Range<u32>,
}

impl Owners {
    /// How many lines there are.
    pub fn lines(&self) -> u64 {
        self.0.iter().map(|run| u64::from(run.length)).sum()
    }

    /// How many neighbouring lines are whose, from the top.
    pub fn runs(&self) -> impl Iterator<Item = (StepNo, u32)> {
        self.0.iter().map(|run| (run.owner, run.length))
    }

    /// The owner of each line.
    pub fn each(&self) -> impl Iterator<Item = StepNo> {
        let runs = self.0.iter();
        runs.flat_map(|run| std::iter::repeat_n(run.owner, run.length as usize))
    }

    /// The owners of these lines, which are in ascending order; what lies behind the end is nobody's.
    pub fn of_lines(&self, lines: impl IntoIterator<Item = u32>) -> impl Iterator<Item = StepNo> {
        let mut runs = self.0.iter();
        let mut run = Run {
            length: 0,
            owner: NOBODY,
        };
        let mut end = 0_u64;
        lines.into_iter().map(move |line| {
            while u64::from(line) >= end {
                match runs.next() {
                    Some(next) => {
                        run = *next;
                        end += u64::from(next.length);
                    }
                    None => {
                        run.owner = NOBODY;
                        end = u64::MAX;
                    }
                }
            }
            run.owner
        })
    }

    /// Takes a change into account: what comes is the `owner`'s. Lines that should have been there and were not (where an
    /// earlier content could not be read) are nobody's.
    pub fn splice(&mut self, spans: &[Span], owner: StepNo) {
        let mut spliced = Owners(Vec::with_capacity(self.0.len() + 2 * spans.len()));
        let mut left = Left::of(&self.0);
        let mut line = 0;
        for span in spans {
            left.keep(span.before.start.saturating_sub(line), &mut spliced);
            left.drop(span.before.end - span.before.start);
            spliced.push(span.after.end - span.after.start, owner);
            line = span.before.end;
        }
        left.keep_rest(&mut spliced);
        *self = spliced;
    }

    fn push(&mut self, length: u32, owner: StepNo) {
        match self.0.last_mut() {
            _ if length == 0 => {}
            Some(last) if last.owner == owner => last.length = last.length.saturating_add(length),
            _ => self.0.push(Run { length, owner }),
        }
    }
}

/// What of the old runs has not been passed.
struct Left<'a> {
    runs: std::slice::Iter<'a, Run>,
    run: Run,
}

impl<'a> Left<'a> {
    fn of(runs: &'a [Run]) -> Self {
        let mut runs = runs.iter();
        let nothing = Run {
            length: 0,
            owner: NOBODY,
        };
        let run = runs.next().copied().unwrap_or(nothing);
        Left { runs, run }
    }

    /// Takes so many lines, a piece of a run at a time.
    fn take(&mut self, mut count: u32, mut each: impl FnMut(u32, StepNo)) {
        while count > 0 {
            let length = self.run.length.min(count);
            if length > 0 {
                each(length, self.run.owner);
                self.run.length -= length;
                count -= length;
            } else {
                match self.runs.next() {
                    Some(next) => self.run = *next,
                    None => {
                        each(count, NOBODY);
                        return;
                    }
                }
            }
        }
    }

    fn keep(&mut self, count: u32, into: &mut Owners) {
        self.take(count, |length, owner| into.push(length, owner));
    }

    fn drop(&mut self, count: u32) {
        self.take(count, |_, _| {});
    }

    fn keep_rest(&mut self, into: &mut Owners) {
        into.push(self.run.length, self.run.owner);
        for run in self.runs.by_ref() {
            into.push(run.length, run.owner);
        }
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lines_behind_the_end_are_nobodys() {
        let mut owners = Owners::default();
        owners.splice(
            &[Span {
                before: 3..4,
                after: 3..4,
            }],
            7,
        );
        assert_eq!(
            owners.each().collect::<Vec<_>>(),
            [NOBODY, NOBODY, NOBODY, 7]
        );
        assert_eq!(
            owners.of_lines([3, 4, 9]).collect::<Vec<_>>(),
            [7, NOBODY, NOBODY]
        );
    }

    proptest! {
        /// Runs are a list of lines, written shorter.
        #[test]
        fn a_splice_does_what_it_does_to_a_list(steps in prop::collection::vec((0_u32..20, 0_u32..5, 0_u32..5), 1..20)) {
            let mut owners = Owners::default();
            let mut list: Vec<StepNo> = Vec::new();
            for (owner, (at, gone, come)) in (0..).zip(steps) {
                let length = u32::try_from(list.len()).unwrap();
                let start = at.min(length);
                let end = (start + gone).min(length);
                owners.splice(&[Span { before: start..end, after: start..start + come }], owner);
                list.splice(start as usize..end as usize, std::iter::repeat_n(owner, come as usize));
                prop_assert_eq!(owners.each().collect::<Vec<_>>(), list.clone());
                prop_assert_eq!(owners.lines(), list.len() as u64);
                let all = 0..u32::try_from(list.len()).unwrap();
                prop_assert_eq!(owners.of_lines(all).collect::<Vec<_>>(), list.clone());
            }
        }
    }
}
