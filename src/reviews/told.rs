//! Pull requests that someone tells beforehand, in place of a forge.

use gix::bstr::ByteSlice as _;

use super::{ChangeRequest, Error, Forge, List, Proposal, Review};

/// The pull requests that there are.
#[derive(Debug)]
pub(super) struct Told(pub Vec<ChangeRequest>);

impl Forge for &Told {
    fn list(&self, list: &List) -> Result<Vec<Proposal>, Error> {
        let List::Open(branch) = list else {
            return Ok(Vec::new());
        };
        let proposal = |request: &ChangeRequest| {
            let target = request.target.strip_prefix(b"refs/heads/")?;
            Some(Proposal {
                id: request.number,
                number: request.number,
                url: request.url.clone(),
                target: target.as_bstr().to_owned(),
                head: Some(request.head),
                author: request.author.clone(),
                is_open: true,
            })
        };
        let proposals = self.0.iter().filter_map(proposal);
        Ok(proposals
            .filter(|proposal| proposal.target == *branch)
            .collect())
    }

    fn reviews(&self, number: u64) -> Result<Vec<Review>, Error> {
        let request = self.0.iter().find(|request| request.number == number);
        Ok(request.map_or_else(Vec::new, |request| request.reviews.clone()))
    }
}
