//! What a model has stored of a history, and what is newer, for verbs that keep nothing.

use gix::hash::ObjectId;

use super::{Fixes, read};
use crate::git::{Repository, short};
use crate::risk::mine::past::Past;
use crate::risk::model;
use crate::state::place;

/// The history up to a commit: what was stored, and what is newer; and what people should know of how it was come by.
pub(in crate::cli) fn past_at(
    repository: &Repository,
    asked: ObjectId,
    fixes: &Fixes,
) -> Result<(Past, Vec<String>), Box<dyn std::error::Error>> {
    let finder = fixes.finder()?;
    let folder = place::of_repository(&repository.layout.common_dir);
    let (mut past, mut remarks) = match model::stored(&folder) {
        Ok(stored) if stored.is_by(&finder) => (stored.past, Vec::new()),
        Ok(stored) if fixes.are_default() => {
            // Whoever trained it knew better what a fix is here. Without that nothing can be added to it.
            let ends_at = stored.past.tip();
            let ends_elsewhere = ends_at.filter(|&tip| tip != asked).map(|tip| {
                format!(
                    "This is the state of {}, up to which the model was trained, with fixes of its own: train again to see \
                     newer ones, or give the same --fix-pattern or --fixes here.",
                    short(&tip)
                )
            });
            return Ok((stored.past, ends_elsewhere.into_iter().collect()));
        }
        Ok(_) => (Past::default(), Vec::new()),
        Err(why) => (
            Past::default(),
            vec![format!(
                "The whole history was read for this, and is not kept ({why}): `portcullis risk train` keeps it, so that it \
                 need not be read again."
            )],
        ),
    };
    let effort = read(repository, asked, &finder, &mut past)?;
    if effort.unreadable > 0 {
        remarks.push(format!(
            "The content of {} files could not be read (missing, or larger than 8 MiB), so their lines were passed over.",
            effort.unreadable
        ));
    }
    Ok((past, remarks))
}
