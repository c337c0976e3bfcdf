//! Lines with expressions, of which all that match count.

use aho_corasick::AhoCorasick;
use gix::bstr::{BStr, ByteSlice as _};

use super::Demand;
use super::expression::Expression;

/// The lines of a file.
#[derive(Debug)]
pub(super) struct Expressions {
    lines: Vec<Line>,
    /// Finds what must stand in a path for some lines to match it.
    needles: AhoCorasick,
    /// Of which line each needle is.
    by_needle: Vec<usize>,
    /// The lines that may demand something of any path.
    anywhere: Vec<usize>,
}

/// One line.
#[derive(Debug)]
pub(super) struct Line {
    pub(super) expression: Expression,
    /// It demands something of whatever does not match.
    pub(super) negative: bool,
    pub(super) demand: Demand,
}

impl Expressions {
    /// All lines, in their order.
    pub(super) fn new(lines: Vec<Line>) -> Self {
        let mut needles = Vec::new();
        let mut by_needle = Vec::new();
        let mut anywhere = Vec::new();
        for (position, line) in lines.iter().enumerate() {
            match &line.expression.needles {
                Some(of_line) if !line.negative => {
                    needles.extend(of_line);
                    by_needle.extend(of_line.iter().map(|_| position));
                }
                _ => anywhere.push(position),
            }
        }
        let needles = AhoCorasick::new(needles);
        Expressions {
            needles: needles.expect("a file has fewer bytes than there may be states"),
            lines,
            by_needle,
            anywhere,
        }
    }

    /// What the lines that match demand.
    pub(super) fn demands(&self, path: &BStr) -> Vec<&Demand> {
        // As in Go, a byte that is no UTF-8 is some character.
        let path = path.to_str_lossy();
        let found = self.needles.find_overlapping_iter(path.as_bytes());
        let mut positions = self.anywhere.clone();
        positions.extend(found.map(|found| self.by_needle[found.pattern()]));
        positions.sort_unstable();
        positions.dedup();
        positions
            .into_iter()
            .map(|position| &self.lines[position])
            .filter(|line| line.demands(&path))
            .map(|line| &line.demand)
            .collect()
    }
}

impl Line {
    fn demands(&self, path: &str) -> bool {
        // To Go a `.` is no line break. That may make a line demand something, and must not keep it from that.
        if self.negative && path.contains('\n') {
            return true;
        }
        match self.expression.matches(path) {
            Some(matches) => matches != self.negative,
            None => true,
        }
    }
}
