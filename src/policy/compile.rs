//! From the policy as written to the policy as meant: names resolved, patterns compiled, and everything that makes no
//! sense reported at once.

mod approvals;
mod builtin;
mod claims;
mod conditions;
mod deletions;
mod exceptions;
mod expressions;
mod forge;
mod groups;
mod keys;
pub(crate) mod lists;
mod markers;
mod names;
mod own;
mod problems;
mod quorums;
mod requirements;
mod rules;
mod sets;
mod settings;

use std::collections::HashMap;
use std::path::Path;

pub(super) use self::own::Addition;
pub(super) use self::problems::Problems;

pub use self::builtin::path_set as built_in_path_set;
pub use self::names::is_email;

use self::names::Names;
use self::rules::Rules;
use self::sets::Sets;
use super::condition::LinePattern;
use super::diagnostic::{Diagnostic, Source, are_warnings};
use super::include::Files;
use super::place::Place;
use super::rule::Mode;
use super::written::approval::Defaults;
use super::yaml::Document;
use super::{Policy, written};

/// The version of the format that this program reads.
const VERSION: u32 = 1;

/// What a policy is made of.
pub(super) struct Material<'a> {
    /// What is written.
    pub(super) written: &'a written::Policy,
    /// How its file is called.
    pub(super) file: &'a Path,
    /// Where the files with its keys are; `None` leaves the keys out.
    pub(super) files: Option<&'a dyn Files>,
    /// What the repository adds, with rules of its own.
    pub(super) own: Option<Addition<'a>>,
    /// Where warnings go whose places nobody has asked for yet, if nothing is worse.
    pub(super) later: Option<&'a mut Problems>,
}

/// Makes a policy of what is written. `None` if it cannot be used; then at least one error is among the diagnostics, or
/// among those of what the repository adds.
pub(super) fn compile(
    material: Material<'_>,
    document: &mut Document,
    source: &Source,
    diagnostics: &mut Vec<Diagnostic>,
) -> Option<Policy> {
    let Material {
        written,
        file,
        files,
        own,
        later,
    } = material;
    let mut problems = Problems::default();
    check_version(written.version, &mut problems);
    let names = Names::read(written, &mut problems);
    let keyring = files.map(|files| keys::read(written, &names, file, files, &mut problems));
    let mut sets = Sets::read(written, &names, &mut problems);
    let codeowners = settings::codeowners(written, &mut problems);
    let owners_files = codeowners.files();
    let (mut rules, mut line_patterns) = rules(
        written,
        &names,
        &owners_files,
        &mut sets,
        (document, source),
        &mut problems,
    );
    let baseline = baseline(written, &mut problems);
    let waivers = exceptions::waivers(written, &rules, &mut problems);
    let bypass = exceptions::bypass(written, &rules, &names, &mut problems);
    let approvals = match &written.approvals {
        Some(defaults) => approvals::defaults(defaults, &mut problems),
        None => approvals::defaults(&Defaults::default(), &mut problems),
    };
    let limits = settings::limits(written, &mut problems);
    let markers = markers::markers(written.markers.as_ref(), &names.people, &mut problems);
    let forge = forge::forge(written, &mut problems);
    let folder = settings::Folder {
        path: file.parent().unwrap_or(Path::new("")),
        is_there: files.is_none_or(Files::are_on_disk),
    };
    let audit = settings::audit(written, folder, &mut problems);
    let state_dir = written.state_dir.as_deref();
    let state_dir =
        state_dir.map(|path| folder.join(path, Place::top().key("state_dir"), &mut problems));
    let mut usable = if own.is_some() {
        // It was right before, and nothing of it is reported again.
        !problems.has_errors()
    } else if let Some(later) = later
        && are_warnings(diagnostics)
        && !problems.has_errors()
    {
        *later = problems;
        true
    } else {
        let found = problems.into_diagnostics(document, source);
        let usable = are_warnings(&found);
        diagnostics.extend(found);
        usable
    };
    // Last, when nothing that it says can change what the admin's rules are about.
    if let Some(own) = own {
        let defaults = (written.mode, written.approvals.as_ref());
        let context = (&names, owners_files.as_slice(), defaults);
        usable &= own.compile(context, &mut sets, &mut line_patterns, &mut rules);
    }
    let default_tier = sets.default_tier;
    let (paths, zones, selectors) = sets.build();
    usable.then(|| Policy {
        file: file.to_owned(),
        digest: source.digest(),
        people: names.people,
        keyring: keyring.unwrap_or_default(),
        zones,
        default_tier,
        paths,
        line_patterns,
        selectors,
        rules,
        baseline,
        waivers,
        bypass,
        approvals,
        mailmap: written.mailmap.unwrap_or(false),
        markers,
        codeowners,
        namespaces: settings::namespaces(written),
        forge,
        limits,
        output: settings::output(written),
        audit,
        state_dir,
        repo_policy: written.repo_policy.unwrap_or_default(),
    })
}

fn check_version(version: Option<u32>, problems: &mut Problems) {
    let place = Place::top().key("version");
    match version {
        Some(VERSION) => {}
        Some(other) => {
            problems
                .error(
                    "unknown-version",
                    place,
                    format!("version {other} of the policy format is not known here"),
                )
                .help(format!(
                    "write `version: {VERSION}`, or install a portcullis that knows it"
                ));
        }
        None => {
            problems
                .error("missing-key", place, "`version` is missing")
                .help(format!("add `version: {VERSION}` as the first line"));
        }
    }
}

fn rules<'w>(
    written: &'w written::Policy,
    names: &Names,
    owners_files: &[String],
    sets: &mut Sets<'w>,
    (document, source): (&Document, &Source),
    problems: &mut Problems,
) -> (Vec<super::Rule>, Vec<LinePattern>) {
    let list = written.rules.as_deref().unwrap_or_default();
    if list.is_empty() {
        problems
            .warning(
                "no-rules",
                Place::top().key("rules"),
                "there are no rules, so every push is accepted",
            )
            .help("add `rules:`; `examples/` has some to start from");
    }
    claims::check(list, problems);
    deletions::check(list, problems);
    let mode = written.mode.unwrap_or(Mode::Enforce);
    let none_given = Defaults::default();
    let mut line_patterns = Vec::new();
    let mut rules = Rules {
        names,
        approvals: written.approvals.as_ref().unwrap_or(&none_given),
        owners_files,
        sets,
        line_patterns: &mut line_patterns,
        problems,
        mode,
        ids: HashMap::new(),
        namespace: "",
    };
    let place = Place::top().key("rules");
    let read = list.iter().enumerate().filter_map(|(index, rule)| {
        rules.read(
            rule,
            &place.index(index),
            document.line_of_rule(index, source),
        )
    });
    (read.collect(), line_patterns)
}

fn baseline(written: &written::Policy, problems: &mut Problems) -> Vec<String> {
    let place = Place::top().key("baseline");
    let mut commits = Vec::new();
    for (index, text) in written.baseline.iter().flat_map(|list| &list.0).enumerate() {
        let is_id =
            matches!(text.len(), 40 | 64) && text.bytes().all(|byte| byte.is_ascii_hexdigit());
        if is_id {
            commits.push(text.to_ascii_lowercase());
        } else {
            problems
                .error("bad-commit", place.index(index), format!("`{text}` is no full commit id"))
                .help("write all 40 (or 64) hex digits, as `git rev-parse` prints them; a name can be moved");
        }
    }
    commits
}
