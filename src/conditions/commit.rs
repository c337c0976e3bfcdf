//! Conditions on a new commit. What it says of its author, its committer and in its message is a claim of whoever made it;
//! a signature is not.

use super::Subject;
use crate::facts::Commit;
use crate::policy::condition::OfCommit;

pub(super) fn meets(asked: &OfCommit, commit: &Commit, subject: &Subject<'_>) -> bool {
    let by_email = |email: &[u8]| subject.policy.people.by_email(email);
    match asked {
        OfCommit::Author(eligible) => subject.is_among(eligible, by_email(&commit.author.email)),
        OfCommit::Committer(eligible) => {
            subject.is_among(eligible, by_email(&commit.committer.email))
        }
        OfCommit::Signer(eligible) => {
            // A signature that does not count is nobody's.
            let good = commit
                .signature
                .as_ref()
                .and_then(|found| found.as_ref().ok());
            subject.is_among(eligible, good.map(|good| good.person))
        }
        OfCommit::Ai(asked) => {
            let provenance = subject.update.provenance_of(&commit.id);
            provenance.ai().is_among(asked)
        }
        OfCommit::Message(pattern) => pattern.is_match(commit.trimmed_message()),
        OfCommit::Merge(is_merge) => *is_merge == (commit.parents > 1),
    }
}
