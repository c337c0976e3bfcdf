//! `portcullis hook`: the pre-receive hook.

use std::io::{BufReader, Write as _};
use std::path::PathBuf;
use std::sync::Arc;
use std::sync::mpsc;
use std::time::{Duration, Instant};

use super::Exit;
use super::judging::{Judgement, Judging};
use crate::facts::Push;
use crate::forge::{self, Context, Forge};
use crate::git::Repository;
use crate::git::budget::Budget;
use crate::git::environment::Environment;
use crate::policy::rule::Mode;
use crate::policy::{JsonLine, Limits, Policy, PolicyError};
use crate::push::{self, InputError};
use crate::report::{json, text};
use crate::{decision::Decision, git};

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
`portcullis: {...}` for programs.

Exit codes: 0 accepted, 1 refused, 2 the policy or the usage is wrong, 3 the gate failed.")]
pub struct Hook {
    /// The policy; the account that runs git must be able to read it
    #[arg(long, value_name = "FILE", default_value = super::DEFAULT_POLICY)]
    pub policy: PathBuf,
    /// Whose variables say who pushes, and to which repository; no others are read
    #[arg(long, value_enum, default_value_t, value_name = "KIND")]
    pub forge: Forge,
    /// `owner/name`, as rules know the repository; by default the server's word, else the end of its path
    #[arg(long, value_name = "NAME")]
    pub repository: Option<String>,
}

/// Why a push could not be judged.
#[derive(Debug, thiserror::Error)]
enum Failure {
    #[error(transparent)]
    Policy(#[from] PolicyError),
    #[error("what git wrote to standard input cannot be used")]
    Input(#[from] InputError),
    #[error(transparent)]
    Git(#[from] git::Error),
}

impl Hook {
    /// Decides the push on standard input.
    pub fn run(&self) -> Exit {
        let context = self.forge.context();
        own_up_to_panics(context.line_prefix);
        match self.decide(&context) {
            Ok(exit) => exit,
            Err(failure) => {
                tracing::error!("{}", text::chain(&failure));
                say(&text::failure(
                    &failure,
                    failure.is_the_pushers(),
                    context.line_prefix,
                ));
                failure.exit()
            }
        }
    }

    fn decide(&self, context: &Context) -> Result<Exit, Failure> {
        let watchdog = watch(context.line_prefix);
        let policy = self.load_policy()?;
        let limits = policy.limits;
        // Without a watchdog, which is logged, nobody listens.
        let _ = watchdog.send(limits.time);
        // The kernel's bound is the last one; what a decision keeps is counted and refused with a message long before.
        if let Err(error) = rlimit::setrlimit(rlimit::Resource::DATA, limits.memory, limits.memory)
        {
            tracing::warn!("the memory limit cannot be set: {error}");
        }
        let environment = Environment::of_hook();
        let repository = Repository::open(&environment, &Arc::new(Budget::new(limits)))?;
        let updates = push::read_updates(
            BufReader::new(std::io::stdin()),
            repository.layout.hash,
            limits.updates,
        )?;
        let name = self
            .repository
            .clone()
            .or_else(|| context.repository.clone());
        let push = Push {
            repository: name.unwrap_or_else(|| forge::repository_name(&repository.layout.git_dir)),
            pusher: super::judging::pusher(&policy, context),
            options: environment.push_options,
            now: super::now(),
            updates,
        };
        let Judgement { decision, .. } = Judging {
            repository: &repository,
            policy: &policy,
            push: &push,
        }
        .judge()?;
        say(&message(&decision, &policy, &push, context.line_prefix));
        Ok(if decision.is_accepted() {
            Exit::Fine
        } else {
            Exit::Findings
        })
    }
}

impl Hook {
    /// Reads the policy, unless it is a pipe or a device, which need not end.
    fn load_policy(&self) -> Result<Policy, PolicyError> {
        let is_endless =
            std::fs::metadata(&self.policy).is_ok_and(|about| !about.is_file() && !about.is_dir());
        if is_endless {
            return Err(PolicyError::Unreadable {
                file: self.policy.clone(),
                source: std::io::Error::other("it is no regular file"),
            });
        }
        Ok(Policy::load(&self.policy)?.policy)
    }
}

impl Failure {
    fn is_the_pushers(&self) -> bool {
        match self {
            Failure::Policy(_) => false,
            Failure::Input(error) => error.is_from_pusher(),
            Failure::Git(error) => error.is_the_pushers(),
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

/// Everything the pusher is told: text for people, and one line for programs where that is asked for.
fn message(decision: &Decision, policy: &Policy, push: &Push, line_prefix: &str) -> String {
    let mut message = text::decision(decision, policy, line_prefix);
    let asked = push
        .options
        .iter()
        .any(|option| option == b"portcullis=json");
    let has_something_to_say =
        !decision.is_accepted() || decision.findings(Mode::Warn).next().is_some();
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

/// Turns a panic, which is always a mistake of ours, into a refusal like any other failure: with words for the pusher and
/// the exit code 3.
#[expect(
    clippy::disallowed_methods,
    reason = "a panic may come from any thread, and the push is refused by whichever it is"
)]
fn own_up_to_panics(line_prefix: &'static str) {
    #[derive(Debug, thiserror::Error)]
    #[error("portcullis {0}")]
    struct Mistake(String);

    std::panic::set_hook(Box::new(move |panic| {
        tracing::error!("{panic}");
        let mistake = Mistake(panic.to_string());
        say(&text::failure(&mistake, false, line_prefix));
        std::process::exit(Exit::Failed.code().into());
    }));
}

/// Ends the program when its time is up, whatever it is doing: a gate that hangs is a gate that is switched off. Until
/// the policy says how long it may take, the default holds, for the policy too must be read.
#[expect(
    clippy::disallowed_methods,
    reason = "the watchdog must end the program from beside it"
)]
fn watch(line_prefix: &'static str) -> mpsc::Sender<Duration> {
    #[derive(Debug, thiserror::Error)]
    #[error("it took longer than {} seconds (limits.time in the policy); push in smaller parts, or ask the admin", .0.as_secs_f32())]
    struct TimeIsUp(Duration);

    let (sender, receiver) = mpsc::channel();
    let started = Instant::now();
    let watchdog = move || {
        let default = Limits::default().time;
        let limit = match receiver.recv_timeout(default) {
            Ok(limit) => limit,
            Err(mpsc::RecvTimeoutError::Timeout) => default,
            // The policy could not be read, and the program is about to end.
            Err(mpsc::RecvTimeoutError::Disconnected) => return,
        };
        std::thread::sleep(limit.saturating_sub(started.elapsed()));
        say(&text::failure(&TimeIsUp(limit), false, line_prefix));
        std::process::exit(Exit::Failed.code().into());
    };
    if std::thread::Builder::new()
        .name("watchdog".into())
        .spawn(watchdog)
        .is_err()
    {
        tracing::warn!("no thread can be started to keep the time limit");
    }
    sender
}
