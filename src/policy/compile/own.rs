//! The rules that a repository adds to the policy of its server.
//!
//! They are read after all others, and so can change nothing about these: path sets of the repository are known to its own
//! rules only, it has no zones, people, groups or keys, and the id of a rule begins with what no other's can.

use std::collections::HashMap;

use super::super::Rule;
use super::super::condition::LinePattern;
use super::super::diagnostic::{Diagnostic, Source, are_warnings};
use super::super::place::Place;
use super::super::rule::Mode;
use super::super::written::approval::Defaults;
use super::super::written::own::Own;
use super::super::yaml::Document;
use super::check_version;
use super::names::Names;
use super::problems::Problems;
use super::rules::{Rules, is_kebab};
use super::sets::Sets;

/// What the id of such a rule begins with; no id of the admin's has a `/`.
const NAMESPACE: &str = "repo/";

/// Could a rule of some repository have this id? Which have it, the admin's policy cannot know.
pub(super) fn could_be_named(id: &str) -> bool {
    id.strip_prefix(NAMESPACE).is_some_and(is_kebab)
}

/// What a repository adds.
pub(in super::super) struct Addition<'a> {
    /// What is written.
    pub(in super::super) written: &'a Own,
    /// Its tree.
    pub(in super::super) document: &'a mut Document,
    /// Its text.
    pub(in super::super) source: &'a Source,
    /// What is wrong with it.
    pub(in super::super) diagnostics: &'a mut Vec<Diagnostic>,
}

/// What the admin's policy says that holds for these rules too: who is who, where owners' files are, and what is asked
/// where a rule does not say.
type Context<'a> = (
    &'a Names,
    &'a [String],
    (Option<Mode>, Option<&'a Defaults>),
);

impl<'a> Addition<'a> {
    /// Adds the rules to `rules`. False if they cannot be used.
    pub(super) fn compile(
        self,
        (names, owners_files, (mode, approvals)): Context<'a>,
        sets: &mut Sets<'a>,
        line_patterns: &mut Vec<LinePattern>,
        rules: &mut Vec<Rule>,
    ) -> bool {
        let mut problems = Problems::of_a_stranger();
        check_version(self.written.version, &mut problems);
        sets.read_path_sets(self.written.path_sets.as_ref(), &mut problems);
        let none_given = Defaults::default();
        let mut reader = Rules {
            names,
            approvals: approvals.unwrap_or(&none_given),
            owners_files,
            sets,
            line_patterns,
            problems: &mut problems,
            mode: mode.unwrap_or(Mode::Enforce),
            ids: HashMap::new(),
            namespace: NAMESPACE,
        };
        let place = Place::top().key("rules");
        for (index, rule) in self.written.rules.iter().flatten().enumerate() {
            let line = self.document.line_of_rule(index, self.source);
            rules.extend(reader.read(rule, &place.index(index), line));
        }
        let found = problems.into_diagnostics(self.document, self.source);
        let usable = are_warnings(&found);
        self.diagnostics.extend(found);
        usable
    }
}
