//! `require: { message: … }`: what the message of a commit must, or must not, say.

use super::Case;
use crate::decision::Missing;
use crate::policy::rule::MessageRequirement;

pub(super) fn check(asked: &MessageRequirement, case: &Case<'_>) -> Option<Missing> {
    let message = case.commit.trimmed_message();
    match asked {
        MessageRequirement::Matches(pattern) if pattern.is_match(message) => None,
        MessageRequirement::Lacks(pattern) if !pattern.is_match(message) => None,
        MessageRequirement::Matches(pattern) => Some(Missing::Message {
            matches: Some(pattern.text.clone()),
            not: None,
        }),
        MessageRequirement::Lacks(pattern) => Some(Missing::Message {
            matches: None,
            not: Some(pattern.text.clone()),
        }),
    }
}
