//! The marks of agents that a policy goes by: the built-in ones, without those it turns off, and its own.

use once_cell::sync::OnceCell;

use crate::provenance::{Catalogue, Marker};

/// `markers:` of the policy.
#[derive(Debug, Default)]
pub struct Markers {
    /// Names of built-in ones that do not count.
    pub off: Vec<String>,
    /// Further ones.
    pub added: Vec<Marker>,
    /// Made when it is first asked for: most policies change nothing, and most pushes ask for nothing.
    catalogue: OnceCell<Catalogue>,
}

impl Markers {
    /// The built-in marks without those that are `off`, and those that are `added`.
    pub fn new(off: Vec<String>, added: Vec<Marker>) -> Self {
        Markers {
            off,
            added,
            catalogue: OnceCell::new(),
        }
    }

    /// All that count.
    pub fn catalogue(&self) -> &Catalogue {
        if self.off.is_empty() && self.added.is_empty() {
            return Catalogue::built_in();
        }
        self.catalogue.get_or_init(|| {
            let built_in = Catalogue::built_in().markers().iter();
            let kept = built_in.filter(|marker| !self.off.contains(&marker.name));
            Catalogue::of(kept.chain(&self.added).cloned().collect())
        })
    }
}
