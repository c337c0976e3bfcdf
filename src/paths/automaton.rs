//! All path patterns of a policy as one automaton over path components.
//!
//! It is a trie: patterns that begin alike share their nodes, a literal name is a hash look-up among a node's edges, and
//! `**` is a node that stays alive below itself. Several nodes can be alive at once (a [`State`]), never more than there
//! are nodes, so no path and no name costs more than the size of the policy for each of its components.

use super::component::Component;
use super::fold::Name;
use super::node::{ALWAYS, Accept, Node, NodeId};
use super::pattern::Pattern;
use super::sets::{SetId, SetMask};
use super::state::{State, Verdict, sets_included};

const ROOT: NodeId = 0;

/// What stands in a tree, as far as patterns see a difference.
#[derive(Clone, Copy, PartialEq, Eq, Hash, Debug)]
pub enum EntryKind {
    /// A file, executable or not, or a symlink: never a directory, wherever it points.
    File,
    /// A submodule, which git takes for a directory when a pattern ends with `/`.
    Submodule,
}

/// Puts pattern sets together to an [`Automaton`].
#[derive(Debug)]
pub struct AutomatonBuilder {
    nodes: Vec<Node>,
    set_count: u32,
}

impl Default for AutomatonBuilder {
    fn default() -> Self {
        Self::new()
    }
}

impl AutomatonBuilder {
    /// Without any set.
    pub fn new() -> Self {
        AutomatonBuilder {
            nodes: vec![Node::new(false)],
            set_count: 0,
        }
    }

    /// Adds a set: the paths that `patterns` include and no later one of them excludes. With `fold`, an inclusion also
    /// matches what common file systems take for the same name; an exclusion never does.
    ///
    /// A list without an inclusion contains nothing.
    pub fn add(&mut self, patterns: &[Pattern], fold: bool) -> SetId {
        let set = SetId(self.set_count);
        self.set_count += 1;
        for (index, pattern) in (0..).zip(patterns) {
            let verdict = Verdict {
                set,
                index,
                included: !pattern.is_exclusion(),
            };
            self.insert(verdict, pattern, fold);
        }
        set
    }

    fn insert(&mut self, verdict: Verdict, pattern: &Pattern, fold: bool) {
        let needed = pattern.needed_directories();
        let mut node = ROOT;
        for (depth, component) in pattern.components().iter().enumerate() {
            if verdict.included {
                let index = if depth < needed.end {
                    ALWAYS
                } else {
                    verdict.index
                };
                self.nodes[node].note_below(verdict.set, index);
            }
            node = self.target(node, component, fold && verdict.included);
            if needed.contains(&depth) {
                self.nodes[node].note_needed(verdict.set);
            }
        }
        self.nodes[node].accepts.push(Accept {
            verdict,
            directories_only: pattern.is_directories_only(),
            whole: pattern.is_whole(),
        });
    }

    /// The node that `component` leads to, new if it led nowhere.
    fn target(&mut self, from: NodeId, component: &Component, folding: bool) -> NodeId {
        let new = self.nodes.len();
        let node = &mut self.nodes[from];
        let target = match component {
            Component::AnyDepth => *node.any_depth.get_or_insert(new),
            Component::Literal(name) => node.edges_mut().add_literal(name, folding, new),
            star if star.is_star() => *node.any_name.get_or_insert(new),
            Component::Glob(glob) => node.edges_mut().add_glob(glob, folding, new),
        };
        if target == new {
            self.nodes
                .push(Node::new(*component == Component::AnyDepth));
        }
        target
    }

    /// The automaton for all sets that were added.
    pub fn build(mut self) -> Automaton {
        for node in &mut self.nodes {
            node.finish();
        }
        Automaton {
            nodes: self.nodes,
            set_count: self.set_count,
        }
    }
}

/// All pattern sets of a policy, ready to be taken along on a tree walk.
#[derive(Debug)]
pub struct Automaton {
    nodes: Vec<Node>,
    set_count: u32,
}

impl Automaton {
    /// How many sets there are: their ids are those below.
    pub fn set_count(&self) -> u32 {
        self.set_count
    }

    /// The state in the root directory.
    pub fn root(&self) -> State {
        let mut alive = Vec::new();
        self.enter(ROOT, &mut alive);
        State::new(alive, Vec::new(), &self.nodes)
    }

    /// The state inside the directory `name` of the directory that `state` is about.
    pub fn descend(&self, state: &State, name: &[u8]) -> State {
        let mut alive: Vec<_> = state
            .alive()
            .iter()
            .copied()
            .filter(|&node| self.nodes[node].stays)
            .collect();
        let mut verdicts = Vec::new();
        self.arrivals(state, name, |node| {
            self.enter(node, &mut alive);
            let accepts = self.nodes[node].accepts.iter();
            let below = accepts.filter(|accept| !accept.whole);
            verdicts.extend(below.map(|accept| accept.verdict));
        });
        if verdicts.is_empty() && alive == state.alive() {
            return state.clone();
        }
        State::new(alive, state.verdicts_with(verdicts), &self.nodes)
    }

    /// The sets that contain the entry `name`, no directory, of the directory that `state` is about; also those that need
    /// a directory of this name, which the entry stands in for.
    pub fn matches(&self, state: &State, name: &[u8], kind: EntryKind) -> SetMask {
        let mut verdicts = Vec::new();
        let mut needed_by = Vec::new();
        self.arrivals(state, name, |node| {
            let node = &self.nodes[node];
            let accepts = node.accepts.iter().filter(|accept| accept.applies_to(kind));
            verdicts.extend(accepts.map(|accept| accept.verdict));
            needed_by.extend_from_slice(&node.needed_by);
        });
        let mut sets = if verdicts.is_empty() {
            state.included().clone()
        } else {
            sets_included(&state.verdicts_with(verdicts))
        };
        sets.extend(needed_by);
        sets
    }

    /// The sets that contain the entry at `path`, which is no directory; [`Automaton::matches`] for a path by itself.
    pub fn matches_path(&self, path: &[u8], kind: EntryKind) -> SetMask {
        let (state, name) = self.directory_of(path);
        self.matches(&state, name, kind)
    }

    /// The sets that contain the entry at `path` by its own name. What stands where a directory is needed plays no part.
    pub fn includes_path(&self, path: &[u8], kind: EntryKind) -> SetMask {
        let (state, name) = self.directory_of(path);
        sets_included(&self.verdicts_on(&state, name, kind))
    }

    /// For each set with a pattern that matches the entry at `path`, in ascending order, the last of them by its place in
    /// the set's list, whether it includes or excludes. What stands where a directory is needed plays no part here.
    pub fn last_matches(&self, path: &[u8], kind: EntryKind) -> Vec<(SetId, usize)> {
        let (state, name) = self.directory_of(path);
        let winners = self.verdicts_on(&state, name, kind).into_iter();
        winners
            .map(|verdict| (verdict.set, verdict.index as usize))
            .collect()
    }

    /// The winner of each set on the entry `name` of the directory that `state` is about.
    fn verdicts_on(&self, state: &State, name: &[u8], kind: EntryKind) -> Vec<Verdict> {
        let mut verdicts = Vec::new();
        self.arrivals(state, name, |node| {
            let accepts = self.nodes[node].accepts.iter();
            let applying = accepts.filter(|accept| accept.applies_to(kind));
            verdicts.extend(applying.map(|accept| accept.verdict));
        });
        state.verdicts_with(verdicts)
    }

    /// The state in the directory of `path`, and the name of its entry there.
    fn directory_of<'p>(&self, path: &'p [u8]) -> (State, &'p [u8]) {
        let mut state = self.root();
        let mut rest = path;
        while let Some(slash) = rest.iter().position(|&byte| byte == b'/') {
            state = self.descend(&state, &rest[..slash]);
            rest = &rest[slash + 1..];
        }
        (state, rest)
    }

    /// Calls `arrive` with the nodes that `name` leads to, with some perhaps twice.
    fn arrivals(&self, state: &State, name: &[u8], mut arrive: impl FnMut(NodeId)) {
        let name = Name::new(name);
        for &node in state.alive() {
            let node = &self.nodes[node];
            if let Some(target) = node.any_name {
                arrive(target);
            }
            if let Some(edges) = &node.edges {
                edges.follow(&name, &mut arrive);
            }
        }
    }

    /// Makes `node` alive, and with it what follows when its `**` stands for no directory at all.
    fn enter(&self, node: NodeId, alive: &mut Vec<NodeId>) {
        alive.push(node);
        alive.extend(self.nodes[node].any_depth);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// An automaton of one set.
    fn set(patterns: &[&str], fold: bool) -> Automaton {
        let patterns: Vec<_> = patterns
            .iter()
            .map(|text| Pattern::parse(text).expect("valid"))
            .collect();
        let mut builder = AutomatonBuilder::new();
        builder.add(&patterns, fold);
        builder.build()
    }

    #[track_caller]
    fn check(automaton: &Automaton, kind: EntryKind, inside: &[&str], outside: &[&str]) {
        for path in inside {
            assert!(
                !automaton.matches_path(path.as_bytes(), kind).is_empty(),
                "{path} is not matched"
            );
        }
        for path in outside {
            assert!(
                automaton.matches_path(path.as_bytes(), kind).is_empty(),
                "{path} is matched"
            );
        }
    }

    #[track_caller]
    fn files(patterns: &[&str], inside: &[&str], outside: &[&str]) {
        check(&set(patterns, false), EntryKind::File, inside, outside);
    }

    #[track_caller]
    fn folded(patterns: &[&str], inside: &[&str], outside: &[&str]) {
        check(&set(patterns, true), EntryKind::File, inside, outside);
    }

    #[test]
    fn without_a_slash_at_any_depth() {
        files(
            &["Dockerfile"],
            &["Dockerfile", "a/b/Dockerfile", "Dockerfile/x"],
            &["Dockerfile2", "a/dockerfile"],
        );
        files(
            &["*.css"],
            &["x.css", "a/.css", "a.css/x"],
            &["x.css2", "css"],
        );
        files(
            &["/Dockerfile"],
            &["Dockerfile", "Dockerfile/x"],
            &["a/Dockerfile"],
        );
    }

    #[test]
    fn with_a_slash_from_the_root() {
        files(&["a/b"], &["a/b", "a/b/c", "a"], &["x/a/b", "a/c", "a/bc"]);
        files(&["a/*"], &["a/b", "a/b/c"], &["b/a/c"]);
        files(&["a/*.c"], &["a/x.c", "a/x.c/y"], &["a/b/x.c"]);
    }

    #[test]
    fn two_stars_cross_directories() {
        files(
            &["a/**/z"],
            &["a/z", "a/b/z", "a/b/c/z", "a/b/z/y"],
            &["z", "b/a/z", "a/b"],
        );
        files(&["**/a/b"], &["a/b", "x/a/b", "x/y/a/b/c"], &["a", "b"]);
        files(&["a/**"], &["a/b", "a/b/c"], &["b"]);
        files(&["**"], &["a", "a/b"], &[]);
        // As gitignore(5) has it: `**` beside other text is a `*`.
        files(
            &["a**b/c", "d**/e"],
            &["axxb/c", "ab/c", "dx/e"],
            &["a/b/c", "dx/y/e"],
        );
    }

    #[test]
    fn a_slash_at_the_end_wants_a_directory() {
        files(&["*.d/"], &["x.d/y", "a/x.d/y"], &["x.d", "a/x.d"]);
        check(
            &set(&["*.d/"], false),
            EntryKind::Submodule,
            &["x.d", "a/x.d"],
            &["x"],
        );
        files(&["!x/", "a/*/"], &["a/b/c", "a"], &["a/b"]);
    }

    #[test]
    fn later_entries_win_also_below_an_excluded_directory() {
        files(
            &["a/**", "!a/docs/**", "a/docs/keep.md"],
            &["a/x", "a/docs/keep.md"],
            &["a/docs/x"],
        );
        files(
            &["a/docs/keep.md", "a/**", "!a/docs/"],
            &["a/x"],
            &["a/docs/keep.md"],
        );
        files(
            &["*", "!**/*.md", "!x/", "x/a.md"],
            &["a", "x/a.md"],
            &["a/b.md", "x/b"],
        );
        files(&["!a", "!b"], &[], &["a", "b", "c"]);
    }

    #[test]
    fn what_stands_where_a_directory_should_be_counts() {
        files(&["payments/**"], &["payments"], &["a/payments"]);
        files(&["payments/"], &["payments", "a/payments"], &["payment"]);
        files(&["a/b/*.c"], &["a", "a/b"], &["b", "x/a"]);
        files(&["a/b/c"], &["a", "a/b"], &[]);
        files(&["a/b/**", "!a", "!a/b", "!**"], &["a", "a/b"], &["a/b/c"]);
        files(&["*/b/**"], &[], &["a", "a/b"]);
        folded(&["payments/**"], &["Payments", "payments."], &[]);
    }

    #[test]
    fn inclusions_fold_and_exclusions_do_not() {
        folded(
            &["Payments/**"],
            &["payments/x", "PAYMENTS. /x", "pay\u{200d}ments/x"],
            &["payment/x"],
        );
        folded(&["**/*.MD"], &["a.md", "a.Md", "x/a.md. "], &["a.mdx"]);
        folded(&["caf\u{e9}/*.c"], &["CAFE\u{301}/x.C"], &["cafe/x.c"]);
        folded(&["**", "!docs/**"], &["Docs/x", "docs./x"], &["docs/x"]);
        folded(&["a/**", "!a/*.md"], &["A/x.md", "a/x.MD"], &["a/x.md"]);
        files(&["Payments/**"], &["Payments/x"], &["payments/x"]);
    }

    #[test]
    fn folding_never_loses_an_exact_match() {
        folded(&["[A-Z]?x*"], &["ABx", "abx"], &["1Bx"]);
        folded(&["caf??"], &["caf\u{e9}", "CAFab"], &[]);
        folded(&["x[!a]*"], &["xA"], &["xa"]);
        folded(&["a*. "], &["ab. "], &["b"]);
    }

    #[test]
    fn threads_can_share_it() {
        fn shared<T: Send + Sync>(_: &T) {}
        let automaton = set(&["a"], true);
        shared(&automaton);
        shared(&automaton.root());
    }

    #[test]
    fn sets_are_told_apart() {
        let parse = |text| Pattern::parse(text).expect("valid");
        let mut builder = AutomatonBuilder::new();
        let first = builder.add(&[parse("a/**")], true);
        let second = builder.add(&[parse("**"), parse("!a/**")], true);
        let third = builder.add(&[parse("a/b")], false);
        let automaton = builder.build();
        let sets = |path: &str| automaton.matches_path(path.as_bytes(), EntryKind::File);
        assert_eq!(sets("a/b"), [first, third].into_iter().collect());
        assert_eq!(sets("x"), [second].into_iter().collect());
        assert_eq!(sets("a/c"), [first].into_iter().collect());
        assert_eq!(sets("A/c"), [first, second].into_iter().collect());
        assert_eq!(automaton.set_count(), 3);
    }

    #[test]
    fn the_last_match_of_each_list_is_told() {
        let parse = |text| Pattern::parse(text).expect("valid");
        let whole = |text| Pattern::parse_whole(text).expect("valid");
        let mut builder = AutomatonBuilder::new();
        let first = builder.add(&[parse("*"), parse("!docs/"), parse("*.c")], false);
        let second = builder.add(
            &[whole("/a/*"), whole("**/b"), whole("/a/**/x/**/**")],
            false,
        );
        let automaton = builder.build();
        let last = |path: &str| automaton.last_matches(path.as_bytes(), EntryKind::File);
        assert_eq!(last("x"), [(first, 0)]);
        assert_eq!(last("docs/x.c"), [(first, 2)]);
        assert_eq!(last("docs/x"), [(first, 1)]);
        assert_eq!(last("a/y"), [(first, 0), (second, 0)]);
        assert_eq!(last("a/b"), [(first, 0), (second, 1)]);
        assert_eq!(last("b/y"), [(first, 0)]);
        assert_eq!(last("a/b/y"), [(first, 0)]);
        assert_eq!(last("a/q/x/y"), [(first, 0), (second, 2)]);
        assert_eq!(last("a/q/x/y/z"), [(first, 0), (second, 2)]);
        assert_eq!(last("a/q/r/y"), [(first, 0)]);
    }

    #[test]
    fn subtrees_that_cannot_match_are_pruned() {
        let can = |patterns: &[&str], directory: &str| {
            let automaton = set(patterns, true);
            let state = directory.split('/').fold(automaton.root(), |state, name| {
                automaton.descend(&state, name.as_bytes())
            });
            state.can_match(&SetMask::all(1))
        };
        assert!(can(&["services/payments/**"], "services"));
        assert!(!can(&["services/payments/**"], "docs"));
        assert!(!can(&["services/payments/**"], "services/web"));
        assert!(!can(&["/*.c"], "src"));
        assert!(!can(&["**", "!docs/**"], "docs/x"));
        assert!(!can(&["*.rs", "!vendor/"], "vendor"));
        assert!(can(&["*.rs", "!vendor/", "vendor/keep/**"], "vendor"));
        assert!(!can(
            &["*.rs", "!vendor/", "vendor/keep/**"],
            "vendor/other"
        ));
        assert!(
            can(&["vendor/keep/x", "!vendor/"], "vendor"),
            "`vendor/keep` may be replaced by a symlink"
        );
        assert!(can(&["*.rs"], "any/where"));
        assert!(!can(&["!a", "!**/b"], "x"));
    }

    #[test]
    fn interest_limits_what_can_match() {
        let mut builder = AutomatonBuilder::new();
        let code = builder.add(&[Pattern::parse("src/**").expect("valid")], true);
        let docs = builder.add(&[Pattern::parse("docs/**").expect("valid")], true);
        let automaton = builder.build();
        let state = automaton.descend(&automaton.root(), b"src");
        assert!(state.can_match(&SetMask::from_iter([code])));
        assert!(!state.can_match(&SetMask::from_iter([docs])));
        assert!(!state.can_match(&SetMask::new()));
    }
}
