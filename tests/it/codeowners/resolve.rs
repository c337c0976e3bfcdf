//! From owners to persons, and where the file is looked for.

use std::path::Path;

use gix::bstr::BStr;
use portcullis::codeowners::{CodeOwners, Dialect, resolve};
use portcullis::policy::Policy;

const POLICY: &str = "version: 1
people:
  alice: { emails: [alice@shop.example], accounts: [alice, alice-admin] }
  bob: { emails: [Bob@Shop.example], accounts: [bob] }
  carol: { accounts: [carol] }
groups:
  payments: [alice, bob]
  shop/ops: [carol]
  ops: [alice]
  bob-and-carol: [bob, carol]
  \"@@maintainer\": [bob]
rules: [{ id: it, deny: no }]
";

/// The names of the persons, and who is unknown.
fn resolved(owners: &str) -> (Vec<String>, Vec<String>) {
    let policy = Policy::parse(POLICY.as_bytes(), Path::new("policy.yml"))
        .unwrap()
        .policy;
    let (file, _) = CodeOwners::parse(format!("x {owners}").as_bytes(), Dialect::Gitlab);
    let demands = file.owners_of(BStr::new("x"));
    let approvers = resolve(demands[0], &policy.people);
    let names = approvers
        .persons
        .iter()
        .map(|&id| policy.people.person(id).name.clone());
    (names.collect(), approvers.unknown)
}

#[test]
fn owners_are_persons_or_groups_of_the_policy() {
    let known = |owners| {
        let (persons, unknown) = resolved(owners);
        assert!(unknown.is_empty(), "{unknown:?}");
        persons
    };
    assert_eq!(known("@alice-admin"), ["alice"]);
    assert_eq!(known("bob@shop.EXAMPLE"), ["bob"]);
    assert_eq!(known("@bob-and-carol @alice"), ["alice", "bob", "carol"]);
    assert_eq!(known("@shop/payments"), ["alice", "bob"]);
    assert_eq!(known("@shop/ops"), ["carol"]);
    assert_eq!(known("@elsewhere/ops"), ["alice"]);
    assert_eq!(known("@@Maintainers"), ["bob"]);
}

#[test]
fn who_is_unknown_is_named_and_nobody() {
    let (persons, unknown) = resolved("@mallory @shop/none m@shop.example @@owner @carol");
    assert_eq!(persons, ["carol"]);
    assert_eq!(
        unknown,
        ["@mallory", "@shop/none", "m@shop.example", "@@owner"]
    );
    let (persons, unknown) = resolved("@mallory");
    assert!(persons.is_empty());
    assert_eq!(unknown, ["@mallory"]);
}
