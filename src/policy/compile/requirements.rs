//! What a rule asks, from words to compiled expressions and resolved names.

use super::super::people::{Eligible, Reserved};
use super::super::place::Place;
use super::super::rule::{
    IdentityRequirement, MessageRequirement, Party, Requirement, Requirements,
    SignatureRequirement, TrailerRequirement,
};
use super::super::written::approval::Defaults;
use super::super::written::rule::{
    AnySignature, Identity, KnownIdentity, MessageLacks, Provenance, Require, SamePerson,
    SignatureFrom, Trailer,
};
use super::super::written::values::Either;
use super::approvals;
use super::expressions::{anywhere, whole};
use super::names::Names;
use super::problems::Problems;

/// Who may stand in a trailer's `from` beside people and groups.
const TRAILER_FROM: [Reserved; 6] = [
    Reserved::Owners,
    Reserved::Author,
    Reserved::Committer,
    Reserved::Bots,
    Reserved::Agents,
    Reserved::Anyone,
];

/// Who may stand in the `from` of a signature beside people and groups.
const SIGNATURE_FROM: [Reserved; 7] = [
    Reserved::Owners,
    Reserved::Author,
    Reserved::Committer,
    Reserved::Pusher,
    Reserved::Bots,
    Reserved::Agents,
    Reserved::Anyone,
];

/// Reads `require`.
pub(super) fn requirements(
    written: &Require,
    defaults: &Defaults,
    names: &Names,
    place: &Place,
    problems: &mut Problems,
) -> Requirements {
    let mut requirements = Vec::new();
    if let Some(trailers) = &written.trailers {
        let place = place.key("trailers");
        if trailers.0.is_empty() {
            problems
                .error("empty-list", place.clone().at_key(), "`trailers` is empty")
                .help("name a trailer: `{ key: Change-Ticket }`");
        }
        for (index, trailer) in trailers.0.iter().enumerate() {
            requirements.extend(
                self::trailer(trailer, names, &place.index(index), problems)
                    .map(Requirement::Trailer),
            );
        }
    }
    if let Some(message) = &written.message {
        requirements.extend(
            self::message(message, &place.key("message"), problems).map(Requirement::Message),
        );
    }
    if let Some(author) = &written.author {
        let place = place.key("author");
        requirements.extend(
            identity(author, &place, problems)
                .into_iter()
                .map(Requirement::Author),
        );
    }
    if let Some(committer) = &written.committer {
        let place = place.key("committer");
        requirements.extend(
            identity(committer, &place, problems)
                .into_iter()
                .map(Requirement::Committer),
        );
    }
    let approvals = written.approvals.as_ref().map(|approvals| {
        approvals::entries(
            approvals,
            defaults,
            names,
            &place.key("approvals"),
            problems,
        )
    });
    if let Some(signature) = &written.signature {
        let asked = self::signature(signature, names, &place.key("signature"), problems);
        requirements.push(Requirement::Signature(asked));
    }
    if let Some(Provenance::Declared) = written.provenance {
        requirements.push(Requirement::Provenance);
    }
    let any = written.any.as_ref().map(|any| {
        let place = place.key("any");
        alternatives(any, defaults, names, &place, problems)
    });
    // What is written and wrong has its own diagnostic.
    let asks = [
        any.is_some(),
        approvals.is_some(),
        written.trailers.is_some(),
        written.message.is_some(),
        written.author.is_some(),
        written.committer.is_some(),
        written.signature.is_some(),
        written.provenance.is_some(),
    ];
    if !asks.contains(&true) {
        problems
            .error(
                "empty-requirement",
                place.clone().at_key(),
                format!("{} asks nothing", place.name()),
            )
            .help("ask for `approvals`, `trailers`, `message`, `author`, `committer`, `signature`, `provenance` or `any` of several");
    }
    Requirements {
        of_commits: requirements,
        approvals: approvals.unwrap_or_default(),
        any: any.unwrap_or_default(),
    }
}

/// Reads `any`: alternatives of which one is enough. One that nobody can meet is a mistake, be there others.
fn alternatives(
    written: &[Require],
    defaults: &Defaults,
    names: &Names,
    place: &Place,
    problems: &mut Problems,
) -> Vec<Requirements> {
    match written {
        [] => {
            problems
                .error(
                    "empty-list",
                    place.clone().at_key(),
                    "`any` lists no alternative, so nothing would ever do",
                )
                .help("list some, or remove the key");
        }
        [_] => {
            problems
                .warning(
                    "one-alternative",
                    place.clone().at_key(),
                    "`any` of one alternative is no choice",
                )
                .help("add another, or ask for it in `require` itself");
        }
        _ => {}
    }
    let read =
        |(index, written)| requirements(written, defaults, names, &place.index(index), problems);
    written.iter().enumerate().map(read).collect()
}

fn trailer(
    written: &Trailer,
    names: &Names,
    place: &Place,
    problems: &mut Problems,
) -> Option<TrailerRequirement> {
    let from = written
        .from
        .as_ref()
        .map(|from| names.eligible(from, &TRAILER_FROM, &place.key("from"), problems));
    let value = written.value.as_ref().and_then(|value| {
        let place = place.key("value");
        let pattern = whole(value, &place, problems)?;
        if pattern.matches_empty() {
            problems
                .warning(
                    "matches-nothing",
                    place,
                    "an empty value matches this, and so says nothing",
                )
                .help("write `.+` in place of `.*`, or leave `value` out to ask for any value");
        }
        Some(pattern)
    });
    let not = written
        .not
        .as_ref()
        .map_or_else(Vec::new, |not| not.0.clone());
    let count = written.count.unwrap_or(1);
    if count == 0 {
        problems
            .error(
                "count-zero",
                place.key("count"),
                "a count of 0 asks nothing",
            )
            .help("remove the requirement, or ask for at least 1");
    }
    if let Some(from) = &from {
        check_quorum(
            from,
            &not,
            count,
            written.count.is_some(),
            names,
            place,
            problems,
        );
    }
    let Some(key) = &written.key else {
        problems
            .error("missing-key", place.clone(), "the trailer has no `key`")
            .help("add `key: Change-Ticket`");
        return None;
    };
    if !is_token(key) {
        problems
            .error(
                "bad-trailer-key",
                place.key("key"),
                format!("`{key}` cannot be the key of a trailer"),
            )
            .help("a key has letters, digits and `-` only, without the colon");
    }
    Some(TrailerRequirement {
        key: key.clone(),
        value,
        from,
        not,
        count,
    })
}

/// Can it be the key of a trailer?
pub(super) fn is_token(key: &str) -> bool {
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'-';
    !key.is_empty() && key.bytes().all(fits)
}

fn check_quorum(
    from: &Eligible,
    not: &[Party],
    count: usize,
    counted: bool,
    names: &Names,
    place: &Place,
    problems: &mut Problems,
) {
    let excluded = |party| not.contains(&party) || not.contains(&Party::Contributor);
    let only = |reserved| from.persons.is_empty() && from.reserved.iter().eq([&reserved]);
    let contradiction = only(Reserved::Author) && excluded(Party::Author)
        || only(Reserved::Committer) && excluded(Party::Committer);
    if contradiction {
        problems
            .error(
                "unsatisfiable",
                place.key("not"),
                "`not` excludes everyone whom `from` names",
            )
            .help("nobody could ever meet this; remove one of the two");
        return;
    }
    let Some(most) = names.most(from).filter(|_| !from.names.is_empty()) else {
        return;
    };
    let at = if counted {
        place.key("count")
    } else {
        place.key("from")
    };
    if most == 0 {
        problems
            .error("empty-quorum", place.key("from"), "this names nobody")
            .help("nobody could ever meet this; name people, or fill the groups");
    } else if most < count {
        let persons = if most == 1 { "person" } else { "persons" };
        problems
            .error(
                "quorum-too-large",
                at,
                format!("{count} are asked for, of {most} {persons}"),
            )
            .help("name more people, or ask for fewer");
    }
}

fn message(
    written: &Either<String, MessageLacks>,
    place: &Place,
    problems: &mut Problems,
) -> Option<MessageRequirement> {
    match written {
        Either::Short(text) => {
            let pattern = whole(text, place, problems)?;
            if pattern.matches_empty() {
                problems
                    .warning(
                        "matches-nothing",
                        place.clone(),
                        "an empty message matches this",
                    )
                    .help("write `.+` in place of `.*`");
            }
            Some(MessageRequirement::Matches(pattern))
        }
        Either::Long(MessageLacks { lacks }) => {
            let place = place.key("not");
            let pattern = anywhere(lacks, &place, problems)?;
            if pattern.matches_empty() {
                problems
                    .error(
                        "unsatisfiable",
                        place,
                        "this is found in every message, so all are refused",
                    )
                    .help("write what must not be there, without `*` or `?` around all of it");
            }
            Some(MessageRequirement::Lacks(pattern))
        }
    }
}

fn identity(
    written: &Either<KnownIdentity, Identity>,
    place: &Place,
    problems: &mut Problems,
) -> Vec<IdentityRequirement> {
    let Identity { is, email } = match written {
        Either::Short(KnownIdentity::Known) => return vec![IdentityRequirement::Known],
        Either::Long(identity) => identity,
    };
    if is.is_none() && email.is_none() {
        problems
            .error(
                "empty-requirement",
                place.clone().at_key(),
                "this asks nothing",
            )
            .help("write `known`, `{ is: pusher }` or `{ email: \".+@shop[.]example\" }`");
    }
    let is = is.map(|SamePerson::Pusher| IdentityRequirement::IsPusher);
    let email = email
        .as_ref()
        .and_then(|email| whole(email, &place.key("email"), problems));
    is.into_iter()
        .chain(email.map(IdentityRequirement::Email))
        .collect()
}

fn signature(
    written: &Either<AnySignature, SignatureFrom>,
    names: &Names,
    place: &Place,
    problems: &mut Problems,
) -> SignatureRequirement {
    if !names.has_keys {
        problems
            .error(
                "no-keys",
                place.clone().at_key(),
                "no key is listed, so no signature counts",
            )
            .help("nobody could ever meet this; add `keys` to people, or files of them in `keys`");
    }
    let from = match written {
        Either::Short(AnySignature::Valid) => return SignatureRequirement { from: None },
        Either::Long(SignatureFrom { from }) => from,
    };
    let place = place.key("from");
    let from = names.eligible(from, &SIGNATURE_FROM, &place, problems);
    if !from.names.is_empty() && names.most(&from) == Some(0) {
        problems
            .error("empty-quorum", place, "this names nobody")
            .help("nobody could ever meet this; name people, or fill the groups");
    }
    SignatureRequirement { from: Some(from) }
}
