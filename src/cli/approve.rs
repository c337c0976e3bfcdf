//! `portcullis approve`: look at a change, and sign that it may go in.

use std::io::{IsTerminal as _, Write as _};
use std::path::PathBuf;

use gix::bstr::ByteSlice as _;

use super::Exit;
use super::clone::{GitError, WorkingClone};
use crate::approval::record::{APPROVES, BASE, REPOSITORY, VETOES};
use crate::paths::names::full_name;
use crate::report::escape::Name;
use crate::report::text;

/// Show the exact change of a branch, and sign an approval of it
///
/// The approval is an ordinary signed tag, made by your own git with your own key (`user.signingKey`, `gpg.format`). It
/// approves what the branch changes since it left the ref that it is for: those files, with that content. It holds
/// through a rebase, a squash or a merge, and no longer once a protected file differs. No server and no policy is
/// asked; `portcullis approvals` says what a policy makes of it.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  Approve a colleague's change for main, and hand the approval in:
    git fetch origin refs/changes/1a2b3c4d5e6f
    portcullis approve FETCH_HEAD --for main --push

  Look at the whole diff first:
    portcullis approve topic --for main --diff

  For two branches at once (a fix and its backport):
    portcullis approve topic --for main --for release/1.2 --push

  Speak against whatever touches the same protected paths, until you say otherwise:
    portcullis approve topic --for main --veto --push

The same with git alone:
  git tag -s approved/NAME COMMIT -m 'Approve' \\
    -m \"$(printf '%s\\n' 'Approves: refs/heads/main' 'Repository: owner/name')\"
  git push origin refs/tags/approved/NAME

Exit codes: 0 signed, 1 not signed after all, 2 the usage is wrong, 3 git failed.")]
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a switch of the command line"
)]
pub struct Approve {
    /// The ref into which the change may go; may be given several times
    #[arg(long = "for", value_name = "REF", required = true)]
    pub refs: Vec<String>,
    /// The repository on the server; by default the end of the remote's address
    #[arg(long, value_name = "OWNER/NAME")]
    pub repository: Option<String>,
    /// The remote that the approval is for
    #[arg(long, value_name = "NAME", default_value = "origin")]
    pub remote: String,
    /// Speak against it instead
    #[arg(long)]
    pub veto: bool,
    /// Show every changed line
    #[arg(long)]
    pub diff: bool,
    /// Hand it in: push the tag
    #[arg(long)]
    pub push: bool,
    /// Do not ask
    #[arg(long)]
    pub yes: bool,
    /// The clone
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub repo: PathBuf,
    /// The commit to approve, or BASE..COMMIT to say from where on
    #[arg(value_name = "RANGE", default_value = "HEAD")]
    pub range: String,
}

/// Why nothing is signed.
#[derive(Debug, thiserror::Error)]
enum ApproveError {
    #[error(transparent)]
    Git(#[from] GitError),
    #[error("`{0}` names no commit of this clone; fetch it first")]
    NoCommit(String),
    #[error(
        "{remote} has no {name} in this clone; run `git fetch {remote}`, or give BASE..COMMIT for a ref that does not exist yet"
    )]
    NoTarget { remote: String, name: String },
    #[error(
        "the commit and {0} have several merge bases; say from which one on you approve: BASE..COMMIT"
    )]
    SeveralBases(String),
    #[error("nothing is changed between {0} and the commit")]
    NoChange(String),
    #[error(
        "the address of the remote does not say the repository's name; give --repository owner/name"
    )]
    NoRepository,
    #[error("nobody is there to ask; give --yes once you have looked at the change")]
    NobodyToAsk,
}

/// What is approved.
struct Subject {
    head: String,
    base: String,
    /// The base was given, and so must be said.
    says_base: bool,
    refs: Vec<String>,
    repository: String,
}

impl Approve {
    /// Shows, asks, signs.
    pub fn run(&self) -> Exit {
        match self.approve() {
            Ok(exit) => exit,
            Err(error) => {
                super::complain(&text::chain(&error));
                match error {
                    ApproveError::Git(_) => Exit::Failed,
                    _ => Exit::WrongInput,
                }
            }
        }
    }

    fn approve(&self) -> Result<Exit, ApproveError> {
        let clone = WorkingClone::at(&self.repo);
        let subject = self.subject(&clone)?;
        self.show(&clone, &subject)?;
        if !self.yes && !self.is_meant(&subject)? {
            super::print("nothing was signed\n");
            return Ok(Exit::Findings);
        }
        let tag = sign(&clone, &subject, &self.message(&subject))?;
        let full = format!("refs/tags/{tag}");
        if self.push {
            clone.run(&["push", &self.remote, &full])?;
        } else {
            super::print(&format!(
                "signed as {tag}; hand it in with: git push {} {full}\n",
                self.remote
            ));
        }
        Ok(Exit::Fine)
    }

    fn subject(&self, clone: &WorkingClone) -> Result<Subject, ApproveError> {
        let (base, head) = match self.range.split_once("..") {
            Some((base, head)) => (Some(base), if head.is_empty() { "HEAD" } else { head }),
            None => (None, self.range.as_str()),
        };
        let head = commit(clone, head)?;
        let refs: Vec<String> = self.refs.iter().map(|name| full_name(name)).collect();
        let says_base = base.is_some();
        let base = match base {
            Some(base) => commit(clone, base)?,
            None => self.parted(clone, &head, &refs[0])?,
        };
        Ok(Subject {
            head,
            base,
            says_base,
            refs,
            repository: self.repository(clone)?,
        })
    }

    /// Where the commit and the ref on the server parted.
    fn parted(&self, clone: &WorkingClone, head: &str, name: &str) -> Result<String, ApproveError> {
        let short = name.strip_prefix("refs/heads/").unwrap_or(name);
        let tracking = format!("refs/remotes/{}/{short}", self.remote);
        let target = commit(clone, &tracking).map_err(|_| ApproveError::NoTarget {
            remote: self.remote.clone(),
            name: short.to_owned(),
        })?;
        let bases = clone.ask(&["merge-base", "--all", head, &target])?;
        match bases.lines().collect::<Vec<_>>().as_slice() {
            [base] => Ok(base.to_str_lossy().into_owned()),
            _ => Err(ApproveError::SeveralBases(short.to_owned())),
        }
    }

    fn repository(&self, clone: &WorkingClone) -> Result<String, ApproveError> {
        if let Some(name) = &self.repository {
            return Ok(name.clone());
        }
        let name = clone.repository_at(&self.remote)?;
        name.ok_or(ApproveError::NoRepository)
    }

    fn show(&self, clone: &WorkingClone, subject: &Subject) -> Result<(), ApproveError> {
        let Subject { head, base, .. } = subject;
        let range = format!("{base}..{head}");
        let raw = clone.ask(&["diff", "--no-ext-diff", "--no-renames", "--raw", &range])?;
        if raw.is_empty() {
            return Err(ApproveError::NoChange(base.clone()));
        }
        let act = if self.veto {
            "Speak against"
        } else {
            "Approve"
        };
        let names = subject
            .refs
            .iter()
            .map(|name| Name(name.as_bytes()).to_string());
        super::print(&format!(
            "{act} this change, for {} of {}\n\n",
            names.collect::<Vec<_>>().join(" and "),
            Name(subject.repository.as_bytes())
        ));
        let look = |arguments: &[&str]| clone.ask(arguments);
        let log = look(&["log", "--no-decorate", "--format=  %h %an: %s", &range])?;
        let files = ["diff", "--no-ext-diff", "--no-textconv", "--no-renames"];
        let summary = look(&[&files[..], &["--stat", "--summary", &range]].concat())?;
        for page in [log, summary] {
            print_lines(&page);
        }
        if self.diff {
            print_lines(&look(
                &[&files[..], &["--patch", "--submodule=log", &range]].concat(),
            )?);
        }
        Ok(())
    }

    fn is_meant(&self, subject: &Subject) -> Result<bool, ApproveError> {
        let stdin = std::io::stdin();
        if !stdin.is_terminal() {
            return Err(ApproveError::NobodyToAsk);
        }
        let act = if self.veto {
            "a veto against"
        } else {
            "an approval of"
        };
        super::print(&format!("sign {act} {}? [y/N] ", &subject.head[..12]));
        // Where the question cannot be shown or the answer not read, nothing is meant.
        let _ = std::io::stdout().flush();
        let mut answer = String::new();
        let read = stdin.read_line(&mut answer);
        Ok(read.is_ok() && matches!(answer.trim(), "y" | "Y" | "yes"))
    }

    fn message(&self, subject: &Subject) -> String {
        let act = if self.veto { "Veto" } else { "Approve" };
        let key = if self.veto { VETOES } else { APPROVES };
        let mut message = format!("{act} {}\n\n", &subject.head[..12]);
        for name in &subject.refs {
            message += &format!("{key}: {name}\n");
        }
        message += &format!("{REPOSITORY}: {}\n", subject.repository);
        if subject.says_base {
            message += &format!("{BASE}: {}\n", subject.base);
        }
        message
    }
}

/// Makes the tag; a name for each approver, since approvals are never moved.
fn sign(clone: &WorkingClone, subject: &Subject, message: &str) -> Result<String, GitError> {
    let email = clone.ask(&["config", "user.email"]).unwrap_or_default();
    let who: String = email
        .to_str_lossy()
        .chars()
        .filter(|one| one.is_ascii_alphanumeric() || "@._-+".contains(*one))
        .collect();
    let stem = format!("approved/{}/{}", &subject.head[..12], who.trim_matches('.'));
    let mut tag = stem.clone();
    let mut number = 1;
    while clone
        .ask(&["show-ref", "--verify", &format!("refs/tags/{tag}")])
        .is_ok()
    {
        number += 1;
        tag = format!("{stem}-{number}");
    }
    clone.feed(
        &[
            "tag",
            "--sign",
            "--cleanup=verbatim",
            "--file=-",
            &tag,
            &subject.head,
        ],
        message.as_bytes(),
    )?;
    Ok(tag)
}

fn commit(clone: &WorkingClone, revision: &str) -> Result<String, ApproveError> {
    clone
        .ask(&[
            "rev-parse",
            "--verify",
            "--quiet",
            "--end-of-options",
            &format!("{revision}^{{commit}}"),
        ])
        .map(|id| id.to_str_lossy().into_owned())
        .map_err(|_| ApproveError::NoCommit(revision.to_owned()))
}

/// What git says of a clone holds what others typed.
fn print_lines(page: &[u8]) {
    let mut lines = String::new();
    for line in page.lines() {
        let cells: Vec<_> = line
            .split_str("\t")
            .map(|cell| Name(cell).to_string())
            .collect();
        lines += &cells.join("\t");
        lines.push('\n');
    }
    super::print(&format!("{lines}\n"));
}
