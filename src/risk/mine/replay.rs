//! One step after the other: what a step is known by is read before what it does is added.

use std::borrow::Cow;
use std::collections::{BTreeMap, BTreeSet};

use gix::bstr::{BString, ByteSlice as _};

use super::diff::{Diff, FileDiff, MOST_FILES, MOST_FILES_OF_FIX, Was};
use super::kind::Kind;
use super::owners::{NOBODY, StepNo};
use super::past::{FileNo, FilePast, Partner, Past, Unit, Warmth};
use super::steps::Step;
use crate::risk::companions;
use crate::risk::features::{self, Known};
use crate::risk::map::directories::above;

/// In a step of more files, what moves together says little.
const MOST_TOGETHER: usize = 30;

/// Files of which it is remembered how often they moved with one. Of more, those that did only once are forgotten.
const MOST_PARTNERS: usize = 256;

impl Known for Past {
    fn file(&self, path: &[u8]) -> Option<Cow<'_, FilePast>> {
        Past::file(self, path.as_bstr()).map(Cow::Borrowed)
    }

    fn directory(&self, path: &[u8]) -> Option<Warmth> {
        Past::directory(self, path.as_bstr()).copied()
    }
}

impl Past {
    /// Takes the next step.
    pub(super) fn take(&mut self, step: &Step, diff: Diff) {
        let number = StepNo::try_from(self.steps.len()).expect("steps are numbered in 32 bits");
        self.blame(step, number, &diff);
        if is_unit(&diff) {
            self.land(&diff.files, step.said.is_revert);
        }
        let unit = is_unit(&diff).then(|| Unit {
            step: number,
            time: step.time,
            features: features::of(&diff.files, self, step.time),
            words: diff.words,
            fixed: None,
            is_reverted: false,
        });
        self.unit_of_step.push(
            unit.is_some().then(|| {
                u32::try_from(self.units.len()).expect("there are no more units than steps")
            }),
        );
        self.units.extend(unit);
        self.steps.push(step.id);
        let numbers: Vec<_> = diff
            .files
            .iter()
            .filter(|file| file.kind != Kind::Foreign)
            .filter_map(|file| self.change(file, step, number))
            .collect();
        if step.said.is_fix && diff.files.len() <= MOST_FILES_OF_FIX {
            self.warm(&diff.files, step);
        }
        for &author in &step.authors {
            let last = self.people.entry(author).or_insert(step.time);
            *last = step.time.max(*last);
        }
        if (1..=MOST_TOGETHER).contains(&numbers.len()) {
            self.try_companions(&numbers);
            self.put_together(&numbers);
        }
        for file in &diff.files {
            match &file.was {
                _ if file.is_gone => self.remove(&file.path),
                // It went to where nothing is followed.
                Was::At(from) if file.kind == Kind::Foreign => self.remove(from),
                _ => {}
            }
        }
    }

    /// Finds the units that a fix mends.
    fn blame(&mut self, step: &Step, number: StepNo, diff: &Diff) {
        let mut causes = BTreeSet::new();
        for &mistake in &step.said.mistakes {
            // What a merge brings can be mended within it; then there was no mistake.
            causes.extend(self.step_named(mistake).filter(|&cause| cause < number));
        }
        for file in &diff.files {
            let Some(past) = Past::file(self, file.path_before().as_bstr()) else {
                continue;
            };
            causes.extend(past.owners.of_lines(file.lines.suspects.iter().copied()));
        }
        for cause in causes.into_iter().filter(|&cause| cause != NOBODY) {
            let unit = self.unit_of_step.get(cause as usize).copied().flatten();
            let Some(unit) = unit.map(|unit| &mut self.units[unit as usize]) else {
                continue;
            };
            unit.fixed.get_or_insert((number, step.time));
            unit.is_reverted |= step.said.is_revert;
        }
    }

    /// Adds a change to a file's past; `None` if it is not followed.
    fn change(&mut self, file: &FileDiff, step: &Step, number: StepNo) -> Option<FileNo> {
        let before = file.path_before();
        let no = match self.by_path.get(before) {
            Some(&no) => no,
            None => {
                let no = FileNo::try_from(self.files.len()).expect("files are numbered in 32 bits");
                self.files.push(Some(FilePast::default()));
                no
            }
        };
        if let Was::At(from) = &file.was {
            self.by_path.remove(from);
        }
        let replaced = self.by_path.insert(file.path.clone(), no);
        if let Some(replaced) = replaced.filter(|&replaced| replaced != no) {
            self.bury(replaced);
        }
        let past = self.files[no as usize].as_mut()?;
        past.path.clone_from(&*file.path);
        past.touch(step.time, &step.authors);
        past.owners.splice(&file.lines.spans, number);
        Some(no)
    }

    /// Counts a change in all directories that it is in.
    fn land(&mut self, files: &[FileDiff], is_revert: bool) {
        let source = files.iter().filter(|file| file.kind == Kind::Source);
        let directories: BTreeSet<&[u8]> = source.flat_map(|file| above(&file.path)).collect();
        for directory in directories {
            let landed = self.landed.entry(directory.into()).or_default();
            landed.changes += 1;
            landed.reverts += u64::from(is_revert);
        }
    }

    fn warm(&mut self, files: &[FileDiff], step: &Step) {
        let (now, is_revert) = (step.time, step.said.is_revert);
        let mut directories = BTreeSet::new();
        for file in files.iter().filter(|file| file.kind == Kind::Source) {
            directories.insert(features::directory(&file.path));
            if let Some(&no) = self.by_path.get(&file.path)
                && let Some(past) = &mut self.files[no as usize]
            {
                past.fix(now, is_revert);
            }
        }
        if !directories.is_empty() {
            self.fixes += 1;
            self.reverts += u32::from(is_revert);
        }
        for directory in directories {
            self.directories
                .entry(directory.into())
                .or_default()
                .add(now);
        }
    }

    /// Finds out what would have been said of missing files.
    fn try_companions(&mut self, numbers: &[FileNo]) {
        let files = numbers.iter().filter_map(|&no| {
            let past = self.files[no as usize].as_ref()?;
            Some((no, past))
        });
        let trial = companions::try_out(&files.collect(), self.trials.len());
        self.trials.push(trial);
    }

    fn put_together(&mut self, numbers: &[FileNo]) {
        for &no in numbers {
            let Some(past) = &mut self.files[no as usize] else {
                continue;
            };
            past.shared += 1;
            let shared = past.shared;
            for &other in numbers.iter().filter(|&&other| other != no) {
                let first = Partner {
                    count: 0,
                    last: shared,
                };
                let partner = past.partners.entry(other).or_insert(first);
                *partner = Partner {
                    count: partner.count + 1,
                    last: shared,
                };
            }
            if past.partners.len() > MOST_PARTNERS {
                let partners = std::mem::take(&mut past.partners).into_iter();
                let (kept, forgotten): (BTreeMap<_, _>, BTreeMap<_, _>) =
                    partners.partition(|(_, partner)| partner.count > 1 || partner.last == shared);
                past.partners = kept;
                self.part(no, forgotten.into_keys());
            }
        }
    }

    fn remove(&mut self, path: &BString) {
        if let Some(no) = self.by_path.remove(path) {
            self.bury(no);
        }
    }

    /// Forgets a file.
    fn bury(&mut self, no: FileNo) {
        if let Some(past) = self.files[no as usize].take() {
            self.part(no, past.partners.into_keys());
        }
    }

    /// Others forget that they moved with a file, which has forgotten them.
    fn part(&mut self, no: FileNo, others: impl Iterator<Item = FileNo>) {
        for other in others {
            if let Some(Some(other)) = self.files.get_mut(other as usize) {
                other.partners.remove(&no);
            }
        }
    }
}

/// Does it change code of the product, and is it small enough to learn from?
fn is_unit(diff: &Diff) -> bool {
    diff.files.len() <= MOST_FILES && diff.files.iter().any(|file| file.kind == Kind::Source)
}
