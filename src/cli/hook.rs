//! `portcullis hook`: the pre-receive hook.

mod in_force;
mod scribe;
mod watchdog;

use std::io::{BufReader, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::time::Instant;

use super::Exit;
use super::source::Source;
use crate::decision::Decision;
use crate::facts::Push;
use crate::facts::approvals::{VotesError, to_remember};
use crate::facts::provenance::Asked;
use crate::forge::auto::{Choice, Unrecognised};
use crate::forge::{self, Context, Forge};
use crate::git::budget::Budget;
use crate::git::environment::Environment;
use crate::git::{self, Repository};
use crate::judging::{self, Judgement, Judging, SignedPushError};
use crate::ledger::entry::Pusher;
use crate::ledger::file::LedgerError;
use crate::origin::Origin;
use crate::origin::own::{Own, OwnPolicyError};
use crate::policy::diagnostic::Severity;
use crate::policy::rule::Mode;
use crate::policy::{JsonLine, Policy, PolicyError};
use crate::push::{self, InputError};
use crate::report::{json, text};
use crate::state::approvals::Approvals;
use crate::state::bypasses::{Bypasses, Turn};
use crate::state::records::Records;
use crate::state::{StateError, place};
use in_force::InForce;
use scribe::Scribe;

/// Decide a push: git's pre-receive hook
///
/// git runs this on the server before any ref moves. It reads `<old> <new> <ref>` lines from standard input, decides all
/// of them at once, and writes what is missing to standard error, which git shows to the pusher. Anything but exit code 0
/// refuses the whole push.
///
/// `install.sh` writes the hook that calls this. No variable of the environment chooses the policy.
#[derive(Debug, clap::Args)]
#[command(after_help = "\
Examples:
  As a hook, an executable file hooks/pre-receive:
    #!/bin/sh
    exec /usr/local/bin/portcullis hook \\
      --policy /etc/portcullis/policy.yml --forge gitea

  By hand, in a bare repository, for a commit that it has:
    echo \"$OLD $NEW refs/heads/main\" | portcullis hook --policy policy.yml

A program called `pre-receive` (a link or a copy) is this hook, with the defaults.

Where receive.advertisePushOptions is true, `git push -o portcullis=json` adds a line \
`portcullis: {...}` for programs, and `git push -o break-glass=REASON` goes past rules, for \
those whom `bypass` in the policy names.

Exit codes: 0 accepted, 1 refused, 2 the policy or the usage is wrong, 3 the gate failed.")]
pub struct Hook {
    /// Where the policy is.
    #[command(flatten)]
    pub source: Source,
    /// Whose variables say who pushes, and to which repository; no others are read
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    pub forge: Choice,
    /// `owner/name`, as rules know the repository; by default the server's word, else the end of its path
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
    /// Where the last good policy is kept; by default /var/lib/portcullis if that is there, else the git directory
    #[arg(long, value_name = "DIR")]
    pub state_dir: Option<PathBuf>,
}

/// Why a push could not be judged.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("this push would leave the server without a policy that can be used{}", mistakes(.0))]
    PolicyToBe(#[source] PolicyError),
    #[error(transparent)]
    Own(#[from] OwnPolicyError),
    #[error(transparent)]
    Forge(#[from] Unrecognised),
    #[error("what git wrote to standard input cannot be used")]
    Input(#[from] InputError),
    #[error(transparent)]
    SignedPush(#[from] SignedPushError),
    #[error(transparent)]
    Git(#[from] git::Error),
    #[error(transparent)]
    Votes(#[from] VotesError),
    #[error(
        "what the refs hold now cannot be recorded, and the next push could not be judged rightly"
    )]
    State(#[from] StateError),
    #[error("the decision cannot be recorded, and the policy has `audit.required`")]
    Ledger(#[from] LedgerError),
}

impl Hook {
    /// Decides the push on standard input.
    pub fn run(&self) -> Exit {
        let environment = Environment::of_hook();
        let forge = self.forge.kind(&environment.git_dir);
        let context = forge.map(Forge::context).unwrap_or_default();
        let scribe = Arc::new(Scribe::new(super::now()));
        own_up_to_panics(context.line_prefix, &scribe);
        match self.decide(&environment, forge, &context, &scribe) {
            Ok(exit) => exit,
            Err(failure) => {
                let why = text::chain(&failure);
                tracing::error!("{why}");
                scribe.record_failure(&why);
                say(&text::failure(
                    &failure,
                    failure.is_the_pushers(),
                    context.line_prefix,
                ));
                failure.exit()
            }
        }
    }

    /// Collects, decides, records and speaks, in this order: a push that is accepted is in the ledger before git hears
    /// of it.
    fn decide(
        &self,
        environment: &Environment,
        forge: Result<Forge, Unrecognised>,
        context: &Context,
        scribe: &Arc<Scribe>,
    ) -> Result<Exit, Failure> {
        let started = Instant::now();
        let watchdog = watchdog::watch(context.line_prefix, scribe);
        let now = super::now();
        let folders = place::shared(self.state_dir.as_deref(), &environment.git_dir);
        let origin = self.source.origin();
        let InForce {
            mut loaded,
            stands_in_since,
        } = in_force::load(&origin, &folders, now)?;
        scribe.learn_policy(&loaded.policy, stands_in_since.is_some());
        let warning = stands_in_since
            .map(|since| {
                text::stand_in(&loaded.policy, since, &origin.check(), context.line_prefix)
            })
            .unwrap_or_default();
        let limits = loaded.policy.limits;
        let forge = forge?;
        // Without a watchdog, which is logged, nobody listens.
        let _ = watchdog.send(limits.time);
        // The kernel's bound is the last one; what a decision keeps is counted and refused with a message long before.
        if let Err(error) = rlimit::setrlimit(rlimit::Resource::DATA, limits.memory, limits.memory)
        {
            tracing::warn!("the memory limit cannot be set: {error}");
        }
        let repository = Repository::open(environment, &Arc::new(Budget::new(limits)))?;
        let own = Own::tighten(&mut loaded, &repository)?;
        let policy = &loaded.policy;
        scribe.learn_policy(policy, stands_in_since.is_some());
        let push = self.push(policy, forge, context, &repository, scribe, environment)?;
        if let Origin::Branch(branch) = &origin {
            let examined = branch.examine(&repository, &push.updates);
            examined.map_err(Failure::PolicyToBe)?;
        }
        if let Some(own) = own {
            own.examine(&loaded, &repository, &push.updates)?;
        }
        let folder = self.state_folder(policy, forge, context, &repository)?;
        let records = Records::below(&folder, repository.layout.hash);
        let approvals = Approvals::below(&folder);
        let bypasses = Bypasses::below(&folder);
        let judging = Judging {
            repository: &repository,
            policy,
            push: &push,
            records: &records,
            approvals: &approvals,
            bypasses: &bypasses,
            models: &folder,
            provenance: Asked::ByRules,
            until: Some(started + limits.time),
        };
        let (Judgement { decision, facts }, turn) = in_turn(&judging)?;
        scribe.record(&decision)?;
        if decision.is_accepted() {
            // What is missing here would be missing for ever, and the next push could not be judged rightly.
            if let Some(mut turn) = turn {
                turn.append(&decision.to_remember(push.now))?;
            }
            records.append(&facts.observed)?;
            approvals.append(&to_remember(&repository, policy, &push, &decision)?)?;
        }
        say(&(message(&decision, policy, &push, context.line_prefix) + &warning));
        Ok(if decision.is_accepted() {
            Exit::Fine
        } else {
            Exit::Findings
        })
    }

    /// Reads what is pushed, and tells the scribe.
    fn push(
        &self,
        policy: &Policy,
        forge: Forge,
        context: &Context,
        repository: &Repository,
        scribe: &Scribe,
        environment: &Environment,
    ) -> Result<Push, Failure> {
        let name = self
            .repository
            .clone()
            .or_else(|| context.repository.clone())
            .unwrap_or_else(|| forge::repository_name(&repository.layout.git_dir));
        let learn = |pusher: &crate::facts::Pusher| {
            let person = pusher
                .person
                .map(|person| policy.people.person(person).name.clone());
            let account = pusher.account.clone();
            scribe.learn_pusher(&name, Pusher { account, person });
        };
        let mut pusher = judging::pusher(policy, context);
        learn(&pusher);
        let updates = push::read_updates(
            BufReader::new(std::io::stdin()),
            repository.layout.hash,
            policy.limits.updates,
        )?;
        scribe.learn_updates(&updates);
        let now = super::now();
        if forge == Forge::Cert {
            pusher = judging::signer_of_push(policy, repository, environment, &updates, now)?;
            learn(&pusher);
        }
        Ok(Push {
            repository: name,
            pusher,
            options: environment.push_options.clone(),
            now,
            forge,
            pull_request: context.pull_request,
            is_merge: context.merges_pull_request(),
            updates,
        })
    }

    /// Where is kept what concerns the repository.
    fn state_folder(
        &self,
        policy: &Policy,
        forge: Forge,
        context: &Context,
        repository: &Repository,
    ) -> Result<PathBuf, StateError> {
        Ok(if forge.shows_snapshots() {
            let said = policy.state_dir.as_deref().or(self.state_dir.as_deref());
            place::of_project(said, context.repository.as_deref())?
        } else {
            place::of_repository(&repository.layout.common_dir)
        })
    }
}

/// Judges a push. One that goes past rules, or pays for having done so, is judged again while no other can: two at once
/// cannot share the last time of a rate.
fn in_turn(judging: &Judging<'_>) -> Result<(Judgement, Option<Turn>), Failure> {
    let first = judging.judge()?;
    let decision = &first.decision;
    if !decision.is_accepted() || (!decision.breaks_glass() && decision.paid.is_empty()) {
        return Ok((first, None));
    }
    let turn = judging.bypasses.turn()?;
    Ok((judging.judge()?, Some(turn)))
}

impl Failure {
    fn is_the_pushers(&self) -> bool {
        match self {
            Failure::Policy(_) | Failure::Forge(_) | Failure::State(_) | Failure::Ledger(_) => {
                false
            }
            Failure::Votes(error) => error.is_the_pushers(),
            Failure::Input(error) => error.is_from_pusher(),
            Failure::PolicyToBe(_)
            | Failure::Own(OwnPolicyError::IsWrong { .. } | OwnPolicyError::WouldBeWrong { .. })
            | Failure::SignedPush(SignedPushError::Certificate(_)) => true,
            Failure::Own(OwnPolicyError::Git(error))
            | Failure::SignedPush(SignedPushError::Git(error))
            | Failure::Git(error) => error.is_the_pushers(),
        }
    }

    fn exit(&self) -> Exit {
        match self {
            Failure::Policy(PolicyError::Invalid { .. }) => Exit::WrongInput,
            _ if self.is_the_pushers() => Exit::Findings,
            _ => Exit::Failed,
        }
    }
}

/// The first mistakes of a policy, each with its place.
fn mistakes(error: &PolicyError) -> String {
    const MOST: usize = 5;
    let PolicyError::Invalid { diagnostics, .. } = error else {
        return String::new();
    };
    let errors = diagnostics
        .iter()
        .filter(|diagnostic| diagnostic.severity == Severity::Error);
    let told = errors.take(MOST).map(|diagnostic| {
        let span = &diagnostic.span;
        let (file, line, column) = (&span.file, span.line, span.column);
        format!(": {file}:{line}:{column}: {}", diagnostic.message)
    });
    told.collect()
}

/// Everything the pusher is told: text for people, and one line for programs where that is asked for.
fn message(decision: &Decision, policy: &Policy, push: &Push, line_prefix: &str) -> String {
    let mut message = text::decision(decision, policy, line_prefix);
    let asked = push
        .options
        .iter()
        .any(|option| option == b"portcullis=json");
    let has_something_to_say = !decision.is_accepted()
        || decision.breaks_glass()
        || decision.findings(Mode::Warn).next().is_some();
    let wanted = match policy.output.json {
        JsonLine::Never => false,
        JsonLine::Option => asked,
        JsonLine::Always => has_something_to_say,
    };
    if wanted {
        let json = json::decision(decision, false);
        message = format!(
            "{message}{line_prefix}portcullis: {json}
"
        );
    }
    message
}

/// Writes to the pusher, once and whole: git cuts what comes in pieces. A pusher who has hung up changes no decision.
fn say(message: &str) {
    let _ = std::io::stderr().lock().write_all(message.as_bytes());
}

/// Turns a panic, which is always a mistake of ours, into a refusal like any other failure: with words for the pusher, a
/// line in the ledger, and the exit code 3.
#[expect(
    clippy::disallowed_methods,
    reason = "a panic may come from any thread, and the push is refused by whichever it is"
)]
fn own_up_to_panics(line_prefix: &'static str, scribe: &Arc<Scribe>) {
    #[derive(Debug, thiserror::Error)]
    #[error("portcullis has come to a place that it was never to reach, {0}")]
    struct Mistake(String);

    let scribe = Arc::clone(scribe);
    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        let place = panic
            .location()
            .map_or_else(String::new, ToString::to_string);
        let payload = panic.payload();
        let text = payload.downcast_ref::<String>().map(String::as_str);
        let why = text.or_else(|| payload.downcast_ref::<&str>().copied());
        let why = why.unwrap_or("for an unknown reason");
        let mistake = Mistake(format!("{place}: {why}"));
        say(&text::failure(&mistake, false, line_prefix));
        scribe.record_failure("the program failed in a way that nobody thought of");
        std::process::exit(Exit::Failed.code().into());
    }));
}
