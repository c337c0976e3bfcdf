//! Which policy is meant, on a command line.

use std::path::PathBuf;

use crate::origin::Origin;
use crate::origin::branch::Branch;
use crate::paths::names::full_name;

/// The options that say where the policy is.
#[derive(Debug, clap::Args)]
pub struct Source {
    /// The policy; the account that runs git must be able to read it
    #[arg(long, value_name = "FILE", default_value = super::DEFAULT_POLICY)]
    pub policy: PathBuf,
    /// A git repository of this server that has the policy, in place of a file: what is accepted there decides
    #[arg(long, value_name = "DIR", conflicts_with = "policy")]
    pub policy_repo: Option<PathBuf>,
    /// The branch of that repository
    #[arg(
        long,
        value_name = "REF",
        default_value = "refs/heads/main",
        requires = "policy_repo"
    )]
    pub policy_ref: String,
    /// The path of the policy in that repository
    #[arg(
        long,
        value_name = "PATH",
        default_value = "policy.yml",
        requires = "policy_repo"
    )]
    pub policy_path: String,
}

impl Source {
    /// Where the policy is.
    pub fn origin(&self) -> Origin {
        match &self.policy_repo {
            Some(repository) => Origin::Branch(Branch {
                repository: repository.clone(),
                name: full_name(&self.policy_ref).into(),
                path: self.policy_path.clone(),
            }),
            None => Origin::File(self.policy.clone()),
        }
    }
}
