//! Revisions on the command line, in the part of gitrevisions(7) that ranges of pushes need.

use gix::bstr::ByteSlice as _;
use gix::hash::ObjectId;

use crate::git::Repository;
use crate::git::commit::read_links;
use crate::git::refs::Resolved;

/// A revision that names nothing.
#[derive(Debug, thiserror::Error)]
pub(super) enum RevisionError {
    #[error("`{0}` is no range; write OLD..NEW, such as main~3..main")]
    NoRange(String),
    #[error(
        "`{0}` names no commit of this repository; write a full object id, a branch or a tag, with ~N or ^ behind it"
    )]
    Unknown(String),
}

/// The ends of `OLD..NEW`; an empty one is `None`.
pub(super) fn range(
    repository: &Repository,
    text: &str,
) -> Result<(Option<ObjectId>, Option<ObjectId>), Box<dyn std::error::Error>> {
    let (old, new) = text
        .split_once("..")
        .ok_or_else(|| RevisionError::NoRange(text.to_owned()))?;
    let end = |text: &str| {
        if text.is_empty() {
            Ok(None)
        } else {
            resolve(repository, text).map(Some)
        }
    };
    let (old, new) = (end(old)?, end(new)?);
    if old.is_none() && new.is_none() {
        return Err(RevisionError::NoRange(text.to_owned()).into());
    }
    Ok((old, new))
}

/// What a commit brought: from its first parent, or from nothing, to it.
pub(super) fn step(
    repository: &Repository,
    text: &str,
) -> Result<(Option<ObjectId>, Option<ObjectId>), Box<dyn std::error::Error>> {
    let (commit, _) = repository.objects.peel(&resolve(repository, text)?)?;
    let links = read_links(&repository.objects, commit, &mut Vec::new())?;
    Ok((links.parents.first().copied(), Some(commit)))
}

/// The object that a revision names.
pub(super) fn resolve(
    repository: &Repository,
    text: &str,
) -> Result<ObjectId, Box<dyn std::error::Error>> {
    let end = text.find(['~', '^']).unwrap_or(text.len());
    let (name, steps) = text.split_at(end);
    let unknown = || RevisionError::Unknown(text.to_owned());
    let start = named(repository, name).ok_or_else(unknown)?;
    if steps.is_empty() {
        return Ok(start);
    }
    let (mut commit, _) = repository.objects.peel(&start)?;
    let mut buffer = Vec::new();
    for step in parents(steps).ok_or_else(unknown)? {
        let links = read_links(&repository.objects, commit, &mut buffer)?;
        commit = *links.parents.get(step).ok_or_else(unknown)?;
    }
    Ok(commit)
}

/// An object id, or a ref as git would find it, the most exact name first.
fn named(repository: &Repository, name: &str) -> Option<ObjectId> {
    if let Ok(id) = ObjectId::from_hex(name.as_bytes()) {
        return repository.objects.exists(&id).then_some(id);
    }
    for full in [
        name.to_owned(),
        format!("refs/{name}"),
        format!("refs/heads/{name}"),
        format!("refs/tags/{name}"),
    ] {
        // What is no well-formed name cannot be a ref.
        if let Ok(Resolved { id: Some(id), .. }) =
            repository.refs.resolve(full.as_bytes().as_bstr())
        {
            return Some(id);
        }
    }
    None
}

/// The parents that `~3`, `^` or `^2` lead through, each by its position.
fn parents(mut steps: &str) -> Option<Vec<usize>> {
    const FARTHEST: usize = 1_000_000;
    let mut way = Vec::new();
    while let Some(kind) = steps.chars().next() {
        let digits = steps[1..]
            .find(|character: char| !character.is_ascii_digit())
            .unwrap_or(steps.len() - 1);
        let number = if digits == 0 {
            1
        } else {
            steps[1..=digits].parse().ok()?
        };
        match kind {
            '~' if number <= FARTHEST => way.extend(std::iter::repeat_n(0, number)),
            '^' if number > 0 => way.push(number - 1),
            _ => return None,
        }
        steps = &steps[1 + digits..];
    }
    Some(way)
}

#[cfg(test)]
mod tests {
    use super::parents;

    #[test]
    fn steps_lead_through_parents() {
        assert_eq!(parents("~3"), Some(vec![0, 0, 0]));
        assert_eq!(parents("^2~1^"), Some(vec![1, 0, 0]));
        assert_eq!(parents("~"), Some(vec![0]));
        assert_eq!(parents("^0"), None);
        assert_eq!(parents("~x"), None);
    }
}
