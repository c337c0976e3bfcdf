//! Who is who: persons, their e-mail addresses and accounts, and the groups that hold them.

use std::collections::{BTreeMap, BTreeSet, HashMap, HashSet};

/// A person of the policy, by its index.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct PersonId(pub u32);

/// One human, bot or agent, however many addresses and accounts.
#[derive(Debug)]
pub struct Person {
    /// The name in the policy.
    pub name: String,
    /// Human, bot or agent.
    pub kind: Kind,
    /// Who answers for a bot or an agent.
    pub operator: Option<PersonId>,
}

/// What a person is.
#[derive(
    Debug,
    Clone,
    Copy,
    PartialEq,
    Eq,
    Default,
    serde::Serialize,
    serde::Deserialize,
    schemars::JsonSchema,
)]
#[serde(rename_all = "snake_case")]
pub enum Kind {
    /// A human being.
    #[default]
    Human,
    /// A program with rules of its own making.
    Bot,
    /// A program that writes code.
    Agent,
}

/// Everyone the policy knows.
#[derive(Debug, Default)]
pub struct People {
    persons: Vec<Person>,
    by_email: HashMap<Vec<u8>, PersonId>,
    by_account: HashMap<String, PersonId>,
    groups: BTreeMap<String, BTreeSet<PersonId>>,
    /// Addresses that are nobody's.
    nobodys: HashSet<Vec<u8>>,
}

/// A list of names where people may stand, resolved.
#[derive(Debug, Default, Clone, PartialEq, Eq)]
pub struct Eligible {
    /// As written, for messages.
    pub names: Vec<String>,
    /// The persons named, directly or through groups.
    pub persons: BTreeSet<PersonId>,
    /// The reserved names among them.
    pub reserved: BTreeSet<Reserved>,
}

/// A name that the policy cannot give to a person or group.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Reserved {
    /// The owners of each touched zone.
    Owners,
    /// The owners of a CODEOWNERS file.
    Codeowners,
    /// The commit's author.
    Author,
    /// The commit's committer.
    Committer,
    /// The account that pushes.
    Pusher,
    /// Everyone of kind bot.
    Bots,
    /// Everyone of kind agent.
    Agents,
    /// Deploy keys, which are no person.
    DeployKeys,
    /// Whoever the policy does not know.
    Unknown,
    /// Any known person.
    Anyone,
}

impl People {
    /// Adds a person, who so far has no address and no account.
    ///
    /// # Panics
    ///
    /// With more persons than a policy of 4 GiB could name.
    pub fn add(&mut self, person: Person) -> PersonId {
        let id =
            PersonId(u32::try_from(self.persons.len()).expect("a policy is shorter than 4 GiB"));
        self.persons.push(person);
        id
    }

    /// Gives an e-mail address to a person, or says whose it is already.
    pub fn claim_email(&mut self, id: PersonId, email: &str) -> Result<(), PersonId> {
        claim(&mut self.by_email, folded(email.as_bytes()), id)
    }

    /// Gives an account to a person, or says whose it is already.
    pub fn claim_account(&mut self, id: PersonId, account: &str) -> Result<(), PersonId> {
        claim(&mut self.by_account, account.to_owned(), id)
    }

    /// Says that an e-mail address is nobody's, or whose it is.
    pub fn disown_email(&mut self, email: &str) -> Result<(), PersonId> {
        match self.by_email(email.as_bytes()) {
            Some(owner) => Err(owner),
            None => {
                self.nobodys.insert(folded(email.as_bytes()));
                Ok(())
            }
        }
    }

    /// Says who answers for a bot or an agent.
    pub fn set_operator(&mut self, id: PersonId, operator: PersonId) {
        self.persons[id.0 as usize].operator = Some(operator);
    }

    /// Names a group, with all persons in it and in the groups within it.
    pub fn define_group(&mut self, name: &str, members: BTreeSet<PersonId>) {
        self.groups.insert(name.to_owned(), members);
    }

    /// The person `id`.
    ///
    /// # Panics
    ///
    /// When `id` belongs to another policy.
    pub fn person(&self, id: PersonId) -> &Person {
        &self.persons[id.0 as usize]
    }

    /// Everyone, in the order of the policy.
    pub fn iter(&self) -> impl Iterator<Item = (PersonId, &Person)> {
        (0..).map(PersonId).zip(&self.persons)
    }

    /// How many persons there are.
    pub fn len(&self) -> usize {
        self.persons.len()
    }

    /// Is there nobody?
    pub fn is_empty(&self) -> bool {
        self.persons.is_empty()
    }

    /// Whose e-mail address it is; compared without case.
    pub fn by_email(&self, email: &[u8]) -> Option<PersonId> {
        self.by_email.get(&folded(email)).copied()
    }

    /// Is it an address of the forge, and so nobody's? Compared without case.
    pub fn is_nobodys(&self, email: &[u8]) -> bool {
        self.nobodys.contains(&folded(email))
    }

    /// All e-mail addresses, in lower case, and whose each is.
    pub fn emails(&self) -> impl Iterator<Item = (&str, PersonId)> {
        self.by_email
            .iter()
            .filter_map(|(email, id)| Some((std::str::from_utf8(email).ok()?, *id)))
    }

    /// Whose account it is.
    pub fn by_account(&self, account: &str) -> Option<PersonId> {
        self.by_account.get(account).copied()
    }

    /// An account of theirs, if they have one: of several the first by name.
    pub fn account_of(&self, id: PersonId) -> Option<&str> {
        let accounts = self.by_account.iter().filter(|(_, owner)| **owner == id);
        accounts.map(|(account, _)| account.as_str()).min()
    }

    /// Who has that name in the policy.
    pub fn by_name(&self, name: &str) -> Option<PersonId> {
        self.iter()
            .find_map(|(id, person)| (person.name == name).then_some(id))
    }

    /// Each group by its name, with everyone in it.
    pub fn groups(&self) -> impl Iterator<Item = (&str, &BTreeSet<PersonId>)> {
        let groups = self.groups.iter();
        groups.map(|(name, members)| (name.as_str(), members))
    }

    /// Everyone in a group, directly or through groups within it.
    pub fn group(&self, name: &str) -> Option<&BTreeSet<PersonId>> {
        self.groups.get(name)
    }

    /// Everyone of a kind.
    pub fn of_kind(&self, kind: Kind) -> impl Iterator<Item = PersonId> {
        self.iter()
            .filter(move |(_, person)| person.kind == kind)
            .map(|(id, _)| id)
    }
}

impl Reserved {
    /// All of them.
    pub const ALL: [Reserved; 10] = [
        Reserved::Owners,
        Reserved::Codeowners,
        Reserved::Author,
        Reserved::Committer,
        Reserved::Pusher,
        Reserved::Bots,
        Reserved::Agents,
        Reserved::DeployKeys,
        Reserved::Unknown,
        Reserved::Anyone,
    ];

    /// How it is written.
    pub fn name(self) -> &'static str {
        match self {
            Reserved::Owners => "owners",
            Reserved::Codeowners => "codeowners",
            Reserved::Author => "author",
            Reserved::Committer => "committer",
            Reserved::Pusher => "pusher",
            Reserved::Bots => "bots",
            Reserved::Agents => "agents",
            Reserved::DeployKeys => "deploy_keys",
            Reserved::Unknown => "unknown",
            Reserved::Anyone => "anyone",
        }
    }

    /// The reserved name that is written `name`.
    pub fn named(name: &str) -> Option<Self> {
        Reserved::ALL
            .into_iter()
            .find(|reserved| reserved.name() == name)
    }
}

fn claim<K: std::hash::Hash + Eq>(
    owners: &mut HashMap<K, PersonId>,
    key: K,
    id: PersonId,
) -> Result<(), PersonId> {
    let owner = *owners.entry(key).or_insert(id);
    if owner == id { Ok(()) } else { Err(owner) }
}

/// ASCII only: a server that takes other letters for equal does so in its own way, and an address that does not match
/// is an unknown person's, which is the safe side.
fn folded(email: &[u8]) -> Vec<u8> {
    email.to_ascii_lowercase()
}
