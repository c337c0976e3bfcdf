//! What the whole policy goes by: bounds, the ledger, what pushers are told, where things lie.

use std::path::{Path, PathBuf};

use super::super::place::Place;
use super::super::{Audit, Limits, Log, Namespaces, Output, written};
use super::problems::Problems;
use crate::codeowners;

/// Reads `codeowners`.
pub(super) fn codeowners(written: &written::Policy, problems: &mut Problems) -> codeowners::Source {
    let Some(written::Codeowners { dialect, file }) = &written.codeowners else {
        return codeowners::Source::default();
    };
    if let Some(file) = file {
        let is_path = !file.contains(['\0', '\n', '\r'])
            && file.split('/').all(|name| !matches!(name, "" | "." | ".."));
        if !is_path {
            let place = Place::top().key("codeowners").key("file");
            problems
                .error(
                    "bad-path",
                    place,
                    format!("`{file}` is no path in a repository"),
                )
                .help("write the path from the root, without a `/` in front: `.github/CODEOWNERS`");
        }
    }
    codeowners::Source {
        dialect: *dialect,
        file: file.clone(),
    }
}

/// Reads `namespaces`.
pub(super) fn namespaces(written: &written::Policy) -> Namespaces {
    let other = written
        .namespaces
        .as_ref()
        .and_then(|namespaces| namespaces.other);
    Namespaces {
        deny_other: other == Some(written::Namespace::Deny),
    }
}

/// Reads `audit`.
pub(super) fn audit(
    written: &written::Policy,
    folder: Folder<'_>,
    problems: &mut Problems,
) -> Option<Audit> {
    /// Below this, every push or two would begin a new file.
    const SMALLEST: u64 = 64 << 10;
    let audit = written.audit.as_ref()?;
    let place = Place::top().key("audit");
    let rotate = audit.rotate.map(|size| size.0);
    if rotate.is_some_and(|size| size < SMALLEST) {
        problems
            .error(
                "rotate-too-small",
                place.key("rotate"),
                format!(
                    "a ledger of less than {} KiB would be put aside all the time",
                    SMALLEST >> 10
                ),
            )
            .help("write a size such as 100MiB, or remove the line to keep one file");
    }
    let Some(ledger) = &audit.file else {
        problems
            .error("missing-key", place, "`audit` has no `file`")
            .help(
                "add `file:` with the path of the ledger, such as /var/log/portcullis/audit.jsonl",
            );
        return None;
    };
    let socket = audit.log_socket.as_ref();
    if let (Some(_), None) = (socket, audit.log) {
        problems
            .error(
                "missing-key",
                place.key("log_socket"),
                "`log_socket` is of no log",
            )
            .help("add `log: journald` or `log: syslog`, or remove it");
    }
    let socket = socket.map(|path| folder.join(path, place.key("log_socket"), problems));
    Some(Audit {
        log: audit.log.map(|kind| Log {
            kind,
            socket: socket.unwrap_or_else(|| kind.socket().to_owned()),
        }),
        file: folder.join(ledger, place.key("file"), problems),
        required: audit.required.unwrap_or(false),
        rotate,
    })
}

/// The folder of the policy.
#[derive(Clone, Copy)]
pub(super) struct Folder<'a> {
    pub(super) path: &'a Path,
    /// It is one of the machine, and not one in a repository.
    pub(super) is_there: bool,
}

impl Folder<'_> {
    /// A path that the policy names for writing: a relative one starts here.
    pub(super) fn join(self, path: &str, place: Place, problems: &mut Problems) -> PathBuf {
        if !self.is_there && Path::new(path).is_relative() {
            problems
                .error(
                    "relative-path",
                    place,
                    format!(
                        "`{path}` is relative to a policy that is in no folder of this machine"
                    ),
                )
                .help("write the full path");
        }
        self.path.join(path)
    }
}

/// Reads `output`.
pub(super) fn output(written: &written::Policy) -> Output {
    let Some(written::Output {
        json,
        contact,
        docs,
    }) = &written.output
    else {
        return Output::default();
    };
    Output {
        json: json.unwrap_or_default(),
        contact: contact.clone(),
        docs: docs.clone(),
    }
}

/// Reads `limits`, and reports those that would refuse every push.
pub(super) fn limits(written: &written::Policy, problems: &mut Problems) -> Limits {
    let default = Limits::default();
    let Some(limits) = &written.limits else {
        return default;
    };
    let written::Limits {
        time,
        memory,
        commits,
        updates,
        object,
        tree_entries,
        depth,
        findings_shown,
    } = limits;
    let limits = Limits {
        time: time.map_or(default.time, |time| time.0),
        memory: memory.map_or(default.memory, |size| size.0),
        commits: commits.unwrap_or(default.commits),
        updates: updates.unwrap_or(default.updates),
        object: object.map_or(default.object, |size| size.0),
        tree_entries: tree_entries.unwrap_or(default.tree_entries),
        depth: depth.unwrap_or(default.depth),
        findings_shown: findings_shown.unwrap_or(default.findings_shown),
    };
    let zeros = [
        ("time", limits.time.is_zero()),
        ("memory", limits.memory == 0),
        ("commits", limits.commits == 0),
        ("updates", limits.updates == 0),
        ("object", limits.object == 0),
        ("tree_entries", limits.tree_entries == 0),
        ("depth", limits.depth == 0),
        ("findings_shown", limits.findings_shown == 0),
    ];
    for (key, _) in zeros.into_iter().filter(|(_, zero)| *zero) {
        problems
            .error(
                "limit-zero",
                Place::top().key("limits").key(key),
                format!("with `{key}` at 0 every push is refused"),
            )
            .help("write what a push may take, or remove the line for the default");
    }
    limits
}
