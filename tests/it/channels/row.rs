//! One way in, tried with a push that lacks its ticket and one that has it.

use portcullis::forge::{Forge, Protocol};
use serde_json::{Value, json};

use crate::support::{Server, WorkingClone};

/// Variables that a server sets for the hook.
pub(super) type Variables = &'static [(&'static str, &'static str)];

/// A way in.
pub(super) struct Row {
    /// What someone does.
    pub(super) name: &'static str,
    /// What the server sets, the later of two that have one name.
    pub(super) variables: Vec<(&'static str, &'static str)>,
    /// What comes of it in the repository.
    pub(super) change: Change,
    /// What the server is understood to say.
    pub(super) told: Told,
}

/// What a server says.
#[derive(Clone)]
pub(super) struct Told {
    pub(super) account: Option<&'static str>,
    pub(super) person: Option<&'static str>,
    pub(super) repository: String,
    pub(super) protocol: Option<Protocol>,
}

impl Told {
    /// Alice, a person, pushes to `shop/web`.
    pub(super) fn alice(protocol: Protocol) -> Self {
        Told {
            account: Some("alice"),
            person: Some("alice"),
            repository: "shop/web".to_owned(),
            protocol: Some(protocol),
        }
    }

    /// The account is told, and is not somebody's.
    pub(super) fn nobody(self, account: Option<&'static str>) -> Self {
        Told {
            account,
            person: None,
            ..self
        }
    }

    pub(super) fn to(self, repository: &str) -> Self {
        Told {
            repository: repository.to_owned(),
            ..self
        }
    }
}

/// How a change to the payments comes to a ref.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Change {
    /// One commit on main: a push, the web editor, the contents API, a squash.
    Commit,
    /// Several on main: a rebase, a fast-forward.
    Commits,
    /// A merge commit on main, whose second parent changes the payments.
    Merge,
    /// A branch that a rule governs is made.
    Branch,
    /// A branch that no rule is about.
    Topic,
    /// A name that proposes, and decides nothing: `refs/for/main`, `refs/pull/7/head`.
    Proposal(&'static str),
}

impl Change {
    /// Is it for the policy to say something?
    pub(super) fn is_judged(self) -> bool {
        !matches!(self, Change::Topic | Change::Proposal(_))
    }

    /// Makes it in a clone that has what main has, with its ticket or without; says what is to be pushed where.
    pub(super) fn make(self, clone: &WorkingClone, name: &str, has_ticket: bool) -> String {
        let git = clone.git();
        let ticket: &[&str] = if has_ticket {
            &["Change-Ticket: PAY-7"]
        } else {
            &[]
        };
        git.run(["checkout", "--quiet", "-b", "work"]);
        if matches!(self, Change::Commits | Change::Merge) {
            clone
                .write("web/site.css", format!("/* {name} {has_ticket} */\n"))
                .commit("Style");
        }
        clone
            .write(
                "services/payments/charge.rs",
                format!("// {name} {has_ticket}\n"),
            )
            .commit_with("Charge", ticket);
        if self == Change::Merge {
            git.run(["checkout", "--quiet", "-B", "merged", "origin/main"]);
            let message = "Merge pull request 'Charge' (#7) from work into main";
            git.run(["merge", "--quiet", "--no-ff", "-m", message, "work"]);
        }
        match self {
            Change::Commit | Change::Commits | Change::Merge => "HEAD:refs/heads/main".to_owned(),
            Change::Branch => format!("HEAD:refs/heads/release/{}", name.replace(' ', "-")),
            Change::Topic => "+HEAD:refs/heads/topic".to_owned(),
            Change::Proposal(place) => format!("+HEAD:{place}"),
        }
    }
}

impl Row {
    /// Tries it on a server whose hook is told it is of this kind.
    #[track_caller]
    pub(super) fn try_on(&self, server: &Server, forge: Forge) {
        let set = || self.variables.iter();
        let context = forge.context_of(&|name| {
            let (_, value) = set().rev().find(|(known, _)| *known == name)?;
            (!value.is_empty()).then(|| (*value).to_owned())
        });
        assert_eq!(context.protocol, self.told.protocol, "{}", self.name);
        for has_ticket in [false, true] {
            let clone = set().fold(server.working_clone(), |clone, (name, value)| {
                clone.env(name, value)
            });
            let refspec = self.change.make(&clone, self.name, has_ticket);
            let push = clone.push([refspec]);
            println!("{}, ticket {has_ticket}: {}", self.name, push.stderr);
            if has_ticket || !self.change.is_judged() {
                push.assert_silent();
            } else {
                push.assert_refused(&["payments-ticket", "Change-Ticket"]);
            }
            self.assert_told(server);
        }
    }

    /// The last line of the ledger has what the server said.
    #[track_caller]
    pub(super) fn assert_told(&self, server: &Server) {
        let ledger = server.ledger();
        let last = ledger.last().expect("a decision is written down");
        let text = |value: Option<&str>| value.map_or(Value::Null, Value::from);
        let told = json!({
            "account": text(self.told.account), "person": text(self.told.person), "repository": self.told.repository,
        });
        let heard = json!({
            "account": last["pusher"]["account"], "person": last["pusher"]["person"], "repository": last["repository"],
        });
        assert_eq!(heard, told, "{}", self.name);
    }
}

/// A server of this kind under `policy`, whose main holds something harmless.
pub(super) fn server(forge: &str, policy: &str) -> Server {
    let server = Server::with(&crate::support::Setup {
        policy: "version: 1\nrules: []\n",
        forge,
        push_options: true,
        ..crate::support::Setup::default()
    });
    let clone = server.working_clone().env("GL_PROJECT_PATH", "shop/web");
    clone.write("README", "").commit("Begin");
    clone.push_main().assert_silent();
    server.set_policy(policy);
    server
}
