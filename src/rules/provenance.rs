//! `require: { provenance: declared }`: the commit says whether an agent, a program that writes code, helped. Any sign of
//! an agent says so too; a claim that there was none is taken for what it is, someone's word.

use super::Case;
use crate::decision::Missing;

pub(super) fn check(case: &Case<'_>) -> Option<Missing> {
    (!case.provenance.is_declared()).then_some(Missing::Provenance)
}
