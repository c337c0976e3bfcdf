//! Texts that must stand in a path for an expression to match it, so that of thousands only those are tried that could.

use regex_syntax::ast::Ast;
use regex_syntax::hir::literal::{ExtractKind, Extractor, Literal};
use regex_syntax::hir::translate::Translator;
use regex_syntax::hir::{Hir, HirKind};

/// Texts of which every match holds at least one. None of them is empty.
pub(super) type Needles = Vec<Vec<u8>>;

/// More alternatives than this say less than they cost.
const MOST: usize = 32;

/// Those of an expression, which `tree` parses; `None`: it may match without any.
pub(super) fn of(expression: &str, tree: &Ast) -> Option<Needles> {
    let meaning = Translator::new().translate(expression, tree).ok()?;
    let outer = longer(
        of_end(&meaning, ExtractKind::Prefix),
        of_end(&meaning, ExtractKind::Suffix),
    );
    longer(of_part(&meaning), outer)
}

/// Of two that must both be there, the one that says more.
fn longer(one: Option<Needles>, other: Option<Needles>) -> Option<Needles> {
    [one, other].into_iter().flatten().max_by_key(shortest)
}

/// How all matches begin, or end.
fn of_end(meaning: &Hir, end: ExtractKind) -> Option<Needles> {
    let found = Extractor::new()
        .kind(end)
        .limit_total(MOST)
        .extract(meaning);
    let texts = found.literals()?.iter().map(Literal::as_bytes);
    let needles: Needles = texts.map(<[u8]>::to_vec).collect();
    (shortest(&needles) > 0).then_some(needles)
}

/// What stands within all matches.
fn of_part(part: &Hir) -> Option<Needles> {
    match part.kind() {
        HirKind::Literal(literal) => Some(vec![literal.0.to_vec()]),
        HirKind::Capture(group) => of_part(&group.sub),
        HirKind::Repetition(repeated) if repeated.min > 0 => of_part(&repeated.sub),
        HirKind::Concat(parts) => parts.iter().filter_map(of_part).max_by_key(shortest),
        HirKind::Alternation(parts) => {
            let each: Option<Vec<Needles>> = parts.iter().map(of_part).collect();
            let all: Needles = each?.into_iter().flatten().collect();
            (all.len() <= MOST).then_some(all)
        }
        HirKind::Repetition(_) | HirKind::Empty | HirKind::Class(_) | HirKind::Look(_) => None,
    }
}

fn shortest(needles: &Needles) -> usize {
    needles.iter().map(Vec::len).min().unwrap_or(0)
}
