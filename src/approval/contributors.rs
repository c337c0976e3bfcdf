//! Who had a hand in a change, and so cannot approve it: the author, committer, co-authors and signer of each commit
//! that touches the protected paths, the pusher, and whoever answers for a bot or an agent among them.
//!
//! All but the pusher and the signer are claims by whoever wrote the commits. They only ever add persons who cannot
//! approve: leaving oneself out of them is what the pusher's own account is counted for.

use std::collections::BTreeSet;

use gix::bstr::{BString, ByteSlice as _};

use crate::facts::{Commit, Identity, Pusher};
use crate::git::mailmap::Mailmap;
use crate::git::message;
use crate::policy::{Markers, People, PersonId};

/// The contributors of a change.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Contributors {
    /// Those that the policy knows.
    pub persons: BTreeSet<PersonId>,
    /// Those that it does not know. Any of them may be one of the approvers under another name.
    pub unknown: BTreeSet<Unknown>,
}

/// A contributor that maps to no person of the policy.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, serde::Serialize)]
#[serde(tag = "who", rename_all = "snake_case")]
pub enum Unknown {
    /// An e-mail address of a commit.
    Email {
        /// The address.
        email: String,
    },
    /// The account that pushes, or that opened the pull request.
    Account {
        /// Its name on the server.
        account: String,
    },
    /// The pusher, of whom the server says nothing.
    Pusher,
    /// A deploy key, which anyone may hold.
    DeployKey,
    /// A job of Gitea Actions, which whoever can push a workflow can start.
    ActionsTask,
}

/// What addresses and accounts are looked up in.
#[derive(Debug, Clone, Copy)]
pub struct Directory<'a> {
    /// The people of the policy.
    pub people: &'a People,
    /// How agents show, whom nobody need have listed: who runs one is the author of the commit, or the pusher.
    pub markers: &'a Markers,
    /// What the repository itself says of addresses, where the policy allows that.
    pub mailmap: Option<&'a Mailmap>,
}

impl Contributors {
    /// Adds whoever made `commit`.
    pub fn add_commit(&mut self, commit: &Commit, directory: Directory<'_>) {
        self.add_identity(&commit.author, directory);
        self.add_identity(&commit.committer, directory);
        // A key that nobody has listed says no more than no signature at all.
        if let Some(Ok(good)) = &commit.signature {
            self.add(good.person, directory.people);
        }
        for trailer in message::trailers(&commit.message) {
            if trailer.is("Co-authored-by") {
                self.add_identity(&message::identity(trailer.value.as_bstr()), directory);
            }
        }
    }

    /// Adds whoever pushes.
    pub fn add_pusher(&mut self, pusher: &Pusher, people: &People) {
        match (pusher.person, &pusher.account) {
            (Some(person), _) => self.add(person, people),
            (None, _) if pusher.deploy_key => {
                self.unknown.insert(Unknown::DeployKey);
            }
            (None, _) if pusher.actions_task => {
                self.unknown.insert(Unknown::ActionsTask);
            }
            (None, Some(account)) => self.add_account(account, people),
            (None, None) => {
                self.unknown.insert(Unknown::Pusher);
            }
        }
    }

    /// Adds an account of the server.
    pub fn add_account(&mut self, account: &str, people: &People) {
        match people.by_account(account) {
            Some(person) => self.add(person, people),
            None => {
                let account = account.to_owned();
                self.unknown.insert(Unknown::Account { account });
            }
        }
    }

    /// Adds a person by the name that a policy gave them.
    pub fn add_name(&mut self, name: &str, people: &People) {
        match people.by_name(name) {
            Some(person) => self.add(person, people),
            None => {
                let account = name.to_owned();
                self.unknown.insert(Unknown::Account { account });
            }
        }
    }

    /// Adds others.
    pub fn extend(&mut self, others: Contributors) {
        self.persons.extend(others.persons);
        self.unknown.extend(others.unknown);
    }

    fn add_identity(&mut self, identity: &Identity, directory: Directory<'_>) {
        let Directory {
            people,
            markers,
            mailmap,
        } = directory;
        let mapped: Option<BString> = mailmap.and_then(|mailmap| mailmap.email_of(identity));
        let known: BTreeSet<PersonId> = std::iter::once(&identity.email)
            .chain(&mapped)
            .filter_map(|email| people.by_email(email))
            .collect();
        let is_no_person = || {
            people.is_nobodys(&identity.email)
                || markers
                    .catalogue()
                    .agent_of_email(&identity.email)
                    .is_some()
        };
        if known.is_empty() && !is_no_person() {
            let email = identity.email.to_str_lossy().into_owned();
            self.unknown.insert(Unknown::Email { email });
        }
        for person in known {
            self.add(person, people);
        }
    }

    fn add(&mut self, person: PersonId, people: &People) {
        self.persons.insert(person);
        self.persons.extend(people.person(person).operator);
    }
}
