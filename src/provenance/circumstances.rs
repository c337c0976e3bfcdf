//! What is around a push: who brings it, and to which branch.

use gix::bstr::BStr;

use super::{Ai, Evidence, Reader, Seen};
use crate::policy::PersonId;
use crate::policy::people::Kind;

impl Reader<'_> {
    /// What the account says that pushes. The surest sign there is, since a credential cannot be typed into a commit; it
    /// says that the agent had a hand in what it brings, not that it wrote all of it.
    pub fn pusher(&self, account: Option<&str>, person: Option<PersonId>) -> Option<Evidence> {
        let account = account?;
        let agent = match person.map(|person| self.people.person(person)) {
            Some(person) => (person.kind == Kind::Agent).then_some(&*person.name)?,
            None => &*self.catalogue.agent_of_account(account)?.name,
        };
        Some(Evidence::new(
            Ai::Assisted,
            Some(agent),
            Seen::Pusher,
            account.as_bytes(),
        ))
    }

    /// What the full name of a ref says: agents name their branches alike. Weak, since people can do so too, and gone as
    /// soon as the commits are on another branch.
    pub fn branch(&self, name: &BStr) -> Option<Evidence> {
        let short = name.strip_prefix(b"refs/heads/")?;
        let agent = self.catalogue.agent_of_branch(short)?;
        Some(Evidence::new(Ai::Assisted, Some(agent), Seen::Branch, name))
    }
}
